"""Units on a serial line of Modbus RTU: requests heard by silence, answered after it, from the same registers as TCP.

A request ends with 3.5 characters of silence (1.75 ms above 19200 baud; Modbus over serial line V1.02, clause 2.5.1).
Other units share the line: what they are asked and what they answer is passed over, as are noise before a request and
the adapter's own echo. Unit 0 speaks to all: each writes, nobody answers (clause 2.4.1). A frame in portions, as USB
adapters hand them on, is waited for; one that breaks off is forgotten. Memory is one buffer of two frames.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import cast

from ohmstead.transport.address import SerialAddress
from ohmstead.transport.modbus_server import WRITE_MANY, WRITE_ONE, Faults, Registers, Served, ServedUnit
from ohmstead.transport.opening import opened
from ohmstead.transport.rtu_link import BROKEN_OFF_S, GAP_AT_LEAST_S, GAP_CHARACTERS, LONGEST, framed, sound

BROADCAST = 0
AGAIN_S = 1.0
"""A port that is gone is tried again after this."""
ECHO_S = 0.02
"""The adapter's echo of an answer is back so soon after it has left."""
_KEPT_AT_MOST = 2 * LONGEST
_SHORTEST = 4


class ModbusRtuServer:
    """Units on one serial port, which is taken for this process alone."""

    def __init__(self, units: Sequence[ServedUnit], address: SerialAddress) -> None:
        """As :class:`~ohmstead.transport.modbus_server.Registers`; nothing is opened yet."""
        self.faults = Faults()
        self._address = address
        self._registers = Registers(units)
        self._ear: Ear | None = None
        self._again: asyncio.Task[None] | None = None

    @property
    def served(self) -> Served:
        """What it did."""
        return self._registers.served

    @property
    def connected(self) -> bool:
        """Whether the port is open."""
        return self._ear is not None

    async def start(self) -> None:
        """Open the port. Raises OSError when there is none or it is taken; one that goes later is opened again."""
        self._ear = await opened(lambda: Ear(self._address, self._registers, self.faults, self._gone), self._address)

    async def stop(self) -> None:
        """Give the port back."""
        again, self._again = self._again, None
        if again is not None:
            again.cancel()
            await asyncio.gather(again, return_exceptions=True)
        ear, self._ear = self._ear, None
        if ear is not None:
            await ear.close()

    def swap(self, one: int, other: int) -> None:
        """Each of two units answers to the other's number; done again, it is undone."""
        self._registers.swap(one, other)

    def _gone(self) -> None:
        if self._ear is not None:
            self._ear = None
            self._again = asyncio.get_running_loop().create_task(self._reopen())

    async def _reopen(self) -> None:
        while self._ear is None:
            await asyncio.sleep(AGAIN_S)
            try:
                await self.start()
            except OSError:
                continue


