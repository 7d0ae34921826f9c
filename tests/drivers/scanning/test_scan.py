"""Scans of a simulated building on real sockets, and of peers that wish nobody well."""

import asyncio
import os
from pathlib import Path

import pytest

from ohmstead.core.model.quantities import Role
from ohmstead.core.model.readings import PhaseReading
from ohmstead.drivers.clock import SystemClock
from ohmstead.drivers.scanning.finding import Sureness
from ohmstead.drivers.scanning.scan import Patience, scan_all
from ohmstead.drivers.scanning.targets import targets
from ohmstead.protocols.meters import catalogue
from ohmstead.protocols.meters.codec import MeterValues
from ohmstead.protocols.power_box.codec import BusDevice, PowerBoxSetup, PowerBoxValues, Slot, encode
from ohmstead.protocols.power_box.table import SLOTS, Association
from ohmstead.protocols.sunspec.device import InverterPlate, map_of
from ohmstead.protocols.sunspec.measuring import shown
from ohmstead.protocols.sunspec.storage import BATTERY, PANELS, DcPort, Storage, shown_port, shown_storage
from ohmstead.simulator.settings import BoardSpec, MeterSpec, Trouble
from ohmstead.texts import word
from ohmstead.transport.modbus_server import ModbusServer, ServedUnit
from tests.drivers.scanning.world import FAST, building, ports, scanned
from tests.transport.peers import answering, nowhere, peer, right

pytestmark = pytest.mark.anyio
TELEGRAM = (Path(__file__).parents[2] / "data/p1/v5.txt").read_bytes()


@pytest.mark.req("G-128")
async def test_a_buildings_devices_are_recognised_by_what_they_say_of_themselves():
    async with building() as running:
        found = await scanned(*ports(running), patience=Patience(units=range(1, 10), telegram_s=0.5))
        kinds = {(one.driver, one.unit): one for one in found.findings}
        assert found.troubles == ()
        assert len(found.findings) == len(running.devices)
        assert kinds["modbus", 8].meters == ("abb-b23",)
        assert kinds["modbus", 8].sureness is Sureness.SURE
        assert kinds["modbus", 7].phases == 1
        assert kinds["sunspec", 1].sides == ("inverter",)
        boards = [one for one in found.findings if one.driver == "modbus-board"]
        assert sorted(one.rated_current_a for one in boards) == [16.0, 32.0]


@pytest.mark.req("G-128")
async def test_a_board_that_can_be_bought_is_recognised_by_its_order_designation_where_it_has_one():
    boards = (BoardSpec("garage", "one", 7, driver="phoenix-ev-cc"), BoardSpec("yard", "two", 3, driver="evse-din"))
    async with building([], inverters=(), boards=boards) as running:
        found = await scanned(*ports(running), patience=Patience(units=range(1, 10), answer_s=0.2, telegram_s=0.5))
    (one,) = found.findings
    assert (one.driver, one.unit, one.sureness, one.mark) == ("phoenix-ev-cc", 7, Sureness.SURE, "SIM0007")
    assert one.model == "Phoenix Contact EV-CC-AC1-M3-CBC-SER-PCB"
    assert one.rated_current_a == 16.0


@pytest.mark.parametrize("key", catalogue.names())
async def test_a_meter_of_each_model_is_found_among_all_tables(key):
    phases = {"phases": ("L2",)} if catalogue.load(key).phases == 1 else {}
    spec = MeterSpec("one", "grid", key, "wire", 3, Role.GRID, **phases)
    async with building([spec], inverters=(), boards=()) as running:
        found = await scanned(*ports(running))
    (one,) = found.findings
    assert key in one.meters
    assert (one.unit, one.phases) == (3, catalogue.load(key).phases)
    assert one.sureness is (Sureness.SURE if catalogue.load(key).identify else one.sureness)
    assert len(one.meters) <= 2


async def test_nothing_is_written_and_a_device_has_one_visitor_at_a_time():
    asked: list[bytes] = []
    visitors: set[asyncio.StreamWriter] = set()
    crowds: list[int] = []

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visitors.add(writer)
        try:
            while True:
                request = await reader.readexactly(12)
                crowds.append(len(visitors))
                asked.append(request)
                writer.write(right(request))
        finally:
            visitors.discard(writer)

    async with peer(behave) as address:
        found = await scanned(f"{address.host}:{address.port}")
    assert found.findings == ()
    assert {"scan.unknown_unit"} == {reason.key for reason in found.troubles}
    assert {request[7] for request in asked} == {3, 4}
    assert set(crowds) == {1}


