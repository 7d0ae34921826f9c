"""The site as a meter for others, read by mbpoll, pymodbus, pysunspec2 and our own drivers."""

import asyncio
import math
import socket
from dataclasses import replace

import anyio.to_thread
import pytest
from pymodbus.client import AsyncModbusSerialClient
from pymodbus.framer import FramerType

from ohmstead.core.model.details import Quantity
from ohmstead.core.model.errors import DeviceRefused
from ohmstead.core.model.quantities import PHASES, Quality, Role
from ohmstead.core.model.readings import PhaseReading
from ohmstead.drivers.clock import SystemClock
from ohmstead.drivers.modbus_meter import ModbusMeter, Wiring
from ohmstead.drivers.sunspec import SunspecDevice
from ohmstead.protocols.meters.catalogue import load
from ohmstead.site import serving
from ohmstead.texts import LANGUAGES, word
from ohmstead.transport.address import SerialAddress, TcpAddress
from ohmstead.transport.modbus_client import Buses
from tests.mbpoll import polled
from tests.site.shown import GRID, STALE, client_of, floats, free_port, scan, shown
from tests.transport.ptys import crossed_pair

pytestmark = pytest.mark.anyio
SDM630 = {0x00: 230.25, 0x06: 6.25, 0x08: 6.5, 0x0C: -1400.5, 0x34: -4321.5, 0x3C: 210.0, 0x46: 49.97, 0x48: 5012.0}


@pytest.mark.req("G-128")
async def test_mbpoll_and_pymodbus_read_the_snapshot_as_an_sdm630() -> None:
    port = free_port()
    async with shown({"as": "sdm630", "listen": f"tcp://127.0.0.1:{port}"}) as house, client_of(port) as client:
        for register, value in SDM630.items():
            assert await floats(client, register, 1) == [pytest.approx(value)]
        seen = await polled(TcpAddress("127.0.0.1", port), 1, "3:float", 0, 9)
        assert [round(seen[at], 2) for at in (0, 2, 4, 6, 8, 12)] == [230.25, 231.5, 229.75, 6.25, 6.5, -1400.5]
        house.tick(grid=replace(GRID, power_w=777.0))
        assert (await polled(TcpAddress("127.0.0.1", port), 1, "3:float", 0x34))[0x34] == 777.0
        assert await floats(client, 0x34, 1) == [777.0]


@pytest.mark.req("G-128")
async def test_a_site_can_be_the_meter_of_another_site() -> None:
    ports = [free_port() for _ in range(2)]
    kinds = ({"as": "sdm630"}, {"as": "sunspec", "floats": True})
    serve = [{**kind, "listen": f"tcp://127.0.0.1:{port}"} for kind, port in zip(kinds, ports, strict=True)]
    buses, clock, wiring = Buses(), SystemClock(), Wiring("grid", 1, Role.GRID)
    async with shown(*serve):
        lines = [buses.open(TcpAddress("127.0.0.1", port)) for port in ports]
        meters = [ModbusMeter(wiring, load("eastron-sdm630"), lines[0], clock), SunspecDevice(wiring, lines[1], clock)]
        for meter in meters:
            reading = await meter.read()
            assert (reading.quality, reading.power_w) == (Quality.GOOD, GRID.power_w)
            assert (reading.energy_import_j, reading.energy_export_j) == (GRID.energy_import_j, GRID.energy_export_j)
            assert [reading.phases[p].power_w for p in PHASES] == [GRID.phases[p].power_w for p in PHASES]
            await meter.close()


@pytest.mark.parametrize(
    ("grid_type", "floating", "number"),
    [
        ("3x400+N", False, 203),
        ("3x400+N", True, 213),
        ("1x230", False, 201),
        ("1x230", True, 211),
        ("2x120/240", False, 202),
    ],
)
@pytest.mark.req("G-128")
async def test_pysunspec2_scans_the_site_and_reads_the_snapshot(grid_type: str, floating: bool, number: int) -> None:
    port = free_port()
    serve = {"as": "sunspec", "floats": floating, "listen": f"tcp://127.0.0.1:{port}", "unit": 7}
    async with shown(serve, grid_type=grid_type):
        found = await anyio.to_thread.run_sync(scan, port, 7)
        assert {key for key in found.models if isinstance(key, int)} == {1, number}
        (about,), (meter,) = found.models[1], found.models[number]
        assert (about.Mn.value, about.Md.value, about.SN.value) == ("Ohmstead", "grid", "home")
        assert meter.W.cvalue == pytest.approx(GRID.power_w, abs=1)
        assert meter.Hz.cvalue == pytest.approx(49.97)
        assert meter.PF.cvalue == pytest.approx(-0.98 if floating else -98)
        assert meter.TotWhImp.cvalue == pytest.approx(5_012_000)
        assert meter.TotWhExp.cvalue == pytest.approx(1_507_000)
        assert (meter.PhVphA.cvalue, meter.AphA.cvalue) == (pytest.approx(230.25, abs=0.1), pytest.approx(6.25))
        legs = {1: 1, 2: 2}.get(number % 10, 3)
        powers = [getattr(meter, f"Wph{leg}").cvalue for leg in "ABC"]
        assert powers[:legs] == pytest.approx([GRID.phases[p].power_w for p in PHASES[:legs]], abs=1)
        assert powers[legs:] == [None] * (3 - legs)


