"""The site's own energy counters, made from whatever a meter gives (G-001).

Readings come in, whole joules that never go backwards come out. A meter's counter is followed by its differences.
A difference that the time since the last one explains is counted at once. Anything else waits until ``CONFIRM``
readings agree, so that one wild value changes nothing, and is then judged:

=============================  =====================================================================
the counter …                  what is counted
=============================  =====================================================================
went on, by a coarse step or   the difference
over an outage
came back to where it was      the difference to where it was, less what was counted meanwhile
before it fell
passed its end (rolled over)   what was left to the end, and what it shows now
fell to near zero (reset)      what it shows now
is another meter's             nothing; counting goes on from what it shows
fell by a coarse step or less  nothing, until it has passed where it was
=============================  =====================================================================

Nothing that could not have flowed in the time is ever counted. A device without counters has its power
integrated: see ``integration``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, Literal

from ohmstead.core.accounting.integration import Slope, integrate
from ohmstead.core.accounting.marks import Mark
from ohmstead.core.model.changing import changed, quick
from ohmstead.core.model.grants import Notice
from ohmstead.core.model.quantities import JOULES_PER_KWH, GridType, Quality
from ohmstead.core.model.readings import Reading
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.time import Instant

CONFIRM = 3
"""Readings in a row that must agree before a surprising counter is believed."""

AT_ONCE_S = 90.0
"""A difference is counted without confirmation when so much time, or what really passed, explains it."""

FORMER_S = 86_400.0
"""How long a counter that fell may take to come back to where it was."""

NEAR_ZERO = 10
"""A reset meter shows at most one part in so many of what it showed before."""

COARSEST_STEP_J = JOULES_PER_KWH
"""The largest step of a counter that shows whole kWh."""

HIGHEST_POWER_W = 1_000_000.0
"""What may flow when no fuse is known."""

_OVERLOAD = 3.0
_MARGIN = 1.1
_VOLTS: Mapping[GridType, float] = {
    "1x230": 230.0,
    "3x400+N": 690.0,
    "3x230": 399.0,
    "2x120/240": 240.0,
    "3x120/208": 360.0,
    "3x277/480": 831.0,
    "3x347/600": 1041.0,
}
"""Watts of the whole supply per ampere in every conductor."""

_ROLLOVERS: tuple[int, ...] = tuple(
    sorted(
        {
            unit * size
            for unit in (1, 360, 3_600, 36_000, 360_000, JOULES_PER_KWH)
            for size in (2**31, 2**32, 10**6, 10**7, 10**8, 10**9)
        }
    )
)
"""Where counters end: 32-bit registers and decimal displays, in units from a joule to a kWh."""

NEAR_THE_END = 1000
"""A counter rolled over only if it was within a thousandth of such an end before."""

Kind = Literal["went_on", "returned", "rolled_over", "reset", "replaced"]


def highest_power_w(fuse_a: float | None, grid: GridType) -> float:
    """What can flow through a main fuse at worst: the bound of plausible energy. A fuse bears overload for a while."""
    return HIGHEST_POWER_W if fuse_a is None else fuse_a * _VOLTS[grid] * _OVERLOAD


@dataclass(frozen=True, slots=True)
class Doubt:
    """A surprising counter that waits for readings which agree with it."""

    raw_j: int
    seen: int
    at: Mark


@dataclass(frozen=True, slots=True)
class Former:
    """Where a counter was before it fell or jumped, should it come back; ``counted_j`` is what was added since."""

    raw_j: int
    at: Mark
    counted_j: int


@quick
@dataclass(frozen=True, slots=True)
class Register:
    """One direction: the site's own ``total_j``, and the meter's ``raw_j`` that it has followed up to ``at``."""

    total_j: int
    raw_j: int | None = None
    at: Mark | None = None
    doubt: Doubt | None = None
    former: Former | None = None


@quick
@dataclass(frozen=True, slots=True)
class CounterMemory:
    """All that is remembered of one device; saved with each row, so that a restart goes on exactly here."""

    imported: Register | None = None
    exported: Register | None = None
    slope: Slope | None = None

    def dump(self) -> list[Any]:
        """As JSON values. Moments keep their UTC only."""
        return [_dump(self.imported), _dump(self.exported), None if self.slope is None else self.slope.dump()]

    @classmethod
    def load(cls, kept: Sequence[Any]) -> "CounterMemory":
        """What ``dump`` gave. Raises ValueError, TypeError or LookupError for anything else."""
        imported, exported, slope = kept
        return cls(
            None if imported is None else _register(imported),
            None if exported is None else _register(exported),
            None if slope is None else Slope.load(slope),
        )


@quick
@dataclass(frozen=True, slots=True)
class Advance:
    """The counters after a reading, the memory for the next, and what happened to the meter's counters."""

    memory: CounterMemory
    energy_import_j: int | None
    energy_export_j: int | None
    notices: tuple[Notice, ...] = ()