async def test_a_device_that_answers_to_every_number_counts_once():
    spec = MeterSpec("one", "grid", "eastron-sdm630", "wire", 1, Role.GRID)
    async with building([spec], inverters=(), boards=()) as running:
        (inner,) = running.places.values()

        async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            """Forwards to unit 1 whatever the number is, as a converter for a single device does."""
            there, back = await asyncio.open_connection(inner.host, inner.port)
            try:
                while True:
                    request = await reader.readexactly(12)
                    back.write(request[:6] + b"\1" + request[7:])
                    header = await there.readexactly(7)
                    rest = await there.readexactly(int.from_bytes(header[4:6], "big") - 1)
                    writer.write(header[:6] + request[6:7] + rest)
            finally:
                back.transport.abort()

        async with peer(deaf) as address:
            found = await scanned(f"{address.host}:{address.port}")
    assert [one.unit for one in found.findings] == [1]


async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def garbage(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while await reader.read(256):
        writer.write(b"\xff\xfe garbage \r\n")


async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"A" * 65_536)
        await writer.drain()


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    return


async def greeting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 mail.example ESMTP\r\n")
    await reader.read()


@pytest.mark.parametrize("behave", [silence, garbage, flood, hang_up, greeting])
async def test_a_peer_that_speaks_something_else_is_told_and_ends_no_scan(behave):
    async with peer(behave) as address, asyncio.timeout(60):
        found = await scanned(f"{address.host}:{address.port}")
    assert found.findings == ()
    (reason,) = found.troubles
    assert str(address.port) in word(reason)


async def test_a_gateway_without_devices_says_so():
    async with building([], boards=()) as running:
        inverter = running.places["solar"]
        await running.set_trouble("solar", Trouble.SILENT)
        found = await scanned(f"{inverter.host}:{inverter.port}", patience=Patience(units=(2, 3), telegram_s=0.2))
    assert [reason.key for reason in found.troubles] == ["scan.no_unit"]


async def test_a_port_with_nothing_behind_it_is_told_and_one_of_a_range_is_only_counted():
    async with nowhere() as address:
        named = await scanned(f"127.0.0.1:{address.port}")
        ranged = await scanned(f"127.0.0.0/30:{address.port}")
    assert [reason.key for reason in named.troubles] == ["modbus.no_connection"]
    assert "refused" in word(named.troubles[0])
    assert (ranged.troubles, ranged.silent) == ((), 2)


async def test_a_host_whose_name_nobody_knows_is_told():
    (reason,) = (await scanned("no-such-host.invalid:502")).troubles
    assert reason.key == "modbus.no_connection"


async def test_how_far_a_scan_is_never_goes_back_and_ends_at_the_whole():
    told: list[float] = []
    async with peer(answering(right)) as address, peer(silence) as mute:
        words = [f"{address.host}:{address.port}", f"{mute.host}:{mute.port}"]
        await scan_all(targets(words), SystemClock(), FAST, lambda done, _: told.append(done))
    assert told == sorted(told)
    assert told[-1] == 1.0


@pytest.mark.req("G-123")
async def test_a_supply_meters_telegrams_are_heard_on_a_network_port():
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while not writer.is_closing():
            writer.write(TELEGRAM)
            await asyncio.sleep(0.1)

    async with peer(speak) as address:
        found = await scanned(f"{address.host}:{address.port}", patience=Patience(units=(1, 2, 3), telegram_s=10))
    assert [(one.driver, one.connect) for one in found.findings] == [("p1", str(address))]


