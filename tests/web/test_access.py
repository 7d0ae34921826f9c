import httpx2
import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, APIWebSocketRoute

from ohmstead.web.access import Guard
from ohmstead.web.application import create_app
from ohmstead.web.views.accounts import LoginDone, LoginSessions
from ohmstead.web.views.site import Problem
from tests.web.conftest import PASSWORDS
from tests.web.memory_house import MemoryHouse

pytestmark = pytest.mark.anyio

PUBLIC = {"/health", "/api/v1/login", "/api/v1/logout", "/api/v1/openapi.json", "/api/{rest:path}", "/{path:path}"}
PAUSE = {"action": "pause", "value": True}


def guards(dependant: Dependant) -> list[Guard]:
    return [each.call for each in dependant.dependencies if isinstance(each.call, Guard)]


def roles(app: FastAPI) -> dict[str, list[str]]:
    """The roles that guard each route, by method and address; a route of any other kind has none."""
    found = {}
    for route in app.routes:
        known = isinstance(route, (APIRoute, APIWebSocketRoute))
        name = f"{','.join(sorted(getattr(route, 'methods', None) or ['WS']))} {getattr(route, 'path', route)}"
        found[name] = [guard.role for guard in guards(route.dependant)] if known else []
    return found


async def sign_in(client: httpx2.AsyncClient, role: str) -> LoginDone:
    answer = await client.post("/api/v1/login", json={"name": role, "password": PASSWORDS[role]})
    assert answer.status_code == 200, answer.text
    return LoginDone.model_validate_json(answer.content)


@pytest.mark.req("G-008")
def test_every_route_declares_exactly_one_role(open_app: FastAPI):
    assert {name: found for name, found in roles(open_app).items() if len(found) != 1} == {}


def test_a_route_without_a_role_is_noticed(local_app: FastAPI):
    @local_app.get("/forgotten")
    async def forgotten() -> None: ...

    assert roles(local_app)["GET /forgotten"] == []


def test_only_what_must_be_is_public(open_app: FastAPI):
    public = {name.split(" ", 1)[1] for name, found in roles(open_app).items() if found == ["public"]}
    assert public == PUBLIC


@pytest.mark.req("G-008")
@pytest.mark.parametrize(
    "method, path",
    [
        ("GET", "/api/v1/snapshot"),
        ("GET", "/api/v1/site"),
        ("GET", "/api/v1/events"),
        ("GET", "/api/v1/series"),
        ("POST", "/api/v1/chargers/garage/commands"),
        ("GET", "/api/v1/sessions"),
        ("DELETE", "/api/v1/sessions/x"),
        ("GET", "/metrics"),
    ],
)
@pytest.mark.parametrize("token", [None, "", "0123456789abcdef.guess"])
async def test_without_a_sign_in_nothing_is_told(guest: httpx2.AsyncClient, method: str, path: str, token: str | None):
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    answer = await guest.request(method, path, headers=headers)
    assert answer.status_code == 401
    assert Problem.model_validate_json(answer.content).error.key == "web.sign_in_needed"
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.req("G-008")
@pytest.mark.parametrize("role, may_command", [("viewer", False), ("user", True), ("installer", True), ("owner", True)])
async def test_each_role_may_do_what_it_should(
    guest: httpx2.AsyncClient, house: MemoryHouse, role: str, may_command: bool
):
    await sign_in(guest, role)
    for path in ("/api/v1/snapshot", "/api/v1/site", "/api/v1/events", "/api/v1/sessions", "/metrics"):
        assert (await guest.get(path)).status_code == 200
    answer = await guest.post("/api/v1/chargers/garage/commands", json=PAUSE)
    assert answer.status_code == (200 if may_command else 403)
    assert [(c.author, c.role) for c in house.commands] == [(role, role)] * may_command


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(guest: httpx2.AsyncClient):
    answer = await guest.post("/api/v1/login", json={"name": "user", "password": PASSWORDS["user"]})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


