"""What one step of the charger tells about the grid meter (G-022).

In come two levels, each the mean of several looks at charger and meter; out go Findings, or None when the step
tells nothing, because something else in the house moved too. ``ratio`` is what the meter showed of the step:

==================  ==========================================================================
ratio on a phase    what it means
==================  ==========================================================================
0.85 to 1.15        the meter is on this conductor, the right way round
-1.15 to -0.85      it is on this conductor, turned round
-0.15 to 0.15       it is elsewhere; where a value of the same size moved, that is the place;
                    where nothing moved and the phase shows nothing at all, it is not plugged in
anything else       nothing
==================  ==========================================================================
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from ohmstead.core.model.quantities import PHASES, Role
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.settings import Settings
from ohmstead.core.model.snapshot import Snapshot
from ohmstead.core.model.verification import Findings, MeasuredStep

TOLERANCE = 0.15
LEAST_STEP_W = 300.0
"""A smaller change of the charger on a phase is not judged."""
NOTHING_W = 20.0
"""A conductor that shows less carries nothing."""
EXPORT_W = 50.0
SUM = "sum"

_NIGHT_BEGINS, _NIGHT_ENDS = 23, 4
"""Local hours without sun, south of the polar circle."""

_Seen = Literal["right", "reversed", "still", "missing", "unclear"]


@dataclass(frozen=True, slots=True)
class Level:
    """The mean power of charger and grid by phase while the charger stood still."""

    charger_w: Mapping[str, float]
    grid_w: Mapping[str, float]


def mean(looks: Sequence[Level]) -> Level:
    """The mean of ``looks``, of which there is at least one; a phase counts that all of them have."""
    return Level(_mean([look.charger_w for look in looks]), _mean([look.grid_w for look in looks]))


def between(before: Level, after: Level) -> MeasuredStep:
    """What changed from one level to the other, summed up where the meter gives only a sum."""
    grid = {phase: after.grid_w[phase] - watts for phase, watts in before.grid_w.items() if phase in after.grid_w}
    charger = {phase: after.charger_w.get(phase, 0.0) - watts for phase, watts in before.charger_w.items()}
    if SUM in grid:
        charger = {SUM: sum(charger.values())}
    return MeasuredStep(charger, grid)


def judge(before: Level, after: Level) -> Findings | None:
    """What the step between two levels tells."""
    step = between(before, after)
    stepped = [phase for phase, watts in step.charger_w.items() if abs(watts) >= LEAST_STEP_W]
    seen = {phase: _seen(step.charger_w[phase], step.grid_w.get(phase)) for phase in stepped}
    if not seen or "unclear" in seen.values():
        return None
    missing = [phase for phase in stepped if seen[phase] == "missing"]
    if missing:
        return _found_unplugged(missing)
    if still := [phase for phase in stepped if seen[phase] == "still"]:
        return _elsewhere(still, step, before, after)
    if turned := [phase for phase in stepped if seen[phase] == "reversed"]:
        return Findings("reversed", Reason("verification.reversed", {"phases": listed(turned)}), tuple(turned))
    unseen = len(stepped) > 1 or stepped == [SUM]
    return Findings(
        "correct",
        Reason("verification.correct", {"phases": listed(stepped)}),
        tuple(stepped),
        hint=Reason("verification.phase_order_unseen") if unseen else None,
    )


def at_night(looks: Sequence[Level], snapshot: Snapshot, settings: Settings) -> Findings | None:
    """Export that nothing in the house can make: at night, without battery, and no production measured."""
    if not _is_night(snapshot.at.utc, settings.site.timezone):
        return None
    for channel in snapshot.channels.values():
        source = channel.role in (Role.PRODUCTION, Role.BATTERY)
        if source and (channel.power_w is None or abs(channel.power_w) > NOTHING_W):
            return None
    exports = {
        phase: -watts
        for phase, watts in mean(looks).grid_w.items()
        if all(look.grid_w.get(phase, 0.0) < -EXPORT_W for look in looks)
    }
    if not exports:
        return None
    params = {"phases": listed(exports), "export_w": sum(exports.values())}
    return Findings("reversed", Reason("verification.reversed_night", params), tuple(exports))


def listed(phases: Iterable[str]) -> str:
    """``L1, L2``; where there is only a sum, all phases."""
    return ", ".join("L1 + L2 + L3" if phase == SUM else phase for phase in phases)


def _seen(charger_w: float, grid_w: float | None) -> _Seen:
    if grid_w is None:
        return "missing"
    ratio = grid_w / charger_w
    if abs(ratio) <= TOLERANCE:
        return "still"
    if abs(abs(ratio) - 1) > TOLERANCE:
        return "unclear"
    return "right" if ratio > 0 else "reversed"


def _elsewhere(still: Sequence[str], step: MeasuredStep, before: Level, after: Level) -> Findings:
    """The conductors of ``still`` are not where the meter says; name those that moved in their place."""
    moved_on = tuple(
        phase
        for phase in PHASES
        if phase in step.grid_w
        and phase not in still
        and any(_as_much(step.grid_w[phase] - step.charger_w.get(phase, 0.0), step.charger_w[one]) for one in still)
    )
    if moved_on:
        params = {"phases": listed(still), "moved_on": listed(moved_on)}
        return Findings("wrong_phase", Reason("verification.wrong_phase", params), tuple(still), moved_on)
    dead = [one for one in still if max(abs(before.grid_w[one]), abs(after.grid_w[one])) < NOTHING_W]
    if dead:
        return _found_unplugged(dead)
    return Findings("wrong_phase", Reason("verification.wrong_nowhere", {"phases": listed(still)}), tuple(still))


def _found_unplugged(phases: Sequence[str]) -> Findings:
    return Findings("unplugged", Reason("verification.unplugged_phase", {"phases": listed(phases)}), tuple(phases))


def _as_much(moved_w: float, expected_w: float) -> bool:
    return abs(abs(moved_w) - abs(expected_w)) <= TOLERANCE * abs(expected_w)


def _mean(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    common = [phase for phase in rows[0] if all(phase in row for row in rows)]
    return {phase: sum(row[phase] for row in rows) / len(rows) for phase in common}


def _is_night(at: datetime, timezone: str) -> bool:
    hour = at.astimezone(ZoneInfo(timezone)).hour
    return hour >= _NIGHT_BEGINS or hour < _NIGHT_ENDS
