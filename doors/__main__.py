"""``./dev DOOR [ARGUMENTS…]``: prepares what the door needs, then opens it."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from doors import app, environment, system
from doors.check import check
from doors.place import ENVIRONMENT, PYTHON, DoorError
from doors.shell import become, say, visibly
from doors.test import soak, test

OHMSTEAD = ENVIRONMENT / "bin" / "ohmstead"


@dataclass(frozen=True)
class Door:
    """One door: what a person reads about it, what it needs beyond ``.venv``, and what it does with its arguments."""

    usage: str
    purpose: str
    open: Callable[[Sequence[str]], int]
    app: bool = False
    system: bool = False
    arguments: bool = True


DOORS = {
    "demo": Door(
        "demo [--port 8080]",
        "a simulated building and the app",
        lambda words: become([OHMSTEAD, "demo", *words]),
        app=True,
    ),
    "test": Door("test [PYTEST ARGUMENTS…]", "all tests, or just those named", test, app=True, system=True),
    "check": Door("check", "style, types, architecture, documents", lambda _: check(), arguments=False),
    "bench": Door(
        "bench [NAME…] [--json] [--write]",
        "figures against a peer or a limit; --write keeps them",
        lambda words: visibly([PYTHON, "-m", "bench", *words]),
        app=True,
    ),
    "soak": Door("soak [PYTEST ARGUMENTS…]", "the long tests", soak, app=True, system=True),
    "screens": Door(
        "screens",
        "pictures of every screen into docs/screens/",
        lambda words: visibly([PYTHON, "-m", "tests.browser.screens", *words]),
        app=True,
        system=True,
    ),
    "run": Door(
        "run COMMAND…",
        "the ohmstead command in the prepared environment",
        lambda words: become([OHMSTEAD, *words]),
        app=True,
    ),
}


def usage() -> str:
    """What a person reads who asks, or mistypes."""
    rows = "\n".join(f"  ./dev {door.usage:<32}{door.purpose}" for door in DOORS.values())
    return f"usage: ./dev DOOR [ARGUMENTS…]\n\n{rows}"


def main(words: Sequence[str]) -> int:
    """Open the door named by the first word; the rest are its arguments."""
    if not words or words[0] in {"-h", "--help", "help"}:
        print(usage())
        return 0 if words else 2
    name, *arguments = words
    if name not in DOORS:
        say(f"there is no door called {name!r}\n\n{usage()}")
        return 2
    door = DOORS[name]
    if arguments and not door.arguments:
        say(f"./dev {name} takes no arguments")
        return 2
    try:
        if door.system:
            system.require()
        environment.prepare()
        if door.app:
            with environment.alone():
                app.build()
        return door.open(arguments)
    except DoorError as reason:
        say(str(reason))
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
