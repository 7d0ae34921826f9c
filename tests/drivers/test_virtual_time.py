"""Virtual time jumps over sleeps, keeps their order, and stands still for work done outside."""

import asyncio
import time
from datetime import UTC, datetime

import pytest

from ohmstead.drivers.virtual_time import VirtualClock, run_virtual

START = datetime(2026, 6, 21, tzinfo=UTC)


@pytest.mark.req("EM-349")
def test_a_day_of_sleeping_ends_at_the_same_hour_of_the_next_day() -> None:
    async def main(clock: VirtualClock) -> list[str]:
        told: list[str] = []

        async def every(name: str, period_s: float) -> None:
            while True:
                await asyncio.sleep(period_s)
                told.append(f"{name} {clock.now().utc:%H:%M}")

        tasks = [asyncio.create_task(every("six", 6 * 3600)), asyncio.create_task(every("nine", 9 * 3600))]
        await asyncio.sleep(24 * 3600 + 1)
        for task in tasks:
            task.cancel()
        return told

    story = run_virtual(main, START)
    assert story == run_virtual(main, START)
    assert sorted(story) == ["nine 09:00", "nine 18:00", "six 00:00", "six 06:00", "six 12:00", "six 18:00"]
    assert story[-1] == "six 00:00"


def test_work_done_by_a_thread_takes_no_virtual_time() -> None:
    async def main(clock: VirtualClock) -> float:
        before = clock.now()
        ticking = asyncio.create_task(asyncio.sleep(3600))
        await clock.outside(asyncio.to_thread(time.sleep, 0.05))
        ticking.cancel()
        return clock.now().since(before)

    assert run_virtual(main, START) == 0.0
