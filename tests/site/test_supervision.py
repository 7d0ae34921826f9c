"""A loop that fails is told in health, begins again, and counts as well when it has run for a while."""

import asyncio
from datetime import UTC, datetime

import pytest

from ohmstead.core.model.health import Health
from ohmstead.drivers.virtual_time import VirtualClock, run_virtual
from ohmstead.site.supervision import PAUSE_S, WELL_AFTER_S, Supervisor
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
