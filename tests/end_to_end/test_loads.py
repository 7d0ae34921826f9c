"""Load configuration on a running site: a real daemon, a simulated Power Box behind Modbus, and the API."""

import asyncio
import copy
from collections.abc import Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ohmstead.core.model.quantities import PHASES, Role
from ohmstead.core.plant.settings import GRID
from ohmstead.protocols.power_box.table import Association
from ohmstead.simulator.power_box_device import PowerBoxDevice
from ohmstead.simulator.settings import BuildingSettings, PowerBoxSpec, SlotsSpec, Trouble
from tests.drivers.sampling.houses import WORLD
from tests.end_to_end.house import Site, at_work, lived

pytestmark = pytest.mark.anyio
PATH = "load-configuration"
CIRCUITS = (
    SlotsSpec("grid", GRID, (1, 2, 3), Role.GRID),
    SlotsSpec("oven", "oven", (4,), phases=("L2",)),
    SlotsSpec("pump", "pump", (5, 6, 7)),
)
HOUSE = BuildingSettings("House with a box", "Europe/Rome", WORLD, power_boxes=(PowerBoxSpec("box", 61, CIRCUITS),))


def box_of(site: Site) -> PowerBoxDevice:
    device = site.building.devices["oven"]
    assert isinstance(device, PowerBoxDevice)
    return device


def edited(held: Any, **loads: Any) -> dict[str, Any]:
    """A body from what holds, with other loads; ``None`` takes one out."""
    body = {key: copy.deepcopy(held[key]) for key in ("loads", "gateways", "boxes", "max_current_a")}
    body["loads"] = {name: one for name, one in (body["loads"] | loads).items() if one is not None}
    return {"based_on": held["version"]["number"], **body}


def points(*told: tuple[int, str] | tuple[int, str, bool]) -> list[dict[str, Any]]:
    return [{"number": n, "phase": phase, "reversed": bool(turned)} for n, phase, *turned in told]


