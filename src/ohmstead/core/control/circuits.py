"""The circuits below the supply: how their meters were heard, and what each leaves for its chargers (G-020, G-021).

A measured circuit leaves its limit less what its loads take: what flows in, less what its chargers surely draw. An
unmeasured one leaves its limit less the reserve the installer named. While a meter is silent nothing on its circuit is
raised; after 10 s its chargers together get the agreed current, until values have been fresh for 10 s again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from ohmstead.core.control.grid import FRESH_S, LOST_S, phase_current
from ohmstead.core.control.inputs import ControlSettings, known
from ohmstead.core.control.limits.circuit import on_phase, power
from ohmstead.core.control.memory import CircuitMemory
from ohmstead.core.model.circuits import CircuitSettings, path
from ohmstead.core.model.quantities import Phase, Quality
from ohmstead.core.model.readings import PhaseReading
from ohmstead.core.model.snapshot import Channel, Snapshot
from ohmstead.core.model.time import Instant

REPORTED_S = 30.0
BACK_S = 10.0

CircuitState = Literal["unmeasured", "fresh", "held", "lost"]


@dataclass(frozen=True, slots=True)
class CircuitView:
    """One circuit at one instant; the values stand only when ``state`` is ``fresh``."""

    name: str
    settings: CircuitSettings
    state: CircuitState
    memory: CircuitMemory = field(default_factory=CircuitMemory)
    currents_a: Mapping[Phase, float] = field(default_factory=dict)
    voltages_v: Mapping[Phase, float] = field(default_factory=dict)
    power_w: float | None = None


def look_at_circuits(
    snapshot: Snapshot, settings: ControlSettings, memory: Mapping[str, CircuitMemory], now: Instant
) -> dict[str, CircuitView]:
    """Each circuit of ``settings`` as its meter shows it."""
    return {
        name: _look(name, one, snapshot, settings, memory.get(name, CircuitMemory()), now)
        for name, one in settings.settings.circuits.items()
    }


def fed(views: Mapping[str, CircuitView], circuit: str | None) -> tuple[CircuitView, ...]:
    """The circuits that feed a charger on ``circuit``, the nearest first."""
    if circuit is None:
        return ()
    circuits = {name: one.settings for name, one in views.items()}
    return tuple(views[name] for name in path(circuits, circuit))


@dataclass(frozen=True, slots=True)
class CircuitFlow:
    """Per limit of one circuit what it allows, what flows, and what flows without its chargers."""

    limit: Mapping[str, float]
    now: Mapping[str, float]
    house: Mapping[str, float]


def flow(
    circuit: CircuitView, drawn_a: Mapping[Phase, float], volts: Mapping[Phase, float], phases: Iterable[Phase]
) -> CircuitFlow:
    """``drawn_a``: what the chargers below it surely draw; ``volts``: of each phase, the highest where unmeasured."""
    settings, lost = circuit.settings, circuit.state in ("held", "lost")
    limit: dict[str, float] = {}
    now: dict[str, float] = {}
    house: dict[str, float] = {}
    for phase in phases:
        drawn, name = drawn_a.get(phase, 0.0), on_phase(circuit.name, phase)
        if circuit.state == "lost":
            limit[name], house[name] = settings.fallback_current_a, 0.0
        elif settings.limit_a is not None and not lost:
            measured = circuit.currents_a.get(phase)
            limit[name] = settings.limit_a
            house[name] = settings.reserve_a if measured is None else measured - drawn
        else:
            continue
        now[name] = house[name] + drawn
    if settings.limit_w is not None and not lost:
        drawn_w = sum(a * volts[phase] for phase, a in drawn_a.items() if phase in volts)
        reserve_w = settings.reserve_a * sum(volts.values())
        name = power(circuit.name)
        limit[name] = settings.limit_w
        house[name] = reserve_w if circuit.power_w is None else circuit.power_w - drawn_w
        now[name] = house[name] + drawn_w
    return CircuitFlow(limit, now, house)


def _look(
    name: str,
    circuit: CircuitSettings,
    snapshot: Snapshot,
    settings: ControlSettings,
    memory: CircuitMemory,
    now: Instant,
) -> CircuitView:
    if circuit.meter is None:
        return CircuitView(name, circuit, "unmeasured")
    seen = _seen(snapshot.channels.get(circuit.meter), circuit, settings)
    heard = seen is not None
    heard_at = now.monotonic_s if heard or memory.heard_at is None else memory.heard_at
    silent_s = now.monotonic_s - heard_at
    since = (memory.fresh_since if memory.fresh_since is not None else now.monotonic_s) if heard else None
    back = since is not None and now.monotonic_s - since >= BACK_S
    lost = silent_s >= LOST_S or (memory.lost and not back)
    reported = lost and (memory.reported or silent_s >= REPORTED_S)
    after = CircuitMemory(heard_at, since, lost, reported)
    if seen is None or lost:
        return CircuitView(name, circuit, "lost" if lost else "held", after)
    currents_a, voltages_v, power_w = seen
    return CircuitView(name, circuit, "fresh", after, currents_a, voltages_v, power_w)


def _seen(
    channel: Channel | None, circuit: CircuitSettings, settings: ControlSettings
) -> tuple[Mapping[Phase, float], Mapping[Phase, float], float | None] | None:
    """Currents, voltages and power; ``None`` unless all that a limit needs is there and fresh."""
    age_s = known(channel.age_s) if channel is not None else None
    if channel is None or channel.quality is not Quality.GOOD or age_s is None or age_s > FRESH_S:
        return None
    watts = known(channel.power_w)
    if circuit.limit_w is not None and watts is None:
        return None
    currents: dict[Phase, float] = {}
    voltages: dict[Phase, float] = {}
    for phase in settings.site_phases:
        reading = channel.phases.get(phase, PhaseReading())
        current_a, voltage_v = phase_current(reading, settings.settings.site.grid_type), known(reading.voltage_v)
        if current_a is not None:
            currents[phase] = current_a
        elif circuit.limit_a is not None:
            return None
        if voltage_v is not None and voltage_v > 0:
            voltages[phase] = voltage_v
    return currents, voltages, watts
