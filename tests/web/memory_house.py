"""A house held in memory: real settings, states, commands, events and series of the model, without devices."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np
from fastapi import FastAPI

from ohmstead.core.commissioning.confirming import ConfirmedPoint
from ohmstead.core.control.timeline import Timeline
from ohmstead.core.model.chargers import ChargerOptions, ChargerReading, ChargerState, Session
from ohmstead.core.model.corrections import Corrected, Correction
from ohmstead.core.model.details import Quantity
from ohmstead.core.model.errors import CommandRefused
from ohmstead.core.model.events import AccessRole, Action, Command, Event
from ohmstead.core.model.grants import Grant, Notice
from ohmstead.core.model.health import DeviceStatistics, Health, HealthPart, ServedStatistics
from ohmstead.core.model.quantities import PHASES, Quality, Role
from ohmstead.core.model.readings import Battery, PhaseReading, Supply, UtilityCounter
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.sampled import PowerQuality, ProposedPoint, ProposedWiring
from ohmstead.core.model.series import Columns, Gauge, Gauged, GaugeKind, Measure, Span
from ohmstead.core.model.settings import Settings
from ohmstead.core.model.snapshot import Channel, Flows, SiteState, Snapshot
from ohmstead.core.model.time import Instant
from ohmstead.core.model.verification import Findings, MeasuredStep, Report, Verification
from ohmstead.drivers.clock import SystemClock
from ohmstead.drivers.plant_networks import PlantNetworks
from ohmstead.site.cards import Cards
from ohmstead.site.cluster.door import ClusterDoor
from ohmstead.site.labels import Labels
from ohmstead.site.load_desk import LoadDesk
from ohmstead.site.networking import OF_NETWORKS, Networking
from ohmstead.site.panels import Panels
from ohmstead.site.sense import Sense
from ohmstead.site.sessions import Sessions
from ohmstead.site.validating import Validating
from ohmstead.site.what_if import WhatIf
from ohmstead.web.house import CorrectionDesk
from ohmstead.web.server import serve
from tests.web.memory_cluster import clustered
from tests.web.memory_modes import MemoryModes
from tests.web.memory_panels import labels, panels
from tests.web.quality import QUALITY
from tests.web.shelf import Shelf

AT = Instant(datetime(2026, 6, 21, 10, 15, 3, tzinfo=UTC), 1000.0)

SETTINGS = Settings.model_validate(
    {
        "site": {
            "name": "Via Roma 12",
            "timezone": "Europe/Rome",
            "main_fuse_a": 25.0,
            "contract_power_w": 10000,
        },
        "devices": {
            "grid": {
                "driver": "modbus",
                "meter": "eastron-sdm630",
                "connect": "tcp://127.0.0.1:1502",
                "role": "grid",
                "name": "Grid",
            },
            "oven": {
                "driver": "modbus",
                "meter": "eastron-sdm120",
                "connect": "tcp://127.0.0.1:1502",
                "unit": 7,
                "role": "load",
                "phases": ["L2"],
            },
        },
        "chargers": {"garage": {"board": {"connect": "tcp://127.0.0.1:1503"}, "max_current_a": 16.0, "name": "Garage"}},
    }
)

GRID = Channel(
    role=Role.GRID,
    quality=Quality.GOOD,
    age_s=0.2,
    power_w=400.0,
    reactive_power_var=85.0,
    power_factor=0.98,
    frequency_hz=50.01,
    energy_import_j=18_000_000_000,
    energy_export_j=5_400_000_000,
    phases={
        "L1": PhaseReading(voltage_v=231.2, current_a=3.1, power_w=612.0, reactive_power_var=85.0, power_factor=0.99)
    },
    supply=Supply(1850.0, 3695.0, (UtilityCounter("gas", 981.443, 12_500_000),)),
    details={
        Quantity.VOLTAGE_V: {"L1-L2": 400.3},
        Quantity.APPARENT_POWER_VA: {"total": 408.2},
        Quantity.ENERGY_IMPORT_J: {"L1": 3_600_000},
    },
    battery=Battery(63.0, 97.5, 36_000_000, 22_680_000),
    notes=(Reason("meter.other_direction", {"meter": "EMpro", "source": "OpenEMS"}),),
)
OVEN = Channel(role=Role.LOAD, quality=Quality.STALE, age_s=14.8, problem=Reason("device.lost", {"device": "oven"}))


def state(at: Instant = AT, grid: Channel = GRID, oven: Channel = OVEN) -> SiteState:
    """The house of the frozen example: sun, an oven that is lost, a car that the main fuse holds back."""
    garage = ChargerReading(
        charger="garage",
        at=at,
        quality=Quality.GOOD,
        state=ChargerState.CHARGING,
        iec_state="C2",
        connected=True,
        contactor_closed=True,
        offered_a=10.0,
        power_w=2300.0,
        energy_j=7_200_000_000,
        session=Session("s1", "garage", at.plus(-8100), energy_j=40_320_000, charging_s=8040.4),
    )
    grant = Grant(
        10.0, ("L1",), "main_fuse.L1", Reason("limit.main_fuse", {"phase": "L1", "available_a": 10.0}), at.plus(10)
    )
    return SiteState(
        Snapshot(
            at, {"grid": grid, "oven": oven}, {"garage": garage}, Flows(400.0, 4200.0, -1000.0, 3600.0, 110.0, 3490.0)
        ),
        {"garage": grant},
        {"garage": ChargerOptions(session_limit_a=12.0)},
        (Notice("device.lost", "oven", Reason("device.lost", {"device": "oven"})),),
    )


REPORT = Report(
    charger="garage",
    device="grid",
    author="ines",
    began=AT.utc,
    ended=AT.utc + timedelta(seconds=90),
    findings=Findings(
        "wrong_phase", Reason("verification.wrong_phase", {"phases": "L1", "moved_on": "L2"}), ("L1",), ("L2",)
    ),
    steps=(MeasuredStep({"L1": -918.04}, {"L1": 3.0, "L2": -921.0}),),
)


@dataclass(frozen=True)
class Numbered:
    number: int
    event: Event


@dataclass(frozen=True)
class Page:
    events: tuple[Numbered, ...]
    older: int | None


CONFIRMED: list[tuple[tuple[ConfirmedPoint, ...], str, AccessRole]] = []
"""What installers confirmed, of any house."""


@dataclass
class MemoryHouse:
    """Implements the House protocol of the web."""

    settings: Settings = SETTINGS
    clock: SystemClock = field(default_factory=SystemClock)
    latest: SiteState | None = field(default_factory=state)
    commands: list[Command] = field(default_factory=list)
    verified: list[tuple[str, str, str]] = field(default_factory=list)
    told: list[Timeline] = field(default_factory=list)
    record: list[Numbered] = field(default_factory=list)
    asked: list[tuple[str, Span, datetime, datetime]] = field(default_factory=list)
    parts: tuple[HealthPart, ...] = (HealthPart("store", True), HealthPart("oven", False, essential=False))
    failing: Exception | None = None
    listeners: set[asyncio.Event] = field(default_factory=set)
    stopped: bool = False
    validating: Validating = field(init=False)
    cards: Cards = field(init=False)
    labels: Labels = field(init=False)
    sessions: Sessions = field(init=False)
    panels: Panels = field(init=False)
    what_if: WhatIf = field(init=False)
    cluster: ClusterDoor = field(init=False)
    networks: Networking = field(init=False)
    shelf: Any = field(default_factory=Shelf)

    def __post_init__(self) -> None:
        async def keep() -> None:
            if self.failing:
                raise self.failing

        self.validating = Validating(self.settings, self.clock, lambda _: None, keep)
        self.cards = Cards(self.settings, {}, self.clock, lambda _: None, keep)

        self.labels = labels(self.settings, self.state)
        self.cluster, _ = clustered(lambda: self.settings, self._take, self.clock)
        self.networks = Networking(PlantNetworks(), self.clock, lambda _: None, self.settings.site.timezone)
        self.sessions = Sessions(self.settings, self.clock, lambda _: None, keep, lambda: self.shelf)
        options = {} if self.latest is None else self.latest.options
        parts = (self.cards, self.sessions, self.submit, self.clock, self.networks.shown)
        self.panels = panels(self.settings, self.state, options, *parts)
        self.what_if = WhatIf(lambda: self.settings, self.clock, self.read, self.sessions, workers=0)

    def _take(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def loads(self) -> LoadDesk:
        """Made when it is asked for first: it looks at the clock."""

        async def keep() -> None:
            if self.failing:
                raise self.failing

        async def change(settings: Settings, author: str) -> None:
            await keep()
            self.settings = settings
            self.loads.configure(settings, author)

        sense = Sense({}, self.clock, lambda _: None, lambda _: None)
        return LoadDesk(self.settings, sense, None, self.clock, lambda _: None, change, keep)

    @property
    def correcting(self) -> "CorrectionDesk":
        return MemoryCorrections(self)

    @property
    def power_quality(self) -> "MemoryQualities":
        return MemoryQualities(self)

    def state(self) -> SiteState | None:
        return self.latest

    def publish(self, new: SiteState) -> None:
        self.latest = new
        for listener in self.listeners:
            listener.set()

    def stop(self) -> None:
        self.stopped = True
        for listener in self.listeners:
            listener.set()

    async def changes(self) -> AsyncIterator[SiteState]:
        news = asyncio.Event()
        self.listeners.add(news)
        try:
            while not self.stopped:
                await news.wait()
                news.clear()
                if self.latest is not None and not self.stopped:
                    yield self.latest
        finally:
            self.listeners.discard(news)

    @property
    def modes(self) -> MemoryModes:
        return MemoryModes(self.latest, self.told, self.failing)

    async def submit(self, command: Command) -> None:
        if self.failing:
            raise self.failing
        if command.action in OF_NETWORKS:
            await self.networks.change(command)
        if command.target == "site":
            self.commands.append(command)
            return
        limit = self.settings.chargers[command.target].max_current_a
        if command.action is Action.SET_USER_LIMIT and command.value is not None and float(command.value) > limit:
            raise CommandRefused(Reason("device.unreachable", {"where": command.target, "deadline_s": 3}))
        self.commands.append(command)

    def verify(self, charger: str, author: str, role: AccessRole) -> None:
        if self.failing:
            raise self.failing
        self.verified.append((charger, author, role))

    def verification(self, charger: str) -> Verification:
        doing = Reason("verification.doing.low", {"limit_a": 6.0, "step": 2}) if self.verified else None
        return Verification(charger, doing, REPORT)

    async def read(
        self,
        channels: Sequence[str],
        span: Span,
        start: datetime,
        end: datetime,
        quantities: Sequence[GaugeKind] = (),
    ) -> Mapping[str, Columns]:
        if self.failing:
            raise self.failing
        self.asked += [(channel, span, start, end) for channel in channels]
        first = round(start.timestamp() * 1000)
        values = {
            Measure.IMPORT: np.array([120_000.0, 126_000.0]),
            Measure.EXPORT: np.full(2, np.nan),
            Measure.MEAN: np.array([400.04, np.nan]),
            Measure.LOW: np.array([380.0, np.nan]),
            Measure.HIGH: np.array([2650.0, np.nan]),
        }
        shown = Gauged(np.array([230.14, np.nan]), np.array([229.0, np.nan]), np.array([231.0, np.nan]))
        kept = (Gauge(GaugeKind.VOLTAGE, "L2"), Gauge(GaugeKind.POWER_FACTOR))
        gauges = {gauge: shown for gauge in kept if gauge.kind in quantities}
        return dict.fromkeys(channels, Columns(np.array([first, first + 300_000]), values, gauges))

    async def events(self, before: int | None, limit: int) -> Page:
        if self.failing:
            raise self.failing
        found = [each for each in reversed(self.record) if before is None or each.number < before]
        return Page(tuple(found[:limit]), found[limit - 1].number if len(found) > limit else None)

    def health(self) -> Health:
        served = {"tcp://127.0.0.1:1502": ServedStatistics(2, 5, 900, 30, 1, {"crowded": 4})}
        return Health(self.parts, tick_s=0.004, tick_max_s=0.02, ticks=7, uptime_s=12.0, served=served)

    def statistics(self) -> Mapping[str, DeviceStatistics]:
        return {"grid": DeviceStatistics(90, {"unreachable": 2, "garbled": 1}, 1, {"modbus.crc": 1})}


@dataclass
class MemoryCorrections:
    """A record of which nothing is known."""

    house: MemoryHouse | None

    async def correct(self, wanted: Correction, author: str, role: AccessRole) -> Corrected:
        if self.house is not None and self.house.failing:
            raise self.house.failing
        raise CommandRefused(Reason("correction.nothing", {"channel": wanted.channel}))

    async def made(self) -> tuple[Corrected, ...]:
        if self.house is not None and self.house.failing:
            raise self.house.failing
        return ()


@dataclass
class MemoryQualities:
    """The oven on two points of a front end."""

    house: MemoryHouse | None

    async def of(self, device: str) -> PowerQuality:
        self._fail(device)
        return QUALITY

    async def proposal(self, device: str, mains_known: bool, heaters: tuple[str, ...] = ()) -> ProposedWiring:
        self._fail(device)
        sure = mains_known or bool(heaters)
        why = Reason("detection.reversed" if sure else "detection.mains_unsure", {"phase": "L2"})
        supply = Reason("detection.mains" if sure else "detection.mains_perhaps")
        return ProposedWiring(
            600.0,
            (ProposedPoint("oven", 3, "L2", True, 1.0, sure, why),),
            {"L1": 0.93, "L2": 0.987, "L3": 0.41},
            {"L1": 0.08, "L2": 0.05, "L3": 0.9},
            tuple(ProposedPoint("grid", n, phase, False, 1.0, sure, supply) for n, phase in enumerate(PHASES)),
        )

    async def confirm(self, points: Sequence[ConfirmedPoint], author: str, role: AccessRole) -> None:
        if self.house is not None and self.house.failing:
            raise self.house.failing
        CONFIRMED.append((tuple(points), author, role))

    def _fail(self, device: str) -> None:
        if self.house is not None and self.house.failing:
            raise self.house.failing
        if device != "oven":
            raise CommandRefused(Reason("samples.not_sampled", {"device": device}))


def event(number: int, at: datetime = AT.utc) -> Numbered:
    return Numbered(
        number, Event(at, "device.lost", "site", "oven", "warning", Reason("device.lost", {"device": "oven"}))
    )


def later(before: SiteState, **channels: Channel) -> SiteState:
    """The next second, with other channels."""
    snapshot = before.snapshot
    return replace(
        before, snapshot=replace(snapshot, at=snapshot.at.plus(1), channels={**snapshot.channels, **channels})
    )


@asynccontextmanager
async def served(app: FastAPI, host: str = "127.0.0.1") -> AsyncIterator[int]:
    """The port of a real server on loopback."""
    port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(serve(app, host, 0, port.set_result))
    try:
        yield await port
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
