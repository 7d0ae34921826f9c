"""An independent reader agrees: dsmr-parser's fields equal ours, telegram by telegram."""

from decimal import Decimal

import pytest
from dsmr_parser import telegram_specifications as known
from dsmr_parser.parsers import TelegramParser

from tests.protocols.p1.telegrams import read, recorded

PLAIN_T210 = {**known.SAGEMCOM_T210_D_R, "general_global_cipher": False}
"""Its profile asks for a cipher key even where the telegram is plain."""

CODES = {
    "ELECTRICITY_IMPORTED_TOTAL": "1.8.0",
    "ELECTRICITY_EXPORTED_TOTAL": "2.8.0",
    **{f"ELECTRICITY_USED_TARIFF_{n}": f"1.8.{n}" for n in range(1, 5)},
    **{f"ELECTRICITY_DELIVERED_TARIFF_{n}": f"2.8.{n}" for n in range(1, 5)},
    "CURRENT_ELECTRICITY_USAGE": "1.7.0",
    "CURRENT_ELECTRICITY_DELIVERY": "2.7.0",
    "CURRENT_REACTIVE_IMPORTED": "3.7.0",
    "CURRENT_REACTIVE_EXPORTED": "4.7.0",
    "BELGIUM_CURRENT_AVERAGE_DEMAND": "1.4.0",
    "BELGIUM_MAXIMUM_DEMAND_MONTH": "1.6.0",
    **{f"INSTANTANEOUS_VOLTAGE_L{n}": f"{12 + 20 * n}.7.0" for n in (1, 2, 3)},
    **{f"INSTANTANEOUS_CURRENT_L{n}": f"{11 + 20 * n}.7.0" for n in (1, 2, 3)},
    **{f"INSTANTANEOUS_ACTIVE_POWER_L{n}_POSITIVE": f"{1 + 20 * n}.7.0" for n in (1, 2, 3)},
    **{f"INSTANTANEOUS_ACTIVE_POWER_L{n}_NEGATIVE": f"{2 + 20 * n}.7.0" for n in (1, 2, 3)},
}


@pytest.mark.parametrize(
    "name, specification, fields",
    [
        ("v2_2", known.V2_2, 6),
        ("v4_2", known.V4, 15),
        ("v5", known.V5, 18),
        ("v5_two_mbus", known.V5, 18),
        ("fluvius_v171", known.BELGIUM_FLUVIUS, 20),
        ("iskra_ie", known.ISKRA_IE, 18),
        ("sagemcom_t210_d_r", PLAIN_T210, 10),
    ],
)
def test_both_readers_see_the_same_numbers_in_the_same_units(name, specification, fields):
    data = recorded(name)
    theirs, ours = TelegramParser(specification).parse(data.decode("ascii")), read(data)
    compared = 0
    for field, code in CODES.items():
        if (one := getattr(theirs, field, None)) is not None:
            found = ours.measure(code)
            assert (found.value, found.unit) == (Decimal(one.value), one.unit), field
            compared += 1
    assert compared >= fields
    if (at := getattr(theirs, "P1_MESSAGE_TIMESTAMP", None)) is not None:
        assert ours.stamp("1.0.0").local.minute == at.value.minute


@pytest.mark.parametrize("name", ["v4_2", "v5", "v5_two_mbus", "fluvius_v171"])
def test_both_readers_see_the_same_meters_behind_the_meter(name):
    data = recorded(name)
    specification = {"v4_2": known.V4, "fluvius_v171": known.BELGIUM_FLUVIUS}.get(name, known.V5)
    theirs, ours = TelegramParser(specification).parse(data.decode("ascii")), read(data)
    for device in theirs.MBUS_DEVICES:
        reading = getattr(device, "MBUS_METER_READING", None)
        if reading is not None:
            code = "24.2.1" if ours.text("24.2.1", device.channel_id) else "24.2.3"
            assert ours.measure(code, device.channel_id).value == reading.value
