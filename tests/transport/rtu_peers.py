"""Units on a serial line, for tests: they hear frames by silence alone, and code them with pymodbus' own codec."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from pymodbus.framer import FramerRTU
from pymodbus.pdu import DecodePDU, ModbusPDU
from pymodbus.pdu.register_message import (
    ReadHoldingRegistersRequest,
    ReadHoldingRegistersResponse,
    ReadInputRegistersResponse,
    WriteMultipleRegistersRequest,
    WriteMultipleRegistersResponse,
)

from ohmstead.transport.address import SerialAddress
from tests.transport.ptys import serial_pair

BAUD = 19_200
CHARACTER_S = 10 / BAUD
GAP_S = 3.5 * CHARACTER_S

Answer = Callable[[int, bytes], bytes | None]


def right(pdu: ModbusPDU, unit: int) -> ModbusPDU:
    """The right answer: every register of unit u at address a holds 1000 u + a."""
    if isinstance(pdu, WriteMultipleRegistersRequest):
        return WriteMultipleRegistersResponse(address=pdu.address, count=len(pdu.registers))
    values = [1000 * unit + pdu.address + i for i in range(pdu.count)]
    holding = type(pdu) is ReadHoldingRegistersRequest
    return (ReadHoldingRegistersResponse if holding else ReadInputRegistersResponse)(registers=values)


@dataclass
class Units:
    """The far end of a line. ``spoil`` may change, delay (by returning None and sending later) or drop an answer."""

    send: Callable[[bytes], None]
    numbers: tuple[int, ...] = (1, 2, 3)
    answer: Callable[[ModbusPDU, int], ModbusPDU] = right
    spoil: Answer = lambda unit, frame: frame
    asked: list[tuple[int, ModbusPDU]] = field(default_factory=list)
    too_soon: list[float] = field(default_factory=list)
    broken: list[bytes] = field(default_factory=list)
    """Frames that are none."""

    def __post_init__(self) -> None:
        self._framer = FramerRTU(DecodePDU(True))
        self._came = b""
        self._silence: asyncio.TimerHandle | None = None
        self._line_free_s = 0.0

    def hear(self, data: bytes) -> None:
        loop = asyncio.get_running_loop()
        if not self._came and loop.time() - self._line_free_s < GAP_S:
            self.too_soon.append(loop.time() - self._line_free_s)
        self._came += data
        if self._silence is not None:
            self._silence.cancel()
        self._silence = loop.call_later(GAP_S, self._frame)

    def say(self, frame: bytes) -> None:
        self.send(frame)
        self._line_free_s = asyncio.get_running_loop().time()

    def _frame(self) -> None:
        frame, self._came = self._came, b""
        self._line_free_s = asyncio.get_running_loop().time() - GAP_S
        pdu = DecodePDU(True).decode(frame[1:-2])
        if FramerRTU.compute_CRC(frame[:-2]) != int.from_bytes(frame[-2:], "big") or pdu is None:
            self.broken.append(frame)
            return
        self.asked.append((frame[0], pdu))
        if frame[0] in self.numbers:
            answer = self.answer(pdu, frame[0])
            whole = self.spoil(frame[0], framed(frame[0], bytes([answer.function_code]) + answer.encode()))
            if whole is not None:
                self.say(whole)


def framed(unit: int, pdu: bytes) -> bytes:
    body = bytes([unit]) + pdu
    return body + FramerRTU.compute_CRC(body).to_bytes(2, "big")


@asynccontextmanager
async def on_pty(**units) -> AsyncIterator[tuple[SerialAddress, Units]]:
    """Units at the end of a pty, and the address of the other end."""
    with serial_pair() as (ours, path):
        far = Units(lambda data: os.write(ours, data) and None, **units)
        loop = asyncio.get_running_loop()
        loop.add_reader(ours, lambda: far.hear(os.read(ours, 4096)))
        try:
            yield SerialAddress(path, BAUD), far
        finally:
            loop.remove_reader(ours)
