"""A building held in memory that moves: sun, loads and cars by the hour, commands that take effect, a day recorded.

It satisfies the web's ``House`` with real settings, readings, grants and events of the model, so that the app is seen
in every state without waiting for it. What it records and what it shows come from the same curves.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import count
from typing import Any, TypeVar

import numpy as np

from ohmstead.core.control.departure import plan
from ohmstead.core.control.timeline import Timeline, Told
from ohmstead.core.model.authorization import Authorization
from ohmstead.core.model.chargers import (
    ChargerError,
    ChargerOptions,
    ChargerReading,
    ChargerState,
    Session,
    VehicleMeter,
)
from ohmstead.core.model.departure import Foresight
from ohmstead.core.model.errors import CommandRefused
from ohmstead.core.model.events import AccessRole, Action, Command, Event
from ohmstead.core.model.grants import Explanation, Grant, Limit, Notice, Timer
from ohmstead.core.model.health import DeviceStatistics, Health, HealthPart
from ohmstead.core.model.phases import PhasesSeen
from ohmstead.core.model.quantities import PHASES, Phase, Quality, Role
from ohmstead.core.model.readings import PhaseReading
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.series import Columns, GaugeKind, Measure, SeriesPoint, Span
from ohmstead.core.model.settings import Settings
from ohmstead.core.model.snapshot import Channel, Flows, SiteState, Snapshot
from ohmstead.core.model.time import Instant
from ohmstead.core.model.verification import Findings, MeasuredStep, Report, Verification
from ohmstead.drivers.plant_networks import PlantNetworks
from ohmstead.site.cards import Cards
from ohmstead.site.charger_setup import OF_A_CHARGER
from ohmstead.site.cluster.door import ClusterDoor
from ohmstead.site.commands import decided
from ohmstead.site.load_desk import LoadDesk
from ohmstead.site.networking import OF_NETWORKS, Networking
from ohmstead.site.sense import Sense
from ohmstead.site.sessions import Sessions
from ohmstead.site.setting_up import SettingUp
from ohmstead.site.validating import Validating
from ohmstead.site.what_if import WhatIf
from tests.browser.charges import ANNA, documents, fill
from tests.browser.gauged import gauges
from tests.web.memory_cluster import clustered
from tests.web.memory_house import MemoryQualities
from tests.web.memory_panels import labels, panels
from tests.web.shelf import Shelf

T = TypeVar("T")

NOON = datetime(2026, 6, 21, 12, 42, tzinfo=UTC)
"""A quarter to three on a long day in Rome."""
VOLTAGE_V = 231.0
OF_ALL = frozenset({Action.RESTART, Action.FACTORY_RESET})
OF_MODES = frozenset(
    {
        Action.SET_MODE,
        Action.SET_GREEN,
        Action.SET_PROGRAMS,
        Action.SET_DEPARTURE,
        Action.SET_PHASES,
        Action.KEEP_PHASES,
    }
)
BEGIN = datetime(2026, 6, 8, 6, 0, tzinfo=UTC)
"""When this building was first read; nothing is recorded before."""
GAP = (datetime(2026, 6, 21, 1, 20, tzinfo=UTC), datetime(2026, 6, 21, 2, 35, tzinfo=UTC))
"""The site was off; nothing is recorded."""


@dataclass(frozen=True)
class Curve:
    """The power of one device by the hour of the day (local, 0 to 24), in watts."""

    name: str
    role: Role
    phases: tuple[Phase, ...]
    power_w: Callable[[float], float]
    power_factor: float = 0.97


def bell(hour: float, middle: float, half: float, peak: float) -> float:
    """Half a cosine: nothing before and after, ``peak`` at ``middle``."""
    return peak * math.cos(math.pi / 2 * (hour - middle) / half) if abs(hour - middle) < half else 0.0


def pulse(hour: float, begin: float, end: float, power: float) -> float:
    """``power`` from ``begin`` to ``end``."""
    return power if begin <= hour < end else 0.0


def wave(hour: float, minutes: float, size: float) -> float:
    """A restless part, always the same at the same time."""
    return size * (math.sin(hour * 377 / minutes) + 0.4 * math.sin(hour * 1031 / minutes))


CURVES: Mapping[str, Curve] = {
    "roof": Curve(
        "Solar roof",
        Role.PRODUCTION,
        PHASES,
        lambda h: max(0.0, bell(h, 13.4, 7.4, 5600) - (1500 + wave(h, 3, 500)) * (bell(h, 15.6, 0.5, 1) > 0)),
        0.99,
    ),
    "heat-pump": Curve(
        "Heat pump", Role.LOAD, ("L1",), lambda h: 640 + wave(h, 40, 110) if h % 1.5 < 0.9 else 24, 0.91
    ),
    "oven": Curve(
        "Oven", Role.LOAD, ("L2",), lambda h: pulse(h, 12.4, 13.2, 2100) + pulse(h, 14.5, 15.3, 1210) + 2, 1.0
    ),
    "kitchen": Curve("Kitchen", Role.LOAD, ("L2",), lambda h: 95 + wave(h, 18, 30) + pulse(h, 7.1, 7.5, 900)),
    "laundry": Curve(
        "Laundry", Role.LOAD, ("L3",), lambda h: pulse(h, 10.2, 10.9, 1950) + pulse(h, 10.9, 11.6, 240) + 1
    ),
    "office": Curve("Office", Role.LOAD, ("L3",), lambda h: 70 + wave(h, 25, 8) + pulse(h, 8.5, 18, 130)),
}
REST_W = 118.0
ENDED = {"session": "s0", "energy_j": 40_392_000, "charging_s": 8_067.5}
UNREACHABLE = Reason("device.unreachable", {"where": "tcp://127.0.0.1:1502 unit 4 register 0", "deadline_s": "0.5 s"})
"""What a driver says of a device that is gone."""
CAR_SINCE = datetime(2026, 6, 21, 10, 31, tzinfo=UTC)
LIMITS = {"garage": 16.0, "carport": 32.0}


def settings(empty: bool = False, curves: Mapping[str, Curve] = CURVES) -> Settings:
    """The settings of this building, or those of one where nothing was connected yet."""
    site = {"name": "Via Roma 12", "timezone": "Europe/Rome", "main_fuse_a": 25.0, "contract_power_w": 10_000}
    meters = {
        id: {"driver": "modbus", "meter": "eastron-sdm120", "connect": "tcp://127.0.0.1:1502", "unit": unit,
             "role": curve.role, "name": curve.name, "phases": curve.phases}
        for unit, (id, curve) in enumerate(curves.items(), 2)
    }  # fmt: skip
    grid = {
        "grid": {"driver": "modbus", "meter": "eastron-sdm630", "connect": "tcp://127.0.0.1:1502", "role": "grid",
                 "name": "Grid"}
    }  # fmt: skip
    chargers = {
        "garage": {"board": {"connect": "tcp://127.0.0.1:1503"}, "max_current_a": 16.0, "name": "Garage",
                   "reader": {"driver": "pn532", "connect": "tcp://127.0.0.1:1505"}},
        "carport": {"board": {"connect": "tcp://127.0.0.1:1504"}, "max_current_a": 32.0, "name": "Carport",
                    "phases": ("L1",)},
    }  # fmt: skip
    return Settings.model_validate(
        {"site": site} if empty else {"site": site, "devices": grid | meters, "chargers": chargers}
    )


TEST_S = 3.0
WRONG = Findings(
    "wrong_phase", Reason("verification.wrong_phase", {"phases": "L1", "moved_on": "L2"}), ("L1",), ("L2",)
)
STEPS = (MeasuredStep({"L1": -918.0, "L2": 0.0, "L3": 0.0}, {"L1": 4.0, "L2": -931.0, "L3": 1.0}),)


class RunningClock:
    """The machine's seconds, counted from a chosen moment."""

    def __init__(self, start: datetime) -> None:
        """``start`` is the moment now."""
        self._start = start
        self._zero: float | None = None

    def now(self) -> Instant:
        """This moment."""
        seconds = asyncio.get_running_loop().time()
        if self._zero is None:
            self._zero = seconds
        return Instant(self._start + timedelta(seconds=seconds - self._zero), seconds)

    async def outside(self, work: Awaitable[T]) -> T:
        """Await ``work``."""
        return await work


