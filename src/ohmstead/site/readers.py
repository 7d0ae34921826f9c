"""The card readers of a site: one loop each waits for cards and hands them on; what a reader cannot do is told once."""

import asyncio
from collections.abc import Callable

from ohmstead.core.model.authorization import AuthorizationSignal
from ohmstead.core.model.errors import DeviceError, DeviceGarbled
from ohmstead.core.model.events import Event
from ohmstead.core.model.grants import Severity
from ohmstead.core.model.reasons import Reason
from ohmstead.drivers.clock import Clock
from ohmstead.drivers.ports import CardReader

BACK_OFF_S = (0.5, 1.0, 2.0, 5.0)
"""Pause after the n-th failure in a row."""


class Reading:
    """The loop of one reader, of the charger called ``name``."""

    def __init__(
        self,
        name: str,
        reader: CardReader,
        clock: Clock,
        shown: Callable[[str, str], AuthorizationSignal | None],
        on_event: Callable[[Event], None],
    ) -> None:
        """``shown`` takes the charger and what was read, and returns what is to be told with it."""
        self._name = name
        self._reader = reader
        self._clock = clock
        self._shown = shown
        self._on_event = on_event
        self._failures = 0

    async def run(self) -> None:
        """Wait for cards for ever."""
        while True:
            try:
                card = await self._reader.next()
                self._worked()
                signal = self._shown(self._name, card)
                if signal is not None:
                    await self._reader.answer(signal)
            except DeviceGarbled as error:
                self._worked()
                self._tell("card.malformed", "warning", error.reason)
            except DeviceError as error:
                self._failures += 1
                if self._failures == 2:
                    self._tell("card_reader.lost", "warning", error.reason)
                await asyncio.sleep(BACK_OFF_S[min(self._failures, len(BACK_OFF_S)) - 1])

    async def close(self) -> None:
        """Give back the line."""
        await self._reader.close()

    def _worked(self) -> None:
        if self._failures >= 2:
            self._tell("card_reader.back", "info", Reason("event.card_reader.back"))
        self._failures = 0

    def _tell(self, kind: str, severity: Severity, reason: Reason) -> None:
        self._on_event(Event(self._clock.now().utc, kind, "site", self._name, severity, reason))
