"""Where the power flows."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmstead.core.accounting.flows import FlowMemory, follow
from ohmstead.core.model.chargers import ChargerReading, ChargerState
from ohmstead.core.model.quantities import Quality, Role
from ohmstead.core.model.snapshot import Channel, Flows, Snapshot
from ohmstead.core.model.time import Instant
from tests.core.accounting.test_counters import NOON
from tests.exploring import examples


def flows(channels: Mapping[str, Channel], chargers: Mapping[str, ChargerReading]) -> Flows:
    """What the first look shows."""
    return follow(FlowMemory(), Snapshot(Instant(NOON, 0), channels, chargers))[1]


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
    assert flows(measured, {"garage": charger(2300)}) == Flows(400, 4200, -1000, 3600, 110, 3490)


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
    assert flows({"grid": channel(Role.GRID, 400)}, {}) == Flows(400, None, None, 400, 400, 0)
    assert flows({}, {}) == Flows()


@pytest.mark.parametrize("load_w, rest_w", [(2000, 0), (2090, 0), (2150, None), (1900, 100)])
def test_a_rest_a_little_below_zero_is_zero_and_far_below_is_unknown(load_w: float, rest_w: float | None) -> None:
    found = flows({"grid": channel(Role.GRID, 2000), "oven": channel(Role.LOAD, load_w)}, {})
    assert (found.consumption_w, found.unmeasured_w) == (2000, rest_w)


class Day:
    """Powers that jump, each at most once in the time between two looks of its device, and meters that look at them."""

    def __init__(self, jumps: Mapping[str, list[tuple[float, float]]], offsets: Mapping[str, float]) -> None:
        """By name the seconds and watts of each jump, and when in a second the device is read."""
        self._jumps = jumps
        self._offsets = offsets

    def true_w(self, name: str, at_s: float) -> float:
        """What flows then."""
        if name == "grid":
            used = self.true_w("oven", at_s) + self.true_w("pump", at_s) + self.true_w("rest", at_s)
            return used - self.true_w("roof", at_s) - self.true_w("store", at_s)
        return next((watts for since_s, watts in reversed(self._jumps[name]) if since_s <= at_s), 0.0)

    def seen(self, now_s: float) -> Snapshot:
        """The latest sample of each device."""
        roles = {"grid": Role.GRID, "roof": Role.PRODUCTION, "store": Role.BATTERY, "oven": Role.LOAD,
                 "pump": Role.LOAD}  # fmt: skip
        channels = {}
        for name, role in roles.items():
            offset_s = self._offsets[name]
            at_s = int(now_s - offset_s) + offset_s
            power_w = self.true_w(name, at_s)
            channels[name] = Channel(role, Quality.GOOD, age_s=now_s - at_s, power_w=power_w)
        return Snapshot(Instant(NOON, now_s), channels)


NAMES = ("oven", "pump", "rest", "roof", "store")


@st.composite
def days(draw: st.DrawFn) -> Day:
    """One thing jumps every three seconds, for half a minute; then all is quiet.

    Devices are read at the same moment or at least 5 ms apart: within a millisecond counts as the same.
    """
    jumps: dict[str, list[tuple[float, float]]] = {name: [(0.0, draw(st.floats(0, 3000)))] for name in NAMES}
    for second in range(3, 30, 3):
        name = draw(st.sampled_from(NAMES))
        least = -3000 if name == "store" else 0
        jumps[name].append((second + draw(st.floats(0, 0.99)), draw(st.floats(least, 3000))))
    offsets = {name: draw(st.integers(0, 198)) * 0.005 for name in (*NAMES, "grid")}
    return Day(jumps, offsets)


@pytest.mark.req("EM-246", "EM-243", "G-001")
@examples(150)
@given(days())
def test_devices_that_are_read_at_different_moments_make_no_negative_load_and_the_balance_closes(day: Day) -> None:
    memory = FlowMemory()
    for second in range(1, 36):
        memory, seen = follow(memory, day.seen(float(second)))
        assert seen.unmeasured_w is not None
        assert seen.consumption_w is not None
        assert seen.measured_w is not None
        assert seen.unmeasured_w >= 0
        assert seen.measured_w >= -1e-6
        assert (seen.grid_w or 0) + (seen.production_w or 0) + (seen.battery_w or 0) == pytest.approx(
            seen.consumption_w, abs=1e-6
        )
        assert seen.measured_w + seen.unmeasured_w == pytest.approx(seen.consumption_w, abs=1e-6)
    assert seen.unmeasured_w == pytest.approx(day.true_w("rest", 35.0), abs=1e-6)
    assert seen.grid_w == pytest.approx(day.true_w("grid", 35.0), abs=1e-6)


def test_a_measured_load_that_switches_moves_the_rest_at_no_look() -> None:
    jumps = {"oven": [(0.0, 0.0), (5.3, 2800.0), (11.6, 0.0)], "rest": [(0.0, 120.0)]}
    still = {name: [(0.0, 0.0)] for name in ("pump", "roof", "store")}
    offsets = {"grid": 0.1, "oven": 0.7, "pump": 0.4, "roof": 0.2, "store": 0.9}
    day, memory, rest = Day({**jumps, **still}, offsets), FlowMemory(), []
    for second in range(1, 20):
        memory, seen = follow(memory, day.seen(float(second)))
        rest.append(seen.unmeasured_w)
    assert rest == pytest.approx([120.0] * 19)


def test_a_load_that_speaks_every_minute_is_never_more_than_the_house_consumes() -> None:
    memory, rest = FlowMemory(), []
    for second in range(60):
        grid_w = 2300.0 if second < 20 else 300.0
        seen = {
            "grid": Channel(Role.GRID, Quality.GOOD, age_s=0.2, power_w=grid_w),
            "boiler": Channel(Role.LOAD, Quality.GOOD, age_s=second + 0.5, power_w=2000.0),
        }
        memory, found = follow(memory, Snapshot(Instant(NOON, float(second)), seen))
        rest.append((found.measured_w, found.unmeasured_w))
    assert rest[0] == (2000.0, 300.0)
    assert rest[-1] == (0.0, 300.0)
    assert all(unmeasured == 300.0 for _, unmeasured in rest)


def test_loads_that_go_on_measuring_more_than_the_house_consumes_leave_the_rest_unknown() -> None:
    memory, told = FlowMemory(), []
    for second in range(40):
        oven_w = 500.0 if second < 10 else 2000.0
        seen = {"grid": channel(Role.GRID, 1000.0), "oven": channel(Role.LOAD, oven_w)}
        memory, found = follow(memory, Snapshot(Instant(NOON, float(second)), seen))
        told.append(found.unmeasured_w)
    assert told[5] == 500.0
    assert told[12] == 500.0
    assert told[-1] is None


@pytest.mark.req("EM-243")
def test_a_part_of_a_load_is_not_counted_twice() -> None:
    kitchen, oven = channel(Role.LOAD, 1500), replace(channel(Role.LOAD, 1190), part_of="kitchen")
    found = flows({"grid": channel(Role.GRID, 2000), "kitchen": kitchen, "oven": oven}, {})
    assert (found.measured_w, found.unmeasured_w) == (1500, 500)
    alone = flows({"grid": channel(Role.GRID, 2000), "oven": oven}, {})
    assert alone.measured_w == 1190, "a part whose whole is not measured counts by itself"
