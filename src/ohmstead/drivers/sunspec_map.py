"""Walking through a SunSpec device's map over any way to read its registers: which models stand where."""

from collections.abc import Awaitable, Callable

from ohmstead.core.model.errors import DeviceGarbled, DeviceRefused
from ohmstead.core.model.reasons import Reason
from ohmstead.protocols.sunspec.device import BASES, MARK, MODELS_AT_MOST, Placed, placed

Words = Callable[[int, int], Awaitable[tuple[int, ...]]]
"""Reads so many holding registers from the first on. Raises DeviceError."""


async def find_models(words: Words, where: str) -> list[Placed]:
    """Every model of the map in its order. Raises DeviceGarbled where there is no map or a broken one."""
    register = await _base(words, where) + len(MARK)
    seen: list[Placed] = []
    while len(seen) < MODELS_AT_MOST:
        try:
            place = placed(register, await words(register, 2))
        except ValueError as error:
            raise DeviceGarbled(Reason("sunspec.broken_map", {"where": where, "detail": str(error)})) from error
        if place is None:
            break
        seen.append(place)
        register = place.next
    return seen


async def _base(words: Words, where: str) -> int:
    for base in BASES:
        try:
            if await words(base, len(MARK)) == MARK:
                return base
        except DeviceRefused:
            continue
    raise DeviceGarbled(Reason("sunspec.not_found", {"where": where}))
