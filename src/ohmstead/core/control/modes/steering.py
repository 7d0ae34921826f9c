"""From modes to limits: each charger's mode of the hour, and the surplus as one more thing that chargers share.

In come the chargers as seen, out go the same with what their mode forbids, and the watts that those in Green may share.
In the allocation the surplus is a resource like a fuse: one ampere of a charger in Green takes its volts from it. There
is at least so much of it that all who may charge have their least power (G-015): the grid gives the difference.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ohmstead.core.control.departure import limit, plan
from ohmstead.core.control.grid import HIGHEST_V, GridView
from ohmstead.core.control.inputs import ControlSettings
from ohmstead.core.control.minimum import minimum_power_w
from ohmstead.core.control.mode_memory import GreenMemory, ModesMemory, PhaseMemory, SurplusMemory
from ohmstead.core.control.modes.green import Green, Sun, green
from ohmstead.core.control.modes.phases import Phased, PhaseSun, phased, room_on_one, setting_of, spared
from ohmstead.core.control.modes.programmed import Choice, choose
from ohmstead.core.control.modes.surplus import follow, mean_w
from ohmstead.core.control.view import ChargerView, Sunlit
from ohmstead.core.model.changing import changed, quick
from ohmstead.core.model.grants import DeparturePlan, Timer
from ohmstead.core.model.quantities import MINIMUM_CURRENT_A, Phase
from ohmstead.core.model.snapshot import Snapshot
from ohmstead.core.model.time import Instant

ADJUST_S = 10.0
"""A share of the surplus is raised at most so often, and lowered at once (G-014)."""

_HIGHEST = 1.1
"""The highest voltage of a supply by its nominal one."""


@quick
@dataclass(frozen=True, slots=True)
class Steered:
    """``surplus_w`` is what the chargers in Green may share; 0 where there are none."""

    views: list[ChargerView]
    choices: Mapping[str, Choice]
    memory: ModesMemory
    surplus_w: float = 0.0
    timers: Mapping[str, tuple[Timer, ...]] = field(default_factory=dict)
    plans: Mapping[str, DeparturePlan | None] = field(default_factory=dict)
    phases: Mapping[str, Phased] = field(default_factory=dict)
    """Of the chargers that can switch them."""


def steer(
    views: Sequence[ChargerView],
    grid: GridView,
    snapshot: Snapshot,
    settings: ControlSettings,
    memory: ModesMemory,
    now: Instant,
) -> Steered:
    """One look at all chargers, in the order in which they go before each other."""
    plans: dict[str, DeparturePlan | None] = {}
    choices: dict[str, Choice] = {}
    remembered: dict[str, GreenMemory] = {}
    chosen: list[ChargerView] = []
    for view in views:
        name = view.name
        plans[name] = planned = _plan(view, snapshot, settings, now)
        choices[name] = choice = _chosen(name, planned, settings, now)
        before = memory.chargers.get(name) or GreenMemory()
        remembered[name] = _of_now(before, choice, view.held_a > 0, now.monotonic_s)
        chosen.append(_with_choice(view, choice))
    greens = [view for view in chosen if choices[view.name].mode == "green"]
    surplus = follow(memory.surplus, greens, grid, snapshot, settings)
    others = [view for view in chosen if choices[view.name].mode != "green" and view.switching is not None]
    phases = {view.name: _phased(view, memory, settings, now.monotonic_s) for view in others}
    if not greens:
        kept = ModesMemory(surplus, remembered, {name: one.memory for name, one in phases.items()})
        return Steered(chosen, choices, kept, plans=plans, phases=phases)
    mean = mean_w(surplus, now)
    unknown = "" if mean is not None else "grid" if grid.state in ("lost", "unused") else "battery"
    steered: dict[str, ChargerView] = {}
    timers: dict[str, tuple[Timer, ...]] = {}
    claimed_w = least_w = 0.0
    for view in greens:
        left_w = None if mean is None else mean - claimed_w
        if view.switching is not None:
            sun = _sun_of(view, left_w, views, grid, surplus, settings)
            phases[view.name] = _phased(view, memory, settings, now.monotonic_s, sun)
        told = phases.get(view.name)
        volts = _volts(view.phases if told is None else told.phases, surplus.voltages_v, settings)
        minimum_w = minimum_power_w(volts) or 0.0
        threshold_w = settings.options_of(view.name).green.share * minimum_w
        said = green(view, remembered[view.name], Sun(left_w, minimum_w, threshold_w, unknown), now.monotonic_s)
        remembered[view.name] = said.memory
        timers[view.name] = said.timers
        if told is not None:
            limit, timers[view.name] = spared(said.limit, said.timers, told)
            said = replace(said, limit=limit)
        steered[view.name] = _lit(view, said, Sunlit(sum(volts), left_w or 0.0, minimum_w))
        if said.memory.on and not view.complete:
            claimed_w += threshold_w
            least_w += minimum_w if said.limit is None else MINIMUM_CURRENT_A * sum(volts)
    surplus = _shared(surplus, [n for n, m in remembered.items() if m.on], max(least_w, mean or 0.0), least_w, now)
    views_now = [steered.get(view.name, view) for view in chosen]
    kept = ModesMemory(surplus, remembered, {name: one.memory for name, one in phases.items()})
    return Steered(views_now, choices, kept, surplus.shared_w, timers, plans, phases)


_DARK = PhaseSun(None, 1.0, {}, 0.0)


def _phased(
    view: ChargerView, memory: ModesMemory, settings: ControlSettings, now_s: float, sun: PhaseSun | None = None
) -> Phased:
    """How many phases it is to have; with ``sun`` in Green."""
    before, setting = memory.phases.get(view.name, PhaseMemory()), setting_of(view.name, settings)
    return phased(view, before, setting, sun is not None, sun or _DARK, now_s)


def _sun_of(
    view: ChargerView,
    left_w: float | None,
    views: Sequence[ChargerView],
    grid: GridView,
    surplus: SurplusMemory,
    settings: ControlSettings,
) -> PhaseSun:
    phases = view.settings.phases
    volts = dict(zip(phases, _volts(phases, surplus.voltages_v, settings), strict=True))
    share = settings.options_of(view.name).green.share
    return PhaseSun(left_w, share, volts, room_on_one(view, views, grid, settings))


def _plan(view: ChargerView, snapshot: Snapshot, settings: ControlSettings, now: Instant) -> DeparturePlan | None:
    """How the target of departure of this charger is to be met, where it has one and its energy is known."""
    departure, reading = settings.options_of(view.name).departure, snapshot.chargers.get(view.name)
    if departure is None or reading is None or reading.session is None or reading.session.energy_j is None:
        return None
    power_w = view.asked_a * sum(_volts(view.phases, {}, settings)) / _HIGHEST
    return plan(departure, reading.session.energy_j, power_w, settings.foresight, now.utc) if power_w > 0 else None


def _chosen(name: str, planned: DeparturePlan | None, settings: ControlSettings, now: Instant) -> Choice:
    """The mode of the hour. A plan that charges goes before it; one that waits holds back Fast alone."""
    options = settings.options_of(name)
    choice = choose(options, settings, now.utc)
    if planned is None or options.departure is None or options.mode == "ocpp" or not settings.clock_known:
        return choice
    if planned.state == "charging":
        return Choice("fast", choice.program if choice.mode == "fast" else None)
    if options.mode != "fast":
        return choice
    return replace(choice, limit=limit(planned, options.departure.target, settings.settings.site.timezone, now.utc))


def _with_choice(view: ChargerView, choice: Choice) -> ChargerView:
    if choice.limit is None and choice.stop is None:
        return view
    limits = view.limits if choice.limit is None else (*view.limits, choice.limit)
    return changed(view, limits=limits, stop=view.stop or choice.stop)


def _of_now(memory: GreenMemory, choice: Choice, flowing: bool, now_s: float) -> GreenMemory:
    """``memory`` of the mode that holds now; a car that charges when Green begins is on until Green stops it."""
    since = (now_s if memory.flowing_since is None else memory.flowing_since) if flowing else None
    if choice.mode != memory.mode:
        memory = GreenMemory(choice.mode, on=choice.mode == "green" and flowing)
    return memory if since == memory.flowing_since else changed(memory, flowing_since=since)


def _volts(phases: Sequence[Phase], measured: Mapping[Phase, float], settings: ControlSettings) -> list[float]:
    """The voltage of each phase, or the highest it may have: then more power is needed, and fewer amperes are given."""
    highest = HIGHEST_V[settings.settings.site.grid_type]
    return [measured.get(phase, highest) for phase in phases]


def _lit(view: ChargerView, said: Green, sunlit: Sunlit) -> ChargerView:
    limits = view.limits if said.limit is None else (*view.limits, said.limit)
    return changed(view, limits=limits, sun=sunlit)


def _shared(memory: SurplusMemory, on: list[str], wanted_w: float, least_w: float, now: Instant) -> SurplusMemory:
    sharers = tuple(sorted(on))
    rested = memory.raised_at is None or now.monotonic_s - memory.raised_at >= ADJUST_S
    if sharers != memory.sharers or (wanted_w > memory.shared_w and rested):
        return changed(memory, sharers=sharers, shared_w=wanted_w, raised_at=now.monotonic_s)
    shared_w = max(least_w, min(memory.shared_w, wanted_w))
    return memory if shared_w == memory.shared_w else changed(memory, shared_w=shared_w)
