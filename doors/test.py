"""``./dev test``: all tests, or just those named.

A full run has four parts: everything but the browser, then the browser's, the app's own tests, and the page of
requirements shown by tests that passed. That page is rewritten; on CI it is compared instead.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from doors import app
from doors.place import CACHE, PYTHON, ROOT
from doors.shell import say, surroundings, visibly

BROWSER = Path("tests/browser")
"""A call of its own: its event loop and those of the other tests do not bear each other in one process."""
STEALING = ("--dist", "worksteal")
"""A file stays together unless a worker has nothing left to do."""
WAITING = ("-n", str(3 * (os.cpu_count() or 1) // 2), *STEALING)
"""More workers than cores, as many tests wait."""
DRAWING = ("-n", "auto", *STEALING)
"""A browser has something to do all the time."""
EXPLORE = {"OHMSTEAD_EXPLORE": "40"}
"""How many times as many examples a property tries, and new ones (``tests/exploring.py``)."""


def test(arguments: Sequence[str]) -> int:
    """Run the tests; 0 if all passed. Arguments go to pytest as they are and make it a partial run."""
    if arguments:
        return _pytest(*arguments)
    outcomes = CACHE / "requirements"
    outcomes.mkdir(parents=True, exist_ok=True)
    for old in outcomes.glob("*.json"):
        old.unlink()
    codes = {"tests": _pytest(*WAITING, f"--ignore={BROWSER}", *_shown(outcomes, "tests"))}
    if any((ROOT / BROWSER).glob("**/test_*.py")):
        codes["tests/browser"] = _pytest(*DRAWING, str(BROWSER), *_shown(outcomes, "browser"))
    if app.exists():
        codes["ui (npm test)"] = app.script("test")
    if not any(codes.values()):
        codes["docs/requirements.md"] = _page(outcomes)
    for name, code in codes.items():
        say(f"{'ok  ' if not code else 'FAIL'} {name}")
    return int(any(codes.values()))


def soak(arguments: Sequence[str]) -> int:
    """Run the long tests, those marked ``soak``, and every property with many more examples than usual."""
    chosen = EXPLORE | {name: os.environ[name] for name in EXPLORE if os.environ.get(name)}
    return _pytest("-m", "soak or hypothesis", *arguments, env=surroundings(chosen))


def _pytest(*arguments: str, env: Mapping[str, str] | None = None) -> int:
    return visibly([PYTHON, "-m", "pytest", *arguments], env=env)


def _shown(outcomes: Path, name: str) -> tuple[str, str]:
    return ("--requirements-out", str(outcomes / f"{name}.json"))


def _page(outcomes: Path) -> int:
    compare = ["--compare"] if os.environ.get("CI") else []
    return visibly([PYTHON, "-m", "checks.requirements.page", *compare, *sorted(outcomes.glob("*.json"))])
