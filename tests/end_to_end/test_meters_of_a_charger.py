"""The real process on real sockets: a vehicle meter that accounts, and remote transformers as the grid meter."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ohmstead.core.model.quantities import Role
from ohmstead.core.plant.settings import CtSettings
from ohmstead.simulator.settings import CtSpec, MeterSpec, Trouble
from tests.end_to_end.house import SETTINGS, Site, at_work, run

METERED = replace(
    SETTINGS,
    meters=(*SETTINGS.meters, MeterSpec("mid", "garage", "abb-b23", wire="mid", role=Role.VEHICLE, name="MID")),
)
GARAGE = replace(SETTINGS.world.chargers[0], radio_ct=CtSettings())
BY_RADIO = replace(
    SETTINGS,
    world=replace(SETTINGS.world, chargers=(GARAGE,), contract_w=None),
    meters=(),
    cts=(CtSpec("grid", "garage", "remote", "Clamps"),),
)


async def session_end(site: Site) -> dict[str, Any]:
    async with asyncio.timeout(20):
        while True:
            events = (await site.get("events"))["events"]
            ended = [event for event in events if event["kind"] == "session.ended"]
            if ended:
                found: dict[str, Any] = ended[0]["data"]
                return found
            await asyncio.sleep(0.1)


@pytest.mark.anyio
@pytest.mark.req("EV-175")
async def test_a_session_is_what_its_meter_counted_and_the_charger_says_who_measured(tmp_path: Path) -> None:
    async with at_work(METERED, tmp_path) as site:
        await site.charging()
        seen = await site.until(lambda seen: (seen["chargers"]["garage"]["session"] or {}).get("energy_j", 0) > 40_000)
        meter = seen["chargers"]["garage"]["meter"]
        assert (meter["device"], meter["name"], meter["state"]) == ("mid", "MID", "good")
        assert meter["power_w"] == seen["chargers"]["garage"]["power_w"] == pytest.approx(11_000, rel=0.05)
        assert seen["channels"]["mid"]["role"] == "vehicle"
        site.building.door.unplug("garage")
        shown_j = site.building.sync().measure("garage").energy_import_j
        data = await session_end(site)
        assert data["energy_j"] == data["counter_to_j"] - data["counter_from_j"]
        assert data["energy_j"] == pytest.approx(shown_j, abs=36_000), "this meter counts in steps of 10 Wh"
        answer = await site.client.get("/metrics")
        assert 'ohmstead_vehicle_meter_state{charger="garage",device="mid",state="good"} 1.0' in answer.text


@pytest.mark.anyio
@pytest.mark.req("G-079")
async def test_while_the_vehicle_meter_is_silent_the_boards_own_measurement_shows_the_power(tmp_path: Path) -> None:
    async with at_work(METERED, tmp_path) as site:
        await site.charging()
        await site.building.door.break_device("mid", Trouble.SILENT)
        seen = await site.until(lambda seen: seen["chargers"]["garage"]["meter"]["state"] != "good")
        assert seen["chargers"]["garage"]["power_w"] > 10_000, "the board still shows what flows"


@pytest.mark.anyio
@pytest.mark.req("G-133", "G-021", "EV-183")
async def test_by_radio_the_car_follows_the_house_stops_without_it_and_goes_on_with_a_new_remote(
    tmp_path: Path,
) -> None:
    async with at_work(BY_RADIO, tmp_path) as site:
        await site.charging()
        site.building.door.set_watts("house", {"L1": 3300.0, "L2": 300.0, "L3": 300.0})
        assert await site.happens(lambda: site.grid_a() > 25.0) < 1.0
        assert await site.happens(lambda: site.grid_a() <= 25.2) <= 8.0
        site.building.door.replace_remote("garage")
        took_s = await site.happens(lambda: site.building.sync().board("garage").duty_percent == 100.0)
        assert took_s <= 12.0
        seen = await site.until(lambda seen: seen["channels"]["grid"]["quality"] == "stale")
        assert seen["channels"]["grid"]["problem"]["key"] == "board_ct.silent"
        status, said = await run("pair", "garage", "--at", site.url.removeprefix("http://").rstrip("/"))
        assert (status, said) == (0, "Now press the button of the remote, within two minutes.\n")
        status, said = await run("pair", "barn", "--at", site.url.removeprefix("http://").rstrip("/"))
        assert (status, said) == (2, "There is no charger called barn.\n")
        await site.until(lambda seen: seen["channels"]["grid"]["problem"]["key"] == "board_ct.pairing")
        site.building.door.press_remote("garage")
        await site.until(lambda seen: seen["channels"]["grid"]["quality"] == "good")
        events = (await site.get("events"))["events"]
        assert [event["target"] for event in events if event["kind"] == "charger.pairing"] == ["garage"]


@pytest.mark.anyio
@pytest.mark.req("G-133", "EV-183")
async def test_a_remote_whose_radio_is_heard_again_is_good_again_without_being_paired_anew(tmp_path: Path) -> None:
    async with at_work(BY_RADIO, tmp_path) as site:
        await site.until(lambda seen: seen["channels"]["grid"]["quality"] == "good")
        site.building.door.set_radio("garage", None)
        await site.until(lambda seen: seen["channels"]["grid"]["quality"] == "stale")
        site.building.door.set_radio("garage", 1.0)
        await site.until(lambda seen: seen["channels"]["grid"]["quality"] == "good")
