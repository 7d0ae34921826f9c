"""What ``/api/v1/series`` answers: columns of the record as JSON.

An answer of a year of hours of thirty circuits has a million and a half numbers. Each channel is written and squeezed
by itself, so that only one stands in memory as single numbers; few answers are made at the same time, outside the loop.
"""

import asyncio
import gzip
import io
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a site starts without numpy; it is loaded when history is first read
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

from ohmstead.core.model.series import (
    FLICKER_STEPS,
    GAUGE_DIGITS,
    Columns,
    Gauged,
    GaugeKind,
    Measure,
    Span,
    counts_volume,
    tells_flicker,
)
from ohmstead.web.house import House
from ohmstead.web.views.history import GaugeColumns, SeriesColumns, SeriesView

AT_ONCE = 2
"""So many answers are made at the same time; who asks besides waits."""
_LEVEL = 1
"""Of gzip: a higher one makes a year of hours a tenth smaller and takes three times as long."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Channels, each once, over [start, end), and which gauges come too."""

    channels: tuple[str, ...]
    span: Span
    start: datetime
    end: datetime
    gauges: tuple[GaugeKind, ...] = ()


class Answers:
    """Makes the answers of one house."""

    def __init__(self, house: House) -> None:
        """Nobody has asked yet."""
        self._house = house
        self._room = asyncio.Semaphore(AT_ONCE)

    async def series(self, asked: Asked, zipped: bool) -> bytes:
        """A ``SeriesView`` as JSON, squeezed by gzip when it may be. Raises StoreError."""
        house = self._house
        async with self._room:
            found = await house.read(asked.channels, asked.span, asked.start, asked.end, asked.gauges)
            return await house.clock.outside(asyncio.to_thread(body, asked, found, zipped))


def body(asked: Asked, found: Mapping[str, Columns], zipped: bool) -> bytes:
    """The whole answer."""
    made = io.BytesIO()
    with ExitStack() as open_:
        out = open_.enter_context(gzip.GzipFile(fileobj=made, mode="wb", compresslevel=_LEVEL)) if zipped else made
        for piece in _pieces(asked, found):
            out.write(piece)
    return made.getvalue()


def _pieces(asked: Asked, found: Mapping[str, Columns]) -> Iterator[bytes]:
    """What is in front of the channels, each of them, and what closes them."""
    frame = SeriesView(span=asked.span, start=asked.start.astimezone(UTC), end=asked.end.astimezone(UTC), channels={})
    before = frame.model_dump_json().removesuffix("}}")
    for channel, columns in found.items():
        view = _columns(channel, columns).model_copy(update={"quantities": _gauges(columns, asked.gauges or None)})
        yield f"{before}{json.dumps(channel)}:".encode()
        yield view.model_dump_json().encode()
        before = ","
    yield ("}}" if found else f"{before}}}}}").encode()


def _gauges(
    columns: Columns, quantities: Sequence[GaugeKind] | None
) -> dict[GaugeKind, dict[str, GaugeColumns]] | None:
    if quantities is None:
        return None
    told: dict[GaugeKind, dict[str, GaugeColumns]] = {}
    if GaugeKind.POWER in quantities:
        power = (columns.values[measure] for measure in (Measure.MEAN, Measure.LOW, Measure.HIGH))
        total = Gauged(*power)
        if any(not math.isnan(value) for value in total.mean.tolist()):
            told[GaugeKind.POWER] = {"total": _gauge(GaugeKind.POWER, total)}
    for gauge, gauged in columns.gauges.items():
        told.setdefault(gauge.kind, {})[gauge.phase or "total"] = _gauge(gauge.kind, gauged)
    return told


def _gauge(quantity: GaugeKind, gauged: Gauged) -> GaugeColumns:
    digits = GAUGE_DIGITS[quantity]
    mean, low, high = (_rounded(each, digits) for each in (gauged.mean, gauged.low, gauged.high))
    return GaugeColumns.model_construct(mean=mean, min=low, max=high)


def _columns(channel: str, columns: Columns) -> SeriesColumns:
    starts = tuple((columns.start_ms // 1000).tolist())
    imported = columns.values[Measure.IMPORT]
    if counts_volume(channel):
        litres = tuple(_known(imported / 1000))
        return _without_power(starts).model_copy(update={"volume_l": litres})
    if tells_flicker(channel):
        known = zip(columns.values[Measure.HIGH].tolist(), columns.values[Measure.MEAN].tolist(), strict=True)
        highest = [mean if math.isnan(high) else high for high, mean in known]  # foreign history has means only
        severities = tuple(None if math.isnan(value) else round(value / FLICKER_STEPS, 3) for value in highest)
        return _without_power(starts).model_copy(update={"flicker_pst": severities})
    return SeriesColumns.model_construct(
        start_unix_s=starts,
        energy_import_j=_whole(imported),
        energy_export_j=_whole(columns.values[Measure.EXPORT]),
        power_mean_w=_rounded(columns.values[Measure.MEAN], 1),
        power_min_w=_rounded(columns.values[Measure.LOW], 1),
        power_max_w=_rounded(columns.values[Measure.HIGH], 1),
    )


def _without_power(starts: tuple[int, ...]) -> SeriesColumns:
    empty = (None,) * len(starts)
    return SeriesColumns(
        start_unix_s=starts,
        energy_import_j=empty,
        energy_export_j=empty,
        power_mean_w=empty,
        power_min_w=empty,
        power_max_w=empty,
    )


def _whole(values: "Numbers") -> tuple[int | None, ...]:
    if values.sum() == values.sum():
        return tuple(values.astype("int64").tolist())
    return tuple(None if value is None else int(value) for value in _known(values))


def _rounded(values: "Numbers", digits: int) -> tuple[float | None, ...]:
    return tuple(_known(values.round(digits)))


def _known(values: "Numbers") -> list[float | None]:
    """Values with ``None`` where they are not known; most are known, or none."""
    told: list[float | None] = values.tolist()
    return told if values.sum() == values.sum() else [None if value != value else value for value in told]
