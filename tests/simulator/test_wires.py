"""Devices on serial lines, gateways and P1 ports, read by the drivers of a site."""

import asyncio

import pytest

from ohmstead.core.model.errors import ConfigurationError, DeviceError, DeviceUnreachable
from ohmstead.core.model.evse import BoardCommands, PilotMode
from ohmstead.core.model.quantities import Quality
from ohmstead.simulator.settings import Trouble
from tests.simulator.reading import board, house, meters, running, settings

PANEL = """
[wires.panel]
kind = "{kind}"
baud = 19200
[devices.grid]
driver = "modbus"
meter = "eastron-sdm630"
wire = "panel"
unit = 1
role = "grid"
[devices.heat]
driver = "modbus"
meter = "gavazzi-em340"
wire = "panel"
unit = 2
role = "load"
[chargers.garage]
wire = "panel"
unit = 3
"""
P1 = """
[utilities.gas]
kind = "gas"
start_m3 = 112.5
[utilities.water]
kind = "water"
start_m3 = 7.25
[wires.supply]
kind = "{kind}"
[devices.grid]
driver = "p1"
wire = "supply"
utilities = ["gas", "water"]
[counters.grid]
import_kwh = 4321.5
export_kwh = 12.25
"""


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.mark.anyio
@pytest.mark.req("EM-346", "G-128")
@pytest.mark.parametrize("kind, scheme", [("serial", "serial://"), ("tcp+rtu", "tcp+rtu://"), ("tcp", "tcp://")])
async def test_meters_and_a_board_share_one_line_whatever_it_is(kind: str, scheme: str) -> None:
    async with running(PANEL.format(kind=kind)) as built:
        assert built.places["grid"].connect.startswith(scheme)
        async with meters(built, "grid", "heat") as (grid, heat):
            first, second = await asyncio.gather(grid.read(), heat.read())
        async with board(built, "garage") as garage:
            await garage.command(BoardCommands(PilotMode.PWM, 26.7, permit_close=True))
            identity, seen = await garage.identify(), await garage.read()
        exact = built.sync().measure("grid")
    assert first.power_w == pytest.approx(exact.power_w, abs=1)
    assert second.phases["L2"].voltage_v == pytest.approx(exact.phases[1].voltage_v, abs=0.1)
    assert (identity.rated_current_a, seen.duty_percent) == (32.0, pytest.approx(26.7))


@pytest.mark.anyio
@pytest.mark.parametrize("trouble", [Trouble.SILENT, Trouble.GARBAGE, Trouble.SHORT, Trouble.OTHER_UNIT])
async def test_a_broken_device_on_a_serial_line_gives_no_value_and_its_neighbour_does(trouble: Trouble) -> None:
    async with running(PANEL.format(kind="serial")) as built, meters(built, "grid", "heat") as (grid, heat):
        await built.door.break_device("heat", trouble)
        with pytest.raises(DeviceError):
            await heat.read()
        assert (await grid.read()).quality is Quality.GOOD
        await built.door.mend_device("heat")
        await _good(heat)


@pytest.mark.anyio
@pytest.mark.parametrize("trouble", [Trouble.REFUSED, Trouble.HALF_OPEN, Trouble.OTHER_TRANSACTION])
async def test_what_a_serial_line_cannot_suffer_is_refused_in_words(trouble: Trouble) -> None:
    built = house(PANEL.format(kind="serial"))
    with pytest.raises(ConfigurationError, match="serial line"):
        await built.door.break_device("grid", trouble)


@pytest.mark.anyio
async def test_a_shorted_line_silences_everything_on_it() -> None:
    async with running(PANEL.format(kind="tcp+rtu")) as built, meters(built, "grid") as (grid,):
        await built.door.break_device("heat", Trouble.BUS_SHORT)
        with pytest.raises(DeviceUnreachable):
            await grid.read()


@pytest.mark.anyio
@pytest.mark.req("G-123")
@pytest.mark.parametrize("kind, scheme", [("serial", "serial://"), ("tcp", "tcp://")])
async def test_a_supply_meter_speaks_every_second_with_gas_and_water(kind: str, scheme: str) -> None:
    async with running(P1.format(kind=kind)) as built, meters(built, "grid") as (grid,):
        assert built.places["grid"].connect.startswith(scheme)
        first = await grid.read()
        second = await grid.read()
        exact = built.sync().measure("grid")
    assert (first.quality, second.quality) == (Quality.GOOD, Quality.GOOD)
    assert second.at.since(first.at) == pytest.approx(1.0, abs=0.4)
    assert first.power_w == pytest.approx(exact.power_w, abs=2)
    assert first.phases["L2"].current_a == pytest.approx(exact.phases[1].current_a, abs=0.01)
    assert first.energy_import_j == pytest.approx(4321.5 * 3.6e6, abs=30_000)
    assert first.energy_export_j == 12.25 * 3.6e6
    assert {(one.kind, one.volume_m3) for one in first.supply.utilities} == {("gas", 112.5), ("water", 7.25)}
    assert first.supply.demand_w is not None


