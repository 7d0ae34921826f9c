"""Whatever comes in: a message that says where, what, what is allowed and what to do; nothing recorded is lost."""

import re
import resource
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ohmstead.simulator.settings import Trouble
from ohmstead.simulator.site_file import site_toml
from ohmstead.texts import LANGUAGES, load
from tests.cli.test_commands import GOOD
from tests.end_to_end.house import CIRCUITS, SETTINGS, Process, Site, at_work, lived, run, standing, with_circuits

IN_TROUBLE = {
    Trouble.SILENT: {"device.unreachable"},
    Trouble.SLOW: {"device.unreachable"},
    Trouble.REFUSED: {"modbus.no_connection"},
    Trouble.GARBAGE: {"modbus.no_frame"},
    Trouble.SHORT: {"modbus.incomplete"},
    Trouble.OTHER_UNIT: {"modbus.other_unit"},
    Trouble.OTHER_TRANSACTION: {"modbus.other_transaction"},
    Trouble.EXCEPTION: {"modbus.exception.4"},
    Trouble.NAN: {"meter.empty"},
    Trouble.OVERFLOW: {"meter.implausible"},
    Trouble.WRONG_ORDER: {"meter.implausible_order"},
}
"""Each trouble with the reasons it may be told by."""


WANTS_ATTENTION = {
    **dict.fromkeys((Trouble.SILENT, Trouble.SLOW, Trouble.REFUSED), "device.lost"),
    **dict.fromkeys((Trouble.EXCEPTION, Trouble.NAN, Trouble.OVERFLOW, Trouble.WRONG_ORDER), "device.unusable"),
}


@pytest.mark.anyio
@pytest.mark.req("EM-346")
async def test_each_trouble_of_a_meter_is_told_by_its_reason_and_disturbs_no_other_device(tmp_path: Path) -> None:
    broken = dict(zip(CIRCUITS, IN_TROUBLE, strict=False))
    well = CIRCUITS[len(IN_TROUBLE)]

    def problems(seen: Any) -> dict[str, str]:
        named = {name: (seen["channels"][name]["problem"] or {}).get("key", "") for name in broken}
        return {name: key for name, key in named.items() if seen["channels"][name]["quality"] != "good"}

    def attention(seen: Any) -> dict[str, str]:
        return {one["owner"]: one["reason"]["key"] for one in seen["attention"] if one["code"] == "device.lost"}

    async with at_work(with_circuits(len(IN_TROUBLE) + 1), tmp_path) as site:
        await site.until(lambda seen: {c["quality"] for c in seen["channels"].values()} == {"good"})
        before = (await site.snapshot())["channels"]
        for name, trouble in broken.items():
            await site.building.door.break_device(name, trouble)
        seen = await site.until(
            lambda seen: (
                problems(seen).keys() == broken.keys()
                and all(problems(seen)[name] in IN_TROUBLE[trouble] for name, trouble in broken.items())
                and attention(seen).keys() == broken.keys()
            )
        )
        for name, trouble in broken.items():
            channel = seen["channels"][name]
            if trouble in WANTS_ATTENTION:
                assert attention(seen)[name] == WANTS_ATTENTION[trouble]
            assert channel["power_w"] is None
            assert channel["phases"] == {}
            assert channel["energy_import_j"] >= before[name]["energy_import_j"]
            for language in LANGUAGES:
                assert len(load(language)[channel["problem"]["key"]]) > 20
        for name in ("grid", well):
            assert seen["channels"][name]["quality"] == "good"
            assert seen["channels"][name]["age_s"] < 2.5
        assert (await site.client.get("/health")).status_code == 200
        for name in broken:
            await site.building.door.mend_device(name)
        seen = await site.until(lambda seen: {c["quality"] for c in seen["channels"].values()} == {"good"})
        for name in broken:
            gained = seen["channels"][name]["energy_import_j"] - before[name]["energy_import_j"]
            assert 0 <= gained < 120.0 * 60, "no spike"


