"""A target of departure on a whole site: set through the one door, kept, followed on the wires, gone with the car."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from ohmstead.core.model.charges import Price
from ohmstead.core.model.departure import DepartureTarget
from ohmstead.core.model.errors import CommandRefused
from ohmstead.core.model.events import AccessRole, Action, Command, CommandValue
from ohmstead.core.model.quantities import JOULES_PER_KWH
from ohmstead.drivers.virtual_time import VirtualClock, run_virtual
from tests.site.staging import START, Home, building, home


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'site.db'}"


async def ask(house: Home, value: CommandValue, role: AccessRole = "user") -> None:
    await house.site.submit(Command("ada", role, "garage", Action.SET_DEPARTURE, value))


def target(minutes: float, kwh: float) -> DepartureTarget:
    return DepartureTarget(by=START + timedelta(minutes=minutes), energy_kwh=kwh)


def test_the_car_waits_for_the_cheap_quarter_and_stops_when_it_has_what_it_wanted(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, url, pilot_s=0.4) as house:
            await house.until(lambda: house.car_a() > 10)
            for minutes, price in ((-60, "0.40"), (15, "0.10"), (30, "0.40")):
                valid_from = START + timedelta(minutes=minutes)
                await house.site.sessions.set_price(Price(valid_from, Decimal(price)), "EUR", "ada", "owner")
            had_j = house.charger.session.energy_j or 0  # type: ignore[union-attr]  # — it charges
            await ask(house, target(60, 0.5))
            await house.until(lambda: house.car_a() == 0)
            grant, plan = house.state.grants["garage"], house.state.explanations["garage"].plan
            assert (grant.limited_by, grant.reason.params["from"]) == ("departure", "10:15")
            assert plan is not None
            assert (plan.state, plan.basis) == ("waiting", "prices")
            while house.car_a() == 0 and clock.now().utc < START + timedelta(minutes=20):
                await asyncio.sleep(5)
            assert timedelta(minutes=15) <= clock.now().utc - START < timedelta(minutes=17)
            while house.state.grants["garage"].reason.key != "limit.departure.met":
                assert clock.now().utc < START + timedelta(minutes=30)
                await asyncio.sleep(5)
            had_j = (house.charger.session.energy_j or 0) - had_j  # type: ignore[union-attr]  # — it is plugged in
            assert had_j / JOULES_PER_KWH == pytest.approx(0.5, abs=0.15)
            house.world.unplug("garage")
            await house.until(lambda: house.state.options["garage"].departure is None)

    run_virtual(main, START)


def test_a_target_outlives_a_restart_of_the_site(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        world = building()
        async with home(clock, url, world) as house:
            await house.until(lambda: house.car_a() > 10)
            await ask(house, target(600, 30.0))
            told = [one for one in await house.events() if one.kind == "charger.options"]
            assert [(one.author, one.data["wanted_kwh"]) for one in told] == [("ada", 30.0)]
        async with home(clock, url, world) as house:
            departure = house.site.modes.options_of("garage").departure
            assert departure is not None
            assert departure.target == target(600, 30.0)

    run_virtual(main, START)


def test_what_cannot_be_followed_is_refused_and_changes_nothing(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, url, building(plugged=False)) as house:
            with pytest.raises(CommandRefused) as nobody:
                await ask(house, target(60, 5.0))
            assert nobody.value.reason.key == "command.no_car"
            house.world.plug("garage")
            await house.until(lambda: house.car_a() > 5)
            for value, role, key in (
                (target(-1, 5.0), "user", "command.departure.time"),
                (target(49 * 60, 5.0), "user", "command.departure.time"),
                (5.0, "user", "command.departure.no_target"),
                (target(60, 5.0), "viewer", "command.role"),
            ):
                with pytest.raises(CommandRefused) as refused:
                    await ask(house, value, role)  # type: ignore[arg-type]  # — of the table
                assert refused.value.reason.key == key
            assert house.state.options["garage"].departure is None

    run_virtual(main, START)
