"""The current transformers of an EVSE board as a meter of the grid connection (EV-177, EV-183, G-133).

They are read over the board's own connection, once its identity has said that it has them. Values are dated to when
they were measured: a remote reports by radio, and what it said once does not become fresh by being read again.
"""

from collections.abc import Sequence

from ohmstead.core.model.errors import DeviceGarbled, DeviceRefused, DeviceUnreachable
from ohmstead.core.model.evse import CtInput, GridCt
from ohmstead.core.model.quantities import Phase
from ohmstead.core.model.readings import PhaseReading, Reading
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.time import Instant
from ohmstead.drivers.clock import Clock
from ohmstead.protocols.evse_board import IDENTITY_COUNT, IDENTITY_START, NotThisProfile, decode_identity
from ohmstead.protocols.evse_board_ct import (
    CT_CAPABILITY,
    CT_COUNT,
    CT_START,
    PAIRING_START,
    Pairing,
    decode_ct,
    encode_pairing,
)
from ohmstead.transport.modbus_client import Line
from ohmstead.transport.turns import Priority

DEADLINE_S = 0.3
SILENT_S = 3.0
"""Older values are no answer any more."""
SLOWEST_S = 10.0
_INPUT = 4


class Samples:
    """Follows one input: each answer of the board becomes a Reading, dated to when its values were measured."""

    def __init__(self, device: str, where: str, phases: Sequence[Phase]) -> None:
        """``phases`` are the site's behind each transformer, in order; ``where`` names the input in a problem."""
        self._device, self._where, self._phases = device, where, tuple(phases)
        self._last: tuple[int, Instant] | None = None
        self._rhythm_s: float | None = None

    def reading(self, ct: GridCt, asked: Instant) -> Reading:
        """What ``ct`` says. Raises DeviceUnreachable when it says nothing about now."""
        at = self._measured(ct, asked)
        if at is None or asked.since(at) > SILENT_S:
            raise DeviceUnreachable(self._silence(ct, at, asked))
        rows = list(zip(self._phases, ct.voltages_v, ct.currents_a, ct.powers_w, strict=False))
        rows = [row for row in rows if row[2] is not None]
        powers = [row[3] for row in rows]
        whole = bool(powers) and all(power is not None for power in powers)
        return Reading(
            device=self._device,
            at=at,
            power_w=sum(power for power in powers if power is not None) if whole else None,
            phases={phase: PhaseReading(voltage, current, power) for phase, voltage, current, power in rows},
            rhythm_s=self._rhythm_s,
        )

    def _measured(self, ct: GridCt, asked: Instant) -> Instant | None:
        """When the values were measured. The same sample stays as old as it was, whatever age it tells later."""
        if ct.age_s is None:
            return None
        at = asked.plus(-ct.age_s)
        if self._last is None:
            self._last = ct.sample, at
        elif self._last[0] != ct.sample:
            passed_s = at.since(self._last[1])
            self._rhythm_s = min(SLOWEST_S, passed_s) if ct.link != "wired" and passed_s > 0 else None
            self._last = ct.sample, at
        return self._last[1]

    def _silence(self, ct: GridCt, at: Instant | None, asked: Instant) -> Reason:
        if ct.link == "pairing":
            return Reason("board_ct.pairing", {"where": self._where})
        if ct.link == "unpaired":
            return Reason("board_ct.unpaired", {"where": self._where})
        if at is None:
            return Reason("board_ct.never", {"where": self._where})
        return Reason("board_ct.silent", {"where": self._where, "silent_s": asked.since(at)})


class BoardCt:
    """One input of a board behind our profile; a Meter, and for a remote also a RadioMeter."""

    def __init__(
        self, device: str, source: CtInput, phases: Sequence[Phase], unit: int, line: Line, clock: Clock
    ) -> None:
        """``line`` was opened for this input and is given back by :meth:`close`."""
        self._input, self._unit, self._line, self._clock = source, unit, line, clock
        self._where = f"{line.bus.address} unit {unit}"
        self._samples = Samples(device, self._where, phases)
        self._able = False

    async def read(self) -> Reading:
        """The values of the last sample, dated to when it was measured. Raises DeviceError."""
        await self._make_sure()
        asked = self._clock.now()
        try:
            words = await self._words(CT_START[self._input], CT_COUNT)
            return self._samples.reading(decode_ct(words), asked)
        except DeviceRefused:
            self._able = False
            raise
        except NotThisProfile as error:
            raise self._garbled(error) from error

    async def pair(self) -> None:
        """Let the board accept the next remote that asks. Raises DeviceError."""
        await self._make_sure()
        await self._line.bus.write(
            self._unit,
            PAIRING_START,
            encode_pairing(Pairing.BEGIN),
            deadline_s=DEADLINE_S,
            priority=Priority.SECOND,
        )

    async def close(self) -> None:
        """Give the bus back."""
        self._able = False
        await self._line.close()

    async def _make_sure(self) -> None:
        """Ask the board whether it has the input, once and after a refusal: others are not asked for its registers."""
        if self._able:
            return
        try:
            _, capabilities = decode_identity(await self._words(IDENTITY_START, IDENTITY_COUNT))
        except NotThisProfile as error:
            raise self._garbled(error) from error
        if CT_CAPABILITY[self._input] not in capabilities:
            raise DeviceRefused(Reason(f"board_ct.none.{self._input}", {"where": self._where}))
        self._able = True

    async def _words(self, register: int, count: int) -> tuple[int, ...]:
        return await self._line.bus.read(
            self._unit, _INPUT, register, count, deadline_s=DEADLINE_S, priority=Priority.SECOND
        )

    def _garbled(self, error: NotThisProfile) -> DeviceGarbled:
        return DeviceGarbled(Reason("board.not_profile", {"where": self._where, "detail": str(error)}))