async def test_scale_factors_stand_still_whatever_the_values_are() -> None:
    port = free_port()
    async with shown({"as": "sunspec", "listen": f"tcp://127.0.0.1:{port}"}) as house:
        seen = set()
        for power_w, current_a in ((0.4, 0.01), (3300.0, 5.0), (-17_000.0, 25.0), (32_000.0, 90.0)):
            house.tick(grid=replace(GRID, power_w=power_w, phases={"L1": PhaseReading(230.0, current_a, power_w)}))
            meter = (await anyio.to_thread.run_sync(scan, port)).models[203][0]
            assert (meter.W.cvalue, meter.AphA.cvalue) == (pytest.approx(power_w, abs=0.5), pytest.approx(current_a))
            seen.add((meter.W_SF.value, meter.A_SF.value, meter.V_SF.value, meter.TotWh_SF.value))
        assert len(seen) == 1
        house.tick(grid=replace(GRID, power_w=40_000.0))
        beyond = (await anyio.to_thread.run_sync(scan, port)).models[203][0]
        assert (beyond.W.cvalue, beyond.Hz.cvalue) == (None, pytest.approx(49.97)), "more than its register holds"


FROZEN = {
    "the channel is stale": lambda house: house.tick(grid=STALE),
    "the channel is bad": lambda house: house.tick(grid=replace(STALE, quality=Quality.BAD)),
    "no tick has come for a while": lambda house: setattr(house.clock, "monotonic_s", house.clock.monotonic_s + 3.1),
    "the device is asked seldom": lambda house: house.tick(grid=replace(GRID, age_s=13.1)),
    "the meter tells no power": lambda house: house.tick(grid=replace(GRID, power_w=None)),
}


@pytest.mark.parametrize("happens", FROZEN)
@pytest.mark.req("G-021")
async def test_nothing_old_is_served_as_live(happens: str) -> None:
    one, two, three = free_port(), free_port(), free_port()
    serve = (
        {"as": "sdm630", "listen": f"tcp://127.0.0.1:{one}"},
        {"as": "sunspec", "listen": f"tcp://127.0.0.1:{two}"},
        {"as": "sunspec", "floats": True, "listen": f"tcp://127.0.0.1:{three}"},
    )
    async with shown(*serve) as house, client_of(one) as client:
        assert await floats(client, 0x34, 1) == [-4321.5]
        FROZEN[happens](house)
        for register in SDM630:
            refused = await client.read_input_registers(register, count=2, device_id=1)
            assert refused.exception_code == 4, "device failure"
        with pytest.raises(ValueError, match="Slave device or server failure"):
            await polled(TcpAddress("127.0.0.1", one), 1, "3:float", 0x34)
        for port, number in ((two, 203), (three, 213)):
            meter = (await anyio.to_thread.run_sync(scan, port)).models[number][0]
            told = [getattr(meter, name).cvalue for name in ("A", "AphA", "PhVphB", "Hz", "W", "WphC", "VAR", "PF")]
            assert all(value is None or math.isnan(value) for value in told), told
            assert meter.TotWhImp.cvalue == pytest.approx(5_012_000), "a total is no live value"
        house.tick(grid=GRID)
        assert await floats(client, 0x34, 1) == [-4321.5]
        assert (await anyio.to_thread.run_sync(scan, two)).models[203][0].W.cvalue == pytest.approx(-4321, abs=1)


async def test_before_the_first_snapshot_both_meters_fail_instead_of_showing_zero() -> None:
    one, two = free_port(), free_port()
    kinds = (
        {"as": "sdm630", "listen": f"tcp://127.0.0.1:{one}"},
        {"as": "sunspec", "listen": f"tcp://127.0.0.1:{two}"},
    )
    async with shown(*kinds) as house:
        house.state = None
        async with client_of(one) as client, client_of(two) as other:
            assert (await client.read_input_registers(0, count=2, device_id=1)).exception_code == 4
            assert (await other.read_holding_registers(40_000, count=2, device_id=1)).exception_code == 4


