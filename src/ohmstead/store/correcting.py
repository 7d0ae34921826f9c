"""Corrections of recorded roll-ups (``core.model.corrections``), in the caller's transaction; coarser ones follow.

A correction stands at one resolution. Where finer intervals are recorded these must be corrected, and where only
coarser ones are left, those; so nothing is counted twice. Seconds stay as they were measured. Whatever cannot be done
raises CommandRefused, and nothing changes.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ohmstead.core.model.corrections import Correction
from ohmstead.core.model.errors import CommandRefused
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.series import GaugeKind
from ohmstead.store.chunks import Stretch
from ohmstead.store.columns import Numbers, Whole, milliwatts
from ohmstead.store.intervals import Interval, from_ms, to_ms
from ohmstead.store.packing import NOTHING
from ohmstead.store.putting import ORDER, Place, lone_coarser, recut
from ohmstead.store.quantities import (
    COLUMNS,
    COVERED,
    EXPORT,
    EXPORT_END,
    HIGH,
    IMPORT,
    IMPORT_END,
    LOW,
    MEAN,
    SLOTS,
)

_STEP_MW = 100
_TURNING = (GaugeKind.POWER, GaugeKind.REACTIVE_POWER)
"""Gauges with a direction."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Which intervals changed, how many, and their energies in joules before and after."""

    whole: Interval
    intervals: int
    imported: tuple[int, int]
    exported: tuple[int, int]


async def correct(at: Place, wanted: Correction, open_from: int | None) -> Outcome:
    """Carry out ``wanted``; the 5 minutes from ``open_from`` on are still being recorded. Raises CommandRefused."""
    whole = _whole(at, wanted)
    if open_from is not None and whole.end > open_from:
        raise _refused("open", wanted, at=from_ms(open_from).isoformat())
    known = await at.all_of(wanted.span, whole)
    if wanted.kind in ("late", "replace"):
        new = _given(at, wanted)
        if wanted.kind == "late":
            new = new.part(~np.isin(new.starts, known.starts))
        changed = _laid_over(known, new)
        touched = new.starts
    else:
        change: Callable[[Stretch], Stretch] = _removed if wanted.kind == "remove" else _Scaling(wanted.factor or 1.0)
        changed, touched = await asyncio.to_thread(change, known), known.starts
        if not len(touched):
            raise _refused("nothing", wanted)
    if not len(touched):
        return Outcome(whole, 0, (0, 0), (0, 0))
    await _at_this_resolution(at, wanted, touched)
    await at.replace(wanted.span, whole, changed)
    await recut(at, wanted.span, whole, touched)
    before, after = (each.part(np.isin(each.starts, touched)) for each in (known, changed))
    imported, exported = ((_sum(before, code), _sum(after, code)) for code in (IMPORT, EXPORT))
    return Outcome(whole, len(touched), imported, exported)


def _whole(at: Place, wanted: Correction) -> Interval:
    """The intervals that are spoken of, which must be whole ones."""
    if wanted.kind in ("late", "replace"):
        starts = [to_ms(each.start) for each in wanted.given]
        for start in starts:
            _aligned(at, wanted, start)
        return Interval(min(starts), at.calendar.interval(wanted.span, max(starts) + 1).end)
    assert wanted.start is not None
    assert wanted.end is not None
    whole = Interval(to_ms(wanted.start), to_ms(wanted.end))
    for border in (whole.start, whole.end):
        _aligned(at, wanted, border)
    return whole


def _aligned(at: Place, wanted: Correction, start: int) -> None:
    begins = at.calendar.interval(wanted.span, start + 1).start
    if begins != start:
        raise _refused("unaligned", wanted, at=from_ms(start).isoformat(), nearest=from_ms(begins).isoformat())


async def _at_this_resolution(at: Place, wanted: Correction, touched: Whole) -> None:
    place = ORDER.index(wanted.span)
    for finer in ORDER[:place]:
        for start in touched.tolist():
            parts = await at.all_of(finer, at.calendar.interval(wanted.span, start + 1))
            if len(parts.starts):
                raise _refused("finer", wanted, at=from_ms(start).isoformat(), finer=finer)
    lone = await lone_coarser(at, wanted.span, touched)
    if lone.any():
        raise _refused("coarser", wanted, at=from_ms(int(touched[lone][0])).isoformat())


