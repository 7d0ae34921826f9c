"""The cluster over HTTP: roles, members, and that what cannot be is refused with where, why and what to do."""

from typing import Any

import httpx2
import pytest

from ohmstead.core.model.events import Action
from tests.web.conftest import PASSWORDS
from tests.web.memory_house import MemoryHouse

pytestmark = pytest.mark.anyio
PLACE = "/api/v1/cluster"
YARD = {"key": "yard", "connect": "tcp://192.168.1.31:502", "max_current_a": 32.0, "fallback_current_a": 6.0}


async def lead(client: httpx2.AsyncClient, **more: Any) -> None:
    answer = await client.put(f"{PLACE}/role", json={"role": "master", "limit_a": 40.0, **more})
    assert answer.status_code == 200, answer.text


@pytest.mark.req("EV-145", "EV-288", "EV-289", "EV-291", "G-063")
async def test_a_lone_site_becomes_a_master_with_members_and_stands_alone_again(
    client: httpx2.AsyncClient, house: MemoryHouse
) -> None:
    alone = (await client.get(PLACE)).json()
    assert (alone["role"], alone["members"], alone["most_members"]) == ("alone", [], 4)
    await lead(client, name="Car park")
    added = (await client.post(f"{PLACE}/members", json=YARD)).json()
    assert [(one["key"], one["role"], one["connect"]) for one in added["members"]] == [
        ("garage", "master", None),
        ("yard", "slave", "tcp://192.168.1.31:502"),
    ]
    assert (added["members"][0]["state"], added["members"][0]["granted_a"]) == ("charging", 10.0)
    changed = (await client.patch(f"{PLACE}/members/yard", json={"name": "Yard", "fallback_current_a": 0})).json()
    assert [changed["members"][1][key] for key in ("name", "fallback_current_a", "silent")] == ["Yard", 0.0, True]
    assert (added["members"][1]["phases"], house.settings.chargers["yard"].rotation_known) == (None, False)
    told = (await client.patch(f"{PLACE}/members/yard", json={"phases": ["L2", "L3", "L1"]})).json()
    assert (told["members"][1]["phases"], house.settings.chargers["yard"].rotation_known) == (["L2", "L3", "L1"], True)
    await client.patch(f"{PLACE}/members/garage", json={"priority": 4})
    assert [(one.target, one.action, one.value) for one in house.commands] == [("garage", Action.SET_PRIORITY, 4)]
    shared = (await client.patch(PLACE, json={"limit_a": 32.0, "name": ""})).json()
    assert (shared["limit_a"], shared["name"]) == (32.0, "")
    assert (await client.delete(f"{PLACE}/members/yard")).status_code == 204
    assert (await client.put(f"{PLACE}/role", json={"role": "alone"})).json()["role"] == "alone"
    assert house.settings.cluster is None


@pytest.mark.req("EV-282", "EV-283", "EV-284", "EV-285", "EV-286")
async def test_a_lone_site_becomes_a_slave_that_waits_to_be_paired(client: httpx2.AsyncClient) -> None:
    body = {"role": "slave", "listen": "tcp://0.0.0.0:1502", "unit": 3, "fallback_current_a": 6.0}
    told = (await client.put(f"{PLACE}/role", json=body)).json()
    assert [told[key] for key in ("role", "standing", "charger", "fallback_current_a", "allowed_a")] == [
        *("slave", "unpaired", "garage", 6.0, None)
    ]
    assert told["governed"] == []
    assert (await client.post(f"{PLACE}/pairing", json={})).json()["pairing"] is True
    assert (await client.get(PLACE)).json()["members"] == []


