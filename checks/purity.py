"""Core never asks the clock and never throws dice, whatever name it reaches them by.

Ruff's banned names catch the plain spellings; this catches aliases (``dt.now()``, ``np.random``), too.
"""

import ast
from collections.abc import Iterator

from checks.tree import Finding, Tree

CLOCK_CALLS = frozenset({"now", "utcnow", "today", "monotonic", "perf_counter", "time_ns", "localtime"})
DICE = ("numpy.random", "np.random")


def check(tree: Tree) -> Iterator[Finding]:
    """Every place in core that reads a clock or a source of randomness."""
    for source in tree.python("src/ohmstead/core"):
        for node in ast.walk(source.syntax):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCK_CALLS:
                text = f"core never asks the clock ({ast.unparse(node.func)}): now is an argument"
                yield Finding(source.path, node.lineno, text)
            elif isinstance(node, ast.Attribute) and ast.unparse(node) in DICE:
                yield Finding(source.path, node.lineno, f"core throws no dice ({ast.unparse(node)})")
            elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("numpy") and _dice(node):
                yield Finding(source.path, node.lineno, "core throws no dice (numpy.random)")


def _dice(node: ast.ImportFrom) -> bool:
    return node.module == "numpy.random" or any(alias.name == "random" for alias in node.names)