@dataclass(frozen=True)
class Numbered:
    """An event with its number in the record."""

    number: int
    event: Event


@dataclass(frozen=True)
class Page:
    """A page of events, newest first."""

    events: tuple[Numbered, ...]
    older: int | None


@dataclass
class Building:
    """Implements ``ohmstead.web.house.House``. ``lost`` names devices that do not answer, ``meter`` is the garage's."""

    settings: Settings = field(default_factory=settings)
    start: datetime = NOON
    curves: Mapping[str, Curve] = field(default_factory=lambda: CURVES)
    begin: datetime = BEGIN
    lost: set[str] = field(default_factory=set)
    errors: tuple[ChargerError, ...] = ()
    """Of the garage."""
    more: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What channels tell besides, by their names."""
    meter: VehicleMeter | None = None
    given: Authorization = field(default_factory=lambda: Authorization("granted", f"RFID:{ANNA}"))
    """What was decided of the garage's car."""
    sun_w: float = 2600.0
    """What the sun leaves for a car in Green."""
    commands: list[Command] = field(default_factory=list)
    options: dict[str, ChargerOptions] = field(default_factory=lambda: {id: ChargerOptions() for id in LIMITS})
    findings: Findings = WRONG
    managed_a: float | None = None
    switching: PhasesSeen | None = None
    """How the phases of the garage stand, where they can be switched."""
    clock: RunningClock = field(init=False)
    record: list[Numbered] = field(init=False)

    def __post_init__(self) -> None:
        """Begin with the day's events."""
        self.clock = RunningClock(self.start)
        self.record = [Numbered(n, event) for n, event in enumerate(_day(), 1)] if self.settings.devices else []
        self._tested: tuple[str, str, Instant] | None = None
        self._numbers = count(len(self.record) + 1)
        self.validating = Validating(self.settings, self.clock, self._happened, self._kept)
        self.shelf = Shelf()
        self.cards = Cards(self.settings, {"garage": lambda _, __: None}, self.clock, self._happened, self._kept)
        self.labels = labels(self.settings, self.state)
        self.networks = Networking(PlantNetworks(), self.clock, self._happened, self.settings.site.timezone)
        self.sessions = Sessions(self.settings, self.clock, self._happened, self._kept, lambda: self.shelf)
        parts = (self.cards, self.sessions, self.submit, self.clock, self.networks.shown)
        self.panels = panels(self.settings, self.state, self.options, *parts)
        self.foresight = Foresight(surplus_w=tuple(3000.0 if 9 <= hour < 13 else 0.0 for hour in range(24)))
        self.what_if = WhatIf(lambda: self.settings, self.clock, self._kept_long, self.sessions, workers=0)
        if self.settings.devices:
            fill(self.cards, self.sessions)
            self.shelf.put(list(documents()))

    @cached_property
    def cluster(self) -> ClusterDoor:
        """Made when it is asked for first: it looks at the clock."""
        return clustered(lambda: self.settings, self._take, self.clock, self._happened)[0]

    def _take(self, settings: Settings) -> None:
        self.settings = settings

    @property
    def loads(self) -> LoadDesk:
        """Of a building without measuring points."""
        sense = Sense({}, self.clock, lambda _: None, lambda _: None)
        return LoadDesk(self.settings, sense, None, self.clock, self._happened, self._unchanged, self._kept)

    async def _unchanged(self, settings: Settings, author: str) -> None:
        """Nothing is changed here."""

    async def _kept(self) -> None:
        """Nothing is kept here."""

    def _happened(self, event: Event) -> None:
        self.record.append(Numbered(next(self._numbers), event))

    @property
    def power_quality(self) -> MemoryQualities:
        """The oven's waveforms; other devices have none."""
        return MemoryQualities(None)

    def state(self) -> SiteState:
        """What the building does at this moment."""
        at = self.clock.now()
        if not self.settings.devices:
            return SiteState(Snapshot(at, {}))
        garage, grant = self._garage(at)
        garage = replace(garage, meter=self.meter)
        channels = {id: self._channel(id, curve, at) for id, curve in self.curves.items()}
        flows = self._flows(at.utc, garage.power_w or 0.0)
        grid = _channel(Role.GRID, PHASES, flows.grid_w or 0.0, at.utc, 0.96)
        notices = tuple(
            Notice("device.lost", id, Reason("device.lost", {"device": self.curves[id].name}))
            for id in self.lost
            if id in self.curves
        )
        chargers = {"garage": garage, "carport": self._carport(at)}
        grants = {
            "garage": grant,
            "carport": Grant(0.0, ("L1",), "not_connected", Reason("limit.not_connected"), at.plus(10)),
        }
        channels = {id: replace(one, **self.more.get(id, {})) for id, one in {"grid": grid, **channels}.items()}
        whys = {"garage": self._why(grant)}
        seen = SiteState(Snapshot(at, channels, chargers, flows), grants, dict(self.options), notices, whys)
        self.sessions.look(seen, ())
        return seen

    async def _kept_long(
        self,
        channels: Sequence[str],
        span: Span,
        start: datetime,
        end: datetime,
        kinds: Sequence[GaugeKind] = (),
    ) -> Mapping[str, Columns]:
        """As ``read`` where seconds are long gone."""
        return await self.read(channels, Span.FIVE_MINUTES if span is Span.SECOND else span, start, end, kinds)

    def _why(self, grant: Grant) -> Explanation:
        options = self.options["garage"]
        ratings = (Limit("installation", 16.0, Reason("limit.installation", {"limit_a": 16.0})),)
        fuse = Limit("main_fuse.L1", 12.4, Reason("limit.main_fuse", {"phase": "L1", "available_a": 12.4}))
        winner = Limit(grant.limited_by, grant.current_a, grant.reason)
        others = tuple(limit for limit in (*ratings, fuse) if limit.name != winner.name)
        sunny, waiting = options.mode == "green", grant.limited_by == "green" and grant.current_a <= 0
        mode, number = ("fast", 2) if options.mode == "programmed" else (options.mode, None)
        timers = (Timer("green_start", 42.0),) if waiting and self.sun_w > 1400 else ()
        wish_a, departure = grant.current_a if sunny else None, options.departure
        planned = None
        if departure is not None:
            planned = plan(departure, departure.since_j, 2760.0, self.foresight, self.clock.now().utc)
        return Explanation(mode, number, wish_a, (*others, winner), winner, timers, planned)

    @property
    def modes(self):
        """This house itself."""
        return self

    def options_of(self, charger: str) -> ChargerOptions:
        """What people set on it."""
        return self.options[charger]

    async def timelines(self, charger: str, start: datetime, end: datetime) -> tuple[Timeline, ...]:
        """What was explained of the garage's car today."""
        began = CAR_SINCE
        waited = Reason("limit.green_waiting", {"surplus_w": 900.0, "needed_w": 1400.0, "duration_s": 60.0})
        sun = Reason("limit.green", {"surplus_w": 2900.0, "available_a": 12.6})
        fuse = Reason("limit.main_fuse", {"phase": "L1", "available_a": 12.4})
        rows = (
            (0, 0.0, "green", "green", waited),
            (25, 12.6, "green", "green", sun),
            (70, 0.0, "paused", "green", Reason("limit.paused")),
            (81, 12.4, "main_fuse.L1", "fast", fuse),
        )
        told = tuple(Told(began + timedelta(minutes=m), a, name, mode, None, why) for m, a, name, mode, why in rows)
        return (Timeline("s1", told),) if charger == "garage" and start < self.clock.now().utc < end else ()

    async def changes(self) -> AsyncIterator[SiteState]:
        """A new state twice a second."""
        while True:
            await self.networks.look()
            await asyncio.sleep(0.5)
            yield self.state()

    async def submit(self, command: Command) -> None:
        """Carry it out at once, and record it."""
        if command.action in OF_NETWORKS:
            await self.networks.change(command)
            self.commands.append(command)
            return
        if command.target == "site" or command.action in OF_A_CHARGER:
            await self._set_up(command)
            return
        value = command.value
        if command.action in OF_ALL:
            self.commands.append(command)
            if command.action is Action.FACTORY_RESET:
                self.options[command.target] = ChargerOptions()
            return
        if command.action in (Action.PAIR_CT, Action.RECOVER, Action.RELEASE_MANAGER):
            self.commands.append(command)
            self.managed_a = None if command.action is Action.RELEASE_MANAGER else self.managed_a
            return
        if command.action in OF_MODES:
            at, chargers = self.clock.now(), self.state().snapshot.chargers
            self.options[command.target], event = decided(command, self.settings, self.options, chargers, at)
            self.commands.append(command)
            self.record.append(Numbered(next(self._numbers), event))
            return
        if isinstance(value, float) and value > LIMITS[command.target]:
            raise CommandRefused(Reason("limit.installation", {"limit_a": LIMITS[command.target]}))
        change = {
            Action.ENABLE: {"enabled": value},
            Action.SET_USER_LIMIT: {"user_limit_a": value},
            Action.PAUSE: {"paused": value},
            Action.SET_SESSION_LIMIT: {"session_limit_a": value},
            Action.SET_PRIORITY: {"priority": value},
            Action.SET_AUTHORIZATION: {"authorization": value},
        }.get(command.action, {})
        if command.action in (Action.AUTHORIZE, Action.REJECT):
            granted = command.action is Action.AUTHORIZE
            self.given = Authorization("granted", "App") if granted else Authorization("rejected")
        self.options[command.target] = replace(self.options[command.target], **change)
        self.commands.append(command)
        event = _told(self.clock.now().utc, command.author, command.action, value)
        self.record.append(Numbered(next(self._numbers), replace(event, target=command.target)))

    async def _set_up(self, command: Command) -> None:
        """The limit by the site's own rules; of the models only the one that is there answers as a meter does."""
        if command.action is Action.SET_GRID_METER and command.value != "abb-b23":
            reason = Reason("meter_trial.voltage", {"model": str(command.value), "phase": "L1", "voltage_v": 5.3})
            raise CommandRefused(reason)
        if command.action is Action.SET_GRID_METER:
            grid = self.settings.devices["grid"].model_copy(update={"meter": command.value})
            self.settings = self.settings.model_copy(update={"devices": {**self.settings.devices, "grid": grid}})
        else:
            setup = SettingUp(self.settings, Sense({}, self.clock, lambda _: None, lambda _: None), None)
            event = await setup.change(command, self.clock.now())
            self.settings = setup.settings
            self.record.append(Numbered(next(self._numbers), event))
        self.commands.append(command)

    def verify(self, charger: str, author: str, role: AccessRole) -> None:
        """A test that takes ``TEST_S`` and finds ``findings``."""
        if self._tested is not None and self.verification(self._tested[0]).doing is not None:
            raise CommandRefused(Reason("verification.running", {"charger": self._tested[0]}))
        self._tested = charger, author, self.clock.now()

    def verification(self, charger: str) -> Verification:
        """Lowered until the time is over, then the report."""
        if self._tested is None or self._tested[0] != charger:
            return Verification(charger)
        _, author, began = self._tested
        if self.clock.now().since(began) < TEST_S:
            return Verification(charger, Reason("verification.doing.low", {"limit_a": 6.0, "step": 2}))
        ended = began.plus(TEST_S).utc
        return Verification(charger, None, Report(charger, "grid", author, began.utc, ended, self.findings, STEPS))

    async def read(
        self,
        channels: Sequence[str],
        span: Span,
        start: datetime,
        end: datetime,
        quantities: Sequence[GaugeKind] = (),
    ) -> Mapping[str, Columns]:
        """What the curves gave in every interval from the beginning to now, but for the gap."""
        seconds = {Span.SECOND: 1, Span.FIVE_MINUTES: 300, Span.HOUR: 3600, Span.DAY: 86_400}
        step = timedelta(seconds=seconds[span])
        begins = []
        at = start
        while at < min(end, self.clock.now().utc):
            if at >= self.begin and not GAP[0] <= at < GAP[1]:
                begins.append(at)
            at += step
        starts_ms = np.array([round(each.timestamp() * 1000) for each in begins], np.int64)
        found = {}
        for channel in channels:
            points = [self._point(channel, each, step) for each in begins]
            values = {one: np.array([getattr(point, one.value) for point in points], float) for one in Measure}
            phases = self.curves[channel].phases if channel in self.curves else PHASES if channel == "grid" else ("L1",)
            found[channel] = Columns(starts_ms, values, gauges(starts_ms, values[Measure.MEAN], phases, quantities))
        return found

    async def events(self, before: int | None, limit: int) -> Page:
        """The record, newest first."""
        found = [each for each in reversed(self.record) if before is None or each.number < before]
        return Page(tuple(found[:limit]), found[limit - 1].number if len(found) > limit else None)

    def health(self) -> Health:
        """All is well."""
        return Health((HealthPart("store", ok=True),), tick_s=0.004)

    def statistics(self) -> Mapping[str, DeviceStatistics]:
        """Nobody counts here."""
        return {}

    def _channel(self, id: str, curve: Curve, at: Instant) -> Channel:
        if id in self.lost:
            return Channel(curve.role, Quality.STALE, age_s=48.0, energy_import_j=61_200_000, problem=UNREACHABLE)
        return _channel(curve.role, curve.phases, self._curve_w(id, at.utc), at.utc, curve.power_factor)

    def _unauthorised(self) -> list[tuple[float, str, Reason]]:
        if self.given.verdict == "granted":
            return []
        name = "rejected" if self.given.verdict == "rejected" else "authorization"
        return [(0.0, name, Reason(f"limit.{name}"))]

    def _garage(self, at: Instant) -> tuple[ChargerReading, Grant]:
        options = self.options["garage"]
        limits: list[tuple[float, str, Reason]] = [
            (16.0, "installation", Reason("limit.installation", {"limit_a": 16.0})),
            (12.4, "main_fuse.L1", Reason("limit.main_fuse", {"phase": "L1", "available_a": 12.4})),
        ]
        if options.user_limit_a is not None:
            limits.append((options.user_limit_a, "user", Reason("limit.user", {"limit_a": options.user_limit_a})))
        if options.session_limit_a is not None:
            limit_a = options.session_limit_a
            limits.append((limit_a, "session", Reason("limit.session", {"limit_a": limit_a})))
        limits += self._unauthorised()
        if self.managed_a is not None:
            told = Reason("limit.energy_manager", {"manager": "modbus 192.168.1.40", "limit_a": self.managed_a})
            limits.append((self.managed_a, "energy_manager", told))
        if options.mode == "green":
            limits.append(self._sun())
        if options.paused:
            limits.append((0.0, "paused", Reason("limit.paused")))
        if not options.enabled:
            limits.append((0.0, "not_enabled", Reason("limit.not_enabled")))
        current, name, reason = min(limits, key=lambda limit: limit[0])
        charging = current > 0
        power = (
            _phase(current * VOLTAGE_V * 0.99 + wave(_hour(at.utc), 2, 6), 0.99)
            if charging
            else PhaseReading(VOLTAGE_V)
        )
        session = Session(
            "s1",
            "garage",
            at.plus(-(at.utc - CAR_SINCE).total_seconds()),
            energy_j=19_870_000,
            charging_s=7_890.0,
            green_j=14_200_000,
            authorization=self.given.type,
        )
        state = (
            ChargerState.CHARGING
            if charging
            else ChargerState.SUSPENDED
            if options.enabled
            else ChargerState.NOT_ENABLED
        )
        if self.given.verdict != "granted" and options.enabled:
            state = ChargerState.WAITING_AUTHORISATION
        reading = ChargerReading(
            "garage", at, Quality.GOOD, state, "C2" if charging else "B1", connected=True, contactor_closed=charging,
            offered_a=current, hardware_max_a=32.0, phases={"L1": power}, phases_used=("L1",), switching=self.switching,
            power_w=power.power_w or 0.0, energy_j=7_212_000_000, session=session, authorization=self.given,
        )  # fmt: skip
        if "garage" in self.lost:
            silent = {"quality": Quality.STALE, "state": ChargerState.OUT_OF_SERVICE, "problem": UNREACHABLE}
            reading = replace(reading, power_w=None, phases={}, contactor_closed=False, **silent)
            current, name, reason = 0.0, "charger_silent", Reason("limit.charger_silent")
        if self.errors:
            open_ = {"contactor_closed": False, "power_w": 0.0, "error_counts": {"V1": 3}}
            reading = replace(reading, state=ChargerState.ERROR, errors=self.errors, **open_)
            current, name, reason = 0.0, "unavailable", Reason("limit.unavailable")
        return reading, Grant(current, ("L1",), name, reason, at.plus(10))

    def _sun(self) -> tuple[float, str, Reason]:
        if self.sun_w >= 1400:
            available_a = self.sun_w / 230
            return available_a, "green", Reason("limit.green", {"surplus_w": self.sun_w, "available_a": available_a})
        params = {"surplus_w": self.sun_w, "needed_w": 1400.0, "duration_s": 60.0}
        return 0.0, "green", Reason("limit.green_waiting", params)

    def _carport(self, at: Instant) -> ChargerReading:
        return ChargerReading(
            "carport", at, Quality.GOOD, ChargerState.NOT_CONNECTED, "A1", connected=False, hardware_max_a=32.0,
            power_w=0.0, energy_j=2_016_000_000,
        )  # fmt: skip

    def _flows(self, at: datetime, car_w: float) -> Flows:
        rest = REST_W + wave(_hour(at), 7, 20)
        loads = sum(self._curve_w(id, at) for id, curve in self.curves.items() if curve.role is Role.LOAD)
        use = loads + rest + car_w
        sun = self._curve_w("roof", at)
        unmeasured = None if self.lost & self.curves.keys() else rest
        return Flows(
            grid_w=use - sun,
            production_w=sun,
            consumption_w=use,
            unmeasured_w=unmeasured,
            measured_w=None if unmeasured is None else use - unmeasured,
        )

    def _point(self, channel: str, at: datetime, step: timedelta) -> SeriesPoint:
        step = min(step, self.clock.now().utc - at)
        count = 6 if step <= timedelta(hours=1) else 96
        samples = [self._power(channel, at + step * (i + 0.5) / count) for i in range(count)]
        mean = sum(samples) / len(samples)
        joules = round(mean * step.total_seconds())
        return SeriesPoint(at, max(0, joules), max(0, -joules), mean, min(samples), max(samples))

    def _power(self, channel: str, at: datetime) -> float:
        car = _car(at)
        if channel == "grid.gas":
            return 24.0 + wave(at.day, 3, 6)
        if channel == "grid":
            return self._flows(at, car).grid_w or 0.0
        if channel in self.curves:
            return self._curve_w(channel, at)
        return car if channel == "garage" else 0.0

    def _curve_w(self, id: str, at: datetime) -> float:
        """What a device does at ``at``: its curve, more or less sun by the day."""
        curve = self.curves[id]
        by_day = 0.8 + 0.2 * math.sin(at.toordinal() * 1.7 + 1.1) if curve.role is Role.PRODUCTION else 1.0
        return curve.power_w(_hour(at)) * by_day


