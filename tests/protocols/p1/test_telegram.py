from datetime import datetime
from decimal import Decimal

import pytest

from ohmstead.protocols.p1.telegram import Measure, Stamp, TelegramError
from tests.protocols.p1.telegrams import made, read, recorded


@pytest.mark.parametrize(
    "name, version",
    [("v2_2", None), ("v4_2", "42"), ("v5", "50"), ("sagemcom_t210_d_r", "50"), ("fluvius_v171", "50217")],
)
def test_a_telegram_names_the_version_of_its_standard(name, version):
    assert read(recorded(name)).version == version


def test_objects_are_found_by_code_and_channel():
    telegram = read(recorded("v5"))
    assert telegram.identification == "ISk5\\2MT382-1000"
    assert telegram.measure("1.8.1") == Measure(Decimal("4.426"), "kWh")
    assert telegram.stamp("1.0.0") == Stamp(datetime.fromisoformat("2017-01-02T19:20:02"), summer=False)
    assert telegram.text("96.1.0", channel=1) == "3232323241424344313233343536373839"
    assert (telegram.text("96.13.0"), telegram.text("99.99.9"), telegram.measure("96.13.0")) == (None, None, None)


def test_bytes_beyond_ascii_in_names_and_messages_harm_nothing():
    telegram = read(made("0-0:96.13.0(Zähler Ω)".replace("Ω", "\xff"), "1-0:1.7.0(00.100*kW)", head="/XYZ5\x02\xfc"))
    assert telegram.measure("1.7.0") == Measure(Decimal("0.1"), "kW")
    assert telegram.text("96.13.0") == "Zähler ÿ"


def test_digits_of_other_scripts_are_no_numbers():
    assert read(made("1-0:1.7.0(\xb2\xb3*kW)")).measure("1.7.0") is None


def test_codes_may_carry_leading_zeros_and_the_billing_group():
    telegram = read(made("1-0:01.08.00.255(1*kWh)", "1-0:2.8.0*255(2*kWh)", "21.7.0(3*kW)"))
    assert [telegram.measure(code).value for code in ("1.8.0", "2.8.0", "21.7.0")] == [1, 2, 3]


def test_a_line_that_a_checksum_vouches_for_is_kept_aside_when_it_cannot_be_read():
    telegram = read(made("hello", "1-0:1.7.0(00.100*kW)"))
    assert telegram.unknown_lines == ("hello",)
    assert telegram.measure("1.7.0") is not None


@pytest.mark.parametrize(
    "data, key",
    [
        (made("1-0:1.7.0(00.1", checked=False), "p1.unreadable"),
        (made("1-0:1.8.1(1*kWh)", "1-0:1.8.1(2*kWh)", checked=False), "p1.unreadable"),
        (made("1-3:0.2.8(50)", "1-0:1.7.0(00.100*kW)", checked=False), "p1.no_crc"),
        (b"/half of one line 1-0:1.7.0(1*kW)\r\n1-0:1.7.0(1*kW)\r\n!\r\n", "p1.no_header"),
    ],
)
def test_a_telegram_without_a_checksum_is_refused_at_the_first_doubt(data, key):
    with pytest.raises(TelegramError) as caught:
        read(data)
    assert caught.value.key == key


@pytest.mark.parametrize("text", ["", "999999999999W", "200230000000S", "2004262233", "x"])
def test_a_time_that_cannot_be_is_none(text):
    assert read(made(f"0-0:1.0.0({text})")).stamp("1.0.0") is None
