"""The settings of a charger over HTTP: every row with its range, and each change as one Command."""

from typing import Any

import httpx2
import pytest

from ohmstead.core.model.events import Action
from ohmstead.core.model.installation import Installation, VehicleMeterChoice
from ohmstead.core.model.modes import GreenOptions, SurplusSettings, WeekPlan
from ohmstead.core.model.parameters import PARAMETERS
from tests.web.memory_house import MemoryHouse

pytestmark = pytest.mark.anyio
PLACE = "/api/v1/chargers/garage"


async def rows(client: httpx2.AsyncClient) -> dict[str, dict[str, Any]]:
    answer = await client.get(f"{PLACE}/settings")
    assert answer.status_code == 200
    return {row["key"]: row for row in answer.json()["settings"]}


@pytest.mark.req("EV-272", "EV-273", "EV-275", "EV-304", "G-031")
async def test_each_row_tells_what_it_is_what_it_may_be_and_who_may_change_it(client: httpx2.AsyncClient) -> None:
    found = await rows(client)
    assert list(found) == [parameter.key for parameter in PARAMETERS]
    percent = found["green_percent"]
    assert [percent[name] for name in ("value", "factory", "unit", "least", "most", "step", "role")] == [
        *(75, 75, "%", 5, 100, 5, "user"),
    ]
    limit = found["user_limit"]
    assert [limit[name] for name in ("value", "unit", "least", "most", "optional")] == [None, "A", 6, 16, True]
    unavailable = {one["value"]: one["unavailable"] for one in found["mode"]["choices"]}
    assert unavailable["fast"] is None
    assert unavailable["ocpp"]["key"] == "command.no_central_system"
    assert (found["max_current"]["role"], found["max_current"]["value"]) == ("installer", 16)
    assert found["authorize_card"]["locked"] == {"key": "command.no_reader", "params": {"charger": "Garage"}}
    assert found["grid_limit"]["of_site"] is True
    assert (await client.get("/api/v1/chargers/attic/settings")).status_code == 404


@pytest.mark.req("EV-272", "EV-292", "EV-301", "EV-304")
@pytest.mark.parametrize(
    ("key", "value", "action", "target", "asked"),
    [
        ("mode", "green", Action.SET_MODE, "garage", "green"),
        ("user_limit", None, Action.SET_USER_LIMIT, "garage", None),
        ("green_percent", 50, Action.SET_GREEN, "garage", GreenOptions(minimum_percent=50)),
        ("minimum_export", 200, Action.SET_SURPLUS, "site", SurplusSettings(minimum_export_w=200)),
        ("load_management", False, Action.SET_LOAD_MANAGEMENT, "site", False),
        ("authorize_app", True, Action.SET_AUTHORIZATION, "garage", "app"),
        ("name", "Left", Action.SET_NAME, "garage", "Left"),
        ("earthing", "it", Action.SET_INSTALLATION, "garage", Installation(max_current_a=16, earthing="it")),
        ("default_mode", "off", Action.SET_PROGRAMS, "garage", "off"),
    ],
)
async def test_a_change_is_one_command_with_all_that_it_is_set_together_with(
    client: httpx2.AsyncClient, house: MemoryHouse, key: str, value: object, action: Action, target: str, asked: object
) -> None:
    answer = await client.put(f"{PLACE}/settings/{key}", json={"value": value})
    assert (answer.status_code, answer.json()["key"]) == (200, key)
    [command] = house.commands
    told = command.value.default_mode if isinstance(command.value, WeekPlan) else command.value
    assert (command.action, command.target, told, command.author) == (action, target, asked, "local")


@pytest.mark.req("EV-273", "EV-275")
@pytest.mark.parametrize(
    ("key", "body", "status", "told"),
    [
        ("user_limit", {"value": 99}, 409, "Got 99; allowed: 6 to 16 A."),
        ("user_limit", {"value": "8"}, 409, "Got 8; allowed: a number."),
        ("user_limit", {"value": [8]}, 422, ""),
        ("user_limit", {}, 422, ""),
        ("user_limit", {"value": 8, "unit": "A"}, 422, ""),
        ("green_percent", {"value": 42}, 409, "Got 42"),
        ("mode", {"value": "turbo"}, 409, "allowed: fast, green, programmed, ocpp"),
        ("mode", {"value": "x" * 201}, 422, ""),
        ("colour", {"value": "red"}, 404, "There is no setting colour."),
    ],
)
async def test_what_cannot_be_is_told_with_what_may_be(
    client: httpx2.AsyncClient, house: MemoryHouse, key: str, body: dict[str, object], status: int, told: str
) -> None:
    answer = await client.put(f"{PLACE}/settings/{key}", json=body)
    assert answer.status_code == status
    assert told in answer.json()["error"]["text"]
    assert house.commands == []


@pytest.mark.req("EV-295", "EV-186")
async def test_a_vehicle_meter_is_chosen_with_its_address_and_taken_off(
    client: httpx2.AsyncClient, house: MemoryHouse
) -> None:
    body = {"model": "eastron-sdm120", "connect": "tcp://192.168.1.40:502", "unit": 3}
    assert (await client.put(f"{PLACE}/vehicle-meter", json=body)).status_code == 200
    assert (await client.delete(f"{PLACE}/vehicle-meter")).status_code == 204
    assert [(one.action, one.value) for one in house.commands] == [
        (Action.SET_VEHICLE_METER, VehicleMeterChoice.model_validate(body)),
        (Action.SET_VEHICLE_METER, None),
    ]
    wrong = await client.put(f"{PLACE}/vehicle-meter", json=body | {"connect": "192.168.1.40"})
    assert wrong.status_code == 409
    assert "tcp://HOST:PORT" in wrong.json()["error"]["text"]


@pytest.mark.req("G-050", "EV-036")
async def test_restart_and_factory_reset_are_commands(client: httpx2.AsyncClient, house: MemoryHouse) -> None:
    for action in ("restart", "factory_reset"):
        assert (await client.post(f"{PLACE}/commands", json={"action": action})).status_code == 200
    assert [command.action for command in house.commands] == [Action.RESTART, Action.FACTORY_RESET]
