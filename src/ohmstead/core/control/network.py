"""The arithmetic of the supply: what the house takes, what is left for chargers, per limit (EV-176, G-020).

Per phase: house = grid less what the chargers surely draw; left for them = main fuse less house. In total: the same in
watts, where one ampere of a charger weighs the measured voltages of its phases. The names of the limits are the
names of the resources in ``core.control.sharing``. The surplus that chargers in Green share is one more, in watts.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from ohmstead.core.control.grid import GridView
from ohmstead.core.control.inputs import ControlSettings
from ohmstead.core.control.limits.supply import CONTRACT, fuse
from ohmstead.core.control.sharing import Demand
from ohmstead.core.control.view import ChargerView
from ohmstead.core.model.quantities import Phase

SURPLUS = "surplus"


@dataclass(frozen=True, slots=True)
class Balance:
    """Per limit, in its own unit (A or W): what it allows, what flows now, and what the house alone takes."""

    limit: Mapping[str, float] = field(default_factory=dict)
    now: Mapping[str, float] = field(default_factory=dict)
    house: Mapping[str, float] = field(default_factory=dict)
    voltages_v: Mapping[Phase, float] = field(default_factory=dict)
    doubt: Mapping[str, float] = field(default_factory=dict)
    """By how much less the house may take than is said here."""

    @property
    def exceeded(self) -> frozenset[str]:
        """The limits that the supply is above of now."""
        return frozenset(name for name, most in self.limit.items() if self.now[name] > most)

    @property
    def house_exceeds(self) -> Mapping[str, float]:
        """The limits that the house would exceed without chargers, and by how much."""
        return {name: self.house[name] - most for name, most in self.limit.items() if self.house[name] > most}


def balance(grid: GridView, views: Iterable[ChargerView], settings: ControlSettings) -> Balance:
    """Weigh ``grid`` against what the chargers draw. Empty unless the grid meter is fresh."""
    if grid.state != "fresh":
        return Balance()
    site = settings.settings.site
    drawn = {phase: sum(view.drawn_a.get(phase, 0.0) for view in views) for phase in settings.site_phases}
    limit: dict[str, float] = {}
    now: dict[str, float] = {}
    house: dict[str, float] = {}
    if site.main_fuse_a is not None:
        for phase, current in grid.currents_a.items():
            limit[fuse(phase)], now[fuse(phase)] = site.main_fuse_a, current
            house[fuse(phase)] = current - drawn.get(phase, 0.0)
    if site.contract_power_w is not None and grid.power_w is not None:
        limit[CONTRACT], now[CONTRACT] = site.contract_power_w, grid.power_w
        house[CONTRACT] = grid.power_w - sum(a * grid.voltages_v.get(phase, 0.0) for phase, a in drawn.items())
    doubt = {fuse(phase): current for phase, current in grid.doubt_a.items() if fuse(phase) in limit}
    return Balance(limit, now, house, grid.voltages_v, doubt)


def with_surplus(flows: Balance, surplus_w: float) -> Balance:
    """``flows`` with what chargers in Green may share; nobody else takes of it, and it is never exceeded."""
    if not flows.limit:
        return flows
    limit = {**flows.limit, SURPLUS: surplus_w}
    return replace(flows, limit=limit, now={**flows.now, SURPLUS: 0.0}, house={**flows.house, SURPLUS: 0.0})


def demand(view: ChargerView, flows: Balance, most_a: float | None = None) -> Demand:
    """What one more ampere of ``view`` takes of each limit it touches."""
    weights = {fuse(phase): 1.0 for phase in view.phases if fuse(phase) in flows.limit}
    if CONTRACT in flows.limit:
        weights[CONTRACT] = sum(flows.voltages_v.get(phase, 0.0) for phase in view.phases)
    if SURPLUS in flows.limit and view.sun is not None:
        weights[SURPLUS] = view.sun.volts
    return Demand(view.name, view.most_a if most_a is None else most_a, weights)


def for_chargers(flows: Balance, views: Iterable[ChargerView]) -> dict[str, float]:
    """What all chargers together may take of each limit, less what their cars settle above the pilot."""
    left = {name: most - flows.house[name] for name, most in flows.limit.items()}
    for view in views:
        if view.most_a <= 0:
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
    held = {fuse(phase): a for phase, a in amperes.items() if fuse(phase) in flows.limit}
    if CONTRACT in flows.limit:
        held[CONTRACT] = sum(a * flows.voltages_v.get(phase, 0.0) for phase, a in amperes.items())
    if SURPLUS in flows.limit:
        held[SURPLUS] = 0.0 if view.sun is None else view.sun.volts * max(amperes.values(), default=0.0)
    return held
