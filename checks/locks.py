"""Declared packages agree: ``pyproject.toml`` with ``requirements/runtime.in``, and each ``.in`` file with its lock.

A lock holds names, versions and hashes; it is remade by
``uv pip compile --universal --generate-hashes requirements/NAME.in -o requirements/NAME.lock``.
"""

import re
import tomllib
from collections.abc import Iterator

from checks.tree import Finding, Tree

NAMES = ("runtime", "dev", "uv")
LOCKED = re.compile(r"^([a-z0-9][a-z0-9.-]*)(?:\[[^\]]*\])?==", re.M)
REQUIRED = re.compile(r"^([a-z0-9][a-z0-9.-]*)")


def check(tree: Tree) -> Iterator[Finding]:
    """Every requirement that is declared in one place and not in the other."""
    project = tomllib.loads(tree.read("pyproject.toml"))["project"]
    declared, required = set(project["dependencies"]), set(_rows(tree, "runtime"))
    for row in sorted(declared - required):
        yield Finding("pyproject.toml", 0, f"{row!r} does not stand in requirements/runtime.in")
    for row in sorted(required - declared):
        yield Finding("requirements/runtime.in", 0, f"{row!r} does not stand in pyproject.toml")
    for name in NAMES:
        lock = tree.read(f"requirements/{name}.lock")
        locked = set(LOCKED.findall(lock))
        for row in _rows(tree, name):
            package = REQUIRED.match(row)
            if package and package.group(1) not in locked:
                yield Finding(f"requirements/{name}.lock", 0, f"{row!r} is not locked")


def _rows(tree: Tree, name: str) -> list[str]:
    """The requirements of one ``.in`` file, without remarks and options."""
    lines = (line.split(" #")[0].strip() for line in tree.read(f"requirements/{name}.in").splitlines())
    return [line for line in lines if line and not line.startswith(("#", "-"))]
