"""An EVSE board behind our published Modbus profile (``docs/protocols/evse-board.md``): the EvseBoard port over a bus.

Frames that are not of now are refused: one that stands still, one that was seen before, one whose uptime is ahead of
what can have passed. After a restart of the board its uptime is short, which is how that is told apart. Neither must
one wrong frame outlaw all that follow: frames that go on among themselves at the pace of the clock for ``CONFIRM_S``
are believed.
"""

from dataclasses import dataclass

from ohmstead.core.model.errors import DeviceGarbled
from ohmstead.core.model.evse import BoardCommands, BoardIdentity, BoardSnapshot
from ohmstead.core.model.reasons import Param, Reason
from ohmstead.drivers.clock import Clock
from ohmstead.protocols.evse_board import (
    COMMANDS_START,
    IDENTITY_COUNT,
    IDENTITY_START,
    SNAPSHOT_COUNT,
    SNAPSHOT_START,
    BoardFrame,
    Capability,
    NotThisProfile,
    decode_frame,
    decode_identity,
    encode_commands,
)
from ohmstead.transport.modbus_client import Line
from ohmstead.transport.turns import Priority

DEADLINE_S = 0.2
"""Per request: well inside the lease of one second, so that one lost answer costs no charge."""
STILL_LIMIT_S = 0.5
"""Ten frame periods of a board."""
RESTART_SLACK_S = 1.0
CONFIRM_S = 2.0
"""Well above the lease: by then the board has opened, and nothing that was granted before still holds."""
_INPUT = 4
_HALF = 0x8000


@dataclass(frozen=True, slots=True)
class _Seen:
    frame: int
    uptime_s: float
    at_s: float
    since_s: float


class ModbusBoard:
    """One board. All calls raise DeviceError within the bus's queueing time plus ``DEADLINE_S`` per request."""

    def __init__(self, unit: int, line: Line, clock: Clock) -> None:
        """``line`` was opened for this board and is given back by :meth:`close`."""
        self._unit, self._line, self._clock = unit, line, clock
        self._where = f"{line.bus.address} unit {unit}"
        self._seen: _Seen | None = None
        self._doubt: _Seen | None = None
        self._lease: int | None = None
        self._known: Capability | None = None

    async def identify(self) -> BoardIdentity:
        """The identity block in one request."""
        words = await self._read(IDENTITY_START, IDENTITY_COUNT)
        try:
            identity, self._known = decode_identity(words)
        except NotThisProfile as error:
            raise self._garbled("board.not_profile", detail=str(error)) from error
        return identity

    async def _capabilities(self) -> Capability:
        """What the board said it has; how a snapshot ends and what may be told it depend on it."""
        if self._known is None:
            await self.identify()
        return self._known or Capability.NONE

    async def read(self) -> BoardSnapshot:
        """The snapshot in one request, dated to when it was asked for."""
        capabilities = await self._capabilities()
        at = self._clock.now()
        words = await self._read(SNAPSHOT_START, SNAPSHOT_COUNT)
        try:
            frame = decode_frame(words, at, capabilities)
        except NotThisProfile as error:
            raise self._garbled("board.not_profile", detail=str(error)) from error
        self._seen = self._fresh(frame, at.monotonic_s)
        if self._lease is None:
            self._lease = frame.lease_counter
        return frame.snapshot

    async def command(self, commands: BoardCommands) -> None:
        """All commands in one request, with a lease counter the board has not seen last."""
        if self._lease is None:
            await self.read()
        self._lease = ((self._lease or 0) + 1) & 0xFFFF
        words = encode_commands(commands, self._lease, await self._capabilities())
        await self._line.bus.write(self._unit, COMMANDS_START, words, deadline_s=DEADLINE_S, priority=Priority.SECOND)

    @property
    def reconnects(self) -> int:
        """How often the connection of its bus was made anew."""
        return self._line.reconnects

    async def close(self) -> None:
        """Give the bus back; the board opens by itself when its lease ends."""
        await self._line.close()

    def _fresh(self, frame: BoardFrame, now_s: float) -> _Seen:
        seen, uptime_s = self._seen, frame.uptime_s
        if seen is None:
            return _Seen(frame.frame, uptime_s, now_s, now_s)
        passed_s = now_s - seen.at_s
        if frame.frame == seen.frame and 0 <= uptime_s - seen.uptime_s <= passed_s + RESTART_SLACK_S:
            if now_s - seen.since_s > STILL_LIMIT_S:
                raise self._garbled("board.frozen", still_s=f"{now_s - seen.since_s:.1f} s")
            return _Seen(seen.frame, uptime_s, now_s, seen.since_s)
        back = uptime_s < seen.uptime_s or (uptime_s == seen.uptime_s and (frame.frame - seen.frame) & 0xFFFF > _HALF)
        if back and uptime_s > passed_s + RESTART_SLACK_S and not self._confirmed(frame, now_s):
            raise self._garbled("board.replayed", came=frame.frame, expected=seen.frame)
        latest_s = seen.uptime_s + passed_s + RESTART_SLACK_S
        if uptime_s > latest_s and not self._confirmed(frame, now_s):
            raise self._garbled("board.leapt", came=f"{uptime_s:.1f} s", latest=f"{latest_s:.1f} s")
        self._doubt = None
        return _Seen(frame.frame, uptime_s, now_s, now_s)

    def _confirmed(self, frame: BoardFrame, now_s: float) -> bool:
        """Whether frames like this one have come long enough, each moved on from the one before."""
        doubt, uptime_s = self._doubt, frame.uptime_s
        since_s = now_s
        if doubt is not None and frame.frame != doubt.frame:
            astray_s = (uptime_s - doubt.uptime_s) - (now_s - doubt.at_s)
            since_s = doubt.since_s if abs(astray_s) <= RESTART_SLACK_S else now_s
        self._doubt = _Seen(frame.frame, uptime_s, now_s, since_s)
        return now_s - since_s >= CONFIRM_S

    async def _read(self, register: int, count: int) -> tuple[int, ...]:
        return await self._line.bus.read(
            self._unit, _INPUT, register, count, deadline_s=DEADLINE_S, priority=Priority.SECOND
        )

    def _garbled(self, key: str, **params: Param) -> DeviceGarbled:
        return DeviceGarbled(Reason(key, {"where": self._where, **params}))
