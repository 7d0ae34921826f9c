"""A loop that fails is told in health, begins again, and counts as well when it has run for a while."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from structlog.testing import capture_logs

from ohmstead.core.model.health import Health
from ohmstead.drivers.virtual_time import VirtualClock, run_virtual
from ohmstead.site.supervision import LONG_PAUSE_S, PAUSE_S, WELL_AFTER_S, Supervisor
from ohmstead.texts import word

START = datetime(2026, 6, 21, tzinfo=UTC)


def test_a_failing_loop_begins_again_and_the_others_do_not_notice() -> None:
    begun: list[float] = []
    turns = 0

    async def fails_twice() -> None:
        begun.append(asyncio.get_running_loop().time())
        if len(begun) <= 2:
            raise RuntimeError("the sky fell")
        await asyncio.sleep(3600)

    async def works() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0.1)

    async def main(_: VirtualClock) -> tuple[Health, Health]:
        supervisor = Supervisor()
        supervisor.start("bad", fails_twice)
        supervisor.start("good", works)
        await asyncio.sleep(2 * PAUSE_S + 0.05)
        ill = Health(supervisor.parts())
        await asyncio.sleep(WELL_AFTER_S)
        well = Health(supervisor.parts())
        await supervisor.stop()
        return ill, well

    ill, well = run_virtual(main, START)
    assert begun == pytest.approx([0.0, PAUSE_S, 2 * PAUSE_S])
    assert turns > 100
    bad, good = ill.parts
    assert (ill.ok, bad.ok, good.ok) == (False, False, True)
    assert bad.reason is not None
    assert "the sky fell" in word(bad.reason, "it")
    assert well.ok


def test_a_loop_that_keeps_failing_never_counts_as_well() -> None:
    async def fails() -> None:
        await asyncio.sleep(WELL_AFTER_S / 2)
        raise RuntimeError("again")

    async def main(_: VirtualClock) -> list[bool]:
        supervisor = Supervisor()
        supervisor.start("bad", fails)
        seen = []
        for _ in range(60):
            await asyncio.sleep(1)
            seen.append(Health(supervisor.parts()).ok)
        await supervisor.stop()
        return seen

    assert not any(run_virtual(main, START)[int(WELL_AFTER_S / 2) :])


def lives(loop: Callable[[], Awaitable[None]], seconds: float, **how: float) -> list[dict[str, object]]:
    """What is logged while ``loop`` is kept running for so long."""

    async def main(_: VirtualClock) -> None:
        supervisor = Supervisor()
        supervisor.start("bad", loop, **how)  # type: ignore[arg-type] # — any loop
        await asyncio.sleep(seconds)
        await supervisor.stop()

    with capture_logs() as logs:
        run_virtual(main, START)
    return [dict(log) for log in logs]


def test_an_error_that_comes_again_and_again_is_logged_once_and_another_at_once() -> None:
    begun: list[float] = []

    async def fails() -> None:
        begun.append(asyncio.get_running_loop().time())
        if len(begun) > 100:
            raise ValueError(f"another, number {len(begun)}")
        raise RuntimeError(f"number {len(begun)}")

    logs = lives(fails, 150.5)
    assert begun == pytest.approx([float(second) for second in range(151)])
    assert [log["event"] for log in logs] == ["loop failed"] * 2


def test_a_loop_that_may_wait_pauses_longer_and_begins_anew_after_it_was_well() -> None:
    begun: list[float] = []

    async def fails() -> None:
        begun.append(asyncio.get_running_loop().time())
        if len(begun) == 7:
            await asyncio.sleep(WELL_AFTER_S + 1)
        raise RuntimeError("again")

    logs = lives(fails, 60, longest_pause_s=LONG_PAUSE_S)
    assert [after - before for before, after in pairwise(begun)][:8] == pytest.approx(
        [1, 2, 4, 8, 10, 10, WELL_AFTER_S + 1 + PAUSE_S, 2]
    )
    assert [log["event"] for log in logs] == ["loop failed", "loop is well again", "loop failed"]


def test_stopping_ends_every_loop() -> None:
    async def main(_: VirtualClock) -> int:
        supervisor, ended = Supervisor(), 0

        async def lasting() -> None:
            nonlocal ended
            try:
                await asyncio.sleep(3600)
            finally:
                ended += 1

        for name in ("one", "two"):
            supervisor.start(name, lasting)
        await asyncio.sleep(1)
        await supervisor.stop()
        return ended

    assert run_virtual(main, START) == 2


def test_a_loop_that_is_ended_runs_no_more_and_is_told_no_more() -> None:
    turns = 0

    async def works() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(1.0)

    async def main(_: VirtualClock) -> tuple[int, int]:
        supervisor = Supervisor()
        supervisor.start("one", works)
        supervisor.start("other", works)
        await asyncio.sleep(5.5)
        await supervisor.end("one")
        before = turns
        await asyncio.sleep(WELL_AFTER_S + 5.0)
        assert [part.name for part in supervisor.parts()] == ["other"]
        await supervisor.stop()
        return before, turns

    before, after = run_virtual(main, START)
    assert after - before == pytest.approx(WELL_AFTER_S + 5.0, abs=1.0)
