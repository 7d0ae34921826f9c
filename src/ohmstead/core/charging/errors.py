"""The life of an error: seen long enough, raised, counted, ended by its rule (G-038, EV-220 to EV-248).

``live`` takes what is the case now and walks the rows of ``core.model.faults``. An error whose rule is met is
*released*: if the board has it latched, the board is asked to forget it, and the error ends when it has; a board that
holds on to it keeps the error. While one is held, ``core.charging.stepping`` gives no permission.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ohmstead.core.model.changing import changed
from ohmstead.core.model.faults import ERRORS, RESUMES, RESUMES_WITHIN_S, ErrorCode, ErrorRow
from ohmstead.core.model.reasons import Reason

OBEYS_S = 3.0
"""How long a board may take to forget a fault it was told to clear."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What is the case now and stands for ``code``, in words; ``evidence_s`` stands in place of the row's."""

    code: ErrorCode
    reason: Reason
    evidence_s: float | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """An error that holds; moments on the monotonic clock."""

    code: ErrorCode
    since: float
    reason: Reason
    gone_since: float | None = None
    released_at: float | None = None
    latched: bool = False


@dataclass(frozen=True, slots=True)
class ErrorMemory:
    """``held`` in the order of severity; ``pending`` since when a condition that is not believed yet has been there."""

    held: tuple[Held, ...] = ()
    pending: tuple[tuple[ErrorCode, float], ...] = ()
    counts: Mapping[ErrorCode, int] = field(default_factory=dict)
    resumes: tuple[float, ...] = ()
    """When an error last ended by itself with a vehicle there."""

    def holds(self, code: ErrorCode) -> bool:
        """Whether ``code`` holds."""
        return any(one.code == code for one in self.held)


@dataclass(frozen=True, slots=True)
class Scene:
    """``on_board`` are the codes of the faults that the board shows, present or latched."""

    now_s: float
    connected: bool
    on_board: frozenset[ErrorCode] = frozenset()
    attempt: bool = False
    restarted: bool = False


def live(memory: ErrorMemory, conditions: Sequence[Condition], scene: Scene) -> ErrorMemory:
    """``memory`` after this look."""
    if not (conditions or memory.held or memory.pending):
        return memory
    seen = {one.code: one for one in conditions}
    kept: list[Held] = []
    resumes = memory.resumes
    for one in memory.held:
        after = _aged(one, one.code in seen, scene, resumes)
        if after is None:
            if ERRORS[one.code].clearing == "self" and scene.connected and not scene.attempt and not scene.restarted:
                recent = (at for at in resumes if scene.now_s - at < RESUMES_WITHIN_S)
                resumes = (*recent, scene.now_s)
        else:
            kept.append(after)
    pending, counts = dict(memory.pending), memory.counts
    pending = {code: since for code, since in pending.items() if code in seen}
    known = {one.code for one in kept}
    for code, condition in seen.items():
        if code in known:
            continue
        since = pending.setdefault(code, scene.now_s)
        wait_s = ERRORS[code].evidence_s if condition.evidence_s is None else condition.evidence_s
        if scene.now_s - since >= wait_s - 1e-9:
            del pending[code]
            counts = {**counts, code: counts.get(code, 0) + 1}
            kept.append(Held(code, scene.now_s, condition.reason))
    kept.sort(key=lambda one: ERRORS[one.code].rank)
    return ErrorMemory(tuple(kept), tuple(pending.items()), counts, resumes)


def to_clear(memory: ErrorMemory, on_board: frozenset[ErrorCode]) -> bool:
    """Whether the board may be told to forget its faults: each that it shows has been released."""
    held = {one.code: one for one in memory.held}
    return bool(on_board) and all(code not in held or held[code].released_at is not None for code in on_board)


def in_the_way(held: Held, connected: bool) -> Reason | None:
    """Why a recovery attempt cannot end ``held`` now; ``None`` when it may."""
    row = ERRORS[held.code]
    if row.clearing == "power":
        return Reason("recover.power", {"code": held.code})
    if row.vehicle_removed and connected:
        return Reason("recover.unplug", {"code": held.code})
    if row.clearing == "removal" or (row.clearing == "self" and not held.latched):
        return Reason("recover.by_itself", {"code": held.code})
    return Reason("recover.still_there", {"code": held.code}) if held.gone_since is None else None


def _aged(one: Held, present: bool, scene: Scene, resumes: Sequence[float]) -> Held | None:
    """``one`` after this look; ``None`` when it has ended."""
    row, now_s = ERRORS[one.code], scene.now_s
    gone_since = None if present else (one.gone_since if one.gone_since is not None else now_s)
    gone = gone_since is not None and now_s - gone_since >= row.clears_s - 1e-9
    released_at, latched = one.released_at, one.latched
    if released_at is not None and (present or now_s - released_at >= OBEYS_S):
        released_at = None
    if released_at is None:
        ends = scene.restarted or (gone and _ends(row, one, scene))
        if ends and _one_too_many(row, scene, resumes):
            ends, latched = False, True
        released_at = now_s if ends else None
    if released_at is not None and one.code not in scene.on_board:
        return None
    if (gone_since, released_at, latched) == (one.gone_since, one.released_at, one.latched):
        return one
    return changed(one, gone_since=gone_since, released_at=released_at, latched=latched)


def _ends(row: ErrorRow, one: Held, scene: Scene) -> bool:
    tried = scene.attempt and not (row.vehicle_removed and scene.connected)
    match row.clearing:
        case "self":
            return not one.latched or not scene.connected or tried
        case "removal":
            return not scene.connected
        case "attempt":
            return tried
        case "power":
            return False


def _one_too_many(row: ErrorRow, scene: Scene, resumes: Sequence[float]) -> bool:
    if row.clearing != "self" or not scene.connected or scene.attempt or scene.restarted:
        return False
    return sum(scene.now_s - at < RESUMES_WITHIN_S for at in resumes) >= RESUMES
