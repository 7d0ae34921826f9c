import json
from datetime import UTC, datetime

import httpx2
import pytest

from ohmstead.core.model.errors import CommandRefused, StoreError
from ohmstead.core.model.events import Action
from ohmstead.core.model.health import HealthPart
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.series import GaugeKind, Span
from ohmstead.web.views.history import EventPage, SeriesView
from ohmstead.web.views.site import HealthView, Problem, SiteView
from ohmstead.web.views.snapshot import SnapshotView
from tests.web.memory_house import MemoryHouse, event

pytestmark = pytest.mark.anyio

HOUR = {"channel": "grid", "span": "5min", "from": "2026-06-21T10:00:00Z", "to": "2026-06-21T11:00:00Z"}


def problem(answer: httpx2.Response, status: int) -> Problem:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    return Problem.model_validate_json(answer.content)


@pytest.mark.req("EM-237")
async def test_the_snapshot_tells_the_power_of_each_input(client: httpx2.AsyncClient):
    view = SnapshotView.model_validate_json((await client.get("/api/v1/snapshot")).content)
    assert {id: channel.power_w for id, channel in view.channels.items()} == {"grid": 400.0, "oven": None}


async def test_before_the_first_look_the_snapshot_says_to_come_again(client: httpx2.AsyncClient, house: MemoryHouse):
    house.latest = None
    answer = await client.get("/api/v1/snapshot")
    assert problem(answer, 503).error.key == "web.starting"
    assert answer.headers["retry-after"] == "1"


async def test_the_site_tells_names_roles_phases_limits_and_who_asks(client: httpx2.AsyncClient):
    site = SiteView.model_validate_json((await client.get("/api/v1/site")).content)
    assert (site.id, site.timezone, site.main_fuse_a, site.contract_power_w) == (
        "via-roma-12",
        "Europe/Rome",
        25,
        10000,
    )
    assert [(d.id, d.name, d.role, d.driver, d.model, d.phases) for d in site.devices] == [
        ("grid", "Grid", "grid", "modbus", "eastron-sdm630", None),
        ("oven", "oven", "load", "modbus", "eastron-sdm120", ("L2",)),
    ]
    assert [(c.id, c.name, c.installation_limit_a, c.modes) for c in site.chargers] == [
        ("garage", "Garage", 16.0, ("fast", "green", "programmed", "ocpp"))
    ]
    assert (site.caller.name, site.caller.role, site.caller.signed_in) == ("local", "owner", False)


async def test_series_come_in_columns_with_gaps_left_out(client: httpx2.AsyncClient):
    answer = await client.get("/api/v1/series", params={**HOUR, "channel": ["grid", "oven", "grid"]})
    view = SeriesView.model_validate_json(answer.content)
    assert list(view.channels) == ["grid", "oven"]
    grid = view.channels["grid"]
    assert grid.start_unix_s == (1_782_036_000, 1_782_036_300)
    assert grid.energy_import_j == (120_000, 126_000)
    assert grid.energy_export_j == (None, None)
    assert grid.power_mean_w == (400.0, None)


@pytest.mark.req("G-009")
async def test_voltage_and_power_factor_come_by_phase_when_they_are_asked_for(client: httpx2.AsyncClient):
    plain = SeriesView.model_validate_json((await client.get("/api/v1/series", params=HOUR)).content)
    assert next(iter(plain.channels.values())).quantities is None
    for asked in ("voltage_v,power_factor,power_w", ["voltage_v", "power_factor", "power_w"]):
        answer = await client.get("/api/v1/series", params={**HOUR, "quantities": asked})
        (view,) = SeriesView.model_validate_json(answer.content).channels.values()
        found = view.quantities or {}
        assert {quantity: list(places) for quantity, places in found.items()} == {
            "voltage_v": ["L2"],
            "power_factor": ["total"],
            "power_w": ["total"],
        }
        voltage = found[GaugeKind.VOLTAGE]["L2"]
        assert (voltage.mean, voltage.min, voltage.max) == ((230.1, None), (229.0, None), (231.0, None))
        assert found[GaugeKind.POWER]["total"].max == (2650.0, None)
    refused = problem(await client.get("/api/v1/series", params={**HOUR, "quantities": "voltage_v,volts"}), 422)
    mistake = refused.error.mistakes[0]
    assert (mistake.where, mistake.came) == ("query.quantities", "'volts'")
    assert mistake.allowed == "power_w, voltage_v, current_a, power_factor, reactive_power_var"


