"""What is proposed to the installer: for each circuit its phase and direction, how sure, and what speaks for it.

It only proposes. ``sure`` is said when the next best explanation is far less likely; a circuit that did nothing, or
whose changes nothing explains, gets no claim. Mains that were located from data and not confirmed must be sure too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ohmstead.core.commissioning.detection.circuits import Verdict, assign
from ohmstead.core.commissioning.detection.evidence import Observation, Phasors, Real, steps
from ohmstead.core.commissioning.detection.mains import MainsVerdict, locate
from ohmstead.core.model.quantities import PHASES, Phase
from ohmstead.core.model.reasons import Reason

SURE_CIRCUIT = 6.0
SURE_MAINS = 15.0
"""Nats beyond which no house of the published generator was judged wrongly."""
_STRAIGHT = (0.75, 1.25)


@dataclass(frozen=True, slots=True)
class Finding:
    """One circuit: ``phase`` ``None`` where nothing can be said; ``rating`` 2 or 0.5 where the transformer is another
    one."""

    column: int
    phase: Phase | None
    reversed: bool
    rating: float
    sure: bool
    slope: float | None
    reason: Reason


@dataclass(frozen=True, slots=True)
class Proposal:
    """All circuits, the mains, and how well it all fits."""

    findings: tuple[Finding, ...]
    mains: MainsVerdict
    coverage: Mapping[Phase, float]
    """Which part of each conductor's changes the circuits explain; the rest is measured by no circuit."""
    residual_a: Mapping[Phase, float]

    @property
    def mains_sure(self) -> bool:
        """Whether the place of the mains is known or beyond doubt."""
        return self.mains.margin >= SURE_MAINS


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is known beforehand. ``mains`` confirmed by somebody: terminals and signs of the three clamps."""

    mains: MainsVerdict | None = None
    producing: frozenset[int] = field(default_factory=frozenset)
    heaters: frozenset[int] = field(default_factory=frozenset)
    night: Phasors | None = None
    """(3): what the mains carried in the dark, when nothing produces, on the mean; A."""


def propose(seen: Observation, known: Knowledge) -> Proposal:
    """The best explanation of what was ``seen``."""
    found = steps(seen)
    behind = assign(found)
    mains = known.mains or locate(seen, found, behind, known.producing, known.heaters, known.night)
    trusted = known.mains is not None or mains.margin >= SURE_MAINS
    columns = range(seen.circuits.shape[1])
    findings = tuple(_finding(column, behind.verdicts.get(column), mains, trusted) for column in columns)
    return Proposal(findings, mains, _by_phase(behind.coverage, mains), _by_phase(behind.residual_a, mains))


def _by_phase(values: Real, mains: MainsVerdict) -> Mapping[Phase, float]:
    return {PHASES[mains.terminals[clamp]]: float(values[clamp]) for clamp in range(3)}


def _finding(column: int, verdict: Verdict | None, mains: MainsVerdict, trusted: bool) -> Finding:
    if verdict is None:
        return Finding(column, None, False, 1.0, False, None, Reason("detection.idle", {}))
    if verdict.factor == 0.0:
        return Finding(column, None, False, 1.0, False, verdict.slope, Reason("detection.unexplained", {}))
    factor = verdict.factor * mains.signs[verdict.terminal]
    phase = PHASES[mains.terminals[verdict.terminal]]
    straight = _STRAIGHT[0] <= verdict.slope / verdict.factor <= _STRAIGHT[1]
    clear = verdict.margin >= SURE_CIRCUIT and straight
    key = "detection.rating" if abs(factor) != 1.0 else "detection.reversed" if factor < 0 else "detection.straight"
    if not clear:
        key = "detection.unsure"
    elif not trusted:
        key = "detection.mains_unsure"
    reason = Reason(key, {"phase": phase, "factor": abs(factor), "margin": round(verdict.margin, 1)})
    return Finding(column, phase, factor < 0, abs(factor), clear and trusted, verdict.slope, reason)
