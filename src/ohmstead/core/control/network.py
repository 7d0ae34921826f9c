"""The arithmetic of the supply: what the house takes, what is left for chargers, per limit (EV-176, G-020).

Per phase: house = grid less what the chargers surely draw; left for them = main fuse less house. In total: the same in
watts, where one ampere of a charger weighs the measured voltages of its phases. Each circuit below the supply does the
same with its own meter. The names of the limits are the names of the resources in ``core.control.sharing``. The surplus
that chargers in Green share is one more, in watts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ohmstead.core.control.circuits import CircuitView, fed, flow
from ohmstead.core.control.filling import Demand
from ohmstead.core.control.grid import HIGHEST_V, GridView
from ohmstead.core.control.inputs import ControlSettings
from ohmstead.core.control.limits import circuit as limits
from ohmstead.core.control.limits.supply import CONTRACT, fuse
from ohmstead.core.control.sharing import LAST
from ohmstead.core.control.view import ChargerView
from ohmstead.core.model.changing import quick
from ohmstead.core.model.quantities import PHASES, Phase

SURPLUS = "surplus"

Touched = tuple[str, tuple[tuple[Phase, float], ...]]
"""A limit that a charger touches, and what one ampere on each phase takes of it, in the limit's own unit."""


@quick
@dataclass(frozen=True, slots=True)
class Balance:
    """Per limit, in its own unit (A or W): what it allows, what flows now, and what the house alone takes."""

    limit: Mapping[str, float] = field(default_factory=dict)
    now: Mapping[str, float] = field(default_factory=dict)
    house: Mapping[str, float] = field(default_factory=dict)
    voltages_v: Mapping[Phase, float] = field(default_factory=dict)
    doubt: Mapping[str, float] = field(default_factory=dict)
    """By how much less the house may take than is said here."""
    highest_v: Mapping[Phase, float] = field(default_factory=dict)
    """The voltages, and the highest that a supply may have where none is measured."""
    feeding: Mapping[str | None, tuple[CircuitView, ...]] = field(default_factory=dict)
    """By circuit, those that feed a charger on it, the nearest first."""
    taking: Mapping[str | None, tuple[Touched, ...]] = field(default_factory=dict)
    """By circuit, for a charger on it whose car draws alike from all phases."""
    unbalancing: tuple[Touched, ...] = ()
    """What any other takes besides."""

    @property
    def exceeded(self) -> frozenset[str]:
        """The limits that the supply is above of now."""
        return frozenset(name for name, most in self.limit.items() if self.now[name] > most)

    @property
    def house_exceeds(self) -> Mapping[str, float]:
        """The limits that the house would exceed without chargers, and by how much."""
        return {name: self.house[name] - most for name, most in self.limit.items() if self.house[name] > most}


def balance(
    grid: GridView,
    views: Sequence[ChargerView],
    settings: ControlSettings,
    circuits: Mapping[str, CircuitView] | None = None,
    demand_w: float | None = None,
    surplus_w: float = 0.0,
) -> Balance:
    """Weigh what meters see against what the chargers draw; of the grid meter's limits none unless it is fresh.

    ``demand_w`` is what the quarter of an hour still allows. ``surplus_w`` is what chargers in Green may share: nobody
    else takes of it, and it is never exceeded.
    """
    circuits = circuits or {}
    feeding: dict[str | None, tuple[CircuitView, ...]] = {name: fed(circuits, name) for name in circuits}
    phases, highest_v = settings.site_phases, HIGHEST_V[settings.settings.site.grid_type]
    drawn = _drawn(views, phases)
    limit: dict[str, float] = {}
    now: dict[str, float] = {}
    house: dict[str, float] = {}
    measured = grid.voltages_v if grid.state == "fresh" else {}
    volts = {phase: measured.get(phase, highest_v) for phase in phases}
    if grid.state == "fresh":
        _supply(grid, settings, drawn, demand_w, (limit, now, house))
    below: dict[str, list[ChargerView]] = {name: [] for name in circuits}
    for view in views:
        for circuit in feeding.get(view.settings.circuit, ()):
            below[circuit.name].append(view)
    for circuit in circuits.values():
        own_v = {phase: circuit.voltages_v.get(phase, volts[phase]) for phase in phases}
        part = flow(circuit, _drawn(below[circuit.name], phases), own_v, phases)
        limit |= part.limit
        now |= part.now
        house |= part.house
    if settings.operator_limit_w is not None:
        limit[limits.OPERATOR] = settings.operator_limit_w
        now[limits.OPERATOR], house[limits.OPERATOR] = sum(a * volts[phase] for phase, a in drawn.items()), 0.0
    if settings.cluster_limit_a is not None:
        for phase in phases:
            name = limits.cluster(phase)
            limit[name], now[name], house[name] = settings.cluster_limit_a, drawn.get(phase, 0.0), 0.0
    doubt = {_FUSES[phase][0]: a for phase, a in grid.doubt_a.items() if _FUSES[phase][0] in limit}
    taking = {name: _taking(feeding.get(name, ()), limit, volts) for name in (None, *circuits)}
    unbalancing = tuple(_each(_UNBALANCES, phases, limit))
    if limit:
        limit[SURPLUS], now[SURPLUS], house[SURPLUS] = surplus_w, 0.0, 0.0
    return Balance(limit, now, house, measured, doubt, volts, feeding, taking, unbalancing)


