"""Five real sites as one cluster, on lines that lose, delay and repeat (G-063, G-064, EV-133 to EV-152)."""

from pathlib import Path

import pytest

from tests.end_to_end.clustered import LIMIT_A, cluster

TOLERANCE_A = 0.3
"""What the simulated measurement and pilot may be off."""


@pytest.mark.anyio
@pytest.mark.req("EV-133", "EV-134", "EV-142", "EV-145", "G-064")
async def test_five_sites_share_and_one_that_is_cut_off_is_stopped_before_others_get_its_current(
    tmp_path: Path,
) -> None:
    async with cluster(tmp_path) as five:
        await five.until(lambda: min(five.currents().values()) > 7.5)
        assert five.total_a() <= LIMIT_A + TOLERANCE_A
        five.lines["bay1"].lost = (False, True)
        stopped_s = await five.until(lambda: five.currents()["bay1"] < 0.5, 25.0)
        assert stopped_s > 3.0
        assert five.worst_a <= LIMIT_A + TOLERANCE_A
