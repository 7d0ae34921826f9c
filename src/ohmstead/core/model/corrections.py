"""Corrections of what was recorded: values that came late or were wrong, stretches that must not count."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ohmstead.core.model.series import Span

CorrectionKind = Literal["late", "replace", "remove", "scale"]
"""Add what is missing; replace what is given; let nothing be known; multiply, where a transformer was set wrong."""


@dataclass(frozen=True, slots=True)
class GivenInterval:
    """What happened in one interval; ``None``: not known, or as it was."""

    start: datetime
    energy_import_j: int | None = None
    energy_export_j: int | None = None
    power_mean_w: float | None = None


@dataclass(frozen=True, slots=True)
class Correction:
    """What shall change on one channel, in intervals of ``span``.

    ``given`` belongs to the kinds late and replace; ``start``, ``end`` (not included) to remove and scale, ``factor``
    to scale: a negative one turns the direction round.
    """

    channel: str
    kind: CorrectionKind
    span: Span = Span.FIVE_MINUTES
    note: str = ""
    given: tuple[GivenInterval, ...] = ()
    start: datetime | None = None
    end: datetime | None = None
    factor: float | None = None


@dataclass(frozen=True, slots=True)
class Corrected:
    """A correction that was made: by whom, how many intervals changed, and their energies before and after."""

    id: str
    at: datetime
    author: str
    channel: str
    kind: CorrectionKind
    span: Span
    start: datetime
    end: datetime
    note: str
    factor: float | None
    intervals: int
    import_before_j: int
    import_after_j: int
    export_before_j: int
    export_after_j: int