def _refused(why: str, wanted: Correction, **params: str) -> CommandRefused:
    return CommandRefused(Reason(f"correction.{why}", {"channel": wanted.channel, "span": wanted.span, **params}))


def _given(at: Place, wanted: Correction) -> Stretch:
    """What is given, by quantity; of a power or an energy alone follows the other's mean, but no extremes."""
    given = sorted(wanted.given, key=lambda each: each.start)
    starts = np.array([to_ms(each.start) for each in given], np.int64)
    lasts = np.array([at.calendar.interval(wanted.span, start + 1).end - start for start in starts.tolist()], np.int64)
    imported, exported = (
        np.array([NOTHING if (value := getattr(each, name)) is None else value for each in given], np.int64)
        for name in ("energy_import_j", "energy_export_j")
    )
    told = np.array([np.nan if each.power_mean_w is None else each.power_mean_w for each in given])
    net = np.where(imported == NOTHING, 0, imported) - np.where(exported == NOTHING, 0, exported)
    counted = (imported != NOTHING) | (exported != NOTHING)
    power: Numbers = np.where(np.isnan(told) & counted, net / (lasts / 1000), told)
    return Stretch(
        starts,
        {IMPORT: imported, EXPORT: exported, MEAN: milliwatts(power), COVERED: np.where(np.isnan(power), 0, lasts)},
    )


def _laid_over(known: Stretch, new: Stretch) -> Stretch:
    """``known`` with what ``new`` tells; what it does not tell stays. A new mean leaves no old extremes."""
    starts = np.union1d(known.starts, new.starts)
    old, fresh = np.searchsorted(starts, known.starts), np.searchsorted(starts, new.starts)
    columns = {code: np.full(len(starts), NOTHING, np.int64) for code in {*known.columns, *COLUMNS}}
    columns[COVERED][:] = 0
    for code, values in known.columns.items():
        columns[code][old] = values
    for code, values in new.columns.items():
        told = values != NOTHING if code != COVERED else values > 0
        columns[code][fresh[told]] = values[told]
    powered = fresh[new.columns[MEAN] != NOTHING]
    for code in (LOW, HIGH):
        columns[code][powered] = NOTHING
    return Stretch(starts, columns)


def _removed(known: Stretch) -> Stretch:
    return known.part(np.zeros(len(known.starts), np.bool_))


@dataclass(frozen=True, slots=True)
class _Scaling:
    """Multiplies energies, powers and currents; a negative factor turns import and export round."""

    factor: float

    def __call__(self, known: Stretch) -> Stretch:
        columns = dict(known.columns)
        back = self.factor < 0
        for code in (IMPORT, EXPORT):
            columns[code] = self._times(known.columns, EXPORT + IMPORT - code if back else code, abs(self.factor))
        for code in (IMPORT_END, EXPORT_END):
            columns[code] = np.full(len(known.starts), NOTHING, np.int64)
        for low, mean, high, step in ((LOW, MEAN, HIGH, _STEP_MW), *self._powers(known.columns)):
            columns[mean] = self._times(known.columns, mean, self.factor, step)
            columns[low] = self._times(known.columns, high if back else low, self.factor, step)
            columns[high] = self._times(known.columns, low if back else high, self.factor, step)
        for slot in SLOTS.values():
            if slot.gauge.kind is GaugeKind.CURRENT and slot.mean in known.columns:
                for code in (slot.mean, slot.low, slot.high):
                    columns[code] = self._times(known.columns, code, abs(self.factor))
        return Stretch(known.starts, columns)

    def _powers(self, columns: Mapping[int, Whole]) -> list[tuple[int, int, int, int]]:
        powers = (slot for slot in SLOTS.values() if slot.gauge.kind in _TURNING)
        return [(slot.low, slot.mean, slot.high, 1) for slot in powers if slot.mean in columns]

    def _times(self, columns: Mapping[int, Whole], code: int, factor: float, step: int = 1) -> Whole:
        values = columns[code]
        known = values != NOTHING
        scaled = np.rint(np.where(known, values, 0) * factor / step).astype(np.int64) * step
        return np.where(known, scaled, NOTHING)


def _sum(stretch: Stretch, code: int) -> int:
    values = stretch.columns.get(code)
    return 0 if values is None else int(values[values != NOTHING].sum())
