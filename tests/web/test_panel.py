"""The front panel through the API: who may look and press, and that pressing is no second way around the door."""

from typing import Any

import httpx2
import pytest

from ohmstead.core.model.events import Action
from tests.web.conftest import PASSWORDS
from tests.web.memory_house import MemoryHouse

pytestmark = pytest.mark.anyio
PATH = "/api/v1/chargers/garage/panel"


async def press(client: httpx2.AsyncClient, *buttons: str) -> dict[str, Any]:
    """Each shortly; the panel afterwards."""
    for button in buttons:
        assert (await client.post(PATH, json={"hand": "h", "held": [button]})).status_code == 200
        answer = await client.post(PATH, json={"hand": "h", "held": []})
    seen: dict[str, Any] = answer.json()
    return seen


@pytest.mark.req("EV-015", "EV-048", "EV-057")
async def test_the_panel_is_told_with_its_light_as_a_wave(client: httpx2.AsyncClient) -> None:
    seen = (await client.get(PATH)).json()
    light = seen["light"]
    assert (light["name"], light["colour"], light["steps_ms"], light["repeats"]) == (
        "charging",
        "green",
        [500, 500],
        True,
    )
    assert (seen["over"]["name"], seen["screen"]["home"]["icon"]) == ("startup", "charging")
    assert "4444" not in str(seen)


@pytest.mark.req("EV-041", "G-046")
async def test_what_is_pressed_is_a_command_of_its_own_author_with_the_callers_role(
    client: httpx2.AsyncClient, house: MemoryHouse
) -> None:
    await press(client, "left")
    [command] = house.commands
    assert (command.author, command.role, command.target) == ("panel:local", "owner", "garage")
    assert (command.action, command.value) == (Action.PAUSE, True)


@pytest.mark.req("EV-214", "EV-215", "G-008")
async def test_a_caller_who_knows_the_admin_code_gains_no_role_by_it(
    guest: httpx2.AsyncClient, house: MemoryHouse
) -> None:
    await guest.post("/api/v1/login", json={"name": "user", "password": PASSWORDS["user"]})
    await press(guest, "centre", "down", "down", "centre")
    for index in range(4):
        seen = await press(guest, *["right"] * 4, *(["down"] if index < 3 else []))
    assert seen["screen"]["digits"] == "•••4"
    seen = await press(guest, "centre", "right", "centre")
    assert seen["screen"]["page"] == "admin"
    [command] = house.commands
    assert (command.author, command.role, command.action) == ("panel:user", "user", Action.SET_AUTHORIZATION)


@pytest.mark.req("G-008")
@pytest.mark.parametrize(("role", "looks", "presses"), [("viewer", 200, 403), ("user", 200, 200)])
async def test_viewers_look_and_users_press(guest: httpx2.AsyncClient, role: str, looks: int, presses: int) -> None:
    assert (await guest.get(PATH)).status_code == 401
    await guest.post("/api/v1/login", json={"name": role, "password": PASSWORDS[role]})
    assert (await guest.get(PATH)).status_code == looks
    assert (await guest.post(PATH, json={"hand": "h", "held": []})).status_code == presses


async def test_two_hands_do_not_press_at_once(client: httpx2.AsyncClient) -> None:
    assert (await client.post(PATH, json={"hand": "one", "held": ["left"]})).status_code == 200
    refused = await client.post(PATH, json={"hand": "two", "held": ["right"]})
    assert (refused.status_code, refused.json()["error"]["key"]) == (409, "panel.busy")
    assert (await client.post(PATH, json={"hand": "one", "held": []})).status_code == 200
    assert (await client.post(PATH, json={"hand": "two", "held": ["right"]})).status_code == 200


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"held": []}, "hand"),
        ({"hand": "h", "held": ["middle"]}, "held.0"),
        ({"hand": "h", "held": "left"}, "held"),
        ({"hand": "h", "pressed": []}, "pressed"),
        ({"hand": "h", "knock": 1}, "knock"),
    ],
)
async def test_what_cannot_be_pressed_is_told_where(
    client: httpx2.AsyncClient, body: dict[str, Any], where: str
) -> None:
    answer = await client.post(PATH, json=body)
    assert answer.status_code == 422
    assert [mistake["where"] for mistake in answer.json()["error"]["mistakes"]] == [f"body.{where}"]


async def test_a_charger_that_is_not_there_has_no_panel(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/api/v1/chargers/attic/panel")).status_code == 404


@pytest.mark.req("EV-212", "EV-213", "EV-214", "EV-215")
@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"action": "set_menu_code", "value": "0102"}, 200),
        ({"action": "set_menu_code", "value": None}, 200),
        ({"action": "set_menu_code", "value": "102"}, 422),
        ({"action": "set_admin_code", "value": "99999"}, 422),
        ({"action": "set_admin_code", "value": None}, 422),
        ({"action": "set_button_sound", "value": False}, 200),
        ({"action": "set_brightness", "value": 50}, 200),
        ({"action": "set_brightness", "value": 60}, 422),
    ],
)
async def test_codes_sound_and_brightness_go_through_the_one_door(
    client: httpx2.AsyncClient, house: MemoryHouse, body: dict[str, Any], status: int
) -> None:
    assert (await client.post("/api/v1/chargers/garage/commands", json=body)).status_code == status
    assert [command.action for command in house.commands] == ([body["action"]] if status == 200 else [])


async def test_without_a_simulated_building_there_is_no_bench(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/api/v1/site")).json()["bench"] is False
    refused = await client.get("/api/v1/bench")
    assert (refused.status_code, refused.json()["error"]["key"]) == (404, "bench.none")
    assert (await client.post("/api/v1/bench", json={"deed": "mains", "on": False})).status_code == 404
