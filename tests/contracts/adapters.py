"""The adapters of each port, each on a rig. A new adapter adds one row."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from pymodbus.pdu import ModbusPDU
from pymodbus.pdu.register_message import ReadInputRegistersResponse

from ohmstead.core.model.evse import CtInput, GridCt
from ohmstead.core.model.quantities import Role
from ohmstead.core.model.readings import PhaseReading
from ohmstead.core.model.settings import BoardSettings, ChargerSettings, DeviceSettings
from ohmstead.core.model.sources import ChannelSettings, OfflineSettings
from ohmstead.drivers.build import open_board, open_meter
from ohmstead.drivers.clock import SystemClock
from ohmstead.protocols import shelly, tasmota
from ohmstead.protocols.evse_board import (
    BoardFrame,
    BoardRefused,
    Capability,
    decode_commands,
    encode_frame,
    encode_identity,
)
from ohmstead.protocols.evse_board_ct import CT_START, encode_ct
from ohmstead.protocols.meters.catalogue import load, names
from ohmstead.protocols.meters.codec import MeterValues, encode
from ohmstead.protocols.power_box.codec import PowerBoxSetup, PowerBoxValues, SlotValues
from ohmstead.protocols.power_box.codec import Slot as PowerBoxSlot
from ohmstead.protocols.power_box.codec import encode as encode_power_box
from ohmstead.protocols.power_box.table import Association
from ohmstead.protocols.sunspec.device import InverterPlate, inverter_image, map_of
from ohmstead.protocols.sunspec.measuring import shown
from ohmstead.transport.modbus_client import Buses
from ohmstead.transport.modbus_server import RegisterRefused, ServedUnit
from ohmstead.transport.mqtt_client import MqttConnection
from ohmstead.transport.web_address import BrokerAddress
from ohmstead.transport.web_server import WebFault, WebServer
from tests.contracts.far_side import hands, served
from tests.contracts.plain_boards import evse_din_board, phoenix_board
from tests.contracts.ports import BoardAdapter, BoardRig, BoardWorld, MeterAdapter, MeterRig, Truth
from tests.contracts.samples import IDENTITY, SNAPSHOT
from tests.protocols.p1.telegrams import made
from tests.transport.brokers import mosquitto
from tests.transport.rtu_peers import on_pty


def values(truth: Truth, phases: int) -> MeterValues:
    each = PhaseReading(truth.voltage_v, truth.current_a, truth.power_w / phases, 0.0, 1.0)
    return MeterValues(
        power_w=truth.power_w,
        reactive_power_var=0.0,
        power_factor=1.0,
        frequency_hz=truth.frequency_hz,
        energy_import_j=truth.energy_j,
        energy_export_j=0,
        terminals=(each,) * phases,
    )


@asynccontextmanager
async def modbus_meter(key: str) -> AsyncIterator[MeterRig]:
    table = load(key)
    truths = [Truth()]

    def image():
        return encode(table, values(truths[0], table.phases))

    unit = ServedUnit(5, inputs=image) if table.function == 4 else ServedUnit(5, holdings=image)
    phases = ("L2", "L3", "L1")[: table.phases]
    async with served(unit) as (server, address):
        settings = DeviceSettings(driver="modbus", meter=key, connect=address, unit=5, role=Role.LOAD, phases=phases)
        rig = _meter_rig(settings, server, phases, truths)
        voltages = [point for point in table.points if point.quantity == "voltage_v"]
        yield replace(rig, shows_missing=all(p.not_available or p.type[0] == "f" for p in voltages))


@asynccontextmanager
async def rtu_meter() -> AsyncIterator[MeterRig]:
    """A meter on a serial port."""
    table, shown = load("eastron-sdm630"), [Truth()]

    def answer(pdu: ModbusPDU, unit: int) -> ModbusPDU:
        cells = {start + i: word for start, words in encode(table, values(shown[0], 3)) for i, word in enumerate(words)}
        return ReadInputRegistersResponse(registers=[cells[pdu.address + i] for i in range(pdu.count)])

    async with on_pty(numbers=(5,), answer=answer) as (address, far):
        settings = DeviceSettings(
            driver="modbus",
            meter="eastron-sdm630",
            connect=str(address),
            unit=5,
            role=Role.LOAD,
            phases=("L2", "L3", "L1"),
        )
        meter = open_meter("oven", settings, Buses(), SystemClock())

        def lose() -> None:
            far.numbers = ()

        def find() -> None:
            far.numbers = (5,)

        yield MeterRig(meter, "oven", ("L2", "L3", "L1"), partial(shown.__setitem__, 0), lose, find)


@asynccontextmanager
async def sunspec_inverter() -> AsyncIterator[MeterRig]:
    truths = [Truth()]
    plate = InverterPlate("Ohmstead", "sim", "1", "PV-1")
    unit = ServedUnit(5, holdings=lambda: inverter_image(plate, values(truths[0], 3)))
    async with served(unit) as (server, address):
        settings = DeviceSettings(driver="sunspec", connect=address, unit=5, role=Role.PRODUCTION)
        yield _meter_rig(settings, server, ("L1", "L2", "L3"), truths)


@asynccontextmanager
async def sunspec_meter(model: int, legs: int) -> AsyncIterator[MeterRig]:
    truths = [Truth()]
    plate = InverterPlate("Ohmstead", "sim", "1", "M-1")
    unit = ServedUnit(5, holdings=lambda: map_of(plate, (shown(model, values(truths[0], legs)),)))
    phases = ("L3", "L1", "L2")[:legs]
    async with served(unit) as (server, address):
        settings = DeviceSettings(driver="sunspec", connect=address, unit=5, role=Role.GRID, phases=phases)
        yield _meter_rig(settings, server, phases, truths)


@asynccontextmanager
async def power_box() -> AsyncIterator[MeterRig]:
    truths = [Truth()]
    setup = PowerBoxSetup(tuple(PowerBoxSlot(Association(index % 3)) for index in range(28)), "5400000001", (1, 44))

    def image():
        now = truths[0]
        slot = SlotValues(PhaseReading(None, now.current_a, now.power_w / 3), now.energy_j // 3, 0)
        return encode_power_box(setup, PowerBoxValues(now.frequency_hz, (now.voltage_v,) * 3, (slot,) * 28))

    async with served(ServedUnit(5, holdings=image)) as (server, address):
        settings = DeviceSettings(driver="power-box", connect=address, unit=5, role=Role.LOAD, slots=(4, 5, 6))
        yield _meter_rig(settings, server, ("L1", "L2", "L3"), truths)


@asynccontextmanager
async def p1_meter() -> AsyncIterator[MeterRig]:
    """A meter that sends a telegram twenty times a second to whoever is connected, until it is lost."""
    shown, there = [Truth()], [True]
    writers: set[asyncio.StreamWriter] = set()

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.add(writer)
        while there[0] and not writer.is_closing():
            writer.write(p1_telegram(shown[0]))
            await asyncio.sleep(0.05)
        writer.close()

    def lose() -> None:
        there[0] = False
        for writer in writers:
            writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    address = f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    settings = DeviceSettings(driver="p1", connect=address, role=Role.GRID, phases=("L2", "L3", "L1"))
    meter = open_meter("oven", settings, Buses(), SystemClock())
    yield MeterRig(
        meter, "oven", ("L2", "L3", "L1"), partial(shown.__setitem__, 0), lose, partial(there.__setitem__, 0, True)
    )
    lose()
    server.close()


def p1_telegram(truth: Truth) -> bytes:
    each = truth.power_w / 3000
    lines = [f"1-0:1.8.1({truth.energy_j / 3.6e6:010.3f}*kWh)", f"1-0:14.7.0({truth.frequency_hz:.2f}*Hz)"]
    for row in (0, 20, 40, 60):
        power = each if row else 3 * each
        lines += [f"1-0:{row + 1}.7.0({max(power, 0):.6f}*kW)", f"1-0:{row + 2}.7.0({max(-power, 0):.6f}*kW)"]
    for row in (20, 40, 60):
        lines += [f"1-0:{row + 12}.7.0({truth.voltage_v:.1f}*V)"] if truth.voltage_v is not None else []
        lines += [f"1-0:{row + 11}.7.0({truth.current_a:.2f}*A)"]
    return made(*lines)


@asynccontextmanager
async def modbus_board() -> AsyncIterator[BoardRig]:
    world = BoardWorld(IDENTITY, SNAPSHOT)
    frame, lease = [0], [0]

    def inputs():
        frame[0] += 1
        snapshot = replace(world.snapshot, uptime_s=frame[0] / 10)
        words = encode_frame(BoardFrame(snapshot, frame[0], lease[0]))
        return ((0, words), (100, encode_identity(world.identity, Capability.CURRENTS)))

    def write(register, words):
        try:
            commands, counter = decode_commands(register, words)
        except BoardRefused as refused:
            raise RegisterRefused(refused.code) from refused
        world.commands.append(commands)
        world.renewals += counter != lease[0]
        lease[0] = counter

    unit = ServedUnit(5, inputs, lambda: ((0, (0,) * 10),), write)
    async with served(unit) as (server, address):
        board = open_board("garage", BoardSettings(connect=address, unit=5), Buses(), SystemClock())
        yield BoardRig(board, world, *hands(server))
        await board.close()


@asynccontextmanager
async def web_meter(**settings) -> AsyncIterator[MeterRig]:
    """A device that answers HTTP with one document, as a Shelly, or as a Tasmota."""
    shown, driver = [Truth()], settings["driver"]

    def answer(path: str, query: Mapping[str, str]) -> bytes | None:
        if driver == "http":
            return json_document(shown[0])
        if driver == "tasmota":
            return json.dumps({"StatusSNS": tasmota.shown(values(shown[0], 3), "2026-06-21T10:00:00")}).encode()
        kind, _, _ = path.removeprefix("/rpc/").partition(".")
        return json.dumps(shelly.shown("em:0", values(shown[0], 3))[f"{kind.lower()}:{query['id']}"]).encode()

    server = WebServer(answer)
    await server.start()
    made = DeviceSettings(connect=f"http://127.0.0.1:{server.port}", role=Role.LOAD, period_s=1.0, **settings)
    meter = open_meter("oven", made, Buses(), SystemClock())

    def lose() -> None:
        server.fault = WebFault(silent=True)

    def find() -> None:
        server.fault = None

    phases = settings.get("phases", ("L1", "L2", "L3"))
    yield MeterRig(meter, "oven", phases, partial(shown.__setitem__, 0), lose, find)
    await server.stop()


@asynccontextmanager
async def mqtt_meter(**settings) -> AsyncIterator[MeterRig]:
    """A device that publishes twenty times a second to a real broker, until it is lost and says so by its last will."""
    shown, there, driver = [Truth()], [True], settings["driver"]
    topics = {"mqtt": "home/oven", "tasmota": "tele/oven/SENSOR", "shelly": "oven/status/em:0"}
    wills = {"mqtt": ("home/oven/state", b"offline"), "tasmota": ("tele/oven/LWT", b"Offline")}
    will, gone = wills.get(driver, ("oven/online", b"false"))
    with TemporaryDirectory() as folder:
        async with mosquitto(Path(folder)) as broker:
            link = MqttConnection(BrokerAddress("127.0.0.1", broker.port))
            link.connect()

            async def speak() -> None:
                while True:
                    if there[0]:
                        now = values(shown[0], 3)
                        documents = {topics[driver]: json_document(shown[0])}
                        if driver == "tasmota":
                            documents = {topics[driver]: json.dumps(tasmota.shown(now, "")).encode()}
                        elif driver == "shelly":
                            shows = shelly.shown("em:0", now)
                            documents = {
                                f"oven/status/{name}": json.dumps(shows[name]).encode() for name in reversed(shows)
                            }
                        for topic, payload in documents.items():
                            link.publish(topic, payload)
                    else:
                        link.publish(will, gone)
                    await asyncio.sleep(0.05)

            speaking = asyncio.ensure_future(speak())
            made = DeviceSettings(connect=broker.address, role=Role.LOAD, **settings)
            meter = open_meter("oven", made, Buses(), SystemClock())
            phases = settings.get("phases", ("L1", "L2", "L3"))
            lose, find = partial(there.__setitem__, 0, False), partial(there.__setitem__, 0, True)
            yield MeterRig(meter, "oven", phases, partial(shown.__setitem__, 0), lose, find)
            speaking.cancel()
            await link.close()


def json_document(truth: Truth) -> bytes:
    """What a device of somebody's own making might say."""
    each = {"u": truth.voltage_v, "i": truth.current_a * 1000}
    document = {"kw": truth.power_w / 1000, "hz": truth.frequency_hz, "kwh": truth.energy_j / 3.6e6, "rows": [each] * 3}
    return json.dumps(document).encode()


