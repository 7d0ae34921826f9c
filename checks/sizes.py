"""Files, classes and functions stay small; what is larger has its reason in ``checks/sizes.toml``.

The answer to a file that is too long is to split data, not text.
"""

import ast
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass

from checks.tree import Finding, Source, Tree

FILE_LINES = 400
PUBLIC_METHODS = 15
FUNCTION_LINES = 60
REASONS = "checks/sizes.toml"
CODE = ("src", "ui/src", "tests", "bench", "doors", "checks")
# Made from openapi.json by a tool; `npm run types -- --check` sees that it is fresh.
MADE = frozenset({"ui/src/api/schema.ts"})
SUFFIXES = (".py", ".ts", ".svelte", ".js", ".css")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Large:
    """Something above its size: in which table its reason would stand, under which key, and the words for it."""

    table: str
    key: str
    path: str
    line: int
    text: str


def check(tree: Tree) -> Iterator[Finding]:
    """Everything too large without a reason, and every reason without something large."""
    reasons: dict[str, dict[str, str]] = tomllib.loads(tree.read(REASONS)) if REASONS in tree.files else {}
    used = set()
    for large in _all(tree):
        if reasons.get(large.table, {}).get(large.key, "").strip():
            used.add((large.table, large.key))
        else:
            yield Finding(large.path, large.line, f"{large.text}: split it, or write the reason into {REASONS}")
    for table, rows in reasons.items():
        for key in rows:
            if (table, key) not in used:
                yield Finding(REASONS, 0, f"[{table}] {key!r} is no longer needed, or has no reason")


def _all(tree: Tree) -> Iterator[Large]:
    for path in tree.files:
        if path.startswith(tuple(f"{folder}/" for folder in CODE)) and path.endswith(SUFFIXES) and path not in MADE:
            lines = tree.read(path).count("\n")
            if lines > FILE_LINES:
                yield Large("files", path, path, 0, f"{lines} lines, above {FILE_LINES}")
    for source in tree.python(*CODE):
        yield from _inside(source, source.syntax, "")


def _inside(source: Source, parent: ast.AST, prefix: str) -> Iterator[Large]:
    for node in ast.iter_child_nodes(parent):
        if isinstance(node, ast.ClassDef):
            name = prefix + node.name
            methods = [n for n in node.body if isinstance(n, Function) and not n.name.startswith("_")]
            if len(methods) > PUBLIC_METHODS:
                text = f"class {name} has {len(methods)} public methods, above {PUBLIC_METHODS}"
                yield Large("classes", f"{source.path}::{name}", source.path, node.lineno, text)
            yield from _inside(source, node, f"{name}.")
        elif isinstance(node, Function):
            name = prefix + node.name
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES:
                text = f"function {name} has {lines} lines, above {FUNCTION_LINES}"
                yield Large("functions", f"{source.path}::{name}", source.path, node.lineno, text)
            yield from _inside(source, node, f"{name}.")
        else:
            yield from _inside(source, node, prefix)
