"""Front panels on a whole site: what is pressed happens, is recorded with who pressed, and survives a restart."""

import asyncio
from functools import partial
from pathlib import Path

import pytest

from ohmstead.core.charging.panel.showing import PanelSeen
from ohmstead.core.model.chargers import ChargerState
from ohmstead.core.model.errors import CommandRefused
from ohmstead.core.model.events import AccessRole, Action
from ohmstead.core.model.hands import Hand
from ohmstead.core.model.panel import Button
from ohmstead.core.model.settings import Settings
from ohmstead.core.plant.flaws import Flaw
from ohmstead.drivers.virtual_time import VirtualClock, run_virtual
from tests.site.staging import SETTINGS, START, Home, home
from tests.site.test_cards import ANNA, add, asking


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'site.db'}"


async def press(house: Home, *buttons: Button, for_s: float = 0.1, role: AccessRole = "owner") -> PanelSeen:
    """Hold all of them together, and let go."""
    hand, left_s = Hand("h", "ada", role), for_s
    await house.site.panels.hold("garage", frozenset(buttons), hand)
    while left_s > 1e-9:
        await asyncio.sleep(min(left_s, 0.5))
        left_s -= 0.5
        await house.site.panels.hold("garage", frozenset(buttons), hand)
    return await house.site.panels.hold("garage", frozenset(), hand)


async def one_by_one(house: Home, *buttons: Button) -> PanelSeen:
    """Each shortly."""
    for button in buttons:
        seen = await press(house, button)
    return seen


def one_button() -> Settings:
    body = SETTINGS.model_dump()
    body["chargers"]["garage"]["panel"] = {"display": False}
    return Settings.model_validate(body)


@pytest.mark.req("EV-034", "EV-035", "EV-053", "EV-057")
def test_the_one_button_pauses_and_resumes_a_real_charge_and_the_light_follows(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, url, settings=one_button()) as house:
            await house.until(lambda: house.car_a() > 10)
            await asyncio.sleep(2)
            assert house.site.panels.seen("garage").light.name == "charging"
            assert house.site.panels.seen("garage").screen is None
            await press(house, "centre")
            await house.until(lambda: house.car_a() == 0)
            await asyncio.sleep(3)
            assert house.site.panels.seen("garage").light.name == "suspended"
            await press(house, "centre")
            await house.until(lambda: house.car_a() > 10)
            told = [(e.author, e.data["action"]) for e in await house.events() if e.kind == "charger.options"]
            assert told == [("panel:ada", "pause"), ("panel:ada", "pause")]

    run_virtual(main, START)


@pytest.mark.req("EV-033", "EV-063", "EV-018")
def test_the_button_tries_to_end_an_error_and_a_refusal_stands_on_the_display(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, url) as house:
            await house.until(lambda: house.car_a() > 10)
            house.world.charger("garage").hurt(Flaw.STUCK_CONTACTOR)
            await house.do(Action.PAUSE, True)
            await asyncio.sleep(10)
            await house.do(Action.PAUSE, False)
            await house.until(lambda: house.charger.state is ChargerState.ERROR)
            seen = house.site.panels.seen("garage")
            assert seen.screen is not None
            assert seen.screen.home is not None
            assert (seen.light.name, seen.screen.home.error) == ("error", "D4")
            assert seen.sound is not None
            house.world.charger("garage").heal()
            await asyncio.sleep(2)
            await press(house, "right")
            await house.until(lambda: house.charger.state is not ChargerState.ERROR)
            again = (await press(house, "right", role="viewer")).screen
            assert again is not None
            assert again.note is not None
            assert again.note.key == "command.role"

    run_virtual(main, START)


@pytest.mark.req("EV-036", "EV-037", "EV-040")
def test_held_for_15_s_it_restarts_and_for_30_s_it_is_as_delivered(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, url) as house:
            await house.until(lambda: house.car_a() > 10)
            await house.do(Action.SET_USER_LIMIT, 10.0)
            await house.do(Action.SET_ADMIN_CODE, "9071", role="owner")
            session = house.charger.session
            hold = asyncio.create_task(press(house, "left", "right", for_s=31))
            await asyncio.sleep(14.5)
            assert house.charger.state is ChargerState.CHARGING
            await asyncio.sleep(3)
            assert house.charger.state is ChargerState.INITIALISING
            assert house.car_a() == 0
            await house.until(lambda: house.car_a() > 5)
            assert house.site.modes.options_of("garage").user_limit_a == 10.0
            await hold
            assert house.site.modes.options_of("garage").user_limit_a is None
            assert house.site.modes.options_of("garage").panel.admin_code == "4444"
            await house.until(lambda: house.car_a() > 12)
            assert house.charger.session is not None
            assert session is not None
            assert house.charger.session.id == session.id
            kinds = [e.kind for e in await house.events() if e.author == "panel:ada"]
            assert kinds == ["charger.restart", "charger.factory_reset"]

    run_virtual(main, START)


