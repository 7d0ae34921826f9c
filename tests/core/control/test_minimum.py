"""The least power to charge with, by the vectors of its decision, and the sentences that tell it."""

import pytest

from ohmstead.core.control import ControlMemory, decide
from ohmstead.core.control.minimum import minimum_power_w
from ohmstead.core.model.grants import Grant
from ohmstead.core.model.quantities import PHASES, Phase
from ohmstead.core.model.snapshot import Snapshot
from ohmstead.texts import word
from tests.core.control.builders import Car, House, at, charger, controls, grid, site


@pytest.mark.req("G-013", "EV-181")
@pytest.mark.parametrize(
    ("voltages_v", "power_w"),
    [
        ([230.0], 1_400.0),
        ([245.0], 1_470.0),
        ([230.0] * 3, 4_140.0),
        ([220.0] * 3, 4_000.0),
        ([231.0, 229.0, 230.5], 4_143.0),
        ([230.0] * 2, 2_760.0),
    ],
)
def test_the_minimum_is_the_guide_s_figure_or_six_ampere_at_the_measured_voltages(
    voltages_v: list[float], power_w: float
) -> None:
    assert minimum_power_w(voltages_v) == pytest.approx(power_w)


@pytest.mark.req("G-013")
@pytest.mark.parametrize("voltages_v", [[], [None], [230.0, None, 230.0]])
def test_a_voltage_that_is_missing_is_not_taken_for_a_usual_one(voltages_v: list[float | None]) -> None:
    assert minimum_power_w(voltages_v) is None


def waiting(loads_w: dict[Phase, float], voltage_v: float, used: tuple[Phase, ...] | None, **place: object) -> Grant:
    """What a car is told that has just been plugged in and cannot start."""
    settings = controls(site({"garage": {"phases": PHASES}}, **place))
    reading = charger(at(0), phases_used=used)
    snapshot = Snapshot(at(0), {"grid": grid(loads_w, voltage_v=voltage_v)}, {"garage": reading})
    grant = decide(snapshot, settings, ControlMemory(), at(0)).grants["garage"]
    assert grant.current_a == 0.0
    return grant


@pytest.mark.req("G-013", "EV-181")
@pytest.mark.parametrize(
    ("voltage_v", "used", "needed_w", "told"),
    [
        (230.0, ("L1",), 1_400.0, "1.40 kW"),
        (245.0, ("L1",), 1_470.0, "1.47 kW"),
        (230.0, PHASES, 4_140.0, "4.14 kW"),
        (220.0, PHASES, 4_000.0, "4.00 kW"),
        (230.0, None, 4_140.0, "4.14 kW"),
    ],
)
@pytest.mark.parametrize("place", [{"contract_power_w": 3_000.0}, {"main_fuse_a": 16.0}])
def test_a_car_that_waits_is_told_how_much_power_it_needs(
    voltage_v: float, used: tuple[Phase, ...] | None, needed_w: float, told: str, place: dict[str, float]
) -> None:
    grant = waiting({"L1": 12.0 * voltage_v, "L2": 0.0, "L3": 0.0}, voltage_v, used, **place)
    assert grant.reason.params["needed_w"] == pytest.approx(needed_w)
    assert told.replace(" ", "\u00a0") in word(grant.reason, "en").replace(" kW", "\u00a0kW")
    assert "bisogno di almeno 6 A, qui" in word(grant.reason, "it").replace("\u00a0", " ")


@pytest.mark.req("G-013", "EV-181", "EV-182")
def test_limits_of_the_supply_compare_with_six_ampere_and_not_with_the_power_told() -> None:
    settings = controls(site(grid_type="1x230", contract_power_w=3_000.0))
    snapshot = Snapshot(at(0), {"grid": grid({"L1": 1_620.0}, phases=("L1",))}, {"garage": charger(at(0))})
    assert decide(snapshot, settings, ControlMemory(), at(0)).grants["garage"].current_a == 6.0


def test_where_no_voltage_is_measured_the_current_alone_is_told() -> None:
    settings = controls(site(main_fuse_a=16.0))
    whole = grid({"L1": 12.0 * 230.0})
    phase = type(whole.phases["L1"])(None, 12.0, 2_760.0)
    lacking = type(whole)(whole.role, whole.quality, 0.2, 2_760.0, phases={"L1": phase})
    grant = decide(
        Snapshot(at(0), {"grid": lacking}, {"garage": charger(at(0))}), settings, ControlMemory(), at(0)
    ).grants["garage"]
    assert grant.reason.key == "limit.main_fuse_too_little"
    assert "at least 6 A." in word(grant.reason, "en").replace("\u00a0", " ")


@pytest.mark.req("G-013")
def test_a_car_that_the_supply_stopped_is_told_what_it_waits_for() -> None:
    house = House(controls(site(main_fuse_a=16.0)), {"garage": Car()})
    house.run(30)
    house.load_a = {"L1": 13.0}
    grant = house.run(30).grants["garage"]
    assert grant.reason.key == "limit.main_fuse_too_little.power"
    house.load_a = {"L1": 9.7}
    grant = house.run(5).grants["garage"]
    assert grant.reason.key == "limit.resume_needs_more.power"
    assert grant.reason.params["needed_w"] == pytest.approx(1_400.0)
