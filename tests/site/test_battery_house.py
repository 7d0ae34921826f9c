"""A whole site with a hybrid inverter on a real socket: panels, a battery, and the flows that people see."""

import asyncio

import pytest

from ohmstead.core.model.quantities import Quality
from ohmstead.core.model.readings import PhaseReading
from ohmstead.protocols.meters.catalogue import load
from ohmstead.protocols.meters.codec import MeterValues, encode
from ohmstead.protocols.sunspec.device import InverterPlate, map_of
from ohmstead.protocols.sunspec.measuring import shown
from ohmstead.protocols.sunspec.models import encode as encoded
from ohmstead.protocols.sunspec.models import model
from ohmstead.site.start import starting
from ohmstead.transport.modbus_server import ModbusServer, ServedUnit

pytestmark = pytest.mark.anyio
PATIENCE_S = 20.0
ROW = PhaseReading(230.0, 2.0, 100.0, 0.0, 1.0)
FACTORS = {"DCA_SF": -2, "DCV_SF": -1, "DCW_SF": 0, "DCWH_SF": 0, "Tmp_SF": -1}
PORTS = {
    **FACTORS,
    "NPrt": 2,
    "Prt.0.PrtTyp": 0,
    "Prt.0.DCW": 4200,
    "Prt.0.DCWhInj": 8000,
    "Prt.0.DCWhAbs": 0,
    "Prt.1.PrtTyp": 1,
    "Prt.1.DCW": -1800,
    "Prt.1.DCWhInj": 700,
    "Prt.1.DCWhAbs": 900,
}
CHARGE = {"SoC": 62.5, "SoH": 96, "WHRtg": 10_200, "WHAvail": 6120, "WH_SF": 0, "Pct_SF": -1}


def units() -> list[ServedUnit]:
    """A grid meter that imports 300 W, and an inverter with panels at 4.2 kW that charges its battery with 1.8 kW."""
    meter = encode(load("eastron-sdm630"), MeterValues(300.0, 0.0, 1.0, 50.0, 3_600_000, 0, (ROW,) * 3))
    sums = MeterValues(2400.0, 0.0, 1.0, 50.0, 36_000_000, None, (ROW,) * 3)
    parts = [shown(103, sums), encoded(model(714), PORTS), encoded(model(713), CHARGE)]
    inverter = map_of(InverterPlate("Ohmstead", "sim", "1", "H"), parts)
    return [ServedUnit(1, inputs=lambda: meter), ServedUnit(3, holdings=lambda: inverter)]


@pytest.mark.req("G-001", "G-128")
async def test_a_charging_battery_is_a_negative_flow_and_panels_count_once(tmp_path):
    server = ModbusServer(units())
    await server.start()
    where = f"tcp://127.0.0.1:{server.port}"
    config = tmp_path / "site.toml"
    sunspec = f'driver = "sunspec"\nconnect = "{where}"\nunit = 3'
    config.write_text(
        f"""
[site]
name = "Via Roma 12"
timezone = "Europe/Rome"

[devices.grid]
driver = "modbus"
meter = "eastron-sdm630"
connect = "{where}"
role = "grid"

[devices.roof]
{sunspec}
role = "production"

[devices.cellar]
{sunspec}
role = "battery"
"""
    )
    try:
        async with (
            asyncio.timeout(PATIENCE_S),
            starting(config, f"sqlite+aiosqlite:///{tmp_path / 'site.sqlite'}") as (house, _),
        ):
            async for state in house.changes():
                if all(channel.quality is Quality.GOOD for channel in state.snapshot.channels.values()):
                    break
            flows = state.snapshot.flows
            assert (flows.grid_w, flows.production_w, flows.battery_w) == (300.0, 4200.0, -1800.0)
            assert flows.consumption_w == 2700.0
            cellar = state.snapshot.channels["cellar"]
            assert (cellar.battery.charge_percent, cellar.battery.available_j) == (62.5, 6120 * 3600)
            assert [note.key for note in cellar.notes] == ["sunspec.ports"]
            told = (await house.events(None, 50)).events
            while not any(each.event.kind == "device.note" for each in told):
                await anext(aiter(house.changes()))
                told = (await house.events(None, 50)).events
            assert {each.event.target for each in told if each.event.kind == "device.note"} == {"roof", "cellar"}
    finally:
        await server.stop()