def json_channels(**more: str) -> dict[str, ChannelSettings]:
    rows = [(f"voltage_v.L{n + 1}", f"rows[{n}].u", "V") for n in range(3)]
    rows += [(f"current_a.L{n + 1}", f"rows[{n}].i", "mA") for n in range(3)]
    rows += [("power_w", "kw", "kW"), ("frequency_hz", "hz", "Hz"), ("energy_import_j", "kwh", "kWh")]
    return {name: ChannelSettings(path=path, unit=unit, **more) for name, path, unit in rows}


@asynccontextmanager
async def board_ct(source: CtInput) -> AsyncIterator[MeterRig]:
    """The transformers of a board: each look of the client finds a new sample."""
    truths, sample = [Truth()], [0]

    def inputs():
        now = truths[0]
        sample[0] += 1
        powers = (now.power_w / 3,) * 3
        ct = GridCt("heard", sample[0], 0.0, (now.current_a,) * 3, (now.voltage_v,) * 3, powers)
        identity = encode_identity(IDENTITY, Capability.GRID_CT | Capability.REMOTE_CT)
        return ((100, identity), (CT_START[source], encode_ct(ct)))

    phases = ("L2", "L3", "L1")
    async with served(ServedUnit(5, inputs=inputs)) as (server, address):
        charger = ChargerSettings(board=BoardSettings(connect=address, unit=5), max_current_a=16.0, phases=phases)
        settings = DeviceSettings(driver="board-ct", connect="board://garage", input=source, role=Role.GRID)
        meter = open_meter("oven", settings, Buses(), SystemClock(), {"garage": charger})
        yield MeterRig(meter, "oven", phases, partial(truths.__setitem__, 0), *hands(server), counts=False)


