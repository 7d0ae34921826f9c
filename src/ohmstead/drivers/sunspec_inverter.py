"""A three-phase inverter that speaks SunSpec (models 1 and 103): the Meter port over a shared bus (G-128).

Where the model stands is searched once, and again after an answer that is not that model any more. Standing still
is no fault here: an inverter asleep shows the same registers all night.
"""

import asyncio

from ohmstead.core.model.errors import DeviceGarbled, DeviceRefused, DeviceUnreachable
from ohmstead.core.model.readings import Reading
from ohmstead.core.model.reasons import Reason
from ohmstead.drivers.clock import Clock
from ohmstead.drivers.modbus_meter import OTHER_DEADLINE_S, Wiring, reading
from ohmstead.protocols.sunspec.device import (
    BASES,
    INVERTER_THREE_PHASE,
    MARK,
    MODELS_AT_MOST,
    Placed,
    inverter_values,
    placed,
)
from ohmstead.protocols.sunspec.models import model
from ohmstead.transport.modbus_client import Line

HOLDING = 3
SCAN_S = 3.0
"""A search that takes longer is given up, to be begun anew by the next read."""


class SunspecInverter:
    """One inverter on a bus. Its production is the positive direction."""

    def __init__(self, wiring: Wiring, line: Line, clock: Clock) -> None:
        """``line`` was opened for this inverter and is given back by :meth:`close`."""
        self._wiring, self._line, self._clock = wiring, line, clock
        self._found: Placed | None = None
        self._where = f"{line.bus.address} unit {wiring.unit}"

    async def read(self) -> Reading:
        """One Reading with the scale factors of the same moment. Raises DeviceError."""
        found = self._found or await self._search()
        at = self._clock.now()
        words = await self._words(found.register, model(INVERTER_THREE_PHASE).length + 2)
        if words[:2] != (found.id, found.length):
            self._found = None
            detail = f"register {found.register}: {words[0]}, {words[1]}"
            raise DeviceGarbled(Reason("sunspec.broken_map", {"where": self._where, "detail": detail}))
        self._found = found
        return reading(self._wiring, inverter_values(words), at)

    async def close(self) -> None:
        """Give the bus back."""
        await self._line.close()

    async def _search(self) -> Placed:
        try:
            async with asyncio.timeout(SCAN_S):
                return await self._walk(await self._base() + len(MARK))
        except TimeoutError as error:
            params = {"where": self._where, "limit_s": f"{SCAN_S:g} s"}
            raise DeviceUnreachable(Reason("sunspec.slow_scan", params)) from error

    async def _base(self) -> int:
        for base in BASES:
            try:
                if await self._words(base, len(MARK)) == MARK:
                    return base
            except DeviceRefused:
                continue
        raise DeviceGarbled(Reason("sunspec.not_found", {"where": self._where}))

    async def _walk(self, register: int) -> Placed:
        seen: list[str] = []
        while len(seen) < MODELS_AT_MOST:
            try:
                found = placed(register, await self._words(register, 2))
            except ValueError as error:
                raise DeviceGarbled(
                    Reason("sunspec.broken_map", {"where": self._where, "detail": str(error)})
                ) from error
            if found is None:
                break
            if found.id == INVERTER_THREE_PHASE and found.length >= model(INVERTER_THREE_PHASE).length:
                return found
            seen.append(str(found.id))
            register = found.next
        raise DeviceGarbled(Reason("sunspec.no_inverter", {"where": self._where, "came": ", ".join(seen) or "-"}))

    async def _words(self, register: int, count: int) -> tuple[int, ...]:
        return await self._line.bus.read(self._wiring.unit, HOLDING, register, count, deadline_s=OTHER_DEADLINE_S)