@pytest.mark.anyio
async def test_a_grid_meter_that_stands_still_is_not_believed(tmp_path: Path) -> None:
    async with at_work(SETTINGS, tmp_path) as site:
        await site.charging()
        await site.building.door.break_device("grid", Trouble.FROZEN)
        seen = await site.until(lambda seen: seen["channels"]["grid"]["quality"] == "bad")
        assert seen["channels"]["grid"]["problem"]["key"] == "meter.frozen"
        assert seen["channels"]["grid"]["power_w"] is None


AWAY = """
[devices.attic]
driver = "modbus"
meter = "eastron-sdm120"
connect = "tcp://127.0.0.1:9"
role = "load"

[devices.cellar]
driver = "modbus"
meter = "eastron-sdm120"
connect = "tcp://no-such-host.invalid:502"
role = "load"
"""


@pytest.fixture(scope="module")
async def calm(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """A house where two meters cannot be reached; nothing else goes wrong, whatever the tests send to it."""
    folder = tmp_path_factory.mktemp("calm")
    async with standing() as building:
        write(folder / "site.toml", site_toml(building.settings, building.places) + AWAY)
        async with lived(building, folder) as site:
            yield site


def write(file: Path, text: str) -> None:
    file.write_text(text, "utf-8")


@pytest.mark.anyio
async def test_a_host_that_is_not_there_delays_nobody_and_is_told(calm: Site) -> None:
    await calm.charging()
    seen = await calm.until(
        lambda seen: all((seen["channels"].get(n) or {}).get("problem") for n in ("attic", "cellar"))
    )
    for name in ("attic", "cellar"):
        assert seen["channels"][name]["quality"] == "missing"
        assert seen["channels"][name]["problem"]["key"] == "modbus.no_connection"
        assert "tcp://" in seen["channels"][name]["problem"]["params"]["where"]
    seen = await calm.until(lambda seen: len(seen["attention"]) == 2)
    assert {one["owner"]: one["reason"]["key"] for one in seen["attention"]} == {
        "attic": "meter.starting",
        "cellar": "meter.starting",
    }


@pytest.mark.anyio
@pytest.mark.req("G-001")
async def test_ranges_and_bodies_that_cannot_be_are_answered_with_where_what_and_what_is_allowed(calm: Site) -> None:
    now = datetime.now(UTC)
    late, early = (now + timedelta(hours=1)).isoformat(), now.isoformat()
    fine = {"channel": "grid", "span": "1s", "from": early, "to": late}
    wrong: tuple[tuple[dict[str, str], str], ...] = (
        ({"from": late, "to": early}, "query.from"),
        ({"from": "yesterday"}, "query.from"),
        ({"from": early.removesuffix("+00:00")}, "query.from"),
        ({"from": "1970-01-01T00:00:00Z"}, "query.from"),
        ({"to": "9999-12-31T00:00:00Z"}, "query.to"),
        ({"from": (now - timedelta(days=300)).isoformat()}, "query.from..to"),
        ({"span": "1fortnight"}, "query.span"),
        ({"channel": "nowhere"}, "query.channel"),
    )
    site = calm
    for change, where in wrong:
        answer = await site.client.get("/api/v1/series", params={**fine, **change})
        assert answer.status_code == 422, change
        mistakes = answer.json()["error"]["mistakes"]
        assert where in [mistake["where"] for mistake in mistakes], change
        assert all(mistake["came"] and mistake["allowed"] for mistake in mistakes), change
    for action, value, status in (
        ("set_user_limit", 1e9, 409),
        ("set_user_limit", -6, 409),
        ("set_mode", "warp", 409),
        ("pause", "yes", 409),
        ("explode", True, 422),
    ):
        answer = await site.command(action, value)
        assert answer.status_code in (status, 422), (action, answer.text)
        assert len(answer.json()["error"]["text"]) > 10
    assert (await site.command("pause", True, charger="attic")).status_code == 404
    assert (await site.client.get("/api/v1/events", params={"limit": 0})).status_code == 422
    answer = await site.client.post("/api/v1/chargers/garage/commands", content=b"{")
    assert answer.status_code in (415, 422)
    assert (await site.client.get("/health")).status_code == 200


@pytest.mark.anyio
async def test_a_disk_without_room_stops_nothing_and_loses_nothing(tmp_path: Path) -> None:
    began = datetime.now(UTC)
    async with at_work(SETTINGS, tmp_path) as site:
        await site.charging()
        pid, data = site.process.child.pid, site.data
        used = max(path.stat().st_size for path in data.iterdir())
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (used, resource.RLIM_INFINITY))
        seen = await site.until(lambda seen: any(a["code"].startswith("store.") for a in seen["attention"]))
        (told,) = [notice for notice in seen["attention"] if notice["code"].startswith("store.")]
        assert told["severity"] == "fault"
        assert "ohmstead.sqlite" in str(told["reason"]["params"])
        assert (await site.command("set_user_limit", 9.0)).status_code == 200
        await site.happens(lambda: 5.9 < site.car_a() < 9.1)
        assert (await site.client.get("/health")).status_code == 200
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        seen = await site.until(lambda seen: seen["attention"] == [])
        window = {"from": began.isoformat(), "to": (began + timedelta(minutes=5)).isoformat()}
        series = (await site.get("series", channel="garage", span="1s", **window))["channels"]["garage"]
        starts = series["start_unix_s"]
        assert starts == list(range(starts[0], starts[-1] + 1)), "no second is missing"
        counted = [event for event in (await site.get("events"))["events"] if event["kind"] == "charger.options"]
        assert len(counted) == 1
        site.process.child.kill()
        await site.process.ended()
        async with lived(site.building, tmp_path) as again:
            seen = await again.until(lambda seen: "garage" in seen["chargers"])
            assert seen["chargers"]["garage"]["user_limit_a"] == 9.0


