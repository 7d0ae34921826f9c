"""A real daemon, a real socket: a card is learned at a simulated reader, lets a car charge, and is in the session."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from ohmstead.simulator.settings import CardReaderKind
from tests.end_to_end.house import SETTINGS, at_work

KINDS: tuple[CardReaderKind, ...] = ("pn532", "rc522")
ANNA = "04A1B2C3D4E5F6"


@pytest.mark.anyio
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.req("EV-187", "EV-196", "EV-197", "EV-200")
async def test_a_card_is_learned_at_the_reader_and_lets_the_next_car_charge(
    tmp_path: Path, kind: CardReaderKind
) -> None:
    reading = replace(SETTINGS, boards=(replace(SETTINGS.boards[0], card_reader=kind),))
    async with at_work(reading, tmp_path) as site:
        await site.charging()
        assert (await site.command("set_authorization", "both")).status_code == 200
        site.building.door.unplug("garage")
        await site.until(lambda seen: seen["chargers"]["garage"]["connected"] is False)
        assert (await site.client.post("/api/v1/chargers/garage/learning")).status_code == 200
        site.building.door.tap("garage", ANNA)

        async with asyncio.timeout(20):
            while (await site.get("chargers/garage/learning"))["state"] != "read":
                await asyncio.sleep(0.1)
        assert (await site.get("chargers/garage/learning"))["card"] == ANNA
        added = await site.client.post("/api/v1/cards", json={"id": ANNA, "name": "Anna"})
        assert added.status_code == 200
        site.building.door.plug("garage")
        await site.until(lambda seen: seen["chargers"]["garage"]["state"] == "waiting_authorisation")
        await asyncio.sleep(1.2)  # the card was lifted meanwhile
        site.building.door.tap("garage", ANNA)
        seen = await site.until(lambda seen: seen["chargers"]["garage"]["state"] == "charging")
        assert seen["chargers"]["garage"]["authorization"]["type"] == f"RFID:{ANNA}"
        month = await site.get("charging-sessions", charger="garage")
        assert [(one["running"], one["card_name"]) for one in month["sessions"]][-1] == (False, "")
        assert month["total_counters"]["sessions"] == 1