def demand(view: ChargerView, flows: Balance) -> Demand:
    """What one more ampere of ``view`` takes of each limit it touches."""
    weights = {name: weight for name, weight in _taken(view, flows, dict.fromkeys(view.phases, 1.0)).items() if weight}
    return Demand(view.name, view.most_a, weights, LAST if view.complete else view.priority)


def for_chargers(flows: Balance, views: Iterable[ChargerView]) -> dict[str, float]:
    """What all chargers together may take of each limit, less what their cars settle above the pilot."""
    left = {name: most - flows.house[name] for name, most in flows.limit.items()}
    for view in views:
        if view.reserve_a > 0:
            for name, taken in _taken(view, flows, dict.fromkeys(view.phases, view.reserve_a)).items():
                left[name] -= taken
        if view.most_a <= 0 or view.memory.over_a <= 0:
            continue
        for name, weight in demand(view, flows).weights.items():
            if name != SURPLUS:
                left[name] -= view.memory.over_a * weight
    return left


def reserved(view: ChargerView, flows: Balance, granted_a: float) -> dict[str, float]:
    """What ``view`` may come to draw at once of each limit: the new grant, the old one, the pilot, the car."""
    amperes = dict(view.might_a)
    for phase in view.phases:
        amperes[phase] = max(amperes.get(phase, 0.0), granted_a)
    return _taken(view, flows, amperes) if any(amperes.values()) else {}


def _taken(view: ChargerView, flows: Balance, amperes: Mapping[Phase, float]) -> dict[str, float]:
    """What ``amperes`` of ``view`` take of each limit."""
    taken: dict[str, float] = {}
    touched = flows.taking[view.settings.circuit]
    for name, parts in touched if view.balanced else touched + flows.unbalancing:
        amount = 0.0
        for phase, weight in parts:
            amount += amperes.get(phase, 0.0) * weight
        taken[name] = amount
    if SURPLUS in flows.limit:
        taken[SURPLUS] = 0.0 if view.sun is None else view.sun.volts * max(amperes.values(), default=0.0)
    return taken


def _taking(
    feeding: Iterable[CircuitView], limit: Mapping[str, float], volts: Mapping[Phase, float]
) -> tuple[Touched, ...]:
    """What a charger behind the circuits of ``feeding`` takes; ``volts`` are those of the supply."""
    each = tuple(volts.items())
    rows = [*_each(_FUSES, volts, limit), *_each(_CLUSTERS, volts, limit)]
    rows += [(name, each) for name in (CONTRACT, limits.DEMAND, limits.OPERATOR) if name in limit]
    for circuit in feeding:
        of_phases = ((limits.on_phase(circuit.name, phase), ((phase, 1.0),)) for phase in volts)
        rows += [row for row in of_phases if row[0] in limit]
        if (name := limits.power(circuit.name)) in limit:
            rows.append((name, tuple({**volts, **circuit.voltages_v}.items())))
    return tuple(rows)


_FUSES: Mapping[Phase, Touched] = {phase: (fuse(phase), ((phase, 1.0),)) for phase in PHASES}
_CLUSTERS: Mapping[Phase, Touched] = {phase: (limits.cluster(phase), ((phase, 1.0),)) for phase in PHASES}
_UNBALANCES: Mapping[Phase, Touched] = {phase: (limits.unbalance(phase), ((phase, 1.0),)) for phase in PHASES}


def _each(of: Mapping[Phase, Touched], phases: Iterable[Phase], limit: Mapping[str, float]) -> list[Touched]:
    return [row for phase in phases if (row := of[phase])[0] in limit]


def _drawn(views: Sequence[ChargerView], phases: Iterable[Phase]) -> dict[Phase, float]:
    return {phase: sum([view.drawn_a.get(phase, 0.0) for view in views]) for phase in phases}


def _supply(
    grid: GridView,
    settings: ControlSettings,
    drawn: Mapping[Phase, float],
    demand_w: float | None,
    into: tuple[dict[str, float], dict[str, float], dict[str, float]],
) -> None:
    """The limits that the grid meter tells of."""
    site, (limit, now, house), phase_limit_a = settings.settings.site, into, settings.premises.phase_limit_a
    alone = {phase: current - drawn.get(phase, 0.0) for phase, current in grid.currents_a.items()}
    if phase_limit_a is not None:
        for phase, current in grid.currents_a.items():
            name = _FUSES[phase][0]
            limit[name], now[name], house[name] = phase_limit_a, current, alone[phase]
    if site.unbalance_limit_a is not None and len(alone) > 1:
        for phase, current in grid.currents_a.items():
            name = limits.unbalance(phase)
            limit[name], now[name] = site.unbalance_limit_a, current - min(grid.currents_a.values())
            house[name] = alone[phase] - min(alone.values())
    if grid.power_w is None:
        return
    drawn_w = sum(a * grid.voltages_v.get(phase, 0.0) for phase, a in drawn.items())
    for name, most in ((CONTRACT, site.contract_power_w), (limits.DEMAND, demand_w)):
        if most is not None:
            limit[name], now[name], house[name] = most, grid.power_w, grid.power_w - drawn_w
