"""The boards without a lease, byte for byte on a serial line: frames laid out by hand from their makers' tables.

Phoenix Contact: manual 106377_en_04, tables 9-2 and 9-3. EVSE-WB/DIN: the datasheets of 2019 and 2020 and the public
hosts named in ``protocols/boards/evse_din.py``. No board was at hand: the frames judge our reading of these tables.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from ohmstead.core.model.errors import DeviceGarbled, DeviceRefused
from ohmstead.core.model.evse import BoardCommands, BoardFault, PilotMode
from ohmstead.core.model.settings import BoardSettings
from ohmstead.drivers.build import open_board
from ohmstead.drivers.clock import SystemClock
from ohmstead.protocols.boards import evse_din, phoenix_ev_cc
from ohmstead.protocols.boards.words import Order
from ohmstead.transport.modbus_client import Buses

pytestmark = [pytest.mark.wire, pytest.mark.anyio]

ON = Order(16.0, permitted=True)
PHOENIX_BLOCKS = ("PLATE", "ENABLED_BY", "CASE", "PRESET", "STATUS", "ERRORS")
PHOENIX_PLATE = (
    "01 04 44"
    "45 56 2D 43 43 2D 41 43 31 2D 4D 33 2D 43 42 43 2D 53 45 52 2D 48 53 00 00 00 00 00 00 00 00 00"  # EV-CC-AC1-M3-…
    "31 36 32 32 34 35 39 00 00 00"  # order number 1622459
    "32 30 33 34 35 36 37 38 39 30 00 00"  # serial number 2034567890
    "2019 1104 4101 0002"  # built in November 2019, hardware A1, 2
    "4301 0014 0003"  # firmware C1, 20, 3
)
PHOENIX = {
    "01 04 03E8 0022 F063": PHOENIX_PLATE,
    "01 03 0FA0 0001": "01 03 02 0003",  # enabled by the coil
    "01 03 0FA9 0001": "01 03 02 0000",  # a socket
    "01 03 5DDB 0001": "01 03 02 0020",  # 32 A by DIP 5 and 6
    "01 03 5DC0 0006 D658": "01 03 0C 4332 0020 001B 0010 0001 000C",  # C2, cable of 32 A, 27 %, 16 A
    "01 03 5DD9 0001 465D": "01 03 02 0000",
    "01 10 55F0 0001 02 0010 B669": "01 10 55F0 0001",  # 16 A
    "01 10 55F0 0001 02 0006 37A7": "01 10 55F0 0001",  # 6 A
    "01 05 4E20 FF00 9AD8": "01 05 4E20 FF00",  # enabled
    "01 05 4E20 0000 DB28": "01 05 4E20 0000",  # not enabled
}
DIN = {
    "01 03 03E8 0008 C47C": "01 03 10 0578 0578 0003 0020 0000 0012 0002 0001",  # 14 A, charging, firmware 18
    "01 03 07D0 0008": "01 03 10 000D 0001 0006 0001 0000 2080 0000 0001",  # 13 A at start, 0.01 A, reads the cable
    "01 10 03E8 0001 02 0640 8028": "01 10 03E8 0001",  # 16.00 A
    "01 10 03E8 0001 02 0000 8278": "01 10 03E8 0001",
    "01 10 03EC 0001 02 0000 83FC": "01 10 03EC 0001",
    "01 10 03EC 0001 02 0001 423C": "01 10 03EC 0001",  # stop
}


def checksum(frame: bytes) -> bytes:
    """Modbus over serial line V1.02, appendix B, bit by bit."""
    crc = 0xFFFF
    for byte in frame:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
    return crc.to_bytes(2, "little")


def whole(frame: str) -> bytes:
    """The frame with its checksum, where it is written without one."""
    raw = bytes.fromhex(frame)
    return raw if checksum(raw) == b"\0\0" else raw + checksum(raw)


@asynccontextmanager
async def speaking(driver, frames, **instead) -> AsyncIterator[tuple]:
    """A board that knows these frames and no others; what it was asked is kept."""
    known = {whole(asked): whole(answer) for asked, answer in (frames | instead).items()}
    asked: list[bytes] = []

    async def line(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while came := await reader.read(64):
            asked.append(came)
            writer.write(known[came])

    server = await asyncio.start_server(line, "127.0.0.1", 0)
    connect = f"tcp+rtu://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    board = open_board("garage", BoardSettings(driver=driver, connect=connect), Buses(), SystemClock())
    yield board, asked
    await board.close()
    server.close()


@pytest.mark.req("G-128")
async def test_a_phoenix_board_is_read_and_told_in_the_bytes_of_its_manual():
    async with speaking("phoenix-ev-cc", PHOENIX) as (board, asked):
        plate = await board.identify()
        assert (plate.model, plate.serial, plate.firmware) == ("EV-CC-AC1-M3-CBC-SER-HS", "2034567890", "C1.20.3")
        assert (plate.rated_current_a, plate.socket) == (32.0, True)
        seen = await board.read()
        assert (seen.pilot, seen.pilot_mode, seen.duty_percent) == ("C", PilotMode.PWM, 26.66)
        assert (seen.contactor_closed, seen.proximity_a, seen.faults) == (True, 32.0, BoardFault.NONE)
        assert (seen.power_w, seen.energy_j, seen.lease_left_s, seen.uptime_s) == (None, None, None, None)
        asked.clear()
        await board.command(BoardCommands(PilotMode.PWM, 27.9, permit_close=True))
        assert asked == [whole("01 10 55F0 0001 02 0010 B669"), whole("01 05 4E20 FF00 9AD8")]
        asked.clear()
        await board.close()
        assert asked == [whole("01 05 4E20 0000 DB28"), whole("01 10 55F0 0001 02 0006 37A7")]


@pytest.mark.req("G-128")
async def test_an_evse_din_is_read_and_told_in_hundredths_of_an_ampere():
    async with speaking("evse-din", DIN) as (board, asked):
        plate = await board.identify()
        assert (plate.firmware, plate.starts_with_a, plate.socket) == ("18", 13.0, True)
        seen = await board.read()
        assert (seen.pilot, seen.pilot_mode, seen.duty_percent) == ("C", PilotMode.PWM, 23.33)
        assert (seen.contactor_closed, seen.proximity_a, seen.energy_j) == (True, 32.0, None)
        asked.clear()
        await board.command(BoardCommands(PilotMode.PWM, 26.66, permit_close=True))
        assert asked == [whole("01 10 03E8 0001 02 0640 8028"), whole("01 10 03EC 0001 02 0000 83FC")]
        asked.clear()
        await board.close()
        assert asked == [whole("01 10 03EC 0001 02 0001 423C"), whole("01 10 03E8 0001 02 0000 8278")]


async def test_a_phoenix_board_that_somebody_else_enables_is_refused_and_told_nothing():
    async with speaking("phoenix-ev-cc", PHOENIX, **{"01 03 0FA0 0001": "01 03 02 0001"}) as (board, asked):
        with pytest.raises(DeviceRefused) as refused:
            await board.identify()
        assert refused.value.reason.key == "board.enabled_elsewhere"
        await board.close()
        assert not any(frame[1] in (5, 6, 16) for frame in asked)


@pytest.mark.parametrize("state", ["4730", "0000", "4333"])
async def test_a_state_that_does_not_exist_is_no_look(state):
    answer = f"01 03 0C {state} 0000 0000 0000 0001 0000"
    async with speaking("phoenix-ev-cc", PHOENIX, **{"01 03 5DC0 0006 D658": answer}) as (board, _):
        with pytest.raises(DeviceGarbled):
            await board.read()


@pytest.mark.req("EV-236", "EV-237")
@pytest.mark.parametrize(
    ("errors", "fault"),
    [
        (0x0002, BoardFault.PROXIMITY),
        (0x0008, BoardFault.PILOT),
        (0x0010, BoardFault.NONE),
        (0x00E0, BoardFault.LOCK),
        (0x0800, BoardFault.CONTACTOR_WELDED),
        (0x1000, BoardFault.DIODE),
        (0x4000, BoardFault.RESIDUAL_CURRENT),
        (0x8000, BoardFault.SENSOR_TEST),
        (0x0201, BoardFault.HARDWARE),
    ],
)
async def test_each_error_bit_counts_from_one_and_one_that_nobody_names_is_a_defect(errors, fault):
    assert phoenix_ev_cc.decode_status((0x4232, 0, 0, 0, 0, 0), errors).faults == fault


@pytest.mark.parametrize(
    ("state", "failed", "level", "fault"),
    [
        (1, 0x0000, "A", BoardFault.NONE),
        (3, 0x0001, "C", BoardFault.NONE),
        (4, 0x0004, "D", BoardFault.NONE),
        (5, 0x0002, "E", BoardFault.DIODE),
        (5, 0x0000, "E", BoardFault.PILOT),
        (2, 0x0010, "B", BoardFault.RESIDUAL_CURRENT),
        (2, 0x0020, "B", BoardFault.RESIDUAL_CURRENT),
    ],
)
async def test_each_state_and_failure_of_an_evse_din_is_understood(state, failed, level, fault):
    seen = evse_din.decode_status((0, 0, state, 0, 0, 12, 1, failed), fine=False)
    assert (seen.level, seen.faults) == (level, fault)


async def test_hundredths_of_an_ampere_need_the_bit_and_the_firmware():
    for firmware, options, fine in ((18, 0x80, True), (16, 0x80, False), (18, 0x2000, False)):
        setup = evse_din.decode_setup((0, 0, 1, 0, 0, firmware, 1, 0), (13, 1, 6, 0, 0, options, 0, 0))
        assert setup.fine is fine
        assert evse_din.floor_a(9.999, setup) == (9.99 if fine else 9.0)


@pytest.mark.parametrize(
    ("board", "blocks", "order"),
    [
        (
            phoenix_ev_cc,
            ("PLATE", "ENABLED_BY", "CASE", "PRESET", "STATUS", "ERRORS"),
            lambda: phoenix_ev_cc.writes(ON),
        ),
        (evse_din, ("STATUS", "SETUP"), lambda: evse_din.writes(ON, evse_din.Setup(18, True, False, 0.0), asks=True)),
    ],
)
async def test_nothing_is_read_or_written_that_the_makers_map_does_not_name(board, blocks, order):
    named = {(row.space, row.address + i) for row in board.REGISTERS for i in range(row.count)}
    spaces = {3: "holding", 4: "input"}
    read = [getattr(board, name) for name in blocks]
    assert {(spaces[one.function], one.start + i) for one in read for i in range(one.count)} <= named
    assert {(write.space, write.address) for write in order()} <= named
