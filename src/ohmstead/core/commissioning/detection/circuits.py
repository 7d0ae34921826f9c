"""Each circuit's phase, direction and rating, when the mains are known: a search over whole assignments.

Each change of a mains conductor is the sum of the changes of the circuits on it, each with a factor: +1, -1 for a
reversed transformer, ±2 or ±1/2 for one of another rating than configured; plus what no circuit measures. Each circuit
belongs to one conductor, which a plain regression does not know and needs: over a balanced three-phase load its
factors are not determined. So that assignment of all circuits is sought which is most likely when residuals have a
Cauchy distribution: a change explained to the noise counts a lot, one explained by half counts nothing, and what no
circuit explains harms little. How sure a circuit is comes from how much less likely the best *other* assignment is.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from ohmstead.core.commissioning.detection.evidence import Real, Steps

FACTORS = (1.0, -1.0, 2.0, -2.0, 0.5, -0.5)
UNLIKELY_RATING = 20.0
"""What a factor other than one must gain beyond the others, in nats: wrong ratings are rare."""
_CHOICES: tuple[tuple[int, float], ...] = tuple(product(range(3), FACTORS))
_COST = np.array([0.0 if abs(factor) == 1.0 else UNLIKELY_RATING for _, factor in _CHOICES])
_NONE = -1
_SWEEPS = 8
_BETTER = 1e-6
_FLOOR_A = 0.02
"""No residual is believed to be smaller: steps of the converters and noise."""
_ERROR = 0.03
"""Part of a change by which two transformers may differ, in size and in angle."""
_TOGETHER = 0.4
"""Correlation from which two circuits are chosen as a pair."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One circuit: ``terminal`` from 0, ``factor`` as in FACTORS, both for the best choice; 0 where none explains
    it."""

    terminal: int
    factor: float
    margin: float
    """By how many nats the next best choice is less likely."""
    slope: float
    """The factor as a robust regression has it: near ±1, ±2 or ±1/2 when all is well."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """All active circuits by column."""

    verdicts: dict[int, Verdict]
    coverage: Real
    """(3): which part of each conductor's changes the circuits explain."""
    residual_a: Real
    """(3): RMS of what they do not."""


def assign(found: Steps) -> Assignment:
    """The best assignment of the active circuits."""
    search = _Search(found)
    search.run()
    verdicts = search.judge()
    rest = search.rest
    whole = np.maximum((np.abs(found.mains) ** 2).sum(axis=0), 1e-12)
    coverage = np.clip(1 - (np.abs(rest) ** 2).sum(axis=0) / whole, 0.0, 1.0)
    return Assignment(verdicts, coverage, np.sqrt((np.abs(rest) ** 2).mean(axis=0)) if len(rest) else np.zeros(3))


