"""From waveforms on a socket to what people are shown: a simulated front end, the real daemon, its API."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ohmstead.core.model.quantities import PHASES
from ohmstead.core.plant.settings import LoadSettings
from ohmstead.simulator.settings import BuildingSettings, ClampedSpec, FrontEndSpec, Trouble
from tests.drivers.sampling.houses import CIRCUITS, WORLD
from tests.end_to_end.house import Site, at_work, lived, standing

HOUSE = BuildingSettings("Sampled house", "Europe/Rome", WORLD, front_ends=(FrontEndSpec(CIRCUITS),))


def approx(degrees: float) -> Any:
    return pytest.approx(degrees, abs=0.5)


def good(seen: Any) -> bool:
    return all((seen["channels"].get(name) or {}).get("quality") == "good" for name in ("grid", "oven", "pump"))


@pytest.mark.anyio
@pytest.mark.req("EM-346", "G-096", "G-128")
async def test_what_people_see_is_worked_out_from_samples_and_is_the_truth(tmp_path: Path) -> None:
    async with at_work(HOUSE, tmp_path) as site:
        seen = await site.until(good)
        for name in ("grid", "oven", "pump"):
            true, shown = site.building.sync().measure(name), seen["channels"][name]
            assert shown["power_w"] == pytest.approx(true.power_w, rel=0.01)
            assert shown["frequency_hz"] == pytest.approx(true.frequency_hz, abs=0.03)
            for phase, row in shown["phases"].items():
                one = true.phases[PHASES.index(phase)]
                assert row["voltage_v"] == pytest.approx(one.voltage_v, rel=0.005)
                assert row["power_w"] == pytest.approx(one.power_w, rel=0.01)
        assert seen["flows"]["consumption_w"] == pytest.approx(seen["channels"]["grid"]["power_w"], rel=0.01)

        closely = await site.get("power-quality/oven")
        assert [each["angle_deg"] for each in closely["voltages"]] == [0.0, approx(-120.0), approx(120.0)]
        assert closely["currents"][0]["harmonics"][1] == pytest.approx(2000 / 229.1, rel=0.01)
        assert closely["points"][0]["displacement_factor"] == pytest.approx(1.0, abs=0.001)
        assert closely["disturbances"] == []

        await site.building.set_trouble("oven", Trouble.REFUSED)
        lost = await site.until(lambda seen: seen["channels"]["oven"]["quality"] != "good")
        assert lost["channels"]["oven"]["power_w"] is None
        await site.building.set_trouble("oven", None)
        back = await site.until(good)
        counted = seen["channels"]["oven"]["energy_import_j"], back["channels"]["oven"]["energy_import_j"]
        assert counted[0] <= counted[1]


@pytest.mark.anyio
@pytest.mark.req("G-117")
async def test_a_transformer_that_is_too_small_becomes_an_event(tmp_path: Path) -> None:
    world = replace(WORLD, loads=(*WORLD.loads, LoadSettings("more", {"L2": 2_000.0}, circuit="oven")))
    small = ClampedSpec("oven", "oven", (1,), ("L2",), rating_a=15.0)
    house = replace(HOUSE, world=world, front_ends=(FrontEndSpec((small,)),))
    async with at_work(house, tmp_path) as site:
        seen = await site.until(lambda seen: any(one["code"] == "samples.over_range" for one in seen["attention"]))
        assert seen["channels"]["oven"]["quality"] == "good"
        async with asyncio.timeout(10):
            while not (told := [each for each in await events(site) if each["kind"] == "samples.over_range"]):
                await asyncio.sleep(0.1)
        assert [event["target"] for event in told] == ["oven"]


@pytest.mark.anyio
@pytest.mark.req("G-097", "EM-235")
async def test_what_an_installer_confirms_is_measured_so_at_once_and_after_a_restart(tmp_path: Path) -> None:
    told = ClampedSpec("oven", "oven", (4,), ("L2",), told=({"reversed": True},))
    house = replace(HOUSE, front_ends=(FrontEndSpec((CIRCUITS[0], told, CIRCUITS[2])),))

    def draws(watts: float) -> Callable[[Any], bool]:
        return lambda seen: good(seen) and seen["channels"]["oven"]["power_w"] == pytest.approx(watts, rel=0.02)

    async with standing(house) as building:
        async with lived(building, tmp_path) as site:
            await site.until(draws(-2_000))
            for phase, watts in (("L1", -1_000), ("L2", 2_000)):
                point = {"device": "oven", "point": 4, "phase": phase, "reversed": False}
                answer = await site.client.post("/api/v1/power-quality/grid/proposal", json={"points": [point]})
                assert (answer.status_code, answer.json()) == (200, {"devices": ["oven"]})
                await site.until(draws(watts))
            last = await events(site)
            assert "event.wiring_confirmed" in [each["reason"]["key"] for each in last if each["reason"]]
            other = {**point, "point": 9}
            refused = await site.client.post("/api/v1/power-quality/grid/proposal", json={"points": [other]})
            assert refused.status_code == 409
            assert "has no point 9" in refused.json()["error"]["text"]
        async with lived(building, tmp_path) as site:
            await site.until(draws(2_000))


async def events(site: Site) -> Any:
    return (await site.get("events"))["events"]


@pytest.mark.anyio
async def test_dips_and_interruptions_become_events_that_a_restart_keeps(tmp_path: Path) -> None:
    async with standing(HOUSE) as building:
        async with lived(building, tmp_path) as site:
            await site.until(good)
            for voltage, for_s in (({"L1": 0.6, "L3": 0.8}, 0.3), (dict.fromkeys(PHASES, 0.0), 1.0)):
                building.door.disturb(voltage, for_s)
                await asyncio.sleep(for_s + 1.5)
            async with asyncio.timeout(20):
                while len(told := [each for each in await events(site) if each["kind"].startswith("supply.")]) < 2:
                    await asyncio.sleep(0.2)
            shown = (await site.get("power-quality/pump"))["disturbances"]
        interruption, dip = told
        assert (dip["kind"], dip["target"], dip["severity"]) == ("supply.dip", "grid", "info")
        assert (dip["reason"]["key"], dip["data"]["phases"]) == ("event.supply.dip", "L1, L3")
        assert dip["data"]["duration_s"] == pytest.approx(0.3, abs=0.031)
        assert dip["data"]["voltage_v"] == pytest.approx(0.6 * 229.5, rel=0.02)
        assert dip["data"]["began"].startswith("2026-06-21T10:")
        assert (interruption["kind"], interruption["severity"]) == ("supply.interruption", "warning")
        assert interruption["data"]["duration_s"] == pytest.approx(1.0, abs=0.031)
        assert [(each["kind"], each["phases"], each["over"]) for each in shown] == [
            ("interruption", list(PHASES), True),
            ("dip", ["L1", "L3"], True),
        ]
        async with lived(building, tmp_path) as site:
            await site.until(good)
            again = await site.get("power-quality/pump")
            assert again["supply"] == "grid"
            assert again["disturbances"] == shown


@pytest.mark.anyio
@pytest.mark.req("EM-237", "EM-238", "EM-239", "G-115")
async def test_points_of_a_front_end_are_configured_on_a_running_site(tmp_path: Path) -> None:
    async with at_work(HOUSE, tmp_path) as site:
        await site.until(good)
        held = await site.get("load-configuration")
        assert held["states"]["box-1"]["kind"] == "samples"
        live = {one["number"]: one for one in (await site.get("load-configuration/live"))["points"]}
        assert sorted(live) == [1, 2, 3, 4, 5, 6, 7]
        assert live[4]["power_w"] == pytest.approx(2_000, rel=0.02)
        assert live[4]["line_voltage_v"] == pytest.approx(live[4]["phase_voltage_v"] * 3**0.5, rel=0.02)
        assert live[4]["reactive_power_var"] is not None

        wrong = held["loads"]["oven"] | {"points": [{"number": 4, "phase": "L3", "reversed": True}]}
        body = {key: held[key] for key in ("gateways", "boxes", "max_current_a")}
        body |= {"based_on": held["version"]["number"], "loads": held["loads"] | {"oven": wrong}}
        answer = await site.client.put("/api/v1/load-configuration", json=body)
        assert answer.json()["states"]["box-1"]["delivery"]["state"] == "pending"
        seen = await site.until(lambda seen: list(seen["channels"]["oven"].get("phases") or {}) == ["L3"])
        assert seen["channels"]["oven"]["power_w"] == pytest.approx(1_000, rel=0.03)
        async with asyncio.timeout(20):
            while (await site.get("load-configuration"))["states"]["box-1"]["delivery"]["state"] != "applied":
                await asyncio.sleep(0.2)

        body |= {"based_on": answer.json()["version"]["number"], "loads": {"grid": held["loads"]["grid"]}}
        assert (await site.client.put("/api/v1/load-configuration", json=body)).status_code == 200
        left = await site.until(
            lambda seen: seen["channels"].keys() == {"grid"} and seen["flows"]["grid_w"] is not None
        )
        assert left["flows"]["measured_w"] in (None, 0.0)
