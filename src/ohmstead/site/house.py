"""A running site: the wiring of its loops, and the door through which web and commands see it."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import structlog

from ohmstead.core.control import memory as control_memory
from ohmstead.core.model.errors import CommandRefused, ConfigurationError, StoreError
from ohmstead.core.model.events import AccessRole, Action, Command, Event
from ohmstead.core.model.grants import Notice
from ohmstead.core.model.health import DeviceStatistics, Health
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.series import Columns, GaugeKind, Span
from ohmstead.core.model.settings import Settings
from ohmstead.core.model.snapshot import SiteState
from ohmstead.core.model.time import Instant
from ohmstead.core.model.verification import Verification
from ohmstead.drivers.clock import Clock
from ohmstead.drivers.ports import CardReader, EvseBoard, Meter, Networks
from ohmstead.site.broadcast import Broadcast
from ohmstead.site.charge_desk import ChargeDesk
from ohmstead.site.charger_ports import charger_ports
from ohmstead.site.cluster.desk import ClusterDesk, MemberOpener
from ohmstead.site.cluster.door import ClusterDoor
from ohmstead.site.cluster.membership import Membership
from ohmstead.site.correcting import Correcting
from ohmstead.site.counting import Counting
from ohmstead.site.curtailing import CURTAILMENT
from ohmstead.site.delivering import Hand
from ohmstead.site.health import parts_of
from ohmstead.site.keeping import Keeping
from ohmstead.site.load_desk import LOADS, LoadDesk
from ohmstead.site.managing import Managing
from ohmstead.site.networking import KEPT, OF_NETWORKS, Networking
from ohmstead.site.options import as_document, first_options, recall_options
from ohmstead.site.orders import Orders
from ohmstead.site.panels import Panels
from ohmstead.site.pilot import PERIOD_S
from ohmstead.site.power_quality import RECALLED, PowerQualities
from ohmstead.site.recalling import recall_each, without_on_error
from ohmstead.site.rewiring import Rewiring
from ohmstead.site.sense import Sense, Sensed
from ohmstead.site.serving_lines import ServingLines
from ohmstead.site.setting_up import OF_THE_SITE, Opener, SettingUp
from ohmstead.site.supervision import LONG_PAUSE_S, Supervisor
from ohmstead.site.tick import TICK_S, Control, Memory, Ticked
from ohmstead.site.timelines import Modes
from ohmstead.site.validating import VALIDATION, VALIDATION_REPORT, Validating
from ohmstead.site.verifying import VERIFICATION, Verifying
from ohmstead.store.recorder import Recorder
from ohmstead.store.values import EventPage, TailRow
from ohmstead.texts import word

if TYPE_CHECKING:  # the database's library loads after the chargers are safe
    from ohmstead.store.store import Store

_log = structlog.get_logger(__name__)


class Site:
    """The house behind ``ohmstead.web.house.House``.

    First :meth:`start`: sense and pilot loops run and every charger is safe. Then :meth:`control` with the open
    store: control memory and options come back, the ticks begin, and what they see is recorded.
    """

    _store: "Store | None" = None
    _recorder: Recorder | None = None
    _recorded_at: Instant | None = None

    def __init__(
        self,
        settings: Settings,
        meters: Mapping[str, Meter],
        boards: Mapping[str, EvseBoard],
        clock: Clock,
        tick_s: float = TICK_S,
        record_s: float = 0.0,
        pilot_s: float = PERIOD_S,
        opener: Opener | None = None,
        hand: Hand | None = None,
        readers: Mapping[str, CardReader] | None = None,
        member_opener: MemberOpener | None = None,
        networks: Networks | None = None,
    ) -> None:
        """Wire the loops of ``settings``: a port per device and charger. Without ``opener`` no meter, without ``hand``
        no box can be changed. Every tick is recorded, or with ``record_s`` one in so many seconds and each with news.
        """
        self._clock, self._record_s, self._began = clock, record_s, clock.now()
        self._supervisor, self._news = Supervisor(), Broadcast[SiteState]()
        self.correcting = Correcting(self._open_store, clock)
        self.networks = Networking(networks, clock, self._note, settings.site.timezone)
        options = {name: first_options(one) for name, one in settings.chargers.items()}
        memory = Memory(control_memory.ControlMemory(), options)
        self._verifying = Verifying(settings, memory.ceilings_a, self._note)
        self.modes = Modes(memory.options, self._open_store)
        self.validating = Validating(settings, clock, self._note, self._keep)
        self._desk = ClusterDesk(settings, clock, self._note, member_opener)
        self._serving = ServingLines(self._supervisor, self._desk, self.state, clock, self._note)
        self._managing = Managing({n: one.name or n for n, one in settings.chargers.items()}, self._note)
        counting, devices = Counting(settings), {name: (one, meters[name]) for name, one in settings.devices.items()}
        self._sense = Sense(devices, clock, self._reading_arrived, self._note)
        self._setup = SettingUp(settings, self._sense, opener)
        self._rewiring = Rewiring(self._sense, self._supervisor, counting, opener)
        self.loads = LoadDesk(settings, self._sense, hand, clock, self._note, self._rewire, self._keep)
        self.power_quality = PowerQualities(self._sense, self._setup, clock, self._rewire, self._rewired, self.read)
        self._pilots = charger_ports(settings, boards, options, self._desk, counting, clock, self._note, pilot_s)
        self._control = Control(
            *(settings, self._sense, self._pilots, counting, memory, clock, self._ticked, self._more_notices),
            managed=lambda now: self._desk.limits(self._managing.limits(now), now),
            cluster=self._desk,
            tick_s=tick_s,
            operator=self._setup.curtailing.limit_w,
            foresight=lambda: self._charges.foreseeing.foresight,
        )
        self._orders = Orders(self._setup, memory, self._pilots, self._sense, self._managing, clock)
        doors = (clock, self._note, self._keep, self._open_store)
        desk = ChargeDesk(settings, self._pilots, readers or {}, *doors, options=options)
        self._charges, self.cards, self.labels = desk, desk.cards, desk.labels
        self.sessions, self.what_if = desk.sessions, desk.what_if
        shown = (self.state, desk.cards, desk.sessions, self.submit, clock, self.networks.shown)
        self.panels = Panels(lambda: self.settings, self._pilots, options, *shown)
        self._keeping = Keeping(
            *(self._control, self._pilots),
            {**self._control.parts, "why": self.modes.lines, "panels": self.panels},
            {"managers": self._managing, "cluster": self._desk, KEPT: self.networks},
        )
        self._desk.connect(self._pilots, self.cards)
        self._rewiring.members = Membership(self._desk, self._pilots, options, self._supervisor)
        self.cluster = ClusterDoor(self._desk, clock, lambda: self.settings, self._rewire, self._note)

    @property
    def settings(self) -> Settings:
        """What the installer wrote, with what was changed since."""
        return self._setup.settings

    @property
    def clock(self) -> Clock:
        """The site's clock."""
        return self._clock

    def start(self) -> None:
        """Begin to sense and to hold every charger safe."""
        for name, pilot in self._pilots.items():
            self._supervisor.start(f"pilot {name}", pilot.run)
        for name in self._sense.devices:
            self._rewiring.begin(name)

    async def take_over(self, settings: Settings) -> None:
        """Let ``settings`` hold that were changed on this site before; only ahead of :meth:`control`.

        Raises ConfigurationError.
        """
        await self._rewiring.change(self.settings, settings)
        self._setup.settings = settings
        self._spread()

    async def control(self, store: "Store") -> None:
        """Take up where ``store`` left off, and begin to tick and to record; ``store`` is closed by :meth:`close`.

        Raises StoreError; then ``store`` is closed already.
        """
        try:
            await self._clock.outside(self._recall(store))
        except BaseException:
            await self._clock.outside(store.close())
            raise
        self._store = store
        self._recorder = Recorder(store, self._clock)
        self._supervisor.start("record", self._recorder.run, longest_pause_s=LONG_PAUSE_S)
        self._supervisor.start("control", self._control.run)
        for name, loop in (*self.loads.loops.items(), *self._charges.loops, *self.networks.loops):
            self._supervisor.start(name, loop, longest_pause_s=LONG_PAUSE_S)
        await self._serve()

    async def close(self) -> None:
        """Stop every loop, keep what was not yet kept, give back wires and store."""
        await self._supervisor.stop()
        self._recorded_at = None
        try:
            if self._recorder is not None:
                self._control.tick()
        finally:
            await self._give_back()

    async def _serve(self) -> None:
        await self._serving.follow(lambda: self.settings, self._managing, self._orders, self._control.act)

    async def _give_back(self) -> None:
        self._news.close()
        await self.loads.close()
        await self._sense.close()
        for pilot in self._pilots.values():
            await pilot.close()
        await self._charges.close()
        await self.networks.close()
        if self._recorder is not None and self._store is not None:
            await self._recorder.drain()
            await self._clock.outside(self._store.close())

    def state(self) -> SiteState | None:
        """The latest state; None before the first tick."""
        return self._news.latest

    def changes(self) -> AsyncIterator[SiteState]:
        """Each new state as it comes; a slow consumer gets only the latest. Ends when the site stops."""
        return self._news.listen()

    async def submit(self, command: Command) -> None:
        """Carry out ``command`` at once, and return when it is kept with its author. Raises CommandRefused.

        While the store refuses, the command holds all the same and is kept as soon as the store takes it.
        """
        self._running()
        self._desk.check(command)
        if command.action in OF_THE_SITE:
            return await self._set_up(command)
        if command.action in OF_NETWORKS:
            await self.networks.change(command)
        else:
            await self._orders.carry_out(command)
        if command.action is Action.FACTORY_RESET:
            self.cards.erase(command.target, command.author)
            self._spread(command.author)
            await (self.networks.forget() if len(self._pilots) == 1 else asyncio.sleep(0))
        await self._keep()

    async def _set_up(self, command: Command) -> None:
        if command.action is Action.SET_GRID_METER and self._verifying.running:
            raise CommandRefused(Reason("command.verifying"))
        if command.action is Action.SET_VEHICLE_METER:
            self._orders.unplugged(command.target)
            planned = await self._setup.planned(command, self._clock.now())
            await self._rewire(planned, command.author)
        await self._rewired(await self._setup.change(command, self._clock.now()))

    async def _rewired(self, event: Event) -> None:
        self._spread()
        self._control.note(event)
        await self._keep()

    async def _rewire(self, settings: Settings, author: str) -> None:
        """Let other devices hold. Raises CommandRefused."""
        self._running()
        if self._verifying.running:
            raise CommandRefused(Reason("command.verifying"))
        try:
            await self._rewiring.change(self.settings, settings)
        except ConfigurationError as error:
            raise CommandRefused(Reason("loads.settings", {"detail": str(error.mistakes[0])})) from error
        self._setup.hold(settings, author)
        self._spread(author)
        await self._serve()
        await self._keep()

    def _spread(self, author: str = "site") -> None:
        settings = self._verifying.settings = self._setup.settings
        self._desk.configure(settings)
        self._control.configure(settings)
        self._charges.configure(settings, self._pilots)
        self._managing.configure({name: one.name or name for name, one in settings.chargers.items()})
        self.validating.configure(settings)
        self.loads.configure(settings, author)

    async def _keep(self) -> None:
        recorder = self._running()
        self._control.tick()
        await recorder.kept()

    def _running(self) -> Recorder:
        if self._recorder is None:
            raise CommandRefused(Reason("command.starting"))
        return self._recorder

    def verify(self, charger: str, author: str, role: AccessRole) -> None:
        """Begin the guided test of the grid meter on ``charger``. Raises CommandRefused."""
        self._running()
        self._verifying.start(charger, author, role, self._clock.now())

    def verification(self, charger: str) -> Verification:
        """How far that test is, and its last report."""
        return self._verifying.progress(charger)

    async def read(
        self,
        channels: Sequence[str],
        span: Span,
        start: datetime,
        end: datetime,
        quantities: Sequence[GaugeKind] = (),
    ) -> Mapping[str, Columns]:
        """What was recorded in [start, end), with the gauges of ``quantities``. Raises StoreError."""
        return await self._open_store().read(channels, span, start, end, quantities=quantities)

    async def events(self, before: int | None, limit: int) -> EventPage:
        """The latest ``limit`` events with a number below ``before``, newest first. Raises StoreError."""
        return await self._open_store().events(limit=limit, before=before)

    def health(self) -> Health:
        """How the loops, the store, each device and each charger are now."""
        now, took = self._clock.now(), self._control.durations
        store = None if self._recorder is None else self._recorder.notices()
        chargers = {name: pilot.reading(now) for name, pilot in self._pilots.items()}
        parts = (*self._supervisor.parts(), *parts_of(self._clock, store, self._sense.devices, chargers))
        served = self._serving.statistics()
        parts += tuple(self._serving.parts())
        return Health(parts, took.last_s, took.longest_s, took.count, now.since(self._began), served)

    def statistics(self) -> Mapping[str, DeviceStatistics]:
        """What each device and charger gave since the start."""
        return {**self._sense.statistics(), **{name: pilot.statistics() for name, pilot in self._pilots.items()}}

    def _open_store(self) -> "Store":
        if self._store is None:
            raise StoreError(Reason("store.starting"))
        return self._store

    async def _recall(self, store: "Store") -> None:
        last, memory = await store.last(), self._control.memory
        self._control.time_of_day.recorded(last.at)
        await recall_options(store, self.settings, memory.options, memory.lasting)
        await recall_each(store, VERIFICATION, self._verifying.recall)
        self.power_quality.recall(each.event for each in (await store.events(limit=RECALLED)).events)
        await recall_each(store, VALIDATION, lambda _, body: self.validating.recall(body, report=None))
        await recall_each(store, VALIDATION_REPORT, lambda name, body: self.validating.recall(body, report=name))
        await recall_each(store, CURTAILMENT, lambda _, body: self._setup.curtailing.recall(body))
        await self._charges.recall(store, last.memory)
        if history := await store.documents.history(LOADS, "site"):
            with without_on_error("load configuration"):
                self.loads.recall(history)
        self._keeping.recall(last.memory, last.counters, self.settings, self._clock.now())

    def _reading_arrived(self, device: Sensed) -> None:
        for event in self.power_quality.happened(device):
            self._note(event)
        if self._store is not None:
            self._control.reading_arrived(device)

    def _note(self, event: Event) -> None:
        level = _log.info if event.severity == "info" else _log.warning
        self._control.note(event)
        level(event.kind, target=event.target, why=word(event.reason) if event.reason else None)

    def _ticked(self, ticked: Ticked) -> None:
        self._charges.look(ticked)
        self.modes.lines.look(ticked.state)
        if self._recorder is not None and self._due(ticked):
            options = ticked.state.options
            documents = [as_document(name, options[name], who) for name, who in ticked.unsaved.items()]
            documents += self._verifying.take() + self._setup.take() + self.validating.take()
            documents += self.loads.take() + self.modes.lines.take() + self._charges.take()
            row = TailRow.of(ticked.state.snapshot)
            kept = self._keeping.dump(self._clock.now()) | self.sessions.dump()
            self._recorder.submit(row, memory=kept, documents=documents, events=ticked.events)
        self._verifying.look(ticked.state.snapshot)
        self.loads.silent.look(ticked.state.snapshot)
        self._news.send(ticked.state)
        self.panels.look()

    def _due(self, ticked: Ticked) -> bool:
        at, before = ticked.state.snapshot.at, self._recorded_at
        due = before is None or at.since(before) >= self._record_s or bool(ticked.events) or bool(ticked.unsaved)
        self._recorded_at = at if due else before
        return due

    def _more_notices(self) -> tuple[Notice, ...]:
        recording = () if self._recorder is None else (*self._recorder.notices(), *self.loads.notices())
        now = self._clock.now()
        return (*recording, *self._managing.notices(now), *self._desk.notices(now), *self.networks.notices())
