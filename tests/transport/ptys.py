"""A pair of serial ports that are one wire: a program opens ``path``, the test holds the other end."""

import asyncio
import os
import pty
import tty
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager


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


@asynccontextmanager
async def crossed_pair() -> AsyncIterator[tuple[str, str]]:
    """The paths of two serial ports whose wires are crossed, for two programs."""
    loop = asyncio.get_running_loop()
    with serial_pair() as (one, one_path), serial_pair() as (two, two_path):
        for source, sink in ((one, two), (two, one)):
            loop.add_reader(source, lambda source=source, sink=sink: os.write(sink, os.read(source, 4096)))
        try:
            yield one_path, two_path
        finally:
            for end in (one, two):
                loop.remove_reader(end)
