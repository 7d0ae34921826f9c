"""The frozen picture holds what can be trusted, says how old the rest is, and keeps the site's own counters."""

from datetime import UTC, datetime

import pytest

from ohmstead.core.accounting.flows import FlowMemory, follow
from ohmstead.core.model.chargers import ChargerReading, ChargerState
from ohmstead.core.model.quantities import Phase, Quality, Role
from ohmstead.core.model.readings import PhaseReading, Reading
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.settings import DeviceSettings
from ohmstead.core.model.time import Instant
from ohmstead.drivers.ports import Meter
from ohmstead.site.picture import freeze
from ohmstead.site.sense import Sensed

NOW = Instant(datetime(2026, 6, 21, 10, tzinfo=UTC), 1000.0)
LOST = Reason("device.unreachable", {"where": "tcp://127.0.0.1:1", "deadline_s": "1 s"})


class NoWire:
    """Nothing is asked here."""

    async def read(self) -> Reading:
        raise AssertionError

    async def close(self) -> None:
        raise AssertionError


def sensed(name: str, ago_s: float | None, quality: Quality = Quality.GOOD, power_w: float | None = 500.0) -> Sensed:
    settings = DeviceSettings(
        driver="sunspec", connect="tcp://127.0.0.1:1", role=Role.GRID if name == "grid" else Role.LOAD
    )
    meter: Meter = NoWire()
    device = Sensed(name, settings, meter)
    if ago_s is None:
        return device
    at = NOW.plus(-ago_s)
    phases: dict[Phase, PhaseReading] = {"L1": PhaseReading(230.0, 2.2, power_w)} if quality is Quality.GOOD else {}
    device.latest = Reading(name, at, quality, power_w, energy_import_j=7, phases=phases)
    device.last_good = at
    return device


def totals(name: str) -> tuple[int | None, int | None]:
    return {"grid": (1000, 50), "oven": (300, None), "garage": (77, None)}.get(name, (None, None))


@pytest.mark.req("G-001")
def test_counters_are_the_sites_own_and_values_the_meters() -> None:
    grid = freeze({"grid": sensed("grid", 0.1)}, {}, totals, NOW).channels["grid"]
    assert (grid.quality, grid.power_w, grid.energy_import_j, grid.energy_export_j) == (Quality.GOOD, 500.0, 1000, 50)
    assert grid.age_s == pytest.approx(0.1)


@pytest.mark.parametrize(
    "ago_s, quality, expected",
    [
        (60.0, Quality.GOOD, Quality.STALE),
        (0.1, Quality.BAD, Quality.BAD),
        (None, Quality.GOOD, Quality.MISSING),
    ],
)
def test_what_cannot_be_trusted_has_no_value_but_a_quality_a_reason_and_its_counters(
    ago_s: float | None, quality: Quality, expected: Quality
) -> None:
    device = sensed("oven", ago_s, quality)
    device.problem = LOST
    picture = freeze({"oven": device}, {}, totals, NOW)
    oven = picture.channels["oven"]
    assert (oven.quality, oven.power_w, dict(oven.phases)) == (expected, None, {})
    assert (oven.energy_import_j, oven.problem) == (300, LOST)


def test_flows_are_unknown_while_the_grid_meter_is_lost() -> None:
    lost = freeze({"grid": sensed("grid", 60.0), "oven": sensed("oven", 0.1)}, {}, totals, NOW)
    _, seen = follow(FlowMemory(), lost)
    assert (seen.grid_w, seen.consumption_w) == (None, None)


def test_a_chargers_energy_is_the_sites_own_counter() -> None:
    reading = ChargerReading("garage", NOW, Quality.GOOD, ChargerState.CHARGING, energy_j=999_999)
    assert freeze({}, {"garage": reading}, totals, NOW).chargers["garage"].energy_j == 77
