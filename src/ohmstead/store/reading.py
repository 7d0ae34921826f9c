"""Reading series back: sealed columns, rows not sealed yet, and the open interval (G-001, G-002, G-009).

In: channels, a span, a stretch of time. Out: columns per channel. Only the quantities asked for are fetched and opened.
Seconds are in ``store.seconds``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection, bindparam, select

from ohmstead.core.model.series import Columns, Measure, Span
from ohmstead.store import shelves
from ohmstead.store.found import Found, OpenNow, Row
from ohmstead.store.intervals import Calendar, Interval
from ohmstead.store.packing import Layout
from ohmstead.store.quantities import Slot
from ohmstead.store.rollups import SPAN_CODES
from ohmstead.store.schema import chunk, layout, rollup, tail
from ohmstead.store.state import Open

_ALWAYS = Interval(-(2**62), 2**62)
FINER = {Span.HOUR: Span.FIVE_MINUTES, Span.DAY: Span.HOUR}


class Reader:
    """Reads the roll-ups of one site."""

    def __init__(self, site: int, calendar: Calendar, gap_ms: int) -> None:
        """``calendar`` is the site's; a value held for at most ``gap_ms``."""
        self._site = site
        self._calendar = calendar
        self._gap_ms = gap_ms

    def read(
        self,
        connection: Connection,
        state: Open,
        names: Sequence[str],
        span: Span,
        whole: Interval,
        measures: Sequence[Measure],
        gauges: Sequence[Slot] = (),
    ) -> Mapping[str, Columns]:
        """The intervals of ``names`` that begin in ``whole``, which is cut at whole intervals of ``span``."""
        from ohmstead.store import opening

        numbers = {name: state.channels[name] for name in names if name in state.channels}
        now = {number: OpenNow.of(state, name) for name, number in numbers.items()}
        if gauges and state.interval is not None and whole.start < state.interval.end:
            now |= self._with_gauges(connection, numbers, now)
        found = self._found(connection, list(numbers.values()), span, whole, opening.codes(measures, gauges))
        opens = {
            number: row
            for number in numbers.values()
            if (row := self._open(connection, number, span, whole, now[number], gauges)) is not None
        }
        columns = opening.columns(found, opens, whole, measures, gauges)
        nothing = opening.nothing(measures)
        return {name: columns.get(numbers.get(name, -1), nothing) for name in names}

    def _with_gauges(
        self, connection: Connection, numbers: Mapping[str, int], now: Mapping[int, OpenNow | None]
    ) -> Mapping[int, OpenNow]:
        """The open 5 minutes with what their ticks tell of gauges."""
        from ohmstead.store.gauges import closed

        known = {number: each for number, each in now.items() if each is not None}
        one = next(iter(known.values()), None)
        if one is None:
            return {}
        asked = {"of": self._site, "begin": one.interval.start, "end": one.at}
        ticks = [(row.at, row.layout, row.body) for row in connection.execute(_TICKS, asked)]
        used = select(layout.c.no, layout.c.body).where(layout.c.no.in_({number for _, number, _ in ticks}))
        layouts = {row.no: Layout.load(row.body) for row in connection.execute(used)}
        gauged = closed(ticks, layouts, one.interval, self._gap_ms)
        return {
            number: replace(known[number], row=replace(row, gauges=gauged[name].rollup))
            for name, number in numbers.items()
            if name in gauged and number in known and (row := known[number].row) is not None
        }

    def _found(
        self, connection: Connection, numbers: Sequence[int], span: Span, whole: Interval, codes: Iterable[int]
    ) -> Found:
        from ohmstead.store.chunks import EXTENT_MS

        if not numbers:
            return Found((), {})
        code = SPAN_CODES[span]
        asked = {"of": self._site, "code": code, "numbers": numbers, "begin": whole.start, "end": whole.end}
        wanted = list(codes)
        bodies: list[shelves.Body] = []
        rest: Mapping[Interval, Sequence[int]] = {_ALWAYS: numbers}
        if shelves.serves(code, numbers, wanted):
            bodies, rest = shelves.read(connection, self._site, code, numbers, wanted, whole)
        for part, missing in rest.items():
            begin, end = max(part.start, whole.start), min(part.end, whole.end)
            first = max(part.start - 1, whole.start - EXTENT_MS[code])
            bounds = {"begin": begin, "end": end, "first": first, "numbers": missing, "codes": wanted}
            sealed = connection.execute(_SEALED, {**asked, **bounds})
            bodies += [(channel, quantity, start, body) for channel, quantity, start, body in sealed]
        rows: dict[int, list[Row]] = {}
        for number, *values in connection.execute(_ROWS, asked):
            rows.setdefault(number, []).append(Row(*values))
        return Found(bodies, rows)

    def _open(
        self,
        connection: Connection,
        number: int,
        span: Span,
        whole: Interval,
        now: OpenNow | None,
        gauges: Sequence[Slot],
    ) -> Row | None:
        """The interval that is not over yet, added up from finer ones; ``None`` when it is not in ``whole``."""
        if now is None:
            return None
        interval = self._calendar.interval(span, now.at)
        if not whole.start <= interval.start < whole.end:
            return None
        if span is Span.FIVE_MINUTES:
            return now.row
        from ohmstead.store import opening

        finer = FINER[span]
        found = self._found(connection, [number], finer, interval, opening.parts(gauges))
        rest = self._open(connection, number, finer, interval, now, gauges)
        parts = opening.rows(found, rest, interval, gauges)
        return together(interval.start, parts) if parts else None


