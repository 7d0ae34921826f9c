"""The guided test of the grid meter by the real daemon on sockets, in the demo's house with oven, kettle and clouds."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ohmstead.simulator.demo import demo, place_for
from ohmstead.simulator.settings import Clamp
from tests.end_to_end.house import Site, lived, standing

RIGHT = (Clamp("L1", "L1"), Clamp("L2", "L2"), Clamp("L3", "L3"))
SWAPPED = (Clamp("L1", "L2"), Clamp("L2", "L1"), Clamp("L3", "L3"))
PATH = "/api/v1/chargers/yard/verification"


async def report(site: Site) -> Any:
    """Wait for the car, then for the report."""
    await site.until(lambda seen: seen["chargers"].get("yard", {}).get("state") == "charging", patience_s=120)
    assert (await site.client.post(PATH)).status_code == 202
    async with asyncio.timeout(660):
        while (seen := (await site.client.get(PATH)).json())["running"]:
            await asyncio.sleep(1)
    return seen["report"]


@pytest.mark.soak
@pytest.mark.anyio
@pytest.mark.req("EV-180", "G-022")
@pytest.mark.parametrize(
    ("clamps", "verdict", "moved_on"),
    [(RIGHT, "correct", []), (SWAPPED, "wrong_phase", ["L1"])],
    ids=["right", "swapped"],
)
async def test_a_living_house_over_its_wires_gets_the_verdict_that_is_true(
    tmp_path: Path, clamps: tuple[Clamp, ...], verdict: str, moved_on: list[str]
) -> None:
    now = datetime.now(UTC)
    async with standing(demo(1, now, place_for(now))) as building:
        building.door.connect_meter("grid", clamps)
        async with lived(building, tmp_path) as site:
            found = await report(site)
    assert (found["verdict"], found["phases"], found["moved_on"]) == (verdict, ["L2"], moved_on)
