"""``decide``: one frozen picture of the site in, one grant per charger out (G-018 to G-025).

The way of a decision: judge the grid meter, look at each charger, weigh the supply, share what is left, let each
charger's limits and waits bound its share, grant the minimum and name its limit.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain, combinations

from ohmstead.core.control.explaining import explain
from ohmstead.core.control.grid import GridView, look
from ohmstead.core.control.inputs import ControlSettings, settled
from ohmstead.core.control.limits import programs, supply
from ohmstead.core.control.memory import ChargerMemory, ControlMemory
from ohmstead.core.control.modes.steering import steer
from ohmstead.core.control.network import Balance, balance, demand, for_chargers, reserved, with_surplus
from ohmstead.core.control.pace import Circumstances, after, bounds
from ohmstead.core.control.sharing import Share, left_over, room, share
from ohmstead.core.control.view import ChargerView, view
from ohmstead.core.model.grants import Allocation, Grant, Limit
from ohmstead.core.model.snapshot import Snapshot
from ohmstead.core.model.time import Instant

GRANT_S = 10.0
HOUSE_OVER_S = 60.0


def decide(
    snapshot: Snapshot, settings: ControlSettings, memory: ControlMemory, now: Instant
) -> Allocation[ControlMemory]:
    """One grant per charger of ``settings``, valid for 10 s; call it once a second and when ``excess`` says so.

    ``now`` is the moment of the decision on the clock of ``snapshot.at``. The notices hold as long as they are
    returned. Never raises for what a snapshot may hold: missing, stale or absurd values lower a current or hold it.
    """
    grid = look(snapshot, settings, memory.grid, now)
    views = [
        view(name, settings, snapshot.chargers.get(name), memory.chargers.get(name, ChargerMemory()), now)
        for name in settings.settings.chargers
    ]
    views.sort(key=lambda one: one.held_a <= 0)
    steered = steer(views, grid, snapshot, settings, memory.modes, now)
    views = steered.views
    flows = with_surplus(balance(grid, views, settings), steered.surplus_w)
    over_limit = _since(flows.exceeded, memory.over_limit, grid, now)
    house_over = _since(flows.house_exceeds, memory.house_over, grid, now)
    grants, remembered, limits = _grant(views, flows, grid, over_limit, settings, now)
    lasting = {name: a for name, a in flows.house_exceeds.items() if now.monotonic_s - house_over[name] > HOUSE_OVER_S}
    return Allocation(
        grants={name: grants[name] for name in settings.settings.chargers},
        memory=ControlMemory(grid.memory, over_limit, house_over, remembered, steered.memory),
        notices=(*supply.notices(grid, settings, lasting), *programs.notices(settings)),
        explanations={
            one.name: explain(one, steered, limits[one.name], grants[one.name], remembered[one.name], now)
            for one in views
        },
    )


def _grant(
    views: list[ChargerView],
    flows: Balance,
    grid: GridView,
    over_limit: Mapping[str, float],
    settings: ControlSettings,
    now: Instant,
) -> tuple[dict[str, Grant], dict[str, ChargerMemory], dict[str, tuple[Limit, ...]]]:
    """Per charger its grant, its memory, and every limit that was asked."""
    capacity = for_chargers(flows, views)
    shares = _shares(views, flows, capacity)
    keeps = {one.name: reserved(one, flows, min(one.held_a, one.most_a, shares[one.name].current_a)) for one in views}
    grants: dict[str, Grant] = {}
    remembered: dict[str, ChargerMemory] = {}
    asked: dict[str, tuple[Limit, ...]] = {}
    for one in views:
        wish = demand(one, flows)
        others = [kept for name, kept in keeps.items() if name != one.name]
        free = {name: left - sum(kept[name] for kept in others) for name, left in capacity.items()}
        around = Circumstances(
            grid=grid,
            site=settings.settings.site,
            share=shares[one.name],
            alone=room(wish, free),
            over_since_s={n: now.monotonic_s - at for n, at in over_limit.items() if n in wish.weights},
            hold=any(other.recently_lost for other in views if other is not one),
            now_s=now.monotonic_s,
        )
        pacing, memory = bounds(one, around)
        asked[one.name] = (*one.limits, *pacing)
        limit = _least(asked[one.name]) if one.stop is None else one.stop
        current = settled(limit.current_a)
        keeps[one.name] = reserved(one, flows, current)
        grants[one.name] = Grant(current, one.phases, limit.name, limit.reason, now.plus(GRANT_S))
        remembered[one.name] = after(memory, current, limit, now.monotonic_s)
    return grants, remembered, asked


def _shares(views: Sequence[ChargerView], flows: Balance, capacity: Mapping[str, float]) -> dict[str, Share]:
    """What each gets when all is shared anew; chargers whose car is full stand behind all others (G-054).

    Where the house may leave more than it is seen to, one charger would get more because another is held back by what
    is not known. So each gets the least of what it would get for all that may be.
    """
    active = [demand(one, flows) for one in views if not one.complete]
    full = [demand(one, flows) for one in views if one.complete]
    least: dict[str, Share] = {}
    for more in _subsets(flows.doubt):
        left = {name: amount + (flows.doubt[name] if name in more else 0.0) for name, amount in capacity.items()}
        shares = share(active, left)
        shares |= share(full, left_over(active, shares, left))
        for name, one in shares.items():
            if name not in least or one.current_a < least[name].current_a:
                least[name] = one
    return least


def _subsets(names: Collection[str]) -> Iterator[tuple[str, ...]]:
    return chain.from_iterable(combinations(names, size) for size in range(len(names) + 1))


def _least(limits: Iterable[Limit]) -> Limit:
    return min(limits, key=lambda limit: limit.current_a)


def _since(holding: Iterable[str], before: Mapping[str, float], grid: GridView, now: Instant) -> dict[str, float]:
    """Since when each of ``holding`` holds; what cannot be seen for a moment goes on."""
    if grid.state == "held":
        return dict(before)
    return {name: before.get(name, now.monotonic_s) for name in holding}
