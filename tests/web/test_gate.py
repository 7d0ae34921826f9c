import httpx2
import pytest

from tests.web.conftest import PASSWORDS
from tests.web.memory_house import MemoryHouse

pytestmark = pytest.mark.anyio

PAUSE = {"action": "pause", "value": True}
COMMANDS = "/api/v1/chargers/garage/commands"


@pytest.mark.req("G-008")
@pytest.mark.parametrize(
    "host, status",
    [
        ("localhost", 200),
        ("localhost:8080", 200),
        ("127.0.0.1:8080", 200),
        ("[::1]:8080", 200),
        ("LOCALHOST", 200),
        ("evil.example", 421),
        ("localhost.evil.example", 421),
        ("127.0.0.1.evil.example:8080", 421),
        ("", 421),
        ("192.168.1.5", 421),
        ("[", 421),
        ("user@localhost", 200),
    ],
)
async def test_on_the_machine_itself_only_its_own_names_are_answered(
    client: httpx2.AsyncClient, host: str, status: int
):
    assert (await client.get("/api/v1/snapshot", headers={"Host": host})).status_code == status


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
async def test_on_the_machine_itself_nothing_comes_through_a_proxy(client: httpx2.AsyncClient, header: str):
    assert (await client.get("/api/v1/snapshot", headers={header: "1.2.3.4"})).status_code == 403


@pytest.mark.req("G-008")
@pytest.mark.parametrize(
    "headers, passes",
    [
        ({}, True),
        ({"Origin": "http://localhost:8080"}, True),
        ({"Origin": "http://localhost:8080", "Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": "http://evil.example"}, False),
        ({"Origin": "http://localhost:9999"}, False),
        ({"Origin": "http://localhost"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "http://localhost:port"}, False),
        ({"Origin": ""}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
    ],
)
async def test_other_peoples_pages_change_nothing(
    client: httpx2.AsyncClient, house: MemoryHouse, headers: dict, passes: bool
):
    answer = await client.post(COMMANDS, json=PAUSE, headers={"Host": "localhost:8080", **headers})
    assert answer.status_code == (200 if passes else 403)
    assert len(house.commands) == passes


async def test_a_signed_in_browser_is_protected_the_same_way(guest: httpx2.AsyncClient, house: MemoryHouse):
    await guest.post("/api/v1/login", json={"name": "owner", "password": PASSWORDS["owner"]})
    assert (await guest.post(COMMANDS, json=PAUSE, headers={"Origin": "http://evil.example"})).status_code == 403
    ours = await guest.post(COMMANDS, json=PAUSE, headers={"Origin": "http://192.168.1.5:8080"})
    assert ours.status_code == 200


async def test_a_proxy_with_tls_in_front_keeps_the_origin(guest: httpx2.AsyncClient):
    headers = {"Host": "home.example", "Origin": "https://home.example", "X-Forwarded-For": "1.2.3.4"}
    answer = await guest.post("/api/v1/login", json={"name": "owner", "password": PASSWORDS["owner"]}, headers=headers)
    assert answer.status_code == 200


@pytest.mark.parametrize("path, status", [("/api/v1/snapshot", 200), ("/api/v1/nothing", 404), ("/health", 200)])
async def test_every_answer_carries_the_security_headers(client: httpx2.AsyncClient, path: str, status: int):
    answer = await client.get(path)
    assert answer.status_code == status
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"


async def test_a_refusal_at_the_gate_is_worded_too(client: httpx2.AsyncClient):
    answer = await client.get("/api/v1/snapshot", headers={"Host": "evil.example", "Accept-Language": "it"})
    assert answer.json()["error"]["params"] == {"host": "evil.example"}
    assert answer.json()["error"]["text"].startswith("Questo impianto")
    assert "content-security-policy" in answer.headers


async def test_an_endless_address_is_refused(client: httpx2.AsyncClient):
    assert (await client.get("/api/v1/series?channel=" + "x" * 9000)).status_code == 414
