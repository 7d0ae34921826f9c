"""The test bench: deeds reach the simulated building, a site's web passes them on, and strangers stay outside."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from ohmstead.core.plant.flaws import Flaw
from ohmstead.simulator.building import Building
from ohmstead.simulator.demo import demo
from ohmstead.transport.web_forward import FarServer
from ohmstead.web.application import create_app
from ohmstead.web.bench import bench_app
from tests.web.memory_house import MemoryHouse, served

pytestmark = pytest.mark.anyio
PATH = "/api/v1/bench"


@pytest.fixture
def building() -> Building:
    return Building(demo())


@pytest.fixture
async def client(building: Building, house: MemoryHouse) -> AsyncIterator[httpx2.AsyncClient]:
    """A site's API whose bench is a real server around the building."""
    async with served(bench_app(building)) as port:
        far = FarServer(f"http://127.0.0.1:{port}")
        app = create_app(house, None, local_only=True, bench=far)
        yield httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://localhost")
        await far.close()


async def do(client: httpx2.AsyncClient, deed: str, **more: Any) -> httpx2.Response:
    return await client.post(PATH, json={"deed": deed, **more})


@pytest.mark.req("EV-306")
async def test_a_car_of_any_kind_comes_and_goes(client: httpx2.AsyncClient, building: Building) -> None:
    assert (await client.get("/api/v1/site")).json()["bench"] is True
    for kind in (await client.get(PATH)).json()["cars"]:
        seen = (await do(client, "plug", charger="garage", car=kind)).json()["chargers"]["garage"]
        assert (seen["plugged"], seen["car"]) == (True, kind)
        assert building.world.car("garage").plugged
        assert (await do(client, "plug", charger="garage", car=kind)).status_code == 409
        assert not (await do(client, "unplug", charger="garage")).json()["chargers"]["garage"]["plugged"]
    await do(client, "plug", charger="garage", car="ventilated")
    assert building.world.car("garage").settings.ventilation


@pytest.mark.req("EV-305")
async def test_flaws_are_given_and_taken_one_by_one(client: httpx2.AsyncClient, building: Building) -> None:
    for flaw in ("broken_earth", "overdraw"):
        await do(client, "hurt", charger="garage", flaw=flaw)
    assert building.world.charger("garage").flaws == {Flaw.BROKEN_EARTH, Flaw.OVERDRAW}
    seen = (await do(client, "heal", charger="garage", flaw="overdraw")).json()["chargers"]["garage"]
    assert seen["flaws"] == ["broken_earth"]
    assert (await do(client, "heal", charger="garage")).json()["chargers"]["garage"]["flaws"] == []


@pytest.mark.req("EV-004")
async def test_only_a_socket_can_have_a_jammed_lock_or_a_strange_cable(client: httpx2.AsyncClient) -> None:
    chargers = (await client.get(PATH)).json()["chargers"]
    of_sockets = {"jammed_lock", "invalid_cable"}
    assert not of_sockets & set(chargers["garage"]["possible"])
    assert of_sockets <= set(chargers["yard"]["possible"])


async def test_the_mains_are_turned_and_cut(client: httpx2.AsyncClient, building: Building) -> None:
    assert (await do(client, "voltage", share=0.8)).json()["voltage_share"] == 0.8
    assert building.world.measure("garage").phases[0].voltage_v == pytest.approx(184, abs=4)
    assert (await do(client, "mains", on=False)).json()["mains"] is False
    assert (await do(client, "mains", on=True)).json()["mains"] is True
    assert (await do(client, "silence", charger="garage", what="board", silent=True)).json()["chargers"]["garage"][
        "silent"
    ] is True


@pytest.mark.parametrize(
    ("deed", "status", "said"),
    [
        ({"deed": "plug", "charger": "attic", "car": "three_phase"}, 404, "attic"),
        ({"deed": "plug", "charger": "garage", "car": "tractor"}, 404, "tractor"),
        ({"deed": "hurt", "charger": "garage", "flaw": "rust"}, 404, "rust"),
        ({"deed": "tap", "charger": "yard", "card": "04A1B2C3"}, 404, "yard"),
        ({"deed": "tap", "charger": "garage", "card": "hello"}, 422, ""),
        ({"deed": "voltage", "share": 9}, 422, ""),
        ({"deed": "dance"}, 422, ""),
    ],
)
async def test_what_cannot_be_done_is_told_and_changes_nothing(
    client: httpx2.AsyncClient, deed: dict[str, Any], status: int, said: str
) -> None:
    before = (await client.get(PATH)).json()
    answer = await client.post(PATH, json=deed)
    assert answer.status_code == status
    assert said in answer.json()["error"]["text"]
    assert (await client.get(PATH)).json() == before


@pytest.mark.req("G-008")
async def test_pages_of_others_reach_no_bench(building: Building) -> None:
    app = bench_app(building)
    foreign = httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://evil.example")
    assert (await foreign.get("/bench")).status_code >= 400
    local = httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://localhost")
    answer = await local.post("/bench", json={"deed": "mains", "on": False}, headers={"Origin": "http://evil.example"})
    assert answer.status_code == 403
    assert building.world.energised


async def test_a_bench_that_is_gone_is_told(house: MemoryHouse) -> None:
    far = FarServer("http://127.0.0.1:9")
    app = create_app(house, None, local_only=True, bench=far)
    client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://localhost")
    answer = await client.get(PATH)
    assert (answer.status_code, answer.json()["error"]["key"]) == (503, "bench.silent")
    await far.close()
