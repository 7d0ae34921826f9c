"""The guided test of the grid meter through the API: who may start it, what is answered, what is refused."""

import httpx2
import pytest

from ohmstead.core.model.errors import CommandRefused
from ohmstead.core.model.reasons import Reason
from ohmstead.web.views.site import Problem
from ohmstead.web.views.verification import VerificationView
from tests.web.conftest import PASSWORDS
from tests.web.memory_house import MemoryHouse

pytestmark = pytest.mark.anyio
PATH = "/api/v1/chargers/garage/verification"


@pytest.mark.req("EV-180")
async def test_a_test_is_started_and_tells_how_far_it_is_and_what_the_last_one_found(client: httpx2.AsyncClient):
    before = VerificationView.model_validate_json((await client.get(PATH)).content)
    assert (before.running, before.doing) == (False, None)
    answer = await client.post(PATH)
    assert answer.status_code == 202
    view = VerificationView.model_validate_json(answer.content)
    assert view.running
    assert view.doing is not None
    assert view.report is not None
    assert (view.report.verdict, view.report.phases, view.report.moved_on) == ("wrong_phase", ("L1",), ("L2",))
    assert view.report.steps[0].charger_w == {"L1": -918.0}


@pytest.mark.req("G-008", "EV-180")
@pytest.mark.parametrize("role, status", [("viewer", 403), ("user", 403), ("installer", 202), ("owner", 202)])
async def test_only_installers_and_the_owner_start_it(
    guest: httpx2.AsyncClient, house: MemoryHouse, role: str, status: int
):
    await guest.post("/api/v1/login", json={"name": role, "password": PASSWORDS[role]})
    assert (await guest.post(PATH)).status_code == status
    assert house.verified == [("garage", role, role)] * (status == 202)
    assert (await guest.get(PATH)).status_code == 200


async def test_a_refusal_comes_in_words_and_an_unknown_charger_is_not_found(
    client: httpx2.AsyncClient, house: MemoryHouse
):
    house.failing = CommandRefused(Reason("verification.running", {"charger": "garage"}))
    answer = await client.post(PATH, headers={"Accept-Language": "it"})
    assert answer.status_code == 409
    assert Problem.model_validate_json(answer.content).error.text.startswith("È in corso una verifica su garage.")
    for method in ("GET", "POST"):
        assert (await client.request(method, "/api/v1/chargers/attic/verification")).status_code == 404
