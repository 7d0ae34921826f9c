"""The tick decides and tells; an excess at the grid meter does not wait for it."""

import asyncio
from pathlib import Path

import pytest

from ohmstead.core.model.chargers import ChargerState
from ohmstead.core.model.events import Action
from ohmstead.core.model.grants import Notice
from ohmstead.core.model.quantities import Quality
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.time import Instant
from ohmstead.drivers.virtual_time import VirtualClock, run_virtual
from ohmstead.site.tick import _over
from ohmstead.texts import LANGUAGES, word
from tests.site.staging import SETTINGS, START, Refusing, home


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'site.db'}"


@pytest.mark.req("EV-099", "EV-176", "G-018", "G-020")
def test_an_overload_lowers_the_pilot_long_before_the_next_tick(url: str) -> None:
    async def main(clock: VirtualClock) -> tuple[float, float]:
        async with home(clock, url) as house:
            await house.until(lambda: house.car_a() > 15.5)
            ticks = house.site.health().ticks
            await house.until(lambda: house.site.health().ticks > ticks, 0.01)
            ticks = house.site.health().ticks
            await asyncio.sleep(0.15)
            house.world.set_watts("house", {"L1": 3500.0})
            took_s = await house.until(lambda: house.duty() < 26, 0.005)
            assert house.site.health().ticks == ticks
            relieved_s = await house.until(lambda: house.world.measure("grid").phases[0].current_a <= 25.0)
            return took_s, relieved_s

    took_s, relieved_s = run_virtual(main, START)
    assert took_s <= 0.25
    assert relieved_s <= 8.0


@pytest.mark.req("G-019")
def test_where_the_house_alone_exceeds_the_charger_is_at_0_and_it_is_told_once(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, url) as house:
            await house.until(lambda: house.car_a() > 15.5)
            house.world.set_watts("house", {"L1": 26.5 * 230.0})
            await asyncio.sleep(70)
            assert house.car_a() == 0.0
            assert house.charger.state is ChargerState.SUSPENDED
            attention = [(notice.code, notice.owner) for notice in house.state.attention]
            assert len(attention) == 1
            await asyncio.sleep(30)
            house.world.set_watts("house", {"L1": 230.0})
            await asyncio.sleep(10)
            assert house.state.attention == ()
            told = [event for event in await house.events() if event.kind.startswith("house_over")]
            assert [(event.kind, event.severity) for event in told] == [
                ("house_over.main_fuse.L1", "warning"),
                ("house_over.main_fuse.L1.over", "info"),
            ]
            assert told[1].reason == Reason("event.over.house_over.main_fuse", {"phase": "L1"})
            assert all(word(told[1].reason, language) for language in LANGUAGES)

    run_virtual(main, START)


def test_a_lost_meter_wants_attention_until_it_answers_again_and_is_told_once(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, url) as house:
            await house.until(lambda: house.car_a() > 15.5)
            house.wires["oven"].cut = True
            await house.until(lambda: bool(house.state.attention))
            lost = Notice("device.lost", "oven", Reason("device.lost", {"device": "oven"}), "warning")
            assert house.state.attention == (lost,)
            await asyncio.sleep(60)
            assert house.state.attention == (lost,)
            house.wires["oven"].cut = False
            await house.until(lambda: not house.state.attention)
            told = [event.kind for event in await house.events() if event.target == "oven"]
            assert told == ["device.lost", "device.back"]

    run_virtual(main, START)


def test_a_lost_grid_meter_stops_the_charge_within_11_s_and_its_return_resumes_it(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, url) as house:
            await house.until(lambda: house.car_a() > 15.5)
            house.wires["grid"].cut = True
            assert await house.until(lambda: house.duty() == 100.0) <= 11.0
            await house.until(lambda: house.car_a() == 0.0)
            assert house.state.snapshot.channels["grid"].quality is Quality.STALE
            house.wires["grid"].cut = False
            await house.until(lambda: house.car_a() > 5.5)
            kinds = [event.kind for event in await house.events()]
            assert [kind for kind in kinds if kind.startswith("device.")] == ["device.lost", "device.back"]

    run_virtual(main, START)


