"""When to charge so that a target of departure is met in the best hours: prices and sun in, stretches of time out.

====================  ==============================================================================================
what is known         what is done
====================  ==============================================================================================
prices that differ    the cheapest quarters of an hour until the departure, of equal ones the earliest
the sun of late       a quarter costs what the grid has to add in it
neither               at once: nothing says that another hour would be better
too little time       at once, and after the time too, until the target is met
====================  ==============================================================================================

Planned anew at each decision from what is still to be given, with a tenth more time than that takes, so that a car that
was held back by a limit gets more hours. Without memory: a quarter that was chosen stays chosen while it is used.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from ohmstead.core.model.charges import Price
from ohmstead.core.model.departure import Departure, DepartureTarget, Foresight
from ohmstead.core.model.grants import DeparturePlan, Limit, Stretch
from ohmstead.core.model.quantities import JOULES_PER_KWH
from ohmstead.core.model.reasons import Param, Reason

RESERVE = 1.1
QUARTER = timedelta(minutes=15)
FARTHEST = timedelta(hours=48)
"""A departure may not be farther away."""

_BASES: Mapping[tuple[bool, bool], Literal["prices", "sun", "both", "nothing"]] = {
    (True, True): "both",
    (True, False): "prices",
    (False, True): "sun",
    (False, False): "nothing",
}
"""By whether prices differ, and whether there is sun."""


@dataclass(frozen=True, slots=True)
class _Slot:
    start: datetime
    end: datetime
    grid: float
    """Price of a kWh, before the first one that one; 1 where none is known."""
    value: float
    """What a kWh is thought to cost in it, with its sun."""


def plan(departure: Departure, energy_j: int, power_w: float, foresight: Foresight, now: datetime) -> DeparturePlan:
    """The plan for a session that has ``energy_j`` and charges with ``power_w`` when it may."""
    left_j, by = departure.left_j(energy_j), departure.target.by
    if left_j <= 0:
        return DeparturePlan("met", "nothing", 0.0)
    needed_s = RESERVE * left_j / power_w
    if now + timedelta(seconds=needed_s) >= by:
        ends = now + timedelta(seconds=left_j / power_w)
        return DeparturePlan("charging", "nothing", left_j, (Stretch(now, ends),), late=ends > by)
    prices = foresight.tariff.prices
    slots = tuple(_slots(prices, foresight.surplus_w, power_w, now, by))
    known = len({slot.grid for slot in slots}) > 1, foresight.surplus_w is not None and max(foresight.surplus_w) > 0
    basis = _BASES[known]
    chosen = _cheapest(slots, needed_s)
    priced = bool(prices) and prices[0].valid_from <= now
    cost = sum(_cost(slot, power_w) for slot in chosen) if priced else None
    return DeparturePlan(
        "charging" if slots[0] in chosen else "waiting",
        basis,
        left_j,
        _joined(chosen),
        cost=None if cost is None else cost / RESERVE,
    )


def limit(plan: DeparturePlan, target: DepartureTarget, zone: str, now: datetime) -> Limit | None:
    """What Fast may give by ``plan``; ``None`` while it charges."""
    if plan.state == "charging":
        return None
    if plan.state == "met":
        params: dict[str, Param] = {"wanted_kwh": target.wanted_kwh}
        return Limit("departure", 0.0, Reason("limit.departure.met", params))
    params = {
        "from": _wall(plan.stretches[0].start, zone, now),
        "left_kwh": plan.left_j / JOULES_PER_KWH,
        "by": _wall(target.by, zone, now),
    }
    return Limit("departure", 0.0, Reason(f"limit.departure.{plan.basis}", params))


def _slots(
    prices: Sequence[Price], surplus_w: Sequence[float] | None, power_w: float, now: datetime, by: datetime
) -> Iterable[_Slot]:
    start = now
    while start < by:
        cut = start.replace(minute=start.minute - start.minute % 15, second=0, microsecond=0)
        end = min(by, cut + QUARTER)
        index = bisect_right(prices, start, key=lambda one: one.valid_from)
        price = prices[max(0, index - 1)] if prices else None
        grid = 1.0 if price is None else float(price.per_kwh)
        green = 0.0 if price is None or price.green_per_kwh is None else float(price.green_per_kwh)
        sun = 0.0 if surplus_w is None else min(1.0, surplus_w[start.hour] / power_w)
        yield _Slot(start, end, grid, round(grid * (1 - sun) + green * sun, 6))
        start = end


def _cheapest(slots: Sequence[_Slot], needed_s: float) -> tuple[_Slot, ...]:
    chosen = []
    for slot in sorted(slots, key=lambda one: (one.value, one.start)):
        if needed_s <= 0:
            break
        chosen.append(slot)
        needed_s -= (slot.end - slot.start).total_seconds()
    return tuple(sorted(chosen, key=lambda one: one.start))


def _joined(chosen: Iterable[_Slot]) -> tuple[Stretch, ...]:
    stretches: list[Stretch] = []
    for slot in chosen:
        if stretches and stretches[-1].end == slot.start:
            stretches[-1] = Stretch(stretches[-1].start, slot.end)
        else:
            stretches.append(Stretch(slot.start, slot.end))
    return tuple(stretches)


def _cost(slot: _Slot, power_w: float) -> float:
    return slot.value * power_w * (slot.end - slot.start).total_seconds() / JOULES_PER_KWH


def _wall(at: datetime, zone: str, now: datetime) -> str:
    """On the clock of the wall, with the day where it is not within the next 24 hours."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{local:%H:%M}" if at - now < timedelta(hours=24) else f"{local:%d/%m %H:%M}"
