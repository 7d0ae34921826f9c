"""A running site: the wiring of its loops, and the door through which web and commands see it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

import structlog

from ohmstead.core.control.memory import ControlMemory
from ohmstead.core.control.memory import dump as dump_control
from ohmstead.core.control.memory import load as load_control
from ohmstead.core.control.memory import unknown as load_unknown
from ohmstead.core.model.chargers import ChargerOptions
from ohmstead.core.model.errors import CommandRefused, DeviceError, StoreError
from ohmstead.core.model.events import AccessRole, Action, Command, Event
from ohmstead.core.model.grants import Notice
from ohmstead.core.model.health import DeviceStatistics, Health, HealthPart
from ohmstead.core.model.quantities import Quality, Role
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.sampled import nominal_v
from ohmstead.core.model.series import Columns, Span
from ohmstead.core.model.settings import Settings
from ohmstead.core.model.snapshot import SiteState
from ohmstead.core.model.time import Instant
from ohmstead.core.model.verification import Verification
from ohmstead.drivers.clock import Clock, clock_part
from ohmstead.drivers.ports import CardReader, EvseBoard, Meter, RadioMeter
from ohmstead.site.broadcast import Broadcast
from ohmstead.site.cards import CARD, Cards
from ohmstead.site.commands import PASSING, TOLD_BY_CHARGER, decided, remote_of
from ohmstead.site.counting import Counting
from ohmstead.site.options import OPTIONS, as_document, first_options, from_document
from ohmstead.site.pilot import PERIOD_S, Pilot
from ohmstead.site.power_quality import PowerQualities
from ohmstead.site.readers import Reading
from ohmstead.site.sense import Sense, Sensed
from ohmstead.site.sessions import COUNTERS, TARIFF, Sessions
from ohmstead.site.setting_up import OF_THE_SITE, Opener, SettingUp
from ohmstead.site.supervision import LONG_PAUSE_S, PAUSE_S, Supervisor
from ohmstead.site.tick import TICK_S, Control, Memory, Ticked
from ohmstead.site.validating import VALIDATION, Validating
from ohmstead.site.verifying import VERIFICATION, Verifying
from ohmstead.store.recorder import Recorder
from ohmstead.store.values import EventPage, Json, TailRow
from ohmstead.texts import word

if TYPE_CHECKING:  # the database's library loads after the chargers are safe, the servers' only where it is wanted
    from ohmstead.site.serving import Serving
    from ohmstead.store.store import Store

_log = structlog.get_logger(__name__)


class Site:
    """The house behind ``ohmstead.web.house.House``.

    First :meth:`start`: sense and pilot loops run and every charger is safe. Then :meth:`control` with the open
    store: control memory and options come back, the ticks begin, and what they see is recorded.
    """

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
        readers: Mapping[str, CardReader] | None = None,
    ) -> None:
        """Wire the loops of ``settings``; one port per device and charger, a reader where the charger has one.

        ``opener`` opens another meter in the place of one; without it none can be changed.
        Every tick is recorded, or with ``record_s`` one in so many seconds and each that has something to tell.
        """
        self._clock = clock
        self._began = clock.now()
        self._record_s = record_s
        self._recorded_at: Instant | None = None
        self._supervisor = Supervisor()
        self._news: Broadcast[SiteState] = Broadcast()
        self._store: Store | None = None
        self._recorder: Recorder | None = None
        memory = Memory(ControlMemory(), {name: first_options(one) for name, one in settings.chargers.items()})
        self._verifying = Verifying(settings, memory.ceilings_a, self._note)
        self.validating = Validating(settings, clock, self._note, self._keep)
        devices = {name: (one, meters[name]) for name, one in settings.devices.items()}
        counting = Counting(settings)
        metered = {n: partial(counting.metered, n) for n, one in settings.chargers.items() if one.vehicle_meter}
        self._sense = Sense(devices, clock, self._reading_arrived, self._note)
        self._setup = SettingUp(settings, self._sense, opener)
        self.power_quality = PowerQualities(self._sense, self._setup, clock)
        self._pilots = {
            name: Pilot(
                *(name, one, boards[name], clock, partial(memory.options.__getitem__, name), self._note, pilot_s),
                metered.get(name),
                nominal_v(settings.site.grid_type),
            )
            for name, one in settings.chargers.items()
        }
        self._control = Control(
            settings,
            self._sense,
            self._pilots,
            counting,
            memory,
            clock,
            on_tick=self._ticked,
            more_notices=self._recording_notices,
            tick_s=tick_s,
        )
        self._serving: Serving | None = None
        shows = {name: pilot.show_card for name, pilot in self._pilots.items()}
        self.cards = Cards(settings, shows, clock, self._note, self._keep)
        self.sessions = Sessions(settings, clock, self._note, self._keep, self._open_store)
        self._readers = {n: Reading(n, one, clock, self.cards.shown, self._note) for n, one in (readers or {}).items()}

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
        for device in self._sense.devices.values():
            pause_s = PAUSE_S if device.settings.role is Role.GRID else LONG_PAUSE_S
            self._supervisor.start(f"sense {device.name}", partial(self._sense.run, device), longest_pause_s=pause_s)

    async def take_over(self, settings: Settings) -> None:
        """Let ``settings`` hold that were changed on this site before; only ahead of :meth:`control`.

        Raises ConfigurationError.
        """
        await self._setup.take_over(settings)
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
        for name, reader in self._readers.items():
            self._supervisor.start(f"cards {name}", reader.run, longest_pause_s=LONG_PAUSE_S)
        if self.settings.serve:
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
        """Be a meter for others; what that needs is loaded beside the running loops."""
        await self._clock.outside(asyncio.to_thread(import_module, "ohmstead.site.serving"))
        from ohmstead.site.serving import Serving

        self._serving = Serving(self.settings, self.state, self._clock, self._note)
        for listen, line in self._serving.lines.items():
            self._supervisor.start(f"serve {listen}", line.run, longest_pause_s=LONG_PAUSE_S)

    async def _give_back(self) -> None:
        self._news.close()
        await self._sense.close()
        for pilot in self._pilots.values():
            await pilot.close()
        for reader in self._readers.values():
            await reader.close()
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
        if self._recorder is None:
            raise CommandRefused(Reason("command.starting"))
        if command.action in OF_THE_SITE:
            await self._set_up(command)
            await self._recorder.kept()
            return
        now, memory = self._clock.now(), self._control.memory
        chargers = {name: pilot.reading(now) for name, pilot in self._pilots.items()}
        options, event = decided(command, self.settings, memory.options, chargers, now)
        hindrance = self._pilots[command.target].ask(command.action, command.author)
        if hindrance is not None:
            raise CommandRefused(hindrance)
        if command.action is Action.PAIR_CT:
            await self._pair(command.target)
        elif command.action not in PASSING:
            memory.options[command.target] = options
            memory.unsaved[command.target] = command.author
            if options.enabled:
                memory.lasting.pop(command.target, None)
        if command.action not in TOLD_BY_CHARGER:
            self._control.note(event)
        self._control.tick()
        await self._recorder.kept()

    async def _set_up(self, command: Command) -> None:
        if command.action is Action.SET_GRID_METER and self._verifying.running:
            raise CommandRefused(Reason("command.verifying"))
        event = await self._setup.change(command, self._clock.now())
        self._spread()
        self._control.note(event)
        self._control.tick()

    def _spread(self) -> None:
        self._control.settings = self._verifying.settings = self._setup.settings
        self.validating.configure(self._setup.settings)

    async def _keep(self) -> None:
        if self._recorder is None:
            raise CommandRefused(Reason("command.starting"))
        self._control.tick()
        await self._recorder.kept()

    async def _pair(self, charger: str) -> None:
        device = self._sense.devices[remote_of(self.settings, charger) or ""]
        if not isinstance(device.meter, RadioMeter):
            raise CommandRefused(Reason("command.no_remote", {"charger": charger}))
        try:
            await device.meter.pair()
        except DeviceError as error:
            raise CommandRefused(error.reason) from error

    def verify(self, charger: str, author: str, role: AccessRole) -> None:
        """Begin the guided test of the grid meter on ``charger``. Raises CommandRefused."""
        if self._recorder is None:
            raise CommandRefused(Reason("command.starting"))
        self._verifying.start(charger, author, role, self._clock.now())

    def verification(self, charger: str) -> Verification:
        """How far that test is, and its last report."""
        return self._verifying.progress(charger)

    async def read(self, channels: Sequence[str], span: Span, start: datetime, end: datetime) -> Mapping[str, Columns]:
        """What was recorded in [start, end). Raises StoreError."""
        return await self._open_store().read(channels, span, start, end)

    async def events(self, before: int | None, limit: int) -> EventPage:
        """The latest ``limit`` events with a number below ``before``, newest first. Raises StoreError."""
        return await self._open_store().events(limit=limit, before=before)

    def health(self) -> Health:
        """How the loops, the store, each device and each charger are now."""
        now = self._clock.now()
        parts = [*self._supervisor.parts()]
        if (clock := clock_part(self._clock)) is not None:
            parts.append(clock)
        if self._recorder is not None:
            refused = next((notice.reason for notice in self._recorder.notices() if notice.severity == "fault"), None)
            parts.append(HealthPart("store", ok=refused is None, reason=refused, essential=False))
        for name, device in self._sense.devices.items():
            ok = device.quality(now) is Quality.GOOD
            parts.append(HealthPart(name, ok, None if ok else device.problem, essential=False))
        for name, pilot in self._pilots.items():
            reading = pilot.reading(now)
            ok = reading.quality is Quality.GOOD
            parts.append(HealthPart(name, ok, None if ok else reading.problem, essential=False))
        parts += self._serving.parts() if self._serving is not None else ()
        served = self._serving.statistics() if self._serving is not None else {}
        took, up_s = self._control.durations, now.since(self._began)
        return Health(tuple(parts), took.last_s, took.longest_s, took.count, up_s, served)

    def statistics(self) -> Mapping[str, DeviceStatistics]:
        """What each device and charger gave since the start."""
        return {**self._sense.statistics(), **{name: pilot.statistics() for name, pilot in self._pilots.items()}}

    def _open_store(self) -> "Store":
        if self._store is None:
            raise StoreError(Reason("store.starting"))
        return self._store

    async def _recall(self, store: "Store") -> None:
        last, memory = await store.last(), self._control.memory
        for document in await store.documents.list(OPTIONS):
            if document.id in memory.options:
                memory.options[document.id] = self._recalled(document.id, document.body)
        takers: Mapping[str, Callable[[str, Any], None]] = {
            VERIFICATION: self._verifying.recall,
            VALIDATION: lambda _, body: self.validating.recall(body),
            CARD: self.cards.recall,
            TARIFF: self.sessions.recall_tariff,
            COUNTERS: self.sessions.recall_counters,
        }
        for kind, take in takers.items():
            for document in await store.documents.list(kind):
                with _without_on_error(f"{kind} of {document.id}"):
                    take(document.id, document.body)
        with _without_on_error("sessions"):
            self.sessions.recall(last.memory)
        now = self._clock.now()
        if isinstance(saved := last.memory.get("control"), dict):
            memory.control = load_unknown(self.settings.chargers)
            with _without_on_error("control"):
                memory.control = load_control(saved, now)
        for name, pilot in self._pilots.items():
            saved = last.memory.get(f"pilot {name}")
            with _without_on_error(f"pilot {name}"):
                pilot.recall(saved if isinstance(saved, dict) else None, now)
        self._control.counting.recall(last.memory.get("counters"), last.counters)

    def _recalled(self, charger: str, body: Json) -> ChargerOptions:
        """What people set on ``charger``; what cannot be read might have been a limit or Off, so it then stays off."""
        try:
            return from_document(body, self.settings.chargers[charger])
        except ValueError as error:
            _log.warning("options not usable, the charger stays off", charger=charger, error=str(error))
            reason = Reason("command.options_lost", {"charger": self.settings.chargers[charger].name or charger})
            self._control.memory.lasting[charger] = Notice("options.lost", charger, reason, "fault")
            return replace(first_options(self.settings.chargers[charger]), enabled=False)

    def _reading_arrived(self, device: Sensed) -> None:
        if self._store is not None:
            self._control.reading_arrived(device)

    def _note(self, event: Event) -> None:
        level = _log.info if event.severity == "info" else _log.warning
        self._control.note(event)
        level(event.kind, target=event.target, why=word(event.reason) if event.reason else None)

    def _ticked(self, ticked: Ticked) -> None:
        self.cards.look()
        self.sessions.look(ticked.state, ticked.events)
        if self._recorder is not None and self._due(ticked):
            options = ticked.state.options
            documents = [as_document(name, options[name], who) for name, who in ticked.unsaved.items()]
            documents += self._verifying.take() + self._setup.take() + self.validating.take()
            documents += self.cards.take() + self.sessions.take()
            row = TailRow.of(ticked.state.snapshot)
            self._recorder.submit(row, memory=self._to_keep(), documents=documents, events=ticked.events)
        self._verifying.look(ticked.state.snapshot)
        self._news.send(ticked.state)

    def _due(self, ticked: Ticked) -> bool:
        at, before = ticked.state.snapshot.at, self._recorded_at
        if before is not None and at.since(before) < self._record_s and not ticked.events and not ticked.unsaved:
            return False
        self._recorded_at = at
        return True

    def _recording_notices(self) -> tuple[Notice, ...]:
        return () if self._recorder is None else self._recorder.notices()

    def _to_keep(self) -> dict[str, Json]:
        now = self._clock.now()
        kept: dict[str, Json] = {"control": dump_control(self._control.memory.control, now)}
        kept |= {f"pilot {name}": pilot.dump(now) for name, pilot in self._pilots.items()}
        kept |= self.sessions.dump()
        counters = self._control.counting.to_keep(now)
        return kept if counters is None else kept | {"counters": counters}


@contextmanager
def _without_on_error(what: str) -> Iterator[None]:
    """A memory that cannot be used is left out."""
    try:
        yield
    except ValueError as error:
        _log.warning("memory not usable, starting without it", of=what, error=str(error))
