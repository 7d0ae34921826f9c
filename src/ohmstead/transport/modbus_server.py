"""A Modbus TCP server of several units: register images in, frames out, writes handed over whole.

Values and address checks live in pymodbus' ``SimDevice``; its PDU classes do the coding. The sockets are ours:
requests of one connection are answered strictly one after the other, every read sees one image, nothing suspends
between taking the image and answering, and faults can be put on the wire. A client that sends what is not Modbus
is dropped, and how much all clients together may take is bounded (``transport.listener``).
"""

import asyncio
import itertools
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import cast

from pymodbus.constants import ExcCodes
from pymodbus.datastore import ModbusServerContext
from pymodbus.pdu import DecodePDU, ExceptionResponse, ModbusPDU
from pymodbus.simulator import DataType, SimData, SimDevice
from pymodbus.simulator.simcore import SimCore

from ohmstead.transport.listener import Client, Limits, Listener

Image = Sequence[tuple[int, Sequence[int]]]
"""Pairs of a first register and the words from there on."""
Mangle = Callable[[bytes], bytes]
Write = Callable[[int, tuple[int, ...]], None]

READ_HOLDING, READ_INPUT, WRITE_ONE, WRITE_MANY = 3, 4, 6, 16
_WRITING = (WRITE_ONE, WRITE_MANY)
_HEADER = struct.Struct(">HHHB")
_LONGEST = 254
_FLOOD = 65_536
"""Bytes of a flood."""


class RegisterRefused(Exception):
    """Raised by a write handler that does not accept the values; ``code`` is the Modbus exception (2 or 3)."""

    def __init__(self, code: int) -> None:
        """``code``: 2 for an address that cannot be written so, 3 for a value out of range."""
        super().__init__(f"Modbus exception {code}")
        self.code = code


@dataclass(frozen=True)
class ServedUnit:
    """One unit. ``inputs`` and ``holdings`` are asked at each read and must keep their layout.

    ``write`` receives the first register and all words of one request, and raises RegisterRefused to change nothing.
    Without it the unit cannot be written. Where it matters who writes, ``writer`` gives instead what receives the
    writes of a client, by its address (``None`` on a serial line), or ``None`` for one that may not, which is answered
    with exception 1. While ``fails`` says so, each request is answered with exception 4.
    """

    unit: int
    inputs: Callable[[], Image] | None = None
    holdings: Callable[[], Image] | None = None
    write: Write | None = None
    writer: Callable[[str | None], Write | None] | None = None
    fails: Callable[[], bool] = lambda: False

    def written_by(self, client: str | None) -> Write | None:
        """What receives a write of ``client``; ``None`` when nothing does."""
        return self.write if self.writer is None else self.writer(client)

    @property
    def readonly(self) -> bool:
        """Nobody can write."""
        return self.write is None and self.writer is None


@dataclass(slots=True)
class Fault:
    """What goes wrong on the wire: a request that gets lost, no answer, a late one, or other bytes than the answer."""

    lost: bool = False
    silent: bool = False
    delay_s: float = 0.0
    mangle: Mangle | None = None


@dataclass(slots=True)
class Faults:
    """The faults of a server, changed while it runs: one for all units, and one for each."""

    all: Fault | None = None
    units: dict[int, Fault] = field(default_factory=dict)

    def of(self, unit: int) -> Fault | None:
        """The fault that an answer of ``unit`` suffers."""
        return self.units.get(unit, self.all)


def garbage(answer: bytes) -> bytes:
    """Bytes that are no Modbus at all, as many as the answer had."""
    return bytes((0xA5 ^ (i * 37)) & 0xFF for i in range(len(answer)))