@pytest.mark.parametrize("accept, encoding", [("gzip, br", "gzip"), ("identity", None)])
async def test_a_series_comes_compressed_to_who_can_read_it(client: httpx2.AsyncClient, accept: str, encoding):
    answer = await client.get("/api/v1/series", params=HOUR, headers={"Accept-Encoding": accept})
    assert answer.headers.get("content-encoding") == encoding
    assert SeriesView.model_validate_json(answer.content).channels["grid"].energy_import_j == (120_000, 126_000)


@pytest.mark.parametrize("path", ["/api/v1/site", "/api/v1/snapshot", "/api/v1/events", "/api/v1/nothing"])
async def test_no_answer_of_the_api_is_kept_by_a_cache(client: httpx2.AsyncClient, path: str):
    assert (await client.get(path)).headers["cache-control"] == "no-store"


async def test_a_series_without_an_end_goes_to_now(client: httpx2.AsyncClient, house: MemoryHouse):
    begin = house.clock.now().utc.replace(minute=0)
    asked = {"channel": "grid", "span": "1h", "from": begin.isoformat()}
    assert (await client.get("/api/v1/series", params=asked)).status_code == 200
    assert house.asked[0][3] >= house.asked[0][2]


async def test_gas_and_water_are_told_in_litres_and_never_as_energy(client: httpx2.AsyncClient):
    answer = await client.get("/api/v1/series", params={**HOUR, "channel": ["grid.gas"]})
    columns = answer.json()["channels"]["grid.gas"]
    assert columns["volume_l"] == [120.0, 126.0]
    assert set(columns["energy_import_j"]) == {None}
    assert (await client.get("/api/v1/series", params={**HOUR, "channel": ["grid.demand"]})).status_code == 200
    for unknown in ("cellar.gas", "grid.beer"):
        assert (await client.get("/api/v1/series", params={**HOUR, "channel": [unknown]})).status_code == 422


async def test_a_chargers_series_and_local_times_are_understood(client: httpx2.AsyncClient, house: MemoryHouse):
    asked = {**HOUR, "channel": "garage", "from": "2026-06-21T11:00:00+02:00"}
    assert (await client.get("/api/v1/series", params=asked)).status_code == 200
    assert house.asked[0][:3] == ("garage", Span.FIVE_MINUTES, datetime(2026, 6, 21, 9, tzinfo=UTC))