def _hour(at: datetime) -> float:
    """The hour of the day in Rome in summer."""
    return (at.hour + 2) % 24 + at.minute / 60 + at.second / 3600


def _car(at: datetime) -> float:
    """What the car at the garage took: every second day from half past twelve, the last time until now."""
    begins = 12.52
    return (
        2830.0 + wave(_hour(at), 9, 25)
        if begins <= _hour(at) < 16.5 and at.toordinal() % 2 == NOON.toordinal() % 2
        else 0.0
    )


def _phase(power_w: float, power_factor: float) -> PhaseReading:
    current = abs(power_w) / VOLTAGE_V / power_factor
    reactive = abs(power_w) * math.tan(math.acos(power_factor))
    return PhaseReading(
        VOLTAGE_V + 0.4 * math.sin(power_w), round(current, 2), power_w, round(reactive, 1), power_factor
    )


def _channel(role: Role, phases: Sequence[Phase], power_w: float, at: datetime, power_factor: float) -> Channel:
    shares = {1: (1.0,), 3: (0.46, 0.24, 0.30)}[len(phases)]
    values = {phase: _phase(power_w * share, power_factor) for phase, share in zip(phases, shares, strict=True)}
    return Channel(
        role, Quality.GOOD, age_s=0.2, power_w=power_w, power_factor=power_factor,
        reactive_power_var=sum(value.reactive_power_var or 0.0 for value in values.values()),
        frequency_hz=50.0 + 0.01 * math.sin(at.second), energy_import_j=18_432_000_000,
        energy_export_j=5_410_000_000 if role is Role.GRID else None, phases=values,
    )  # fmt: skip