@pytest.mark.req("EV-135", "EV-138", "G-064", "G-071")
@pytest.mark.parametrize(
    ("method", "path", "body", "status", "told"),
    [
        ("POST", "/members", {**YARD, "connect": "tcp://10.0.0.2:502"}, 409, "yard is the name of another charger"),
        ("POST", "/members", {**YARD, "key": "again"}, 409, "have the same address"),
        ("POST", "/members", {**YARD, "key": "again", "connect": "10.0.0.2"}, 409, "tcp://HOST:PORT"),
        ("POST", "/members", {**YARD, "key": "Two Words", "connect": "tcp://10.0.0.2:502"}, 409, "Two Words"),
        ("POST", "/members", {**YARD, "key": "again", "connect": "tcp://10.0.0.2:502", "unit": 248}, 422, ""),
        ("POST", "/members", {**YARD, "key": "again", "connect": "tcp://10.0.0.2:502", "priority": 5}, 422, ""),
        (
            *("POST", "/members"),
            {**YARD, "key": "high", "connect": "tcp://10.0.0.2:502", "max_current_a": 80, "fallback_current_a": 35},
            *(409, "of fixed current in all"),
        ),
        ("PATCH", "/members/yard", {"fallback_current_a": 3}, 409, "the 6 A that a car needs"),
        ("PATCH", "/members/yard", {"fallback_current_a": 33}, 409, "max_current_a"),
        ("PATCH", "/members/yard", {"colour": "red"}, 422, ""),
        ("PATCH", "/members/yard", {"phases": ["L1", "L1", "L2"]}, 409, "phases"),
        ("PATCH", "/members/nobody", {"name": "Nobody"}, 409, "nobody is no member"),
        ("PATCH", "/members/nobody", {"priority": 3}, 409, "nobody is no member"),
        ("PATCH", "/members/garage", {"fallback_current_a": 6}, 409, "Garage is a charger of this very site"),
        ("DELETE", "/members/garage", None, 409, "garage is no member"),
        ("PATCH", "", {"limit_a": 5.9}, 422, ""),
        ("PATCH", "", {"limit_a": 5000}, 422, ""),
        ("PUT", "/role", {"role": "slave"}, 409, "in a cluster already"),
        ("PUT", "/role", {"role": "king"}, 422, ""),
        ("POST", "/pairing", {}, 409, "no charger with the role slave"),
    ],
)
async def test_what_a_cluster_cannot_be_is_refused_and_changes_nothing(
    client: httpx2.AsyncClient, method: str, path: str, body: dict[str, Any] | None, status: int, told: str
) -> None:
    await lead(client)
    await client.post(f"{PLACE}/members", json=YARD)
    before = (await client.get(PLACE)).json()
    answer = await client.request(method, f"{PLACE}{path}", json=body)
    assert answer.status_code == status, answer.text
    assert told in answer.json()["error"]["text"]
    assert (await client.get(PLACE)).json() == before


@pytest.mark.req("EV-135")
async def test_a_fifth_slave_is_refused(client: httpx2.AsyncClient) -> None:
    await lead(client)
    for number in range(5):
        body = {**YARD, "key": f"bay{number}", "connect": f"tcp://10.0.0.{number}:502"}
        answer = await client.post(f"{PLACE}/members", json=body)
        assert answer.status_code == (200 if number < 4 else 409)
    assert "at most 4" in answer.json()["error"]["text"]


@pytest.mark.req("EV-140")
@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"role": "master"}, "limit_a is needed"),
        ({"role": "slave", "limit_a": 20.0}, "belong only to role"),
        ({"role": "slave", "charger": "cellar"}, "cluster.charger"),
        ({"role": "slave", "master": "somewhere"}, "master"),
        ({"role": "slave", "fallback_current_a": 4.0}, "at least 6 A"),
        ({"role": "alone"}, "in no cluster"),
    ],
)
async def test_a_role_that_cannot_be_is_refused_with_what_is_missing(
    client: httpx2.AsyncClient, body: dict[str, Any], told: str
) -> None:
    answer = await client.put(f"{PLACE}/role", json=body)
    assert answer.status_code == 409
    assert told in answer.json()["error"]["text"]
    assert (await client.get(PLACE)).json()["role"] == "alone"


@pytest.mark.req("EV-140")
@pytest.mark.parametrize(("who", "status"), [("viewer", 403), ("user", 403), ("installer", 200)])
async def test_only_an_installer_gives_a_role(guest: httpx2.AsyncClient, who: str, status: int) -> None:
    await guest.post("/api/v1/login", json={"name": who, "password": PASSWORDS[who]})
    answer = await guest.put(f"{PLACE}/role", json={"role": "master", "limit_a": 20.0})
    assert answer.status_code == status
