"""One phase or three through every door of the real daemon: API, command line, Modbus to the board, session record."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.end_to_end.house import SETTINGS, lived, run, standing
from tests.end_to_end.test_modes import command, garage

ABLE = replace(
    SETTINGS,
    world=replace(
        SETTINGS.world, chargers=tuple(replace(one, switches_phases=True) for one in SETTINGS.world.chargers)
    ),
)


@pytest.mark.anyio
@pytest.mark.req("G-032")
async def test_a_charging_car_is_switched_to_one_phase_and_told_of_everywhere(tmp_path: Path) -> None:
    async with standing(ABLE) as building, lived(building, tmp_path) as site:
        await site.charging()
        at = site.url.removeprefix("http://").rstrip("/")
        assert await run("phases", "garage", "--at", at) == (0, "garage: off, connected 3, switched 0 of 10.\n")
        assert (await run("phases", "garage", "two", "--at", at))[0] == 2
        pause = await site.client.put("/api/v1/chargers/garage/settings/phase_pause", json={"value": 10})
        assert pause.status_code == 200
        assert (await run("phases", "garage", "one", "--at", at))[0] == 0
        seen = await site.until(lambda seen: garage(seen)["phase_switching"]["switching_to"] == 1)
        assert not garage(seen)["contactor_closed"] or garage(seen)["phase_switching"]["connected"] == 3
        seen = await site.until(
            lambda seen: garage(seen)["grant"]["phases"] == ["L1"] and garage(seen)["contactor_closed"]
        )
        shown = garage(seen)["phase_switching"]
        assert (shown["connected"], shown["switched"], shown["setting"]) == (1, 1, "one")
        assert building.world.board("garage").snapshot(building.world.instant).phases == 1
        assert (await command(site, "keep_phases", True)).status_code == 200
        assert (await command(site, "set_phases", "two")).status_code == 422
        (told,) = [one for one in (await site.get("events"))["events"] if one["kind"] == "phases.switched"]
        assert told["reason"]["key"] == "event.phases_one"
        session = garage(seen)["session"]["id"]
        record = (await site.client.get(f"/api/v1/charging-sessions/{session}")).json()["session"]
        assert record["phase_switchings"] == 1


@pytest.mark.anyio
@pytest.mark.req("G-032")
async def test_a_board_that_cannot_switch_refuses_all_but_off(tmp_path: Path) -> None:
    async with standing(SETTINGS) as building, lived(building, tmp_path) as site:
        await site.charging()
        refused = await command(site, "set_phases", "automatic")
        assert (refused.status_code, refused.json()["error"]["key"]) == (409, "command.no_phase_switching")
        assert (await command(site, "set_phases", "off")).status_code == 200
        settings = (await site.get("chargers/garage/settings"))["settings"]
        (row,) = [one for one in settings if one["key"] == "phase_switching"]
        assert row["locked"]["key"] == "command.no_phase_switching"
        assert garage(await site.snapshot())["phase_switching"] is None
