"""How many phases and directions of clamps are found right, against minutes of data, with and without sun.

Houses of the published generator in ``bench/houses.py``: 24 circuits, three in ten clamps reversed, loads of all kinds,
some measured by no circuit. *Known mains* takes the three mains clamps as confirmed; *end to end* finds them too, any
of 48 ways. Only circuits that did something are counted; *sure wrong* counts claims said to be sure that are not true.
"""

import numpy as np

from bench.figures import Figure
from bench.houses import House, build
from ohmstead.core.commissioning.detection.evidence import steps
from ohmstead.core.commissioning.detection.mains import MainsVerdict
from ohmstead.core.commissioning.detection.proposal import Finding, Knowledge, propose
from ohmstead.core.model.quantities import PHASES

MINUTES = (1.0, 3.0, 10.0)
HOUSES = 40
CONFIRMED = Knowledge(MainsVerdict((0, 1, 2), (1.0, 1.0, 1.0), float("inf")))


def run() -> list[Figure]:
    """Percent of active circuits that are right; the named figures are over both kinds of houses after ten minutes."""
    figures, ended = [], {True: [0, 0], False: [0, 0]}
    sure_wrong = sure = 0
    for minutes in MINUTES:
        for sun in (False, True):
            for known in (True, False):
                right, active, claimed, wrong = _judge(minutes, sun=sun, known=known)
                name = f"detection.{'known_mains' if known else 'end_to_end'}_{minutes:g}min_{'sun' if sun else 'dark'}"
                figures.append(Figure(name, 100 * right / active, "%", runs=active))
                sure, sure_wrong = sure + claimed, sure_wrong + wrong
                if minutes == MINUTES[-1]:
                    ended[known][0] += right
                    ended[known][1] += active
    for known, name, goal in ((True, "known_mains", ">= 99.5"), (False, "end_to_end", ">= 97")):
        figures.append(Figure(f"detection.{name}", 100 * ended[known][0] / ended[known][1], "%", goal))
    return [*figures, Figure("detection.sure_wrong", sure_wrong, f"of {sure} sure claims", "<= 0", runs=sure)]


def _judge(minutes: float, *, sun: bool, known: bool) -> tuple[int, int, int, int]:
    right = active = claimed = wrong = 0
    for seed in range(HOUSES):
        house = build(seed, minutes=minutes, sun=sun, mains_known=known)
        findings = propose(house.seen, CONFIRMED if known else Knowledge()).findings
        for column in np.flatnonzero(steps(house.seen).active):
            active += 1
            right += _right(findings[column], house)
        claimed += sum(bool(finding.sure) for finding in findings)
        wrong += sum(bool(finding.sure) and not _right(finding, house) for finding in findings)
    return right, active, claimed, wrong


def _right(finding: Finding, house: House) -> bool:
    truth = PHASES[house.terminal[finding.column]], bool(house.factor[finding.column] < 0), 1.0
    return (finding.phase, finding.reversed, finding.rating) == truth