def test_while_the_grid_meter_is_lost_no_current_is_raised(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, url) as house:
            await house.until(lambda: house.car_a() > 1)
            await house.do(Action.SET_USER_LIMIT, 8.0)
            await house.until(lambda: 7.5 < house.car_a() <= 8.0)
            await asyncio.sleep(6)
            house.wires["grid"].cut = True
            await asyncio.sleep(2.5)
            await house.do(Action.SET_USER_LIMIT, None)
            for _ in range(200):
                assert house.car_a() <= 8.0
                await asyncio.sleep(0.1)

    run_virtual(main, START)


def test_pause_and_session_limit_end_with_the_session_even_if_the_disk_is_full(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, url) as house:
            await house.until(lambda: house.car_a() > 15)
            await house.do(Action.SET_SESSION_LIMIT, 9.0)
            await house.do(Action.PAUSE, True)
            await house.until(lambda: house.car_a() == 0.0)
            disk = Refusing(house.store)
            disk.refuses = True
            house.world.unplug("garage")
            await asyncio.sleep(3)
            options = house.state.options["garage"]
            assert (options.paused, options.session_limit_a) == (False, None)
            disk.refuses = False
            await asyncio.sleep(8)
            kept = await clock.outside(house.store.documents.get("charger.options", "garage"))
            assert kept is not None
            assert isinstance(kept.body, dict)
            assert (kept.body["paused"], kept.body["session_limit_a"], kept.author) == (False, None, "site")
            ended = [event for event in await house.events() if event.kind == "session.ended"]
            assert [event.data["energy_j"] for event in ended if event.data["energy_j"]] != []

    run_virtual(main, START)


@pytest.mark.req("G-021")
def test_the_error_of_a_lost_meter_and_its_end_are_both_recorded(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, url) as house:
            await house.until(lambda: house.car_a() > 15.5)
            house.wires["grid"].cut = True
            await asyncio.sleep(40)
            assert [notice.code for notice in house.state.attention] == ["D9"]
            house.wires["grid"].cut = False
            await house.until(lambda: not house.state.attention)
            await asyncio.sleep(2)
            told = [(event.kind, event.target) for event in await house.events() if event.kind.startswith("D9")]
            assert told == [("D9", "grid"), ("D9.over", "grid")]

    run_virtual(main, START)


def test_a_full_disk_is_over_only_when_everything_is_recorded_again(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, url) as house:
            disk = Refusing(house.store)
            disk.refuses = True
            await asyncio.sleep(15)
            disk.refuses = False
            await house.until(lambda: not house.state.attention)
            await asyncio.sleep(2)
            kinds = [event.kind for event in await house.events() if event.kind.startswith("store.")]
            assert kinds == ["store.full", "store.full.over"]

    run_virtual(main, START)


@pytest.mark.req("EV-098", "EV-181")
def test_below_6_a_there_is_no_charge(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, url) as house:
            house.world.set_watts("house", {"L1": 19.5 * 230.0})
            await asyncio.sleep(30)
            assert house.car_a() == 0.0
            house.world.set_watts("house", {"L1": 17.5 * 230.0})
            await house.until(lambda: house.car_a() >= 5.9)

    run_virtual(main, START)


def test_ticks_come_every_second_and_one_that_was_missed_is_not_made_up_for(url: str) -> None:
    async def main(clock: VirtualClock) -> int:
        async with home(clock, url, settings=SETTINGS) as house:
            await asyncio.sleep(0.5)  # between two ticks
            ticks = house.site.health().ticks
            await asyncio.sleep(60)
            return house.site.health().ticks - ticks

    assert run_virtual(main, START) == 60


OVER = {
    "D2": "event.over.D2",
    "D9": "event.over.D9",
    "no_grid_meter": "event.over.no_grid_meter",
    "house_over.contract_power": "event.over.house_over.contract_power",
    "house_over.main_fuse.L2": "event.over.house_over.main_fuse",
    "options.lost": "event.over.options",
    "store.full": "event.over.store",
}


@pytest.mark.parametrize("code", [*OVER, "meter.starting"])
def test_the_end_of_each_thing_that_wanted_attention_has_words_in_each_language(code: str) -> None:
    told = _over(Notice(code, "grid", Reason("x")), (), Instant(START, 0.0))
    assert (told.reason.key if told and told.reason else None) == OVER.get(code)
    for language in LANGUAGES if told and told.reason else ():
        assert word(told.reason, language)
