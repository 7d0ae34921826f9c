"""Five real sites as one cluster, on lines that lose, delay and repeat (G-063, G-064, EV-133 to EV-152)."""

import asyncio
from pathlib import Path
from random import Random

import pytest

from tests.end_to_end.clustered import BAYS, LIMIT_A, cluster

TOLERANCE_A = 0.3
"""What the simulated measurement and pilot may be off."""
ROUNDS = 20


@pytest.mark.anyio
@pytest.mark.req("EV-133", "EV-134", "EV-142", "EV-145", "G-064")
async def test_five_sites_share_and_one_that_is_cut_off_stops_before_others_get_its_current(tmp_path: Path) -> None:
    async with cluster(tmp_path) as five:
        await five.until(lambda: min(five.currents().values()) > 7.5)
        assert five.total_a() <= LIMIT_A + TOLERANCE_A
        five.lines["bay1"].lost = (False, True)
        stopped_s = await five.until(lambda: five.currents()["bay1"] < 0.5, 25.0)
        assert stopped_s > 3.0
        assert five.worst_a <= LIMIT_A + TOLERANCE_A


@pytest.mark.soak
@pytest.mark.anyio
@pytest.mark.req("G-064", "G-066")
async def test_the_limit_holds_for_minutes_on_lines_that_do_what_they_like(tmp_path: Path) -> None:
    chance = Random(1)
    async with cluster(tmp_path) as five:
        await five.until(lambda: min(five.currents().values()) > 7.5)
        for turn in range(ROUNDS):
            for line in five.lines.values():
                line.lost = (chance.random() < 0.25, chance.random() < 0.25)
                line.late_s = (chance.choice((0.0, 0.0, 0.3, 2.0)), chance.choice((0.0, 0.0, 0.3, 2.0)))
                line.twice = (chance.random() < 0.2, chance.random() < 0.2)
            if turn % 6 == 5:
                await five.restart(chance.choice(BAYS))
            await asyncio.sleep(chance.uniform(1.0, 8.0))
            assert five.worst_a <= LIMIT_A + TOLERANCE_A, (turn, five.currents())
        for line in five.lines.values():
            line.lost, line.late_s, line.twice = (False, False), (0.0, 0.0), (False, False)
        await five.until(lambda: min(five.currents().values()) > 7.5, 150.0)
        assert five.worst_a <= LIMIT_A + TOLERANCE_A
