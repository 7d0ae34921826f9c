"""The simulated building over real sockets, read by an independent Modbus client."""

import asyncio
import struct
import tomllib
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusIOException

from ohmstead.core.model.evse import BoardCommands, BoardFault, PilotMode
from ohmstead.core.model.quantities import PHASES
from ohmstead.core.model.settings import Settings
from ohmstead.core.model.time import Instant
from ohmstead.core.plant.flaws import Flaw
from ohmstead.core.plant.settings import Cue
from ohmstead.protocols import evse_board
from ohmstead.simulator.building import Building
from ohmstead.simulator.demo import START, demo
from ohmstead.simulator.settings import Clamp, Place, Trouble
from ohmstead.simulator.site_file import site_toml

AT = Instant(START, 0.0)
IDENTITY = (evse_board.IDENTITY_START, evse_board.IDENTITY_COUNT)
OFFER = BoardCommands(PilotMode.PWM, 26.67, permit_close=True)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def building() -> AsyncIterator[Building]:
    """A quiet demo: nothing switches by itself, the garage's car is there from the start."""
    settings = demo()
    loads = tuple(replace(load, pattern=load.name == "house", noise=0.0) for load in settings.world.loads)
    world = replace(
        settings.world,
        loads=loads,
        solar=replace(settings.world.solar, cloudiness=0.0),
        voltage_wander=0.0,
        story=(Cue(0, "plug", "garage"),),
    )
    running = Building(replace(settings, world=world))
    await running.start()
    try:
        yield running
    finally:
        await running.stop()


class Wire:
    """A client on one device."""

    def __init__(self, place: Place, timeout: float = 5.0) -> None:
        self.place = place
        self.client = AsyncModbusTcpClient(place.host, port=place.port, timeout=timeout, retries=0, reconnect_delay=0)

    async def __aenter__(self) -> "Wire":
        assert await self.client.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.client.close()

    async def inputs(self, start: int, count: int) -> list[int]:
        answer = await self.client.read_input_registers(start, count=count, device_id=self.place.unit)
        assert not answer.isError(), answer
        return answer.registers

    async def holdings(self, start: int, count: int) -> list[int]:
        answer = await self.client.read_holding_registers(start, count=count, device_id=self.place.unit)
        assert not answer.isError(), answer
        return answer.registers

    async def f32(self, start: int) -> float:
        return struct.unpack(">f", struct.pack(">2H", *await self.inputs(start, 2)))[0]

    async def board(self) -> evse_board.BoardFrame:
        _, capabilities = evse_board.decode_identity(await self.inputs(*IDENTITY))
        return evse_board.decode_frame(await self.inputs(0, 32), AT, capabilities)

    async def say(self, commands: BoardCommands, counter: int):
        words = list(evse_board.encode_commands(commands, counter))
        return await self.client.write_registers(0, words, device_id=self.place.unit)


@pytest.mark.anyio
@pytest.mark.req("EM-346", "EV-308")
async def test_an_sdm630_shows_the_grid_of_the_world(building: Building) -> None:
    async with Wire(building.places["grid"]) as grid:
        volts, watts, energy = await grid.f32(0x00), await grid.f32(0x34), await grid.f32(0x48)
    seen = building.world.measure("grid")
    assert volts == pytest.approx(seen.phases[0].voltage_v, abs=0.01)
    assert watts == pytest.approx(seen.power_w, abs=20)
    assert energy == pytest.approx(5012, abs=0.01)


@pytest.mark.anyio
@pytest.mark.req("EM-346")
async def test_a_switched_load_is_in_the_registers_of_circuit_and_grid_at_the_next_read(building: Building) -> None:
    async with Wire(building.places["oven"]) as oven, Wire(building.places["grid"]) as grid:
        before = await grid.f32(0x0E)
        building.door.switch("oven", True)
        assert await oven.f32(12) == pytest.approx(2220, abs=25)
        assert await grid.f32(0x0E) - before == pytest.approx(2215, abs=25)
        building.door.switch("oven", False)
        assert await oven.f32(12) == 0.0


@pytest.mark.anyio
@pytest.mark.req("EM-346")
async def test_a_b23_shows_scaled_integers_and_its_type(building: Building) -> None:
    building.door.switch("heat-pump", True)
    async with Wire(building.places["heat-pump"]) as pump:
        volts = struct.unpack(">I", struct.pack(">2H", *await pump.holdings(0x5B00, 2)))[0] / 10
        watts = struct.unpack(">i", struct.pack(">2H", *await pump.holdings(0x5B14, 2)))[0] / 100
        energy = struct.unpack(">Q", struct.pack(">4H", *await pump.holdings(0x5000, 4)))[0] / 100
        kind = struct.pack(">2H", *await pump.holdings(0x8960, 2))
    assert volts == pytest.approx(230, abs=2)
    assert watts == pytest.approx(1560, abs=10)
    assert energy == 1931.0
    assert kind == b"B23 "