@pytest.mark.req("EV-039", "G-008")
def test_who_may_not_is_refused_on_the_display_and_nothing_happens(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, url) as house:
            await house.until(lambda: house.car_a() > 10)
            seen = await press(house, "left", "right", for_s=31, role="user")
            assert seen.screen is not None
            assert seen.screen.note is not None
            assert seen.screen.note.key == "command.role"
            assert house.charger.state is ChargerState.CHARGING

    run_virtual(main, START)


@pytest.mark.req("EV-020", "EV-041", "EV-096")
def test_a_mode_that_is_chosen_and_confirmed_holds(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, url) as house:
            await asyncio.sleep(5)
            await one_by_one(house, "up", "centre")
            assert house.site.modes.options_of("garage").mode == "green"
            await one_by_one(house, "up", "up", "centre")
            assert house.site.modes.options_of("garage").mode == "fast", "OCPP cannot be chosen without central system"

    run_virtual(main, START)


@pytest.mark.req("EV-214", "EV-215", "G-049", "EV-301")
def test_a_code_is_kept_and_stands_in_no_record_and_the_lock_survives_a_restart(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, url) as house:
            with pytest.raises(CommandRefused):
                await house.do(Action.SET_MENU_CODE, "0003", role="user")
            await house.do(Action.SET_MENU_CODE, "0003", role="owner")
            await one_by_one(house, "centre", *["centre"] * 5)
            seen = house.site.panels.seen("garage").screen
            assert seen is not None
            assert seen.note is not None
            assert seen.note.key == "panel.note.locked"
            assert "0003" not in str([(e.reason, e.data) for e in await house.events()])
            world = house.world
            await asyncio.sleep(2)
        async with home(clock, url, world=world) as house:
            await asyncio.sleep(2)
            seen = (
                await one_by_one(house, "centre", "down", "down", "down", "right", "right", "right", "centre")
            ).screen
            assert seen is not None
            assert seen.note is not None
            assert (seen.page, seen.note.key) == ("code", "panel.note.locked")
            await asyncio.sleep(58)
            seen = (await one_by_one(house, "up", "centre", "down", "down", "down", *["right"] * 3, "centre")).screen
            assert seen is not None
            assert seen.page == "menu"

    run_virtual(main, START)


@pytest.mark.req("EV-054", "EV-058", "EV-062", "EV-202")
def test_the_light_and_the_buzzer_answer_a_card(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, url, settings=asking("card")) as house:
            await add(house, ANNA)
            await asyncio.sleep(5)
            assert house.site.panels.seen("garage").light.name == "waiting"
            for card, light, colour in (("04FFFFFF", "refused", "red"), (ANNA, "accepted", "green")):
                house.readers["garage"].tap(card)
                await house.until(partial(_answers, house, light))
                seen = house.site.panels.seen("garage")
                assert seen.over is not None
                assert seen.sound is not None
                assert (seen.over.colour, seen.sound.name) == (colour, light)
                await asyncio.sleep(4)

    run_virtual(main, START)


def _answers(house: Home, light: str) -> bool:
    over = house.site.panels.seen("garage").over
    return over is not None and over.name == light


@pytest.mark.req("EV-195", "EV-197", "EV-200")
def test_a_card_is_added_at_the_display(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, url, settings=asking("card")) as house:
            await asyncio.sleep(5)
            await one_by_one(house, "centre", "down", "down", "centre")
            for index in range(4):
                await one_by_one(house, *["right"] * 4, *(["down"] if index < 3 else []))
            await one_by_one(house, "centre", "down", "centre")
            house.readers["garage"].tap(ANNA)
            await house.until(lambda: house.site.cards.learning("garage").state == "read")
            await one_by_one(house, "centre")
            assert [card.id for card in house.site.cards.cards] == [ANNA]

    run_virtual(main, START)


@pytest.mark.req("EV-031", "G-053")
def test_info_shows_what_was_charged_and_the_partial_counters_begin_anew(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, url) as house:
            await house.until(lambda: house.car_a() > 10)
            await asyncio.sleep(300)
            house.world.unplug("garage")
            await asyncio.sleep(5)
            seen = (await one_by_one(house, "centre", "down", "centre", "down", "centre")).screen
            assert seen is not None
            assert (seen.page, [line.value.params["sessions"] for line in seen.lines[:2] if line.value]) == (
                "sessions",
                [1, 1],
            )
            await one_by_one(house, "down", "down", "centre", "down", "centre")
            seen = house.site.panels.seen("garage").screen
            assert seen is not None
            assert [line.value.params["sessions"] for line in seen.lines[:2] if line.value] == [1, 0]

    run_virtual(main, START)
