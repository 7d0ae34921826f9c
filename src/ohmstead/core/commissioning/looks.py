"""Looks at charger and grid meter, and what of the meter's changes other measurements explain (G-022).

In come looks, one per reading of the meter; out goes, per conductor of the meter, what is left of it once the circuits,
sources and other chargers are taken off that are measured themselves. Where such a circuit shows on the meter is not
taken from the settings, which this test is to judge, but learned while the tested charger stands still: a column of
measurements is placed on the conductor, and with the factor, with which taking it off calms the meter. That factor is 1
where all is right, -1 where a clamp is turned, and anything between where voltage and clamp are on two conductors. What
is never seen to move is placed nowhere.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from statistics import median

from ohmstead.core.model.quantities import PHASES

STILL_W = 60.0
STILL_SHARE = 0.05
"""A charger whose power moves by less stands still."""
MOVES_W = 25.0
"""A smaller change of a column between two looks is not counted."""
JUMP_W = 300.0
"""A change of this size that nothing explains is another appliance that switched."""
COLUMNS = 12
"""So many columns are tried, those that move most."""
_CALMS = 0.5
_OWN_BONUS = 1.05
_WHOLE = 0.8
_FACTORS = (0.2, 1.2)
"""A smaller part of a column is not looked for; a larger one has other reasons."""
_LAG = 5
_SLOW_LAG = 1

Placement = Mapping[str, tuple[tuple[str, float], ...]]
"""By conductor of the meter: the columns that show there, with their factor."""


@dataclass(frozen=True, slots=True)
class Look:
    """Power by phase at one reading of the meter, import and consumption positive.

    ``others_w`` holds what else is measured, as ``device.phase``, with the sign in which it adds to the grid.
    """

    charger_w: Mapping[str, float]
    grid_w: Mapping[str, float]
    others_w: Mapping[str, float] = field(default_factory=dict)


def moved(before: Mapping[str, float], now: Mapping[str, float]) -> bool:
    """Whether a charger that drew ``before`` did not stand still."""
    return before.keys() != now.keys() or any(
        abs(now[phase] - watts) > max(STILL_W, STILL_SHARE * abs(watts)) for phase, watts in before.items()
    )


def placed(looks: Sequence[Look], not_these: Iterable[str] = (), slow: bool = False) -> Placement:
    """Where each column shows on the meter; ``slow`` when looks are many seconds apart."""
    pairs = _still_pairs(looks, slow)
    moves = _moves(looks, pairs, frozenset(not_these))
    found: dict[str, tuple[tuple[str, float], ...]] = {}
    for phase in _phases(looks):
        left = [_change(looks[i].grid_w, looks[j].grid_w, phase) for i, j in pairs]
        here: list[tuple[str, float]] = []
        while (best := _calming(phase, left, moves, here)) is not None:
            name, factor = best
            for at, watts in moves[name]:
                left[at] -= factor * watts
            here.append(best)
        found[phase] = tuple(here)
    return found


def residual(look: Look, placement: Placement) -> dict[str, float]:
    """What the meter shows less what is explained; without a conductor on which a placed column has no value."""
    rest: dict[str, float] = {}
    for phase, watts in look.grid_w.items():
        here = placement.get(phase, ())
        if all(name in look.others_w for name, _ in here):
            rest[phase] = watts - sum(factor * look.others_w[name] for name, factor in here)
    return rest


def jumps(looks: Sequence[Look], placement: Placement, slow: bool = False) -> dict[str, float]:
    """How often per 60 looks something that nothing explains switched on each conductor."""
    pairs = _still_pairs(looks, slow)
    often: dict[str, float] = {}
    for phase in _phases(looks):
        smooth = _smooth([residual(look, placement).get(phase) for look in looks])
        episodes, last = 0, -_LAG - 2
        for i, j in pairs:
            one, other = smooth[i], smooth[j]
            if one is not None and other is not None and abs(other - one) >= JUMP_W:
                episodes += j - last > _LAG + 1
                last = j
        often[phase] = 60.0 * episodes / max(len(pairs), 60)
    return often


def elsewhere(looks: Sequence[Look], placement: Placement, slow: bool = False) -> tuple[str, str, str] | None:
    """A device of one phase that showed on another conductor at least twice: its name, its phase, that conductor."""
    columns = {name for here in placement.values() for name, _ in here}
    if not columns:
        return None
    moves = _moves(looks, _still_pairs(looks, slow), frozenset())
    devices = [name.rpartition(".")[0] for name in looks[-1].others_w]
    for shown, here in placement.items():
        for name, factor in here:
            device, _, phase = name.rpartition(".")
            large = sum(abs(watts) >= JUMP_W for _, watts in moves.get(name, ()))
            often = large >= (2 * _SLOW_LAG if slow else 2 * _LAG)
            if (
                factor > _WHOLE
                and shown in PHASES
                and phase not in (shown, "sum")
                and devices.count(device) == 1
                and often
            ):
                return device, phase, shown
    return None


def _phases(looks: Sequence[Look]) -> list[str]:
    return sorted({phase for look in looks for phase in look.grid_w})


def _still_pairs(looks: Sequence[Look], slow: bool) -> list[tuple[int, int]]:
    """Looks a few seconds apart between which the tested charger stood still."""
    lag = _SLOW_LAG if slow else _LAG
    return [(i, i + lag) for i in range(len(looks) - lag) if not moved(looks[i].charger_w, looks[i + lag].charger_w)]


def _change(before: Mapping[str, float], after: Mapping[str, float], key: str) -> float:
    return after[key] - before[key] if key in before and key in after else 0.0


def _moves(
    looks: Sequence[Look], pairs: Sequence[tuple[int, int]], not_these: frozenset[str]
) -> dict[str, list[tuple[int, float]]]:
    """The changes of the columns that move most: which pair, and by how much."""
    found: dict[str, list[tuple[int, float]]] = {}
    for name in _lively(looks, not_these):
        column = [look.others_w.get(name) for look in looks]
        rows = []
        for at, (i, j) in enumerate(pairs):
            before, after = column[i], column[j]
            if before is not None and after is not None and abs(after - before) >= MOVES_W:
                rows.append((at, after - before))
        if rows:
            found[name] = rows
    return found


def _lively(looks: Sequence[Look], not_these: frozenset[str]) -> list[str]:
    """The columns between whose looks lies most."""
    low: dict[str, float] = {}
    high: dict[str, float] = {}
    for look in looks[::2]:
        for name, watts in look.others_w.items():
            if watts < low.get(name, inf):
                low[name] = watts
            if watts > high.get(name, -inf):
                high[name] = watts
    spread = {name: high[name] - watts for name, watts in low.items() if name not in not_these}
    moving = (name for name, watts in spread.items() if watts >= MOVES_W)
    return sorted(moving, key=lambda name: (-spread[name], name))[:COLUMNS]


def _calming(
    phase: str, left: Sequence[float], moves: Mapping[str, list[tuple[int, float]]], here: Sequence[tuple[str, float]]
) -> tuple[str, float] | None:
    """The column that calms ``left`` most when taken off, if any does so by half of what is taken off."""
    best: tuple[float, str, float] | None = None
    for name, changes in moves.items():
        if any(name == other for other, _ in here):
            continue
        own = sum(abs(watts) for _, watts in changes)
        for factor in {1.0, -1.0, _share(left, changes)}:
            gain = sum(abs(left[at]) - abs(left[at] - factor * watts) for at, watts in changes)
            if not factor or gain < _CALMS * abs(factor) * own:
                continue
            if factor > 0 and name.endswith(f".{phase}"):
                gain *= _OWN_BONUS
            if abs(factor) == 1.0:
                gain *= _OWN_BONUS
            if best is None or gain > best[0]:
                best = (gain, name, factor)
    return None if best is None else (best[1], best[2])


def _share(left: Sequence[float], changes: Sequence[tuple[int, float]]) -> float:
    """Which part of a column's changes ``left`` shows: the median, each change counted by its size; 0 for none."""
    rows = sorted((left[at] / watts, abs(watts)) for at, watts in changes)
    half = sum(weight for _, weight in rows) / 2
    for ratio, weight in rows:
        half -= weight
        if half <= 0:
            return ratio if _FACTORS[0] <= abs(ratio) <= _FACTORS[1] else 0.0
    return 0.0


def _smooth(values: Sequence[float | None]) -> list[float | None]:
    """The running median of three, so that two meters read at different moments make no jump."""
    smooth: list[float | None] = []
    for at in range(len(values)):
        near = [value for value in values[max(0, at - 1) : at + 2] if value is not None]
        smooth.append(median(near) if near else None)
    return smooth
