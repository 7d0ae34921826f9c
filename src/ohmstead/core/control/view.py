"""One charger as a decision sees it: what it draws for sure, what it might draw at once, what its own limits are.

Between these two bounds lies all that is unknown. What a charger draws for sure is taken off the grid meter's
reading to know the house; what it might draw is kept reserved from the others until it is seen lower.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite

from ohmstead.core.control.appetite import looked
from ohmstead.core.control.inputs import ControlSettings, known
from ohmstead.core.control.limits import own
from ohmstead.core.control.memory import ChargerMemory
from ohmstead.core.model.changing import changed, quick
from ohmstead.core.model.chargers import ChargerOptions, ChargerReading, ChargerState
from ohmstead.core.model.grants import Limit
from ohmstead.core.model.phases import PhasesSeen
from ohmstead.core.model.quantities import DELTA_CODES, PHASES, GridType, Phase, Quality
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.settings import ChargerSettings
from ohmstead.core.model.time import Instant

FRESH_S = 3.0
GRACE_S = 5.0
"""A charger that falls silent is believed to draw what it last drew for this long; then nothing is sure."""
FOLLOW_S = 6.0
"""A vehicle follows a lower pilot within 5 s (table A.6, sequence 6); what it draws later is its own offset."""
_IDLE_A = 0.5
"""What the other terminals of a charger may show while a car draws by one."""
OFFSET_A = 1.0
"""The largest offset that is taken for inaccuracy; more is a vehicle that does not follow (G-018)."""


@quick
@dataclass(frozen=True, slots=True)
class Sunlit:
    """A charger in Green: the volts of its phases, the surplus that is left to it, the least power of its car."""

    volts: float
    surplus_w: float
    minimum_w: float


@quick
@dataclass(frozen=True, slots=True)
class ChargerView:
    """``memory`` is already brought up to this look; ``held_a`` is what the charger was granted last."""

    name: str
    settings: ChargerSettings
    memory: ChargerMemory
    phases: tuple[Phase, ...]
    drawn_a: Mapping[Phase, float]
    might_a: Mapping[Phase, float]
    limits: tuple[Limit, ...]
    stop: Limit | None
    fresh: bool
    recently_lost: bool
    complete: bool
    priority: int
    balanced: bool = False
    """The car is known to draw alike from all phases of the supply."""
    sun: Sunlit | None = None
    """Only in Green."""
    reserve_a: float = 0.0
    """What is kept for a member of the cluster that is not heard."""
    switching: PhasesSeen | None = None
    """Only where the phases can be switched, and it is heard."""
    keep_phases: bool = False

    @property
    def held_a(self) -> float:
        """The last grant."""
        return self.memory.granted_a

    @property
    def most_a(self) -> float:
        """What the charger could take if the supply had no limit."""
        if self.stop is not None:
            return 0.0
        return min([limit.current_a for limit in self.limits])

    @property
    def asked_a(self) -> float:
        """``most_a``, or what the car is seen to want of it (G-061)."""
        request_a = self.memory.appetite.request_a
        return self.most_a if request_a is None else min(self.most_a, request_a)


def view(
    name: str,
    settings: ControlSettings,
    reading: ChargerReading | None,
    memory: ChargerMemory,
    now: Instant,
    in_turn: bool = False,
) -> ChargerView:
    """Look at one charger. A reading that is old, bad or lacks a value it had before counts as none."""
    charger, options = settings.settings.chargers[name], settings.options_of(name)
    wired = settings.premises.wired[name]
    if name in settings.reserved_a:
        return _out_of_reach(name, settings, memory, wired)
    measured = {} if reading is None else _measured(reading, charger, settings.settings.site.grid_type)
    if reading is None or not _usable(reading, measured, memory, now):
        return _unseen(name, settings, memory, wired, now)
    memory = _same_car(reading, memory)
    phases = _used(reading, charger, settings, wired)
    offered = _offered(reading, memory)
    drawn = _drawn(reading, measured, phases, offered)
    fullest_a = max(drawn.values())
    if not charger.rotation_known:
        drawn = dict.fromkeys(PHASES, min(drawn[phase] for phase in wired))
    now_s, calls = now.monotonic_s, reading.iec_state in ("C1", "C2")
    lowered_at = now_s if offered < memory.offered_a - 0.05 else memory.lowered_at
    memory = changed(
        memory,
        heard_at=now_s,
        over_a=_offset(memory, reading, offered, fullest_a, lowered_at, now),
        offered_a=offered,
        lowered_at=lowered_at,
        drawn_a=drawn,
        phases=wired if _narrowed(reading) else phases,
        measured=memory.measured if len(measured) == len(memory.measured) else tuple(measured),
        hardware_max_a=_or(known(reading.hardware_max_a), memory.hardware_max_a),
        cable_max_a=_or(known(reading.cable_max_a), memory.cable_max_a),
        appetite=looked(memory.appetite, offered, fullest_a if measured else None, in_turn, calls, now_s),
    )
    limits = (*_own(name, settings, memory), *settings.managed_of(name), *own.asleep(memory.appetite, now_s))
    stop = own.stop(options, reading, charger.ventilated) or settings.holds.get(name)
    return ChargerView(
        name=name,
        settings=charger,
        memory=memory,
        phases=phases,
        drawn_a=drawn,
        might_a=_might(memory, phases, drawn),
        limits=limits,
        stop=stop,
        fresh=True,
        recently_lost=False,
        complete=reading.state is ChargerState.COMPLETE,
        priority=_priority(charger, options),
        balanced=_balanced(reading, charger, settings.site_phases),
        switching=reading.switching if settings.settings.site.grid_type != "3x230" else None,
        keep_phases=options.keep_phases,
    )


def _balanced(reading: ChargerReading, charger: ChargerSettings, phases: tuple[Phase, ...]) -> bool:
    used = reading.phases_used
    return used is not None and charger.rotation_known and set(used) >= set(phases)


def _unseen(
    name: str, settings: ControlSettings, memory: ChargerMemory, wired: tuple[Phase, ...], now: Instant
) -> ChargerView:
    charger, options = settings.settings.chargers[name], settings.options_of(name)
    grace = memory.heard_at is not None and now.monotonic_s - memory.heard_at <= GRACE_S
    phases = memory.phases or wired
    silent = Limit("charger_silent", memory.granted_a, Reason("limit.charger_silent"))
    refused = not options.enabled or options.paused
    key = "paused" if options.enabled else "not_enabled"
    return ChargerView(
        name=name,
        settings=charger,
        memory=memory,
        phases=phases,
        drawn_a=memory.drawn_a if grace else {},
        might_a=_might(memory, phases, memory.drawn_a),
        limits=(*_own(name, settings, memory), *settings.managed_of(name), silent),
        stop=Limit(key, 0.0, Reason(f"limit.{key}")) if refused else settings.holds.get(name),
        fresh=False,
        recently_lost=grace,
        complete=False,
        priority=_priority(charger, options),
    )


def _out_of_reach(name: str, settings: ControlSettings, memory: ChargerMemory, wired: tuple[Phase, ...]) -> ChargerView:
    """A member of the cluster that is not heard: the ledger of the master says what it may draw (G-064)."""
    charger = settings.settings.chargers[name]
    return ChargerView(
        name=name,
        settings=charger,
        memory=changed(memory, offered_a=0.0, drawn_a={}, over_a=0.0),
        phases=wired,
        drawn_a={},
        might_a={},
        limits=_own(name, settings, memory),
        stop=own.out_of_reach(settings.reserved_a[name]),
        fresh=False,
        recently_lost=False,
        complete=False,
        priority=_priority(charger, settings.options_of(name)),
        reserve_a=settings.reserved_a[name],
    )


def _own(name: str, settings: ControlSettings, memory: ChargerMemory) -> tuple[Limit, ...]:
    charger, options = settings.settings.chargers[name], settings.options_of(name)
    hardware_a, cable_a = memory.hardware_max_a, memory.cable_max_a
    return own.ratings(charger, options, hardware_a, cable_a, settings.ceilings_a.get(name))


def _usable(reading: ChargerReading, measured: Mapping[Phase, float], memory: ChargerMemory, now: Instant) -> bool:
    if reading.quality is not Quality.GOOD or now.since(reading.at) > FRESH_S or reading.connected is None:
        return False
    return measured.keys() >= set(memory.measured)


def _measured(reading: ChargerReading, charger: ChargerSettings, grid_type: GridType) -> dict[Phase, float]:
    """The currents that the charger measures, by conductor.

    Without a neutral what one terminal carries flows in the two conductors that its code names.
    """
    seen = reading.phases
    found = {
        phase: abs(current)
        for phase in PHASES
        if phase in seen and (current := seen[phase].current_a) is not None and isfinite(current)
    }
    most = max(found.values(), default=0.0)
    if grid_type != "3x230" or not found or sum(found.values()) - most > _IDLE_A:
        return found
    return {phase: most if phase in DELTA_CODES[charger.phases[0]] else 0.0 for phase in PHASES}


def _same_car(reading: ChargerReading, memory: ChargerMemory) -> ChargerMemory:
    """Forget what belonged to the session when the car was unplugged, also when another was plugged in since."""
    session = reading.session.id if reading.session is not None else None
    replaced = None not in (session, memory.session) and session != memory.session
    if reading.connected and not replaced:
        return memory if session in (None, memory.session) else changed(memory, session=session)
    return ChargerMemory(
        session=session if reading.connected else None,
        granted_a=0.0,
        offered_a=memory.offered_a,
        measured=memory.measured,
        hardware_max_a=memory.hardware_max_a,
    )


def _used(
    reading: ChargerReading, charger: ChargerSettings, settings: ControlSettings, wired: tuple[Phase, ...]
) -> tuple[Phase, ...]:
    if reading.switching is not None and charger.rotation_known and settings.settings.site.grid_type != "3x230":
        if reading.switching.connected is None:
            return wired
        if reading.switching.connected == 1:
            return tuple(phase for phase in charger.phases[:1] if phase in wired) or wired
    if reading.phases_used is None or not charger.rotation_known or settings.settings.site.grid_type == "3x230":
        return wired
    return tuple(phase for phase in reading.phases_used if phase in settings.site_phases) or wired


def _narrowed(reading: ChargerReading) -> bool:
    """Whether more phases may be live once it is not heard: those of its contactor, not of the car, are fewer."""
    return reading.switching is not None and reading.switching.connected != 3


def _offered(reading: ChargerReading, memory: ChargerMemory) -> float:
    offered = known(reading.offered_a)
    if offered is None:
        return max(memory.offered_a, memory.granted_a)
    if offered <= 0 and reading.contactor_closed and not memory.measured:
        return memory.offered_a
    return max(0.0, offered)


def _drawn(
    reading: ChargerReading, measured: Mapping[Phase, float], phases: tuple[Phase, ...], offered_a: float
) -> dict[Phase, float]:
    """What surely flows: as measured; a charger without any measurement is taken to draw what it is offered."""
    if measured:
        return {phase: measured.get(phase, 0.0) for phase in PHASES}
    return {phase: offered_a if reading.contactor_closed and phase in phases else 0.0 for phase in PHASES}


def _might(memory: ChargerMemory, phases: tuple[Phase, ...], drawn: Mapping[Phase, float]) -> dict[Phase, float]:
    bound = max(memory.offered_a, memory.granted_a)
    return {phase: max(drawn.get(phase, 0.0), bound if phase in phases else 0.0) for phase in PHASES}


def _offset(
    memory: ChargerMemory,
    reading: ChargerReading,
    offered_a: float,
    fullest_a: float,
    lowered_at: float | None,
    now: Instant,
) -> float:
    if not reading.contactor_closed or offered_a <= 0:
        return memory.over_a
    if lowered_at is not None and now.monotonic_s - lowered_at < FOLLOW_S:
        return memory.over_a
    over = max(0.0, fullest_a - offered_a)
    return over if over <= OFFSET_A else memory.over_a


def _priority(charger: ChargerSettings, options: ChargerOptions) -> int:
    return charger.priority if options.priority is None else options.priority


def _or(value: float | None, before: float | None) -> float | None:
    return value if value is not None else before
