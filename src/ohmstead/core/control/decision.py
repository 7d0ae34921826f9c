"""``decide``: one frozen picture of the site in, one grant per charger out (G-018 to G-025).

The way of a decision: judge the grid meter, look at each charger, weigh the supply, share what is left, let each
charger's limits and waits bound its share, grant the minimum and name its limit.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, combinations
from operator import attrgetter

from ohmstead.core.control.circuits import CircuitView, look_at_circuits
from ohmstead.core.control.demand import DemandMemory, allowed_w, counted
from ohmstead.core.control.explaining import explain
from ohmstead.core.control.filling import Demand, room
from ohmstead.core.control.grid import GridView, look
from ohmstead.core.control.inputs import ControlSettings, settled
from ohmstead.core.control.limits import circuit, programs, supply
from ohmstead.core.control.memory import ChargerMemory, ControlMemory
from ohmstead.core.control.modes.phases import Phased
from ohmstead.core.control.modes.steering import steer
from ohmstead.core.control.network import Balance, balance, demand, for_chargers, reserved
from ohmstead.core.control.pace import Circumstances, after, bounds, waiting_anew
from ohmstead.core.control.queue import in_order_of_plug_in
from ohmstead.core.control.sharing import Rules, Share, allocate
from ohmstead.core.control.turns import Turns
from ohmstead.core.control.view import ChargerView, view
from ohmstead.core.model.changing import changed, quick
from ohmstead.core.model.grants import Allocation, Grant, Limit
from ohmstead.core.model.snapshot import Snapshot
from ohmstead.core.model.time import Instant

GRANT_S = 10.0
HOUSE_OVER_S = 60.0
REQUESTED = "requested"
"""Names the share of a car that is seen to want no more (G-061)."""


def decide(
    snapshot: Snapshot, settings: ControlSettings, memory: ControlMemory, now: Instant
) -> Allocation[ControlMemory]:
    """One grant per charger of ``settings``, valid for 10 s; call it once a second and when ``excess`` says so.

    ``now`` is the moment of the decision on the clock of ``snapshot.at``. The notices hold as long as they are
    returned. Never raises for what a snapshot may hold: missing, stale or absurd values lower a current or hold it.
    """
    grid = look(snapshot, settings, memory.grid, now)
    circuits = look_at_circuits(snapshot, settings, memory.circuits, now)
    queue = in_order_of_plug_in(snapshot, settings, memory)
    views = [
        view(name, settings, snapshot.chargers.get(name), _known(memory, name), now, name in memory.turns.since)
        for name in settings.settings.chargers
    ]
    place = {name: number for number, name in enumerate(queue)}
    views.sort(key=lambda one: (one.held_a <= 0, -one.priority, place.get(one.name, len(place))))
    steered = steer(views, grid, snapshot, settings, memory.modes, now)
    views = steered.views
    spent, demand_w = _demand(grid, settings, memory.demand, now)
    flows = balance(grid, views, settings, circuits, demand_w, steered.surplus_w)
    over_limit = _since(flows.exceeded, memory.over_limit, grid, circuits, now)
    house_exceeds = flows.house_exceeds
    house_over = _since(house_exceeds, memory.house_over, grid, circuits, now)
    granted = _grant(views, flows, grid, over_limit, settings, (place, memory.turns), now, steered.phases)
    grants, remembered = granted.grants, granted.memory
    lasting = {name: a for name, a in house_exceeds.items() if now.monotonic_s - house_over[name] > HOUSE_OVER_S}
    return Allocation(
        grants={name: grants[name] for name in settings.settings.chargers},
        memory=ControlMemory(
            grid=grid.memory,
            over_limit=over_limit,
            house_over=house_over,
            chargers=remembered,
            queue=queue,
            turns=granted.turns,
            circuits={name: one.memory for name, one in circuits.items()},
            demand=spent,
            modes=steered.memory,
        ),
        notices=(
            *supply.notices(grid, settings, lasting),
            *circuit.lost_notices((n for n, one in circuits.items() if one.memory.reported), settings.settings),
            *circuit.asleep_notices((n for n, one in remembered.items() if one.appetite.asleep(now.monotonic_s))),
            *programs.notices(settings),
        ),
        explanations={
            one.name: explain(one, steered, granted.asked[one.name], grants[one.name], remembered[one.name], now)
            for one in views
        },
    )


def _known(memory: ControlMemory, name: str) -> ChargerMemory:
    return memory.chargers.get(name) or ChargerMemory()


def _demand(
    grid: GridView, settings: ControlSettings, memory: DemandMemory, now: Instant
) -> tuple[DemandMemory, float | None]:
    """What the quarter of an hour has used, and the power that it still allows."""
    limit_w = settings.settings.site.demand_limit_w
    if limit_w is None:
        return DemandMemory(), None
    spent = counted(memory, grid.power_w if grid.state == "fresh" else None, limit_w, now, grid.between)
    return spent, allowed_w(spent, limit_w, now)


def _grant(
    views: list[ChargerView],
    flows: Balance,
    grid: GridView,
    over_limit: Mapping[str, float],
    settings: ControlSettings,
    before: tuple[Mapping[str, int], Turns],
    now: Instant,
    phases: Mapping[str, Phased],
) -> "_Granted":
    place, turns = before
    capacity = for_chargers(flows, views)
    wishes = {one.name: demand(one, flows) if one.stop is None else Demand(one.name, 0.0, {}) for one in views}
    shares, turns = _shares(views, wishes, flows.doubt, capacity, _rules(views, settings), (place, turns), now)
    keeps = {one.name: reserved(one, flows, min(one.held_a, one.most_a, shares[one.name].current_a)) for one in views}
    free = dict(capacity)
    for kept in keeps.values():
        _keep(free, kept, 1.0)
    lost = {one.name for one in views if one.recently_lost}
    limited = bool(flows.limit) or settings.limited or bool(settings.settings.circuits)
    names, expires = settings.premises.names, now.plus(GRANT_S)
    grants: dict[str, Grant] = {}
    remembered: dict[str, ChargerMemory] = {}
    asked: dict[str, tuple[Limit, ...]] = {}
    for one in views:
        wish = wishes[one.name]
        _keep(free, keeps[one.name], -1.0)
        if one.stop is None:
            around = Circumstances(
                grid,
                settings.settings,
                shares[one.name],
                _alone(wish, free),
                {n: now.monotonic_s - at for n, at in over_limit.items() if n in wish.weights},
                bool(lost - {one.name}),
                now.monotonic_s,
                limited,
                flows.feeding.get(one.settings.circuit, ()),
                names,
            )
            pacing, memory = bounds(one, around)
            asked[one.name] = (*one.limits, *pacing)
            limit = _least(asked[one.name])
        else:
            limit, memory = one.stop, waiting_anew(one.memory)
            asked[one.name] = (*one.limits, limit)
        current = settled(limit.current_a)
        _keep(free, reserved(one, flows, current), 1.0)
        grant = Grant(current, one.phases, limit.name, limit.reason, expires)
        grants[one.name] = _on_phases(grant, one, phases.get(one.name))
        remembered[one.name] = after(memory, current, limit, now.monotonic_s)
    return _Granted(grants, remembered, turns, asked)


def _on_phases(grant: Grant, view: ChargerView, told: Phased | None) -> Grant:
    """``grant`` with how many phases the charger is to have, and how many it was reckoned for."""
    if view.switching is None:
        return grant
    return changed(grant, switch_to=None if told is None else told.to, counted_on=view.switching.connected)


@quick
@dataclass(frozen=True, slots=True)
class _Granted:
    """Per charger its grant, its memory, and every limit that was asked; and whose turn it is."""

    grants: Mapping[str, Grant]
    memory: Mapping[str, ChargerMemory]
    turns: Turns
    asked: Mapping[str, tuple[Limit, ...]]


def _keep(free: dict[str, float], kept: Mapping[str, float], times: float) -> None:
    for name, amount in kept.items():
        free[name] -= times * amount


def _alone(wish: Demand, free: Mapping[str, float]) -> Share:
    level = room(wish, free)
    return Share(level.current_a, level.bound_by)


def _rules(views: Iterable[ChargerView], settings: ControlSettings) -> Rules:
    sharing = settings.settings.site.sharing
    passing = frozenset(one.name for one in views if one.memory.appetite.passes)
    return Rules(sharing.power_sharing, 60.0 * sharing.slot_min, passing)


def _shares(
    views: Sequence[ChargerView],
    wishes: Mapping[str, Demand],
    doubt: Mapping[str, float],
    capacity: Mapping[str, float],
    rules: Rules,
    before: tuple[Mapping[str, int], Turns],
    now: Instant,
) -> tuple[dict[str, Share], Turns]:
    """What each gets when all is shared anew, and whose turn it then is.

    What a car is seen to want bounds its share only where there is not enough for all (EV-147). Where the house may
    leave more than it is seen to, one charger would get more because another is held back by what is not known. So
    each gets the least of what it would get for all that may be.
    """
    place, turns = before
    in_order = sorted(views, key=lambda one: place.get(one.name, len(place)))
    asked = [wishes[one.name] for one in in_order]
    shares, after_all = allocate(asked, capacity, rules, turns, now.monotonic_s)
    seen = (one for one in in_order if one.memory.appetite.request_a is not None)
    most = {one.name: one.most_a for one in seen if one.asked_a < one.most_a}
    if most and any(share.bound_by is not None for share in shares.values()):
        asked = [changed(wishes[one.name], most_a=one.asked_a) for one in in_order]
        shares, after_all = allocate(asked, capacity, rules, turns, now.monotonic_s)
    least = shares
    for more in _subsets(doubt) if doubt else ():
        left = {name: amount + (doubt[name] if name in more else 0.0) for name, amount in capacity.items()}
        for name, one in allocate(asked, left, rules, turns, now.monotonic_s)[0].items() if more else ():
            if one.current_a < least[name].current_a:
                least[name] = one
    for name, most_a in most.items():
        share = least[name]
        if share.bound_by is None and share.current_a < most_a:
            least[name] = replace(share, bound_by=REQUESTED)
    return least, after_all


def _subsets(names: Collection[str]) -> Iterator[tuple[str, ...]]:
    return chain.from_iterable(combinations(names, size) for size in range(len(names) + 1))


def _least(limits: Iterable[Limit]) -> Limit:
    return min(limits, key=attrgetter("current_a"))


def _since(
    holding: Iterable[str],
    before: Mapping[str, float],
    grid: GridView,
    circuits: Mapping[str, CircuitView],
    now: Instant,
) -> dict[str, float]:
    """Since when each of ``holding`` holds; what cannot be seen for a moment goes on."""
    since = {name: before.get(name, now.monotonic_s) for name in holding}
    for name, at in before.items():
        circuit_name = circuit.of_circuit(name)
        seen = grid.state if circuit_name is None else circuits[circuit_name].state if circuit_name in circuits else ""
        if seen == "held":
            since[name] = at
    return since
