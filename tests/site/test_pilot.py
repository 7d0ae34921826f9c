"""The pilot loop: lowering does not wait, a board that fails is asked less often, found again and asked who it is."""

import asyncio
from datetime import UTC, datetime

import pytest

from ohmstead.core.model.chargers import ChargerOptions, ChargerState
from ohmstead.core.model.errors import DeviceUnreachable
from ohmstead.core.model.events import Event
from ohmstead.core.model.evse import BoardCommands, BoardFault, BoardIdentity, BoardSnapshot, PilotMode
from ohmstead.core.model.grants import Grant
from ohmstead.core.model.quantities import PHASES, Quality
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.settings import BoardSettings, ChargerSettings
from ohmstead.core.model.time import Instant
from ohmstead.drivers.virtual_time import VirtualClock, run_virtual
from ohmstead.site.pilot import BACK_OFF_S, PERIOD_S, STALE_AFTER_S, Pilot

START = datetime(2026, 6, 21, 8, tzinfo=UTC)
SETTINGS = ChargerSettings(board=BoardSettings(connect="tcp://127.0.0.1:1"), max_current_a=16.0)


class ScriptedBoard:
    """A board with a car in B that remembers what it was told; ``gone`` takes it off the wire."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.gone = False
        self.rated_a = 32.0
        self.identified = 0
        self.asked: list[float] = []
        self.told: list[tuple[float, BoardCommands]] = []

    async def identify(self) -> BoardIdentity:
        self._there()
        self.identified += 1
        return BoardIdentity(1, "Ohmstead", "test", "1", "1", self.rated_a, 3)

    async def read(self) -> BoardSnapshot:
        now = self._there()
        last = self.told[-1][1] if self.told else BoardCommands(PilotMode.STEADY, 100.0, False)
        return BoardSnapshot(
            at=now,
            pilot="B",
            pilot_mode=last.pilot_mode,
            duty_percent=last.duty_percent,
            contactor_closed=False,
            proximity_a=None,
            currents_a=(0.0, 0.0, 0.0),
            voltages_v=(230.0, 230.0, 230.0),
            power_w=0.0,
            energy_j=1000,
            faults=BoardFault.NONE,
            temperature_c=20.0,
            lease_left_s=1.0,
            uptime_s=100.0 + now.monotonic_s,
        )

    async def command(self, commands: BoardCommands) -> None:
        self.told.append((self._there().monotonic_s, commands))

    async def close(self) -> None:
        self.gone = True

    def _there(self) -> Instant:
        now = self.clock.now()
        self.asked.append(now.monotonic_s)
        if self.gone:
            raise DeviceUnreachable(Reason("device.unreachable", {"where": "here", "deadline_s": "0.2 s"}))
        return now


class Bench:
    """A pilot loop on a scripted board."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.board = ScriptedBoard(clock)
        self.events: list[Event] = []
        self.pilot = Pilot("garage", SETTINGS, self.board, clock, ChargerOptions, self.events.append)
        self.task = asyncio.create_task(self.pilot.run())

    def give(self, current_a: float, seconds: float = 1e6) -> None:
        expires = self.clock.now().plus(seconds)
        self.pilot.give(Grant(current_a, PHASES, "installation", Reason("limit.installation"), expires))

    @property
    def duty(self) -> float:
        return self.board.told[-1][1].duty_percent


async def offering(clock: VirtualClock, current_a: float = 16.0) -> Bench:
    bench = Bench(clock)
    bench.pilot.recall(None, clock.now())
    bench.give(current_a)
    await asyncio.sleep(6.02)
    return bench


@pytest.mark.req("G-033")
def test_a_lowered_grant_is_on_the_pilot_at_once_and_a_raised_one_waits() -> None:
    async def main(clock: VirtualClock) -> None:
        bench = await offering(clock)
        assert bench.duty == pytest.approx(16 / 0.6, abs=0.01)
        at = clock.now().monotonic_s
        bench.give(6.0)
        await asyncio.sleep(0)
        await asyncio.sleep(0.001)
        assert bench.duty == pytest.approx(10.0)
        assert bench.board.told[-1][0] - at < 0.001
        bench.give(16.0)
        await asyncio.sleep(4.8)
        assert bench.duty == pytest.approx(10.0)
        await asyncio.sleep(0.5)
        assert bench.duty == pytest.approx(16 / 0.6, abs=0.01)

    run_virtual(main, START)


