"""What the guided test of the grid meter found (EV-180, G-022)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ohmstead.core.model.reasons import Reason

Verdict = Literal["correct", "reversed", "wrong_phase", "unplugged", "inconclusive"]


@dataclass(frozen=True, slots=True)
class MeasuredStep:
    """By how many watts the charger changed and what the grid meter showed of it, by phase.

    The only key is ``sum`` where the meter does not tell its phases apart. A phase that the meter gave no value
    for is not in ``grid_w``.
    """

    charger_w: Mapping[str, float]
    grid_w: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Findings:
    """The verdict with the reason in words, the phases it speaks of, and the phases that moved in their place."""

    verdict: Verdict
    reason: Reason
    phases: tuple[str, ...] = ()
    moved_on: tuple[str, ...] = ()
    hint: Reason | None = None
    """What this test could not see."""


@dataclass(frozen=True, slots=True)
class Report:
    """One finished test, kept with its author."""

    charger: str
    device: str
    """The grid meter that was tested."""
    author: str
    began: datetime
    ended: datetime
    findings: Findings
    steps: tuple[MeasuredStep, ...] = ()


@dataclass(frozen=True, slots=True)
class Verification:
    """How far the test of one charger is. ``doing`` stands while it runs; ``report`` is the last one finished."""

    charger: str
    doing: Reason | None = None
    report: Report | None = None
