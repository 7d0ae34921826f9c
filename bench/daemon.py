"""The real daemon as a child process, seen only from outside: its sockets, its log, its memory in ``/proc``."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.broken import Broken

OHMSTEAD = Path(sys.executable).with_name("ohmstead")
STOP_S = 15.0


@dataclass(frozen=True)
class Daemon:
    """``began_s`` is when the process was asked for, on ``time.monotonic``."""

    process: subprocess.Popen[bytes]
    url: str
    log: Path
    began_s: float

    def check(self) -> None:
        """Raises Broken with its last words when it has ended."""
        if self.process.poll() is not None:
            words = self.log.read_text("utf-8")[-2000:]
            raise Broken(f"ohmstead site ended with {self.process.returncode}:\n{words}")

    def memory_bytes(self) -> int:
        """Its proportional set size with that of all its children: shared pages count once, over those who share."""
        return sum(_pss(pid) for pid in _family(self.process.pid))


@contextmanager
def site(config: Path, folder: Path) -> Iterator[Daemon]:
    """``ohmstead site`` on ``config``, its store and log in ``folder``, until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    log = folder / "site.log"
    command: list[str | Path] = [OHMSTEAD, "site", "--config", config, "--data", folder / "data", "--listen", address]
    with log.open("wb") as told:
        began_s = time.monotonic()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=told)
    try:
        yield Daemon(process, f"http://{address}", log, began_s)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _family(pid: int) -> Iterator[int]:
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text().split():
            yield from _family(int(child))


def _pss(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise Broken(f"/proc/{pid}/smaps_rollup tells no Pss")
