"""Ruff bans clocks and dice in core, by the settings of ``pyproject.toml``, and nowhere else."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
BANNED = [
    "import time\n\nprint(time.monotonic())\n",
    "from datetime import UTC, datetime\n\nprint(datetime.now(UTC))\n",
    "from datetime import date\n\nprint(date.today())\n",
    "import random\n\nprint(random.random())\n",
    "import numpy as np\n\nprint(np.random.default_rng())\n",
]


def ruff(path: str, code: str) -> str:
    """What ruff says of this code if it stood at this path."""
    command = [Path(sys.executable).parent / "ruff", "check", "--select", "TID251", "--stdin-filename", path, "-"]
    done = subprocess.run(command, cwd=ROOT, input=code, capture_output=True, text=True, check=False)
    return done.stdout


@pytest.mark.parametrize("code", BANNED)
def test_core_may_not(code):
    assert "TID251" in ruff("src/ohmstead/core/control/a.py", code)


@pytest.mark.parametrize("code", BANNED)
def test_others_may(code):
    assert "All checks passed" in ruff("src/ohmstead/site/a.py", code)