class _Search:
    """Circuits are moved one by one, and in pairs that change together, until nothing gets more likely."""

    def __init__(self, found: Steps) -> None:
        self.columns = [int(column) for column in np.flatnonzero(found.active)]
        parts = found.circuits[:, self.columns]
        self._parts = np.where(np.abs(parts) > _FLOOR_A, parts, 0.0)
        spread = np.sqrt((np.abs(found.circuits) ** 2).sum(axis=1))
        self._scale = 1 / np.hypot(_FLOOR_A, _ERROR * spread) ** 2
        self.rest = found.mains.copy()
        self.choice = np.full(len(self.columns), _NONE)
        self._pairs = self._changing_together()

    def run(self) -> None:
        loudest = np.argsort(-(np.abs(self._parts) ** 2).sum(axis=0))
        for _ in range(_SWEEPS):
            before = self.choice.copy()
            for place in loudest:
                self._settle(int(place))
            for one, other in self._pairs:
                self._settle_both(one, other)
            if np.array_equal(before, self.choice):
                return

    def judge(self) -> dict[int, Verdict]:
        """By column; where another choice turns out more likely with its companions chosen anew, it is taken first."""
        for _ in range(_SWEEPS):
            margins = [self._margin(place) for place in range(len(self.columns))]
            if not any(better for _, better in margins):
                break
        verdicts = {}
        for place, (margin, _) in enumerate(margins if self.columns else []):
            number = int(self.choice[place])
            terminal, factor = _CHOICES[number] if number != _NONE else (0, 0.0)
            slope = self._slope(place, terminal, factor)
            verdicts[self.columns[place]] = Verdict(terminal, factor, margin, slope)
        return verdicts

    def _margin(self, place: int) -> tuple[float, bool]:
        """How much less likely all is with the circuit elsewhere; and whether something better was found and kept."""
        number = int(self.choice[place])
        companions = [a if b == place else b for a, b in self._pairs if place in (a, b)]
        kept, rest = self.choice.copy(), self.rest.copy()
        best, rival, found = self._likelihood(), -np.inf, kept
        for other in (_NONE, *range(len(_CHOICES))):
            if other == number:
                continue
            self._put(place, other)
            for companion in companions:
                self._settle(companion)
            likely = self._likelihood()
            if likely > rival:
                rival, found = likely, self.choice.copy()
            self.choice, self.rest = kept.copy(), rest.copy()
        if rival <= best + _BETTER:
            return best - rival, False
        for each, other in enumerate(found):
            self._put(each, int(other))
        return rival - best, True

    def _slope(self, place: int, terminal: int, factor: float) -> float:
        part = self._parts[:, place]
        target = self.rest[:, terminal] + factor * part
        weight = self._scale / (1 + self._scale * np.abs(self.rest[:, terminal]) ** 2)
        return float((weight * (part.conj() * target).real).sum() / max((weight * np.abs(part) ** 2).sum(), 1e-12))

    def _likelihood(self) -> float:
        unlikely = sum(float(_COST[number]) for number in self.choice if number != _NONE)
        return -float(np.log1p(self._scale[:, None] * np.abs(self.rest) ** 2).sum()) - unlikely

    def _put(self, place: int, number: int) -> None:
        for sign, each in ((1.0, int(self.choice[place])), (-1.0, number)):
            if each != _NONE:
                terminal, factor = _CHOICES[each]
                self.rest[:, terminal] += sign * factor * self._parts[:, place]
        self.choice[place] = number

    def _gains(self, place: int) -> Real:
        """Nats that each choice gains over none, for a circuit that is taken out."""
        moved = np.flatnonzero(self._parts[:, place])
        part, scale = self._parts[moved, place], self._scale[moved]
        rest = self.rest[moved].T
        tried = rest[:, None, :] - np.array(FACTORS)[None, :, None] * part
        after = np.log1p(scale * np.abs(tried) ** 2).sum(axis=2)
        before = np.log1p(scale * np.abs(rest) ** 2).sum(axis=1)
        return np.asarray((before[:, None] - after).ravel() - _COST)

    def _settle(self, place: int) -> None:
        self._put(place, _NONE)
        gains = self._gains(place)
        if gains.max() > 0:
            self._put(place, int(np.argmax(gains)))

    def _settle_both(self, one: int, other: int) -> None:
        self._put(one, _NONE)
        self._put(other, _NONE)
        alone = self._gains(one)
        best, found = 0.0, (_NONE, _NONE)
        for number, gain in enumerate(alone):
            self._put(one, number)
            partner = self._gains(other)
            if gain + partner.max() > best:
                best, found = float(gain + partner.max()), (number, int(np.argmax(partner)))
        self._put(one, found[0])
        self._put(other, found[1])

    def _changing_together(self) -> list[tuple[int, int]]:
        size = np.sqrt(np.maximum((np.abs(self._parts) ** 2).sum(axis=0), 1e-12))
        alike = np.abs(self._parts.conj().T @ self._parts) / size[:, None] / size[None, :]
        pairs: NDArray[np.int64] = np.argwhere(np.triu(alike > _TOGETHER, 1))
        return [(int(one), int(other)) for one, other in pairs]
