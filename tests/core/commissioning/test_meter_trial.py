"""What the first reading with another model must show before it is taken for that of a grid meter."""

from dataclasses import replace

import pytest

from ohmstead.core.commissioning.meter_trial import doubt
from ohmstead.core.model.quantities import PHASES, Quality
from ohmstead.core.model.readings import PhaseReading, Reading
from ohmstead.core.model.reasons import Reason
from ohmstead.texts import LANGUAGES, word
from tests.core.control.builders import at, site

GOOD = Reading(
    "grid",
    at(0),
    power_w=1_380.0,
    frequency_hz=50.0,
    phases={phase: PhaseReading(230.0, 2.0, 460.0) for phase in PHASES},
)
PLACE = site({"garage": {"phases": PHASES}}, main_fuse_a=25.0, contract_power_w=6_000.0)


def with_phase(**values: float | None) -> Reading:
    return replace(GOOD, phases={**GOOD.phases, "L2": replace(GOOD.phases["L2"], **values)})


@pytest.mark.req("EV-178")
def test_what_a_grid_meter_shows_is_taken() -> None:
    assert doubt(GOOD, "some-meter", PLACE) is None
    export = replace(GOOD, phases={p: PhaseReading(231.0, 2.1, -480.0) for p in PHASES}, power_w=-1_440.0)
    assert doubt(export, "some-meter", PLACE) is None


@pytest.mark.req("EV-178")
@pytest.mark.parametrize(
    ("reading", "key"),
    [
        (replace(GOOD, quality=Quality.BAD), "meter_trial.bad"),
        (replace(GOOD, frequency_hz=5_000.0), "meter_trial.frequency"),
        (replace(GOOD, frequency_hz=0.0), "meter_trial.frequency"),
        (replace(GOOD, power_w=None), "meter_trial.power"),
        (replace(GOOD, power_w=float("nan")), "meter_trial.power"),
        (with_phase(voltage_v=2.3), "meter_trial.voltage"),
        (with_phase(voltage_v=23_000.0), "meter_trial.voltage"),
        (with_phase(voltage_v=float("nan")), "meter_trial.voltage"),
        (with_phase(power_w=46_000.0), "meter_trial.inconsistent"),
        (with_phase(current_a=0.002), "meter_trial.inconsistent"),
        (with_phase(power_w=float("nan")), "meter_trial.inconsistent"),
        (with_phase(current_a=None), "meter_trial.lacks_current"),
        (with_phase(voltage_v=None), "meter_trial.lacks_voltage"),
        (replace(GOOD, phases={"L1": GOOD.phases["L1"]}), "meter_trial.lacks_current"),
    ],
)
def test_what_no_grid_can_be_or_what_the_limits_lack_is_told_in_words(reading: Reading, key: str) -> None:
    found = doubt(reading, "some-meter", PLACE)
    assert found is not None
    assert found.key == key
    assert all("some-meter" in word(found, language) for language in LANGUAGES)


def test_a_reading_that_says_itself_what_is_wrong_is_heard() -> None:
    problem = Reason("device.lost", {"device": "grid"})
    assert doubt(replace(GOOD, quality=Quality.BAD, problem=problem), "some-meter", PLACE) == problem


def test_what_no_limit_needs_may_be_missing() -> None:
    assert doubt(with_phase(voltage_v=None, current_a=None), "some-meter", site({"garage": {"phases": PHASES}})) is None