@pytest.mark.anyio
@pytest.mark.req("EM-346")
async def test_the_inverter_speaks_sunspec_with_scale_factors(building: Building) -> None:
    async with Wire(building.places["solar"]) as solar:
        words = await solar.holdings(40000, 72)
        assert struct.pack(">2H", *words[:2]) == b"SunS"
        assert words[2:4] == [1, 66]
        assert words[70:72] == [103, 50]
        model = await solar.holdings(40070, 52)
    watts, factor = struct.unpack(">2h", struct.pack(">2H", *model[14:16]))
    assert watts * 10.0**factor == pytest.approx(-building.world.measure("solar").power_w, abs=5)
    assert watts * 10.0**factor > 2000


@pytest.mark.anyio
@pytest.mark.req("EM-346", "G-131")
async def test_a_board_charges_over_the_wire_and_opens_when_the_host_dies(building: Building) -> None:
    async with Wire(building.places["garage"]) as garage:
        identity, _ = evse_board.decode_identity(await garage.inputs(100, 40))
        assert (identity.rated_current_a, identity.phases) == (16.0, 3)
        for counter in range(1, 61):
            assert not (await garage.say(OFFER, counter)).isError()
            frame = await garage.board()
            assert frame.lease_counter == counter
            if frame.snapshot.contactor_closed:
                break
            await asyncio.sleep(0.1)
        assert frame.snapshot.contactor_closed
        assert frame.snapshot.pilot == "C"
    await asyncio.sleep(1.2)
    async with Wire(building.places["garage"]) as garage:
        snapshot = (await garage.board()).snapshot
    assert not snapshot.contactor_closed
    assert snapshot.faults is BoardFault.LEASE_LOST


@pytest.mark.anyio
async def test_a_board_refuses_half_a_command_and_keeps_what_it_had(building: Building) -> None:
    async with Wire(building.places["yard"]) as yard:
        half = await yard.client.write_registers(1, [1, 2667], device_id=1)
        wrong = await yard.client.write_registers(0, [1, 1, 500, 1, 0, 1, 0, 0, 0, 0], device_id=1)
        assert (half.exception_code, wrong.exception_code) == (2, 3)
        assert (await yard.board()).snapshot.pilot_mode is PilotMode.STEADY
        assert (await yard.holdings(0, 10))[1] == 0


@pytest.mark.anyio
async def test_a_fault_put_on_a_board_is_seen_and_stays_latched(building: Building) -> None:
    async with Wire(building.places["garage"]) as garage:
        building.door.hurt("garage", Flaw.BROKEN_BOARD)
        await asyncio.sleep(0.1)
        assert (await garage.board()).snapshot.faults is BoardFault.HARDWARE
        building.door.heal("garage")
        await asyncio.sleep(0.1)
        frame = await garage.board()
        assert frame.latched is BoardFault.HARDWARE
        assert frame.snapshot.faults is BoardFault.HARDWARE


@pytest.mark.parametrize(
    "trouble", [Trouble.SILENT, Trouble.GARBAGE, Trouble.SHORT, Trouble.OTHER_UNIT, Trouble.OTHER_TRANSACTION]
)
@pytest.mark.anyio
async def test_a_broken_wire_gives_no_value_and_only_on_its_device(building: Building, trouble: Trouble) -> None:
    await building.door.break_device("oven", trouble)
    async with Wire(building.places["oven"], timeout=0.3) as oven:
        with pytest.raises((ModbusIOException, struct.error)):
            await oven.f32(0)
    async with Wire(building.places["heat-pump"]) as neighbour:
        assert len(await neighbour.holdings(0x5B00, 2)) == 2
    await building.door.mend_device("oven")
    async with Wire(building.places["oven"]) as oven:
        assert await oven.f32(0) == pytest.approx(230, abs=3)


@pytest.mark.anyio
async def test_a_refused_connection_is_taken_again_on_the_same_port(building: Building) -> None:
    place = building.places["grid"]
    await building.door.break_device("grid", Trouble.REFUSED)
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(place.host, place.port)
    await building.door.mend_device("grid")
    async with Wire(place) as grid:
        assert await grid.f32(0) == pytest.approx(230, abs=3)


@pytest.mark.anyio
async def test_a_shared_wire_opens_when_its_last_refusing_device_is_mended(building: Building) -> None:
    place = building.places["oven"]
    for key in ("oven", "heat-pump", "oven"):
        await building.door.break_device(key, Trouble.REFUSED)
    await building.door.mend_device("oven")
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(place.host, place.port)
    await building.door.break_device("heat-pump", Trouble.NAN)
    async with Wire(place) as oven:
        assert await oven.f32(0) == pytest.approx(230, abs=3)


