"""The tick: the latest readings are frozen into one Snapshot, decided on, acted on, recorded, published.

Once a second; and at once when a grid reading shows an excess: then only decide and act.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from ohmstead.core.accounting.flows import FlowMemory, follow
from ohmstead.core.charging.session import without_session
from ohmstead.core.control.decision import decide
from ohmstead.core.control.excess import circuit_excess, excess
from ohmstead.core.control.inputs import ControlSettings, heeded
from ohmstead.core.control.memory import ControlMemory
from ohmstead.core.model.changing import quick
from ohmstead.core.model.chargers import ChargerOptions, ChargerReading
from ohmstead.core.model.departure import NO_FORESIGHT, Foresight
from ohmstead.core.model.events import Event
from ohmstead.core.model.faults import ERRORS
from ohmstead.core.model.grants import Explanation, Grant, Limit, Notice
from ohmstead.core.model.quantities import Role
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.sampled import nominal_v
from ohmstead.core.model.settings import Settings
from ohmstead.core.model.snapshot import SiteState, Snapshot
from ohmstead.core.model.time import Instant
from ohmstead.drivers.clock import Clock, stopwatch
from ohmstead.site.charger_notices import ChargerNotices
from ohmstead.site.charger_port import ChargerPort
from ohmstead.site.cluster.desk import ClusterDesk
from ohmstead.site.counting import Counting
from ohmstead.site.greenness import Greenness
from ohmstead.site.link_faults import LinkFaults
from ohmstead.site.lost import LOST, lost
from ohmstead.site.metering import Metering
from ohmstead.site.picture import freeze
from ohmstead.site.sense import Sense, Sensed
from ohmstead.site.time_of_day import TimeOfDay

TICK_S = 1.0


@quick
@dataclass(frozen=True, slots=True)
class Ticked:
    """The outcome of one tick: what to publish and what to record."""

    state: SiteState
    unsaved: Mapping[str, str]
    """Chargers whose options are not in the store yet, each with the author of the change."""
    events: tuple[Event, ...]


@dataclass(slots=True)
class Durations:
    """How long ticks took, in seconds of work."""

    last_s: float | None = None
    longest_s: float | None = None
    count: int = 0

    def add(self, took_s: float) -> None:
        """One more tick."""
        self.last_s = took_s
        self.longest_s = max(took_s, self.longest_s or 0.0)
        self.count += 1


@dataclass(slots=True)
class Memory:
    """What the control loop keeps between ticks; it alone writes here."""

    control: ControlMemory
    options: dict[str, ChargerOptions]
    ceilings_a: dict[str, float] = field(default_factory=dict)
    """What the test of the grid meter leaves to a charger while it runs."""
    attention: tuple[Notice, ...] = ()
    events: list[Event] = field(default_factory=list)
    unsaved: dict[str, str] = field(default_factory=dict)
    flows: FlowMemory = field(default_factory=FlowMemory)
    explanations: Mapping[str, Explanation] = field(default_factory=dict)
    lasting: dict[str, Notice] = field(default_factory=dict)
    """By charger: what wants attention until a person sets the charger anew."""


class Control:
    """Owner of control memory, options and attention."""

    def __init__(
        self,
        settings: Settings,
        sense: Sense,
        pilots: Mapping[str, ChargerPort],
        counting: Counting,
        memory: Memory,
        clock: Clock,
        on_tick: Callable[[Ticked], None],
        more_notices: Callable[[], Sequence[Notice]] = tuple,
        managed: Callable[[Instant], Mapping[str, Limit]] = lambda now: {},
        tick_s: float = TICK_S,
        operator: Callable[[Instant], float | None] = lambda _: None,
        foresight: Callable[[], Foresight] = lambda: NO_FORESIGHT,
        cluster: ClusterDesk | None = None,
    ) -> None:
        """``on_tick`` records and publishes; it must not block. ``more_notices`` tells of the recording and of
        energy managers, ``managed`` gives the limits that those set.

        ``operator`` tells what the grid operator leaves to all chargers together, ``foresight`` what is known of the
        hours to come, ``cluster`` what this site is in one.
        """
        self.memory = memory
        self.durations = Durations()
        self.settings = heeded(settings)
        self._sense = sense
        self._pilots = pilots
        self.counting = counting
        self._clock = clock
        self._on_tick = on_tick
        self._more_notices = more_notices
        self._managed = managed
        self._tick_s = tick_s
        self._metering = Metering(settings)
        self._operator = operator
        self._foresight = foresight
        self._cluster = cluster
        self._charger_notices = ChargerNotices(settings, nominal_v(settings.site.grid_type))
        self.greenness = Greenness()
        self.link_faults = LinkFaults()
        self.parts: Mapping[str, Greenness | LinkFaults] = {"green": self.greenness, "link faults": self.link_faults}
        """What is kept beside the control memory, by the names it is kept under."""
        self.time_of_day = TimeOfDay(clock)

    def configure(self, settings: Settings) -> None:
        """Go by ``settings`` from the next decision on: limits, each charger's place, who accounts its energy."""
        self.settings = heeded(settings)
        self._metering.configure(settings)
        self._charger_notices.configure(settings)
        self.counting.configure(settings)
        for name, charger in settings.chargers.items():
            metered = partial(self.counting.metered, name) if charger.vehicle_meter else None
            self._pilots[name].configure(charger, metered)

    async def run(self) -> None:
        """Tick for ever, at whole periods of the loop's clock; a tick that was missed is not made up for."""
        loop = asyncio.get_running_loop()
        due_s = loop.time()
        while True:
            self.tick()
            due_s = max(due_s + self._tick_s, loop.time())
            await asyncio.sleep(due_s - loop.time())

    def tick(self) -> None:
        """Freeze, count, decide, act; then hand over what to record and publish."""
        began, took_s = self._clock.now(), stopwatch()
        self.note(*self.counting.advance(self._sense.devices.values(), self._chargers(began).values()))
        snapshot = self._decide_and_act(began)
        self._end_sessions(snapshot)
        memory = self.memory
        state = SiteState(snapshot, self._grants(), dict(self._options()), memory.attention, memory.explanations)
        ticked = Ticked(state, memory.unsaved, tuple(memory.events))
        memory.unsaved, memory.events = {}, []
        self._on_tick(ticked)
        self.durations.add(took_s())

    def reading_arrived(self, device: Sensed) -> None:
        """After each reading: when the grid shows an excess, decide and act without waiting for the tick."""
        role, latest = device.settings.role, device.latest
        if latest is None or role not in (Role.GRID, Role.CIRCUIT):
            return
        settings, memory = ControlSettings(self.settings), self.memory.control
        over = excess(latest, settings, memory) if role is Role.GRID else False
        if over or circuit_excess(device.name, latest, settings, memory):
            self.act()

    def act(self) -> None:
        """Decide and act without waiting for the tick."""
        self._decide_and_act(self._clock.now())

    def note(self, *events: Event) -> None:
        """Something happened; it is recorded with the next tick."""
        self.memory.events.extend(map(self.greenness.told, events))

    def _decide_and_act(self, now: Instant) -> Snapshot:
        self._metering.look(self._sense.devices, now)
        readings = self._chargers(now).items()
        chargers = {name: self.link_faults.shown(self._metering.shown(reading)) for name, reading in readings}
        snapshot = freeze(self._sense.devices, chargers, self.counting.totals, now)
        self.memory.flows, flows = follow(self.memory.flows, snapshot)
        green = self.greenness.look(self.settings, snapshot.channels, snapshot.chargers, now)
        snapshot = replace(snapshot, flows=flows, chargers=green)
        allocation = decide(snapshot, self._control_settings(), self.memory.control, now)
        self.memory.control, self.memory.explanations = allocation.memory, allocation.explanations
        grants = allocation.grants if self._cluster is None else self._cluster.gate(allocation.grants, now)
        for name, grant in grants.items():
            if name in self._pilots:
                self._pilots[name].give(grant)
        told = (*self._metering.notices, *self._charger_notices.look(chargers, now), *self.greenness.notices)
        notices = (*allocation.notices, *told, *self._warnings(), *self._more_notices())
        self._attend((*notices, *self.memory.lasting.values()), now)
        return snapshot

    def _warnings(self) -> Iterator[Notice]:
        """What the latest readings want a person to look at."""
        for name, device in self._sense.devices.items():
            for reason in device.latest.warnings if device.latest is not None else ():
                yield Notice(reason.key, name, reason, "warning")

    def _control_settings(self) -> ControlSettings:
        memory, now = self.memory, self._clock.now()
        return ControlSettings(
            self.settings,
            self._options(),
            memory.ceilings_a,
            managed=self._managed(now),
            holds=self._metering.holds,
            operator_limit_w=self._operator(now),
            cluster_limit_a=None if self._cluster is None else self._cluster.limit_a(),
            reserved_a={} if self._cluster is None else self._cluster.reserved(now),
            clock_known=self.time_of_day.known(now),
            foresight=self._foresight(),
        )

    def _options(self) -> dict[str, ChargerOptions]:
        """What people set, with what a master governs."""
        options = self.memory.options
        return options if self._cluster is None else {n: self._cluster.governed(n, one) for n, one in options.items()}

    def _chargers(self, now: Instant) -> dict[str, ChargerReading]:
        return {name: pilot.reading(now) for name, pilot in self._pilots.items()}

    def _grants(self) -> dict[str, Grant]:
        return {name: pilot.grant for name, pilot in self._pilots.items() if pilot.grant is not None}

    def _attend(self, notices: Sequence[Notice], now: Instant) -> None:
        """Keep what wants attention; what is new there becomes an event, and so does what is over.

        That a meter is lost is told by its own loop.
        """
        self.link_faults.look(notices, self.settings)
        before = {(notice.code, notice.owner): notice for notice in self.memory.attention if notice.code != LOST}
        after = {(notice.code, notice.owner): notice for notice in notices}
        for key, notice in after.items():
            if key not in before:
                self.note(Event(now.utc, notice.code, "site", notice.owner, notice.severity, notice.reason))
        for key, notice in before.items():
            over = None if key in after else _over(notice, notices, now)
            if over is not None:
                self.note(over)
        told = frozenset(notice.owner for notice in notices)
        self.memory.attention = (*notices, *lost(self._sense.devices, told))

    def _end_sessions(self, snapshot: Snapshot) -> None:
        """Forget pause and session limit of every charger whose car has gone."""
        for name, reading in snapshot.chargers.items():
            if reading.connected is False:
                after = without_session(self.memory.options[name])
                if after != self.memory.options[name]:
                    self.memory.options[name] = after
                    self.memory.unsaved[name] = "site"


def _over(notice: Notice, after: Sequence[Notice], now: Instant) -> Event | None:
    """The end of what wanted attention; of the store's troubles it is the last that ends them.

    A meter that was only awaited has come or is told as lost: neither is an end of its own.
    """
    family, _, rest = notice.code.partition(".")
    if family in ERRORS and family not in ("D2", "D9"):
        reason = Reason("event.over.error", {"code": family})
        return Event(now.utc, f"{notice.code}.over", "site", notice.owner, "info", reason)
    if notice.code == "meter.starting":
        return None
    if family == "store" and any(one.code.startswith("store.") and one.owner == notice.owner for one in after):
        return None
    kind, _, phase = rest.partition(".") if family == "house_over" else ("", "", "")
    key = f"event.over.{family}.{kind}" if kind else f"event.over.{family}"
    reason = Reason(key, {"phase": phase} if phase else {})
    return Event(now.utc, f"{notice.code}.over", "site", notice.owner, "info", reason)
