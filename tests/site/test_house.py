"""A whole site: commands last, restarts lose nothing, a store that refuses stops nobody."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from ohmstead.core.model.chargers import ChargerState
from ohmstead.core.model.errors import CommandRefused
from ohmstead.core.model.events import Action
from ohmstead.core.model.series import Measure, Span
from ohmstead.core.model.time import Instant
from ohmstead.drivers.virtual_time import VirtualClock, run_virtual
from tests.site.staging import SETTINGS, START, Refusing, building, home

T = TypeVar("T")


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'site.db'}"


@pytest.mark.req("EV-098")
def test_on_fast_the_car_charges_at_the_highest_rate_that_is_allowed(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, url) as house:
            await house.until(lambda: house.car_a() > 15.5)
            await asyncio.sleep(2)
            assert house.charger.state is ChargerState.CHARGING
            assert house.car_a() <= 16.0
            assert house.state.grants["garage"].limited_by in ("installation", "hardware")

    run_virtual(main, START)


@pytest.mark.req("EV-097")
def test_a_command_that_was_answered_is_on_the_disk_with_its_author(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, url) as house:
            await house.do(Action.SET_USER_LIMIT, 10.0)
            kept = await clock.outside(house.store.documents.get("charger.options", "garage"))
            assert kept is not None
            assert isinstance(kept.body, dict)
            assert (kept.body["user_limit_a"], kept.author) == (10.0, "ada")
            events = await house.events()
            assert [(e.author, e.data["value"]) for e in events if e.kind == "charger.options"] == [("ada", 10.0)]

    run_virtual(main, START)


def test_a_command_acts_without_waiting_for_the_next_tick(url: str) -> None:
    async def main(clock: VirtualClock) -> float:
        async with home(clock, url, tick_s=60.0) as house:
            await house.do(Action.ENABLE, True)
            await house.until(lambda: house.world.board("garage").duty_percent < 100, 0.01)
            await asyncio.sleep(6)
            await house.do(Action.SET_USER_LIMIT, 6.0)
            return await house.until(lambda: house.duty() == pytest.approx(10.0), 0.01)

    assert run_virtual(main, START) < 0.2


def test_a_refused_command_changes_and_records_nothing(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, url) as house:
            with pytest.raises(CommandRefused):
                await house.do(Action.SET_USER_LIMIT, 17.0)
            with pytest.raises(CommandRefused):
                await house.do(Action.SET_USER_LIMIT, 10.0, role="viewer")
            await asyncio.sleep(2)
            assert house.state.options["garage"].user_limit_a is None
            assert "charger.options" not in [event.kind for event in await house.events()]

    run_virtual(main, START)


def test_while_the_store_refuses_commands_hold_and_are_kept_as_soon_as_it_takes_them(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, url) as house:
            await house.until(lambda: house.car_a() > 15)
            disk = Refusing(house.store)
            disk.refuses = True
            await house.do(Action.SET_USER_LIMIT, 8.0)
            await house.until(lambda: house.car_a() < 8.1)
            await asyncio.sleep(3)
            assert ("store.full", "fault") in [(notice.code, notice.severity) for notice in house.state.attention]
            assert not next(part for part in house.site.health().parts if part.name == "store").ok
            assert house.site.health().ok, "a full disk asks for no restart"
            disk.refuses = False
            await asyncio.sleep(8)
            assert [notice.code for notice in house.state.attention] == []
            kept = await clock.outside(house.store.documents.get("charger.options", "garage"))
            assert kept is not None
            assert isinstance(kept.body, dict)
            assert (kept.body["user_limit_a"], kept.author) == (8.0, "ada")
            assert [e.data["value"] for e in await house.events() if e.kind == "charger.options"] == [8.0]

    run_virtual(main, START)


def test_a_command_given_right_after_the_disk_has_room_again_is_not_undone_by_an_older_one(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, url) as house:
            disk = Refusing(house.store)
            disk.refuses = True
            await asyncio.sleep(2)
            await house.do(Action.SET_USER_LIMIT, 8.0)
            disk.refuses = False
            await house.do(Action.SET_USER_LIMIT, 12.0)
            await asyncio.sleep(8)
        async with home(clock, url) as house:
            await asyncio.sleep(2)
            assert house.state.options["garage"].user_limit_a == 12.0

    run_virtual(main, START)


def test_energy_measured_while_the_store_refused_is_in_the_series_afterwards(url: str) -> None:
    async def main(clock: VirtualClock) -> tuple[int, int]:
        async with home(clock, url) as house:
            await asyncio.sleep(10)
            disk = Refusing(house.store)
            disk.refuses = True
            await asyncio.sleep(90)
            disk.refuses = False
            await asyncio.sleep(30)
            counted = house.state.snapshot.channels["oven"].energy_import_j or 0
            found = await clock.outside(house.site.read(("oven",), Span.HOUR, START, START + timedelta(hours=1)))
            return counted, int(found["oven"].values[Measure.IMPORT].sum())

    counted, kept = run_virtual(main, START)
    assert counted == pytest.approx(1000 * 130, rel=0.03)
    assert abs(counted - kept) <= 3000


@pytest.mark.req("G-001")
def test_a_restart_brings_back_options_counters_and_the_session_and_begins_no_second_one(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        world = building()
        async with home(clock, url, world) as house:
            await house.until(lambda: house.car_a() > 1)
            await house.do(Action.SET_SESSION_LIMIT, 10.0)
            await house.until(lambda: 9 < house.car_a() < 10.1)
            await asyncio.sleep(60)
            before = house.state
        await asyncio.sleep(5)
        async with home(clock, url, world) as house:
            await house.until(lambda: house.car_a() > 9)
            await asyncio.sleep(2)
            after = house.state
            assert after.options == before.options
            for name in ("grid", "oven"):
                was, now = (each.snapshot.channels[name].energy_import_j or 0 for each in (before, after))
                power = after.snapshot.channels[name].power_w or 0.0
                assert was <= now <= was + 2 * power * 60
            old, new = before.snapshot.chargers["garage"], after.snapshot.chargers["garage"]
            assert old.session is not None
            assert new.session is not None
            assert (new.session.id, new.session.connected_at.utc) == (old.session.id, old.session.connected_at.utc)
            assert new.session.energy_j > old.session.energy_j
            assert (new.energy_j or 0) > (old.energy_j or 0)
            assert [event.kind for event in await house.events()].count("session.started") == 1

    run_virtual(main, START)


@pytest.mark.req("G-018")
def test_a_restart_does_not_shorten_the_wait_after_the_supply_stopped_a_charge(url: str) -> None:
    async def main(clock: VirtualClock) -> float:
        world = building()
        async with home(clock, url, world) as house:
            await house.until(lambda: house.car_a() > 15)
            house.world.set_watts("house", {"L1": 5200.0})
            await house.until(lambda: house.car_a() < 1)
            house.world.set_watts("house", {"L1": 230.0})
            await asyncio.sleep(10)
        async with home(clock, url, world) as house:
            return await house.until(lambda: house.car_a() > 5)

    assert run_virtual(main, START) > 30


def test_what_happened_in_the_last_second_before_a_stop_is_kept(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        world = building()
        async with home(clock, url, world, tick_s=5.0) as house:
            await house.until(lambda: house.car_a() > 15)
            house.world.unplug("garage")
            await asyncio.sleep(0.3)
        async with home(clock, url, world) as house:
            assert [event.kind for event in await house.events()].count("session.ended") == 1

    run_virtual(main, START)


def test_a_memory_that_cannot_be_read_raises_no_current(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, url) as house:
            await house.until(lambda: house.car_a() > 15)
            before = house.state.snapshot.channels["grid"].energy_import_j or 0
        from ohmstead.store.store import Store
        from ohmstead.store.values import Document, Json, TailRow

        store = await clock.outside(Store.open(url, SETTINGS.site.id, "Europe/Rome"))
        nonsense: dict[str, Json] = {
            "control": {"version": 1},
            "pilot garage": {"version": 1},
            "counters": {"grid": "?"},
        }
        options = Document("charger.options", "garage", {"user_limit_a": "many"}, "ada")
        row = TailRow(clock.now().utc, {})
        await clock.outside(store.append(row, memory=nonsense, documents=[options]))
        await clock.outside(store.close())
        async with home(clock, url) as house:
            await asyncio.sleep(90)
            assert house.car_a() < 0.1
            assert [notice.code for notice in house.state.attention] == ["options.lost"]
            assert (house.state.snapshot.channels["grid"].energy_import_j or 0) >= before
            await house.do(Action.ENABLE, True)
            asked_s = clock.now().monotonic_s
            await house.until(lambda: house.car_a() > 5)
            assert clock.now().monotonic_s - asked_s >= 60, "as after a stop by the supply"
            await asyncio.sleep(1)
            assert house.state.attention == ()

    run_virtual(main, START)


@pytest.mark.req("G-002")
def test_a_wall_clock_that_goes_back_stops_no_loop_and_loses_no_energy(url: str) -> None:
    class Jumping:
        """A clock whose UTC can be set."""

        def __init__(self, clock: VirtualClock) -> None:
            self.clock = clock
            self.ahead = timedelta(0)

        def now(self) -> Instant:
            now = self.clock.now()
            return Instant(now.utc + self.ahead, now.monotonic_s)

        async def outside(self, work: Awaitable[T]) -> T:
            return await self.clock.outside(work)

    async def main(clock: VirtualClock) -> None:
        jumping = Jumping(clock)
        async with home(jumping, url) as house:
            await house.until(lambda: house.car_a() > 15)
            await asyncio.sleep(30)
            before = house.state.snapshot.channels["oven"].energy_import_j or 0
            jumping.ahead = timedelta(hours=-3)
            await asyncio.sleep(30)
            assert house.car_a() > 15
            after = house.state.snapshot.channels["oven"].energy_import_j or 0
            assert after - before == pytest.approx(30_000, rel=0.05)
            assert "store.clock_behind" in [notice.code for notice in house.state.attention]
            jumping.ahead = timedelta(0)
            await asyncio.sleep(60)
            assert [notice.code for notice in house.state.attention] == []
            found = await clock.outside(house.site.read(("oven",), Span.HOUR, START, START + timedelta(hours=1)))
            total = house.state.snapshot.channels["oven"].energy_import_j or 0
            assert abs(found["oven"].values[Measure.IMPORT].sum() - total) <= 3000

    run_virtual(main, START)
