import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmstead.protocols.p1.framing import LONGEST, Damage, Frame, Framer, crc16
from tests.exploring import examples
from tests.protocols.p1.telegrams import NAMES, made, recorded

ONE = made("1-0:1.7.0(00.100*kW)")
TWO = made("1-0:1.7.0(00.200*kW)")


def kinds(found) -> list[str]:
    return [one.kind if isinstance(one, Damage) else "frame" for one in found]


def with_parity(data: bytes) -> bytes:
    """As seven bits and even parity look when they are read as eight bits."""
    return bytes(byte | 0x80 if byte.bit_count() % 2 else byte for byte in data)


def test_the_checksum_is_the_one_of_the_standard():
    assert crc16(b"123456789") == 0xBB3D


@pytest.mark.req("G-123")
@pytest.mark.parametrize("name", NAMES)
def test_a_recorded_telegram_is_whole_in_any_pieces(name):
    data = recorded(name)
    for size in (1, 7, len(data)):
        framer = Framer()
        found = [one for i in range(0, len(data), size) for one in framer.feed(data[i : i + size])]
        assert kinds(found) == ["frame"]
        assert found[0].checked is (name != "v2_2")
        assert (framer.noise, framer.inside) == (0, False)


def test_a_telegram_is_there_with_the_last_digit_of_its_checksum():
    assert kinds(Framer().feed(ONE.rstrip())) == ["frame"]


def test_telegrams_follow_each_other_with_or_without_anything_between():
    assert kinds(Framer().feed(ONE + TWO + b"\0\xff noise \r\n" + ONE)) == ["frame"] * 3


def test_what_comes_before_the_first_telegram_is_counted_and_dropped():
    framer = Framer()
    assert kinds(framer.feed(ONE[20:] + TWO)) == ["frame"]
    assert framer.noise > 0


@pytest.mark.parametrize("place", range(len(ONE) - 7))
def test_one_wrong_bit_anywhere_never_passes_a_checked_telegram(place):
    bent = bytearray(ONE)
    bent[place] ^= 0x04
    found = Framer().feed(bytes(bent) + TWO)
    assert [one.data for one in found if isinstance(one, Frame)] == [TWO[: TWO.index(b"!") + 1]]


def test_a_telegram_that_breaks_off_is_named_and_costs_only_itself():
    for between in (b"\r\n", b""):
        found = Framer().feed(ONE[:30] + between + TWO)
        assert kinds(found) == ["truncated", "frame"]
        assert found[0].came.endswith("1-0:1.7.0(00.10")


def test_a_checksum_that_is_none_is_wrong():
    assert kinds(Framer().feed(ONE[:-6] + b"12\r\n" + TWO)) == ["crc", "frame"]
    assert kinds(Framer().feed(ONE[:-6] + b"wrong, and no line end" + TWO)) == ["crc", "frame"][:1]


def test_a_line_that_never_ends_a_telegram_is_cut_off_and_what_follows_is_read():
    framer = Framer()
    found = [one for _ in range(40) for one in framer.feed(b"/X" + b"0" * 1000)]
    assert kinds(found) == ["too_long"]
    assert kinds(framer.feed(b"\r\n" + ONE))[-1] == "frame"


@examples(100)
@given(st.binary(max_size=LONGEST * 2), st.integers(1, 5000))
def test_whatever_comes_memory_is_bounded_and_the_next_telegrams_are_read(data, size):
    framer = Framer()
    for i in range(0, len(data), size):
        framer.feed(data[i : i + size])
        assert len(framer._pending) <= LONGEST + size + 1
    assert kinds(framer.feed(b"\r\n" + ONE + TWO))[-1] == "frame"


def test_seven_bits_with_parity_read_as_eight_are_understood_and_checked():
    old = recorded("v2_2")
    (frame,) = Framer().feed(with_parity(old))
    assert (frame.data, frame.checked) == (old.rstrip(), False)
    bent = bytearray(with_parity(old))
    bent[100] ^= 1
    assert kinds(Framer().feed(bytes(bent))) == ["parity"]