@pytest.mark.req("G-131")
def test_before_the_memory_is_recalled_the_board_is_held_without_offer_and_nothing_is_told() -> None:
    async def main(clock: VirtualClock) -> None:
        bench = Bench(clock)
        await asyncio.sleep(1)
        assert {(c.pilot_mode, c.permit_close) for _, c in bench.board.told} == {(PilotMode.STEADY, False)}
        assert bench.board.told
        assert bench.events == []
        assert bench.pilot.reading(clock.now()).quality is Quality.MISSING
        bench.pilot.recall(None, clock.now())
        await asyncio.sleep(1)
        assert [event.kind for event in bench.events] == ["session.started"]

    run_virtual(main, START)


def test_a_recalled_session_goes_on() -> None:
    async def main(clock: VirtualClock) -> None:
        first = await offering(clock)
        kept, old = first.pilot.dump(clock.now()), first.pilot.reading(clock.now()).session
        first.task.cancel()
        second = Bench(clock)
        await asyncio.sleep(0.5)
        second.pilot.recall(kept, clock.now())
        await asyncio.sleep(0.5)
        new = second.pilot.reading(clock.now()).session
        assert old is not None
        assert new is not None
        assert new.id == old.id
        assert second.events == []

    run_virtual(main, START)


def test_a_memory_that_is_none_is_refused_and_the_pilot_is_as_new() -> None:
    async def main(clock: VirtualClock) -> None:
        bench = Bench(clock)
        with pytest.raises(ValueError):
            bench.pilot.recall({"version": 1}, clock.now())
        await asyncio.sleep(0.5)
        assert [event.kind for event in bench.events] == ["session.started"]

    run_virtual(main, START)


def test_a_board_that_is_gone_is_asked_ever_less_often_told_lost_once_and_asked_who_it_is_when_it_is_back() -> None:
    async def main(clock: VirtualClock) -> None:
        bench = await offering(clock)
        bench.board.gone = True
        before = len(bench.board.asked)
        await asyncio.sleep(1.5)
        assert bench.pilot.reading(clock.now()).quality is Quality.GOOD
        await asyncio.sleep(STALE_AFTER_S - 1.5 + 10)
        stale = bench.pilot.reading(clock.now())
        assert (stale.quality, stale.state) == (Quality.STALE, ChargerState.OUT_OF_SERVICE)
        assert (stale.power_w, stale.contactor_closed, stale.connected) == (None, False, True)
        assert stale.problem is not None
        asked = bench.board.asked[before:]
        assert asked[-1] - asked[-2] == pytest.approx(BACK_OFF_S[-1])
        assert len(asked) < 20
        bench.board.gone, bench.board.rated_a = False, 10.0
        await asyncio.sleep(BACK_OFF_S[-1] + 2 * PERIOD_S)
        back = bench.pilot.reading(clock.now())
        assert (back.quality, back.hardware_max_a) == (Quality.GOOD, 10.0)
        assert bench.board.identified == 2
        kinds = [event.kind for event in bench.events if event.kind.startswith("device.")]
        assert kinds == ["device.lost", "device.back"]
        assert bench.pilot.statistics().failures["unreachable"] == len(asked)

    run_virtual(main, START)


def test_a_moments_failure_is_not_told_and_costs_no_identity() -> None:
    async def main(clock: VirtualClock) -> None:
        bench = await offering(clock)
        bench.board.gone = True
        await asyncio.sleep(0.5)
        bench.board.gone = False
        await asyncio.sleep(1)
        assert bench.board.identified == 1
        assert [event.kind for event in bench.events if event.kind.startswith("device.")] == []

    run_virtual(main, START)


@pytest.mark.req("G-131")
def test_when_control_falls_silent_the_offer_ends_with_the_grant() -> None:
    async def main(clock: VirtualClock) -> None:
        bench = await offering(clock)
        bench.give(16.0, seconds=3.0)
        await asyncio.sleep(2.9)
        assert bench.duty == pytest.approx(16 / 0.6, abs=0.01)
        await asyncio.sleep(0.3)
        assert bench.board.told[-1][1].pilot_mode is PilotMode.STEADY

    run_virtual(main, START)
