"""A backtest goes through minutes as the site would go through their seconds, and counts what came of it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from ohmstead.core.backtest.days import Days, Prices, Visit, prices
from ohmstead.core.backtest.driving import Decider, Look, drive
from ohmstead.core.backtest.outcome import JOULES_PER_KWH, Outcome, joined
from ohmstead.core.backtest.parts import parts
from ohmstead.core.backtest.running import Job
from ohmstead.core.backtest.simulated import Family, family_days, family_visits, house_of
from ohmstead.core.backtest.strategies import FAST, SOLAR, Deciding, Strategy, hybrid, named, night
from ohmstead.core.model.charges import Price, Tariff
from ohmstead.core.model.quantities import Phase

START = datetime(2026, 6, 21, 6, tzinfo=UTC)
FAMILY = Family()
HOUSE = house_of(FAMILY, "Test")


def flat(grid_w: Sequence[float]) -> Days:
    """All of it on L1."""
    nothing = [0.0] * len(grid_w)
    return Days(START, (list(grid_w), nothing, nothing))


def stay(minutes: int, kwh: float = 50.0, arrives: int = 0) -> Visit:
    return Visit(arrives, minutes, kwh * JOULES_PER_KWH, ("L1",), 16.0)


def gone(strategy: Strategy, days: Days, *visits: Visit, costs: Prices | None = None) -> Outcome:
    return drive(strategy.name, days, visits, Deciding(strategy, HOUSE, FAMILY.charger, days), costs)


class EachSecond:
    """Asks as a running site does, whatever waits there are."""

    def __init__(self, decider: Decider) -> None:
        self._decider = decider

    def decide(self, look: Look) -> tuple[float, tuple[Phase, ...], int | None]:
        current_a, phases, _ = self._decider.decide(look)
        return current_a, phases, look.second + 1


@pytest.mark.req("EV-098")
def test_on_fast_the_car_gets_all_it_wants_and_what_was_not_there_in_time_is_missed() -> None:
    done = gone(FAST, flat([0.0] * 120), stay(120, kwh=3.0))
    assert (round(done.energy_kwh, 3), round(done.missed_kwh, 3), done.cycles, done.short) == (3.0, 0.0, 1, 0)
    late = gone(FAST, flat([0.0] * 30), stay(30, kwh=3.0))
    assert late.missed_kwh == pytest.approx(3.0 - 16 * 230 * 0.5 / 1000, abs=0.01)
    assert (late.visits, late.short) == (1, 1)


@pytest.mark.req("G-017", "EV-105")
def test_what_was_not_imported_is_green_and_each_part_has_its_price() -> None:
    days, costs = flat([-1050.0] * 60), Prices([0.40] * 60, [0.10] * 60)
    done = gone(hybrid(75), days, stay(60), costs=costs)
    assert done.energy_kwh == pytest.approx(6 * 230 / 1000 * 59 / 60, rel=0.001)  # after a minute of enough
    assert done.solar_share == pytest.approx(0.75, abs=0.015)
    green = done.green_j / JOULES_PER_KWH
    assert done.cost == pytest.approx(0.40 * (done.energy_kwh - green) + 0.10 * green)
    assert gone(hybrid(75), flat([-1030.0] * 60), stay(60)).energy_j == 0


@pytest.mark.req("EV-103", "G-014")
def test_solar_waits_a_minute_for_enough_and_three_before_it_stops() -> None:
    done = gone(SOLAR, flat([-1300.0] * 10 + [-2000.0] * 20 + [-500.0] * 10), stay(40))
    assert done.cycles == 1
    assert done.energy_kwh == pytest.approx((2.0 * 18 + 1.38 * 4) / 60, abs=0.08)


@pytest.mark.req("G-018", "EV-098")
@pytest.mark.parametrize("strategy", [FAST, SOLAR, hybrid(50)], ids=lambda one: one.name)
def test_asked_only_when_a_wait_is_over_it_decides_as_if_it_was_asked_each_second(strategy: Strategy) -> None:
    days = family_days(FAMILY, date(2025, 6, 7), 1)
    noon = days.between(600, 690)
    visit = stay(90)
    seldom = gone(strategy, noon, visit)
    decider = EachSecond(Deciding(strategy, HOUSE, FAMILY.charger, noon))
    often = drive(strategy.name, noon, (visit,), decider, None)
    assert seldom.calls < often.calls / 5
    assert seldom.energy_kwh == pytest.approx(often.energy_kwh, rel=0.02)
    assert seldom.green_j == pytest.approx(often.green_j, rel=0.02)
    assert seldom.cycles == often.cycles


def test_the_night_program_charges_between_its_hours_on_the_wall_clock() -> None:
    days = flat([0.0] * 1440)
    done = gone(night(), days, stay(1440))
    hours = {(START + timedelta(hours=hour)).hour for hour, joules in enumerate(done.hours_j) if joules > 0}
    assert hours == {20, 21, 22, 23, 0, 1, 2, 3}  # 22:00 to 06:00 in Rome


def test_minutes_that_nobody_measured_are_counted_and_nothing_is_charged_in_them() -> None:
    gap = float("nan")
    done = gone(FAST, flat([0.0] * 5 + [gap] * 30 + [0.0] * 5), stay(40))
    assert done.unknown_min == 30
    assert done.energy_kwh < 16 * 230 / 1000 * 12 / 60


@pytest.mark.parametrize("strategy", [FAST, SOLAR, night()], ids=lambda one: one.name)
def test_parts_that_are_gone_through_apart_give_the_same_together(strategy: Strategy) -> None:
    days = family_days(FAMILY, date(2025, 5, 5), 3)
    visits = family_visits(FAMILY, days)
    costs = Prices([0.3] * days.minutes, [0.1] * days.minutes)
    whole = drive(strategy.name, days, visits, Deciding(strategy, HOUSE, FAMILY.charger, days), costs)
    pieces = parts(days, visits, costs, 3)
    assert len(pieces) == 3
    outcomes = [(piece.first, Job(strategy, piece, HOUSE, FAMILY.charger).run()) for piece in pieces]
    together = joined(strategy.name, outcomes, days.minutes)
    assert together.energy_j == pytest.approx(whole.energy_j, rel=1e-9)
    assert together.cost == pytest.approx(whole.cost, rel=1e-9)
    assert (together.cycles, together.visits, together.missed_j) == (whole.cycles, whole.visits, whole.missed_j)
    assert list(together.hours_j) == pytest.approx(list(whole.hours_j))


def test_the_same_seed_tells_the_same_days_and_another_one_others() -> None:
    first, again = (family_days(FAMILY, date(2025, 5, 5), 1) for _ in range(2))
    assert first == again
    assert family_days(Family(seed=2), date(2025, 5, 5), 1) != first


@pytest.mark.req("G-004")
def test_a_price_holds_from_its_minute_on() -> None:
    tariff = Tariff("EUR", (Price(START, Decimal("0.45")), Price(START + timedelta(minutes=2), Decimal("0.30"))))
    assert prices(tariff, flat([0.0] * 4)) == Prices([0.45, 0.45, 0.30, 0.30], [0.45, 0.45, 0.30, 0.30])
    late = Tariff("EUR", (Price(START + timedelta(minutes=1), Decimal("0.45")),))
    assert prices(late, flat([0.0] * 4)) is None


@pytest.mark.parametrize("text", ["hybrid", "hybrid-7", "hybrid-0", "turbo", ""])
def test_a_strategy_that_nobody_knows_is_refused_with_those_there_are(text: str) -> None:
    with pytest.raises(ValueError, match="allowed: fast, solar, hybrid-PERCENT, night, plan"):
        named(text)


def test_a_plan_meets_each_departure_in_the_cheap_hours_that_were_known() -> None:
    cheap = START + timedelta(hours=6), START + timedelta(hours=8)
    tariff = Tariff(
        "EUR", (Price(START, Decimal("0.4")), Price(cheap[0], Decimal("0.1")), Price(cheap[1], Decimal("0.4")))
    )
    done = gone(replace(named("plan"), tariff=tariff), flat([0.0] * 720), stay(720, kwh=5.0))
    assert (done.missed_j, done.short) == (0.0, 0)
    assert [hour for hour, joules in enumerate(done.hours_j) if joules > 0] == [6, 7]
