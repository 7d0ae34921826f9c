"""The machine's networks over HTTP: what is shown, what is set, and that a key is answered to nobody."""

import httpx2
import pytest

from ohmstead.core.model.events import Action
from ohmstead.drivers.clock import SystemClock
from ohmstead.site.networking import Networking
from tests.web.conftest import PASSWORDS
from tests.web.memory_house import MemoryHouse

pytestmark = pytest.mark.anyio
PLACE = "/api/v1/networks"


@pytest.mark.req("EV-203", "EV-204", "EV-205", "EV-298")
async def test_a_wifi_is_found_joined_and_shown(client: httpx2.AsyncClient, house: MemoryHouse) -> None:
    points = (await client.post(f"{PLACE}/scan", json={})).json()["points"]
    assert [point["ssid"] for point in points] == ["Via Roma 12", "Guests", "Neighbour"]
    ip = {"address": "192.168.1.90", "prefix": 24, "gateway": "192.168.1.1", "dns": ["9.9.9.9"]}
    answer = await client.put(f"{PLACE}/wifi", json={"ssid": "Via Roma 12", "key": "sunshine", "ip": ip})
    assert answer.status_code == 200
    assert "sunshine" not in answer.text
    wifi = next(link for link in answer.json()["links"] if link["kind"] == "wifi")
    assert (wifi["address"], wifi["dns"], wifi["ssid"]) == ("192.168.1.90/24", ["9.9.9.9"], "Via Roma 12")
    assert answer.json()["using"] == "ethernet"
    assert [command.action for command in house.commands] == [Action.JOIN_WIFI]


@pytest.mark.req("EV-209", "EV-208", "G-082")
@pytest.mark.parametrize(
    ("what", "body", "status", "told"),
    [
        ("ethernet", {"mode": "10-half"}, 200, ""),
        ("ethernet", {"mode": "1000-full"}, 422, ""),
        ("mobile", {"enabled": True, "apn": "internet.it"}, 200, ""),
        ("mobile", {"enabled": True}, 409, "the APN that the operator of the SIM names"),
        ("hotspot", {"enabled": True}, 409, "a key"),
        ("hotspot", {"enabled": False}, 200, ""),
        ("wifi", {"ssid": "Via Roma 12", "key": "short"}, 409, "key: allowed: 8 to 63 characters"),
        ("wifi", {"ssid": "Via Roma 12", "key": "moonlight"}, 409, "Is the key right"),
        (
            "ethernet",
            {"ip": {"address": "192.168.1.5", "prefix": 24, "gateway": "10.0.0.1"}},
            409,
            "a gateway in 192.168.1.0/24",
        ),
        ("ethernet", {"ip": {"address": "here", "prefix": 24, "gateway": "10.0.0.1"}}, 409, "ip.address"),
    ],
)
async def test_each_link_is_set_or_it_is_said_why_not(
    client: httpx2.AsyncClient, what: str, body: dict[str, object], status: int, told: str
) -> None:
    answer = await client.put(f"{PLACE}/{what}", json=body)
    assert answer.status_code == status
    if told:
        assert told in answer.json()["error"]["text"]
        assert "moonlight" not in answer.text


@pytest.mark.req("G-008")
@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("user", 403), ("installer", 200), ("owner", 200)])
async def test_everybody_sees_and_installers_set(guest: httpx2.AsyncClient, role: str, status: int) -> None:
    await guest.post("/api/v1/login", json={"name": role, "password": PASSWORDS[role]})
    assert (await guest.get(PLACE)).status_code == 200
    assert (await guest.post(f"{PLACE}/scan", json={})).status_code == status
    assert (await guest.put(f"{PLACE}/hotspot", json={"enabled": False})).status_code == status


async def test_where_nobody_manages_them_that_is_said(client: httpx2.AsyncClient, house: MemoryHouse) -> None:
    house.networks = Networking(None, SystemClock(), lambda _: None, "Europe/Rome")
    assert (await client.get(PLACE)).json()["fitted"] is False
    assert (await client.post(f"{PLACE}/scan", json={})).json()["error"]["key"] == "networks.not_fitted"
