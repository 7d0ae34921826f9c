"""Letting one transformer blink: while it is selected, two minutes at most, one at a time on each bus (G-127)."""

import asyncio
from collections.abc import Mapping

from ohmstead.core.commissioning.loads import kind_of
from ohmstead.core.model.errors import CommandRefused, ConfigurationError, DeviceError
from ohmstead.core.model.measuring import BoxSettings
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.sampled import MOST_POINTS
from ohmstead.drivers.clock import Clock
from ohmstead.site.delivering import Hand

LONGEST_S = 120.0
LOOK_S = 1.0


class Identifying:
    """Who blinks: by box the slot (from 0), and until when."""

    def __init__(self, hand: Hand, clock: Clock) -> None:
        """Nobody."""
        self._hand, self._clock = hand, clock
        self._blinking: dict[str, tuple[BoxSettings, int, float]] = {}
        self._turn, self._somebody = asyncio.Lock(), asyncio.Event()

    @property
    def blinking(self) -> Mapping[str, int]:
        """By box the point, from 1."""
        return {box: slot + 1 for box, (_, slot, _) in self._blinking.items()}

    async def show(self, box: str, settings: BoxSettings, point: int | None) -> None:
        """Let ``point`` (from 1) blink, and no other of the box; ``None`` ends it. Raises CommandRefused."""
        if kind_of(settings) == "samples":
            raise CommandRefused(Reason("loads.no_light", {"box": settings.name or box}))
        if point is not None and not 1 <= point <= MOST_POINTS:
            raise CommandRefused(Reason("rule.point_beyond", {"point": point, "most": MOST_POINTS}))
        async with self._turn:
            before = self._blinking.get(box)
            try:
                if before is not None and before[1] + 1 != point:
                    await self._light(box, before[0], before[1], on=False)
                    del self._blinking[box]
                if point is not None:
                    await self._light(box, settings, point - 1, on=True)
                    self._blinking[box] = settings, point - 1, self._clock.now().monotonic_s + LONGEST_S
                    self._somebody.set()
            except DeviceError as error:
                raise CommandRefused(error.reason) from error
            except ConfigurationError as error:
                raise CommandRefused(Reason("loads.address", {"detail": str(error)})) from error

    async def run(self) -> None:
        """End what has blinked for long enough, until cancelled."""
        while True:
            await self._somebody.wait()
            await asyncio.sleep(LOOK_S)
            now_s = self._clock.now().monotonic_s
            await self._end([box for box, (_, _, until_s) in self._blinking.items() if now_s >= until_s])
            if not self._blinking:
                self._somebody.clear()

    async def close(self) -> None:
        """Let nobody blink any longer."""
        await self._end(list(self._blinking))

    async def _end(self, boxes: list[str]) -> None:
        """A box that does not answer is asked again with the next look."""
        for box in boxes:
            async with self._turn:
                settings, slot, _ = self._blinking[box]
                try:
                    await self._light(box, settings, slot, on=False)
                except (DeviceError, ConfigurationError):
                    continue
                del self._blinking[box]

    async def _light(self, box: str, settings: BoxSettings, slot: int, *, on: bool) -> None:
        hand = self._hand(box, settings)
        try:
            await hand.identify(slot, on)
        finally:
            await hand.close()