@pytest.mark.anyio
async def test_a_second_site_on_the_same_data_and_a_port_in_use_are_refused_and_disturb_nothing(
    calm: Site, tmp_path: Path
) -> None:
    site = calm
    await site.charging()
    config = ("site", "--config", str(site.file))
    status, text = await run(*config, "--data", str(site.data), "--listen", "127.0.0.1:0")
    assert status == 2
    assert "another site is running" in text
    assert site.closed()
    port = site.url.rsplit(":", 1)[1]
    other = tmp_path / "elsewhere.toml"
    write(other, GOOD)
    arguments = ("--data", str(tmp_path / "other"), "--listen", f"127.0.0.1:{port}")
    status, text = await run("site", "--config", str(other), *arguments)
    assert status == 2
    assert re.search(rf"127\.0\.0\.1:{port} .*--listen", text), text
    assert site.closed()


@pytest.mark.anyio
async def test_beyond_this_machine_a_password_is_needed_and_then_asked_for(tmp_path: Path) -> None:
    config = tmp_path / "site.toml"
    write(config, GOOD)
    data = ("--data", str(tmp_path / "data"))
    everywhere = ("site", "--config", str(config), *data, "--listen", "0.0.0.0:0")
    status, text = await run(*everywhere)
    assert status == 2
    assert "ohmstead password" in text
    status, text = await run("password", "--stdin", *data, stdin=b"a kettle, two cats and the sea\n")
    assert (status, "owner may now sign in" in text) == (0, True)
    process = await Process.start(*everywhere)
    try:
        import httpx2

        port = (await process.saying(r"Ohmstead is at http://0\.0\.0\.0:(\d+)"))[1]
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            assert (await client.get("/api/v1/snapshot")).status_code == 401
            body = {"name": "owner", "password": "a kettle, two cats and the sea"}
            answer = await client.post("/api/v1/login", json=body)
            assert answer.status_code == 200, answer.text
            client.headers["Authorization"] = f"Bearer {answer.json()['token']}"
            assert (await client.get("/api/v1/site")).status_code == 200
    finally:
        await process.stop()
