"""The host's part of a charger: the cost of a step, and how late a command answers the state that was read.

``pilot.step`` is one look at a charging car through ``core.charging.step``. ``pilot.worst_N`` is with N boards on one
event loop and one processor, each looked at 20 times a second by the real pilot loop: the longest time from the read of
a state that changed to the command that answers it. The boards answer at once from memory: it is the host alone.
"""

import asyncio
import gc
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bench.figures import Figure
from ohmstead.core.charging import PilotMemory, Place, step
from ohmstead.core.model.chargers import ChargerOptions
from ohmstead.core.model.evse import BoardCommands, BoardFault, BoardIdentity, BoardSnapshot, PilotLevel, PilotMode
from ohmstead.core.model.grants import Grant
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.settings import ChargerSettings
from ohmstead.core.model.time import Instant
from ohmstead.drivers.clock import Clock, SystemClock
from ohmstead.site.pilot import Pilot

STEPS = 20_000
BOARDS = (1, 10, 50)
SECONDS = 8.0
CHANGES_S = 0.4
"""A board goes from B to C and back this often."""
PLACE = Place(230.0, 32.0)
IDENTITY = BoardIdentity(1, "bench", "memory", "1", "1", rated_current_a=32.0, phases=3)
WORST_GOAL = "<= 50"
"""One look at 20 Hz."""


def run(steps: int = STEPS, boards: tuple[int, ...] = BOARDS, seconds: float = SECONDS) -> list[Figure]:
    """The cost of a step, and the worst answer with each number of boards."""
    figures = [Figure("pilot.step", 1e6 * _step_s(steps), "us", runs=steps)]
    if hasattr(os, "sched_setaffinity"):
        before = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {min(before)})
    for count in boards:
        took_s = asyncio.run(_answers(count, seconds))
        goal = WORST_GOAL if count == max(boards) else None
        figures.append(Figure(f"pilot.worst_{count}", 1000 * max(took_s), "ms", goal, runs=len(took_s)))
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, before)
    return figures


def _step_s(steps: int) -> float:
    memory, settings, now = PilotMemory("bench"), _settings(), Instant(datetime.now(UTC), 1000.0)
    grant = Grant(16.0, ("L1", "L2", "L3"), "installation", Reason("limit.installation"), now.plus(1e6))
    looks = list(_looks(now, steps + 200))
    for seen in looks[:200]:
        memory = step(memory, seen, grant, ChargerOptions(), settings, seen.at, place=PLACE).memory
    gc.collect()
    began_s = time.perf_counter()
    for seen in looks[200:]:
        memory = step(memory, seen, grant, ChargerOptions(), settings, seen.at, place=PLACE).memory
    return (time.perf_counter() - began_s) / steps


def _looks(now: Instant, count: int) -> Iterator[BoardSnapshot]:
    for number in range(count):
        yield _snapshot(now.plus(0.05 * number), "B" if number < 100 else "C", number >= 150, 10.0 + 0.05 * number)


def _snapshot(at: Instant, pilot: PilotLevel, closed: bool, uptime_s: float) -> BoardSnapshot:
    amps = (15.9, 15.9, 15.9) if closed else (0.0, 0.0, 0.0)
    return BoardSnapshot(
        *(at, pilot, PilotMode.PWM, 26.66, closed, None, amps, (230.0, 230.0, 230.0), 690 * amps[0], 0),
        *(BoardFault.NONE, 30.0, 1.0, uptime_s),
        self_test="none" if closed else "passed",
    )


def _settings() -> ChargerSettings:
    return ChargerSettings.model_validate({"board": {"connect": "tcp://127.0.0.1:502"}, "max_current_a": 32.0})


@dataclass(slots=True)
class MemoryBoard:
    """A board that answers at once; it toggles between B and C, and notes when the answer to a change came."""

    clock: Clock
    offset_s: float
    took_s: list[float] = field(default_factory=list)
    level: PilotLevel = "B"
    read_at: float | None = None

    async def identify(self) -> BoardIdentity:
        """Any board."""
        return IDENTITY

    async def read(self) -> BoardSnapshot:
        """B or C, by the time."""
        now = self.clock.now()
        level: PilotLevel = "C" if int((now.monotonic_s + self.offset_s) / CHANGES_S) % 2 else "B"
        self.read_at = time.perf_counter() if level != self.level else None
        self.level = level
        return _snapshot(now, level, False, now.monotonic_s)

    async def command(self, commands: BoardCommands) -> None:
        """The answer to what was read."""
        if self.read_at is not None:
            self.took_s.append(time.perf_counter() - self.read_at)

    async def close(self) -> None:
        """Nothing to give back."""


async def _answers(count: int, seconds: float) -> list[float]:
    clock = SystemClock()
    boards = [MemoryBoard(clock, CHANGES_S * number / count) for number in range(count)]
    pilots = [
        Pilot(f"bench {number}", _settings(), board, clock, ChargerOptions, lambda _: None)
        for number, board in enumerate(boards)
    ]
    now = clock.now()
    grant = Grant(16.0, ("L1", "L2", "L3"), "installation", Reason("limit.installation"), now.plus(1e6))
    for pilot in pilots:
        pilot.recall(None, now)
        pilot.give(grant)
    gc.freeze()  # as the daemon does
    loops = [asyncio.create_task(pilot.run()) for pilot in pilots]
    await asyncio.sleep(1.0)
    for board in boards:
        board.took_s.clear()
    await asyncio.sleep(seconds)
    for loop in loops:
        loop.cancel()
    await asyncio.gather(*loops, return_exceptions=True)
    gc.unfreeze()
    return [took_s for board in boards for took_s in board.took_s]
