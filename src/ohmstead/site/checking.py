"""Trying each device and board of some settings once, without a site: settings in, what each gave and advice out.

Different connections are tried at the same time; on one connection one device after the other, the grid meter first.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ohmstead.core.commissioning.advising import Advice, Installed, advise
from ohmstead.core.model.errors import DeviceError, DeviceUnreachable
from ohmstead.core.model.evse import BoardFault, BoardIdentity, BoardSnapshot
from ohmstead.core.model.quantities import Quality, Role
from ohmstead.core.model.readings import Reading
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.settings import ChargerSettings, DeviceSettings, Settings
from ohmstead.core.model.sources import without_secrets
from ohmstead.drivers.build import open_board, open_member, open_meter
from ohmstead.drivers.clock import Clock
from ohmstead.drivers.cluster_member import ClusterMember
from ohmstead.drivers.diagnosing import compare, explain, stranger
from ohmstead.drivers.ports import EvseBoard, Meter, TalkativeMeter
from ohmstead.drivers.sampling.front_end import FrontEnds
from ohmstead.transport.modbus_client import Buses
from ohmstead.transport.mqtt_client import Brokers

_ON_MODBUS = ("modbus", "sunspec", "power-box")
PATIENCE_S = 20.0
"""No device is waited for any longer; the slowest speak once in ten seconds by themselves."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What one device gave. ``problem`` says why nothing, or nothing good, came."""

    name: str
    connect: str
    unit: int
    settings: DeviceSettings | ChargerSettings
    reading: Reading | None = None
    board: BoardSnapshot | None = None
    plate: BoardIdentity | None = None
    age_s: float | None = None
    problem: Reason | None = None
    advice: tuple[Advice, ...] = ()
    answered: bool = False
    """A member of the cluster is there; its own site checks the rest."""

    @property
    def quality(self) -> Quality:
        """Of the whole: missing when nothing came."""
        if self.reading is not None:
            return self.reading.quality
        return Quality.GOOD if self.board is not None or self.answered else Quality.MISSING

    @property
    def notes(self) -> tuple[Reason, ...]:
        """What the driver had to decide by itself."""
        return self.reading.notes if self.reading is not None else ()

    @property
    def good(self) -> bool:
        """Whether there is nothing to mend."""
        return self.quality is Quality.GOOD and self.problem is None and not self.advice


T = TypeVar("T")
_Try = Callable[[], Awaitable[Checked]]


async def check_all(
    settings: Settings, clock: Clock, told: Callable[[int], None], patience_s: float = PATIENCE_S
) -> tuple[Checked, ...]:
    """Every device and every charger's board, in the order of the settings. Raises ConfigurationError.

    ``told`` hears how many have been tried.
    """
    buses, brokers, chargers = Buses(), Brokers(), settings.chargers
    front_ends = FrontEnds(settings.site.grid_type, settings.site.timezone)
    meters = {
        name: open_meter(name, device, buses, clock, chargers, brokers, front_ends)
        for name, device in settings.devices.items()
    }
    own = {name: one for name, one in settings.chargers.items() if not one.member}
    boards = {name: open_board(name, one.board, buses, clock) for name, one in own.items()}
    led = {name: one for name, one in settings.chargers.items() if one.member}
    members = {name: open_member(name, one.board, buses) for name, one in led.items()}
    queues: dict[str, list[tuple[str, _Try]]] = {}
    for name, device in sorted(settings.devices.items(), key=lambda item: item[1].role is not Role.GRID):
        one = _Meter(name, device, settings, meters[name], clock, buses, patience_s)
        queues.setdefault(_line(device.connect), []).append((name, one.check))
    for name, charger in led.items():
        member = _Member(name, charger, members[name], buses, patience_s)
        queues.setdefault(_line(charger.board.connect), []).append((name, member.check))
    for name, charger in own.items():
        queues.setdefault(_line(charger.board.connect), []).append(
            (name, _Board(name, charger, boards[name], clock, buses, patience_s).check)
        )
    done: dict[str, Checked] = {}

    async def along(queue: Sequence[tuple[str, _Try]]) -> None:
        for name, attempt in queue:
            done[name] = await attempt()
            told(len(done))

    try:
        async with asyncio.TaskGroup() as group:
            for queue in queues.values():
                group.create_task(along(queue))
    finally:
        everything: list[Meter | EvseBoard | ClusterMember] = [*meters.values(), *boards.values(), *members.values()]
        for opened in everything:
            await opened.close()
    return tuple(done[name] for name in (*settings.devices, *settings.chargers))


def _line(connect: str) -> str:
    """What can carry one request at a time."""
    return connect.partition("?")[0]