def bit_errors() -> Mangle:
    """Flips one bit of each answer; over many answers every bit has its turn."""
    turn = itertools.count(1)

    def flipped(answer: bytes) -> bytes:
        bit = next(turn) * _STRIDE % (8 * len(answer))
        return answer[: bit // 8] + bytes([answer[bit // 8] ^ 1 << bit % 8]) + answer[bit // 8 + 1 :]

    return flipped


_STRIDE = 1009
"""Bits from one error to the next: a prime, so that answers of any length are hit everywhere."""


def short(answer: bytes) -> bytes:
    """An answer whose last register is missing though its header counts it."""
    return answer[:-2]


def other_unit(answer: bytes) -> bytes:
    """The answer as if another unit had given it."""
    return answer[:6] + bytes([(answer[6] + 1) & 0xFF]) + answer[7:]


def other_transaction(answer: bytes) -> bytes:
    """The answer to a request that was never made."""
    return (int.from_bytes(answer[:2], "big") ^ 0x8000).to_bytes(2, "big") + answer[2:]


def failure(answer: bytes) -> bytes:
    """Exception 4 in place of the answer: the device has a failure of its own."""
    return answer[:4] + bytes((0, 3, answer[6], answer[7] | 0x80, ExcCodes.DEVICE_FAILURE))


def flood(answer: bytes) -> bytes:
    """The answer, and then the same again and again, for which nobody asked."""
    return answer * (_FLOOD // len(answer))


@dataclass(slots=True)
class Served:
    """What a server did since it was made. ``refused`` counts the answers that were an exception."""

    requests: int = 0
    refused: int = 0
    garbled: int = 0
    """Connections, or frames of a serial line, that were no Modbus."""


class Registers:
    """The registers of several units, whatever line the requests come on."""

    def __init__(self, units: Sequence[ServedUnit]) -> None:
        """Ask each unit's images once, for the layout. Raises ValueError for a unit named twice."""
        self.units = {unit.unit: unit for unit in units}
        if len(self.units) != len(units):
            raise ValueError(f"each unit once, got {[unit.unit for unit in units]}")
        self.served = Served()
        self._swapped: dict[int, int] = {}
        self._core = SimCore([self._device(unit) for unit in units])
        self._client: str | None = None
        self._decoder = DecodePDU(True)

    def swap(self, one: int, other: int) -> None:
        """Each of two units answers to the other's number; done again, it is undone."""
        here = {number: self._swapped.get(number, number) for number in (one, other)}
        self._swapped.update({one: here[other], other: here[one]})

    async def answer(self, unit: int, request: bytes, client: str | None = None) -> bytes:
        """The PDU that answers the PDU ``request`` of ``client``; nothing suspends on the way."""
        unit = self._swapped.get(unit, unit)
        function = request[0]
        response: ModbusPDU
        if function not in (READ_HOLDING, READ_INPUT, WRITE_ONE, WRITE_MANY):
            response = ExceptionResponse(function & 0x7F, ExcCodes.ILLEGAL_FUNCTION)
        elif unit not in self.units:
            response = ExceptionResponse(function, ExcCodes.GATEWAY_NO_RESPONSE)
        elif not _well_formed(request) or (pdu := self._decoder.decode(request)) is None:
            response = ExceptionResponse(function, ExcCodes.ILLEGAL_VALUE)
        elif self.units[unit].fails():
            response = ExceptionResponse(function, ExcCodes.DEVICE_FAILURE)
        elif function in _WRITING and self.units[unit].writer and self.units[unit].written_by(client) is None:
            response = ExceptionResponse(function, ExcCodes.ILLEGAL_FUNCTION)
        else:
            self._client = client
            # The core stands in for the older context class in pymodbus' own server too.
            response = await pdu.datastore_update(cast(ModbusServerContext, self._core), unit)
        refused = isinstance(response, ExceptionResponse)
        self.served.requests += 1
        self.served.refused += refused
        if function == WRITE_ONE and not refused:
            return request  # an echo, whatever the unit makes of the value (application protocol V1.1b3, clause 6.6)
        return bytes([response.function_code]) + response.encode()

    def _device(self, unit: ServedUnit) -> SimDevice:
        async def act(
            function: int,
            start: int,
            address: int,
            count: int,
            registers: list[int],
            values: list[int] | list[bool] | None,
        ) -> ExcCodes | None:
            del count
            if values is not None:
                return _written(unit.written_by(self._client), address, [int(value) for value in values])
            image = unit.inputs if function == READ_INPUT else unit.holdings
            for first, words in image() if image else ():
                registers[first - start : first - start + len(words)] = words
            return None

        bits = [SimData(0, values=[False] * 16, datatype=DataType.BITS)]
        layout = (bits, list(bits), _layout(unit.holdings, unit.readonly), _layout(unit.inputs, True))
        return SimDevice(id=unit.unit, simdata=layout, action=act)


class ModbusServer:
    """Units behind one TCP port. Bind to port 0 for a free one."""

    def __init__(
        self, units: Sequence[ServedUnit], host: str = "127.0.0.1", port: int = 0, limits: Limits | None = None
    ) -> None:
        """As :class:`Registers`; ``limits`` are those of a simulated device when left out."""
        self.faults = Faults()
        self._registers = Registers(units)
        self.listener = Listener(host, port, limits or Limits(), self._converse)

    @property
    def port(self) -> int:
        """Where it listens, once started."""
        return self.listener.port

    @property
    def served(self) -> Served:
        """What it did."""
        return self._registers.served

    async def start(self) -> None:
        """Listen, on the same port as before after a stop. Raises OSError when the port is taken."""
        await self.listener.start()

    async def stop(self) -> None:
        """Drop every connection and refuse new ones."""
        await self.listener.stop()

    def deafen(self) -> None:
        """Nothing that comes on the present connections is answered any more, as if a router had forgotten them."""
        self.listener.deafen()

    def swap(self, one: int, other: int) -> None:
        """Each of two units answers to the other's number; done again, it is undone."""
        self._registers.swap(one, other)

    async def _converse(self, client: Client) -> None:
        while True:
            transaction, protocol, length, unit = _HEADER.unpack(await client.read(_HEADER.size))
            if protocol != 0 or not 2 <= length <= _LONGEST:
                self.served.garbled += 1
                return
            request = await client.read(length - 1)
            await self._answer(client, unit, request, partial(_enveloped, transaction, unit))

    async def _answer(self, client: Client, unit: int, request: bytes, framed: Callable[[bytes], bytes]) -> None:
        """Answer ``request`` in the frame of this line, as far as the unit's fault lets it."""
        fault = self.faults.of(unit)
        if client.deaf or (fault is not None and fault.lost):
            return
        if fault is not None and fault.delay_s > 0:
            await asyncio.sleep(fault.delay_s)
        frame = framed(await self._registers.answer(unit, request, client.host))
        if fault is not None and fault.mangle is not None:
            frame = fault.mangle(frame)
        if fault is None or not fault.silent:
            await client.write(frame)


def _enveloped(transaction: int, unit: int, pdu: bytes) -> bytes:
    return _HEADER.pack(transaction, 0, len(pdu) + 1, unit) + pdu


def _well_formed(request: bytes) -> bool:
    if request[0] != WRITE_MANY:
        return len(request) == 5
    if len(request) < 6:
        return False
    count = int.from_bytes(request[3:5], "big")
    return 1 <= count <= 123 and request[5] == 2 * count and len(request) == 6 + 2 * count


def _written(write: Write | None, address: int, values: list[int]) -> ExcCodes | None:
    if write is None:
        return ExcCodes.ILLEGAL_ADDRESS
    try:
        write(address, tuple(values))
    except RegisterRefused as refused:
        return ExcCodes(refused.code)
    return None


def _layout(image: Callable[[], Image] | None, readonly: bool) -> list[SimData]:
    pairs = image() if image else ()
    data = [
        SimData(first, values=list(words), datatype=DataType.REGISTERS, readonly=readonly) for first, words in pairs
    ]
    return data or [SimData(0, datatype=DataType.INVALID)]
