"""Makes ``bench/RESULTS.md`` of one run: the machine, the figures beside their goals, how each was measured, peers."""

import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

from bench.figures import Figure

PAGE = Path(__file__).with_name("RESULTS.md")
PEERS = Path(__file__).with_name("peers.md")
_HOLDS = {True: "yes", False: "**no**", None: ""}
_HEAD = """\
# What it measures

Made by `./dev bench --write`; each figure comes from that run, on the machine named here. Peers that cannot run
beside it are quoted at the end.

| | |
|---|---|
"""


def write(figures: Sequence[Figure], busy: float, went_first: bool) -> None:
    """Replace the page; ``busy`` is the load average before the run, ``went_first`` see ``bench.priority``."""
    PAGE.write_text(page(figures, busy, went_first, datetime.now(UTC)), "utf-8")


def page(figures: Sequence[Figure], busy: float, went_first: bool, at: datetime) -> str:
    """The whole page."""
    rows = [
        ("date", f"{at:%Y-%m-%d}"),
        ("processor", f"{_processor()}, {_cores()} cores"),
        ("system", f"{platform.system()} {platform.release()}"),
        ("Python", platform.python_version()),
        ("load average before the run", f"{busy:.1f} (other work of the machine)"),
        ("priority", "before that other work, as on a machine of its own" if went_first else "as any process"),
    ]
    text = _HEAD + "".join(f"| {name} | {value} |\n" for name, value in rows)
    text += (
        "\n| figure | value | unit | goal | holds | run beside it | ratio | runs |\n|---|--:|---|---|---|---|--:|--:|\n"
    )
    for figure in figures:
        goal = figure.goal.replace("<=", "≤") if figure.goal else ""
        ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
        cells = (f"`{figure.name}`", figure.shown, figure.unit, goal, _HOLDS[figure.holds], figure.peer or "", ratio)
        text += f"| {' | '.join(cells)} | {figure.runs} |\n"
    text += "\n## How each is measured\n"
    for name in dict.fromkeys(figure.name.partition(".")[0] for figure in figures):
        told = import_module(f"bench.{name.replace('-', '_')}").__doc__ or ""
        text += f"\n### `{name}`\n\n{told.replace('``', '`').strip()}\n"
    return f"{text}\n{PEERS.read_text('utf-8')}"


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _cores() -> int:
    return sum(line.startswith("processor") for line in Path("/proc/cpuinfo").read_text().splitlines())
