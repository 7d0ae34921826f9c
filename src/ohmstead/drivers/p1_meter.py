"""A supply meter that speaks by itself on its P1 port: the Meter port over a line of bytes (G-123, G-128).

A reading is the newest telegram, dated to when its first byte came. The meter's own rhythm (one telegram a second
from version 5 on, one in ten seconds before) is learned and told, so that a slow meter is not taken for a lost one.
A damaged telegram fails one read and is counted; the one after it is as good as any. Encrypted telegrams are opened
with the key that the grid company hands out; then a plain one is refused, as anybody could have sent it.
"""

import asyncio
import itertools
from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING

from ohmstead.core.model.details import placed
from ohmstead.core.model.errors import DeviceError, DeviceGarbled, DeviceUnreachable
from ohmstead.core.model.quantities import PHASES, Phase, Quality
from ohmstead.core.model.readings import PhaseReading, Reading
from ohmstead.core.model.reasons import Param, Reason
from ohmstead.core.model.time import Instant
from ohmstead.drivers.clock import Clock
from ohmstead.drivers.modbus_meter import Wiring
from ohmstead.drivers.stillness import GRID_LIMIT_S, Stillness, look
from ohmstead.protocols.p1.framing import Damage, Frame, Framer
from ohmstead.protocols.p1.telegram import Stamp, Telegram, TelegramError, parse
from ohmstead.protocols.p1.values import P1Values, values
from ohmstead.transport.address import LineAddress
from ohmstead.transport.byte_line import ByteLine, LineError, open_line

if TYPE_CHECKING:  # the cipher's library is loaded only where a meter encrypts
    from ohmstead.protocols.p1.ciphering import Unsealer

RHYTHM_SLOWEST_S = 10.0
"""DSMR up to version 4 (clause 6.1); also what is assumed before two telegrams have come."""
RHYTHM_FASTEST_S = 1.0
RHYTHMS = 5
"""The middle one of so many intervals is the rhythm: a telegram lost on the way does not change it."""
PUBLISHED_AUTHENTICATION_KEY = "00112233445566778899AABBCCDDEEFF"
"""The same for every meter of Luxembourg (its P1 port specification, clause 3.2.5)."""
SEALED = b"\xdb\x08"
"""How an encrypted telegram begins."""
PATIENCE = 1.5
PATIENCE_AT_LEAST_S = 2.5
"""After so many rhythms, and so long, without a telegram a read fails and the line is opened anew."""


COARSE_A = 0.1
"""From this last digit on a current may be made finer by power and voltage."""


