"""Programmed: the mode of the hour, its limit, what holds outside, and programs that cannot be carried out."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ohmstead.core.control import ControlSettings
from ohmstead.core.model.chargers import ChargerOptions
from ohmstead.core.model.modes import DefaultMode, Program, six
from ohmstead.core.model.time import Instant
from tests.core.control import builders
from tests.core.control.builders import Car, House, controls, site

NIGHT = Program(days=("sat",), start="19:00", end="07:00", limit_a=10)
"""The tests begin on a Saturday at 19:00 in Rome."""


def house(*programs: Program, default: DefaultMode = "off", managed: bool = True, **more: Any) -> House:
    """A house with three kilowatts of sun whose charger follows ``programs``."""
    options = ChargerOptions(mode="programmed", programs=six(programs), default_mode=default, **more)
    place = {"main_fuse_a": 25, "contract_power_w": 10000} if managed else {}
    return House(controls(site(**place), garage=options), {"garage": Car()}, {"L1": -3000 / 230})


def granted(one: House) -> tuple[float, str, str]:
    """Current, winner and reason after a while."""
    grant = one.run(30).grants["garage"]
    return grant.current_a, grant.limited_by, grant.reason.key


@pytest.mark.req("EV-110", "EV-116", "EV-117", "EV-119", "G-025")
def test_the_active_program_sets_mode_and_limit_and_its_number_is_told() -> None:
    one = house(Program(days=("sun",)), NIGHT)
    assert granted(one) == (10.0, "program", "limit.program")
    assert one.last is not None
    why = one.last.explanations["garage"]
    assert (why.program, why.mode) == (2, "fast")


@pytest.mark.req("EV-112", "G-029")
@pytest.mark.parametrize(
    "default, current_a, limited_by",
    [("off", 0.0, "program_off"), ("fast", 32.0, "hardware"), ("green", 0.0, "green")],
)
def test_outside_the_programs_the_default_holds(default: DefaultMode, current_a: float, limited_by: str) -> None:
    assert granted(house(Program(days=("mon",)), default=default))[:2] == (current_a, limited_by)


@pytest.mark.req("EV-118", "EV-045", "G-028")
def test_a_program_that_became_invalid_suspends_charging_with_that_reason() -> None:
    green = Program(days=("sat",), start="19:00", end="07:00", mode="green")
    assert granted(house(green, managed=False)) == (0.0, "invalid_program", "limit.invalid_program")
    assert granted(house(default="green", managed=False)) == (0.0, "invalid_program", "limit.invalid_default")
    assert granted(house(replace_days(green), default="fast", managed=False))[1] == "hardware"


def replace_days(program: Program) -> Program:
    """The same on another day."""
    return program.model_copy(update={"days": ("mon",)})


@pytest.mark.req("G-028", "EV-120")
def test_while_nobody_knows_the_time_the_default_holds_with_a_warning() -> None:
    one = house(NIGHT, default="fast")
    one.settings = replace(one.settings, clock_known=False)
    assert granted(one)[:2] == (32.0, "hardware")
    assert one.last is not None
    assert [(n.code, n.owner, n.reason.key) for n in one.last.notices] == [
        ("clock_unknown", "garage", "control.clock_unknown.fast")
    ]


@pytest.mark.req("G-030")
def test_at_a_boundary_fast_becomes_green_and_stops_only_after_the_stop_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    one = house(NIGHT, Program(days=("sat",), start="18:00", end="24:00"), default="green")
    one.load_a["L1"] = 1.0
    one.run(400)
    assert one.granted()[-1] == 10
    monkeypatch.setattr(
        builders, "START", Instant(datetime(2026, 1, 12, 12, 0, tzinfo=UTC), builders.START.monotonic_s)
    )
    one.run(1)
    assert one.granted()[-1] == 6
    one.run(170)
    assert one.granted()[-1] == 6
    one.run(15)
    assert one.granted()[-1] == 0
    assert one.memory.chargers["garage"].session == "s1"


@pytest.mark.req("EV-111")
def test_there_are_exactly_six() -> None:
    assert len(ChargerOptions().programs) == 6
    assert len(six([NIGHT])) == 6


@pytest.mark.req("EV-098", "G-023")
@pytest.mark.parametrize(
    "more, limited_by, current_a",
    [
        ({}, "program", 10.0),
        ({"user_limit_a": 8.0}, "user", 8.0),
        ({"session_limit_a": 7.0}, "session", 7.0),
    ],
)
def test_the_least_of_all_limits_wins_and_each_is_told_with_its_value(
    more: dict[str, float], limited_by: str, current_a: float
) -> None:
    one = house(NIGHT, **more)
    assert granted(one)[:2] == (current_a, limited_by)
    assert one.last is not None
    told = {limit.name: limit.current_a for limit in one.last.explanations["garage"].limits}
    assert told["program"] == 10.0
    assert min(told.values()) == current_a
    assert one.last.explanations["garage"].winner.name == limited_by


def test_settings_without_options_stay_off() -> None:
    bare = ControlSettings(site(main_fuse_a=25))
    assert House(bare, {"garage": Car()}).run(5).grants["garage"].limited_by == "not_enabled"