@pytest.mark.parametrize(
    "change, where, allowed",
    [
        ({"channel": "cellar"}, "query.channel", "grid, oven, garage"),
        ({"channel": None}, "query.channel", "a value"),
        ({"channel": ["grid"] * 31}, "query.channel", "30"),
        ({"span": "2min"}, "query.span", "'1s', '5min', '15min', '1h', '1d', '1w' or '1mo'"),
        ({"from": "yesterday"}, "query.from", "ISO 8601"),
        ({"from": "2026-06-21T10:00:00"}, "query.from", "with its zone"),
        ({"chanel": "oven"}, "query.chanel", "channel, span, from, to"),
        ({"from": "2026-06-21T11:00:00Z"}, "query.from", "earlier than 2026-06-21T11:00:00"),
        ({"from": "2026-06-22T11:00:00Z"}, "query.from", "earlier than"),
        ({"from": "1066-10-14T09:00:00Z"}, "query.from", "from 2000 to 2100"),
        ({"to": "9999-12-31T23:59:59Z"}, "query.to", "from 2000 to 2100"),
        ({"span": "1s", "from": "2026-06-20T10:00:00Z"}, "query.from..to", "10000 intervals"),
        ({"span": "1h", "from": "2000-01-01T00:00:00Z"}, "query.from..to", "longer span"),
    ],
)
async def test_an_impossible_range_says_where_what_came_and_what_is_allowed(
    client: httpx2.AsyncClient, house: MemoryHouse, change: dict, where: str, allowed: str
):
    asked = {key: value for key, value in {**HOUR, **change}.items() if value is not None}
    mistake = problem(await client.get("/api/v1/series", params=asked), 422).error.mistakes[0]
    assert mistake.where == where
    assert allowed in mistake.allowed
    assert mistake.came
    assert house.asked == []


async def test_many_channels_at_once_allow_less_of_each(client: httpx2.AsyncClient, house: MemoryHouse):
    days = {**HOUR, "channel": ["grid", "oven", "garage"], "span": "5min", "from": "2026-05-21T10:00:00Z"}
    assert (await client.get("/api/v1/series", params=days)).status_code == 200


async def test_events_come_newest_first_in_pages_that_lose_none(client: httpx2.AsyncClient, house: MemoryHouse):
    house.record = [event(number) for number in range(1, 8)]
    seen, before = [], None
    while True:
        asked = {"limit": 3} | ({"before": before} if before else {})
        page = EventPage.model_validate_json((await client.get("/api/v1/events", params=asked)).content)
        seen += [each.number for each in page.events]
        before = page.next_before
        if before is None:
            break
    assert seen == [7, 6, 5, 4, 3, 2, 1]


@pytest.mark.parametrize("asked", [{"limit": 0}, {"limit": 501}, {"before": "soon"}, {"before": -1}])
async def test_an_impossible_page_is_refused(client: httpx2.AsyncClient, asked: dict):
    assert problem(await client.get("/api/v1/events", params=asked), 422).error.mistakes


@pytest.mark.parametrize(
    "action, value",
    [
        ("enable", False),
        ("set_mode", "fast"),
        ("set_user_limit", 10.5),
        ("set_user_limit", None),
        ("pause", True),
        ("set_session_limit", 6),
        ("set_session_limit", None),
    ],
)
async def test_each_command_reaches_the_house(client: httpx2.AsyncClient, house: MemoryHouse, action: str, value):
    answer = await client.post("/api/v1/chargers/garage/commands", json={"action": action, "value": value})
    assert answer.status_code == 200, answer.text
    [command] = house.commands
    assert (command.author, command.role, command.target) == ("local", "owner", "garage")
    assert (command.action, command.value) == (Action(action), value)


@pytest.mark.parametrize(
    "body, where",
    [
        ({"action": "set_user_limit", "value": "10"}, "body.set_user_limit.value"),
        ({"action": "set_user_limit", "value": True}, "body.set_user_limit.value"),
        ({"action": "set_user_limit"}, "body.set_user_limit.value"),
        ({"action": "pause", "value": 1}, "body.pause.value"),
        ({"action": "pause", "value": "yes"}, "body.pause.value"),
        ({"action": "set_mode", "value": "warp"}, "body.set_mode.value"),
        ({"action": "explode", "value": True}, "body"),
        ({"action": "pause", "value": True, "until": "later"}, "body.pause.until"),
        ({}, "body"),
        ([], "body"),
        (None, "body"),
    ],
)
async def test_a_command_that_makes_no_sense_is_refused_and_changes_nothing(
    client: httpx2.AsyncClient, house: MemoryHouse, body, where: str
):
    answer = await client.post("/api/v1/chargers/garage/commands", json=body)
    mistake = problem(answer, 422).error.mistakes[0]
    assert mistake.where == where
    assert mistake.came
    assert mistake.allowed
    assert house.commands == []


