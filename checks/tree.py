"""The files a check looks at, and what it says about them."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path


@dataclass(frozen=True, order=True)
class Finding:
    """One broken rule: the file, the line (0 when the whole file is meant) and what to do about it."""

    path: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}" if self.line else f"{self.path}: {self.text}"


@dataclass(frozen=True)
class Source:
    """One Python file, parsed."""

    path: str
    text: str

    @cached_property
    def syntax(self) -> ast.Module:
        """The syntax tree."""
        return ast.parse(self.text, filename=self.path)

    @property
    def module(self) -> str:
        """The dotted name: ``ohmstead.core.model`` for ``src/ohmstead/core/model/__init__.py``."""
        parts = list(Path(self.path).with_suffix("").parts)
        if parts[0] == "src":
            parts = parts[1:]
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@dataclass(frozen=True)
class Tree:
    """A repository: the files git knows or would add; every file where there is no git (a planted tree in a test)."""

    root: Path
    _sources: dict[str, Source] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def files(self) -> tuple[str, ...]:
        """Paths below the root, with forward slashes, sorted."""
        if (self.root / ".git").exists():
            listed = subprocess.run(
                ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
                cwd=self.root,
                capture_output=True,
                text=True,
                check=True,
            ).stdout.split("\0")
            return tuple(sorted(name for name in set(listed) if name and (self.root / name).is_file()))
        return tuple(sorted(p.relative_to(self.root).as_posix() for p in self.root.rglob("*") if p.is_file()))

    def read(self, path: str) -> str:
        """The text of one file."""
        return (self.root / path).read_text(encoding="utf-8")

    def text_files(self) -> Iterator[tuple[str, str]]:
        """Every file that is text, with its content."""
        for path in self.files:
            data = (self.root / path).read_bytes()
            if b"\0" not in data[:8192]:
                yield path, data.decode("utf-8", errors="replace")

    def python(self, *below: str) -> Iterator[Source]:
        """The Python files below the folders, or all of them."""
        for path in self.files:
            if path.endswith(".py") and (not below or path.startswith(tuple(f"{folder}/" for folder in below))):
                if path not in self._sources:
                    self._sources[path] = Source(path, self.read(path))
                yield self._sources[path]
