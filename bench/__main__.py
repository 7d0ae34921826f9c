"""``./dev bench [NAME…] [--json] [--write]``: run the named benchmarks, or all, and print their figures.

``--write`` makes ``bench/RESULTS.md`` of a run of all. Exit status 0 when every goal holds, 1 when one does not or a
benchmark could not be carried out, 2 for an unknown name.
"""

import argparse
import importlib
import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence

from rich.console import Console
from rich.table import Table

from bench import priority
from bench.broken import Broken
from bench.figures import Figure
from bench.results import write

BENCHMARKS: Mapping[str, str] = {
    "reaction": "overload in the meter's register → lower setpoint readable on the board",
    "allocation": "sharing among 5 to 1,000 chargers in a tree of three levels, beside exhaustive search",
    "delivered": "power delivered on 400 sites, beside equal splitting and first come, first served",
    "backtest": "a year of minutes through the shipped decide(), at every minute and at the end of each wait",
    "solar-share": "solar share and contactor cycles on the same days, beside evcc's default rules",
    "pilot": "cost of a step of a charger, and the worst answer with 1, 10 and 50 boards at 20 Hz on one core",
    "pilot-random": "random steps a minute through a charger's state machine, every property held",
    "tick": "cost of one tick with 30, 300 and 3,000 channels, and on 300 real connections",
    "detection": "phases and directions of clamps found from data, against minutes of it",
    "metrology": "samples of 31 columns to all quantities, beside pqopen-lib, and their errors",
    "bus": "how often each meter is read, 50 on one TCP connection and 20 on one serial line",
    "virtual-day": "a simulated day with 12 devices and 2 chargers, and the pace over wires",
    "store": "10.9 million values of history: how large, and how fast a year and a day come back",
    "footprint": "memory of the daemon, time to the first safe command and the first snapshot",
    "app-size": "compressed bytes until flow and chart are painted",
}


def main(words: Sequence[str] | None = None) -> int:
    """Run what the command line names."""
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--json", action="store_true", help="one figure a line")
    parser.add_argument("--write", action="store_true", help="run all and write bench/RESULTS.md")
    wanted = parser.parse_args(words)
    unknown = [name for name in wanted.names if name not in BENCHMARKS]
    if unknown:
        sys.stderr.write(f"no benchmark {unknown[0]!r}; there are: {', '.join(BENCHMARKS)}\n")
        return 2
    busy = os.getloadavg()[0]
    try:
        with priority.first() as went_first:
            figures = measured(BENCHMARKS if wanted.write else wanted.names or BENCHMARKS, wanted.json)
    except Broken as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if not wanted.json:
        Console().print(table(figures))
    if wanted.write:
        write(figures, busy, went_first)
    return 0 if all(figure.holds is not False for figure in figures) else 1


def measured(names: Iterable[str], as_json: bool) -> list[Figure]:
    """The figures of the benchmarks, each printed at once if ``as_json``. Raises Broken."""
    figures: list[Figure] = []
    for name in names:
        sys.stderr.write(f"{name}: {BENCHMARKS[name]}\n")
        module = importlib.import_module(f"bench.{name.replace('-', '_')}")
        for figure in module.run():
            figures.append(figure)
            if as_json:
                sys.stdout.write(json.dumps(figure.row()) + "\n")
                sys.stdout.flush()
    return figures


def table(figures: list[Figure]) -> Table:
    """The figures for a person."""
    shown = Table("figure", "value", "unit", "goal", "holds", "peer", "ratio", "runs")
    for figure in figures:
        holds = {True: "yes", False: "NO", None: "–"}[figure.holds]
        ratio = "–" if figure.ratio is None else f"{figure.ratio:.2f}"
        shown.add_row(
            figure.name, figure.shown, figure.unit, figure.goal or "–", holds, figure.peer or "–", ratio,
            str(figure.runs),
        )  # fmt: skip
    return shown


if __name__ == "__main__":
    sys.exit(main())
