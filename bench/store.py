"""How large and how fast history is: 10.9 million values, 30 circuits, a year at 5 minutes and 30 days at 10 s.

The household is drawn by ``bench/household.py``, to 0.1 W as meters tell it. Ours is ``Store.put`` and ``Store.read``,
as imports and the API use them; roll-ups of 5 minutes, hours and days are in its size, and so is everything else in the
file. Questions: the hourly means of the year of all 30 circuits (262,800 values), and a day of the site at 10 s of all
30 (259,200). ``rolling_10s`` is the same from noon to noon, across two sealed days, and ``_again`` the same question
asked twice.

Caches are cold: before each question the store is opened anew, has answered one other small question (a daemon is
running when somebody looks at it), and its file is thrown out of the system's cache. The peers are asked likewise:
a narrow SQLite table of channel, time and value like the one that Home Assistant's recorder keeps, without its second
index; a file of 4 bytes per value and channel at fixed intervals, as emoncms' PHPFina; and DuckDB, narrow, sorted.
None of them has roll-ups: they average when asked. Median of ``runs`` questions each.

That household tells power only. ``store.gauged_bytes_per_point`` is another one of the same circuits whose meters tell
counters, voltage, current, power factor and reactive power too (``bench/gauged.py``), recorded row by row at 10 s for
some days: short enough for a bench, and dearer by the value than a month is, since its last days are not sealed yet.
"""

import asyncio
import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np

from bench import gauged as gauges
from bench import household
from bench.broken import Broken
from bench.figures import Figure
from bench.household import Grid
from ohmstead.core.model.series import Measure, Span
from ohmstead.store.putting import Intervals
from ohmstead.store.store import Store

RUNS = 5
ZONE = "Europe/Rome"
GAUGED_DAYS = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """What one way of keeping did: bytes in all, seconds to take the values in, seconds per question."""

    size: int
    ingest_s: float
    year_s: float
    day_s: float
    rolling_s: float = 0.0
    warm_year_s: float = 0.0
    warm_day_s: float = 0.0


@dataclass(frozen=True, slots=True)
class World:
    """The values, and the days that are asked for."""

    year: Grid
    month: Grid

    @property
    def points(self) -> int:
        """How many values there are."""
        return int(self.year.values.size) + int(self.month.values.size)

    @property
    def begin_s(self) -> int:
        """When the year begins."""
        return self.year.first_s

    @property
    def end_s(self) -> int:
        """When it ends."""
        return self.year.first_s + self.year.step_s * int(self.year.values.shape[1])

    @property
    def day_s(self) -> int:
        """When the day begins that is asked for: a midnight of the site, two days before the end."""
        return self.end_s - 2 * 86_400


def run(
    runs: int = RUNS,
    year_days: int = household.YEAR_DAYS,
    fine_days: int = household.FINE_DAYS,
    gauged_every: int = 1,
) -> list[Figure]:
    """All of it in one run; fewer days, and fewer rows of gauges, for a test."""
    world = World(household.year(year_days), household.month(fine_days, year_days))
    done: dict[str, Asked] = {}
    for name, measure in (("ours", _ours), ("narrow", _narrow), ("phpfina", _fixed), ("duckdb", _duckdb)):
        with tempfile.TemporaryDirectory(prefix="ohmstead-bench-") as folder:
            done[name] = measure(world, Path(folder), runs)
    with tempfile.TemporaryDirectory(prefix="ohmstead-bench-") as folder:
        gauged = gauges.bytes_per_value(Path(folder), ZONE, GAUGED_DAYS, gauged_every)
    ours, narrow = done["ours"], done["narrow"]
    per_point, theirs = ours.size / world.points, narrow.size / world.points
    year_peer, day_peer = (
        f"narrow SQLite: {1000 * narrow.year_s:.0f} ms",
        f"narrow SQLite: {1000 * narrow.day_s:.0f} ms",
    )
    figures = [
        Figure("store.bytes_per_point", per_point, "B", "<= 2", f"narrow SQLite: {theirs:.1f} B", per_point / theirs),
        Figure("store.smaller", theirs / per_point, "times", ">= 10", "narrow SQLite"),
        Figure("store.year_hourly", 1000 * ours.year_s, "ms", "<= 5", year_peer, ours.year_s / narrow.year_s, runs),
        Figure("store.year_hourly_faster", narrow.year_s / ours.year_s, "times", ">= 100", "narrow SQLite", runs=runs),
        Figure("store.day_10s", 1000 * ours.day_s, "ms", "<= 5", day_peer, ours.day_s / narrow.day_s, runs),
        Figure("store.day_10s_faster", narrow.day_s / ours.day_s, "times", ">= 25", "narrow SQLite", runs=runs),
        Figure("store.year_hourly_again", 1000 * ours.warm_year_s, "ms", runs=runs),
        Figure("store.day_10s_again", 1000 * ours.warm_day_s, "ms", runs=runs),
        Figure("store.rolling_10s", 1000 * ours.rolling_s, "ms", runs=runs),
        Figure("store.gauged_bytes_per_point", gauged, "B", "<= 2"),
        Figure("store.ingest", world.points / ours.ingest_s / 1e6, "million/s"),
    ]
    for name in ("narrow", "phpfina", "duckdb"):
        peer = done[name]
        figures += [
            Figure(f"store.{name}_bytes_per_point", peer.size / world.points, "B"),
            Figure(f"store.{name}_year_hourly", 1000 * peer.year_s, "ms", runs=runs),
            Figure(f"store.{name}_day_10s", 1000 * peer.day_s, "ms", runs=runs),
            Figure(f"store.{name}_ingest", world.points / peer.ingest_s / 1e6, "million/s"),
        ]
    return figures


