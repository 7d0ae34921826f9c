"""Share what there is among chargers: the highest priority first, equally within one, or first come, first served.

In come demands in the order of plug-in, what each resource has, the rules, and whose turn it was; out go one share
each and whose turn it is. A site asks it for its own chargers, a master for its cluster (EV-147 to EV-152, G-055 to
G-058):

==================  ===============================================================================================
priorities          the highest takes what it asks for, the next what is left; less than 6 A is given to nobody
power sharing       all of one priority rise together (``filling``)
no power sharing    the first that was plugged in takes what it asks for, the next what is left
time division       whoever would get less than 6 A of an equal share takes turns with those it shares with: the first
                    in turn takes all it can, the next whatever is left, from 6 A on
==================  ===============================================================================================

Who has its 6 A in any case keeps them during the turns of others, and rises with what these leave. Where a turn would
not fit beside it, it takes turns too.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from ohmstead.core.control.filling import TINY, Demand, Level, fill, room, take
from ohmstead.core.control.turns import SLOT_S, Turns, brought_forward
from ohmstead.core.model.changing import quick
from ohmstead.core.model.quantities import MINIMUM_CURRENT_A

PRIORITIES = (0, 4)
LAST = -1
"""The priority of whoever gets only what nobody else asks for: a car that is full (G-054)."""


@quick
@dataclass(frozen=True, slots=True)
class Rules:
    """How is shared: equally or first come, first served; the length of a turn; who gives its turn away."""

    power_sharing: bool = True
    slot_s: float = SLOT_S
    passing: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Wait:
    """It is the turn of ``holder`` until ``until_s``; in its own turn this charger would have ``in_turn_a``."""

    holder: str
    until_s: float
    in_turn_a: float


@quick
@dataclass(frozen=True, slots=True)
class Share:
    """What it gets; ``bound_by`` names the resource that ended it, ``None`` when it got what it asked for.

    ``behind`` is the first of those who go before it on that resource; ``turn_until_s`` stands where it has what it has
    by time division, until the turn that it belongs to ends.
    """

    current_a: float
    bound_by: str | None = None
    behind: str | None = None
    turn_until_s: float | None = None
    wait: Wait | None = None


def allocate(
    demands: Sequence[Demand], capacity: Mapping[str, float], rules: Rules, turns: Turns, now_s: float
) -> tuple[dict[str, Share], Turns]:
    """One Share per demand, not rounded, and the turns; ``demands`` in the order of plug-in.

    A resource that is missing in ``capacity`` does not bind. Pure; ``now_s`` on the monotonic clock of ``turns``.
    """
    asking = [demand for demand in demands if demand.most_a >= MINIMUM_CURRENT_A - TINY]
    turns = brought_forward(turns, [demand.name for demand in asking], rules.slot_s, now_s, rules.passing)
    shares = {demand.name: Share(0.0) for demand in demands}
    if not asking:
        return shares, turns
    left = dict(capacity)
    ahead: dict[str, str] = {}
    for group in _classes(asking, rules):
        fitting = []
        for demand in group:
            free = room(demand, left)
            if free.current_a >= MINIMUM_CURRENT_A - TINY:
                fitting.append(demand)
            else:
                shares[demand.name] = Share(0.0, free.bound_by)
        levels = fill(fitting, left)
        short = {name for name, level in levels.items() if level.current_a < MINIMUM_CURRENT_A - TINY}
        if short:
            divided, turns = _Division(fitting, short, left, rules, turns, now_s).shares()
            shares |= divided
        else:
            shares |= {name: Share(level.current_a, level.bound_by) for name, level in levels.items()}
        for demand in group:
            share = shares[demand.name]
            if share.bound_by in ahead and share.wait is None:
                shares[demand.name] = replace(share, behind=ahead[share.bound_by])
        for demand in fitting:
            if shares[demand.name].current_a > 0:
                take(left, demand, shares[demand.name].current_a)
                for name in demand.weights:
                    ahead.setdefault(name, demand.name)
    return shares, turns


def left_over(
    demands: Sequence[Demand], shares: Mapping[str, Share], capacity: Mapping[str, float]
) -> dict[str, float]:
    """What remains of ``capacity`` when every demand takes its share."""
    left = dict(capacity)
    for demand in demands:
        take(left, demand, shares[demand.name].current_a)
    return left


def _classes(asking: Sequence[Demand], rules: Rules) -> Iterator[list[Demand]]:
    """Those who rise together, the first to be served first; whoever is last is served one by one."""
    if len(asking) == 1:
        yield [*asking]
        return
    for priority, group in groupby(sorted(asking, key=lambda one: -one.priority), key=lambda one: one.priority):
        if rules.power_sharing and priority != LAST:
            yield list(group)
        else:
            yield from ([one] for one in group)


class _Division:
    """Time division within one priority."""

    def __init__(
        self,
        fitting: Sequence[Demand],
        short: Collection[str],
        left: Mapping[str, float],
        rules: Rules,
        turns: Turns,
        now_s: float,
    ) -> None:
        """``short`` are those of ``fitting`` whose equal share of what is ``left`` is below 6 A."""
        self._left, self._rules, self._turns, self._now_s = left, rules, turns, now_s
        self._tight = _overbooked(fitting, left)
        taking = set(short)
        while True:
            self._kept = [demand for demand in fitting if demand.name not in taking]
            self._rest = dict(left)
            for demand in self._kept:
                take(self._rest, demand, MINIMUM_CURRENT_A)
            self._in_turn = [demand for demand in fitting if demand.name in taking]
            blocked = {
                tight
                for one in map(self._alone, self._in_turn)
                if one.current_a < MINIMUM_CURRENT_A - TINY and (tight := one.bound_by) is not None
            }
            also = {one.name for one in self._kept if any(one.weights.get(name, 0.0) > 0 for name in blocked)}
            if not also:
                break
            taking |= also

    def shares(self) -> tuple[dict[str, Share], Turns]:
        """The first in turn takes all it can; so do those who share nothing scarce with it; the others what is left."""
        place = {name: number for number, name in enumerate(self._turns.ring)}
        running = self._turns.since
        self._in_turn.sort(key=lambda one: (one.name not in running, place[one.name]))
        rest, heads, shares = dict(self._rest), list[Demand](), dict[str, Share]()
        since, serving = dict(running), list[tuple[Demand, float]]()
        for demand in self._in_turn:
            free = room(demand, rest)
            if free.current_a < MINIMUM_CURRENT_A - TINY:
                since.pop(demand.name, None)
                shares[demand.name] = self._waiting(demand, free, serving)
                continue
            share = _bounded(demand, free)
            take(rest, demand, share.current_a)
            head = self._conflicting(demand, heads)
            if head is None:
                heads.append(demand)
                until_s = since.setdefault(demand.name, self._now_s) + self._rules.slot_s
            else:
                since.pop(demand.name, None)
                until_s = since[head.name] + self._rules.slot_s
            serving.append((demand, until_s))
            shares[demand.name] = replace(share, turn_until_s=until_s)
        left = dict(self._left)
        for demand in self._in_turn:
            take(left, demand, shares[demand.name].current_a)
        shares |= {name: Share(one.current_a, one.bound_by) for name, one in fill(self._kept, left).items()}
        return shares, Turns(self._turns.ring, since)

    def _alone(self, demand: Demand) -> Level:
        return room(demand, self._rest)

    def _waiting(self, demand: Demand, free: Level, serving: Iterable[tuple[Demand, float]]) -> Share:
        """It waits for the first in turn that has taken of what it lacks."""
        lacking = free.bound_by or ""
        holder, until_s = next(one for one in serving if one[0].weights.get(lacking, 0.0) > 0)
        mine = _bounded(demand, self._alone(demand)).current_a
        return Share(0.0, free.bound_by, wait=Wait(holder.name, until_s, mine))

    def _conflicting(self, demand: Demand, heads: Iterable[Demand]) -> Demand | None:
        """The first of ``heads`` that shares with ``demand`` what is too little for all."""
        mine = [name for name, weight in demand.weights.items() if weight > 0 and name in self._tight]
        return next((head for head in heads if any(head.weights.get(name, 0.0) > 0 for name in mine)), None)


def _overbooked(demands: Iterable[Demand], left: Mapping[str, float]) -> frozenset[str]:
    """The resources that have not 6 A for each of ``demands``."""
    needed: defaultdict[str, float] = defaultdict(float)
    for demand in demands:
        for name, weight in demand.weights.items():
            needed[name] += MINIMUM_CURRENT_A * weight
    return frozenset(name for name, amount in needed.items() if name in left and amount > left[name] + TINY)


def _bounded(demand: Demand, free: Level) -> Share:
    if free.current_a >= demand.most_a:
        return Share(demand.most_a)
    return Share(free.current_a, free.bound_by)
