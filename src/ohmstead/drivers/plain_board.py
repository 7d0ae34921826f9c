"""A board that can be bought and has no lease, for the EvseBoard port: what all of them need, whatever their registers.

Such a board is told a highest current and whether it may charge, and keeps to that until it is told otherwise; nothing
on it ends by itself when the host dies (``docs/hardware.md``). What is done about it here:

- An offer needs permission: PWM without it, as in the host's test before a charge, is no offer to this board.
- A duty becomes the nearest lower current that the board knows.
- What narrows is written first. Everything is written again each second, changed or not, and at once when the board was
  silent, so that one that has begun anew is put right.
- Before the line is given back the board is told to offer nothing.

It measures nothing. That its contactor is closed is concluded: the vehicle asks and the pilot carries PWM, or did so
less than 6 s ago, in which the board may wait for the load to drop (IEC 61851-1 A.6 seq. 10.2). A board with a fault
has opened by then too, unless the fault is that it cannot.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import suppress

from ohmstead.core.charging.pilot import current_for, duty_for
from ohmstead.core.model.errors import DeviceError, DeviceGarbled
from ohmstead.core.model.evse import BoardCommands, BoardFault, BoardIdentity, BoardSnapshot, PilotMode
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.time import Instant
from ohmstead.drivers.clock import Clock
from ohmstead.protocols.boards.words import BoardStatus, NotThisBoard, Order, Space, Write
from ohmstead.protocols.meters.table import Block
from ohmstead.transport.modbus_client import Line
from ohmstead.transport.turns import Priority

PERIOD_S = 0.5
PAUSE_S = 0.1
"""Between two requests: what other hosts of these boards leave them too."""
DEADLINE_S = 0.5
"""Per request; these boards answer within 0.1 s."""
AGAIN_S = 1.0
"""What was said is said again after this."""
FAREWELL_S = 2.0
DROPS_S = 6.0
CODE_STEP, CODE_STEP_A = 0.01, 0.025
"""Duties are whole multiples of this percentage, which is at most so many ampere (IEC 61851-1 table A.7)."""
_NOTHING = (None, None, None)


class PlainBoard(ABC):
    """One board. All calls raise DeviceError within the bus's queueing time plus pause and deadline per request."""

    period_s = PERIOD_S

    def __init__(self, unit: int, line: Line, clock: Clock) -> None:
        """``line`` was opened for this board and is given back by :meth:`close`."""
        self._unit, self._line, self._clock = unit, line, clock
        self.where = f"{line.bus.address} unit {unit}"
        self._free_at_s = 0.0
        self._said: dict[tuple[Space, int], tuple[int, float]] = {}
        self._commanded = False
        self._flowed_at_s: float | None = None

    @abstractmethod
    async def identify(self) -> BoardIdentity:
        """As the port says."""

    @abstractmethod
    async def _look(self) -> BoardStatus:
        """One look. Raises DeviceError or NotThisBoard."""

    @abstractmethod
    def _floor_a(self, current_a: float) -> float:
        """What the board can offer that is not above ``current_a``."""

    @abstractmethod
    def _writes(self, order: Order, clear: bool) -> Sequence[Write]:
        """What to write for ``order``, what narrows first; ``clear`` lets it forget its faults, where it can."""

    async def read(self) -> BoardSnapshot:
        """As the port says; dated to when the state was asked for."""
        at = self._clock.now()
        try:
            status = await self._look()
        except NotThisBoard as error:
            raise self.garbled(error) from error
        mode = PilotMode.PWM if status.pwm else PilotMode.FAULT if status.level == "F" else PilotMode.STEADY
        steady = 0.0 if mode is PilotMode.FAULT else 100.0
        return BoardSnapshot(
            at=at,
            pilot=status.level,
            pilot_mode=mode,
            duty_percent=duty_for(status.offered_a) if status.pwm else steady,
            contactor_closed=self._closed(status, at),
            proximity_a=status.cable_a,
            currents_a=_NOTHING,
            voltages_v=_NOTHING,
            power_w=None,
            energy_j=None,
            faults=status.faults,
            temperature_c=None,
            lease_left_s=None,
            uptime_s=None,
            present=status.faults,
        )

    async def command(self, commands: BoardCommands) -> None:
        """As the port says, as far as the board knows it; what it was told a moment ago is not repeated."""
        offers = commands.pilot_mode is PilotMode.PWM and commands.permit_close
        current_a = self._nearest_a(commands.duty_percent) if offers else 0.0
        await self._tell(self._writes(Order(current_a, commands.permit_close), commands.clear_faults))

    @property
    def reconnects(self) -> int:
        """How often the connection of its bus was made anew."""
        return self._line.reconnects

    async def close(self) -> None:
        """Tell the board to offer nothing, where it was told anything, and give the bus back."""
        if self._commanded:
            self._said.clear()
            with suppress(DeviceError, TimeoutError):
                async with asyncio.timeout(FAREWELL_S):
                    await self._tell(self._writes(Order(), False))
        await self._line.close()

    def garbled(self, error: NotThisBoard) -> DeviceGarbled:
        """The error for registers that are not this board's."""
        return DeviceGarbled(Reason("board.other_board", {"where": self.where, "detail": str(error)}))

    async def ask(self, block: Block) -> tuple[int, ...]:
        """The registers of ``block``. Raises DeviceError."""
        await self._pause()
        try:
            return await self._line.bus.read(
                *(self._unit, block.function, block.start, block.count),
                deadline_s=DEADLINE_S,
                priority=Priority.SECOND,
            )
        except DeviceError:
            self._said.clear()
            raise
        finally:
            self._used()

    def _nearest_a(self, duty_percent: float) -> float:
        """The highest current of the board whose code is not above ``duty_percent``, which is rounded down itself."""
        read_a = current_for(duty_percent)
        next_a = self._floor_a(min(current_for(duty_percent + CODE_STEP) - 1e-6, read_a + CODE_STEP_A))
        return next_a if duty_for(next_a) <= duty_percent else self._floor_a(read_a)

    def _forget(self, space: Space, address: int, value: int) -> None:
        """The board shows ``value``: where it was told another, it will be told again."""
        said = self._said.get((space, address))
        if said is not None and said[0] != value:
            del self._said[space, address]

    async def _tell(self, writes: Sequence[Write]) -> None:
        self._commanded = True
        for write in writes:
            key, now_s = (write.space, write.address), self._clock.now().monotonic_s
            value, at_s = self._said.get(key, (None, 0.0))
            if value == write.value and now_s - at_s < AGAIN_S:
                continue
            self._said.pop(key, None)
            await self._write(write)
            self._said[key] = (write.value, self._clock.now().monotonic_s)

    async def _write(self, write: Write) -> None:
        await self._pause()
        bus, unit, first = self._line.bus, self._unit, Priority.SECOND
        try:
            if write.space == "coil":
                await bus.switch(unit, write.address, bool(write.value), deadline_s=DEADLINE_S, priority=first)
            else:
                await bus.write(unit, write.address, (write.value,), deadline_s=DEADLINE_S, priority=first)
        finally:
            self._used()

    async def _pause(self) -> None:
        left_s = self._free_at_s - asyncio.get_running_loop().time()
        if left_s > 0:
            await asyncio.sleep(left_s)

    def _used(self) -> None:
        self._free_at_s = asyncio.get_running_loop().time() + PAUSE_S

    def _closed(self, status: BoardStatus, at: Instant) -> bool:
        if status.faults & BoardFault.CONTACTOR_WELDED:
            return True
        if status.level not in ("C", "D"):
            self._flowed_at_s = None
        elif status.pwm and not status.faults:
            self._flowed_at_s = at.monotonic_s
        return self._flowed_at_s is not None and at.monotonic_s - self._flowed_at_s < DROPS_S
