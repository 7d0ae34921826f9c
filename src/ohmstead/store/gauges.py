"""Gauges in numbers: from the ticks of 5 minutes to their means and extremes, and as the bytes that are kept of them.

A plain roll-up has its gauges in one body: a record per gauge that was known (``RECORD``). A block of seconds has them
after counters and power: how many, their slots, and the values of each as differences, equal bytes side by side.
Whole numbers throughout (``store.quantities`` tells the units), little-endian; ``NOTHING`` where there is none.
"""

import struct
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from ohmstead.store.columns import Whole
from ohmstead.store.intervals import Interval
from ohmstead.store.packing import NOTHING, Layout
from ohmstead.store.quantities import BY_NUMBER, COVERED, FINER_W, GAUGE_MAX, MEAN, POWERS, SLOTS, WHOLE, Slot
from ohmstead.store.rollups import UNCONNECTED_MS

RECORD = np.dtype([("slot", "u1"), ("mean", "<i4"), ("low", "<i4"), ("high", "<i4"), ("held", "<u4")])
_MISSING = -(2**31)
_CHANNELS = 100
"""So many are worked on at once."""
_COUNT = struct.Struct("<BI")

Known = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Closed:
    """The gauges of one channel over 5 minutes: as its roll-up keeps them, and its block."""

    rollup: bytes
    block: bytes


def closed(
    rows: Sequence[tuple[int, int, bytes]], layouts: Mapping[int, Layout], interval: Interval, gap_ms: int
) -> dict[str, Closed]:
    """The gauges of each channel that has any. ``rows``: time, layout and body of each tick, in order.

    A value held since the row before, or, when that is more than ``gap_ms`` ago, for a second.
    """
    runs = _runs(rows, layouts)
    keys = sorted({key for run in runs for key in run.places}, key=_order)
    if not keys:
        return {}
    held = _held(np.array([at for at, _, _ in rows], np.int64), interval.start, gap_ms)
    done: dict[str, Closed] = {}
    names = sorted({name for name, _ in keys})
    for i in range(0, len(names), _CHANNELS):
        last = names[min(i + _CHANNELS, len(names)) - 1]
        done |= _closed([key for key in keys if names[i] <= key[0] <= last], runs, held)
    return done


def _closed(keys: Sequence[tuple[str, Slot]], runs: Sequence["_Run"], held: Whole) -> dict[str, Closed]:
    values = np.full((len(held), len(keys)), np.nan)
    done = 0
    for run in runs:
        chosen = [(i, run.places[key]) for i, key in enumerate(keys) if key in run.places]
        if chosen:
            values[done : done + len(run.values), [i for i, _ in chosen]] = run.values[:, [at for _, at in chosen]]
        done += len(run.values)
    finite = np.isfinite(values)
    scaled = np.where(finite, values, 0.0) * np.array([slot.scale for _, slot in keys], np.float64)
    known = finite & (np.abs(scaled) <= GAUGE_MAX)
    whole = np.where(known, np.rint(scaled), _MISSING).astype("<i4")
    records = _records(whole, known, held)
    records["slot"] = [slot.number for _, slot in keys]
    found: dict[str, Closed] = {}
    for name, some in groupby(range(len(keys)), key=lambda i: keys[i][0]):
        mine = np.array([i for i in some if known[:, i].any()], np.intp)
        if len(mine):
            part = records[mine]
            found[name] = Closed(part.tobytes(), _block(part["slot"].copy(), whole[:, mine]))
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Run:
    """Ticks of one layout: where each gauge stands, and a row of values per tick."""

    places: Mapping[tuple[str, Slot], int]
    values: NDArray[np.float32]


def _runs(rows: Sequence[tuple[int, int, bytes]], layouts: Mapping[int, Layout]) -> list[_Run]:
    runs: list[_Run] = []
    for number, run in groupby(rows, key=lambda row: row[1]):
        used, bodies = layouts[number], [body for _, _, body in run]
        raw = np.frombuffer(b"".join(bodies), np.uint8).reshape(len(bodies), -1)[:, used.gauges_begin :]
        places = {key: i for i, key in enumerate(used.gauges)}
        runs.append(_Run(places, np.ascontiguousarray(raw).view("<f4").reshape(len(bodies), len(places))))
    return runs


