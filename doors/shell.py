"""Starts other programs: quietly while preparing, visibly when they are the point."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from doors.place import ENVIRONMENT, ROOT, DoorError

Command = Sequence[str | Path]


def surroundings(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a child: the prepared programs come first, and no Python path leaks in from outside."""
    env = {key: value for key, value in os.environ.items() if key not in {"PYTHONPATH", "PYTHONHOME"}}
    env["VIRTUAL_ENV"] = str(ENVIRONMENT)
    env["PATH"] = os.pathsep.join([str(ENVIRONMENT / "bin"), env.get("PATH", os.defpath)])
    return env | dict(extra or {})


def say(text: str) -> None:
    """One line to the person at the door, on standard error so that JSON on standard output stays clean."""
    print(text, file=sys.stderr, flush=True)


def quietly(what: str, command: Command, *, cwd: Path = ROOT, env: Mapping[str, str] | None = None) -> None:
    """Run a preparing step and show its output only when it fails.

    Raises:
        DoorError: the step failed; the message holds its output.
    """
    say(f"· {what}")
    try:
        done = subprocess.run(
            [str(part) for part in command],
            cwd=cwd,
            env=dict(env or surroundings()),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    except FileNotFoundError as missing:
        raise DoorError(f"{what}: {missing}") from missing
    if done.returncode:
        raise DoorError(f"{done.stdout}\n{what}: failed ({done.returncode}): {' '.join(map(str, command))}")


def visibly(command: Command, *, cwd: Path = ROOT, env: Mapping[str, str] | None = None) -> int:
    """Run a command on the person's own terminal and hand back its exit code."""
    words = [str(part) for part in command]
    child = subprocess.Popen(words, cwd=cwd, env=dict(env or surroundings()))
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:  # Ctrl-C reached the child as well; it decides how to end
            continue


def become(command: Command, *, env: Mapping[str, str] | None = None) -> int:
    """Turn this process into the command, so that signals reach it directly; the working directory stays the user's."""
    words = [str(part) for part in command]
    sys.stdout.flush()
    os.execve(words[0], words, dict(env or surroundings()))
