"""The map of a SunSpec device on a bus: which models stand where, and their registers."""

import asyncio

from ohmstead.core.model.errors import DeviceGarbled, DeviceUnreachable
from ohmstead.core.model.reasons import Reason
from ohmstead.drivers.sunspec_map import find_models
from ohmstead.protocols.registers import READ_LIMIT
from ohmstead.protocols.sunspec.device import COMMON, Placed
from ohmstead.protocols.sunspec.models import decode, model
from ohmstead.transport.modbus_client import Line
from ohmstead.transport.turns import Priority

HOLDING = 3
SCAN_S = 3.0
"""A search that takes longer is given up, to be begun anew by the next read."""


class SunspecMap:
    """Reads the map of one unit, and models of it."""

    def __init__(self, line: Line, unit: int, deadline_s: float, priority: Priority) -> None:
        """``deadline_s`` counts for each request."""
        self._line, self._unit, self._deadline_s, self._priority = line, unit, deadline_s, priority
        self.where = f"{line.bus.address} unit {unit}"

    async def search(self) -> list[Placed]:
        """Every model in the map. Raises DeviceError."""
        try:
            async with asyncio.timeout(SCAN_S):
                return await find_models(self.words, self.where)
        except TimeoutError as error:
            params = {"where": self.where, "limit_s": f"{SCAN_S:g} s"}
            raise DeviceUnreachable(Reason("sunspec.slow_scan", params)) from error

    async def model(self, place: Placed, reach: int | None = None) -> tuple[int, ...]:
        """The registers of a model, or the first ``reach`` of them.

        Raises DeviceError, also when the model stands there no more.
        """
        count = place.length + 2 if reach is None else reach
        words: tuple[int, ...] = ()
        while len(words) < count:
            words += await self.words(place.register + len(words), min(READ_LIMIT, count - len(words)))
        if words[:2] != (place.id, place.length):
            detail = f"register {place.register}: {words[0]}, {words[1]}"
            raise DeviceGarbled(Reason("sunspec.broken_map", {"where": self.where, "detail": detail}))
        return words

    async def maker(self, seen: list[Placed]) -> str | None:
        """Who made the device, by its model 1."""
        about = next((place for place in seen if place.id == COMMON), None)
        point = next(point for point in model(COMMON).points if point.name == "Mn")
        if about is None or about.length + 2 < point.end:
            return None
        name = decode(model(COMMON), await self.words(about.register, point.end), point.end)["Mn"]
        return name if isinstance(name, str) else None

    async def words(self, register: int, count: int) -> tuple[int, ...]:
        """Registers as they stand. Raises DeviceError."""
        return await self._line.bus.read(
            self._unit, HOLDING, register, count, deadline_s=self._deadline_s, priority=self._priority
        )