def _order(key: tuple[str, Slot]) -> tuple[str, int]:
    return key[0], key[1].number


def _held(times: Whole, start: int, gap_ms: int) -> Whole:
    since = np.diff(times, prepend=start)
    return np.minimum(np.where(since <= gap_ms, since, UNCONNECTED_MS), times - start)


def _records(whole: NDArray[np.int32], known: Known, held: Whole) -> NDArray[np.void]:
    """A record per column of ``whole``, its slot left open."""
    weights = known * held[:, None]
    total = weights.sum(0)
    wide = whole.astype(np.int64)
    records = np.zeros(whole.shape[1], RECORD)
    energy = np.where(known, wide, 0) * weights
    records["mean"] = np.rint(energy.sum(0) / np.maximum(total, 1))
    records["low"] = np.where(known, wide, GAUGE_MAX).min(0)
    records["high"] = np.where(known, wide, -GAUGE_MAX).max(0)
    records["held"] = total
    return records


def _block(numbers: NDArray[np.uint8], whole: NDArray[np.int32]) -> bytes:
    """Some slots and their values, a column each."""
    columns = np.ascontiguousarray(whole.T)
    changes = np.diff(columns.view("<u4"), axis=1, prepend=np.uint32(0)).astype("<u4")
    planes = changes.reshape(-1).view(np.uint8).reshape(-1, 4).T.tobytes()
    return _COUNT.pack(*columns.shape) + numbers.tobytes() + planes


def unpack_block_gauges(raw: bytes) -> dict[int, Whole]:
    """What ``closed`` put into a block: the values by the quantity under which seconds are kept."""
    if not raw:
        return {}
    many, count = _COUNT.unpack_from(raw)
    at = _COUNT.size + many
    planes = np.frombuffer(raw, np.uint8, 4 * many * count, at).reshape(4, -1)
    changes = np.ascontiguousarray(planes.T).view("<u4").reshape(many, count)
    values = np.cumsum(changes, axis=1, dtype=np.uint32).view(np.int32).astype(np.int64)
    values[values == _MISSING] = NOTHING
    return {BY_NUMBER[number].mean: values[i] for i, number in enumerate(raw[_COUNT.size : at])}


def ticks(rows: Sequence[tuple[int, Layout, bytes]]) -> dict[str, dict[int, Whole]]:
    """The gauges of each channel in rows that are not in a block yet, as ``unpack_block_gauges`` gives them."""
    if not rows:
        return {}
    layouts = {id(used): used for _, used, _ in rows}
    numbered = [(at, id(used), body) for at, used, body in rows]
    found = closed(numbered, layouts, Interval(rows[0][0] - 1, rows[-1][0]), 0)
    return {name: unpack_block_gauges(each.block) for name, each in found.items()}


