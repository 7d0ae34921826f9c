"""What the steps of the charger tell about the grid meter (G-022).

In come the looks around each step; out go Findings, or None while they do not tell enough. Each step gives one vote per
phase on which the charger stepped, by ``ratio``, what the meter showed of the step once all that is explained is taken
off (``looks``):

==================  ==========================================================================
ratio on a phase    what it means
==================  ==========================================================================
0.85 to 1.15        the meter is on this conductor, the right way round
-1.15 to -0.85      it is on this conductor, turned round
-0.15 to 0.15       it is elsewhere; where a value of the same size moved, that is the place;
                    where nothing moved and the phase shows nothing at all, it is not plugged in
-0.65 to -0.35      its voltage and its clamp are on different conductors, if two phases say so
anything else       nothing
==================  ==========================================================================

A step also tells nothing on a phase that did not rest, or that moved and came back, as where a battery makes good what
the car takes; and nothing at all when a measured circuit moved of which nobody knows where it shows. Two votes that
agree confirm, three refute, more where appliances that nobody measures switch often; at least two thirds of the votes
that say something agree, and half of all.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from statistics import median
from typing import Literal
from zoneinfo import ZoneInfo

from ohmstead.core.commissioning.looks import Look, Placement, elsewhere, jumps, middle, placed, residual
from ohmstead.core.model.quantities import PHASES, Role
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.settings import Settings
from ohmstead.core.model.snapshot import Snapshot
from ohmstead.core.model.verification import Findings, MeasuredStep

TOLERANCE = 0.15
LEAST_STEP_W = 300.0
"""A smaller change of the charger on a phase is not judged."""
RESTLESS_W = 150.0
"""What is left of the meter's looks at a level lies no further apart, but for one stray look at either end."""
NOTHING_W = 20.0
"""A conductor that shows less carries nothing."""
EXPORT_W = 50.0
SUM = "sum"
CONFIRM, REFUTE = 2, 3
RECENT = 300
"""So many looks tell where a measured circuit shows, and how often something else switches."""
_INSIDE = (0.7, 1.3)
"""A circuit that moves by such a share of the charger's step has the charger in it."""
_BOUNCE = 0.5
_SHIFTED = -0.5
"""cos 120°: what a meter shows of a current when it takes the voltage of another conductor."""

_NIGHT_BEGINS, _NIGHT_ENDS = 23, 4
"""Local hours without sun, south of the polar circle."""

