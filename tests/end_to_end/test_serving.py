"""The real daemon as a meter and a charger for others: strangers' programs read it, and one steers it."""

import asyncio
from pathlib import Path

import anyio.to_thread
import pytest

from ohmstead.core.plant.settings import GRID
from ohmstead.simulator.settings import Trouble
from ohmstead.simulator.site_file import site_toml
from ohmstead.transport.address import TcpAddress
from tests.end_to_end.house import PATIENCE_S, lived, standing
from tests.mbpoll import polled, written
from tests.site.shown import free_port, scan

SERVE = """
[[serve]]
as = "sdm630"
listen = "tcp://127.0.0.1:{port}"

[[serve]]
as = "sunspec"
listen = "tcp://127.0.0.1:{port}"
unit = 2
"""


async def for_ever(address: TcpAddress) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            await polled(address, 1, "3:float", 0x34)


@pytest.mark.anyio
@pytest.mark.req("G-021", "G-128")
async def test_others_read_what_the_grid_meter_says_and_see_that_it_is_lost(tmp_path: Path) -> None:
    port = free_port()
    address = TcpAddress("127.0.0.1", port)
    async with standing() as building:
        text = site_toml(building.settings, building.places) + SERVE.format(port=port)
        (tmp_path / "site.toml").write_text(text, "utf-8")
        async with lived(building, tmp_path) as site:
            await site.charging()
            seen = await site.until(lambda seen: (seen["channels"]["grid"]["power_w"] or 0) > 11_000)
            assert seen["channels"]["grid"]["quality"] == "good"
            power_w = (await polled(address, 1, "3:float", 0x34))[0x34]
            assert power_w == pytest.approx(building.sync().measure(GRID).power_w, rel=0.05)
            meter = (await anyio.to_thread.run_sync(scan, port, 2)).models[203][0]
            assert meter.W.cvalue == pytest.approx(power_w, rel=0.05)
            assert meter.TotWhImp.cvalue == pytest.approx(5_012_000, rel=0.01)

            await building.door.break_device("grid", Trouble.SILENT)
            with pytest.raises(ValueError, match="Slave device or server failure"):
                await for_ever(address)
            meter = (await anyio.to_thread.run_sync(scan, port, 2)).models[203][0]
            assert meter.W.cvalue is None

            told = (await site.client.get("/metrics")).text
            assert f'ohmstead_served_refused_total{{at="tcp://127.0.0.1:{port}"}}' in told


STEERED = """
[[serve]]
as = "charger"
charger = "garage"
listen = "tcp://127.0.0.1:{port}"
writers = ["127.0.0.1"]

[[serve]]
as = "charger"
charger = "garage"
listen = "tcp://127.0.0.1:{port}"
unit = 2
writers = ["192.0.2.1"]
"""


@pytest.mark.anyio
@pytest.mark.req("G-067")
async def test_a_strangers_program_steers_the_charger_and_another_may_not(tmp_path: Path) -> None:
    port = free_port()
    address = TcpAddress("127.0.0.1", port)
    async with standing() as building:
        text = site_toml(building.settings, building.places) + STEERED.format(port=port)
        (tmp_path / "site.toml").write_text(text, "utf-8")
        async with lived(building, tmp_path) as site:
            await site.charging()
            with pytest.raises(ValueError, match="Illegal function"):
                await written(address, 2, 0, 900)
            await written(address, 1, 0, 900, 600)
            seen = await site.until(lambda seen: seen["chargers"]["garage"]["grant"]["limited_by"] == "energy_manager")
            assert seen["chargers"]["garage"]["grant"]["current_a"] == 9.0
            assert (await polled(address, 2, "3", 104))[104] == 900
            answer = await site.client.post(
                "/api/v1/chargers/garage/commands", json={"action": "release_manager", "value": None}
            )
            assert answer.status_code == 200, answer.text
            await site.until(lambda seen: seen["chargers"]["garage"]["grant"]["limited_by"] != "energy_manager")
            assert (await polled(address, 1, "4", 0))[0] == 0xFFFF
