"""The real thing to look at: ``ohmstead demo`` in a process of its own, seen when its house is awake."""

import json
import re
import subprocess
import sys
import time
from urllib.request import urlopen

ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")
AWAKE_W = 500.0
LONGEST_WAIT_S = 300.0


class Demo:
    """A simulated building on its wire protocols and a site that reads it; the story is always that of seed 1."""

    def __init__(self) -> None:
        """Nothing runs yet."""
        self.url = ""
        self._running: subprocess.Popen[str] | None = None

    def start(self) -> "Demo":
        """Run it, and wait until it is worth a look."""
        command = [sys.executable, "-m", "ohmstead.cli", "demo", "--port", "0", "--seed", "1"]
        self._running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self._running.stdout
        lines = iter(self._running.stdout.readline, "")
        self.url = next(found[0] for line in lines if line.startswith("Ohmstead") and (found := ADDRESS.search(line)))
        self.wait()
        return self

    def wait(self) -> None:
        """Return when both cars charge beside an oven that is on; it is so for half of each minute."""
        until = time.monotonic() + LONGEST_WAIT_S
        while not self._awake():
            if time.monotonic() > until:
                self.close()
                raise TimeoutError(f"in {LONGEST_WAIT_S:.0f} s the cars of the demo did not charge beside its oven")
            time.sleep(1.0)

    def close(self) -> None:
        """End it, and wait until it has ended."""
        if self._running:
            self._running.terminate()
            self._running.communicate()
            self._running = None

    def _awake(self) -> bool:
        with urlopen(f"{self.url}/api/v1/snapshot", timeout=10) as answer:
            seen = json.load(answer)
        parts = [*seen["chargers"].values(), seen["channels"]["oven"]]
        return all((part["power_w"] or 0.0) > AWAKE_W for part in parts)