@dataclass(frozen=True, slots=True)
class _Meter:
    name: str
    device: DeviceSettings
    settings: Settings
    meter: Meter
    clock: Clock
    buses: Buses
    patience_s: float

    async def check(self) -> Checked:
        connect, unit = self.device.connect, self.device.unit
        try:
            async with asyncio.timeout(self.patience_s):
                reading = await _twice(self._everything)
        except (DeviceError, TimeoutError) as raised:
            error = raised if isinstance(raised, DeviceError) else _late(connect, self.patience_s)
            modbus = self.device.driver in _ON_MODBUS
            reasons = await explain(connect, unit, error, self.buses, modbus=modbus)
            if not reasons and not isinstance(error, DeviceUnreachable):
                reasons = await self._compared(doubtful=True)
            advice = tuple(Advice(reason) for reason in reasons)
            return Checked(self.name, connect, unit, self.device, problem=error.reason, advice=advice)
        age_s = max(self.clock.now().monotonic_s - reading.at.monotonic_s, 0.0)
        site = self.settings.site
        installed = Installed(self.device.role, site.grid_type, site.main_fuse_a is not None)
        seen = await self._confirmed(advise(reading, installed), installed)
        models = await self._compared(doubtful=reading.quality is not Quality.GOOD or bool(seen))
        return Checked(
            *(self.name, connect, unit, self.device, reading),
            age_s=age_s,
            problem=reading.problem,
            advice=(*seen, *(Advice(reason) for reason in (*models, *reading.warnings))),
        )

    async def _everything(self) -> Reading:
        meter = self.meter
        return await (meter.read_in_full() if isinstance(meter, TalkativeMeter) else meter.read())

    async def _confirmed(self, advice: tuple[Advice, ...], installed: Installed) -> tuple[Advice, ...]:
        """What a second look shows too; registers are read one after the other, and loads switch in between."""
        if not advice:
            return ()
        try:
            async with asyncio.timeout(self.patience_s):
                again = advise(await self.meter.read(), installed)
        except (DeviceError, TimeoutError):
            return advice
        shown = {(each.reason.key, each.phase, each.quantity) for each in again}
        return tuple(each for each in advice if (each.reason.key, each.phase, each.quantity) in shown)

    async def _compared(self, *, doubtful: bool) -> tuple[Reason, ...]:
        if self.device.driver == "modbus":
            return await compare(self.device, self.buses, doubtful=doubtful)
        if doubtful and self.device.driver in _ON_MODBUS:
            return await stranger(self.device.connect, self.device.unit, self.device.driver, self.buses)
        return ()


@dataclass(frozen=True, slots=True)
class _Board:
    name: str
    charger: ChargerSettings
    board: EvseBoard
    clock: Clock
    buses: Buses
    patience_s: float

    async def check(self) -> Checked:
        connect, unit = self.charger.board.connect, self.charger.board.unit
        try:
            async with asyncio.timeout(self.patience_s):
                plate = await _twice(self.board.identify)
                seen = await _twice(self.board.read)
        except (DeviceError, TimeoutError) as raised:
            error = raised if isinstance(raised, DeviceError) else _late(connect, self.patience_s)
            reasons = await explain(connect, unit, error, self.buses, modbus=True)
            if not reasons and not isinstance(error, DeviceUnreachable):
                reasons = await stranger(connect, unit, self.charger.board.driver, self.buses)
            advice = tuple(Advice(reason) for reason in reasons)
            return Checked(self.name, connect, unit, self.charger, problem=error.reason, advice=advice)
        age_s = max(self.clock.now().monotonic_s - seen.at.monotonic_s, 0.0)
        return Checked(
            *(self.name, connect, unit, self.charger),
            board=seen,
            plate=plate,
            age_s=age_s,
            advice=tuple(_board_advice(self.charger, plate, seen)),
        )


@dataclass(frozen=True, slots=True)
class _Member:
    name: str
    charger: ChargerSettings
    member: ClusterMember
    buses: Buses
    patience_s: float

    async def check(self) -> Checked:
        """Whether a slave of a cluster answers there; its own site checks its board."""
        connect, unit = self.charger.board.connect, self.charger.board.unit
        try:
            async with asyncio.timeout(self.patience_s):
                await _twice(self.member.read)
        except (DeviceError, TimeoutError) as raised:
            error = raised if isinstance(raised, DeviceError) else _late(connect, self.patience_s)
            reasons = await explain(connect, unit, error, self.buses, modbus=True)
            advice = tuple(Advice(reason) for reason in reasons)
            return Checked(self.name, connect, unit, self.charger, problem=error.reason, advice=advice)
        return Checked(self.name, connect, unit, self.charger, answered=True)


_BY_LEASE = BoardFault.LEASE_LOST
"""Without a site nobody renews the lease, so that this fault is as it should be."""


def _board_advice(charger: ChargerSettings, plate: BoardIdentity, seen: BoardSnapshot) -> list[Advice]:
    faults = [fault for fault in BoardFault if fault & seen.faults & ~_BY_LEASE]
    found = [Reason(f"fault.{(fault.name or '').lower()}") for fault in faults]
    if charger.max_current_a > plate.rated_current_a:
        params: Mapping[str, float] = {"set_a": charger.max_current_a, "rated_a": plate.rated_current_a}
        found.append(Reason("check.above_rating", params))
    if plate.starts_with_a is not None:
        found.append(Reason("check.starts_by_itself", {"starts_a": plate.starts_with_a}))
    if seen.pilot in ("E", "F"):
        found.append(Reason("check.pilot", {"state": seen.pilot}))
    return [Advice(reason) for reason in found]


async def _twice(ask: Callable[[], Awaitable[T]]) -> T:
    """What ``ask`` gives; one lost answer is no finding, a board's deadline being shorter than a gateway's hiccup."""
    try:
        return await ask()
    except DeviceUnreachable as error:
        if error.reason.key != "device.unreachable":
            raise
        return await ask()


def _late(connect: str, patience_s: float) -> DeviceError:
    return DeviceUnreachable(
        Reason("device.unreachable", {"where": without_secrets(connect), "deadline_s": f"{patience_s:g} s"})
    )
