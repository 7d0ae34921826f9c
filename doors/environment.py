"""Makes ``.venv``: uv pinned by hash, packages from ``requirements/dev.lock``, Ohmstead itself as an editable install.

One environment serves every door, so that what is tested is what runs. Unchanged inputs cost one hash.
Bytecode is compiled here, so that the first start is as quick as the next.
"""

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from doors import stamps
from doors.place import BOOTSTRAP, CACHE, ENVIRONMENT, PYTHON, REQUIREMENTS, ROOT, DoorError
from doors.shell import Command, quietly, surroundings

UV = BOOTSTRAP / "bin" / "uv"
LOCK = REQUIREMENTS / "dev.lock"
UV_LOCK = REQUIREMENTS / "uv.lock"
PACKAGE = ROOT / "src" / "ohmstead"
# What a person set for pip counts for uv too.
PIP_TO_UV = (
    ("PIP_INDEX_URL", "UV_DEFAULT_INDEX"),
    ("PIP_EXTRA_INDEX_URL", "UV_INDEX"),
    ("PIP_FIND_LINKS", "UV_FIND_LINKS"),
    ("PIP_CERT", "SSL_CERT_FILE"),
    ("PIP_DEFAULT_TIMEOUT", "UV_HTTP_TIMEOUT"),
)


def prepare() -> None:
    """Bring ``.venv`` up to date with the lock files and ``pyproject.toml``.

    Raises:
        DoorError: a step failed.
    """
    with alone():
        _bootstrap()
        _packages()
        _ohmstead()
        _bytecode()


@contextmanager
def alone() -> Iterator[None]:
    """Hold the repository's preparing lock: two doors opened at once do not build over each other."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def uv_settings() -> dict[str, str]:
    """The environment for uv: the child's usual one, the pip settings of the machine, its own certificates trusted."""
    env = surroundings()
    env.setdefault("UV_SYSTEM_CERTS", "1")
    for pip_name, uv_name in PIP_TO_UV:
        if pip_name in env:
            env.setdefault(uv_name, env[pip_name])
    return env


def _bootstrap() -> None:
    value = stamps.digest([UV_LOCK])
    if UV.exists() and (BOOTSTRAP / "bin" / "python").exists() and stamps.fresh(BOOTSTRAP / "stamp", value):
        return
    base = Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    python = base if base.exists() else Path(sys.executable)
    quietly("making a place for uv", [python, "-m", "venv", "--clear", BOOTSTRAP])
    quietly("fetching uv", [BOOTSTRAP / "bin" / "python", "-m", "pip", "install", "--require-hashes", "-r", UV_LOCK])
    stamps.press(BOOTSTRAP / "stamp", value)


def _packages() -> None:
    value = stamps.digest([LOCK, UV_LOCK])
    if PYTHON.exists() and stamps.fresh(ENVIRONMENT / "packages.stamp", value):
        return
    (ENVIRONMENT / "ohmstead.stamp").unlink(missing_ok=True)
    env = uv_settings()
    if not PYTHON.exists():
        python = os.path.realpath(BOOTSTRAP / "bin" / "python")
        quietly("making .venv", [UV, "venv", "--clear", "--python", python, ENVIRONMENT], env=env)
    sync: Command = [UV, "pip", "sync", "--python", PYTHON, "--require-hashes", "--compile-bytecode", LOCK]
    quietly("fetching packages (requirements/dev.lock)", sync, env=env)
    stamps.press(ENVIRONMENT / "packages.stamp", value)


def _ohmstead() -> None:
    value = stamps.digest([ROOT / "pyproject.toml", ROOT / "hatch_build.py"])
    if stamps.fresh(ENVIRONMENT / "ohmstead.stamp", value):
        return
    install: Command = [
        UV,
        "pip",
        "install",
        "--python",
        PYTHON,
        "--no-deps",
        "--no-build-isolation",
        "--editable",
        ROOT,
    ]
    quietly("installing ohmstead", install, env=uv_settings())
    stamps.press(ENVIRONMENT / "ohmstead.stamp", value)


def _bytecode() -> None:
    """Compile our own modules, so that a start is quick also where Python is told to write no bytecode by itself.

    A file that does not compile shuts no door: whoever imports or checks it tells more.
    """
    value = stamps.digest(PACKAGE.rglob("*.py"))
    if stamps.fresh(ENVIRONMENT / "bytecode.stamp", value):
        return
    compiling: Command = [PYTHON, "-m", "compileall", "-q", "--invalidation-mode", "checked-hash", PACKAGE]
    try:
        quietly("compiling ohmstead", compiling)
    except DoorError:
        return
    stamps.press(ENVIRONMENT / "bytecode.stamp", value)