def _ours(world: World, folder: Path, runs: int) -> Asked:
    return asyncio.run(_store(world, folder, runs))


async def _store(world: World, folder: Path, runs: int) -> Asked:
    url = f"sqlite:///{folder / 'store.sqlite'}"
    store = await Store.open(url, "bench", ZONE)
    began = time.perf_counter()
    for span, grid in ((Span.SECOND, world.month), (Span.FIVE_MINUTES, world.year)):
        for number, name in enumerate(household.names()):
            await store.put(name, span, _intervals(grid, number))
    await store.close()
    ingest_s = time.perf_counter() - began
    day = timedelta(days=1)
    begin, end, at = (datetime.fromtimestamp(at, UTC) for at in (world.begin_s, world.end_s, world.day_s))
    year = await _cold(url, folder, runs, Span.HOUR, (begin, end))
    asked = await _cold(url, folder, runs, Span.SECOND, (at, at + day))
    rolling = await _cold(url, folder, runs, Span.SECOND, (at - day / 2, at + day / 2))
    return Asked(_bytes(folder), ingest_s, year[0], asked[0], rolling[0], year[1], asked[1])


async def _cold(url: str, folder: Path, runs: int, span: Span, asked: tuple[datetime, datetime]) -> tuple[float, float]:
    took_s: list[float] = []
    warm_s: list[float] = []
    start, end = asked
    wanted = household.CHANNELS * (end - start) // (timedelta(hours=1) if span is Span.HOUR else timedelta(seconds=10))
    for _ in range(runs):
        store = await Store.open(url, "bench", ZONE)
        other = start + timedelta(days=3 if span is Span.HOUR else -3)
        await store.read(household.names()[:1], span, other, other + timedelta(hours=5), (Measure.MEAN,))
        _throw_out(folder)
        began = time.perf_counter()
        found = await store.read(household.names(), span, start, end, (Measure.MEAN,))
        took_s.append(time.perf_counter() - began)
        began = time.perf_counter()
        await store.read(household.names(), span, start, end, (Measure.MEAN,))
        warm_s.append(time.perf_counter() - began)
        await store.close()
        _check("ours", sum(len(each.values[Measure.MEAN]) for each in found.values()), wanted)
    return statistics.median(took_s), statistics.median(warm_s)


def _intervals(grid: Grid, number: int) -> Intervals:
    starts = grid.starts_s * 1000
    nothing = np.full(len(starts), np.nan)
    return Intervals(starts, np.full(len(starts), grid.step_s * 1000), grid.values[number], nothing, nothing)


def _narrow(world: World, folder: Path, runs: int) -> Asked:
    path = folder / "narrow.sqlite"
    began = time.perf_counter()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        for table, grid in _tables(world):
            connection.execute(f"CREATE TABLE {table} (channel, ts, value, PRIMARY KEY (channel, ts)) WITHOUT ROWID")
            starts = grid.starts_s.tolist()
            for channel, values in enumerate(grid.values):
                rows = zip([channel] * len(starts), starts, values.tolist(), strict=True)
                connection.executemany(f"INSERT INTO {table} VALUES (?, ?, ?)", rows)
                connection.commit()
    ingest_s = time.perf_counter() - began

    def ask(question: str, *bounds: int) -> tuple[float, int]:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("SELECT value FROM fine WHERE channel = 3 LIMIT 9").fetchall()
            _throw_out(folder)
            start = time.perf_counter()
            found = connection.execute(question, bounds).fetchall()
            return time.perf_counter() - start, len(found)

    return _asked(world, folder, ingest_s, runs, ask)


