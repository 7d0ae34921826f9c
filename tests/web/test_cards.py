"""Cards through the API: who may, what is refused in words, and learning at a charger."""

import httpx2
import pytest

from tests.web.conftest import PASSWORDS
from tests.web.memory_house import MemoryHouse

pytestmark = pytest.mark.anyio
PATH = "/api/v1/cards"


@pytest.mark.req("EV-194", "EV-197", "EV-199", "EV-201", "G-074")
async def test_a_card_is_added_named_blocked_reactivated_and_removed(client: httpx2.AsyncClient) -> None:
    added = await client.post(PATH, json={"id": "04:a1:b2:c3", "name": " Anna  B. "})
    assert (added.status_code, added.json()["id"], added.json()["name"]) == (200, "04A1B2C3", "Anna B.")
    changed = await client.patch(f"{PATH}/04A1B2C3", json={"blocked": True})
    assert (changed.json()["blocked"], changed.json()["name"]) == (True, "Anna B.")
    await client.patch(f"{PATH}/04A1B2C3", json={"blocked": False, "name": "Ben"})
    [card] = (await client.get(PATH)).json()["cards"]
    assert (card["blocked"], card["name"]) == (False, "Ben")
    assert (await client.delete(f"{PATH}/04A1B2C3")).status_code == 204
    assert (await client.get(PATH)).json() == {"cards": [], "most": 200}
    assert (await client.delete(f"{PATH}/04A1B2C3")).status_code == 409


@pytest.mark.req("G-074")
@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"id": "04A1B2"}, 409, "04A1B2 is not the number of a card; allowed: 8, 14 or 20 digits"),
        ({"id": "04A1B2C3", "name": "x" * 33}, 409, "The name has 33 characters; allowed: at most 32"),
        ({"id": "04A1B2C3D4E5F6"}, 409, "Card 04A1B2C3D4E5F6 is in the list already, as Ben"),
        ({"id": ""}, 422, ""),
        ({"number": "04A1B2C3"}, 422, ""),
    ],
)
async def test_what_cannot_be_a_card_is_refused_in_words_and_changes_nothing(
    client: httpx2.AsyncClient, body: dict[str, str], status: int, said: str
) -> None:
    await client.post(PATH, json={"id": "04A1B2C3D4E5F6", "name": "Ben"})
    answer = await client.post(PATH, json=body)
    assert answer.status_code == status
    assert said in answer.json()["error"]["text"]
    assert len((await client.get(PATH)).json()["cards"]) == 1


@pytest.mark.req("G-008")
@pytest.mark.parametrize(
    ("role", "reads", "writes"),
    [("viewer", 403, 403), ("user", 200, 403), ("installer", 200, 403), ("owner", 200, 200)],
)
async def test_users_see_the_cards_and_only_the_owner_changes_them(
    guest: httpx2.AsyncClient, role: str, reads: int, writes: int
) -> None:
    await guest.post("/api/v1/login", json={"name": role, "password": PASSWORDS[role]})
    assert (await guest.get(PATH)).status_code == reads
    assert (await guest.post(PATH, json={"id": "04A1B2C3"})).status_code == writes


@pytest.mark.req("EV-192", "EV-197")
async def test_a_charger_without_a_reader_learns_nothing_and_one_that_is_not_there_is_told(
    client: httpx2.AsyncClient,
) -> None:
    answer = await client.post("/api/v1/chargers/garage/learning")
    assert answer.status_code == 409
    assert "has no card reader" in answer.json()["error"]["text"]
    assert (await client.get("/api/v1/chargers/garage/learning")).json()["state"] == "idle"
    assert (await client.post("/api/v1/chargers/attic/learning")).status_code == 404


@pytest.mark.req("EV-187", "EV-190")
@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"action": "authorize", "value": None}, 200),
        ({"action": "reject"}, 200),
        ({"action": "set_authorization", "value": "both"}, 200),
        ({"action": "set_authorization", "value": "key"}, 422),
        ({"action": "authorize", "value": True}, 422),
    ],
)
async def test_authorization_goes_through_the_one_door(
    client: httpx2.AsyncClient, house: MemoryHouse, body: dict[str, object], status: int
) -> None:
    answer = await client.post("/api/v1/chargers/garage/commands", json=body)
    assert answer.status_code == status
    assert [command.action for command in house.commands] == ([body["action"]] if status == 200 else [])
