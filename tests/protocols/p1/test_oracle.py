"""An independent reader agrees: dsmr-parser's fields equal ours, telegram by telegram."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dsmr_parser import telegram_specifications as known
from dsmr_parser.parsers import TelegramParser

from ohmstead.protocols.p1.telegram import measure, stamp
from tests.protocols.p1.telegrams import NAMES, read, recorded

PLAIN_T210 = {**known.SAGEMCOM_T210_D_R, "general_global_cipher": False}
"""Its profile asks for a cipher key even where the telegram is plain."""

PROFILES = {
    "v2_2": known.V2_2,
    "v4_2": known.V4,
    "v5": known.V5,
    "v5_two_mbus": known.V5,
    "fluvius_v171": known.BELGIUM_FLUVIUS,
    "iskra_ie": known.ISKRA_IE,
    "sagemcom_t210_d_r": PLAIN_T210,
}
HOME = ZoneInfo("Europe/Amsterdam")
"""The zone in which they read a time that names none."""

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


Found = tuple[str, Any, int]
"""The codes that may stand for a field, what they made of it, and how many brackets of the line stand before it."""


def everything(theirs: Any, codes: Mapping[str, str]) -> Iterator[Found]:
    """Each field that they found, behind the meter too."""
    for field, found in theirs:
        if field == "MBUS_DEVICES":
            for device in found:
                yield from everything([each for each in device if each[0] != "channel_id"], codes)
        elif isinstance(found, list):
            yield from ((codes[field], each, 3 + 3 * number) for number, each in enumerate(found))
        else:
            yield codes[field], found, 0


def codes_of(profile: Mapping[str, Any]) -> dict[str, str]:
    """By field the pattern of the code, without channel, that their profile looks for."""
    found: dict[str, str] = {}
    for each in profile["objects"]:
        pattern = each["obis_reference"].split(":", 1)[1].split(".+?", 1)[0]
        before = found.get(each["value_name"])
        found[each["value_name"]] = f"{before}|{pattern}" if before else pattern
    return found


def same(theirs: Any, unit: str | None, ours: str) -> bool:
    """Whether one bracketed value of ours says what they made of it."""
    if theirs is None or theirs == "":
        return not ours
    if isinstance(theirs, datetime):
        found = stamp(ours)
        return found is not None and found.local == theirs.astimezone(HOME).replace(tzinfo=None)
    if isinstance(theirs, Decimal | int):
        number = measure(ours)
        return number is not None and number.value == theirs and (unit is None or number.unit == unit)
    return ours.strip() == theirs


@pytest.mark.parametrize("name", NAMES)
def test_nothing_that_they_read_is_read_otherwise_by_us(name):
    data, profile = recorded(name), PROFILES[name]
    theirs, ours = TelegramParser(profile).parse(data.decode("ascii")), read(data)
    compared = set()
    for pattern, found, skipped in everything(theirs, codes_of(profile)):
        channel = found.obis_id_code[1]
        (key,) = (key for key in ours.objects if key[0] == channel and re.fullmatch(pattern, key[1]))
        groups = ours.objects[key][skipped:]
        assert len(groups) >= len(found.values)
        for group, value in zip(groups, found.values, strict=False):
            assert same(value["value"], value["unit"], group), (key, group, value)
        compared.add(key)
    assert len(compared) >= 0.75 * len(ours.objects), set(ours.objects) - compared
