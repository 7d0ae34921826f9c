"""Scans of serial ports: meters of our tables at the end of a pty that hears one speed alone."""

import asyncio
import os
import termios
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from pymodbus.pdu import ExceptionResponse, ModbusPDU
from pymodbus.pdu.register_message import (
    ReadHoldingRegistersRequest,
    ReadHoldingRegistersResponse,
    ReadInputRegistersResponse,
)

from ohmstead.drivers.scanning.finding import Sureness
from ohmstead.drivers.scanning.scan import Patience
from ohmstead.protocols.meters import catalogue
from ohmstead.protocols.meters.codec import MeterValues, encode
from ohmstead.texts import word
from ohmstead.transport.address import SerialAddress
from ohmstead.transport.byte_line import open_line
from tests.drivers.scanning.world import scanned
from tests.protocols.meters.test_recognising import SUPPLY
from tests.transport.ptys import serial_pair
from tests.transport.rtu_peers import on_pty

pytestmark = pytest.mark.anyio
TELEGRAM = (Path(__file__).parents[2] / "data/p1/v5.txt").read_bytes()
QUICK = Patience(units=(1, 2, 3), answer_s=0.15, telegram_s=0.2)


def registers(key: str, values: MeterValues = SUPPLY) -> Mapping[int, Mapping[int, int]]:
    """By function, what a meter of the model holds, its code included."""
    table = catalogue.load(key)
    values = values if table.phases == 3 else replace(values, power_w=1150.0, terminals=values.terminals[:1])
    held = {3: {}, 4: {}}
    for first, words in encode(table, values):
        held[table.function] |= dict(enumerate(words, first))
    if table.identify is not None:
        held[table.identify.function] |= dict(enumerate(table.identify.expect, table.identify.register))
    return held


@asynccontextmanager
async def bus(*bauds: int, **meters: str) -> AsyncIterator[str]:
    """The path of a port behind which the meters (``u1`` and so on) understand their ``bauds`` alone, the last for all
    that follow."""
    speeds = {int(name[1:]): bauds[min(index, len(bauds) - 1)] for index, name in enumerate(meters)}
    units = {int(name[1:]): registers(key) for name, key in meters.items()}

    def answer(pdu: ModbusPDU, unit: int) -> ModbusPDU:
        holding = type(pdu) is ReadHoldingRegistersRequest
        held = units[unit][3 if holding else 4]
        words = [held.get(pdu.address + i) for i in range(pdu.count)]
        if pdu.address not in held or held.keys().isdisjoint(range(pdu.address, pdu.address + pdu.count)):
            return ExceptionResponse(pdu.function_code, 2)
        kind = ReadHoldingRegistersResponse if holding else ReadInputRegistersResponse
        return kind(registers=[word or 0 for word in words])

    async with on_pty(numbers=tuple(units), answer=answer) as (address, far):
        line = os.open(address.path, os.O_RDWR | os.O_NOCTTY)

        def heard(unit: int, frame: bytes) -> bytes | None:
            return frame if termios.tcgetattr(line)[5] == getattr(termios, f"B{speeds[unit]}") else None

        far.spoil = heard
        try:
            yield address.path
        finally:
            os.close(line)


@pytest.mark.req("G-128", "EM-071")
async def test_meters_on_two_ports_are_found_each_at_its_own_speed():
    async with bus(19_200, u1="eastron-sdm630", u3="abb-b23") as one, bus(2400, u2="gavazzi-em112") as other:
        found = await scanned(f"serial://{one}", other, patience=QUICK)
    assert not found.troubles, [word(r) for r in found.troubles]
    assert [(each.connect, each.unit, each.meters[0]) for each in found.findings] == [
        (f"serial://{one}?baud=19200", 1, "eastron-sdm630"),
        (f"serial://{one}?baud=19200", 3, "abb-b23"),
        (f"serial://{other}?baud=2400", 2, "gavazzi-em112"),
    ]
    assert [each.sureness for each in found.findings] == [Sureness.LIKELY, Sureness.SURE, Sureness.SURE]
    assert found.troubles == ()


async def test_a_port_whose_speed_is_said_is_tried_there_alone():
    async with bus(19_200, u1="abb-b23") as path:
        right = await scanned(f"serial://{path}?baud=19200", patience=QUICK)
        wrong = await scanned(f"serial://{path}?baud=9600", patience=QUICK)
    assert [each.meters for each in right.findings] == [("abb-b23",)]
    assert [reason.key for reason in wrong.troubles] == ["scan.serial_silent"]


async def test_a_meter_at_another_speed_than_its_neighbours_is_found_when_every_speed_is_tried():
    async with bus(9600, 38_400, u1="abb-b23", u2="abb-b24") as path:
        usual = await scanned(f"serial://{path}", patience=QUICK)
        every = await scanned(f"serial://{path}", patience=replace(QUICK, every_way=True))
    assert [each.unit for each in usual.findings] == [1]
    assert [each.connect.partition("?")[2] for each in every.findings] == ["baud=9600", "baud=38400"]


@pytest.mark.req("G-123")
async def test_a_supply_meter_that_speaks_by_itself_is_heard_before_anything_is_asked():
    came = bytearray()
    with serial_pair() as (ours, path):

        async def speak() -> None:
            while True:
                os.write(ours, TELEGRAM)
                await asyncio.sleep(0.1)

        loop, speaking = asyncio.get_running_loop(), asyncio.create_task(speak())
        loop.add_reader(ours, lambda: came.extend(os.read(ours, 4096)))
        try:
            found = await scanned(f"serial://{path}", patience=replace(QUICK, telegram_s=10.0))
        finally:
            loop.remove_reader(ours)
            speaking.cancel()
    assert [(each.driver, each.connect) for each in found.findings] == [("p1", f"serial://{path}?baud=115200")]
    assert came == b""


async def test_a_port_without_a_device_says_what_to_look_at():
    with serial_pair() as (_, path):
        (reason,) = (await scanned(f"serial://{path}?baud=9600", patience=QUICK)).troubles
    assert "A and B" in word(reason)


async def test_a_port_that_another_program_has_is_told():
    async with bus(9600, u1="abb-b23") as path:
        other = open_line(SerialAddress(path, 9600), lambda data: None)
        waiting = asyncio.create_task(other.wait())
        try:
            async with asyncio.timeout(10):
                while not (found := await scanned(f"serial://{path}?baud=9600", patience=QUICK)).troubles:
                    await asyncio.sleep(0)
        finally:
            waiting.cancel()
            await other.close()
    assert found.troubles[0].key == "line.no_connection"
