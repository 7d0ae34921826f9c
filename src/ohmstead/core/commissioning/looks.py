"""Looks at charger and grid meter, and what of the meter's changes other measurements explain (G-022).

In come looks, one per reading of the meter; out goes, per conductor of the meter, what is left of it once the circuits,
sources and other chargers are taken off that are measured themselves. Where such a circuit shows on the meter is not
taken from the settings, which this test is to judge, but learned while the tested charger stands still: a column of
measurements is placed on the conductor, and with the sign, on which taking it off calms the meter. What is never seen
to move is placed nowhere.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
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
_LAG = 5
_SLOW_LAG = 1

Placement = Mapping[str, tuple[tuple[str, float], ...]]
"""By conductor of the meter: the columns that show there, with their sign."""


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
            name, sign = best
            for at, watts in moves[name]:
                left[at] -= sign * watts
            here.append(best)
        found[phase] = tuple(here)
    return found


def residual(look: Look, placement: Placement) -> dict[str, float]:
    """What the meter shows less what is explained; without a conductor on which a placed column has no value."""
    rest: dict[str, float] = {}
    for phase, watts in look.grid_w.items():
        here = placement.get(phase, ())
        if all(name in look.others_w for name, _ in here):
            rest[phase] = watts - sum(sign * look.others_w[name] for name, sign in here)
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
    moves = _moves(looks, _still_pairs(looks, slow), frozenset())
    devices = [name.rpartition(".")[0] for name in looks[-1].others_w]
    for shown, here in placement.items():
        for name, sign in here:
            device, _, phase = name.rpartition(".")
            large = sum(abs(watts) >= JUMP_W for _, watts in moves.get(name, ()))
            often = large >= (2 * _SLOW_LAG if slow else 2 * _LAG)
            if sign > 0 and shown in PHASES and phase not in (shown, "sum") and devices.count(device) == 1 and often:
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
    rows: dict[str, list[tuple[int, float]]] = {}
    for at, (i, j) in enumerate(pairs):
        before, after = looks[i].others_w, looks[j].others_w
        for name in before.keys() & after.keys() - not_these:
            watts = after[name] - before[name]
            if abs(watts) >= MOVES_W:
                rows.setdefault(name, []).append((at, watts))
    most = sorted(rows, key=lambda name: (-sum(abs(watts) for _, watts in rows[name]), name))
    return {name: rows[name] for name in most[:COLUMNS]}


def _calming(
    phase: str, left: Sequence[float], moves: Mapping[str, list[tuple[int, float]]], here: Sequence[tuple[str, float]]
) -> tuple[str, float] | None:
    """The column that calms ``left`` most when taken off, if any does so by half of what it moves itself."""
    best: tuple[float, str, float] | None = None
    for name, changes in moves.items():
        if any(name == other for other, _ in here):
            continue
        own = sum(abs(watts) for _, watts in changes)
        for sign in (1.0, -1.0):
            gain = sum(abs(left[at]) - abs(left[at] - sign * watts) for at, watts in changes)
            if gain < _CALMS * own:
                continue
            if sign > 0 and name.endswith(f".{phase}"):
                gain *= _OWN_BONUS
            if best is None or gain > best[0]:
                best = (gain, name, sign)
    return None if best is None else (best[1], best[2])


def _smooth(values: Sequence[float | None]) -> list[float | None]:
    """The running median of three, so that two meters read at different moments make no jump."""
    smooth: list[float | None] = []
    for at in range(len(values)):
        near = [value for value in values[max(0, at - 1) : at + 2] if value is not None]
        smooth.append(median(near) if near else None)
    return smooth
