"""The real daemon on real sockets: what its doors tell, and how it charges a car."""

import asyncio
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from ohmstead.core.plant.settings import GRID
from ohmstead.simulator.settings import Trouble
from tests.end_to_end.house import SETTINGS, at_work, listening, with_circuits


@pytest.mark.anyio
@pytest.mark.req("EV-098", "EM-346", "G-001", "G-002")
async def test_every_public_door_tells_the_same_house(tmp_path: Path) -> None:
    began = datetime.now(UTC)
    async with at_work(with_circuits(2), tmp_path) as site:
        await site.charging()
        seen = await site.until(lambda seen: (seen["chargers"]["garage"]["power_w"] or 0) > 10_000)
        truth = site.building.sync()
        assert seen["channels"]["grid"]["power_w"] == pytest.approx(truth.measure(GRID).power_w, rel=0.05)
        assert seen["channels"]["grid"]["energy_import_j"] >= 5_012 * 3_600_000
        assert seen["channels"]["circuit-1"]["power_w"] == pytest.approx(45.0, rel=0.2)
        charger = seen["chargers"]["garage"]
        assert (charger["state"], charger["contactor_closed"], charger["connected"]) == ("charging", True, True)
        assert charger["grant"]["limited_by"] in ("installation", "hardware")
        assert charger["session"]["energy_j"] > 0

        first, *changes = await listening(site.url, 4)
        assert first["channels"].keys() == {"grid", "circuit-0", "circuit-1"}
        assert all(change["at"] > first["at"] for change in changes)

        assert (await site.command("set_user_limit", 9.0)).status_code == 200
        await site.happens(lambda: 8.0 < site.car_a() < 9.1)
        assert (await site.snapshot())["chargers"]["garage"]["user_limit_a"] == 9.0
        assert (await site.command("pause", True)).status_code == 200
        await site.happens(lambda: site.car_a() < 0.1)
        assert (await site.command("pause", False)).status_code == 200
        refused = await site.command("set_user_limit", 16.5)
        assert refused.status_code == 409
        assert "16" in refused.json()["error"]["text"]

        window = {"from": began.isoformat(), "to": (began + timedelta(minutes=2)).isoformat()}
        series = await site.get("series", channel=["grid", "garage", "circuit-0"], span="1s", **window)
        for name in ("grid", "garage", "circuit-0"):
            assert len(series["channels"][name]["start_unix_s"]) >= 5
        assert sum(value or 0 for value in series["channels"]["garage"]["energy_import_j"]) > 10_000

        metrics = (await site.client.get("/metrics")).text
        samples = {
            (sample.name, *sample.labels.values()): sample.value
            for family in text_string_to_metric_families(metrics)
            for sample in family.samples
        }
        assert any("circuit-0" in key for key in samples)
        health = await site.client.get("/health")
        assert health.status_code == 200
        assert {"control", "record", "store", "pilot garage", "sense grid", "grid", "garage"} <= {
            part["name"] for part in health.json()["parts"]
        }
        events = (await site.get("events"))["events"]
        assert {"session.started", "charger.options"} <= {event["kind"] for event in events}
        assert await site.process.stop() == 0


@pytest.mark.anyio
@pytest.mark.req("EV-099", "EV-176", "EV-178", "G-018", "G-020")
async def test_an_overload_is_gone_within_8_s_and_the_breaker_holds(tmp_path: Path) -> None:
    async with at_work(SETTINGS, tmp_path) as site:
        await site.charging()
        board = site.building.sync().board("garage")
        duty = board.duty_percent
        site.building.door.set_watts("house", {"L1": 3300.0, "L2": 300.0, "L3": 300.0})
        assert await site.happens(lambda: site.grid_a() > 25.0) < 1.0
        assert await site.happens(lambda: board.duty_percent < duty) <= 1.0
        assert await site.happens(lambda: site.grid_a() <= 25.0) <= 8.0
        seen = await site.until(lambda seen: seen["chargers"]["garage"]["grant"]["limited_by"] == "main_fuse.L1")
        assert seen["chargers"]["garage"]["grant"]["reason"]["key"] == "limit.main_fuse"
        assert site.building.sync().energised


@pytest.mark.anyio
@pytest.mark.req("G-021")
async def test_a_silent_grid_meter_leads_to_0_a_within_11_s_and_its_return_is_noticed(
    tmp_path: Path,
) -> None:
    async with at_work(SETTINGS, tmp_path) as site:
        await site.charging()
        await site.building.door.break_device("grid", Trouble.SILENT)
        took_s = await site.happens(lambda: site.building.sync().board("garage").duty_percent == 100.0)
        assert took_s <= 11.0
        await site.happens(lambda: not site.closed())
        seen = await site.until(lambda seen: seen["channels"]["grid"]["quality"] == "stale")
        assert seen["channels"]["grid"]["power_w"] is None
        assert seen["chargers"]["garage"]["grant"]["limited_by"] == "grid_meter_lost"
        await site.building.door.mend_device("grid")
        await site.until(lambda seen: seen["channels"]["grid"]["quality"] == "good")
        kinds: list[str] = []
        async with asyncio.timeout(10):
            while kinds[:2] != ["device.back", "device.lost"]:
                await asyncio.sleep(0.1)
                events = (await site.get("events"))["events"]
                kinds = [event["kind"] for event in events if event["target"] == "grid"]


@pytest.mark.anyio
@pytest.mark.req("G-131")
async def test_when_the_process_hangs_or_dies_the_board_opens_by_itself_within_2_s(tmp_path: Path) -> None:
    async with at_work(SETTINGS, tmp_path) as site:
        await site.charging()
        site.process.child.send_signal(signal.SIGSTOP)
        assert await site.happens(lambda: not site.closed()) <= 2.0
        await asyncio.sleep(1.0)
        assert not site.closed()
        site.process.child.send_signal(signal.SIGCONT)
        await site.charging()
        site.process.child.kill()
        assert await site.happens(lambda: not site.closed()) <= 2.0
        assert await site.process.ended() == -signal.SIGKILL
