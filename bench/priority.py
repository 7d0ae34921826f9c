"""Priority over the other work of the machine, so that a figure tells of Ohmstead and not of its neighbours.

Linux gives each session its own share of the processor (``autogroup``), and each process within it by its nice value;
both are raised where the system allows it, which takes root, and put back at the end. Children inherit both.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NICE = -15
_GROUP = Path("/proc/self/autogroup")


@contextmanager
def first() -> Iterator[bool]:
    """Go first while the block lasts; whether the system allowed it."""
    nice = os.getpriority(os.PRIO_PROCESS, 0)
    try:
        os.setpriority(os.PRIO_PROCESS, 0, min(nice, NICE))
    except PermissionError:
        yield False
        return
    group = _group_nice()
    _set_group(NICE)
    try:
        yield True
    finally:
        _set_group(group)
        os.setpriority(os.PRIO_PROCESS, 0, nice)


def _group_nice() -> int:
    """Of the session; 0 where sessions are not weighed."""
    try:
        return int(_GROUP.read_text().split()[-1])
    except FileNotFoundError:
        return 0


def _set_group(nice: int) -> None:
    if _GROUP.exists():
        _GROUP.write_text(str(nice))