def advance(memory: CounterMemory, reading: Reading, max_power_w: float = HIGHEST_POWER_W) -> Advance:
    """Follow ``reading``. A reading that is not good, or the same one again, changes nothing.

    ``max_power_w`` is what can flow through the device at worst (see ``highest_power_w``). The energies are ``None``
    until the device has given a counter or a power.
    """
    if reading.quality is not Quality.GOOD:
        return _unchanged(memory)
    notices: list[Notice] = []
    mark = Mark.of(reading.at)
    imported = _follow(memory.imported, reading.energy_import_j, reading, mark, max_power_w, notices)
    exported = _follow(memory.exported, reading.energy_export_j, reading, mark, max_power_w, notices)
    slope = memory.slope
    if _counted(imported) or _counted(exported):
        slope = None
    elif reading.power_w is not None and isfinite(reading.power_w):
        in_j, out_j, slope = integrate(slope, reading.power_w, reading.at)
        imported, exported = _added(imported, in_j), _added(exported, out_j)
    return _unchanged(CounterMemory(imported, exported, slope), tuple(notices) if notices else ())


def caught_up(memory: CounterMemory, energy_import_j: int | None, energy_export_j: int | None) -> CounterMemory:
    """A ``memory`` kept some rows ago, moved on to the totals recorded since.

    While nothing but counting happened, a meter's counter moved as much as the site's own. Rows are kept each
    second, memories only when something else happened, so that a restart needs both. An integrated power begins
    anew: what flowed since it was kept is in the totals already.
    """
    return CounterMemory(
        imported=_caught_up(memory.imported, energy_import_j),
        exported=_caught_up(memory.exported, energy_export_j),
    )


def begun_anew(memory: CounterMemory, since: Instant) -> CounterMemory:
    """``memory`` for a device whose counters were zero at ``since`` and are followed for the first time since then."""
    return CounterMemory(_begun_anew(memory.imported, since), _begun_anew(memory.exported, since), memory.slope)


def _begun_anew(register: Register | None, since: Instant) -> Register:
    return Register(0 if register is None else register.total_j, 0, Mark.of(since))


def _caught_up(register: Register | None, total_j: int | None) -> Register | None:
    if total_j is None or (register is not None and total_j <= register.total_j):
        return register
    if register is None:
        return Register(total_j)
    moved = total_j - register.total_j
    raw_j = None if register.raw_j is None else register.raw_j + moved
    former = register.former
    if former is not None:
        former = changed(former, counted_j=former.counted_j + moved)
    return Register(total_j, raw_j, register.at, None, former)


def _unchanged(memory: CounterMemory, notices: tuple[Notice, ...] = ()) -> Advance:
    return Advance(
        memory,
        None if memory.imported is None else memory.imported.total_j,
        None if memory.exported is None else memory.exported.total_j,
        notices,
    )


def _added(register: Register | None, joules: int) -> Register:
    register = register or Register(0)
    return changed(register, total_j=register.total_j + joules)


def _counted(register: Register | None) -> bool:
    return register is not None and register.raw_j is not None


def _follow(
    register: Register | None,
    raw_j: int | None,
    reading: Reading,
    mark: Mark,
    max_power_w: float,
    notices: list[Notice],
) -> Register | None:
    if raw_j is None or raw_j < 0:
        return register
    if register is None:
        return Register(raw_j, raw_j, mark)
    before_j, at = register.raw_j, register.at
    if before_j is None or at is None:
        return changed(register, raw_j=raw_j, at=mark)
    difference = raw_j - before_j
    if 0 <= difference <= max_power_w * min(at.elapsed_s(reading.at), AT_ONCE_S) * _MARGIN:
        return _count(register, difference, raw_j, mark)
    if -_rounding_j(before_j) <= difference < 0:
        return changed(register, doubt=None) if register.doubt else register
    doubt = _doubt(register.doubt, raw_j, reading.at, max_power_w)
    if doubt.seen < CONFIRM:
        return changed(register, doubt=doubt)
    kind, counted = _judge(register, before_j, raw_j, reading.at, max_power_w)
    if kind in ("rolled_over", "reset", "replaced"):
        reason = Reason(f"counter.{kind}", {"device": reading.device})
        notices.append(
            Notice(f"counter.{kind}", reading.device, reason, "info" if kind == "rolled_over" else "warning")
        )
    if kind in ("reset", "replaced"):
        former = Former(before_j, at, counted)
        return Register(register.total_j + counted, raw_j, mark, None, former)
    return changed(_count(register, counted, raw_j, mark), former=None)


