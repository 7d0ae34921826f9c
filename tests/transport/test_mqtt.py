"""MQTT packets are what OASIS 3.1.1 says, byte for byte, and nothing the broker sends is kept beyond its bound."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmstead.transport import mqtt
from ohmstead.transport.mqtt import Connected, Decoder, Message, MqttError, Other, Skipped, Subscribed

# Figures 3.6 (CONNECT's variable header), 2.4 (lengths) and the examples of sections 3.3 and 3.8 of the standard.
CONNECT = bytes.fromhex("10 14 0004 4d515454 04 c2 000a 0001 61 0001 75 0002 7077".replace(" ", ""))
PUBLISH = bytes.fromhex("30 0b 0003 612f62 3233302e3531".replace(" ", ""))


def test_what_a_client_says_is_what_the_standard_shows():
    assert mqtt.connect("a", "u", "pw", 10) == bytes([0x10, len(CONNECT) - 2]) + CONNECT[2:]
    assert mqtt.subscribe(10, "a/b") == bytes.fromhex("82 08 000a 0003 612f62 00".replace(" ", ""))
    assert mqtt.publish("a/b", b"230.51") == PUBLISH
    assert mqtt.publish("a/b", b"", retain=True)[0] == 0x31
    assert mqtt.acknowledge(0x1234) == bytes.fromhex("40021234")
    assert (mqtt.ping(), mqtt.disconnect()) == (b"\xc0\x00", b"\xe0\x00")


@pytest.mark.parametrize(
    "data, packet",
    [
        ("20020005", Connected(5)),
        ("9003000a00", Subscribed(10, True)),
        ("9003000a80", Subscribed(10, False)),
        ("300b0003612f623233302e3531", Message("a/b", b"230.51", False)),
        ("31050003612f62", Message("a/b", b"", True)),
        ("32070003612f620007", Message("a/b", b"", False, 7)),
        ("d000", Other(13)),
    ],
)
def test_what_a_broker_says_is_understood(data, packet):
    assert list(Decoder().feed(bytes.fromhex(data))) == [packet]


@given(st.lists(st.binary(max_size=300), max_size=5), st.integers(min_value=1, max_value=40))
def test_messages_come_out_whole_however_the_bytes_come_in(payloads, size):
    data = b"".join(mqtt.publish("home/meter", payload) for payload in payloads)
    decoder = Decoder()
    seen = [packet for at in range(0, len(data), size) for packet in decoder.feed(data[at : at + size])]
    assert [packet.payload for packet in seen] == payloads


@given(st.binary(max_size=400))
def test_any_bytes_are_packets_or_refused(data):
    with suppress(MqttError):
        assert all(len(getattr(packet, "payload", b"")) <= len(data) for packet in Decoder().feed(data))


def test_a_message_that_is_too_long_is_skipped_as_it_comes_and_the_next_one_is_read():
    decoder, size = Decoder(), mqtt.LONGEST + 1000
    long = mqtt.publish("a", b"x" * size)
    seen, most = [], 0
    for at in range(0, len(long), 5000):
        seen += decoder.feed(long[at : at + 5000])
        most = max(most, len(decoder._held))
    assert seen == [Skipped(size + 3)]
    assert most <= 5000
    assert list(decoder.feed(PUBLISH)) == [Message("a/b", b"230.51", False)]


@pytest.mark.parametrize("data", ["30ffffffffff", "34040001610000", "300100", "3003000561", "30040002ff00", "f000"])
def test_what_is_not_mqtt_is_refused(data):
    with pytest.raises(MqttError):
        list(Decoder().feed(bytes.fromhex(data)))
