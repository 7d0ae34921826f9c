"""Reads the catalogue of requirements: every ID with its kind, how it is checked, and a short title."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent.parent / "catalogue"
PAGES = ("energy_monitor", "ev_charger", "decisions")
CHECKS = {
    "T": "a test",
    "S": "a test against the simulator",
    "I": "data or a screen",
    "H": "information for the installer",
}


@dataclass(frozen=True)
class Requirement:
    """One requirement: M is stated by a manual, D is derived, G is a decision; ``shown_by`` names documents or data."""

    id: str
    kind: str
    check: str
    title: str
    shown_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Chapter:
    """One file of the catalogue."""

    title: str
    requirements: tuple[Requirement, ...]


@cache
def chapters(folder: Path = HERE) -> tuple[Chapter, ...]:
    """The whole catalogue, in the order of its files and rows."""
    return tuple(_read(folder / f"{name}.toml") for name in PAGES)


@cache
def known_ids(folder: Path = HERE) -> frozenset[str]:
    """Every ID a test may carry."""
    return frozenset(row.id for chapter in chapters(folder) for row in chapter.requirements)


def _read(path: Path) -> Chapter:
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    return Chapter(data.pop("title"), tuple(_rows(data)))


def _rows(data: dict[str, Any]) -> Iterator[Requirement]:
    for id_, row in data.items():
        yield Requirement(id_, row["kind"], row["check"], row["title"], tuple(row.get("shown_by", ())))
