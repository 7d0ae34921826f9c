"""What the tests need from the operating system: found, installed when we are root, or named in one exact line."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from doors.place import DoorError
from doors.shell import quietly, say, surroundings


@dataclass(frozen=True)
class Need:
    """One program of the system: what it is for, the Debian packages that bring it, and how to see it is there."""

    what: str
    packages: tuple[str, ...]
    found: Callable[[], bool]


def _has_postgresql() -> bool:
    return any(Path("/usr/lib/postgresql").glob("*/bin/postgres")) or shutil.which("postgres") is not None


def _has_mosquitto() -> bool:
    return Path("/usr/sbin/mosquitto").exists() or shutil.which("mosquitto") is not None


NEEDS = (
    Need("Chromium, for tests/browser", ("chromium", "fonts-liberation"), lambda: shutil.which("chromium") is not None),
    Need("a D-Bus daemon, for tests of networks", ("dbus-daemon",), lambda: shutil.which("dbus-daemon") is not None),
    Need("Mosquitto, a broker for devices on MQTT", ("mosquitto",), _has_mosquitto),
    Need("mbpoll, a Modbus master that judges our servers", ("mbpoll",), lambda: shutil.which("mbpoll") is not None),
    Need("PostgreSQL, for the fleet's store", ("postgresql",), _has_postgresql),
)


def require(needs: tuple[Need, ...] = NEEDS) -> None:
    """See that every need is met, installing what is missing if we may.

    Raises:
        DoorError: something is missing and we are not root; the message is the line to run.
    """
    missing = [need for need in needs if not need.found()]
    if not missing:
        return
    packages = sorted({package for need in missing for package in need.packages})
    say("· missing: " + "; ".join(need.what for need in missing))
    if os.geteuid() != 0:
        raise DoorError(
            "Run this line, then try again:\n"
            f"  sudo apt-get update && sudo apt-get install --yes --no-install-recommends {' '.join(packages)}"
        )
    env = surroundings({"DEBIAN_FRONTEND": "noninteractive"})
    quietly("apt-get update", ["apt-get", "update"], env=env)
    install = ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
    quietly(f"apt-get install {' '.join(packages)}", install, env=env)
    still = [need.what for need in missing if not need.found()]
    if still:
        raise DoorError("installed, yet not found: " + "; ".join(still))
