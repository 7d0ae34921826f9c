"""A pair of serial ports that are one wire: a program opens ``path``, the test holds the other end."""

import os
import pty
import tty
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def serial_pair() -> Iterator[tuple[int, str]]:
    """The test's end as a non-blocking file descriptor, and the path of the other."""
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    os.set_blocking(ours, False)
    try:
        yield ours, os.ttyname(theirs)
    finally:
        os.close(ours)
        os.close(theirs)