class P1Meter:
    """One P1 port."""

    def __init__(
        self,
        wiring: Wiring,
        address: LineAddress,
        clock: Clock,
        key: str | None = None,
        authentication_key: str | None = None,
    ) -> None:
        """Nothing is connected before the first read. The unit of ``wiring`` means nothing; keys are hexadecimal."""
        self._wiring, self._clock, self._where = wiring, clock, str(address)
        self._line: ByteLine = open_line(address, self._heard)
        self._framer = Framer()
        self._key = bytes.fromhex(key) if key else None
        self._authentication_key = bytes.fromhex(authentication_key or PUBLISHED_AUTHENTICATION_KEY)
        self._unsealer = self._new_unsealer()
        self._sealed_seen = False
        self._began: Instant | None = None
        self._telegram: tuple[Telegram, Instant] | None = None
        self._damage: DeviceGarbled | None = None
        self._arrivals: deque[float] = deque(maxlen=RHYTHMS + 1)
        self._stillness: Stillness | None = None
        self._closed = False

    @property
    def rhythm_s(self) -> float:
        """How often the meter speaks."""
        if len(self._arrivals) < 2:
            return RHYTHM_SLOWEST_S
        middle = median(later - earlier for earlier, later in itertools.pairwise(self._arrivals))
        return min(max(middle, RHYTHM_FASTEST_S), RHYTHM_SLOWEST_S)

    async def read(self) -> Reading:
        """The newest telegram that was not read yet, waited for. Raises DeviceError."""
        if self._closed:
            raise DeviceUnreachable(Reason("line.ended", {"where": self._where}))
        patience_s = max(PATIENCE_AT_LEAST_S, PATIENCE * self.rhythm_s)
        noise = self._noise
        try:
            async with asyncio.timeout(patience_s):
                while self._telegram is None and self._damage is None:
                    await self._line.wait()
        except TimeoutError as error:
            failure = self._nothing(patience_s, self._noise - noise)
            await self._begin_anew()
            raise failure from error
        except LineError as error:
            await self._begin_anew()
            raise DeviceUnreachable(error.reason) from error
        damage, self._damage = self._damage, None
        newest, self._telegram = (self._telegram, None) if damage is None else (None, self._telegram)
        if newest is None:
            raise damage or DeviceUnreachable(Reason("line.ended", {"where": self._where}))
        return self._reading(values(newest[0]), newest[1])

    async def close(self) -> None:
        """Give the line back."""
        self._closed = True
        await self._line.close()

    def _heard(self, data: bytes) -> None:
        """Bytes have come. Called by the line."""
        if self._unsealer is None:
            self._sealed_seen = self._sealed_seen or SEALED in data
            self._heard_plain(data)
            return
        now = self._clock.now()
        began = self._began if self._unsealer.inside else None
        for found in self._unsealer.feed(data):
            if isinstance(found, Damage):
                self._damage = self._garbled(f"p1.{found.kind}", found.came)
                continue
            self._framer, self._began = Framer(), began or now
            before = self._telegram, self._damage
            self._heard_plain(found)
            if before == (self._telegram, self._damage):
                self._damage = self._garbled("p1.no_header", found[:40].decode("ascii", "backslashreplace"))
            began = now
        self._began = (began or now) if self._unsealer.inside else None

    def _heard_plain(self, data: bytes) -> None:
        now = self._clock.now()
        began = self._began if self._framer.inside or self._unsealer else None
        for found in self._framer.feed(data):
            if isinstance(found, Damage):
                self._damage = self._garbled(f"p1.{found.kind}", found.came)
            else:
                self._understood(found, began or now)
            began = now
        self._began = (began or now) if self._framer.inside else None

    def _understood(self, found: Frame, began: Instant) -> None:
        try:
            self._telegram = parse(found), began
        except TelegramError as error:
            self._damage = self._garbled(error.key, error.came)
        else:
            self._arrivals.append(began.monotonic_s)

    def _garbled(self, key: str, came: str) -> DeviceGarbled:
        return DeviceGarbled(Reason(key, {"where": self._where, "came": came}))

    def _nothing(self, patience_s: float, noise: int) -> DeviceError:
        params: dict[str, Param] = {"where": self._where, "deadline_s": f"{patience_s:g} s"}
        if self._sealed_seen:
            self._sealed_seen = False
            return DeviceGarbled(Reason("p1.encrypted", params))
        if noise:
            return DeviceGarbled(Reason("p1.noise", {**params, "came": noise}))
        return DeviceUnreachable(Reason("p1.silent", params))

    async def _begin_anew(self) -> None:
        """What was begun on the old connection does not go on in the new one."""
        await self._line.close()
        self._framer, self._began, self._unsealer = Framer(), None, self._new_unsealer()

    def _new_unsealer(self) -> "Unsealer | None":
        if self._key is None:
            return None
        from ohmstead.protocols.p1.ciphering import Unsealer

        return Unsealer(self._key, self._authentication_key)

    @property
    def _noise(self) -> int:
        return self._framer.noise if self._unsealer is None else self._unsealer.noise

    def _reading(self, seen: P1Values, at: Instant) -> Reading:
        name = self._wiring.name
        if seen.stamp is not None and self._clock_stands(seen.stamp, at):
            problem = Reason("p1.frozen", {"device": name, "shown": seen.stamp.local.isoformat(" ")})
            return Reading(name, at, Quality.BAD, problem=problem, rhythm_s=self.rhythm_s)
        return Reading(
            device=name,
            at=at,
            quality=seen.quality,
            power_w=seen.power_w,
            reactive_power_var=seen.reactive_power_var,
            power_factor=seen.power_factor,
            frequency_hz=seen.frequency_hz,
            energy_import_j=seen.energy_import_j,
            energy_export_j=seen.energy_export_j,
            phases=self._named({phase: _finer(one, seen.current_step_a) for phase, one in seen.phases.items()}),
            problem=seen.problem,
            supply=seen.supply,
            rhythm_s=self.rhythm_s,
            details=placed(seen.details, self._wiring.phases),
            current_step_a=seen.current_step_a,
        )

    def _clock_stands(self, stamp: Stamp, at: Instant) -> bool:
        """Whether telegrams keep coming with one and the same time: something repeats an old one."""
        words = ((*stamp.local.timetuple()[:6],),)
        self._stillness = look(self._stillness, words, at.monotonic_s)
        return self._stillness.frozen(at.monotonic_s, GRID_LIMIT_S)

    def _named(self, phases: Mapping[Phase, PhaseReading]) -> dict[Phase, PhaseReading]:
        """The meter's phases as the installer named them."""
        wired = zip(PHASES, self._wiring.phases, strict=False)
        return {site: phases[own] for own, site in wired if own in phases}


def _finer(seen: PhaseReading, step_a: float) -> PhaseReading:
    """``seen`` with the current that its power needs at least, where the meter's own leaves more than that open.

    A current cannot be below power by voltage; a fuse must not take 15.9 A for the 15 A of whole amperes.
    """
    if step_a < COARSE_A or not seen.voltage_v or seen.current_a is None or seen.power_w is None:
        return seen
    least_a = abs(seen.power_w) / seen.voltage_v
    if not abs(seen.current_a) < least_a <= abs(seen.current_a) + step_a:
        return seen
    return replace(seen, current_a=least_a)
