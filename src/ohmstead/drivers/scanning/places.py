"""What stands at one address: a host's port, a web page, or a serial port, asked gently and one thing at a time."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from ohmstead.core.model.errors import DeviceError, DeviceGarbled, DeviceRefused, DeviceUnreachable
from ohmstead.core.model.quantities import Role
from ohmstead.core.model.reasons import Reason
from ohmstead.drivers.clock import Clock
from ohmstead.drivers.modbus_meter import Wiring
from ohmstead.drivers.p1_meter import P1Meter
from ohmstead.drivers.scanning.finding import Finding, Sureness
from ohmstead.drivers.scanning.units import Unit, recognise, turned_round
from ohmstead.protocols.web_identity import PATHS, identity
from ohmstead.transport.address import BusAddress, LineAddress, SerialAddress, TcpAddress
from ohmstead.transport.modbus_client import Buses
from ohmstead.transport.modbus_scan import Heard, scan
from ohmstead.transport.web_address import WebAddress
from ohmstead.transport.web_client import WebDevice

STRANGE_AT_MOST = 2
"""So many answers that are no Modbus, and no unit behind the port is tried any more."""
LOOK_S = 2.0
"""A device of the same network shows its page within a fraction of this."""
_PAGES = ("http.too_long", "http.encoded")
"""Answers that are HTTP, though not an identity."""
P1_WAYS: tuple[tuple[int, str, int], ...] = ((115_200, "none", 8), (9600, "even", 7))
"""How supply meters speak by themselves: DSMR from version 4 on, and before."""


@dataclass(slots=True)
class Seen:
    """What has been seen at one place so far."""

    findings: list[Finding] = field(default_factory=list)
    troubles: list[Reason] = field(default_factory=list)

    @property
    def nothing(self) -> bool:
        """Whether nobody was recognised."""
        return not self.findings


@dataclass(frozen=True, slots=True)
class Units:
    """Who was heard on a Modbus line, and how."""

    there: tuple[Heard, ...] = ()
    speaks: bool = False
    """Whether anything that is Modbus came."""


async def listen(ways: Sequence[BusAddress], units: Sequence[int], answer_s: float, told: Callable[[], None]) -> Units:
    """Who answers on the line, in the first of its ways that anybody understands.

    A way that the port cannot speak is left out. Raises DeviceUnreachable when it cannot be opened in any.
    """
    there: list[Heard] = []
    speaks = False
    closed: DeviceUnreachable | None = None
    opened = 0
    for way in ways:
        garbled = 0
        try:
            async with aclosing(scan((way,), units, answer_s, lambda *_: told())) as answers:
                async for heard in answers:
                    speaks = speaks or heard.understood
                    there += [heard] if heard.understood and heard.there else []
                    garbled += not heard.understood
                    if garbled >= STRANGE_AT_MOST and not speaks:
                        break
        except DeviceUnreachable as error:
            closed = error
            continue
        opened += 1
        if speaks:
            break
    if closed is not None and not opened and not there:
        raise closed
    return Units(tuple(there), speaks)


async def ask(heard: Sequence[Heard], seen: Seen) -> None:
    """Who the units are that were heard, one after the other. The same device under several numbers counts once."""
    buses = Buses()
    for one in heard:
        line = buses.open(one.address)
        try:
            unit = Unit(line.bus, one.unit)
            finding = await recognise(unit)
            hint = await turned_round(unit) if finding is None else None
        finally:
            await line.close()
        if finding is None:
            seen.troubles.append(hint or Reason("scan.unknown_unit", {"where": unit.where}))
        elif not any(_same(finding, other) for other in seen.findings):
            seen.findings.append(finding)


def _same(one: Finding, other: Finding) -> bool:
    """Whether one device answers to several numbers, as many do that are alone on their network port."""
    alike = (one.connect, one.driver, one.model, one.mark) == (other.connect, other.driver, other.model, other.mark)
    return alike and one.mark != ""


async def web(host: str, port: int, seen: Seen) -> bool:
    """Whether anything speaks HTTP there; a known device, or why it cannot be used, goes to ``seen``."""
    name = f"[{host}]" if ":" in host else host
    connect = f"http://{name}" if port == 80 else f"http://{name}:{port}"
    page = WebDevice(WebAddress(connect))
    try:
        return await _web(page, connect, seen)
    finally:
        await page.close()


async def _web(page: WebDevice, connect: str, seen: Seen) -> bool:
    spoke = False
    for path in PATHS:
        try:
            body = await page.get(connect + path, LOOK_S)
        except DeviceRefused:
            spoke = True
            continue
        except DeviceError as error:
            if not spoke and error.reason.key not in _PAGES:
                return False
            continue
        spoke = True
        known = identity(path, body)
        if known is not None:
            told = {"where": connect, "model": known.model}
            if known.old:
                seen.troubles.append(Reason("scan.too_old", told))
                return True
            seen.troubles += [Reason("scan.locked", told)] if known.locked else []
            device = Finding(connect, 1, known.maker, known.model, Sureness.SURE, phases=1, mark=known.serial)
            seen.findings.append(device)
            return True
    return spoke


async def telegram(address: LineAddress, clock: Clock, seconds: float) -> tuple[Finding | None, DeviceError | None]:
    """Whether a supply meter speaks by itself on the line: waits ``seconds`` for one whole telegram.

    Damaged ones are passed over, and handed back when nothing better came.
    """
    meter = P1Meter(Wiring("p1", 1, Role.GRID), address, clock)
    trouble: DeviceError | None = None
    try:
        async with asyncio.timeout(seconds):
            while True:
                try:
                    reading = await meter.read()
                except DeviceGarbled as error:
                    trouble = error
                    continue
                phases = max(len(reading.phases), 1)
                return Finding(str(address), 1, "p1", "P1", Sureness.SURE, phases=phases), None
    except TimeoutError:
        return None, trouble
    except DeviceError as error:
        return None, trouble or error
    finally:
        await meter.close()


def p1_lines(path: str, only: Sequence[SerialAddress]) -> list[SerialAddress]:
    """How a supply meter may speak on the port; ``only`` where the way was said beforehand."""
    usual = [
        SerialAddress(path, baud, "even" if parity == "even" else "none", 1, bits) for baud, parity, bits in P1_WAYS
    ]
    return [way for way in usual if way in only] if len(only) == 1 else usual


def tcp(host: str, port: int, rtu: bool = False) -> TcpAddress:
    """The address of a Modbus line on a network port."""
    return TcpAddress(host, port, rtu)
