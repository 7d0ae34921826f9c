"""What an installer changes through the API: who may, what is answered, and which models there are."""

import httpx2
import pytest

from ohmstead.core.model.errors import CommandRefused
from ohmstead.core.model.reasons import Reason
from ohmstead.web.views.commands import SiteCommandDone
from ohmstead.web.views.site import MeterModelsView, Problem
from tests.web.conftest import PASSWORDS
from tests.web.memory_house import MemoryHouse

pytestmark = pytest.mark.anyio
PATH = "/api/v1/site/commands"
LIMIT = {"action": "set_grid_limit", "value": 6000}


@pytest.mark.req("G-008", "EV-178")
@pytest.mark.parametrize("role, status", [("viewer", 403), ("user", 403), ("installer", 200), ("owner", 200)])
async def test_only_installers_and_the_owner_set_it(
    guest: httpx2.AsyncClient, house: MemoryHouse, role: str, status: int
):
    await guest.post("/api/v1/login", json={"name": role, "password": PASSWORDS[role]})
    answer = await guest.post(PATH, json=LIMIT)
    assert answer.status_code == status
    assert [(one.author, one.target, one.value) for one in house.commands] == [(role, "site", 6000)] * (status == 200)


@pytest.mark.req("EV-178")
async def test_what_was_set_is_answered_and_a_refusal_comes_in_words(client: httpx2.AsyncClient, house: MemoryHouse):
    done = SiteCommandDone.model_validate_json((await client.post(PATH, json=LIMIT)).content)
    assert (done.action, done.value) == ("set_grid_limit", 6000)
    params = {"came_w": 6.0, "least_w": 500.0, "most_w": 2_000_000.0}
    house.failing = CommandRefused(Reason("command.grid_limit_range", params))
    answer = await client.post(PATH, json=LIMIT | {"value": 6}, headers={"Accept-Language": "it"})
    assert answer.status_code == 409
    assert Problem.model_validate_json(answer.content).error.text.startswith("Ricevuto 6 W; ammesso: da 500 W")


@pytest.mark.parametrize(
    "body",
    [
        {"action": "set_grid_limit", "value": "6000"},
        {"action": "set_grid_limit", "value": None},
        {"action": "set_grid_meter", "value": ""},
        {"action": "set_grid_meter", "value": "x" * 81},
        {"action": "pause", "value": True},
        {"action": "set_grid_limit"},
    ],
)
async def test_what_is_no_such_command_is_not_carried_out(client: httpx2.AsyncClient, house: MemoryHouse, body):
    assert (await client.post(PATH, json=body)).status_code == 422
    assert house.commands == []


@pytest.mark.req("EV-178")
async def test_the_models_are_those_of_the_tables(client: httpx2.AsyncClient):
    models = MeterModelsView.model_validate_json((await client.get("/api/v1/meters")).content).models
    assert ("eastron-sdm630", "Eastron SDM630", 3) in [(one.id, one.name, one.phases) for one in models]