Vote = Literal["right", "reversed", "still", "shifted", "missing", "unclear"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """All looks so far, and for each level that was measured where in them it begins and ends."""

    looks: Sequence[Look]
    levels: Sequence[tuple[int, int]]
    slow: bool = False
    """The looks are many seconds apart."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the charger: by how much it and each conductor moved, and what that tells."""

    measured: MeasuredStep
    votes: Mapping[str, Vote]


def steps(evidence: Evidence) -> list[Step]:
    """Every step between two levels."""
    changes = _changes(evidence)
    return _steps(changes, _placement(evidence, changes))


def judge(evidence: Evidence, *, last: bool = False) -> tuple[Findings | None, list[Step]]:
    """What the steps tell together, and the steps.

    As the ``last`` word, faults that are sure are told although other phases are not; and a single step is enough when
    it is clear and shows the meter right.
    """
    changes = _changes(evidence)
    placement = _placement(evidence, changes)
    seen = _steps(changes, placement)
    return _together(seen, evidence, placement, last), seen


def _together(seen: Sequence[Step], evidence: Evidence, placement: Placement, last: bool) -> Findings | None:
    if not seen:
        return None
    phases = list(dict.fromkeys(phase for step in seen for phase in step.votes))
    often = jumps(evidence.looks[-RECENT:], placement, evidence.slow)
    single = last and len(seen) == 1 and not any(often.values())
    told: dict[str, Vote] = {}
    for phase in phases:
        vote = seen[0].votes[phase] if single else _agreed(phase, seen, often.get(phase, 0.0))
        if vote is not None and not (single and vote != "right"):
            told[phase] = vote
    if list(told.values()).count("shifted") == 1:
        told = {phase: vote for phase, vote in told.items() if vote != "shifted"}
    faults = {phase: vote for phase, vote in told.items() if vote != "right"}
    if not phases or (len(told) < len(phases) and not (last and faults)):
        return None
    return _found(told, seen, evidence, placement)


def at_night(looks: Sequence[Look], snapshot: Snapshot, settings: Settings) -> Findings | None:
    """Export that nothing in the house can make: at night, without battery, and no production measured."""
    if not _is_night(snapshot.at.utc, settings.site.timezone):
        return None
    for channel in snapshot.channels.values():
        source = channel.role in (Role.PRODUCTION, Role.BATTERY)
        if source and (channel.power_w is None or abs(channel.power_w) > NOTHING_W):
            return None
    exports = {
        phase: -median(look.grid_w[phase] for look in looks)
        for phase in looks[0].grid_w
        if all(look.grid_w.get(phase, 0.0) < -EXPORT_W for look in looks)
    }
    if not exports:
        return None
    params = {"phases": listed(exports), "export_w": sum(exports.values())}
    return Findings("reversed", Reason("verification.reversed_night", params), tuple(exports))


def listed(phases: Iterable[str]) -> str:
    """``L1, L2``; where there is only a sum, all phases."""
    return ", ".join("L1 + L2 + L3" if phase == SUM else phase for phase in phases)


@dataclass(frozen=True, slots=True)
class _Change:
    """One step of the charger: the looks before, between and after, and by how much all but the meter moved."""

    before: Sequence[Look]
    between: Sequence[Look]
    after: Sequence[Look]
    charger_w: Mapping[str, float]
    others_w: Mapping[str, float]


def _changes(evidence: Evidence) -> list[_Change]:
    looks, found = evidence.looks, []
    for (a, b), (c, d) in pairwise(evidence.levels):
        before, after = looks[a:b], looks[c:d]
        charger = _moved([look.charger_w for look in before], [look.charger_w for look in after])
        others = _moved([look.others_w for look in before], [look.others_w for look in after])
        found.append(_Change(before, looks[b:c], after, charger, others))
    return found


def _placement(evidence: Evidence, changes: Sequence[_Change]) -> Placement:
    return placed(evidence.looks[-RECENT:], _with_charger(changes), evidence.slow)


def _with_charger(changes: Sequence[_Change]) -> frozenset[str]:
    """The columns that have the charger in them: they move with most of its steps, as much as one of its phases."""
    counted: Counter[str] = Counter()
    for change in changes:
        steps = [watts for watts in change.charger_w.values() if abs(watts) >= LEAST_STEP_W]
        for name, watts in change.others_w.items():
            if abs(watts) >= _INSIDE[0] * LEAST_STEP_W:
                counted[name] += any(_INSIDE[0] <= watts / step <= _INSIDE[1] for step in steps)
    return frozenset(name for name, times in counted.items() if times >= 2 and 2 * times > len(changes))


def _steps(changes: Sequence[_Change], placement: Placement) -> list[Step]:
    known = _with_charger(changes) | {name for here in placement.values() for name, _ in here}
    return [_step(change, placement, known) for change in changes]


def _step(change: _Change, placement: Placement, known: frozenset[str]) -> Step:
    before, after = ([residual(look, placement) for look in looks] for looks in (change.before, change.after))
    grid = _moved(before, after)
    charger = change.charger_w
    gives = {phase for look in (*change.before, *change.after) for phase in look.grid_w}
    if SUM in gives:
        charger = {SUM: sum(charger.values())}
    stepped = {phase: watts for phase, watts in charger.items() if abs(watts) >= LEAST_STEP_W}
    least = min((abs(watts) for watts in stepped.values()), default=0.0)
    stray = any(abs(watts) > TOLERANCE * least for name, watts in change.others_w.items() if name not in known)
    votes: dict[str, Vote] = {}
    for phase, watts in stepped.items():
        if phase not in gives:
            votes[phase] = "missing"
        elif stray or phase not in grid or _restless(before, phase) or _restless(after, phase):
            votes[phase] = "unclear"
        else:
            votes[phase] = _vote(watts, grid[phase])
            if votes[phase] == "still":
                between = [residual(look, placement) for look in change.between]
                if _bounced(phase, watts, before, between, after):
                    votes[phase] = "unclear"
    return Step(MeasuredStep(charger, grid), votes)


def _moved(before: Sequence[Mapping[str, float]], after: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """By how much the medians differ, of what all looks have."""
    rows = (*before, *after)
    names = [name for name in before[0] if all(name in row for row in rows)]
    return {
        name: middle(sorted([row[name] for row in after])) - middle(sorted([row[name] for row in before]))
        for name in names
    }


def _restless(rows: Sequence[Mapping[str, float]], phase: str) -> bool:
    values = sorted(row[phase] for row in rows)
    inner = values[1:-1] if len(values) > 4 else values
    return inner[-1] - inner[0] > RESTLESS_W


def _bounced(
    phase: str,
    step_w: float,
    before: Sequence[Mapping[str, float]],
    between: Sequence[Mapping[str, float]],
    after: Sequence[Mapping[str, float]],
) -> bool:
    """Whether the meter moved on the way, in two looks in a row, and came back to where it was."""
    levels = [median(row[phase] for row in rows) for rows in (before, after)]
    away = [
        phase in row and min(abs(row[phase] - level) for level in levels) > _BOUNCE * abs(step_w) for row in between
    ]
    return any(one and other for one, other in pairwise(away))


def _vote(charger_w: float, grid_w: float) -> Vote:
    ratio = grid_w / charger_w
    if abs(ratio) <= TOLERANCE:
        return "still"
    if abs(ratio - _SHIFTED) <= TOLERANCE:
        return "shifted"
    if abs(abs(ratio) - 1) > TOLERANCE:
        return "unclear"
    return "right" if ratio > 0 else "reversed"


def _agreed(phase: str, seen: Sequence[Step], often: float) -> Vote | None:
    """What the votes on ``phase`` say together, if they do; ``often`` something unknown switches there a minute."""
    votes = Counter(step.votes[phase] for step in seen if phase in step.votes)
    unclear = votes.pop("unclear", 0)
    if not votes:
        return None
    vote, times = votes.most_common(1)[0]
    others = votes.total() - times
    needed = CONFIRM + round(often) if vote == "right" else REFUTE + round(2 * often)
    return vote if times >= needed and times >= 2 * others and times >= unclear else None


def _found(told: Mapping[str, Vote], seen: Sequence[Step], evidence: Evidence, placement: Placement) -> Findings:
    by_vote = {vote: [phase for phase in told if told[phase] == vote] for vote in told.values()}
    if missing := by_vote.get("missing"):
        return _unplugged(missing)
    if still := by_vote.get("still"):
        return _elsewhere(still, seen, evidence)
    if shifted := by_vote.get("shifted"):
        return Findings("wrong_phase", Reason("verification.shifted", {"phases": listed(shifted)}), tuple(shifted))
    if turned := by_vote.get("reversed"):
        return Findings("reversed", Reason("verification.reversed", {"phases": listed(turned)}), tuple(turned))
    return _right(by_vote["right"], evidence, placement)


def _right(right: Sequence[str], evidence: Evidence, placement: Placement) -> Findings:
    """Correct, as far as this car can tell; a circuit that shows on another conductor than its own tells more."""
    unseen = len(right) > 1 or right == [SUM]
    correct = Findings(
        "correct",
        Reason("verification.correct", {"phases": listed(right)}),
        tuple(right),
        hint=Reason("verification.phase_order_unseen") if unseen else None,
    )
    misplaced = elsewhere(evidence.looks[-RECENT:], placement, evidence.slow)
    if misplaced is None:
        return correct
    device, phase, shown = misplaced
    told = Reason("verification.circuit_elsewhere", {"device": device, "phase": phase, "moved_on": shown})
    return Findings("inconclusive", told, (phase,), (shown,)) if unseen else replace(correct, hint=told)


def _elsewhere(still: Sequence[str], seen: Sequence[Step], evidence: Evidence) -> Findings:
    """The conductors of ``still`` are not where the meter says; name those that moved in their place."""
    moved_on = tuple(one for one in PHASES if one not in still and _took_over(one, still, seen))
    if moved_on:
        params = {"phases": listed(still), "moved_on": listed(moved_on)}
        return Findings("wrong_phase", Reason("verification.wrong_phase", params), tuple(still), moved_on)
    dead = [one for one in still if all(abs(look.grid_w.get(one, 0.0)) < NOTHING_W for look in evidence.looks)]
    if dead:
        return _unplugged(dead)
    return Findings("wrong_phase", Reason("verification.wrong_nowhere", {"phases": listed(still)}), tuple(still))


def _took_over(phase: str, still: Sequence[str], seen: Sequence[Step]) -> bool:
    """Whether ``phase`` moved as a conductor of ``still`` should have, in most steps in which that one did not."""
    for one in still:
        told = [step.measured for step in seen if step.votes.get(one) == "still"]
        times = sum(
            phase in step.grid_w
            and _as_much(step.grid_w[phase] - step.charger_w.get(phase, 0.0), step.charger_w.get(one, 0.0))
            for step in told
        )
        if times >= 2 and 2 * times > len(told):
            return True
    return False


def _unplugged(phases: Sequence[str]) -> Findings:
    return Findings("unplugged", Reason("verification.unplugged_phase", {"phases": listed(phases)}), tuple(phases))


def _as_much(moved_w: float, expected_w: float) -> bool:
    return expected_w != 0 and _vote(expected_w, moved_w) in ("right", "reversed", "shifted")


def _is_night(at: datetime, timezone: str) -> bool:
    hour = at.astimezone(ZoneInfo(timezone)).hour
    return hour >= _NIGHT_BEGINS or hour < _NIGHT_ENDS
