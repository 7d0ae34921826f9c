"""Modes of the real daemon through the API: what is set holds, stays over a restart, is exported, and is explained."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ohmstead.site.configuration import load
from tests.end_to_end.house import SETTINGS, Site, lived, run, standing

DISABLED = {"days": [], "start": "22:00", "end": "06:00", "mode": "fast", "limit_a": None}
WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
ALWAYS = {"days": WEEK, "start": "00:00", "end": "24:00", "mode": "fast", "limit_a": 8.0}


async def kept(site: Site, days: int = 1) -> Any:
    """What is told of the sessions of these days."""
    now = datetime.now(UTC)
    span = {"from": (now - timedelta(days=days)).isoformat(), "to": (now + timedelta(days=days)).isoformat()}
    return await site.client.get("/api/v1/chargers/garage/timeline", params=span)


async def command(site: Site, action: str, value: Any) -> Any:
    return await site.client.post("/api/v1/chargers/garage/commands", json={"action": action, "value": value})


async def programs(site: Site, default: str, *given: dict[str, Any]) -> Any:
    body = {"default_mode": default, "programs": [*given, *[DISABLED] * (6 - len(given))]}
    return await site.client.put("/api/v1/chargers/garage/programs", json=body)


def garage(seen: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = seen["chargers"]["garage"]
    return found


@pytest.mark.anyio
@pytest.mark.req("EV-096", "EV-110", "EV-111", "EV-119", "EV-277")
async def test_what_is_chosen_holds_stays_and_is_exported(tmp_path: Path) -> None:
    async with standing(SETTINGS) as building:
        async with lived(building, tmp_path) as site:
            await site.charging()
            refused = await command(site, "set_mode", "ocpp")
            assert (refused.status_code, refused.json()["error"]["key"]) == (409, "command.no_central_system")
            assert "no central system is set up" in refused.json()["error"]["text"]
            answer = await programs(site, "off", {**ALWAYS, "days": ["mon"]}, ALWAYS)
            assert (answer.status_code, answer.json()["overlaps"]) == (200, [{"wins": 1, "loses": 2}])
            assert (await programs(site, "off", ALWAYS)).status_code == 200
            five = {"default_mode": "off", "programs": [ALWAYS] * 5}
            assert (await site.client.put("/api/v1/chargers/garage/programs", json=five)).status_code == 422
            assert (await command(site, "set_mode", "programmed")).status_code == 200
            seen = await site.until(lambda seen: garage(seen)["grant"]["limited_by"] == "program", patience_s=5.0)
            assert garage(seen)["grant"]["current_a"] == 8.0
            assert (garage(seen)["explanation"]["program"], garage(seen)["explanation"]["winner"]) == (1, "program")
            assert (await command(site, "set_green", {"operation": "hybrid", "minimum_percent": 40})).status_code == 200
            assert (await command(site, "set_green", {"operation": "hybrid", "minimum_percent": 41})).status_code == 422
            surplus = {"minimum_export_w": 300.0, "order": "car_first"}
            assert (await site.client.put("/api/v1/site/surplus", json=surplus)).status_code == 200
        async with lived(building, tmp_path) as site:
            seen = await site.until(lambda seen: (garage(seen)["grant"] or {}).get("limited_by") == "program")
            assert garage(seen)["green"] == {"operation": "hybrid", "minimum_percent": 40}
            assert (await site.get("site"))["surplus"] == surplus
            (set_up,) = (
                one for one in (await site.get("events"))["events"] if one["data"].get("action") == "set_surplus"
            )
            assert set_up["author"] == "local"
        status, told = await run("export", "--data", str(site.data))
        assert status == 0
        for line in ('mode = "programmed"', 'default_mode = "off"', "minimum_percent = 40", "car_first"):
            assert line in told
        site.file.write_text(told, "utf-8")
        again = load(site.file).chargers["garage"]
        assert [program.model_dump(mode="json") for program in again.programs] == [ALWAYS]


@pytest.mark.anyio
@pytest.mark.req("G-023", "G-030", "EV-102")
async def test_a_session_keeps_why_it_got_what_it_got(tmp_path: Path) -> None:
    async with standing(SETTINGS) as building:
        async with lived(building, tmp_path) as site:
            await site.charging()
            began = garage(await site.snapshot())["session"]["id"]
            assert (await command(site, "set_mode", "green")).status_code == 200
            seen = await site.until(lambda seen: garage(seen)["grant"]["reason"]["key"] == "limit.green_fading")
            assert garage(seen)["grant"]["current_a"] == 6.0
            assert [one["name"] for one in garage(seen)["explanation"]["timers"]] == ["green_stop"]
            assert garage(seen)["session"]["id"] == began
            assert garage(seen)["session"]["green_energy_j"] == 0
            (line,) = (await kept(site)).json()["sessions"]
            assert (line["session"], line["ended_at"]) == (began, None)
            assert line["told"][-1]["reason"]["key"] == "limit.green_fading"
        async with lived(building, tmp_path) as site:
            await site.until(lambda seen: garage(seen)["session"] is not None)
            building.door.unplug("garage")
            await site.until(lambda seen: garage(seen)["session"] is None)
            while not (await kept(site)).json()["sessions"]:
                await asyncio.sleep(0.1)
            (line,) = (await kept(site)).json()["sessions"]
            assert line["session"] == began
            assert line["ended_at"] is not None
            assert line["told"]
            (ended,) = [one for one in (await site.get("events"))["events"] if one["kind"] == "session.ended"]
            assert ended["data"]["green_j"] == 0
            assert (await kept(site, days=16)).status_code == 422


@pytest.mark.anyio
async def test_a_target_of_departure_from_the_command_line_is_shown_and_taken_away(tmp_path: Path) -> None:
    async with standing(SETTINGS) as building, lived(building, tmp_path) as site:
        await site.charging()
        at, by = site.url.removeprefix("http://").rstrip("/"), (datetime.now(UTC) + timedelta(hours=8)).isoformat()
        status, said = await run("depart", "garage", "--by", by, "--kwh", "18", "--at", at)
        assert (status, said) == (0, f"Set: by {by}.\n")
        seen = await site.until(lambda seen: (garage(seen)["departure"] or {}).get("state") == "charging")
        assert (garage(seen)["departure"]["basis"], garage(seen)["departure"]["wanted_kwh"]) == ("nothing", 18.0)
        status, said = await run("depart", "barn", "--by", by, "--kwh", "18", "--at", at)
        assert (status, said) == (2, "There is no charger called barn.\n")
        assert await run("depart", "garage", "--none", "--at", at) == (0, "The target is taken away.\n")
        await site.until(lambda seen: garage(seen)["departure"] is None)
