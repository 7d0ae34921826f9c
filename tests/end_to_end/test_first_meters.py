"""From a box of meters to a checked site: scan a serial line, set the roles, check. Simulated meters, real frames."""

import asyncio
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from ohmstead.cli import main
from ohmstead.core.model.quantities import Role
from ohmstead.simulator.settings import MeterSpec, SourceSpec
from ohmstead.transport.address import SerialAddress
from ohmstead.transport.rtu_server import ModbusRtuServer
from tests.drivers.scanning.world import building
from tests.transport.ptys import crossed_pair

pytestmark = pytest.mark.anyio
METERS = (
    MeterSpec("grid", "grid", "abb-b23", "wire", 1, Role.GRID),
    MeterSpec("heat-pump", "heat-pump", "eastron-sdm72-v2", "wire", 4),
)


async def typed(*words: str, answers: str = "") -> Result:
    runner = CliRunner(env={"COLUMNS": "200", "NO_COLOR": "1", "LC_ALL": "C"})
    return await asyncio.to_thread(runner.invoke, main.app, list(words), input=answers)


@pytest.mark.req("G-128", "EM-346")
async def test_meters_on_a_serial_line_are_found_set_up_and_checked_without_writing_a_line(tmp_path: Path) -> None:
    file = tmp_path / "site.toml"

    async with building(METERS, inverters=(), boards=()) as running, crossed_pair() as (near, far):
        server = ModbusRtuServer([each.served() for each in running.devices.values()], SerialAddress(far, 19_200))
        await server.start()
        try:
            options = ["--mdns-s", "0", "--listen-s", "0.2", "--units", "1-4", "--ask", "-o", str(file)]
            scanned = await typed("scan", f"serial://{near}?baud=19200", *options, answers="grid\nload\n")
            assert scanned.exit_code == 0, scanned.output
            checked = await typed("check", str(file))
            wrong = file.read_text("utf-8").replace("unit = 4", "unit = 3")
            file.write_text(wrong, "utf-8")
            mistaken = await typed("check", str(file))
        finally:
            await server.stop()
    assert 'meter = "abb-b23"' in wrong
    assert 'meter = "eastron-sdm72-v2"' in wrong
    assert checked.exit_code == 0, checked.output
    assert "2 of 2 are good" in checked.stdout
    assert mistaken.exit_code == 1
    assert "on the same line these do: 1, 4" in mistaken.stdout


@pytest.mark.req("G-128")
async def test_meters_with_a_web_page_are_found_set_up_and_checked_too(tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    sources = (
        SourceSpec("supply", "grid", "shelly", role=Role.GRID),
        SourceSpec("pump", "heat-pump", "tasmota", phases=("L1",)),
    )
    async with building([], inverters=(), boards=(), sources=sources) as running:
        words = [f"{place.host}:{place.port}" for place in running.places.values()]
        options = ["--mdns-s", "0", "--listen-s", "0.2", "--units", "1", "--ask", "-o", str(file)]
        scanned = await typed("scan", *words, *options, answers="grid\nload\n")
        assert scanned.exit_code == 0, scanned.output
        checked = await typed("check", str(file))
    assert "Shelly Pro3EM" in scanned.stderr
    assert "Tasmota pump" in scanned.stderr
    assert 'driver = "shelly"' in file.read_text("utf-8")
    assert checked.exit_code == 0, checked.output
