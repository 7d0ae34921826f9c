"""Where the power flows."""

import pytest

from ohmstead.core.accounting.flows import flows
from ohmstead.core.model.chargers import ChargerReading, ChargerState
from ohmstead.core.model.quantities import Quality, Role
from ohmstead.core.model.snapshot import Channel, Flows
from ohmstead.core.model.time import Instant
from tests.core.accounting.test_counters import NOON


def channel(role: Role, power_w: float | None) -> Channel:
    return Channel(role, Quality.MISSING if power_w is None else Quality.GOOD, power_w=power_w)


def charger(power_w: float | None) -> ChargerReading:
    return ChargerReading("garage", Instant(NOON, 0), Quality.GOOD, ChargerState.CHARGING, power_w=power_w)


@pytest.mark.req("EM-243", "EM-246", "G-001")
def test_consumption_is_grid_plus_production_plus_battery_and_the_rest_is_unmeasured() -> None:
    measured = {
        "grid": channel(Role.GRID, 400),
        "roof": channel(Role.PRODUCTION, 3000),
        "shed": channel(Role.PRODUCTION, 1200),
        "cellar": channel(Role.BATTERY, -1000),
        "oven": channel(Role.LOAD, 1190),
    }
    assert flows(measured, {"garage": charger(2300)}) == Flows(400, 4200, -1000, 3600, 110)


@pytest.mark.req("G-001")
def test_export_is_negative_at_the_grid_and_what_remains_is_consumed() -> None:
    found = flows({"grid": channel(Role.GRID, -1500), "roof": channel(Role.PRODUCTION, 2000)}, {})
    assert (found.grid_w, found.consumption_w, found.unmeasured_w) == (-1500, 500, 500)


@pytest.mark.parametrize("lost", ["grid", "roof"])
def test_without_a_needed_measurement_there_is_no_consumption(lost: str) -> None:
    measured = {"grid": channel(Role.GRID, 400), "roof": channel(Role.PRODUCTION, 1000)}
    measured[lost] = channel(measured[lost].role, None)
    found = flows(measured, {})
    assert (found.consumption_w, found.unmeasured_w) == (None, None)


def test_a_lost_load_or_charger_takes_only_the_rest_with_it() -> None:
    lost_load = flows({"grid": channel(Role.GRID, 400), "oven": channel(Role.LOAD, None)}, {})
    lost_charger = flows({"grid": channel(Role.GRID, 400)}, {"garage": charger(None)})
    assert [(found.consumption_w, found.unmeasured_w) for found in (lost_load, lost_charger)] == [(400, None)] * 2


def test_a_site_without_sun_and_battery_has_no_such_flows() -> None:
    assert flows({"grid": channel(Role.GRID, 400)}, {}) == Flows(400, None, None, 400, 400)
    assert flows({}, {}) == Flows()


@pytest.mark.parametrize("load_w, rest_w", [(2000, 0), (2090, 0), (2150, None), (1900, 100)])
def test_a_rest_a_little_below_zero_is_zero_and_far_below_is_unknown(load_w: float, rest_w: float | None) -> None:
    found = flows({"grid": channel(Role.GRID, 2000), "oven": channel(Role.LOAD, load_w)}, {})
    assert (found.consumption_w, found.unmeasured_w) == (2000, rest_w)