def columns_of(bodies: Sequence[bytes | None]) -> dict[int, Whole]:
    """Roll-ups' gauges as columns beside them, by quantity."""
    counts = [0 if body is None else len(body) // RECORD.itemsize for body in bodies]
    records = np.frombuffer(b"".join(body or b"" for body in bodies), RECORD)
    rows = np.repeat(np.arange(len(bodies)), counts)
    columns: dict[int, Whole] = {}
    for number in np.unique(records["slot"]).tolist():
        mine = records["slot"] == number
        for code, name in zip(BY_NUMBER[number].codes, ("mean", "low", "high", "held"), strict=True):
            column = columns[code] = np.full(len(bodies), NOTHING, np.int64)
            column[rows[mine]] = records[name][mine]
    return columns


def bodies_of(count: int, columns: Mapping[int, Whole]) -> list[bytes | None]:
    """What ``columns_of`` reads, for ``count`` roll-ups."""
    found: list[bytes] = [b""] * count
    for slot in SLOTS.values():
        if slot.mean not in columns:
            continue
        rows = np.flatnonzero(columns[slot.mean] != NOTHING)
        records = np.zeros(len(rows), RECORD)
        records["slot"] = slot.number
        for code, name in zip(slot.codes, ("mean", "low", "high", "held"), strict=True):
            records[name] = columns[code][rows]
        for row, record in zip(rows.tolist(), records, strict=True):
            found[row] += record.tobytes()
    return [body or None for body in found]


def of_device(phase: Whole) -> Whole:
    """Power of a phase in the units of the whole device's."""
    return np.where(phase == NOTHING, NOTHING, phase * FINER_W)


def kept_once(phase: Slot, codes: Container[int]) -> bool:
    """Whether the power of ``phase`` stands only as that of the whole device where ``codes`` are kept."""
    return phase.held in codes and phase.mean not in codes


def complete(columns: Mapping[int, Whole]) -> dict[int, Whole]:
    """Columns in which each phase has its own power, and each gauge tells how long it held: where that is left out, as
    long as the power."""
    done = dict(columns)
    for phase in POWERS:
        if kept_once(phase, columns):
            if not done[phase.held].any():
                del done[phase.held]
            for code in phase.codes[:3]:
                whole = columns[WHOLE[code]]
                done[code] = np.where(whole == NOTHING, NOTHING, whole // FINER_W)
    for slot in SLOTS.values():
        if slot.mean in done and slot.held not in done:
            done[slot.held] = np.where(done[slot.mean] != NOTHING, done[COVERED], NOTHING)
    return done


def sparing(columns: Mapping[int, Whole]) -> dict[int, Whole]:
    """Columns without what ``complete`` puts back."""
    held = complete({code: values for code, values in columns.items() if code not in _HELD})
    done = {
        code: values for code, values in columns.items() if code not in _HELD or not np.array_equal(values, held[code])
    }
    for phase in POWERS:
        if phase.mean in done and _of_whole_device(phase, done):
            done.setdefault(phase.held, np.zeros(len(done[MEAN]), np.int64))
            for code in phase.codes[:3]:
                del done[code]
    return done


def _of_whole_device(phase: Slot, columns: Mapping[int, Whole]) -> bool:
    """Whether the power of ``phase`` is throughout that of the device.

    Means may be a tenth of a watt apart: that of the device is made of what was read, that of the phase of tenths.
    """
    for code, most in zip(phase.codes[:3], (FINER_W, 0, 0), strict=True):
        whole = columns.get(WHOLE[code])
        if whole is None or not np.array_equal(whole == NOTHING, columns[code] == NOTHING):
            return False
        if (np.abs(np.where(whole == NOTHING, 0, whole - columns[code] * FINER_W)) > most).any():
            return False
    return True


def reduced(columns: Mapping[int, Whole], begins: NDArray[np.intp]) -> dict[int, Whole]:
    """The gauges of intervals made of several neighbours each, which begin at ``begins``."""
    done: dict[int, Whole] = {}
    for slot in SLOTS.values():
        if slot.mean not in columns:
            continue
        mean, low, high, held = (columns[code] for code in slot.codes)
        known = mean != NOTHING
        weights = np.where(known, held, 0)
        total = np.add.reduceat(weights, begins)
        energy = np.add.reduceat(np.where(known, mean, 0) * weights, begins)
        there = np.logical_or.reduceat(known, begins)
        done |= {
            slot.mean: np.where(there, np.rint(energy / np.maximum(total, 1)).astype(np.int64), NOTHING),
            slot.low: np.where(there, np.minimum.reduceat(np.where(known, low, GAUGE_MAX), begins), NOTHING),
            slot.high: np.where(there, np.maximum.reduceat(np.where(known, high, -GAUGE_MAX), begins), NOTHING),
            slot.held: np.where(there, total, NOTHING),
        }
    return done


def together(parts: Sequence[tuple[int, bytes]]) -> dict[int, bytes]:
    """Roll-ups' gauges by channel, of several intervals each. ``parts``: channel and gauges, sorted by channel."""
    numbers = np.array([number for number, _ in parts], np.int64)
    begins = np.flatnonzero(np.diff(numbers, prepend=-1))
    columns = reduced(columns_of([body for _, body in parts]), begins)
    made = zip(numbers[begins].tolist(), bodies_of(len(begins), columns), strict=True)
    return {number: body for number, body in made if body is not None}


_HELD = frozenset(slot.held for slot in SLOTS.values())