class Ear(asyncio.Protocol):
    """The protocol of an open port."""

    def __init__(self, address: SerialAddress, registers: Registers, faults: Faults, gone: Callable[[], None]) -> None:
        """``gone`` is called when the port is."""
        self._registers, self._faults, self._gone = registers, faults, gone
        self._character_s = address.character_s
        self._gap_s = max(GAP_CHARACTERS * self._character_s, GAP_AT_LEAST_S)
        self._transport: asyncio.Transport | None = None
        self._came = bytearray()
        self._silence: asyncio.TimerHandle | None = None
        self._echo: tuple[float, bytes] = (0.0, b"")
        self._answering: set[asyncio.Task[None]] = set()
        self._ended = asyncio.Event()

    async def close(self) -> None:
        """Give the port back; returns when it is free."""
        for task in self._answering:
            task.cancel()
        if self._transport is not None:
            self._transport.close()
            await self._ended.wait()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asyncio: the port is open."""
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Asyncio: the port is gone."""
        if self._silence is not None:
            self._silence.cancel()
        self._ended.set()
        self._gone()

    def data_received(self, data: bytes) -> None:
        """Asyncio: ``data`` has come."""
        self._came += data
        del self._came[:-_KEPT_AT_MOST]
        self._listen(self._gap_s, self._quiet)

    def _listen(self, silence_s: float, then: Callable[[], None]) -> None:
        if self._silence is not None:
            self._silence.cancel()
        self._silence = asyncio.get_running_loop().call_later(silence_s, then)

    def _quiet(self) -> None:
        """The line is silent: is what came a request, another's business, or the beginning of something?"""
        came = self._without_echo(bytes(self._came))
        frame = _request_at_the_end(came, {BROADCAST, *self._registers.units})
        before = _frames(came if frame is None else came[: -len(frame)])
        if frame is None and came and not before:
            self._listen(BROKEN_OFF_S, self._broken_off)
            return
        self._came.clear()
        told = [each for each in before or () if each[0] == BROADCAST]
        if told or frame is not None:
            task = asyncio.get_running_loop().create_task(self._obey(told, frame))
            self._answering.add(task)
            task.add_done_callback(self._answering.discard)

    def _broken_off(self) -> None:
        self._came.clear()
        self._registers.served.garbled += 1

    def _without_echo(self, came: bytes) -> bytes:
        until_s, frame = self._echo
        if frame and came.startswith(frame) and _now() <= until_s + ECHO_S:
            self._echo = (0.0, b"")
            return came[len(frame) :]
        return came

    async def _obey(self, told: Sequence[bytes], frame: bytes | None) -> None:
        """What was said to all, handed on together with the request that came after it."""
        for each in (*told, frame):
            if each is not None:
                await self._answer(each[0], each[1:-2])

    async def _answer(self, unit: int, request: bytes) -> None:
        if unit == BROADCAST:
            if request[0] in (WRITE_ONE, WRITE_MANY):
                for each in self._registers.units:
                    await self._registers.answer(each, request)
            return
        fault = self._faults.of(unit)
        if fault is not None and fault.lost:
            return
        if fault is not None and fault.delay_s > 0:
            await asyncio.sleep(fault.delay_s)
        frame = framed(unit, await self._registers.answer(unit, request))
        if fault is not None and fault.mangle is not None:
            frame = fault.mangle(frame)
        if self._transport is not None and (fault is None or not fault.silent):
            self._transport.write(frame)
            self._echo = (_now() + len(frame) * self._character_s + self._gap_s, frame)


def _request_at_the_end(came: bytes, units: set[int]) -> bytes | None:
    """The request to one of ``units`` with which ``came`` ends: after it the line was silent, so it is meant now."""
    for start in range(len(came) - _SHORTEST + 1):
        if came[start] in units and _request_length(came[start:]) == len(came) - start and sound(came[start:]):
            return came[start:]
    return None


def _frames(came: bytes) -> list[bytes] | None:
    """``came`` as the whole frames it is made of, what others were asked and answered; None when it is not."""
    frames: list[bytes] = []
    while came:
        ends = (_request_length(came), _answer_length(came))
        end = next((end for end in ends if _SHORTEST <= end <= len(came) and sound(came[:end])), 0)
        if not end:
            return None
        frames.append(came[:end])
        came = came[end:]
    return frames


def _request_length(came: bytes) -> int:
    """How long a request that begins here is by its function; an unknown one is all that came."""
    function = came[1] if len(came) > 1 else 0
    if function in (1, 2, 3, 4, 5, 6):
        return 8
    if function in (15, WRITE_MANY):
        return 9 + came[6] if len(came) > 6 else LONGEST + 1
    return len(came)


def _answer_length(came: bytes) -> int:
    function = came[1] if len(came) > 1 else 0
    if function & 0x80:
        return 5
    return 8 if function in (5, WRITE_ONE, 15, WRITE_MANY) else 5 + came[2] if len(came) > 2 else LONGEST + 1


def _now() -> float:
    return asyncio.get_running_loop().time()
