"""A target of departure is met in the best hours that are known, and in time whatever is not."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmstead.core.control.departure import plan
from ohmstead.core.model.chargers import ChargerOptions, Session
from ohmstead.core.model.charges import Price, Tariff
from ohmstead.core.model.departure import Departure, DepartureTarget, Foresight, by_hour
from ohmstead.core.model.modes import GreenOptions
from ohmstead.core.model.quantities import JOULES_PER_KWH
from ohmstead.core.model.snapshot import Snapshot
from tests.core.control.builders import START, Car, House, at, controls, site
from tests.exploring import examples

POWER_W = 32 * 230.0
"""What the garage gives on one phase."""
HOUR = 3600.0
NIGHT = Tariff(
    "EUR",
    (
        Price(START.utc - timedelta(days=1), Decimal("0.40")),
        Price(START.utc + timedelta(hours=4), Decimal("0.20")),  # 22:00 UTC
        Price(START.utc + timedelta(hours=8), Decimal("0.40")),
    ),
)
SUNNY_FROM_11_TO_13 = tuple(8_000.0 if hour in (11, 12) else 0.0 for hour in range(24))


def target(hours: float, kwh: float) -> Departure:
    return Departure(DepartureTarget(by=at(hours * HOUR).utc, energy_kwh=kwh))


class Metered(House):
    """A house whose car is measured."""

    energy_j = 0.0

    def snapshot(self) -> Snapshot:
        seen = super().snapshot()
        self.energy_j += self.cars["garage"].draws(self.now_s) * 230.0 * self.step_s
        session = Session("s1", "garage", START, int(self.energy_j))
        return replace(seen, chargers={"garage": replace(seen.chargers["garage"], session=session)})

    step_s = 1.0


def house(departure: Departure | None, foresight: Foresight, mode: str = "fast") -> Metered:
    """A car of 32 A on one phase, plugged in at 19:00 in Rome."""
    settings = site(main_fuse_a=40, contract_power_w=20000)
    green = GreenOptions()
    options = ChargerOptions(mode=mode, green=green, departure=departure)  # type: ignore[arg-type]  # — of the tests below
    return Metered(replace(controls(settings, garage=options), foresight=foresight), {"garage": Car()})


def lived(house: Metered, hours: float, step_s: float = 60.0) -> list[int]:
    """So many hours, a decision a minute; the minutes in which the car had current."""
    house.step_s, minutes = step_s, []
    for minute in range(round(hours * 60)):
        house.now_s = minute * step_s
        house.tick()
        if house.granted()[-1] > 0:
            minutes.append(minute)
    return minutes


def test_fast_waits_for_the_cheap_hours_and_says_so_in_words() -> None:
    home = house(target(12, 14.0), Foresight(NIGHT))
    charged = lived(home, 12)
    assert min(charged) == 240
    assert max(charged) < 480
    assert home.energy_j / JOULES_PER_KWH == pytest.approx(14.0, abs=0.2)
    waiting = house(target(12, 14.0), Foresight(NIGHT))
    grant = waiting.tick().grants["garage"]
    assert (grant.limited_by, grant.reason.key) == ("departure", "limit.departure.prices")
    assert grant.reason.params == {"from": "23:00", "left_kwh": 14.0, "by": "07:00"}


def test_without_prices_and_sun_it_charges_at_once_and_stops_when_the_target_is_met() -> None:
    home = house(target(12, 7.0), Foresight())
    charged = lived(home, 3)
    assert charged == list(range(len(charged)))
    assert home.energy_j / JOULES_PER_KWH == pytest.approx(7.0, abs=0.2)
    assert home.last is not None
    assert home.last.grants["garage"].reason.key == "limit.departure.met"


def test_without_prices_the_sun_of_late_tells_the_hours() -> None:
    home = house(target(24, 10.0), Foresight(surplus_w=SUNNY_FROM_11_TO_13))
    assert home.tick().grants["garage"].reason.params["from"] == "12:00"  # 11:00 UTC
    assert lived(house(target(24, 10.0), Foresight(surplus_w=SUNNY_FROM_11_TO_13)), 20)[0] == 17 * 60


def test_where_time_is_short_no_price_holds_it_back() -> None:
    home = house(target(2, 14.0), Foresight(NIGHT))
    assert home.tick().grants["garage"].current_a == 32.0
    late = plan(target(1, 14.0), 0, POWER_W, Foresight(NIGHT), START.utc)
    assert (late.state, late.late) == ("charging", True)


def test_an_hour_before_the_first_price_is_thought_to_cost_as_much_and_is_not_waited_out() -> None:
    tariff = Tariff("EUR", (Price(at(60).utc, Decimal("0.30")),))
    made = plan(target(12, 7.0), 0, POWER_W, Foresight(tariff), START.utc)
    assert (made.state, made.basis, made.cost) == ("charging", "nothing", None)


def test_after_its_time_a_target_that_is_not_met_goes_on() -> None:
    missed = plan(target(-1, 14.0), 0, POWER_W, Foresight(NIGHT), START.utc)
    assert (missed.state, missed.late) == ("charging", True)


def test_in_green_the_sun_charges_meanwhile_and_the_plan_fills_up() -> None:
    home = house(target(12, 14.0), Foresight(NIGHT), mode="green")
    home.load_a = {"L1": -10.0, "L2": 0.0, "L3": 0.0}
    charged = lived(home, 1)
    assert charged[0] <= 2
    assert home.granted()[-1] == pytest.approx(10.0, abs=0.2)
    home.load_a = {}
    planned = lived(home, 12)
    assert [minute for minute in planned if 20 < minute < 240] == []
    assert home.energy_j / JOULES_PER_KWH == pytest.approx(14.0, abs=0.2)


def test_states_of_charge_count_what_the_charger_has_to_give() -> None:
    wanted = DepartureTarget(by=at(HOUR).utc, from_percent=45, to_percent=80, battery_kwh=60.0)
    assert wanted.wanted_kwh == pytest.approx(0.35 * 60 / 0.9)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"energy_kwh": 5.0, "to_percent": 80},
        {"from_percent": 45, "to_percent": 80},
        {"from_percent": 80, "to_percent": 45, "battery_kwh": 60.0},
        {"energy_kwh": 0.0},
        {"energy_kwh": float("nan")},
    ],
)
def test_a_target_that_says_nothing_or_two_things_is_none(values: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"either energy_kwh|above from_percent|greater than 0|finite"):
        DepartureTarget.model_validate({"by": at(HOUR).utc, **values})


@given(
    kwh=st.floats(0.5, 60.0),
    hours=st.floats(0.3, 40.0),
    prices=st.lists(st.decimals(-1, 1, places=2), min_size=1, max_size=24),
    sun=st.none() | st.lists(st.floats(0, 10_000), min_size=24, max_size=24),
)
@examples(60)
def test_whatever_prices_and_sun_may_be_a_plan_has_time_enough_before_the_departure(
    kwh: float, hours: float, prices: Sequence[Decimal], sun: list[float] | None
) -> None:
    tariff = Tariff("EUR", tuple(Price(at(HOUR * n).utc, price) for n, price in enumerate(prices)))
    departure = target(hours, kwh)
    made = plan(departure, 0, POWER_W, Foresight(tariff, None if sun is None else tuple(sun)), START.utc)
    planned_s = sum((one.end - one.start).total_seconds() for one in made.stretches)
    assert planned_s * POWER_W >= kwh * JOULES_PER_KWH * 0.999
    assert made.late is (kwh * JOULES_PER_KWH / POWER_W > hours * HOUR)
    assert all(one.start < one.end for one in made.stretches)
    if not made.late:
        assert made.stretches[-1].end <= departure.target.by


def test_the_sun_of_late_is_known_when_each_hour_was_seen() -> None:
    assert by_hour((hour, 100.0) for hour in range(23)) is None
    assert by_hour([(hour, watts) for hour in range(24) for watts in (100.0, -50.0)]) == (50.0,) * 24
