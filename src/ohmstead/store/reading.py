"""Reading series back: sealed columns, rows not sealed yet, and the open interval (G-001, G-002, G-009).

In: channels, a span, a stretch of time. Out: columns per channel. Only the quantities asked for are fetched and opened.
Seconds are in ``store.seconds``.
"""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, bindparam, select

from ohmstead.core.model.series import Columns, Measure, Span
from ohmstead.store.found import Found, OpenNow, Row
from ohmstead.store.intervals import Calendar, Interval
from ohmstead.store.rollups import SPAN_CODES
from ohmstead.store.schema import chunk, rollup
from ohmstead.store.state import Open

FINER = {Span.HOUR: Span.FIVE_MINUTES, Span.DAY: Span.HOUR}


class Reader:
    """Reads the roll-ups of one site."""

    def __init__(self, site: int, calendar: Calendar) -> None:
        """``calendar`` is the site's."""
        self._site = site
        self._calendar = calendar

    def read(
        self,
        connection: Connection,
        state: Open,
        names: Sequence[str],
        span: Span,
        whole: Interval,
        measures: Sequence[Measure],
    ) -> Mapping[str, Columns]:
        """The intervals of ``names`` that begin in ``whole``, which is cut at whole intervals of ``span``."""
        from ohmstead.store import opening

        numbers = {name: state.channels[name] for name in names if name in state.channels}
        now = {number: OpenNow.of(state, name) for name, number in numbers.items()}
        found = self._found(connection, list(numbers.values()), span, whole, opening.codes(measures))
        opens = {
            number: row
            for number in numbers.values()
            if (row := self._open(connection, number, span, whole, now[number])) is not None
        }
        columns = opening.columns(found, opens, whole, measures)
        nothing = opening.nothing(measures)
        return {name: columns.get(numbers.get(name, -1), nothing) for name in names}

    def _found(
        self, connection: Connection, numbers: Sequence[int], span: Span, whole: Interval, codes: Iterable[int]
    ) -> Found:
        from ohmstead.store.chunks import EXTENT_MS

        if not numbers:
            return Found((), {})
        code = SPAN_CODES[span]
        asked = {"of": self._site, "code": code, "numbers": numbers, "begin": whole.start, "end": whole.end}
        first = whole.start - EXTENT_MS[code]
        sealed = connection.execute(_SEALED, {**asked, "first": first, "codes": list(codes)})
        bodies = [(channel, quantity, start, body) for channel, quantity, start, body in sealed]
        rows: dict[int, list[Row]] = {}
        for number, *values in connection.execute(_ROWS, asked):
            rows.setdefault(number, []).append(Row(*values))
        return Found(bodies, rows)

    def _open(
        self, connection: Connection, number: int, span: Span, whole: Interval, now: OpenNow | None
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
        found = self._found(connection, [number], finer, interval, opening.ALL)
        rest = self._open(connection, number, finer, interval, now)
        parts = opening.rows(found, rest, interval)
        return together(interval.start, parts) if parts else None


def together(start: int, rows: Sequence[Row]) -> Row:
    """One interval from its parts."""
    covered = sum(row.covered_ms for row in rows)
    energy = sum((row.power_mean_mw or 0.0) * row.covered_ms for row in rows)
    imported = [row.import_j for row in rows if row.import_j is not None]
    exported = [row.export_j for row in rows if row.export_j is not None]
    return Row(
        start,
        sum(imported) if imported else None,
        sum(exported) if exported else None,
        energy / covered if covered else None,
        min((row.power_min_mw for row in rows if row.power_min_mw is not None), default=None),
        max((row.power_max_mw for row in rows if row.power_max_mw is not None), default=None),
        covered,
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