@pytest.mark.anyio
async def test_a_garbled_telegram_fails_a_read_and_a_mended_meter_is_good_again() -> None:
    async with running(P1.format(kind="tcp")) as built, meters(built, "grid") as (grid,):
        await built.door.break_device("grid", Trouble.GARBLED)
        with pytest.raises(DeviceError):
            await grid.read()
        await built.door.mend_device("grid")
        await _good(grid)


@pytest.mark.anyio
async def test_telegrams_cannot_suffer_what_registers_do() -> None:
    built = house(P1.format(kind="tcp"))
    with pytest.raises(ConfigurationError, match="no registers"):
        await built.door.break_device("grid", Trouble.WRONG_ORDER)


BOX = """
[circuits.office]
[circuits.shop]
phases = ["L2"]
[loads.light]
power_w = {{ L1 = 300, L2 = 600, L3 = 900 }}
circuit = "office"
[loads.saw]
power_w = {{ L2 = 1500 }}
power_factor = 0.8
circuit = "shop"
[devices.office]
driver = "power-box"
point = "office"
wire = "box"
unit = 61
role = "load"
slots = [1, 2, 3]
reversed = [2]
[devices.shop]
driver = "power-box"
point = "shop"
wire = "box"
unit = 61
role = "load"
slots = [28]
phases = ["L2"]
[wires.box]
kind = "{kind}"
baud = 38400
"""


@pytest.mark.anyio
@pytest.mark.req("G-128")
@pytest.mark.parametrize("kind", ["tcp", "serial"])
async def test_a_power_box_measures_the_circuits_around_which_its_transformers_sit(kind: str) -> None:
    async with running(BOX.format(kind=kind)) as built, meters(built, "office", "shop") as (office, shop):
        light, saw = await office.read(), await shop.read()
    assert light.power_w == pytest.approx(1800, abs=5)
    assert [round(light.phases[p].power_w, -1) for p in ("L1", "L2", "L3")] == [300, 600, 900]
    assert saw.power_w == pytest.approx(1500, abs=5)
    assert saw.phases["L2"].current_a == pytest.approx(1500 / 0.8 / 230, abs=0.2)


@pytest.mark.anyio
async def test_several_circuits_of_one_box_share_its_address_in_the_site_file() -> None:
    async with running(BOX.format(kind="tcp")) as built:
        known = settings(built)
    assert known.devices["office"].connect == known.devices["shop"].connect
    slots = [[one.slot for one in known.devices[name].slots] for name in ("office", "shop")]
    assert slots == [[1, 2, 3], [28]]


SUNNY = """
[solar]
peak_w = 6000
inverter_w = 5000
[battery]
capacity_kwh = 10
charge_w = 3000
discharge_w = 3000
charge = 0.6
[devices.grid]
driver = "sunspec"
role = "grid"
model = {meter}
[devices.roof]
driver = "sunspec"
point = "solar"
role = "production"
model = {inverter}
[devices.battery]
driver = "sunspec"
point = "battery"
role = "battery"
"""


@pytest.mark.anyio
@pytest.mark.req("G-128", "G-001")
@pytest.mark.parametrize("meter, inverter", [(203, 103), (213, 113), (204, 701)])
async def test_sunspec_meter_inverter_and_battery_add_up_to_what_the_house_takes(meter: int, inverter: int) -> None:
    house_now = running(SUNNY.format(meter=meter, inverter=inverter))
    async with house_now as built, meters(built, "grid", "roof", "battery") as opened:
        seen = [(await one.read()).power_w for one in opened]
    assert seen[1] > 2000
    assert sum(seen) == pytest.approx(4140, abs=250)


async def _good(meter) -> None:
    """A mended device answers well again, after what was still on the line."""
    for _ in range(5):
        try:
            if (await meter.read()).quality is Quality.GOOD:
                return
        except DeviceError:
            continue
    raise AssertionError("it stays lost")
