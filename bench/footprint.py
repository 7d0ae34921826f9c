"""What the daemon needs: memory with all its children after a minute, and time until it is of use.

The demo's building runs as a child (``ohmstead simulate``), and so does ``ohmstead site`` on it. The first command is
seen on the boards over Modbus TCP, the first snapshot over HTTP, both counted from the start of the process. Memory
is the proportional set size of the daemon and its children, after the app was opened once in Chromium.
"""

import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from bench.browser import look_around, page
from bench.daemon import site
from bench.figures import Figure
from bench.waiting import until_commanded, until_good
from ohmstead.cli.demo import building

STARTS = 5
SETTLED_S = 60.0


def run(starts: int = STARTS, settled_s: float = SETTLED_S, app: bool = True) -> list[Figure]:
    """Median start times of ``starts`` daemons, and the memory of the last one; without ``app`` no browser opens."""
    commanded_s, snapshot_s = [], []
    for number in range(starts):
        with tempfile.TemporaryDirectory(prefix="ohmstead-bench-") as name:
            folder = Path(name)
            with building(folder, 1, datetime.now(UTC)) as config, site(config, folder) as daemon:
                commanded_s.append(until_commanded(daemon, config))
                snapshot_s.append(until_good(daemon))
                if number < starts - 1:
                    continue
                if app:
                    with page() as (opened, _):
                        look_around(opened, daemon.url)
                time.sleep(max(0.0, daemon.began_s + settled_s - time.monotonic()))
                memory = daemon.memory_bytes()
    return [
        Figure("footprint.memory", memory / 1e6, "MB", "<= 120"),
        Figure("footprint.first_command", statistics.median(commanded_s), "s", "<= 2", runs=starts),
        Figure("footprint.first_snapshot", statistics.median(snapshot_s), "s", "<= 4", runs=starts),
    ]
