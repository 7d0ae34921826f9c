"""The validation of an installation by multimeter, a reading at a time (EM-230 to EM-236, G-098).

Step 1: each conductor at the grid's transformers against the terminals of the Power Box until one gives 0 V; when all
are found, the wires to swap so that phase 1 of the system is phase 1 of the grid. Step 2: each wire of each load
against the grid measurement of its phase. Step 3: the same for production and batteries. In come the document, what is
to be validated, and a reading; out come the document, and how far it is.

    reading            means
    up to 5 V          the same conductor
    80 % of the line   another phase
    in between         a loose contact or a ghost voltage: measure again
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite

from ohmstead.core.model.quantities import GridType, Phase
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.validation import (
    Completion,
    Point,
    PointState,
    Progress,
    Stage,
    Step,
    Target,
    Validation,
    Verdict,
    VoltageReading,
)

SAME_V = 5.0
DIFFERENT_SHARE = 0.8
MOST_SHARE = 1.2
"""More than this no two conductors of a grid have between them."""
MOST_READINGS = 1_000
LINE_V: Mapping[GridType, float] = {
    "1x230": 230.0,
    "3x400+N": 400.0,
    "3x230": 230.0,
    "2x120/240": 240.0,
    "3x120/208": 208.0,
    "3x277/480": 480.0,
    "3x347/600": 600.0,
}
"""Between two phases; where there is only one, between it and neutral."""


def judged(voltage_v: float, line_v: float) -> Verdict:
    """What a reading means."""
    if voltage_v <= SAME_V:
        return "same"
    return "different" if voltage_v >= DIFFERENT_SHARE * line_v else "repeat"


def progress(validation: Validation, targets: Sequence[Target], phases: Sequence[Phase]) -> Progress:
    """How far ``validation`` is; ``phases`` are the live conductors of the supply."""
    points = tuple(_point(validation, target, phase, phases) for target in targets for phase in target.phases)
    grid = [point for point in points if point.step == "grid"]
    found = {point.found: point.phase for point in grid if point.found is not None}
    if len(found) < len(grid) or not grid:
        searching = next((point for point in grid if point.found is None), None)
        return Progress("grid", points, searching and _unclaimed(searching, validation, found, phases))
    moves = swaps(found)
    if moves:
        return Progress("swap", points, None, moves)
    for step in ("loads", "sources"):
        waiting = next((one for one in points if one.step == step and one.state in ("open", "repeat")), None)
        if waiting is not None:
            return Progress(_STAGES[step], points, waiting)
    return Progress("done" if all(point.state == "correct" for point in points) else "mend", points)


_STAGES: Mapping[Step, Stage] = {"grid": "grid", "loads": "loads", "sources": "sources"}


def swaps(carried: Mapping[Phase, Phase]) -> tuple[tuple[Phase, Phase], ...]:
    """Which two wires change places, one pair after the other; ``carried`` is the grid phase on each terminal."""
    wires = dict(carried)
    found = []
    for terminal in sorted(wires):
        if wires[terminal] == terminal:
            continue
        other = next((place for place, phase in wires.items() if phase == terminal), None)
        if other is not None:
            wires[terminal], wires[other] = wires[other], wires[terminal]
            found.append((terminal, other))
    return tuple(found)


def doubt(
    validation: Validation,
    targets: Sequence[Target],
    phases: Sequence[Phase],
    line_v: float,
    reading: VoltageReading,
) -> Reason | None:
    """Why ``reading`` cannot be taken, in words; its verdict does not matter."""
    if not isfinite(reading.voltage_v) or not 0 <= reading.voltage_v <= MOST_SHARE * line_v:
        return Reason("validation.voltage", {"came_v": reading.voltage_v, "most_v": MOST_SHARE * line_v})
    target = next((one for one in targets if one.device == reading.target), None)
    if target is None or reading.phase not in target.phases:
        known = ", ".join(f"{one.device} {phase}" for one in targets for phase in one.phases)
        return Reason("validation.unknown_wire", {"came": f"{reading.target} {reading.phase}", "known": known})
    if reading.against not in phases:
        return Reason("validation.unknown_phase", {"came": reading.against, "known": ", ".join(phases)})
    if sum(one.counts for one in validation.readings) >= MOST_READINGS:
        return Reason("validation.too_many", {"most": MOST_READINGS})
    seen = progress(validation, targets, phases)
    if target.step != "grid":
        first = {"grid": Reason("validation.grid_first"), "swap": Reason("validation.swap_first")}
        return first.get(seen.stage)
    taken = [point for point in seen.points if point.step == "grid" and point.found == reading.against]
    if judged(reading.voltage_v, line_v) == "same" and taken and taken[0].phase != reading.phase:
        return Reason("validation.taken", {"terminal": reading.against, "phase": taken[0].phase})
    return None


def measured(
    validation: Validation,
    targets: Sequence[Target],
    phases: Sequence[Phase],
    line_v: float,
    reading: VoltageReading,
) -> Validation:
    """With ``reading``, of which there is no :func:`doubt`, judged; complete when it was the last one missing."""
    reading = replace(reading, verdict=judged(reading.voltage_v, line_v))
    kept = _within((*validation.readings, reading))
    after = replace(validation, readings=kept, outdated=False)
    done = progress(after, targets, phases).stage == "done"
    completion = (validation.completion or Completion(reading.at, reading.author)) if done else None
    return replace(after, completion=completion)


def again(validation: Validation, devices: frozenset[str]) -> Validation:
    """The wires of ``devices`` are to be measured again; what was read of them stays in the report."""
    readings = tuple(replace(one, counts=False) if one.target in devices else one for one in validation.readings)
    return replace(validation, readings=readings, completion=None)


def _within(readings: tuple[VoltageReading, ...]) -> tuple[VoltageReading, ...]:
    """At most twice MOST_READINGS: the oldest that no longer count go first."""
    spare = len(readings) - 2 * MOST_READINGS
    if spare <= 0:
        return readings
    gone = [i for i, one in enumerate(readings) if not one.counts][:spare]
    return tuple(one for i, one in enumerate(readings) if i not in set(gone))


@dataclass(slots=True)
class _Search:
    """What the readings of one wire say so far."""

    excluded: list[Phase] = field(default_factory=list)
    found: Phase | None = None
    again: bool = False
    last: VoltageReading | None = None


def _search(validation: Validation, device: str, phase: Phase, phases: Sequence[Phase]) -> _Search:
    search = _Search()
    for reading in validation.readings:
        if reading.counts and (reading.target, reading.phase) == (device, phase):
            search.last, search.again = reading, reading.verdict == "repeat"
            if reading.verdict == "same":
                search.found, search.excluded = reading.against, []
            elif reading.verdict == "different":
                search.excluded.append(reading.against)
                search.found = None if search.found == reading.against else search.found
            elif search.found == reading.against:
                search.found = None
            if set(search.excluded) >= set(phases):
                # 0 V nowhere cannot be: one of the readings was wrong
                search.excluded, search.again = [], True
    return search


def _point(validation: Validation, target: Target, phase: Phase, phases: Sequence[Phase]) -> Point:
    search = _search(validation, target.device, phase, phases)
    state: PointState = "repeat" if search.again else "open"
    if search.found is not None:
        state = "correct" if search.found == phase else "wrong"
    # a wire that was found is measured again where it should be
    against = phase if search.found is not None else _candidate(search, phase, phases)
    return Point(target.device, target.step, phase, state, search.found, against, search.last)


def _candidate(
    search: _Search, phase: Phase, phases: Sequence[Phase], claimed: frozenset[Phase] = frozenset()
) -> Phase:
    """What to measure against next: the same again, else the wire's own phase, else what nothing speaks against."""
    if search.again and search.last is not None and search.excluded != [] and search.last.against not in claimed:
        return search.last.against
    order = (phase, *(other for other in phases if other != phase))
    free = [one for one in order if one not in search.excluded and one not in claimed]
    return free[0] if free else phase


def _unclaimed(point: Point, validation: Validation, found: Mapping[Phase, Phase], phases: Sequence[Phase]) -> Point:
    """A terminal that carries another conductor is no candidate."""
    search = _search(validation, point.target, point.phase, phases)
    claimed = frozenset(found)
    if set(search.excluded) | claimed >= set(phases):
        return replace(point, state="repeat", against=next(one for one in phases if one not in claimed))
    return replace(point, against=_candidate(search, point.phase, phases, claimed))
