"""Code that nothing uses, found by vulture; settings stand under ``[tool.vulture]`` in ``pyproject.toml``.

Functions, methods, classes, imports and unreachable lines count. Fields do not: records are read by name from JSON, by
the store and by the app, where vulture does not look.
"""

import tomllib
from collections.abc import Iterator
from pathlib import Path

from vulture import Vulture

from checks.tree import Finding, Tree

KINDS = frozenset({"function", "method", "property", "class", "import", "unreachable_code"})


def check(tree: Tree) -> Iterator[Finding]:
    """Every definition in ``src`` that neither the package nor a test, benchmark or tool uses."""
    settings = tomllib.loads(tree.read("pyproject.toml"))["tool"]["vulture"]
    finder = Vulture(
        ignore_names=settings.get("ignore_names", []),
        ignore_decorators=settings.get("ignore_decorators", []),
    )
    finder.scavenge([tree.root / path for path in settings["paths"] if (tree.root / path).exists()])
    for item in finder.get_unused_code(min_confidence=settings["min_confidence"]):
        path = Path(item.filename).resolve().relative_to(tree.root.resolve()).as_posix()
        if item.typ in KINDS and path.startswith("src/"):
            yield Finding(path, item.first_lineno, item.message)