@pytest.mark.anyio
async def test_frozen_nan_overflow_and_wrong_order_are_on_the_wire(building: Building) -> None:
    async with Wire(building.places["grid"]) as grid:
        right = await grid.inputs(0, 2)
        await building.door.break_device("grid", Trouble.WRONG_ORDER)
        assert await grid.inputs(0, 2) == right[::-1]
        await building.door.break_device("grid", Trouble.NAN)
        assert struct.pack(">2H", *await grid.inputs(0, 2)) == b"\x7f\xc0\0\0"
        await building.door.break_device("grid", Trouble.OVERFLOW)
        assert await grid.f32(0) == float("inf")
        await building.door.mend_device("grid")
        await grid.f32(0)
        await building.door.break_device("grid", Trouble.FROZEN)
        before = await grid.inputs(0x34, 2)
        building.door.switch("oven", True)
        assert await grid.inputs(0x34, 2) == before


@pytest.mark.parametrize("key", ["grid", "oven", "heat-pump", "solar", "garage"])
@pytest.mark.parametrize("trouble", [Trouble.NAN, Trouble.OVERFLOW, Trouble.WRONG_ORDER, Trouble.FROZEN])
@pytest.mark.anyio
async def test_every_device_can_have_every_trouble_in_its_registers(
    building: Building, key: str, trouble: Trouble
) -> None:
    device = building.devices[key]
    whole = [(first, len(words)) for first, words in device.image()]
    await building.door.break_device(key, trouble)
    assert [(first, len(words)) for first, words in device.image()] == whole


@pytest.mark.anyio
async def test_a_reset_counter_starts_again_at_zero(building: Building) -> None:
    for key in ("grid", "oven", "heat-pump", "solar", "garage"):
        building.door.reset_counter(key)
    async with Wire(building.places["grid"]) as grid, Wire(building.places["garage"]) as garage:
        assert await grid.f32(0x48) < 0.1
        assert (await garage.board()).snapshot.energy_j == 0


@pytest.mark.anyio
@pytest.mark.req("EV-308")
async def test_a_building_without_power_answers_nobody_until_the_breaker_is_closed(building: Building) -> None:
    building.door.set_watts("base", {"L1": 0.0})
    building.door.set_watts("house", {"L1": 60_000.0})
    assert await _answers(building.places["grid"], False)
    building.door.set_watts("house", {})
    building.door.restore_mains()
    assert await _answers(building.places["grid"], True)


async def _answers(place: Place, wanted: bool) -> bool:
    """Whether the meter at ``place`` comes to answer, or to be silent, as ``wanted``."""
    for _ in range(50):
        async with Wire(place, timeout=0.3) as wire:
            try:
                answered = await wire.f32(0) > 200
            except ModbusIOException:
                answered = False
        if answered is wanted:
            return True
    return False


@pytest.mark.anyio
async def test_the_written_site_file_is_valid_and_names_every_device(building: Building) -> None:
    settings = Settings.model_validate(tomllib.loads(site_toml(building.settings, building.places)))
    assert set(settings.devices) == {"grid", "oven", "heat-pump", "solar"}
    assert set(settings.chargers) == {"garage", "yard"}
    assert settings.site.main_fuse_a == 25.0
    assert settings.site.contract_power_w == 10_000
    assert settings.devices["oven"].phases == ("L2",)
    assert settings.chargers["yard"].phases == ("L2", "L3", "L1")
    assert settings.devices["grid"].connect == building.places["grid"].connect


@pytest.mark.anyio
async def test_a_taken_port_is_told_and_leaves_nothing_open(building: Building) -> None:
    other = Building(demo())
    with pytest.raises(OSError, match=r"(?i)address already in use"):
        await other.start(ports={"solar": building.places["grid"].port})
    assert other.places == {}


@pytest.mark.anyio
@pytest.mark.req("G-022")
async def test_a_meter_can_be_connected_wrong(building: Building) -> None:
    building.door.switch("oven", True)
    building.door.set_watts("house", {"L1": 6000.0, "L2": 1000.0, "L3": 0.0})

    async def shown(*clamps: Clamp) -> list[float]:
        building.door.connect_meter("grid", clamps)
        async with Wire(building.places["grid"]) as wire:
            return [await wire.f32(register) for register in (12, 14, 16)]

    right = await shown(*(Clamp(phase, phase) for phase in PHASES))
    turned = await shown(Clamp("L1", "L1", turned=True), Clamp("L2", "L2"), Clamp("L3", "L3"))
    assert turned == pytest.approx([-right[0], right[1], right[2]], rel=0.05, abs=30)
    exchanged = await shown(Clamp("L2", "L2"), Clamp("L1", "L1"), Clamp("L3", "L3"))
    assert exchanged == pytest.approx([right[1], right[0], right[2]], rel=0.05, abs=30)
    swapped = await shown(Clamp("L1", "L2"), Clamp("L2", "L1"), Clamp("L3", "L3"))
    assert swapped[1] == pytest.approx(-right[0] / 2, rel=0.4)
    unplugged = await shown(Clamp("L1", None), Clamp("L2", "L2"), Clamp("L3", "L3"))
    assert unplugged[0] == 0.0
    with pytest.raises(ValueError, match="terminals"):
        building.door.connect_meter("oven", [Clamp("L1", "L1")] * 2)
    with pytest.raises(ValueError, match="terminals"):
        building.door.connect_meter("garage", [Clamp("L1", "L1")])
