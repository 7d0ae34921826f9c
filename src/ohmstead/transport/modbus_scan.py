"""Who is on a Modbus line: units tried one by one, and the ways a serial port may speak tried one after another.

Each unit is asked to read one register, which changes nothing; a refusal is as good a sign of life as a value. One
way of speaking is right for a whole port: once somebody was understood on it, the other ways are left out.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from ohmstead.core.model.errors import DeviceUnreachable
from ohmstead.core.model.reasons import Reason
from ohmstead.transport.address import BusAddress, Parity, SerialAddress
from ohmstead.transport.modbus_connecting import AnyLink, connected
from ohmstead.transport.modbus_link import LinkError

ANSWER_S = 0.3
"""A unit that is there answers a single register within this, beside what the bytes take on the wire."""
UNITS: Sequence[int] = range(1, 248)
USUAL_BAUDS: tuple[int, ...] = (9600, 19_200, 38_400, 115_200, 2400, 4800, 57_600)
"""The most usual first."""
USUAL_PARITIES: tuple[Parity, ...] = ("none", "even")
_READ_ONE = bytes.fromhex("03 0000 0001")
_NOBODY = frozenset({10, 11})
"""Exceptions by which a gateway says that it has no way to the unit, or got no answer from it."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A unit that answered. ``understood`` is false where something came that is no answer: another speed, or two
    devices with one number. ``there`` is false where a gateway answered that it found nobody."""

    address: BusAddress
    unit: int
    understood: bool
    there: bool = True


def ways(path: str) -> tuple[SerialAddress, ...]:
    """How the devices on the serial port ``path`` may speak, the most usual first."""
    return tuple(SerialAddress(path, baud, parity) for baud in USUAL_BAUDS for parity in USUAL_PARITIES)


def nothing_told(address: BusAddress, unit: int) -> None:
    """For whoever does not want to know how far a scan is."""


async def scan(
    addresses: Iterable[BusAddress],
    units: Sequence[int] = UNITS,
    answer_s: float = ANSWER_S,
    told: Callable[[BusAddress, int], None] = nothing_told,
) -> AsyncGenerator[Heard, None]:
    """Each unit that is heard, as soon as it is. Raises DeviceUnreachable for an address that cannot be opened.

    ``told`` hears of each unit before it is asked.
    """
    settled: set[str] = set()
    for address in addresses:
        if isinstance(address, SerialAddress) and address.path in settled:
            continue
        async with aclosing(_units(address, units, answer_s, told)) as found:
            async for heard in found:
                if heard.understood and isinstance(address, SerialAddress):
                    settled.add(address.path)
                yield heard


async def _units(
    address: BusAddress, units: Sequence[int], answer_s: float, told: Callable[[BusAddress, int], None]
) -> AsyncGenerator[Heard, None]:
    link = await _open(address)
    try:
        for unit in units:
            told(address, unit)
            if not link.alive:
                link = await _open(address)
            try:
                async with asyncio.timeout(answer_s + link.wire_s(_READ_ONE)):
                    pdu = await link.exchange(unit, _READ_ONE)
            except TimeoutError:
                continue
            except LinkError as error:
                if error.garbled:
                    yield Heard(address, unit, understood=False)
            else:
                nobody = pdu[0] & 0x80 and pdu[1] in _NOBODY
                yield Heard(address, unit, understood=True, there=not nobody)
    finally:
        await link.closed()


async def _open(address: BusAddress) -> AnyLink:
    try:
        return await connected(address)
    except LinkError as error:
        raise DeviceUnreachable(Reason(error.key, {"where": str(address), **error.params})) from error