@pytest.mark.parametrize("value", [5.9, 80.1, 99])
async def test_a_limit_out_of_range_is_left_to_the_charger_to_refuse(
    client: httpx2.AsyncClient, house: MemoryHouse, value: float
):
    house.failing = CommandRefused(Reason("command.range", {"came_a": value, "least_a": 6.0, "most_a": 16.0}))
    for action in ("set_user_limit", "set_session_limit"):
        answer = await client.post("/api/v1/chargers/garage/commands", json={"action": action, "value": value})
        assert problem(answer, 409).error.text == f"Got {value:.1f} A; allowed: 6.0 A to 16.0 A."


@pytest.mark.parametrize("headers", [{}, {"content-type": "text/plain"}])
async def test_a_body_that_is_not_said_to_be_json_is_told_so(
    client: httpx2.AsyncClient, house: MemoryHouse, headers: dict[str, str]
):
    body = b'{"action": "pause", "value": true}'
    answer = await client.post("/api/v1/chargers/garage/commands", content=body, headers=headers)
    assert problem(answer, 415).error.text == "Send JSON (Content-Type: application/json)."
    assert house.commands == []


@pytest.mark.parametrize(
    "path, allowed, hint",
    [
        ("/api/v1/events?limt=3", "before, limit", "Did you mean limit?"),
        ("/api/v1/snapshot?fields=all", "no key at all", "Leave 'fields' out."),
        ("/metrics?x=1", "no key at all", "Leave 'x' out."),
    ],
)
async def test_a_key_of_the_query_that_nobody_knows_is_refused(
    client: httpx2.AsyncClient, path: str, allowed: str, hint: str
):
    mistake = problem(await client.get(path), 422).error.mistakes[0]
    assert (mistake.came, mistake.allowed, mistake.hint) == ("an unknown key", allowed, hint)


@pytest.mark.parametrize(
    "body, allowed, hint",
    [
        ({"action": "pause", "value": "yes"}, "true or false", "Without quotes."),
        ({"action": "set_user_limit", "value": "10"}, "a number", "Without quotes and unit, such as 10.0."),
        ({"action": "pause"}, "a value", "Add value."),
        ({"action": "pause", "value": True, "until": 1}, "only the keys of the schema", "Leave until out."),
        ({"action": "set_mode", "value": "warp"}, "'fast', 'green', 'programmed' or 'ocpp'", ""),
        ({}, "an object with 'action'", "The schema has an example of each."),
        ([], "a JSON object", "The schema has an example."),
    ],
)
async def test_a_mistake_says_in_words_what_is_allowed_and_what_to_do(
    client: httpx2.AsyncClient, body, allowed: str, hint: str
):
    answer = await client.post("/api/v1/chargers/garage/commands", json=body)
    mistake = problem(answer, 422).error.mistakes[0]
    assert (mistake.allowed, mistake.hint) == (allowed, hint)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"action": "set_user_limit", "value": NaN}',
        b'{"action": "set_user_limit", "value": 1e999}',
        b"[" * 20_000,
    ],
)
async def test_a_body_that_is_not_json_is_refused(client: httpx2.AsyncClient, house: MemoryHouse, content: bytes):
    answer = await client.post(
        "/api/v1/chargers/garage/commands", content=content, headers={"content-type": "application/json"}
    )
    assert problem(answer, answer.status_code).error.key
    assert answer.status_code in (400, 422)
    assert house.commands == []


async def test_a_refused_command_says_why_in_the_callers_language(client: httpx2.AsyncClient):
    command = {"action": "set_user_limit", "value": 20}
    texts = []
    for language in ("it-IT,it;q=0.9,en;q=0.5", "de, en;q=0.4", "fr"):
        answer = await client.post(
            "/api/v1/chargers/garage/commands", json=command, headers={"Accept-Language": language}
        )
        told = problem(answer, 409).error
        assert (told.key, told.params) == ("device.unreachable", {"where": "garage", "deadline_s": 3})
        texts.append((answer.headers["content-language"], told.text.split()[0]))
    assert texts == [("it", "Nessuna"), ("en", "No"), ("en", "No")]