async def test_a_program_uses_the_token_as_bearer(guest: httpx2.AsyncClient):
    token = (await sign_in(guest, "viewer")).token
    guest.cookies.clear()
    assert (await guest.get("/api/v1/site")).status_code == 401
    site = await guest.get("/api/v1/site", headers={"Authorization": f"Bearer {token}"})
    assert site.json()["caller"] == {"name": "viewer", "role": "viewer", "signed_in": True}


async def test_signing_out_ends_the_token_not_just_the_cookie(guest: httpx2.AsyncClient):
    token = (await sign_in(guest, "user")).token
    assert (await guest.post("/api/v1/logout")).status_code == 204
    assert not guest.cookies
    assert (await guest.get("/api/v1/site", headers={"Authorization": f"Bearer {token}"})).status_code == 401
    assert (await guest.post("/api/v1/logout")).status_code == 204


@pytest.mark.req("G-008")
async def test_the_owner_sees_and_ends_every_sign_in_others_only_their_own(guest: httpx2.AsyncClient):
    owner = await sign_in(guest, "owner")
    user = await sign_in(guest, "user")
    mine = LoginSessions.model_validate_json((await guest.get("/api/v1/sessions")).content)
    assert [(s.name, s.current) for s in mine.sessions] == [("user", True)]
    assert (await guest.delete(f"/api/v1/sessions/{owner.session.id}")).status_code == 404
    guest.cookies.clear()
    as_owner = {"Authorization": f"Bearer {owner.token}"}
    every = LoginSessions.model_validate_json((await guest.get("/api/v1/sessions", headers=as_owner)).content)
    assert {s.name for s in every.sessions} == {"owner", "user"}
    assert (await guest.delete(f"/api/v1/sessions/{user.session.id}", headers=as_owner)).status_code == 204
    assert (await guest.get("/api/v1/site", headers={"Authorization": f"Bearer {user.token}"})).status_code == 401


@pytest.mark.req("G-008")
async def test_guessing_passwords_is_answered_with_a_pause(guest: httpx2.AsyncClient):
    answers = [await guest.post("/api/v1/login", json={"name": "owner", "password": f"guess {n}"}) for n in range(4)]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert Problem.model_validate_json(answers[-1].content).error.key == "account.too_many_attempts"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "", "password": "x"},
        {"name": "x" * 81, "password": "x"},
        {"name": "owner"},
        {"name": "owner", "password": "x" * 1025},
    ],
)
async def test_an_impossible_sign_in_is_not_understood(guest: httpx2.AsyncClient, body: dict):
    assert (await guest.post("/api/v1/login", json=body)).status_code == 422


async def test_text_that_is_not_unicode_is_not_understood(guest: httpx2.AsyncClient):
    content = rb'{"name": "\ud800", "password": "\ud800"}'
    answer = await guest.post("/api/v1/login", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "body", [{"name": "owner", "password": ["my secret words"]}, ["my secret words"], {"passwort": "my secret words"}]
)
async def test_a_mistyped_password_is_not_echoed(guest: httpx2.AsyncClient, body):
    answer = await guest.post("/api/v1/login", json=body)
    assert answer.status_code == 422
    assert "my secret words" not in answer.text


async def test_health_tells_strangers_no_names(guest: httpx2.AsyncClient):
    stranger = (await guest.get("/health")).json()
    await sign_in(guest, "viewer")
    viewer = (await guest.get("/health")).json()
    assert (stranger["ok"], stranger["parts"]) == (True, [])
    assert [part["name"] for part in viewer["parts"]] == ["store", "oven"]


async def test_on_the_machine_itself_nobody_signs_in(client: httpx2.AsyncClient):
    for answer in (
        await client.post("/api/v1/login", json={"name": "owner", "password": "x"}),
        await client.get("/api/v1/sessions"),
    ):
        assert answer.status_code == 409
        assert Problem.model_validate_json(answer.content).error.key == "web.no_sign_in_here"


def test_beyond_the_machine_an_app_without_accounts_is_not_made(house: MemoryHouse):
    with pytest.raises(ValueError, match="accounts"):
        create_app(house, None, local_only=False)
