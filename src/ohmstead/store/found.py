"""What the database holds of some channels, and what is still open beside it, before either is made into columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ohmstead.store.intervals import Interval
from ohmstead.store.state import Open


@dataclass(frozen=True, slots=True)
class Row:
    """One interval of one channel, in the units of the table of roll-ups."""

    start: int
    import_j: int | None
    export_j: int | None
    power_mean_mw: float | None
    power_min_mw: float | None
    power_max_mw: float | None
    covered_ms: int
    gauges: bytes | None = None


@dataclass(frozen=True, slots=True)
class OpenNow:
    """A copy of the open 5 minutes of one channel, taken before the database is asked."""

    at: int
    interval: Interval
    row: Row | None

    @classmethod
    def of(cls, state: Open, name: str) -> "OpenNow | None":
        """The state of ``name`` at the last row; ``None`` before the first row of all."""
        if state.at is None or state.interval is None:
            return None
        total = state.sums.get(name)
        if total is None:
            return cls(state.at, state.interval, None)
        kept = total.columns()
        row = Row(
            state.interval.start,
            kept["import_j"],
            kept["export_j"],
            kept["power_mean_mw"],
            kept["power_min_mw"],
            kept["power_max_mw"],
            total.covered_ms,
        )
        return cls(state.at, state.interval, row)


@dataclass(frozen=True, slots=True)
class Found:
    """What the database holds of some channels: sealed bodies by channel, quantity and start, and plain rows."""

    bodies: Sequence[tuple[int, int, int, bytes | memoryview]]
    rows: Mapping[int, Sequence[Row]]
