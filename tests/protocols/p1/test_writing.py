"""A written telegram: our own reader and dsmr-parser understand the same of it."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from dsmr_parser import telegram_specifications as known
from dsmr_parser.parsers import TelegramParser

from ohmstead.core.model.readings import PhaseReading, Supply, UtilityCounter
from ohmstead.protocols.p1.framing import Frame, Framer
from ohmstead.protocols.p1.telegram import parse
from ohmstead.protocols.p1.values import P1Values, values
from ohmstead.protocols.p1.writing import Written, telegram

SEEN = P1Values(
    power_w=-1234.0,
    energy_import_j=4321_500 * 3600,
    energy_export_j=12_250 * 3600,
    phases={
        "L1": PhaseReading(229.8, 3.21, 640.0),
        "L2": PhaseReading(231.4, 11.05, -2500.0),
        "L3": PhaseReading(230.1, 2.75, 626.0),
    },
    supply=Supply(351.0, 4870.0, (UtilityCounter("gas", 112.384), UtilityCounter("water", 872.234))),
)
WRITTEN = Written(
    datetime(2026, 6, 21, 12, 0, 5, tzinfo=UTC), True, "SIM-grid", SEEN, datetime(2026, 6, 3, 18, 45, tzinfo=UTC)
)


@pytest.mark.req("G-123")
def test_what_is_written_is_read_back() -> None:
    (frame,) = Framer().feed(telegram(WRITTEN))
    assert isinstance(frame, Frame)
    assert frame.checked
    read = values(parse(frame))
    assert (read.power_w, read.energy_import_j, read.energy_export_j) == (-1234, SEEN.energy_import_j, 44_100_000)
    assert read.phases == SEEN.phases
    assert read.supply == SEEN.supply
    assert read.stamp is not None
    assert (read.stamp.local, read.stamp.summer) == (WRITTEN.at.replace(tzinfo=None), True)


@pytest.mark.req("G-123")
def test_an_independent_parser_takes_the_crc_and_reads_the_same() -> None:
    theirs = TelegramParser(known.BELGIUM_FLUVIUS).parse(telegram(WRITTEN).decode("ascii"))
    assert theirs.CURRENT_ELECTRICITY_DELIVERY.value == Decimal("1.234")
    assert theirs.ELECTRICITY_USED_TARIFF_1.value == Decimal("4321.5")
    assert theirs.INSTANTANEOUS_VOLTAGE_L2.value == Decimal("231.4")
    assert theirs.INSTANTANEOUS_CURRENT_L2.value == Decimal("11.05")
    assert theirs.BELGIUM_CURRENT_AVERAGE_DEMAND.value == Decimal("0.351")
    gas, water = theirs.MBUS_DEVICES
    assert (float(gas.MBUS_METER_READING.value), gas.MBUS_METER_READING.unit) == (112.384, "m3")
    assert float(water.MBUS_METER_READING.value) == 872.234


def test_what_is_not_known_is_left_out() -> None:
    (frame,) = Framer().feed(telegram(Written(WRITTEN.at, False, "x", P1Values())))
    assert isinstance(frame, Frame)
    read = values(parse(frame))
    assert (read.power_w, read.energy_import_j, dict(read.phases)) == (None, None, {})
