"""A real site on a real simulated building with two wallboxes, in which nothing happens by itself."""

import json
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import Request, urlopen

from tests.browser.demo import ADDRESS

HOUSE = Path(__file__).parent / "panels.toml"
PATIENCE_S = 60.0


class Fresh:
    """``ohmstead demo --scenario`` in a process of its own, with the hand at its test bench."""

    def __init__(self) -> None:
        """Nothing runs yet."""
        self.url = ""
        self._running: subprocess.Popen[str] | None = None

    def start(self) -> "Fresh":
        """Run it until it is served and its chargers are heard."""
        command = [sys.executable, "-m", "ohmstead.cli", "demo", "--port", "0", "--scenario", str(HOUSE)]
        self._running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self._running.stdout
        lines = iter(self._running.stdout.readline, "")
        self.url = next(found[0] for line in lines if line.startswith("Ohmstead") and (found := ADDRESS.search(line)))
        self.until(lambda: self.ask("GET", "chargers/garage/panel")["heard"])
        return self

    def close(self) -> None:
        """End it, and wait until it has ended."""
        if self._running:
            self._running.terminate()
            self._running.communicate()
            self._running = None

    def ask(self, method, path, body=None):
        """What the API answers."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        with urlopen(Request(f"{self.url}/api/v1/{path}", data, headers, method=method), timeout=10) as answer:
            return json.load(answer)

    def do(self, deed, **more):
        """One deed at the test bench."""
        return self.ask("POST", "bench", {"deed": deed, **more})

    def until(self, holds) -> None:
        """Wait until it does."""
        ends = time.monotonic() + PATIENCE_S
        while not holds():
            assert time.monotonic() < ends, "it never happened"
            time.sleep(0.1)
