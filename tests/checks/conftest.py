"""Planted trees: a test writes the files it needs and looks at what a check says about them."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pytest

from checks.tree import Finding, Tree

ROOT = Path(__file__).resolve().parent.parent.parent
Check = Callable[[Tree], Iterable[Finding]]
Plant = Callable[[Mapping[str, str]], Tree]


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    """Writes files below an empty folder and hands back the tree."""

    def write(files: Mapping[str, str]) -> Tree:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return Tree(tmp_path)

    return write


@pytest.fixture
def said(plant: Plant) -> Callable[[Check, Mapping[str, str]], list[str]]:
    """Plants files and hands back what a check says, as text."""

    def ask(check: Check, files: Mapping[str, str]) -> list[str]:
        return [str(finding) for finding in check(plant(files))]

    return ask


@pytest.fixture
def planted_run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A place to run pytest in a process of its own that still finds our plug-ins."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return pytester
