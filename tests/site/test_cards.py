"""Authorization and cards on a whole site: nothing flows before somebody has allowed it; restarts forget nothing."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from ohmstead.core.model.authorization import CARDS_MAX, AuthorizationMode
from ohmstead.core.model.chargers import ChargerState
from ohmstead.core.model.charges import Price
from ohmstead.core.model.errors import CommandRefused
from ohmstead.core.model.events import Action
from ohmstead.core.model.settings import Settings
from ohmstead.core.plant.flaws import Flaw
from ohmstead.drivers.virtual_time import VirtualClock, run_virtual
from tests.site.staging import SETTINGS, START, Home, building, home

ANNA, BEN = "04A1B2C3", "04A1B2C3D4E5F6"


def asking(mode: AuthorizationMode, reader: bool = True) -> Settings:
    """The house whose charger asks."""
    body = SETTINGS.model_dump()
    body["chargers"]["garage"] |= {"authorization": mode}
    if reader:
        body["chargers"]["garage"]["reader"] = {"driver": "plant", "connect": "plant://garage"}
    return Settings.model_validate(body)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'site.db'}"


async def tap(house: Home, card: str) -> None:
    house.readers["garage"].tap(card)
    await asyncio.sleep(2)


async def add(house: Home, number: str, name: str = "") -> None:
    await house.site.cards.add(number, name, "ada", "owner")


@pytest.mark.req("EV-187", "EV-190", "G-072", "EV-044")
def test_a_car_gets_nothing_until_the_app_has_authorised_it(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, url, settings=asking("app", reader=False)) as house:
            await asyncio.sleep(60)
            assert house.charger.state is ChargerState.WAITING_AUTHORISATION
            assert house.state.grants["garage"].limited_by == "authorization"
            assert (house.duty(), house.car_a()) == (100.0, 0.0)
            await house.do(Action.AUTHORIZE, None)
            await house.until(lambda: house.car_a() > 10)
            await asyncio.sleep(2)
            assert house.charger.session is not None
            assert house.charger.session.authorization == "App"
            told = [(e.kind, e.author) for e in await house.events() if e.kind.startswith(("session.", "charger."))]
            assert told == [("session.started", "garage"), ("session.authorized", "ada")]

    run_virtual(main, START)


@pytest.mark.req("EV-188", "EV-189", "EV-202", "G-072")
def test_after_a_rejection_a_valid_card_still_lets_it_charge_and_the_next_car_waits_again(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, url, settings=asking("both")) as house:
            await add(house, ANNA)
            await asyncio.sleep(10)
            await house.do(Action.REJECT, None)
            await asyncio.sleep(30)
            assert house.charger.authorization.verdict == "rejected"
            assert house.state.grants["garage"].limited_by == "rejected"
            assert house.duty() == 100.0
            await tap(house, BEN)
            assert house.readers["garage"].answers == ["refused"]
            await tap(house, ANNA)
            assert house.readers["garage"].answers == ["refused", "accepted"]
            await house.until(lambda: house.car_a() > 10)
            house.world.unplug("garage")
            await asyncio.sleep(5)
            house.world.plug("garage")
            await asyncio.sleep(20)
            assert house.charger.state is ChargerState.WAITING_AUTHORISATION

    run_virtual(main, START)


@pytest.mark.req("G-072")
def test_a_card_shown_before_the_car_is_plugged_in_lets_it_charge(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, url, building(plugged=False), asking("card")) as house:
            await add(house, ANNA)
            await asyncio.sleep(5)
            await tap(house, ANNA)
            await asyncio.sleep(50)
            house.world.plug("garage")
            await house.until(lambda: house.car_a() > 10)

    run_virtual(main, START)


@pytest.mark.req("G-072", "G-074")
@pytest.mark.parametrize("said", [True, False])
def test_a_restart_forgets_neither_cards_nor_what_was_said(url: str, said: bool) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, url, settings=asking("both")) as house:
            await add(house, BEN, "Ben")
            await asyncio.sleep(10)
            await house.do(Action.AUTHORIZE if said else Action.REJECT, None)
            await asyncio.sleep(10)
            world = house.world
        await asyncio.sleep(30)
        async with home(clock, url, world, asking("both")) as house:
            await asyncio.sleep(20)
            assert house.charger.authorization.verdict == ("granted" if said else "rejected")
            assert (house.car_a() > 10) is said
            assert [(card.id, card.name) for card in house.site.cards.cards] == [(BEN, "Ben")]

    run_virtual(main, START)


@pytest.mark.req("G-072")
def test_an_error_during_a_session_costs_no_second_authorization(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, url, settings=asking("app", reader=False)) as house:
            await asyncio.sleep(10)
            await house.do(Action.AUTHORIZE, None)
            await house.until(lambda: house.car_a() > 10)
            house.world.charger("garage").hurt(Flaw.BROKEN_EARTH)
            await house.until(lambda: house.charger.state is ChargerState.ERROR)
            assert house.charger.authorization.type == "App"
            house.world.charger("garage").heal()
            await asyncio.sleep(60)
            assert house.charger.authorization.verdict == "granted"

    run_virtual(main, START)


@pytest.mark.req("EV-197", "EV-200", "G-074")
def test_a_card_is_learned_within_thirty_seconds_and_authorises_nothing_meanwhile(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, url, settings=asking("card")) as house:
            cards = house.site.cards
            await asyncio.sleep(10)
            await add(house, ANNA)
            cards.learn("garage", "ada", "owner")
            await tap(house, ANNA)
            assert (cards.learning("garage").state, cards.learning("garage").card) == ("known", ANNA)
            assert house.charger.authorization.verdict == "waiting"
            cards.learn("garage", "ada", "owner")
            await asyncio.sleep(27)
            await tap(house, BEN)
            assert (cards.learning("garage").state, cards.learning("garage").card) == ("read", BEN)
            assert [card.id for card in cards.cards] == [ANNA]
            await add(house, BEN, "Ben")
            assert cards.learning("garage").state == "idle"
            cards.learn("garage", "ada", "owner")
            await asyncio.sleep(30.1)
            assert cards.learning("garage").state == "timed_out"
            assert house.charger.authorization.verdict == "waiting"
            await tap(house, BEN)
            assert house.charger.authorization.type == f"RFID:{BEN}"

    run_virtual(main, START)


@pytest.mark.req("EV-194", "EV-199", "G-074")
def test_a_blocked_card_is_refused_until_it_is_reactivated_and_a_removed_one_keeps_its_name(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, url, settings=asking("card")) as house:
            cards = house.site.cards
            await add(house, ANNA, "Anna")
            await asyncio.sleep(10)
            await cards.change(ANNA, None, True, "ada", "owner")
            await tap(house, ANNA)
            assert house.charger.authorization.verdict == "waiting"
            await cards.change(ANNA, None, False, "ada", "owner")
            await tap(house, ANNA)
            assert house.charger.authorization.verdict == "granted"
            await cards.remove(ANNA, "ada", "owner")
            assert (cards.cards, cards.name(ANNA)) == ((), "Anna")
            history = await clock.outside(house.store.documents.history("card", ANNA))
            bodies = [(one.author, one.body) for one in history if isinstance(one.body, dict)]
            assert [(author, body["blocked"], body["removed"]) for author, body in bodies] == [
                ("ada", False, True),
                ("ada", False, False),
                ("ada", True, False),
                ("ada", False, False),
            ]

    run_virtual(main, START)


@pytest.mark.req("G-074")
def test_a_malformed_number_is_refused_and_named_and_there_are_at_most_200_cards(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, url, settings=asking("card")) as house:
            await asyncio.sleep(10)
            await tap(house, "04A1B2")
            await asyncio.sleep(2)
            assert house.charger.authorization.verdict == "waiting"
            [event] = [event for event in await house.events() if event.kind == "card.malformed"]
            assert (event.target, event.data["came"]) == ("garage", "04A1B2")
            for number in range(CARDS_MAX):
                await add(house, f"{number:08X}")
            with pytest.raises(CommandRefused) as refused:
                await add(house, ANNA)
            assert refused.value.reason.key == "card.too_many"
            with pytest.raises(CommandRefused) as refused:
                await add(house, "00:00:00:01")
            assert refused.value.reason.key == "card.known"

    run_virtual(main, START)


@pytest.mark.req("EV-192")
def test_cards_can_be_asked_for_only_where_there_is_a_reader(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, url, settings=asking("none", reader=False)) as house:
            await asyncio.sleep(5)
            with pytest.raises(CommandRefused) as refused:
                await house.do(Action.SET_AUTHORIZATION, "both", role="owner")
            assert refused.value.reason.key == "command.no_reader"
            with pytest.raises(CommandRefused):
                await house.do(Action.SET_AUTHORIZATION, "app", role="installer")
            await house.do(Action.SET_AUTHORIZATION, "app", role="owner")
            assert house.state.options["garage"].authorization == "app"

    run_virtual(main, START)
    with pytest.raises(ValueError, match="a reader section"):
        asking("card", reader=False)


@pytest.mark.req("G-052", "G-053", "G-007", "G-004")
def test_a_session_is_kept_with_its_minutes_its_cost_and_why_it_ended(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, url, settings=asking("card"), tick_s=1.0) as house:
            await add(house, ANNA, "Anna")
            await house.site.sessions.set_price(Price(START, Decimal("0.45")), "EUR", "ada", "owner")
            await asyncio.sleep(10)
            await tap(house, ANNA)
            await asyncio.sleep(200)
            world = house.world
        await asyncio.sleep(20)
        async with home(clock, url, world, asking("card")) as house:
            await asyncio.sleep(200)
            house.world.unplug("garage")
            await asyncio.sleep(3)
            sessions = house.site.sessions
            now = clock.now().utc
            [charge] = await clock.outside(sessions.ended(("garage",), START, now + timedelta(hours=1)))
            kept = await clock.outside(sessions.one(charge.id))
            assert kept is not None
            assert charge.energy_j is not None
            assert charge.energy_j > 1_000_000
            assert sum(minute.energy_j for minute in kept.minutes) == charge.energy_j
            assert len(kept.minutes) >= 6
            assert charge.cost == (Decimal(charge.energy_j) * Decimal("0.45") / 3_600_000).quantize(Decimal("1e-6"))
            assert (charge.authorization, charge.stop_reason, charge.limit_a) == (f"RFID:{ANNA}", "unplugged", 16.0)
            assert charge.months["2026-06"].energy_j == charge.energy_j
            assert sessions.running() == ()
            counted = sessions.counters("garage")
            assert (counted["total"].sessions, counted["total"].energy_j) == (1, charge.energy_j)
            await sessions.begin_anew("garage", "ada", "user")
            counted = sessions.counters("garage")
            assert (counted["total"].sessions, counted["partial"].sessions) == (1, 0)
            await sessions.set_price(Price(START, Decimal("0.90")), "EUR", "ada", "owner")
            still = await clock.outside(sessions.one(charge.id))
            assert still is not None
            assert still.charge.cost == charge.cost
            assert await sessions.recalculate(START - timedelta(days=1), "ada", "owner") == 1
            after = await clock.outside(sessions.one(charge.id))
            assert after is not None
            assert after.charge.cost == (Decimal(charge.energy_j) * Decimal("0.90") / 3_600_000).quantize(
                Decimal("1e-6")
            )

    run_virtual(main, START)