async def test_an_unknown_charger_is_not_found(client: httpx2.AsyncClient):
    answer = await client.post("/api/v1/chargers/cellar/commands", json={"action": "pause", "value": True})
    assert problem(answer, 404).error.params == {"charger": "cellar"}


@pytest.mark.parametrize("path", ["/api/v1/events", "/api/v1/series"])
async def test_a_store_in_trouble_is_told_and_worth_another_try(
    client: httpx2.AsyncClient, house: MemoryHouse, path: str
):
    house.failing = StoreError(Reason("device.lost", {"device": "disk"}))
    answer = await client.get(path, params=HOUR if "series" in path else {})
    assert problem(answer, 503).error.params == {"device": "disk"}
    assert answer.headers["retry-after"]


async def test_something_unforeseen_tells_nothing_of_the_inside(client: httpx2.AsyncClient, house: MemoryHouse):
    house.failing = RuntimeError("secret path /root")
    answer = await client.get("/api/v1/events")
    assert problem(answer, 500).error.key == "web.unforeseen"
    assert "secret" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "method, path, status",
    [
        ("GET", "/api/v1/nothing", 404),
        ("POST", "/api/v1/nothing", 404),
        ("GET", "/api/", 404),
        ("GET", "/api/v1/snapshot/", 404),
        ("POST", "/api/v1/snapshot", 405),
        ("GET", "/api/v1/login", 405),
        ("DELETE", "/health", 405),
        ("GET", "/api/v1/chargers/garage/commands", 405),
        ("GET", "/docs.html", 404),
    ],
)
async def test_every_error_has_the_one_shape(client: httpx2.AsyncClient, method: str, path: str, status: int):
    answer = await client.request(method, path)
    problem(answer, status)
    if status == 405:
        assert answer.headers["allow"]


async def test_a_body_that_is_too_large_is_refused(client: httpx2.AsyncClient, house: MemoryHouse):
    answer = await client.post(
        "/api/v1/chargers/garage/commands", content=b" " * 70_000, headers={"content-type": "application/json"}
    )
    problem(answer, 413)


async def test_a_body_of_unknown_length_is_refused(client: httpx2.AsyncClient):
    async def endless():
        while True:
            yield b" " * 1000

    answer = await client.post("/api/v1/chargers/garage/commands", content=endless())
    problem(answer, 411)


async def test_health_is_well_while_only_a_device_is_lost(client: httpx2.AsyncClient):
    answer = await client.get("/health")
    view = HealthView.model_validate_json(answer.content)
    assert (answer.status_code, view.ok, [part.ok for part in view.parts]) == (200, True, [True, False])


async def test_health_is_503_when_an_essential_part_is_not_well(client: httpx2.AsyncClient, house: MemoryHouse):
    house.parts = (HealthPart("store", False, Reason("device.lost", {"device": "disk"})),)
    answer = await client.get("/health")
    view = HealthView.model_validate_json(answer.content)
    assert (answer.status_code, view.ok) == (503, False)
    assert view.parts[0].reason.params == {"device": "disk"}


async def test_every_reason_of_the_web_is_worded_in_every_language():
    from ohmstead.texts import LANGUAGES, load

    keys = [set(load(language)) for language in LANGUAGES]
    assert all(each == keys[0] for each in keys)


async def test_the_schema_is_served(client: httpx2.AsyncClient):
    schema = json.loads((await client.get("/api/v1/openapi.json")).content)
    assert {"SnapshotView", "LiveChange", "Problem"} <= schema["components"]["schemas"].keys()
