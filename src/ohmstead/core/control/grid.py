"""What the grid meter tells about the supply, and how long it may be silent (G-020, G-021).

In comes the frozen channel of the meter, out goes one of four words: ``unused`` (no limit needs it), ``fresh``,
``held`` (silent for less than 10 s: nothing is raised) and ``lost``.

A slow supply meter, one that speaks by itself every ten seconds or is asked as seldom, or one that is heard by radio,
is ``fresh`` once per reading, since what the chargers do meanwhile is not in it, and ``held`` between two; it is
``lost`` after 10 s or one and a half of its rhythm, whichever is later (ADR 6).

The current that counts on a phase is the one that can be *added to*: adding a car's current x to it never gives
less than what then flows. With import that is the magnitude. With export it is the exported active current as a
negative number, plus what flows reactively, since a car does not cancel that. Where the voltage is missing nobody knows
how much of an export is active: the current then counts in full, and ``doubt_a`` says by how much less it may be.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import sqrt
from typing import Literal

from ohmstead.core.control.inputs import ControlSettings, known
from ohmstead.core.control.memory import GridMemory
from ohmstead.core.model.changing import quick
from ohmstead.core.model.faults import ERRORS, LinkCode
from ohmstead.core.model.quantities import GridType, Phase, Quality
from ohmstead.core.model.readings import PhaseReading
from ohmstead.core.model.settings import SLOWEST_GRID_S, DeviceSettings
from ohmstead.core.model.snapshot import Channel, Snapshot
from ohmstead.core.model.time import Instant

FRESH_S = 2.0
"""An older reading is not used for a decision."""
LOST_S = 10.0
SLOW_S = 1.5
"""From this rhythm on a value may be older than FRESH_S by the time that the next one is there."""
LOST_RHYTHMS = 1.5
HIGHEST_V: Mapping[GridType, float] = {
    "1x230": 253.0,
    "3x400+N": 253.0,
    "3x230": 146.1,
    "2x120/240": 132.0,
    "3x120/208": 132.0,
    "3x277/480": 304.7,
    "3x347/600": 381.7,
}
"""A supply may be 10 % above nominal (EV-250); from each conductor to the star point, since that bounds any power."""
_SAME_S = 0.001
"""Two moments nearer than this are those of one reading."""

GridState = Literal["unused", "fresh", "held", "lost"]
Missing = Literal["", "device", "answer", "power", "current", "voltage"]


@quick
@dataclass(frozen=True, slots=True)
class GridView:
    """The supply at one instant; the values stand only when ``state`` is ``fresh``."""

    state: GridState
    memory: GridMemory
    currents_a: Mapping[Phase, float] = field(default_factory=dict)
    voltages_v: Mapping[Phase, float] = field(default_factory=dict)
    power_w: float | None = None
    doubt_a: Mapping[Phase, float] = field(default_factory=dict)
    missing: Missing = ""
    """The first value that a limit needs and the meter did not give."""
    missing_phase: Phase | None = None
    silent_s: float = 0.0
    between: bool = False
    """Held only because the next telegram of a slow meter is not due yet: waits go on."""
    starting: bool = False
    """It may still be silent after a start: charging waits, but nobody is alarmed."""


def look(snapshot: Snapshot, settings: ControlSettings, memory: GridMemory, now: Instant) -> GridView:
    """Judge the grid meter of ``snapshot``."""
    if not settings.limited:
        return GridView("unused", _UNHEARD)
    device = settings.grid_device
    if device is None:
        return GridView("lost", GridMemory(lost=True), missing="device")
    channel = snapshot.channels.get(device)
    rhythm_s = _slow_rhythm(channel, settings.settings.devices[device])
    seen = _seen(channel, settings)
    heard = not seen.missing
    heard_at = now.monotonic_s - seen.silent_s if heard else memory.heard_at
    heard_at = now.monotonic_s if heard_at is None else heard_at
    silent_s = now.monotonic_s - heard_at
    known_already = rhythm_s > 0 and memory.heard_at is not None and heard_at <= memory.heard_at + _SAME_S
    fresh = heard and not known_already
    lost_s = max(LOST_S, LOST_RHYTHMS * rhythm_s)
    between = rhythm_s > 0 and not fresh and silent_s < lost_s
    since = memory.fresh_since if memory.fresh_since is not None else now.monotonic_s
    fresh_since = since if fresh else memory.fresh_since if between else None
    code = link_code(settings)
    fault = ERRORS[code]
    back = fresh and now.monotonic_s - since >= fault.clears_s
    lost = silent_s >= lost_s or (memory.lost and not back)
    asked_at = memory.asked_at if memory.asked_at is not None else now.monotonic_s
    answered = memory.answered or heard
    young = now.monotonic_s - asked_at < settings.settings.devices[device].may_start_s
    starting = young and not answered and seen.missing == "answer" and code == "D9"
    reported = lost and (memory.reported or (silent_s >= fault.evidence_s and not starting))
    state: GridState = "lost" if lost else "fresh" if fresh else "held"
    remembered = GridMemory(heard_at, fresh_since, lost, reported, asked_at, answered)
    return GridView(
        state=state,
        memory=remembered,
        currents_a=seen.currents_a,
        voltages_v=seen.voltages_v,
        power_w=seen.power_w,
        doubt_a=seen.doubt_a,
        missing=seen.missing,
        missing_phase=seen.missing_phase,
        silent_s=silent_s,
        between=between,
        starting=starting,
    )


def link_code(settings: ControlSettings) -> LinkCode:
    """The error that a silent grid meter is: D2 of a remote by radio, D9 of any other (G-021)."""
    device = settings.settings.devices.get(settings.grid_device or "")
    return "D2" if device is not None and device.input == "remote" else "D9"


def at_worst(
    power_w: float | None, phases: Mapping[Phase, PhaseReading], settings: ControlSettings
) -> tuple[float | None, Mapping[Phase, PhaseReading]]:
    """Power and phases of the grid meter; of a board's transformers without voltage, what they may mean at worst.

    Such transformers tell currents without a direction (G-133). Then each counts as import at the highest voltage
    that a supply may have: no export is seen, and no limit is ever judged by less than what flows.
    """
    device = settings.settings.devices.get(settings.grid_device or "")
    told = power_w is not None or any(phase.power_w is not None for phase in phases.values())
    if device is None or device.board is None or told:
        return power_w, phases
    volts = HIGHEST_V[settings.settings.site.grid_type]
    bounded = {
        name: PhaseReading(volts, abs(phase.current_a), abs(phase.current_a) * volts)
        for name, phase in phases.items()
        if phase.current_a is not None
    }
    complete = all(phase in bounded for phase in settings.site_phases)
    total = sum(phase.power_w or 0.0 for phase in bounded.values())
    return total if complete else None, bounded


def _slow_rhythm(channel: Channel | None, device: DeviceSettings) -> float:
    """The rhythm in s of a meter that speaks, or is asked, more seldom than its values stay fresh; 0 for any other.

    A remote is one of these at any rhythm: it is read far more often than it measures.
    """
    spoken_s = known(channel.rhythm_s) if channel is not None else None
    rhythm_s = max(spoken_s or 0.0, device.period_s or 0.0)
    return min(rhythm_s, SLOWEST_GRID_S) if rhythm_s >= SLOW_S or device.input == "remote" else 0.0


def phase_current(phase: PhaseReading, grid_type: GridType) -> float | None:
    """The current to add to, in ampere, import positive; ``None`` when current or power is missing.

    Without a neutral it is the magnitude: powers may be those of two wattmeters, of which one is negative when a load
    is reactive enough, though all of it is import; the third conductor has none (EM-146).
    """
    current, power = known(phase.current_a), known(phase.power_w)
    if grid_type == "3x230":
        return None if current is None else abs(current)
    if current is None or power is None:
        return None
    magnitude = abs(current)
    if power >= 0:
        return magnitude
    voltage = known(phase.voltage_v)
    if not voltage or voltage <= 0:
        return magnitude
    active = min(magnitude, -power / voltage)
    return sqrt(magnitude * magnitude - active * active) - active


def _seen(channel: Channel | None, settings: ControlSettings) -> GridView:
    age = known(channel.age_s) if channel is not None else None
    if channel is None or channel.quality is not Quality.GOOD or age is None or age > FRESH_S:
        return _nothing("answer")
    premises, grid_type = settings.premises, settings.settings.site.grid_type
    total, phases = at_worst(channel.power_w, channel.phases, settings)
    power = known(total)
    weighed, metered, needed = premises.weighed, premises.metered, premises.charging_phases
    if weighed and power is None:
        return _nothing("power")
    currents: dict[Phase, float] = {}
    voltages: dict[Phase, float] = {}
    doubt: dict[Phase, float] = {}
    for phase in premises.site_phases:
        reading = phases.get(phase) or PhaseReading()
        current, voltage = phase_current(reading, grid_type), known(reading.voltage_v)
        if metered:
            if current is not None:
                currents[phase] = current
            elif phase in needed:
                return _nothing("current", phase)
        if voltage is not None and voltage > 0:
            voltages[phase] = voltage
        elif phase in currents and (known(reading.power_w) or 0.0) < 0:
            doubt[phase] = 2.0 * currents[phase]
        if phase not in voltages and weighed and phase in needed:
            return _nothing("voltage", phase)
    return GridView("fresh", _UNHEARD, currents, voltages, power, doubt, silent_s=max(0.0, age))


def _nothing(missing: Missing, phase: Phase | None = None) -> GridView:
    return GridView("held", _UNHEARD, missing=missing, missing_phase=phase)


_UNHEARD = GridMemory()