def _count(register: Register, joules: int, raw_j: int, mark: Mark) -> Register:
    former = register.former
    if former is None:
        return Register(register.total_j + joules, raw_j, mark)
    return Register(register.total_j + joules, raw_j, mark, None, changed(former, counted_j=former.counted_j + joules))


def _doubt(doubt: Doubt | None, raw_j: int, at: Instant, max_power_w: float) -> Doubt:
    """One more reading that agrees with the doubt, or the first of a new one. The same reading twice is one."""
    if doubt is None:
        return Doubt(raw_j, 1, Mark.of(at))
    elapsed = doubt.at.elapsed_s(at)
    if elapsed <= 0:
        return doubt
    agrees = 0 <= raw_j - doubt.raw_j <= max_power_w * elapsed * _MARGIN + _step_j(raw_j)
    return Doubt(raw_j, doubt.seen + 1 if agrees else 1, Mark.of(at))


def _judge(register: Register, before_j: int, raw_j: int, at: Instant, max_power_w: float) -> tuple[Kind, int]:
    """What a confirmed surprise was, and the joules to count for it."""
    elapsed = register.at.elapsed_s(at) if register.at else 0.0
    possible = max_power_w * elapsed * _MARGIN + _step_j(before_j)
    former = register.former
    if former is not None and abs(former.at.age_s(at)) <= FORMER_S:
        back = raw_j - former.raw_j
        if 0 <= back <= max_power_w * former.at.elapsed_s(at) * _MARGIN + _step_j(former.raw_j):
            return "returned", max(0, back - former.counted_j)
    if 0 <= raw_j - before_j <= possible:
        return "went_on", raw_j - before_j
    if raw_j < before_j:
        for end in _ROLLOVERS:
            over = end - before_j + raw_j
            if 0 <= end - before_j <= end // NEAR_THE_END and over <= possible:
                return "rolled_over", over
        if raw_j * NEAR_ZERO <= before_j and raw_j <= _since_reset_j(register, at, max_power_w):
            return "reset", raw_j
    return "replaced", 0


def _since_reset_j(register: Register, at: Instant, max_power_w: float) -> float:
    """What a meter can have counted since it began anew; over a restart by the wall clock, which may lose energy
    when it is wrong, but never makes a spike."""
    age_s = register.at.age_s(at) if register.at else 0.0
    return max_power_w * max(0.0, age_s) * _MARGIN + COARSEST_STEP_J


def _step_j(raw_j: int) -> int:
    """The coarsest step a counter may take at this height: whole kWh, or the last place of a 32-bit float."""
    return COARSEST_STEP_J + _noise_j(raw_j)


def _noise_j(raw_j: int) -> int:
    return raw_j >> 22


def _rounding_j(raw_j: int) -> int:
    """How far a counter may seem to fall because it, or the meter in its place, shows coarser steps."""
    return max(_noise_j(raw_j), min(COARSEST_STEP_J, raw_j // 100))


def _dump(part: Register | None) -> list[Any] | None:
    if part is None:
        return None
    doubt, former = part.doubt, part.former
    return [
        part.total_j,
        part.raw_j,
        None if part.at is None else part.at.utc_s,
        None if doubt is None else [doubt.raw_j, doubt.seen, doubt.at.utc_s],
        None if former is None else [former.raw_j, former.at.utc_s, former.counted_j],
    ]


def _register(kept: Sequence[Any]) -> Register:
    total, raw, at, doubt, former = kept
    return Register(
        int(total),
        None if raw is None else int(raw),
        None if at is None else Mark(float(at), None),
        None if doubt is None else Doubt(int(doubt[0]), int(doubt[1]), Mark(float(doubt[2]), None)),
        None if former is None else Former(int(former[0]), Mark(float(former[1]), None), int(former[2])),
    )
