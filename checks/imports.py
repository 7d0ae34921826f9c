"""Reads the imports of a Python file: one row per imported name, with everything it could mean."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from checks.tree import Source


@dataclass(frozen=True)
class Imported:
    """One imported name in full (``ohmstead.core.model`` for ``from ohmstead.core import model``) and its line."""

    name: str
    line: int

    def within(self, module: str) -> bool:
        """Whether the name is the module or lies inside it."""
        return self.name == module or self.name.startswith(f"{module}.")


def imports(source: Source) -> Iterator[Imported]:
    """Every import of the file, wherever it stands: at the top, inside a function, under ``TYPE_CHECKING``."""
    for node in ast.walk(source.syntax):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Imported(alias.name, node.lineno)
        elif isinstance(node, ast.ImportFrom):
            base = _base(source, node)
            for alias in node.names:
                yield Imported(base if alias.name == "*" else f"{base}.{alias.name}", node.lineno)


def _base(source: Source, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    package = source.module.split(".")
    if not source.path.endswith("__init__.py"):
        package = package[:-1]
    package = package[: len(package) - node.level + 1]
    return ".".join([*package, *([node.module] if node.module else [])])