METERS: dict[str, MeterAdapter] = {
    "http document": partial(web_meter, driver="http", channels=json_channels()),
    "http shelly": partial(web_meter, driver="shelly", component="em:0", phases=("L2", "L3", "L1")),
    "http tasmota": partial(web_meter, driver="tasmota", phases=("L3", "L1", "L2")),
    "mqtt document": partial(
        mqtt_meter,
        driver="mqtt",
        channels=json_channels(topic="home/oven"),
        offline=OfflineSettings(topic="home/oven/state"),
    ),
    "mqtt shelly": partial(mqtt_meter, driver="shelly", topic="oven", component="em:0"),
    "mqtt tasmota": partial(mqtt_meter, driver="tasmota", topic="oven", phases=("L2", "L3", "L1")),
    **{f"modbus {key}": partial(modbus_meter, key) for key in names()},
    "power box": power_box,
    "sunspec inverter": sunspec_inverter,
    "sunspec meter": partial(sunspec_meter, 203, 3),
    "sunspec single-phase meter in floats": partial(sunspec_meter, 211, 1),
    "modbus rtu": rtu_meter,
    "p1": p1_meter,
    "board's own transformers": partial(board_ct, "wired"),
    "board's remote transformers": partial(board_ct, "remote"),
}
BOARDS: dict[str, BoardAdapter] = {
    "modbus board": modbus_board,
    "phoenix ev cc": phoenix_board,
    "evse din": partial(evse_din_board, fine=True),
    "evse din in whole amperes": partial(evse_din_board, fine=False),
}


def _meter_rig(settings, server, phases, truths) -> MeterRig:
    meter = open_meter("oven", settings, Buses(), SystemClock())
    return MeterRig(meter, "oven", phases, partial(truths.__setitem__, 0), *hands(server))