def _duckdb(world: World, folder: Path, runs: int) -> Asked:
    path = folder / "peer.duckdb"
    began = time.perf_counter()
    with duckdb.connect(str(path)) as connection:
        for table, grid in _tables(world):
            count = grid.values.shape[1]
            columns = {
                "channel": np.repeat(np.arange(household.CHANNELS), count),
                "ts": np.tile(grid.starts_s, household.CHANNELS),
                "value": grid.values.reshape(-1),
            }
            connection.register("columns", columns)
            connection.execute(f"CREATE TABLE {table} AS SELECT * FROM columns ORDER BY channel, ts")
            connection.unregister("columns")
    ingest_s = time.perf_counter() - began

    def ask(question: str, *bounds: int) -> tuple[float, int]:
        with duckdb.connect(str(path), read_only=True) as connection:
            connection.execute("SELECT value FROM fine WHERE channel = 3 LIMIT 9").fetchall()
            _throw_out(folder)
            start = time.perf_counter()
            found = connection.execute(question, list(bounds)).fetchnumpy()
            return time.perf_counter() - start, len(found["value"])

    return _asked(world, folder, ingest_s, runs, ask)


def _fixed(world: World, folder: Path, runs: int) -> Asked:
    began = time.perf_counter()
    for table, grid in _tables(world):
        for channel, values in enumerate(grid.values):
            (folder / f"{table}-{channel}.dat").write_bytes(values.astype("<f4").tobytes())
            (folder / f"{table}-{channel}.meta").write_bytes(np.array([grid.step_s, grid.first_s], "<u8").tobytes())
    ingest_s = time.perf_counter() - began

    def ask(question: str, *bounds: int) -> tuple[float, int]:
        _throw_out(folder)
        start, count = time.perf_counter(), 0
        for channel in range(household.CHANNELS):
            if "avg" in question:
                values = np.fromfile(folder / f"year-{channel}.dat", "<f4")
                count += len(values.reshape(-1, 3600 // world.year.step_s).mean(1))
            else:
                first, end = ((at - world.month.first_s) // world.month.step_s for at in bounds)
                part = np.fromfile(folder / f"fine-{channel}.dat", "<f4", end - first, offset=4 * first)
                count += len(part)
        return time.perf_counter() - start, count

    return _asked(world, folder, ingest_s, runs, ask)


def _tables(world: World) -> Sequence[tuple[str, Grid]]:
    return (("year", world.year), ("fine", world.month))


def _asked(world: World, folder: Path, ingest_s: float, runs: int, ask: Callable[..., tuple[float, int]]) -> Asked:
    hourly = "SELECT channel, ts // 3600 AS hour, avg(value) AS value FROM year WHERE ts >= ? AND ts < ? GROUP BY 1, 2"
    if ask.__qualname__.startswith("_narrow"):
        hourly = hourly.replace("//", "/")
    fine = "SELECT channel, ts, value FROM fine WHERE channel BETWEEN 0 AND 29 AND ts >= ? AND ts < ?"
    if ask.__qualname__.startswith("_narrow"):
        some = ", ".join(map(str, range(household.CHANNELS)))
        fine = f"SELECT channel, ts, value FROM fine WHERE channel IN ({some}) AND ts >= ? AND ts < ?"
    took: list[float] = []
    for question, bounds, wanted in (
        (hourly, (world.begin_s, world.end_s), world.year.values.size * world.year.step_s // 3600),
        (fine, (world.day_s, world.day_s + 86_400), household.CHANNELS * 86_400 // world.month.step_s),
    ):
        answers = [ask(question, *bounds) for _ in range(runs)]
        _check(ask.__qualname__, answers[0][1], wanted)
        took.append(statistics.median(took_s for took_s, _ in answers))
    return Asked(_bytes(folder), ingest_s, *took)


def _check(who: str, came: int, wanted: int) -> None:
    if came != wanted:
        raise Broken(f"{who}: {came} values came, {wanted} were kept")


def _files(folder: Path) -> Iterator[Path]:
    yield from (path for path in sorted(folder.iterdir()) if path.is_file())


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in _files(folder))


def _throw_out(folder: Path) -> None:
    """Leave nothing of the files in the system's cache."""
    for path in _files(folder):
        number = os.open(path, os.O_RDONLY)
        try:
            os.fdatasync(number)
            os.posix_fadvise(number, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(number)