async def test_what_the_site_does_not_know_is_nan_and_never_zero() -> None:
    port = free_port()
    async with shown({"as": "sdm630", "listen": f"tcp://127.0.0.1:{port}"}) as house, client_of(port) as client:
        house.tick(grid=replace(GRID, reactive_power_var=None, phases={"L2": PhaseReading(231.0, 5.0)}))
        whole = await floats(client, 0, 38)
        named = {2: 231.0, 8: 5.0, 0x34: -4321.5, 0x3E: -0.98, 0x46: 49.97, 0x48: 5012.0, 0x4A: 1507.0}
        known = {register // 2: value for register, value in named.items()}
        assert {at for at, value in enumerate(whole) if not math.isnan(value)} == known.keys()
        assert {at: whole[at] for at in known} == pytest.approx(known)
        assert all(math.isnan(value) for value in await floats(client, 0x4C, 6))
        assert (await client.read_input_registers(0x58, count=2, device_id=1)).exception_code == 2


async def test_what_the_grid_meter_tells_besides_is_passed_on() -> None:
    port = free_port()
    async with shown({"as": "sdm630", "listen": f"tcp://127.0.0.1:{port}"}) as house, client_of(port) as client:
        house.tick(grid=replace(GRID, details={Quantity.VOLTAGE_V: {"L1-L2": 400.5}, Quantity.CURRENT_A: {"N": 7.75}}))
        assert await floats(client, 0xC8, 1) == [400.5]
        assert await floats(client, 0xE0, 1) == [7.75]


async def test_nothing_can_be_written_and_what_is_not_there_is_refused() -> None:
    one, two = free_port(), free_port()
    kinds = (
        {"as": "sdm630", "listen": f"tcp://127.0.0.1:{one}"},
        {"as": "sunspec", "listen": f"tcp://127.0.0.1:{two}"},
    )
    async with shown(*kinds), client_of(one) as client, client_of(two) as other:
        asked = [
            await client.write_register(0, 1, device_id=1),
            await client.write_registers(0x34, [1, 2], device_id=1),
            await other.write_register(40_000, 1, device_id=1),
            await client.write_coil(0, True, device_id=1),
            await client.read_coils(0, count=1, device_id=1),
            await client.read_holding_registers(0, count=2, device_id=1),
            await client.read_input_registers(65_535, count=1, device_id=1),
            await client.read_input_registers(0, count=2, device_id=9),
        ]
        assert [answer.exception_code for answer in asked] == [2, 2, 2, 1, 1, 2, 2, 11]
        assert await floats(client, 0, 1) == [230.25]


async def test_a_channel_is_named_and_two_meters_share_a_port() -> None:
    port = free_port()
    listen = f"tcp://127.0.0.1:{port}"
    two = ({"as": "sdm630", "listen": listen}, {"as": "sunspec", "listen": listen, "unit": 2, "channel": "oven"})
    async with shown(*two) as house, client_of(port) as client:
        house.tick(oven=replace(GRID, role=Role.LOAD, power_w=900.0))
        assert await floats(client, 0x34, 1) == [-4321.5]
        assert (await anyio.to_thread.run_sync(scan, port, 2)).models[203][0].W.cvalue == 900.0


@pytest.mark.req("EM-071")
async def test_the_site_is_a_meter_on_a_serial_line_too() -> None:
    async with crossed_pair() as (near, far):
        address = SerialAddress(near, 19_200)
        async with shown({"as": "sdm630", "listen": f"serial://{far}?baud=19200", "unit": 5}) as house:
            assert (await polled(address, 5, "3:float", 0x34))[0x34] == -4321.5
            client = AsyncModbusSerialClient(near, framer=FramerType.RTU, baudrate=19_200, timeout=3, retries=0)
            assert await client.connect()
            answer = await client.read_input_registers(0, count=76, device_id=5)
            values = client.convert_from_registers(answer.registers, client.DATATYPE.FLOAT32)
            assert values[0x34 // 2] == -4321.5
            house.tick(grid=STALE)
            assert (await client.read_input_registers(0x34, count=2, device_id=5)).exception_code == 4
            client.close()
            (done,) = house.lines.statistics().values()
            assert (done.connections, done.requests, done.refused) == (1, 3, 1)


async def test_a_port_that_is_taken_is_told_once_and_opened_when_it_is_free(monkeypatch) -> None:
    monkeypatch.setattr(serving, "AGAIN_S", 0.02)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        async with shown({"as": "sdm630", "listen": f"tcp://127.0.0.1:{port}"}) as house:
            (part,) = house.lines.parts()
            assert (part.ok, part.essential) == (False, False)
            for language in LANGUAGES:
                assert f"127.0.0.1:{port}" in word(part.reason, language)
            await asyncio.sleep(0.1)
            assert [event.kind for event in house.events] == ["serve.cannot_open"]
            taken.close()
            async with asyncio.timeout(5):
                while not next(house.lines.parts()).ok:
                    await asyncio.sleep(0.01)
            async with client_of(port) as client:
                assert await floats(client, 0x34, 1) == [-4321.5]


async def test_a_reader_of_ours_takes_a_lost_meter_for_lost() -> None:
    port, clock = free_port(), SystemClock()
    async with shown({"as": "sdm630", "listen": f"tcp://127.0.0.1:{port}"}) as house:
        house.tick(grid=STALE)
        meter = ModbusMeter(
            Wiring("grid", 1, Role.GRID), load("eastron-sdm630"), Buses().open(TcpAddress("127.0.0.1", port)), clock
        )
        with pytest.raises(DeviceRefused) as caught:
            await meter.read()
        assert caught.value.reason.key == "modbus.exception.4"
        await meter.close()
