"""What a person names to be scanned, and every way to name it wrongly."""

import pytest

from ohmstead.core.model.errors import ConfigurationError
from ohmstead.drivers.scanning.targets import HostTarget, SerialTarget, targets, units
from ohmstead.transport.address import SerialAddress


@pytest.mark.parametrize(
    "word, target",
    [
        ("192.168.1.20", HostTarget("192.168.1.20")),
        ("meter.local", HostTarget("meter.local")),
        ("meter.local:1502", HostTarget("meter.local", 1502)),
        ("tcp://10.0.0.3:502", HostTarget("10.0.0.3", 502)),
        ("tcp+rtu://10.0.0.3:8899", HostTarget("10.0.0.3", 8899, rtu=True)),
        ("[::1]:502", HostTarget("::1", 502)),
        (
            "serial:///dev/ttyUSB0?baud=9600&parity=even",
            SerialTarget("/dev/ttyUSB0", (SerialAddress("/dev/ttyUSB0", 9600, "even"),)),
        ),
    ],
)
def test_an_address_is_named_as_the_settings_write_it_or_shorter(word, target):
    assert targets([word]) == (target,)


def test_a_serial_port_without_a_speed_is_tried_at_the_usual_ones_or_those_that_are_said():
    (every,), (one,) = targets(["/dev/ttyUSB0"]), targets(["serial:///dev/ttyUSB0"], [2400])
    assert len(every.ways) > 10
    assert {way.baud for way in one.ways} == {2400}


def test_a_range_is_written_out_and_each_target_counts_once():
    assert [each.host for each in targets(["10.0.0.0/30"])] == ["10.0.0.1", "10.0.0.2"]
    assert {(each.port, each.ranged) for each in targets(["10.0.0.0/29:503"])} == {(503, True)}
    assert len(targets(["10.0.0.0/24"])) == 254
    assert len(targets(["a", "a", "b"])) == 2


@pytest.mark.parametrize("word", ["10.0.0.0/23", "10.0.0.0/8", "0.0.0.0/0", "fd00::/64"])
def test_a_range_that_is_too_large_is_refused_with_what_is_allowed(word):
    with pytest.raises(ConfigurationError, match=r"at most 256 addresses\. Name a smaller one"):
        targets([word])


@pytest.mark.parametrize(
    "word",
    [
        "",
        "a b",
        "localhost:0",
        "localhost:70000",
        "host:",
        ":502",
        "[::1",
        "http://host",
        "tcp://host",
        "user@host",
        "10.0.0.0/33",
        "10.0.0.0/24:x",
        "host?x",
        "-host",
        "serial://ttyUSB0",
        "serial:///",
        "serial:///dev/x?baud=7",
        "serial:///dev/x?parity=even",
        "tcp://[::1:5",
        "host\x1b[31m",
        "ftp://x:1",
    ],
)  # fmt: skip — as a list of wrong words
def test_a_word_that_is_no_address_is_refused_with_what_came_and_what_is_allowed(word):
    with pytest.raises(ConfigurationError) as raised:
        targets([word])
    assert all(mistake.came and mistake.allowed for mistake in raised.value.mistakes)


def test_all_wrong_words_are_told_at_once():
    with pytest.raises(ConfigurationError) as raised:
        targets(["a b", "10.0.0.0/1", "fine"], [12_345])
    assert len(raised.value.mistakes) == 3


def test_unit_numbers_are_single_ones_and_spans():
    assert units("1-3, 61,2") == (1, 2, 3, 61)
    for wrong in ("", "0", "248", "5-2", "x", "1,,2", "1-", "٣", "1-300"):
        with pytest.raises(ConfigurationError, match="--units"):
            units(wrong)
