"""The load configuration through the API: who may do what, and what is not understood."""

import asyncio
from typing import Any

import httpx2
import pytest

from ohmstead.web.views.loads import LoadConfigurationView
from tests.web.conftest import PASSWORDS

pytestmark = pytest.mark.anyio
PATH = "/api/v1/load-configuration"
BODY: dict[str, Any] = {
    "based_on": 1,
    "loads": {"fridge": {"name": "Fridge", "role": "load", "box": "main", "points": [{"number": 1, "phase": "L1"}]}},
    "boxes": {"main": {"connect": "samples://127.0.0.1:5390"}},
}


@pytest.mark.req("EM-236", "EM-238", "EM-241")
async def test_a_configuration_holds_as_the_next_version_with_its_author(client: httpx2.AsyncClient) -> None:
    answer = await client.put(PATH, json=BODY)
    view = LoadConfigurationView.model_validate_json(answer.content)
    assert (view.version.number, view.version.author) == (2, "local")
    assert view.loads["fridge"].points[0].phase == "L1"
    assert (view.states["main"].kind, view.states["main"].blinks) == ("samples", False)
    versions = (await client.get(f"{PATH}/versions")).json()["versions"]
    assert [one["number"] for one in versions] == [2, 1]
    again = await client.put(PATH, json=BODY | {"based_on": 2})
    assert again.json()["version"] == answer.json()["version"], "what changes nothing is no version"
    stale = await client.put(PATH, json=BODY | {"loads": {}})
    assert (stale.status_code, stale.json()["error"]["key"]) == (409, "loads.changed_meanwhile")


@pytest.mark.parametrize(
    ("load", "where"),
    [
        ({"points": [{"number": 0, "phase": "L1"}]}, "number"),
        ({"points": [{"number": 1, "phase": "L4"}]}, "phase"),
        ({"points": [{"number": 1, "phase": "L1", "rating_a": -5}]}, "rating_a"),
        ({"points": [{"number": "1", "phase": "L1"}]}, "number"),
        ({"role": "cow"}, "role"),
        ({"name": ""}, "name"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_what_is_not_understood_is_said_where_it_stands(
    client: httpx2.AsyncClient, load: dict[str, Any], where: str
) -> None:
    body = BODY | {"loads": {"fridge": BODY["loads"]["fridge"] | load}}
    for answer in (await client.put(PATH, json=body), await client.post(f"{PATH}/examine", json=body)):
        assert answer.status_code == 422
        assert any(where in mistake["where"] for mistake in answer.json()["error"]["mistakes"])


@pytest.mark.req("G-008")
@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("user", 403), ("installer", 200), ("owner", 200)])
async def test_installers_change_it_and_others_look(guest: httpx2.AsyncClient, role: str, status: int) -> None:
    client = guest
    await client.post("/api/v1/login", json={"name": role, "password": PASSWORDS[role]})
    assert (await client.get(PATH)).status_code == 200
    assert (await client.get(f"{PATH}/live")).json()["points"] == []
    assert (await client.put(PATH, json=BODY)).status_code == status
    assert (await client.post(f"{PATH}/apply", json={})).status_code == status
    if status == 403:
        assert (await client.post(f"{PATH}/identify", json={"box": "main", "point": 1})).status_code == 403


async def test_an_address_that_is_none_is_refused_at_its_box(client: httpx2.AsyncClient) -> None:
    body = BODY | {"boxes": {"main": {"connect": "samples://127.0.0.1"}}}
    answer = await client.put(PATH, json=body)
    assert (answer.status_code, answer.json()["error"]["key"]) == (409, "loads.address")
    (found,) = (await client.post(f"{PATH}/examine", json=body)).json()["refusals"]
    assert found["box"] == "main"


async def test_of_two_changes_at_once_the_second_is_told_of_the_first(client: httpx2.AsyncClient) -> None:
    other = BODY | {"loads": {}}
    answers = await asyncio.gather(client.put(PATH, json=BODY), client.put(PATH, json=other))
    assert sorted(answer.status_code for answer in answers) == [200, 409]


@pytest.mark.req("G-116")
@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("user", 409)])
async def test_a_user_says_that_a_load_runs_and_is_told_when_it_shows_something(
    guest: httpx2.AsyncClient, role: str, status: int
) -> None:
    await guest.post("/api/v1/login", json={"name": role, "password": PASSWORDS[role]})
    answer = await guest.post(f"{PATH}/running", json={"load": "oven", "running": True})
    assert answer.status_code == status
    if status == 409:
        assert answer.json()["error"]["key"] in ("silent.not_empty", "silent.unknown")
