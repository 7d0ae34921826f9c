"""Every wiring fault that concerns measuring, put into a simulated Power Box, and what the site then shows (EM-347)."""

import itertools
from pathlib import Path
from typing import Any

import pytest

from ohmstead.core.model.quantities import PHASES
from ohmstead.simulator.wiring import AS_IT_SHOULD_BE, BoxWiring, ClampWiring
from tests.end_to_end.house import Site
from tests.end_to_end.test_loads import box_of, delivered, edited, points, post, started, until

pytestmark = pytest.mark.anyio
OVEN_W, PUMP_W = 2_000.0, 2_100.0


def power(seen: Any, name: str) -> float:
    value = seen["channels"][name]["power_w"]
    return float("nan") if value is None else value


async def shows(site: Site, name: str, watts: float) -> Any:
    """Wait until it shows this power, within 3 %."""
    return await site.until(lambda seen: abs(power(seen, name) - watts) <= 0.03 * max(abs(watts), 100.0))


@pytest.mark.req("EM-347", "EM-348")
async def test_wires_and_clamps_that_are_wrong_show_as_they_would(tmp_path: Path) -> None:
    async with started(tmp_path) as site:
        door = site.building.door
        await shows(site, "oven", OVEN_W)

        door.rewire("oven", BoxWiring(terminals=("L1", None, "L3")))
        seen = await shows(site, "oven", 0.0)
        assert seen["channels"]["grid"]["phases"]["L2"]["voltage_v"] == 0.0

        # the oven alone tells the permutation: on its own phase all of its power, a third of a turn away minus half
        for order in itertools.permutations(PHASES):
            door.rewire("oven", BoxWiring(terminals=order))
            await shows(site, "oven", OVEN_W if order[1] == "L2" else -0.5 * OVEN_W)

        door.rewire("oven", BoxWiring(clamps={4: ClampWiring(turned=True)}))
        await shows(site, "oven", -OVEN_W)
        door.rewire("oven", BoxWiring(clamps={4: ClampWiring(on="L3")}))
        await shows(site, "oven", 0.0)
        door.rewire("oven", BoxWiring(clamps={5: ClampWiring(unplugged=True)}))
        seen = await shows(site, "pump", PUMP_W * 2 / 3)
        assert seen["channels"]["pump"]["phases"]["L1"]["current_a"] == 0.0
        door.rewire("oven", BoxWiring(clamps={4: ClampWiring(open=True)}))
        await shows(site, "oven", 0.1 * OVEN_W)
        door.rewire("oven", AS_IT_SHOULD_BE)
        await shows(site, "oven", OVEN_W)


@pytest.mark.req("EM-347", "EM-291", "EM-293", "EM-295")
async def test_hubs_that_are_not_found_measure_nothing_and_say_why(tmp_path: Path) -> None:
    async with started(tmp_path) as site:
        await until(site, delivered)
        door = site.building.door

        def without(*lost: str) -> Any:
            def holds(seen: Any) -> bool:
                channels = seen["channels"]
                bad = {name for name in channels if channels[name]["quality"] == "bad"}
                return bad == set(lost) and all(channels[name]["power_w"] is None for name in lost)

            return holds

        # the first hub has points 1 to 4, the second 5 to 7
        for wiring, lost in (
            (BoxWiring(broken_at=2), ("pump",)),
            (BoxWiring(broken_at=1), ("grid", "oven", "pump")),
            (AS_IT_SHOULD_BE, ()),
            (BoxWiring(port="B"), ("grid", "oven", "pump")),
            (AS_IT_SHOULD_BE, ()),
        ):
            door.rewire("oven", wiring)
            await post(site, "apply")
            seen = await site.until(without(*lost))
            for name in lost:
                assert seen["channels"][name]["problem"]["key"] == "power_box.no_hub"

        door.rewire("oven", BoxWiring(hubs_more=6))
        await post(site, "apply")
        told = await site.until(lambda seen: any(one["code"] == "loads.too_many_points" for one in seen["attention"]))
        (notice,) = (one for one in told["attention"] if one["code"] == "loads.too_many_points")
        assert notice["reason"]["params"]["came"] == 32


@pytest.mark.req("EM-347", "EM-320", "G-115")
async def test_a_box_that_forgot_is_told_anew_by_itself(tmp_path: Path) -> None:
    async with started(tmp_path) as site:
        held = await until(site, delivered)
        await site.client.put(
            "/api/v1/load-configuration",
            json=edited(held, oven=held["loads"]["oven"] | {"points": points((4, "L2"))}),
        )
        await until(site, delivered)
        site.building.door.forget("oven")
        assert box_of(site).setup.slots[3].association is None
        await site.happens(lambda: box_of(site).setup.slots[3].association is not None)
        assert box_of(site).setup.slots[0].association is None, "slots as set in the box are the box's own"
        await until(site, lambda seen: any(one["kind"] == "loads.lost" for one in seen["events"]), "events")