def web_server(pages: dict[bytes, bytes]):
    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        body = pages.get(head.split()[1])
        status = b"200 OK" if body is not None else b"404 Not Found"
        body = body or b""
        writer.write(b"HTTP/1.1 %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (status, len(body), body))
        await writer.drain()

    return behave


@pytest.mark.parametrize(
    "pages, drivers, keys",
    [
        ({b"/rpc/Shelly.GetDeviceInfo": b'{"model": "SPEM", "mac": "A0", "app": "Pro3EM"}'}, ["shelly"], []),
        ({b"/shelly": b'{"type": "SHEM-3", "mac": "A0", "auth": false}'}, [], ["scan.too_old"]),
        ({b"/cm?cmnd=Status%200": b'{"Status": {"Topic": "t"}, "StatusNET": {"Mac": "x"}}'}, ["tasmota"], []),
        ({b"/cm?cmnd=Status%200": b'{"WARNING": "Need user=<u>&password=<p>"}'}, ["tasmota"], ["scan.locked"]),
        ({b"/": b"<html>"}, [], ["scan.unknown_page"]),
    ],
)
async def test_devices_with_a_web_page_are_known_by_their_identity(pages, drivers, keys):
    async with peer(web_server(pages)) as address:
        found = await scanned(f"{address.host}:{address.port}", patience=Patience(units=(1,), telegram_s=0.2))
    assert [one.driver for one in found.findings] == drivers
    assert [reason.key for reason in found.troubles] == keys
    assert all(one.connect == f"http://{address.host}:{address.port}" for one in found.findings)


@pytest.mark.parametrize("path, hint", [("/dev/no-such-port", "No such file"), ("/dev/null", "ioctl")])
async def test_a_serial_port_that_cannot_be_opened_is_told_once(path, hint):
    (reason,) = (await scanned(f"serial://{path}")).troubles
    assert hint in word(reason)


async def test_a_serial_port_that_is_forbidden_is_told(tmp_path, ordinary_user):
    port = tmp_path / "port"
    if os.access(tmp_path, os.W_OK, effective_ids=True):
        port.touch(mode=0)
    (reason,) = (await scanned(f"serial://{port}")).troubles
    assert "Permission denied" in word(reason)


@pytest.mark.req("G-128")
async def test_a_power_box_is_known_by_its_model_and_tells_its_circuits():
    slots = [Slot()] * SLOTS
    for index, terminal in ((0, 0), (1, 1), (2, 2), (6, 0)):
        slots[index] = Slot(Association(terminal), "SCT02 50 A")
    devices = [BusDevice(5600, "5600000007", (1, 2), (0, 1, 2))]
    image = encode(PowerBoxSetup(tuple(slots), "5400123456", (1, 44)), PowerBoxValues(50.0, (230.0,) * 3), devices)
    server = ModbusServer([ServedUnit(61, holdings=lambda: image)])
    await server.start()
    try:
        found = await scanned(f"127.0.0.1:{server.port}", patience=Patience(units=(1, 61), telegram_s=0.2))
    finally:
        await server.stop()
    (box,) = found.findings
    assert (box.driver, box.unit, box.mark) == ("power-box", 61, "5400123456")
    assert box.circuits == ((1, 2, 3), (7,))


@pytest.mark.req("G-128")
async def test_an_inverter_with_a_meter_in_its_map_is_two_sides_of_one_device():
    values = MeterValues(3000.0, 0.0, 1.0, 50.0, 3_600_000, 0, (PhaseReading(230.0, 4.3, 1000.0, 0.0, 1.0),) * 3)
    image = map_of(InverterPlate("Sun", "Roof\n5", "1", "S1"), (shown(103, values), shown(203, values)))
    server = ModbusServer([ServedUnit(3, holdings=lambda: image)])
    await server.start()
    try:
        found = await scanned(f"127.0.0.1:{server.port}")
    finally:
        await server.stop()
    (one,) = found.findings
    assert (one.driver, one.sides, one.phases, one.mark) == ("sunspec", ("inverter", "meter"), 3, "S1")
    assert "\n" not in one.model


@pytest.mark.parametrize(
    "named, key, where",
    [
        ("no-such-host.invalid", "modbus.no_connection", "no-such-host.invalid"),
        ("serial:///dev/no-such-port", "line.no_connection", "serial:///dev/no-such-port"),
    ],
)
async def test_what_is_not_there_is_told_once_by_the_name_that_was_given(named, key, where):
    found = await scanned(named, patience=Patience(units=(1,), answer_s=0.1, telegram_s=0.1))
    (reason,) = found.troubles
    assert (reason.key, reason.params["where"]) == (key, where)


def port(kind: int) -> tuple[int, ...]:
    return shown_port(DcPort(power_w=900.0, kind=kind))


BATTERY_HELD = shown_storage(Storage(36_000_000, 18_000_000, 0.5, 1.0, 0))
FEEDS = MeterValues(900.0, 0.0, 1.0, 50.0, 3_600_000, 0, (PhaseReading(230.0, 1.3, 300.0, 0.0, 1.0),) * 3)


@pytest.mark.req("G-128")
@pytest.mark.parametrize(
    "models, sides",
    [
        ((shown(701, FEEDS), BATTERY_HELD, port(BATTERY)), ("battery",)),
        ((shown(701, FEEDS), BATTERY_HELD), ("either",)),
        ((shown(103, FEEDS), BATTERY_HELD, port(PANELS)), ("inverter",)),
        ((shown(103, FEEDS), port(PANELS)), ("inverter",)),
        ((BATTERY_HELD,), ("battery",)),
        ((shown(103, FEEDS), (714, 30, *(9,) * 30)), ("inverter",)),
    ],
)
async def test_what_a_sunspec_device_is_follows_from_what_hangs_on_it(models, sides):
    image = map_of(InverterPlate("Sun", "Roof", "1", "S1"), models)
    server = ModbusServer([ServedUnit(3, holdings=lambda: image)])
    await server.start()
    try:
        found = await scanned(f"127.0.0.1:{server.port}")
    finally:
        await server.stop()
    (one,) = found.findings
    assert one.sides == sides


async def test_a_meter_whose_words_stand_the_other_way_round_is_named_with_the_order_to_set():
    spec = MeterSpec("one", "grid", "eastron-sdm630", "wire", 1, Role.GRID)
    async with building([spec], inverters=(), boards=()) as running:
        await running.set_trouble("one", Trouble.WRONG_ORDER)
        found = await scanned(*ports(running))
    assert found.findings == ()
    (reason,) = found.troubles
    assert (reason.key, reason.params["word_order"]) == ("scan.turned_round", "little")
    assert "SDM" in word(reason)
