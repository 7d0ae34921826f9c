"""Corrections of a house in memory."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ohmstead.core.model.corrections import Corrected, Correction
from ohmstead.core.model.errors import CommandRefused
from ohmstead.core.model.events import AccessRole
from ohmstead.core.model.reasons import Reason

if TYPE_CHECKING:
    from tests.web.memory_house import MemoryHouse


@dataclass
class MemoryCorrections:
    """A record of which nothing is known."""

    house: "MemoryHouse | None"

    async def correct(self, wanted: Correction, author: str, role: AccessRole) -> Corrected:
        if self.house is not None and self.house.failing:
            raise self.house.failing
        raise CommandRefused(Reason("correction.nothing", {"channel": wanted.channel}))

    async def made(self) -> tuple[Corrected, ...]:
        if self.house is not None and self.house.failing:
            raise self.house.failing
        return ()
