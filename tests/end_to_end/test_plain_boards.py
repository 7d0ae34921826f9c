"""The real daemon on boards without a lease, over a serial line: a car charges, and every way in which that may end."""

import asyncio
import signal
from dataclasses import replace

import pytest

from ohmstead.core.model.boards import BoardDriver
from ohmstead.simulator.settings import BoardSpec, BuildingSettings, WireKind, WireSpec
from tests.end_to_end.house import SETTINGS, lived, standing

pytestmark = pytest.mark.anyio


def house(driver: BoardDriver, kind: WireKind) -> BuildingSettings:
    """The test house with such a board on an RS485 line of 9600 baud, at its port or behind a gateway."""
    board = BoardSpec("garage", wire="bus", max_current_a=16.0, driver=driver)
    return replace(SETTINGS, boards=(board,), wires=(WireSpec("bus", kind),))


@pytest.mark.req("G-128", "EV-105", "G-131")
@pytest.mark.parametrize(("driver", "kind"), [("phoenix-ev-cc", "serial"), ("evse-din", "tcp+rtu")])
async def test_a_car_charges_and_the_board_goes_on_alone_when_the_host_is_killed(driver, kind, tmp_path):
    async with standing(house(driver, kind)) as building:
        async with lived(building, tmp_path) as site:
            await site.charging()
            seen = await site.snapshot()
            assert seen["chargers"]["garage"]["session"]["energy_j"] is None
            answer = await site.command("set_user_limit", 9.0)
            assert answer.status_code < 300, answer.text
            await site.happens(lambda: 0 < site.car_a() <= 9.01)
            await site.process.stop(signal.SIGKILL)
            await asyncio.sleep(3)
            assert 8.0 <= site.car_a() <= 9.01, "nothing on such a board ends an offer"
        async with lived(building, tmp_path) as site:
            await site.until(lambda seen: seen["chargers"].get("garage", {}).get("state") == "charging")
            building.door.unplug("garage")
            await site.until(lambda seen: seen["chargers"]["garage"]["state"] == "not_connected")
            building.door.plug("garage")
            await site.charging(least_a=8.0)
            await site.process.stop()
            await site.happens(lambda: site.car_a() == 0.0 and not site.closed())
