"""A card reader that must be asked: what all of them have in common. A card that stays at the reader is read once."""

import asyncio
from abc import ABC, abstractmethod

from ohmstead.core.model.authorization import AuthorizationSignal
from ohmstead.core.model.errors import DeviceGarbled
from ohmstead.core.model.reasons import Reason

POLL_S = 0.2
"""How often a reader is asked; a card is recognised within a fraction of a second."""
GONE_LOOKS = 2
"""A card has left when it was not there at so many looks in a row: one alone may be a tremble of the hand."""


class UnreadableCard(Exception):
    """What lies there is no card with a number. ``came`` shows the bytes."""

    def __init__(self, came: str) -> None:
        super().__init__(came)
        self.came = came


class PollingReader(ABC):
    """A CardReader by ``_look``."""

    def __init__(self, where: str) -> None:
        """``where`` names its place in what is told."""
        self._where = where
        self._held: bytes | None = None
        self._absent = 0

    async def next(self) -> str:
        """As the port says."""
        while True:
            try:
                uid = await self._look()
            except UnreadableCard as error:
                self._held = None
                await asyncio.sleep(POLL_S)
                reason = Reason("card_reader.garbled", {"where": self._where, "came": error.came})
                raise DeviceGarbled(reason) from error
            new = uid is not None and uid != self._held
            self._absent = self._absent + 1 if uid is None else 0
            if uid is not None or self._absent >= GONE_LOOKS:
                self._held = uid
            if new and uid is not None:
                return uid.hex().upper()
            await asyncio.sleep(POLL_S)

    async def answer(self, signal: AuthorizationSignal) -> None:
        """The chip has neither sound nor light; the charger's own tell."""
        del signal

    @abstractmethod
    async def close(self) -> None:
        """As the port says."""

    @abstractmethod
    async def _look(self) -> bytes | None:
        """The number of the card that is there now. Raises UnreadableCard, DeviceUnreachable."""
