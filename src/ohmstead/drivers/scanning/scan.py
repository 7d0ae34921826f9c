"""A whole scan: targets in, devices and troubles out. Different places at once, each of them one question at a time.

Nothing is ever written, and nobody is asked who was not named.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ohmstead.core.model.errors import DeviceError
from ohmstead.core.model.reasons import Reason
from ohmstead.drivers.clock import Clock
from ohmstead.drivers.scanning.finding import Found, Told
from ohmstead.drivers.scanning.places import Seen, ask, listen, p1_lines, tcp, telegram, web
from ohmstead.drivers.scanning.targets import MODBUS_PORT, UNITS_USUAL, WEB_PORT, HostTarget, SerialTarget, Target
from ohmstead.transport.address import BusAddress, TcpAddress
from ohmstead.transport.modbus_scan import ANSWER_S
from ohmstead.transport.opening import knock

AT_ONCE = 16
"""Places that are looked at at the same time."""
TELEGRAM_S = 11.0
"""The slowest supply meters send one telegram in ten seconds."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How thoroughly to look. ``every_way``: go on to other speeds of a serial port where one has answered."""

    units: Sequence[int] = UNITS_USUAL
    answer_s: float = ANSWER_S
    telegram_s: float = TELEGRAM_S
    every_way: bool = False


def nothing_told(done: float, what: str) -> None:
    """For whoever does not want to know."""


async def scan_all(
    targets: Sequence[Target], clock: Clock, patience: Patience | None = None, told: Told = nothing_told
) -> Found:
    """Everything that was recognised at ``targets``, in their order."""
    steps = _Steps([_weight(target, patience or Patience()) for target in targets], told)
    free = asyncio.Semaphore(AT_ONCE)

    async def one(index: int, target: Target) -> "_Place":
        async with free:
            place = _Place(clock, patience or Patience(), steps.of(index, _named(target)))
            await (place.serial(target) if isinstance(target, SerialTarget) else place.host(target))
            steps.finish(index)
            return place

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(index, target)) for index, target in enumerate(targets)]
    places = [task.result() for task in tasks]
    findings = tuple(finding for place in places for finding in place.seen.findings)
    troubles = tuple(reason for place in places for reason in place.seen.troubles)
    return Found(findings, troubles, sum(place.silent for place in places))


@dataclass(slots=True)
class _Place:
    """One target while it is looked at."""

    clock: Clock
    patience: Patience
    step: Callable[[], None]
    seen: Seen = field(default_factory=Seen)
    silent: bool = False
    opened: bool = False
    closed: Reason | None = None
    """Why a line could not be opened."""

    async def host(self, target: HostTarget) -> None:
        ports = (target.port,) if target.port is not None else (MODBUS_PORT, WEB_PORT)
        closed: list[Reason] = []
        for port in ports:
            try:
                await knock(TcpAddress(target.host, port))
            except OSError as error:
                closed.append(_closed(TcpAddress(target.host, port), error))
                continue
            await self._port(target, port)
        if len(closed) == len(ports):
            self.silent = target.ranged
            self.seen.troubles += [] if target.ranged else _together(closed, target.host)

    async def _port(self, target: HostTarget, port: int) -> None:
        """What stands at an open port: Modbus, a web page, a supply meter, or a serial line's frames."""
        named = target.port is not None
        address = tcp(target.host, port, target.rtu)
        if port != WEB_PORT or named:
            if await self._modbus((address,)):
                return
            if target.rtu:
                self.seen.troubles.append(Reason("scan.no_modbus", {"where": str(address)}))
                return
        before = len(self.seen.findings) + len(self.seen.troubles)
        spoke = await web(target.host, port, self.seen)
        if spoke and named and before == len(self.seen.findings) + len(self.seen.troubles):
            self.seen.troubles.append(Reason("scan.unknown_page", {"where": f"{target.host}:{port}"}))
        if spoke:
            return
        meter, trouble = await telegram(address, self.clock, self.patience.telegram_s) if named else (None, None)
        if meter is not None:
            self.seen.findings.append(meter)
        elif not await self._modbus((tcp(target.host, port, rtu=True),)):
            told = trouble.reason if trouble is not None and trouble.kind == "garbled" else None
            self.seen.troubles.append(told or Reason("scan.no_modbus", {"where": str(address)}))

    async def _modbus(self, ways: Sequence[BusAddress]) -> bool:
        """Whether the line speaks Modbus in one of its ways; who is there is asked at once."""
        try:
            found = await listen(ways, self.patience.units, self.patience.answer_s, self.step)
        except DeviceError as error:
            self.closed = Reason("line.no_connection", error.reason.params)
            return False
        self.opened = True
        await ask(found.there, self.seen)
        if found.speaks and not found.there:
            self.seen.troubles.append(
                Reason("scan.no_unit", {"where": str(ways[0]), "tried": len(self.patience.units)})
            )
        return found.speaks

    async def serial(self, target: SerialTarget) -> None:
        garbled: Reason | None = None
        for line in p1_lines(target.path, target.ways):
            meter, trouble = await telegram(line, self.clock, self.patience.telegram_s)
            if meter is not None:
                self.seen.findings.append(meter)
                return
            garbled = trouble.reason if trouble is not None and trouble.kind == "garbled" else garbled
        tries = [(way,) for way in target.ways] if self.patience.every_way else [target.ways]
        heard = [await self._modbus(ways) for ways in tries]
        if not any(heard):
            where = f"serial://{target.path}"
            told = Reason("scan.serial_silent", {"where": where})
            if self.closed is not None and not self.opened:
                told = Reason(self.closed.key, {**self.closed.params, "where": where})
            self.seen.troubles.append(garbled or told)


def _closed(address: TcpAddress, error: OSError) -> Reason:
    return Reason("modbus.no_connection", {"where": str(address), "detail": str(error)})


def _together(closed: list[Reason], host: str) -> list[Reason]:
    """What is the same of all ports of a host, such as a name that nobody knows, is told once."""
    details = {reason.params["detail"] for reason in closed}
    if len(closed) == 1 or len(details) > 1:
        return closed
    return [Reason("modbus.no_connection", {"where": host, "detail": details.pop()})]


def _named(target: Target) -> str:
    if isinstance(target, SerialTarget):
        return target.path
    return target.host if target.port is None else f"{target.host}:{target.port}"


def _weight(target: Target, patience: Patience) -> int:
    """Roughly how many questions it takes."""
    if isinstance(target, SerialTarget):
        return len(target.ways) * len(patience.units) + 1
    return 2 if target.ranged else len(patience.units) + 1


class _Steps:
    """How far a scan is: each place takes its share, and is done with it when it is done."""

    def __init__(self, weights: Sequence[int], told: Told) -> None:
        self._weights, self._told = weights, told
        self._done = [0.0] * len(weights)

    def of(self, index: int, name: str) -> Callable[[], None]:
        def step() -> None:
            self._done[index] = min(self._done[index] + 1, self._weights[index])
            self._tell(name)

        return step

    def finish(self, index: int) -> None:
        self._done[index] = self._weights[index]
        self._tell("")

    def _tell(self, name: str) -> None:
        self._told(sum(self._done) / max(sum(self._weights), 1), name)