async def put(site: Site, body: dict[str, Any], status: int = 200) -> Any:
    answer = await site.client.put(f"/api/v1/{PATH}", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def post(site: Site, path: str, body: dict[str, Any] | None = None, status: int = 200) -> Any:
    answer = await site.client.post(f"/api/v1/{PATH}/{path}", json=body or {})
    assert answer.status_code == status, answer.text
    return answer.json()


async def until(site: Site, holds: Callable[[Any], bool], path: str = PATH, patience_s: float = 40.0) -> Any:
    async with asyncio.timeout(patience_s):
        while True:
            if holds(seen := await site.get(path)):
                return seen
            await asyncio.sleep(0.1)


def delivered(seen: Any) -> bool:
    return all(one["delivery"]["state"] == "applied" for one in seen["states"].values())


@asynccontextmanager
async def started(tmp_path: Path, house: BuildingSettings = HOUSE):
    async with at_work(house, tmp_path) as site:
        await site.until(lambda seen: (seen["channels"].get("oven") or {}).get("quality") == "good")
        yield site


@pytest.mark.req("EM-236", "EM-237", "EM-238", "EM-239", "G-115")
async def test_what_an_installer_configures_is_written_into_the_box_and_measured_by(tmp_path: Path) -> None:
    async with started(tmp_path) as site:
        held = await until(site, delivered)
        assert {name: [p["number"] for p in one["points"]] for name, one in held["loads"].items()} == {
            "grid": [1, 2, 3], "oven": [4], "pump": [5, 6, 7],
        }  # fmt: skip

        # the oven was wired to L2, and its clamp turned round: now it is configured on L3, reversed
        oven = held["loads"]["oven"] | {"points": points((4, "L3", True)), "name": "Big oven"}
        answer = await put(site, edited(held, oven=oven))
        assert (answer["version"]["number"], answer["version"]["author"]) == (held["version"]["number"] + 1, "local")
        await until(site, delivered)
        assert box_of(site).setup.slots[3].association == Association(2, reversed=True)
        seen = await until(site, lambda seen: _live(seen, 4)["phase"] == "L3", f"{PATH}/live")
        true = site.building.sync().measure("oven").phases[1]
        assert _live(seen, 4)["current_a"] == pytest.approx(true.current_a, rel=0.02)
        # a current of L2 against the voltage of L3 makes half the power, of the other sign for the turned clamp
        assert _live(seen, 4)["power_w"] == pytest.approx(0.5 * true.power_w, rel=0.05)
        snapshot = await site.until(lambda seen: list(seen["channels"]["oven"]["phases"]) == ["L3"])
        assert snapshot["channels"]["oven"]["name"] == "Big oven"

        # one load less, one more, and a sub-load
        body = edited(answer, pump=None, compressor={
            "name": "Compressor", "role": "load", "box": "box-1", "points": points((5, "L1")), "part_of": "oven",
        })  # fmt: skip
        await put(site, body)
        seen = await site.until(lambda seen: (seen["channels"].get("compressor") or {}).get("quality") == "good")
        assert "pump" not in seen["channels"]
        assert seen["flows"]["measured_w"] == pytest.approx(seen["channels"]["oven"]["power_w"], rel=0.05)
        versions = (await site.get(f"{PATH}/versions"))["versions"]
        assert [(one["number"], one["author"]) for one in versions[:2]] == [(3, "local"), (2, "local")]


def _live(seen: Any, number: int) -> Any:
    return next((one for one in seen["points"] if one["number"] == number), {"phase": None})


@pytest.mark.req("EM-013", "EM-146", "EM-153", "EM-242")
async def test_what_cannot_be_is_refused_in_words_and_changes_nothing(tmp_path: Path) -> None:
    async with started(tmp_path) as site:
        held = await until(site, delivered)
        before = box_of(site).setup
        oven = held["loads"]["oven"]
        for body, said in (
            (edited(held, oven=oven | {"points": points((29, "L1"))}), "There is no point 29: one box has at most 28."),
            (edited(held, oven=oven | {"points": points((5, "L1"))}), "Point 5 already belongs to"),
            (edited(held, oven=oven | {"role": "grid"}), "cannot measure the grid too"),
            (
                edited(held) | {"gateways": {"one": {"kind": "genius"}, "two": {"kind": "genius"}}},
                "two would be a second Genius beside one.",
            ),
            (edited(held) | {"based_on": 99}, "changed the load configuration meanwhile"),
        ):
            answer = await put(site, body, 409)
            assert said in answer["error"]["text"]
            if body["based_on"] != 99:
                examined = await post(site, "examine", body)
                assert examined["refusals"][0]["reason"]["key"] == answer["error"]["key"]
        await put(site, edited(held, oven=oven | {"points": [{"number": 0, "phase": "L9"}]}), 422)
        assert box_of(site).setup == before
        assert (await site.get(PATH))["version"] == held["version"]
        changed = await put(site, edited(held) | {"max_current_a": 20.0})
        assert changed["max_current_a"] == 20.0


@pytest.mark.req("EM-222", "G-127", "EM-207")
async def test_one_transformer_blinks_at_a_time_and_stops_when_it_is_left(tmp_path: Path) -> None:
    async with started(tmp_path) as site:
        assert box_of(site).showing == set()
        answer = await post(site, "identify", {"box": "box-1", "point": 4})
        assert (box_of(site).showing, answer["states"]["box-1"]["blinking"]) == ({3}, 4)
        await post(site, "identify", {"box": "box-1", "point": 6})
        assert box_of(site).showing == {5}
        await post(site, "identify", {"box": "box-1", "point": None})
        assert box_of(site).showing == set()
        assert (await post(site, "identify", {"box": "attic", "point": 4}, 409))["error"]["key"] == "rule.unknown_box"
        await post(site, "identify", {"box": "box-1", "point": 7})
        await site.process.stop()
        assert box_of(site).showing == set()


@pytest.mark.req("EM-241", "EM-320", "EM-338", "G-115")
async def test_a_box_that_lost_its_configuration_gets_it_again_on_demand(tmp_path: Path) -> None:
    async with started(tmp_path) as site:
        held = await until(site, delivered)
        oven = held["loads"]["oven"] | {"points": points((4, "L2"))}
        await put(site, edited(held, oven=oven))
        await until(site, delivered)
        box = box_of(site)
        slots = box.setup.slots
        box.setup = replace(box.setup, slots=(*slots[:3], replace(slots[3], association=None), *slots[4:]))
        await post(site, "apply")
        await site.happens(lambda: box.setup.slots[3].association == Association(1))
        await until(site, delivered)
        kinds = [one["kind"] for one in (await site.get("events"))["events"]]
        assert "loads.sent" in kinds


@pytest.mark.req("G-115", "EM-235")
async def test_a_silent_box_is_told_as_failed_tried_again_and_kept_over_a_restart(tmp_path: Path) -> None:
    async with started(tmp_path) as site:
        held = await until(site, delivered)
        await site.building.set_trouble("oven", Trouble.SILENT)
        pump = held["loads"]["pump"] | {"points": points((5, "L2"), (6, "L1"), (7, "L3"))}
        await put(site, edited(held, pump=pump))
        seen = await until(site, lambda seen: seen["states"]["box-1"]["delivery"]["state"] == "failed")
        assert seen["states"]["box-1"]["delivery"]["problem"]["key"] in ("device.unreachable", "modbus.connection_lost")
        await site.until(lambda seen: any(one["code"] == "loads.not_applied" for one in seen["attention"]))
        await site.building.set_trouble("oven", None)
        await until(site, delivered)
        assert [box_of(site).setup.slots[n].association.terminal for n in (4, 5, 6)] == [1, 0, 2]
        building = site.building
        await site.process.stop()
        async with lived(building, tmp_path) as again:
            assert (await until(again, delivered))["version"]["number"] == 2
            await again.until(lambda seen: (seen["channels"].get("pump") or {}).get("quality") == "good")
            assert len(PHASES) == len((await again.get(PATH))["loads"]["pump"]["points"])


@pytest.mark.req("G-117")
async def test_a_transformer_of_a_box_that_is_too_small_wants_attention(tmp_path: Path) -> None:
    async with started(tmp_path) as site:
        held = await until(site, delivered)
        small = [{"number": 4, "phase": "L2", "rating_a": 7.0}]
        await put(site, edited(held, oven=held["loads"]["oven"] | {"points": small}))
        seen = await site.until(lambda seen: any(one["code"] == "samples.over_range" for one in seen["attention"]))
        (notice,) = (one for one in seen["attention"] if one["code"] == "samples.over_range")
        assert notice["reason"]["params"] == {"device": "oven", "point": 4, "rating_a": 7.0}
        live = await site.get(f"{PATH}/live")
        assert _live(live, 4)["doubt"]["key"] == "samples.over_range"
        assert seen["channels"]["oven"]["quality"] == "good"