def _told(at: datetime, author: str, action: Action, value: bool | float | str | None) -> Event:
    """A command as the site records it."""
    kept = int(value) if isinstance(value, bool) else value
    return Event(at, "charger.options", author, "garage", data={"action": action.value, "value": kept})


def _day() -> list[Event]:
    """What happened until now, oldest first."""

    def at(hour: int, minute: int, day: int = 21) -> datetime:
        return datetime(2026, 6, day, hour, minute, tzinfo=UTC)

    return [
        Event(at(15, 2, 20), "device.lost", "site", "oven", "warning", Reason("device.lost", {"device": "Oven"})),
        Event(at(15, 4, 20), "device.back", "site", "oven", "info", Reason("device.back", {"device": "Oven"})),
        Event(at(17, 20, 20), "session.ended", "garage", "garage", reason=Reason("event.session_ended"), data=ENDED),
        _told(at(5, 40), "anna", Action.SET_USER_LIMIT, 13.0),
        _told(at(5, 41), "anna", Action.SET_USER_LIMIT, None),
        Event(at(10, 31), "session.started", "garage", "garage", reason=Reason("event.session_started")),
        _told(at(11, 58), "anna", Action.PAUSE, value=True),
        _told(at(12, 9), "anna", Action.PAUSE, value=False),
        Event(at(12, 20), "device.lost", "site", "laundry", "warning", UNREACHABLE),
        Event(at(12, 21), "device.back", "site", "laundry", "info", Reason("device.back", {"device": "Laundry"})),
    ]
