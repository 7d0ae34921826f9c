"""Green energy of a session, and the meter that shows nothing while a car draws (G-017)."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmstead.core.accounting.green import GreenEnergy, at_zero_since, counted, follow
from ohmstead.core.model.chargers import ChargerReading, Session
from ohmstead.core.model.quantities import Quality, Role
from ohmstead.core.model.snapshot import Channel
from tests.core.control.builders import START, at, charger
from tests.exploring import examples


def car(power_w: float, energy_j: int | None, name: str = "garage") -> ChargerReading:
    """A car that draws."""
    session = Session(f"{name}-1", name, START, energy_j)
    return replace(charger(at(0), name), power_w=power_w, contactor_closed=power_w > 0, session=session)


def grid(power_w: float) -> Channel:
    """What flows at the grid connection."""
    return Channel(Role.GRID, Quality.GOOD, power_w=power_w)


def charged(power_w: float, grid_w: float | None, seconds: int, step_s: int = 1) -> GreenEnergy:
    """A session of that length whose counter moves every ``step_s``."""
    memory = follow({}, [car(power_w, 0)], grid(0), 0.0)
    for second in range(1, seconds + 1):
        energy_j = int(power_w) * (second - second % step_s)
        memory = follow(memory, [car(power_w, energy_j)], None if grid_w is None else grid(grid_w), 1.0)
    return memory["garage"]


@pytest.mark.req("G-017")
@pytest.mark.parametrize(
    "power_w, grid_w, green_w",
    [(3000, 1000, 2000), (3000, 0, 3000), (3000, -500, 3000), (3000, 5000, 0), (3000, None, 0)],
)
@pytest.mark.parametrize("step_s", [1, 12])
def test_what_is_imported_is_not_green(power_w: float, grid_w: float | None, green_w: int, step_s: int) -> None:
    assert charged(power_w, grid_w, 60, step_s).green_j == green_w * 60


def test_two_cars_divide_what_is_imported() -> None:
    cars = [car(3000, 0), car(1000, 0, "yard")]
    memory = follow({}, cars, grid(0), 0.0)
    for second in range(1, 11):
        cars = [car(3000, 3000 * second), car(1000, 1000 * second, "yard")]
        memory = follow(memory, cars, grid(1000), 1.0)
    assert (memory["garage"].green_j, memory["yard"].green_j) == (22_500, 7_500)


@examples(60)
@given(st.lists(st.tuples(st.integers(0, 20_000), st.integers(-9_000, 9_000), st.integers(0, 90_000)), max_size=40))
def test_green_is_whole_joules_and_never_more_than_the_energy(steps: list[tuple[int, int, int]]) -> None:
    memory, energy_j, before = follow({}, [car(0, 0)], None, 0.0), 0, 0
    for power_w, grid_w, step_j in steps:
        energy_j += step_j
        memory = follow(memory, [car(power_w, energy_j)], grid(grid_w), 1.0)
        kept = memory["garage"]
        assert isinstance(kept.green_j, int)
        assert before <= kept.green_j <= energy_j
        before = kept.green_j


def test_the_last_step_counts_when_the_session_has_ended() -> None:
    kept = charged(3000, 1000, 10)
    assert counted(replace(kept, green_ws=2.0, all_ws=3.0), 33_000).green_j == 22_000


@pytest.mark.req("EV-257")
@pytest.mark.parametrize(
    "grid_w, drawn_w, battery_w, warns",
    [(0, 3000, 0, True), (8, 3000, 0, True), (40, 3000, 0, False), (0, 900, 0, False), (0, 3000, -2000, False)],
)
def test_a_meter_at_zero_is_noticed_unless_a_battery_holds_it_there(
    grid_w: float, drawn_w: float, battery_w: float, warns: bool
) -> None:
    since = None
    for second in range(301):
        since = at_zero_since(since, [car(drawn_w, 0)], grid(grid_w), battery_w, float(second))
    assert (since is not None) is warns
    assert at_zero_since(since, [car(drawn_w, 0)], grid(500), battery_w, 302.0) is None
