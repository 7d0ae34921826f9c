"""A Modbus TCP server of several units: register images in, frames out, writes handed over whole.

Values and address checks live in pymodbus' ``SimDevice``; its PDU classes do the coding. The sockets are ours:
requests of one connection are answered strictly one after the other, every read sees one image, nothing suspends
between taking the image and answering, and faults can be put on the wire. A client that sends what is not Modbus
is dropped.
"""

import asyncio
import itertools
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import cast

from pymodbus.constants import ExcCodes
from pymodbus.datastore import ModbusServerContext
from pymodbus.pdu import DecodePDU, ExceptionResponse, ModbusPDU
from pymodbus.simulator import DataType, SimData, SimDevice
from pymodbus.simulator.simcore import SimCore

Image = Sequence[tuple[int, Sequence[int]]]
"""Pairs of a first register and the words from there on."""
Mangle = Callable[[bytes], bytes]

READ_HOLDING, READ_INPUT, WRITE_ONE, WRITE_MANY = 3, 4, 6, 16
_HEADER = struct.Struct(">HHHB")
_LONGEST = 254
_CONNECTIONS_AT_MOST = 32
_SEND_S = 2.0


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
    Without it the unit cannot be written.
    """

    unit: int
    inputs: Callable[[], Image] | None = None
    holdings: Callable[[], Image] | None = None
    write: Callable[[int, tuple[int, ...]], None] | None = None


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


class ModbusServer:
    """Units behind one TCP port. Bind to port 0 for a free one."""

    def __init__(self, units: Sequence[ServedUnit], host: str = "127.0.0.1", port: int = 0) -> None:
        """Ask each unit's images once, for the layout. Raises ValueError for a unit named twice."""
        numbers = [unit.unit for unit in units]
        if len(set(numbers)) != len(numbers):
            raise ValueError(f"each unit once, got {numbers}")
        self.faults = Faults()
        self._host, self._port = host, port
        self._known = frozenset(numbers)
        self._core = SimCore([_device(unit) for unit in units])
        self._decoder = DecodePDU(True)
        self._server: asyncio.Server | None = None
        self._connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._deaf: set[asyncio.Task[None]] = set()
        self._swapped: dict[int, int] = {}

    @property
    def port(self) -> int:
        """Where it listens, once started."""
        return self._port

    async def start(self) -> None:
        """Listen, on the same port as before after a stop. Raises OSError when the port is taken."""
        self._server = await asyncio.start_server(self._serve, self._host, self._port, limit=1024)
        self._port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Drop every connection and refuse new ones."""
        server, self._server = self._server, None
        if server is None:
            return
        server.close()
        for task, writer in list(self._connections.items()):
            writer.transport.abort()
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await server.wait_closed()

    def deafen(self) -> None:
        """Nothing that comes on the present connections is answered any more, as if a router had forgotten them."""
        self._deaf.update(self._connections)

    def swap(self, one: int, other: int) -> None:
        """Each of two units answers to the other's number; done again, it is undone."""
        here = {number: self._swapped.get(number, number) for number in (one, other)}
        self._swapped.update({one: here[other], other: here[one]})

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = cast("asyncio.Task[None]", asyncio.current_task())
        if len(self._connections) >= _CONNECTIONS_AT_MOST:
            next(iter(self._connections.values())).transport.abort()
        self._connections[task] = writer
        try:
            await self._converse(reader, writer)
        except (OSError, asyncio.IncompleteReadError, TimeoutError):
            pass
        except asyncio.CancelledError:
            if self._server is not None:
                raise
        finally:
            self._connections.pop(task, None)
            self._deaf.discard(task)
            writer.transport.abort()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            transaction, protocol, length, unit = _HEADER.unpack(await reader.readexactly(_HEADER.size))
            if protocol != 0 or not 2 <= length <= _LONGEST:
                return
            request = await reader.readexactly(length - 1)
            fault = self.faults.of(unit)
            if asyncio.current_task() in self._deaf or (fault is not None and fault.lost):
                continue
            if fault is not None and fault.delay_s > 0:
                await asyncio.sleep(fault.delay_s)
            pdu = await self._answer(self._swapped.get(unit, unit), request)
            frame = _HEADER.pack(transaction, 0, len(pdu) + 1, unit) + pdu
            if fault is not None and fault.mangle is not None:
                frame = fault.mangle(frame)
            if fault is not None and fault.silent:
                continue
            writer.write(frame)
            await asyncio.wait_for(writer.drain(), _SEND_S)

    async def _answer(self, unit: int, request: bytes) -> bytes:
        function = request[0]
        response: ModbusPDU
        if function not in (READ_HOLDING, READ_INPUT, WRITE_ONE, WRITE_MANY):
            response = ExceptionResponse(function & 0x7F, ExcCodes.ILLEGAL_FUNCTION)
        elif unit not in self._known:
            response = ExceptionResponse(function, ExcCodes.GATEWAY_NO_RESPONSE)
        elif not _well_formed(request) or (pdu := self._decoder.decode(request)) is None:
            response = ExceptionResponse(function, ExcCodes.ILLEGAL_VALUE)
        else:
            # The core stands in for the older context class in pymodbus' own server too.
            response = await pdu.datastore_update(cast(ModbusServerContext, self._core), unit)
        return bytes([response.function_code]) + response.encode()


def _well_formed(request: bytes) -> bool:
    if request[0] != WRITE_MANY:
        return len(request) == 5
    if len(request) < 6:
        return False
    count = int.from_bytes(request[3:5], "big")
    return 1 <= count <= 123 and request[5] == 2 * count and len(request) == 6 + 2 * count


def _device(unit: ServedUnit) -> SimDevice:
    async def act(
        function: int, start: int, address: int, count: int, registers: list[int], values: list[int] | list[bool] | None
    ) -> ExcCodes | None:
        del count
        if values is not None:
            return _write(unit, address, [int(value) for value in values])
        image = unit.inputs if function == READ_INPUT else unit.holdings
        for first, words in image() if image else ():
            registers[first - start : first - start + len(words)] = words
        return None

    bits = [SimData(0, values=[False] * 16, datatype=DataType.BITS)]
    layout = (bits, list(bits), _layout(unit.holdings, unit.write is None), _layout(unit.inputs, True))
    return SimDevice(id=unit.unit, simdata=layout, action=act)


def _write(unit: ServedUnit, address: int, values: list[int]) -> ExcCodes | None:
    if unit.write is None:
        return ExcCodes.ILLEGAL_ADDRESS
    try:
        unit.write(address, tuple(values))
    except RegisterRefused as refused:
        return ExcCodes(refused.code)
    return None


def _layout(image: Callable[[], Image] | None, readonly: bool) -> list[SimData]:
    pairs = image() if image else ()
    data = [
        SimData(first, values=list(words), datatype=DataType.REGISTERS, readonly=readonly) for first, words in pairs
    ]
    return data or [SimData(0, datatype=DataType.INVALID)]
