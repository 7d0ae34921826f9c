"""A Modbus line shared by many units: one connection per address, one request after the other, the urgent first.

On TCP a unit that does not answer keeps the others waiting for ``GIVE_WAY_S`` only: then the next request goes out
although the answer may still come, told apart by its transaction. A gateway may serve one unit at a time all the same:
whoever asks behind a unit that is late gets so much more time, or the late one would take the others with it. A serial
line (RTU, at its own port or behind TCP)
has no such mark: there the others wait, and a unit that was late rests before it is asked again. One that has been
silent twice gets ``GIVE_WAY_S`` of the line's time, and its whole deadline only each fourth time.

Each request has its own deadline, counted from its turn on the wire; waiting for the turn is bounded too. A failure
says where, what came, what was expected and what to do, and never outlives its request: the connection is made anew
in the background, at once, then after 0.1 s, doubling up to 2 s while it keeps failing; requests meanwhile fail at
once.

A unit whose answers end the connection, being no frames, waits in the same way by itself: its neighbours go on over a
new one. Where such bytes may be another's, a reading is asked once more. A write never is: meanwhile something newer
may have been written.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from pymodbus.pdu import ModbusPDU
from pymodbus.pdu.bit_message import WriteSingleCoilRequest, WriteSingleCoilResponse
from pymodbus.pdu.register_message import (
    ReadHoldingRegistersRequest,
    ReadHoldingRegistersResponse,
    ReadInputRegistersRequest,
    WriteMultipleRegistersRequest,
    WriteMultipleRegistersResponse,
)

from ohmstead.core.model.errors import DeviceError, DeviceGarbled, DeviceUnreachable
from ohmstead.core.model.reasons import Param, Reason
from ohmstead.transport.address import BusAddress, SerialAddress, TcpAddress
from ohmstead.transport.modbus_answers import device_error, understood
from ohmstead.transport.modbus_connecting import AnyLink, connected
from ohmstead.transport.modbus_failing import AnothersPerhaps, Blame, Failing
from ohmstead.transport.modbus_link import Link, LinkError
from ohmstead.transport.turns import Priority, Turns

QUEUE_S = 2.0
"""No request waits longer for its turn."""
RTU_QUEUE_S = 10.0
"""The same on a serial line, where a round of many units takes its time."""
GIVE_WAY_S = 0.25
"""A request without an answer lets the next one go after this."""
BEHIND_S = 2.0
"""So long may a gateway be busy with a unit that is late."""
DOUBTED_AFTER, FULL_EACH = 2, 4
"""So many unanswered requests make a serial unit doubtful; then it gets its whole deadline each so many times."""
READINGS: frozenset[int] = frozenset({3, 4})
"""The functions that change nothing, whatever comes between, and so may be asked twice."""
SILENT_AT_MOST = 3
"""After so many unanswered requests in a row the connection counts as half-open and is made anew."""


@dataclass(slots=True)
class ModbusBus:
    """The line to one address. Nothing is connected before the first request."""

    address: BusAddress
    _turns: Turns = field(default_factory=Turns)
    _link: AnyLink | None = None
    _connecting: asyncio.Task[AnyLink] | None = None
    _failing: Failing = field(default_factory=Failing)
    _unanswered: int = 0
    _silent: Counter[int] = field(default_factory=Counter)
    """Unanswered requests in a row, by unit."""
    _late_since: dict[int, float] = field(default_factory=dict)
    """When each unit was asked that let others go first and has not answered yet."""
    _closed: bool = False
    _connections: int = 0
    _blame: Blame = field(default_factory=Blame)

    def unasked(self, unit: int) -> Reason | None:
        """What ``unit`` sent lately though nobody had asked for it, so that the connection was ended."""
        error = self._blame.unasked(unit, asyncio.get_running_loop().time())
        came = None if error is None else error.params.get("came", "")
        return None if came is None else Reason("modbus.unasked", {"where": str(self.address), "came": came})

    @property
    def reconnects(self) -> int:
        """How often the connection was made anew after the first."""
        return max(0, self._connections - 1)

    async def read(
        self,
        unit: int,
        function: int,
        register: int,
        count: int,
        *,
        deadline_s: float,
        priority: Priority = Priority.LAST,
    ) -> tuple[int, ...]:
        """``count`` words from ``register`` on, by function 3 (holding) or 4 (input).

        Raises DeviceUnreachable, DeviceRefused or DeviceGarbled within ``QUEUE_S + deadline_s``, and ``BEHIND_S`` more
        behind another unit that is late; on a serial line it is ``RTU_QUEUE_S``, and what the bytes take on the wire is
        added.
        """
        kind = ReadHoldingRegistersRequest if function == 3 else ReadInputRegistersRequest
        where = self._where(unit, register)
        pdu = await self._ask(unit, kind(address=register, count=count), where, deadline_s, priority)
        if not isinstance(pdu, ReadHoldingRegistersResponse) or len(pdu.registers) != count:
            came = len(pdu.registers)
            raise DeviceGarbled(Reason("modbus.other_length", {"where": where, "came": came, "expected": count}))
        return tuple(pdu.registers)

    async def write(
        self,
        unit: int,
        register: int,
        values: tuple[int, ...],
        *,
        deadline_s: float,
        priority: Priority = Priority.LAST,
    ) -> None:
        """Write ``values`` from ``register`` on in one request (function 16). Raises as :meth:`read`."""
        where = self._where(unit, register)
        request = WriteMultipleRegistersRequest(address=register, registers=list(values))
        pdu = await self._ask(unit, request, where, deadline_s, priority)
        came = (pdu.address, pdu.count)
        if not isinstance(pdu, WriteMultipleRegistersResponse) or came != (register, len(values)):
            expected = f"{len(values)} @ {register}"
            shown = f"{came[1]} @ {came[0]}"
            raise DeviceGarbled(Reason("modbus.other_length", {"where": where, "came": shown, "expected": expected}))

    async def switch(
        self, unit: int, coil: int, on: bool, *, deadline_s: float, priority: Priority = Priority.LAST
    ) -> None:
        """Switch one ``coil`` (function 5). Raises as :meth:`read`."""
        where = self._where(unit, coil)
        pdu = await self._ask(unit, WriteSingleCoilRequest(address=coil, bits=[on]), where, deadline_s, priority)
        came = (pdu.address, bool(pdu.bits and pdu.bits[0]))
        if not isinstance(pdu, WriteSingleCoilResponse) or came != (coil, on):
            shown, expected = f"{came[1]} @ {came[0]}", f"{on} @ {coil}"
            raise DeviceGarbled(Reason("modbus.other_length", {"where": where, "came": shown, "expected": expected}))

    async def broadcast(
        self, register: int, values: tuple[int, ...], *, deadline_s: float, priority: Priority = Priority.LAST
    ) -> None:
        """Write ``values`` from ``register`` on in every unit of the line at once; nobody answers (unit 0).

        Raises DeviceUnreachable when it could not be sent.
        """
        where = self._where(0, register)
        pdu = WriteMultipleRegistersRequest(address=register, registers=list(values))
        request = bytes([pdu.function_code]) + pdu.encode()
        try:
            async with self._turns.turn(priority, self._queue_s), asyncio.timeout(deadline_s):
                await (await self._connected()).tell(0, request)
        except TimeoutError as error:
            raise DeviceUnreachable(
                Reason("modbus.busy", {"where": where, "wait_s": f"{self._queue_s:g} s"})
            ) from error
        except LinkError as error:
            raise device_error(error, where) from error

    async def close(self) -> None:
        """End the connection. Requests under way and later ones fail."""
        self._closed = True
        connecting, self._connecting = self._connecting, None
        if connecting is not None:
            connecting.cancel()
            await asyncio.gather(connecting, return_exceptions=True)
        if self._link is not None:
            await self._link.closed()

    async def _ask(self, unit: int, request: ModbusPDU, where: str, deadline_s: float, priority: Priority) -> ModbusPDU:
        queue_s = self._queue_s
        try:
            if self._link is not None:
                await self._link.rested(unit)
            async with self._turns.turn(priority, queue_s) as give_way:
                code = bytes([request.function_code])
                raw = await self._exchange(unit, code + request.encode(), where, deadline_s, give_way)
        except TimeoutError as error:
            raise DeviceUnreachable(Reason("modbus.busy", {"where": where, "wait_s": f"{queue_s:g} s"})) from error
        return understood(raw, where)

    async def _exchange(
        self, unit: int, request: bytes, where: str, deadline_s: float, give_way: Callable[[], None]
    ) -> bytes:
        loop = asyncio.get_running_loop()
        until_s = loop.time() + deadline_s
        try:
            return await self._once(unit, request, where, deadline_s, give_way)
        except AnothersPerhaps as doubt:
            if request[0] not in READINGS:
                raise device_error(doubt.error, where) from doubt
            first = doubt
        try:
            raw = await self._once(unit, request, where, until_s - loop.time(), give_way)
        except AnothersPerhaps as again:
            self._blame.on(unit, again.error, loop.time())
            raise device_error(again.error, where) from again
        self._blame.came(first.by, first.error, loop.time())
        return raw

    async def _once(
        self, unit: int, request: bytes, where: str, deadline_s: float, give_way: Callable[[], None]
    ) -> bytes:
        link: AnyLink | None = None
        loop = asyncio.get_running_loop()
        waiting = self._blame.of(unit, loop.time())
        if waiting is not None:
            raise device_error(waiting, where)
        try:
            async with asyncio.timeout(deadline_s) as limit:
                link = await self._connected()
                if not link.shared:
                    deadline_s = self._patience_s(unit, deadline_s)
                    limit.reschedule(loop.time() + deadline_s + link.wire_s(request))
                    patience = None
                else:
                    behind_s = self._behind_s(unit, loop.time())
                    deadline_s += behind_s
                    limit.reschedule((limit.when() or loop.time()) + behind_s)
                    patience = loop.call_later(GIVE_WAY_S, self._give_way, unit, loop.time(), give_way)
                try:
                    raw = await link.exchange(unit, request)
                finally:
                    if patience is not None:
                        patience.cancel()
        except TimeoutError as error:
            self._silent[unit] += 1
            raise self._late(link, unit, where, deadline_s) from error
        except LinkError as error:
            if link is not None and not link.alive and error.garbled:
                self._forget(link)
                crowded = isinstance(link, Link) and link.crowded
                if crowded and unit in self._late_since:
                    self._blame.on(unit, error, loop.time())
                else:
                    self._blame.ended(unit, error, loop.time(), crowded=crowded)
            elif link is None or not link.alive:
                self._lost(link, error)
            else:
                self._blame.asked(unit)
            raise device_error(error, where) from error
        self._unanswered = 0
        self._blame.answered(unit)
        self._silent.pop(unit, None)
        self._late_since.pop(unit, None)
        self._failing = Failing()
        return raw

    def _give_way(self, unit: int, asked_s: float, give_way: Callable[[], None]) -> None:
        if isinstance(self._link, Link) and self._link.begun:
            return
        self._late_since[unit] = asked_s
        give_way()

    def _behind_s(self, unit: int, now_s: float) -> float:
        """How much longer ``unit`` may take because the peer may still be busy with another."""
        busy = (at + BEHIND_S - now_s for other, at in self._late_since.items() if other != unit)
        return max([0.0, *busy])

    def _patience_s(self, unit: int, deadline_s: float) -> float:
        """How long the others wait for ``unit`` on a line that carries one request at a time."""
        silent = self._silent[unit]
        doubtful = silent >= DOUBTED_AFTER and silent % FULL_EACH
        return min(deadline_s, GIVE_WAY_S) if doubtful else deadline_s

    async def _connected(self) -> AnyLink:
        if self._link is not None:
            if self._link.alive:
                return self._link
            ended, self._link = self._link.ended, None
            self._lost(None, ended or LinkError("modbus.connection_lost", False))
        now = asyncio.get_running_loop().time()
        if self._closed or (self._failing.error is not None and now < self._failing.until):
            raise self._failing.error or LinkError("modbus.connection_lost", False)
        if self._connecting is None:
            self._connecting = asyncio.create_task(self._connect())
            self._connecting.add_done_callback(_heard)
        self._link = await asyncio.shield(self._connecting)
        return self._link

    async def _connect(self) -> AnyLink:
        try:
            link = await connected(self.address)
        except LinkError as error:
            self._failing.again(error, asyncio.get_running_loop().time())
            raise
        finally:
            self._connecting = None
        self._link, self._unanswered = link, 0
        self._blame.connected()
        self._connections += 1
        return link

    def _late(self, link: AnyLink | None, unit: int, where: str, deadline_s: float) -> DeviceError:
        params: dict[str, Param] = {"where": where, "deadline_s": f"{deadline_s:g} s"}
        if link is not None:
            self._unanswered += 1
            if link.alive:
                self._blame.asked(unit)
            else:
                ended = link.ended or LinkError("modbus.connection_lost", False)
                if ended.garbled:
                    self._forget(link)
                    self._blame.on(unit, ended, asyncio.get_running_loop().time())
                else:
                    self._lost(link, ended)
                return device_error(ended, where)
            if self._unanswered >= SILENT_AT_MOST and isinstance(self.address, TcpAddress):
                link.close()
                self._lost(link, LinkError("modbus.silent", False))
        return DeviceUnreachable(Reason("device.unreachable", params))

    def _lost(self, link: AnyLink | None, error: LinkError) -> None:
        """Wait before the next connection, unless this failure was a failed connection, which has counted already."""
        self._forget(link)
        self._blame.idle(error, asyncio.get_running_loop().time())
        if error is not self._failing.error:
            self._failing.again(error, asyncio.get_running_loop().time())

    def _forget(self, link: AnyLink | None) -> None:
        if link is not None and link is self._link:
            self._link = None

    @property
    def _queue_s(self) -> float:
        """How long a request may wait for its turn."""
        return QUEUE_S if isinstance(self.address, TcpAddress) and not self.address.rtu else RTU_QUEUE_S

    def _where(self, unit: int, register: int) -> str:
        return f"{self.address} unit {unit} register {register}"


def _heard(attempt: "asyncio.Task[AnyLink]") -> None:
    """A failed attempt is told to whoever asks next, so nobody need have waited for it."""
    if not attempt.cancelled():
        attempt.exception()


class Line:
    """One user's share of a bus. Given back once, however often it is closed."""

    def __init__(self, buses: "Buses", bus: ModbusBus) -> None:
        """Made by :meth:`Buses.open`."""
        self._buses = buses
        self._open = True
        self.bus = bus

    @property
    def reconnects(self) -> int:
        """How often the bus had to connect anew."""
        return self.bus.reconnects

    async def close(self) -> None:
        """One user less; the last one closes the connection."""
        if self._open:
            self._open = False
            await self._buses.release(self.bus)


@dataclass(slots=True)
class Buses:
    """The lines in use: devices behind the same address share one connection."""

    _users: dict[BusAddress, tuple[ModbusBus, int]] = field(default_factory=dict)

    def open(self, address: BusAddress) -> Line:
        """A share of the line to ``address``; nothing is connected yet."""
        bus, users = self._users.get(address, (None, 0))
        bus = bus or ModbusBus(address)
        self._users[address] = (bus, users + 1)
        return Line(self, bus)

    def unlike(self, address: BusAddress) -> SerialAddress | None:
        """The serial line in use at the same port whose characters look otherwise."""
        if isinstance(address, SerialAddress):
            ports = (used for used in self._users if isinstance(used, SerialAddress) and used.path == address.path)
            return next((used for used in ports if used != address), None)
        return None

    async def release(self, bus: ModbusBus) -> None:
        """Called by a closing line."""
        _, users = self._users.pop(bus.address)
        if users > 1:
            self._users[bus.address] = (bus, users - 1)
        else:
            await bus.close()