def together(start: int, rows: Sequence[Row]) -> Row:
    """One interval from its parts."""
    covered = sum(row.covered_ms for row in rows)
    energy = sum((row.power_mean_mw or 0.0) * row.covered_ms for row in rows)
    imported = [row.import_j for row in rows if row.import_j is not None]
    exported = [row.export_j for row in rows if row.export_j is not None]
    gauged = [(0, row.gauges) for row in rows if row.gauges is not None]
    gauges = None
    if gauged:
        from ohmstead.store import gauges as rolled

        gauges = rolled.together(gauged).get(0)
    return Row(
        start,
        sum(imported) if imported else None,
        sum(exported) if exported else None,
        energy / covered if covered else None,
        min((row.power_min_mw for row in rows if row.power_min_mw is not None), default=None),
        max((row.power_max_mw for row in rows if row.power_max_mw is not None), default=None),
        covered,
        gauges,
    )


_TICKS = (
    select(tail.c.at, tail.c.layout, tail.c.body)
    .where(tail.c.site == bindparam("of"), tail.c.at > bindparam("begin"), tail.c.at <= bindparam("end"))
    .order_by(tail.c.at)
)

_SEALED = (
    select(chunk.c.channel, chunk.c.quantity, chunk.c.start, chunk.c.body)
    .where(
        chunk.c.site == bindparam("of"),
        chunk.c.span == bindparam("code"),
        chunk.c.quantity.in_(bindparam("codes", expanding=True)),
        chunk.c.channel.in_(bindparam("numbers", expanding=True)),
        chunk.c.start > bindparam("first"),
        chunk.c.start < bindparam("end"),
        chunk.c.until >= bindparam("begin"),
    )
    .order_by(chunk.c.channel, chunk.c.quantity, chunk.c.start)
)

_ROWS = (
    select(
        rollup.c.channel,
        rollup.c.start,
        rollup.c.import_j,
        rollup.c.export_j,
        rollup.c.power_mean_mw,
        rollup.c.power_min_mw,
        rollup.c.power_max_mw,
        rollup.c.covered_ms,
        rollup.c.gauges,
    )
    .where(
        rollup.c.site == bindparam("of"),
        rollup.c.channel.in_(bindparam("numbers", expanding=True)),
        rollup.c.span == bindparam("code"),
        rollup.c.start >= bindparam("begin"),
        rollup.c.start < bindparam("end"),
    )
    .order_by(rollup.c.channel, rollup.c.start)
)
