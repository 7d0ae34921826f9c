"""Kills a recording process at random instants, and looks at what it left behind.

``kill_rounds`` takes any command that records into a SQLite database, so that the real daemon can be its victim. A
command that prints ``kept ISO-TIME`` after each row is held to what it said. What is left behind is read with
sqlite3, not with the store: integrity, rows that overlap or go backwards, and sums that do not fit together.
"""

import os
import random
import selectors
import signal
import sqlite3
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from ohmstead.store.packing import NOTHING, Layout, unpack_column, unpack_times

SPANS = {300: 3600, 3600: 86_400}


@dataclass(frozen=True)
class Look:
    """What a database holds: when it ends, each channel's import counter there, and what is wrong with it."""

    last_at: datetime | None
    counters: Mapping[str, int]
    rows: int
    complaints: tuple[str, ...]


@dataclass(frozen=True)
class Round:
    """One life: when it was killed, the last row it said it had kept, and what was found."""

    killed_at: datetime
    promised: datetime | None
    found: Look


def kill_rounds(
    command: Sequence[str],
    database: Path,
    rounds: int,
    seed: int,
    *,
    lives_s: tuple[float, float] = (0.02, 0.4),
    start_s: float = 30.0,
) -> list[Round]:
    """Start ``command`` ``rounds`` times and kill it by SIGKILL each time, at random within ``lives_s`` of a first row.

    Raises RuntimeError when it ends by itself or writes no row within ``start_s``.
    """
    dice = random.Random(seed)
    done: list[Round] = []
    before: Mapping[str, int] = {}
    for _ in range(rounds):
        promised, killed_at = _one_life(command, database, dice.uniform(*lives_s), start_s)
        found = examine(database)
        backwards = tuple(
            f"{name} went back from {value} to {found.counters.get(name)}"
            for name, value in before.items()
            if found.counters.get(name, -1) < value
        )
        before = found.counters
        look = Look(found.last_at, found.counters, found.rows, found.complaints + backwards)
        done.append(Round(killed_at, promised, look))
    return done


def _one_life(
    command: Sequence[str], database: Path, life_s: float, start_s: float
) -> tuple[datetime | None, datetime]:
    at_start = _newest(database)
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout is not None
        os.set_blocking(process.stdout.fileno(), False)
        said = b""
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            patience = time.monotonic() + start_s
            end: float | None = None
            while end is None or time.monotonic() < end:
                if process.poll() is not None or time.monotonic() > patience + life_s:
                    _kill(process)
                    raise RuntimeError(f"{command} ended by itself or wrote nothing within {start_s} s")
                if selector.select(0.005):
                    said += process.stdout.read() or b""
                if end is None and (b"kept " in said or _newest(database) != at_start):
                    end = time.monotonic() + life_s
        _kill(process)
        killed_at = datetime.now(UTC)
        process.wait()
        os.set_blocking(process.stdout.fileno(), True)
        said += process.stdout.read()
    lines = [line for line in said.decode(errors="replace").split("\n")[:-1] if line.startswith("kept ")]
    return (datetime.fromisoformat(lines[-1].removeprefix("kept ")) if lines else None), killed_at


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """The process and all its children, which share its session."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)


def _newest(database: Path) -> int | None:
    if not database.exists():
        return None
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=5)) as connection:
            found = connection.execute("SELECT max(at) FROM tail").fetchone()
    except sqlite3.OperationalError:
        return None
    return None if found is None else found[0]


def examine(database: Path) -> Look:
    """Look at what is on the disk."""
    with closing(sqlite3.connect(database, timeout=5)) as connection:
        complaints = [f"integrity: {row}" for row in connection.execute("PRAGMA integrity_check") if row != ("ok",)]
        complaints += [f"stray: {row}" for row in connection.execute("PRAGMA foreign_key_check")]
        names = dict(connection.execute("SELECT no, name FROM channel").fetchall())
        layouts = {no: Layout.load(text) for no, text in connection.execute("SELECT no, body FROM layout")}
        for number, name in names.items():
            complaints += [f"{name}: {text}" for text in _rollup_faults(connection, number)]
        seconds, faults = _seconds(connection, names, layouts)
        complaints += faults
        last = connection.execute("SELECT max(at) FROM tail").fetchone()[0]
    counters = {name: values[-1] for name, values in seconds.items() if values}
    rows = max(map(len, seconds.values()), default=0)
    last_at = None if last is None else datetime.fromtimestamp(last / 1000, UTC)
    return Look(last_at, counters, rows, tuple(complaints))


def _rollup_faults(connection: sqlite3.Connection, channel: int) -> list[str]:
    """Intervals that do not go on where the one before ended, and coarse ones that are not the sum of the finer."""
    faults: list[str] = []
    for span in (300, 3600, 86_400):
        query = "SELECT start, import_j, import_end_j FROM rollup WHERE channel = ? AND span = ? ORDER BY start"
        rows = [row for row in connection.execute(query, (channel, span)) if row[2] is not None]
        for (_, _, end), (start, energy, now) in pairwise(rows):
            if now - energy != end or energy < 0:
                faults.append(f"span {span} at {start} begins at {now - energy}, the one before ended at {end}")
    for fine, coarse in SPANS.items():
        query = "SELECT start, import_j FROM rollup WHERE channel = ? AND span = ? ORDER BY start"
        starts = connection.execute(query, (channel, coarse)).fetchall()
        for start, energy in starts:
            end = min((later for later, _ in starts if later > start), default=start + coarse * 1000)
            inside = (channel, fine, start, min(end, start + coarse * 1000))
            sums = "SELECT sum(import_j) FROM rollup WHERE channel = ? AND span = ? AND start >= ? AND start < ?"
            if connection.execute(sums, inside).fetchone()[0] != energy:
                faults.append(f"span {coarse} at {start} is not the sum of its parts")
    return faults


def _seconds(
    connection: sqlite3.Connection, names: Mapping[int, str], layouts: Mapping[int, Layout]
) -> tuple[dict[str, list[int]], list[str]]:
    """Every import counter kept by second, in order, and where times or counters go back or come twice."""
    values: dict[str, list[int]] = {name: [] for name in names.values()}
    times: list[int] = []
    faults: list[str] = []
    for channel, body in connection.execute("SELECT channel, body FROM block ORDER BY start, channel"):
        if channel == 0:
            times += unpack_times(body)
        else:
            values[names[channel]] += [value for value in unpack_column(body).imported[1:] if value != NOTHING]
    for at, layout, body in connection.execute("SELECT at, layout, body FROM tail ORDER BY at"):
        times.append(at)
        for name, sample in layouts[layout].unpack(body).items():
            if sample.energy_import_j is not None:
                values[name].append(sample.energy_import_j)
    faults += [f"times {a} and {b}" for a, b in pairwise(times) if b <= a]
    faults += [f"{name} from {a} to {b}" for name, kept in values.items() for a, b in pairwise(kept) if b < a]
    return values, faults
