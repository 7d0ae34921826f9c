"""Which conductor each clamp of the mains sits on and which way round, when nothing is known.

Which circuits hang behind a clamp, and whether they run with it or against it, follows from changes alone. What is
left is six ways to put three clamps on three conductors, times eight ways to turn them. For each, every circuit that
was seen switching *on* tells an angle between its current and the voltage: near zero for heaters and power supplies,
lagging for motors, leading for a few. Loads that go on take power, whether the sun shines or not. The likelihood of
all these angles decides; at night, when nothing produces, so does the angle of the mains themselves.
"""

from dataclasses import dataclass, replace
from itertools import permutations, product

import numpy as np

from ohmstead.core.commissioning.detection.circuits import Assignment
from ohmstead.core.commissioning.detection.evidence import Observation, Phasors, Real, Steps

_KINDS: tuple[tuple[float, float, float], ...] = (
    (0.62, 0.0, 8.0),
    (0.14, -15.0, 15.0),
    (0.12, -50.0, 15.0),
    (0.07, 55.0, 18.0),
)
"""Share, mean and spread in degrees of the angles that loads have; the remaining share may have any."""
_GROWN_A = 0.15
_ENOUGH_A = 0.3
_NIGHT_VOTES = 2.0
_KNOWN_VOTES = 3.0


@dataclass(frozen=True, slots=True)
class MainsVerdict:
    """``terminals`` (3) from 0 and ``signs`` (3) of the clamps; ``margin`` in nats against the next best of 48."""

    terminals: tuple[int, int, int]
    signs: tuple[float, float, float]
    margin: float


def locate(
    seen: Observation,
    found: Steps,
    behind: Assignment,
    producing: frozenset[int] = frozenset(),
    heaters: frozenset[int] = frozenset(),
    night: Phasors | None = None,
) -> MainsVerdict:
    """The most likely place of the three clamps.

    ``producing`` are columns of circuits that give power; ``heaters`` those where somebody says that what was switched
    is a kettle or the like, whose current cannot be beside its voltage: the last resort in a house of motors. ``night``
    (3) is what the mains carried in earlier dark hours, on the mean.
    """
    told = _angles(seen, found, behind, producing)
    if night is not None:
        told += _NIGHT_VOTES * _by_night(night, found.volts)
    told += _KNOWN_VOTES * _angles(seen, found, _only(behind, heaters), producing, night=False)
    scores = sorted(
        (
            (sum(told[clamp, order[clamp], int(signs[clamp] < 0)] for clamp in range(3)), order, signs)
            for order in permutations(range(3))
            for signs in product((1.0, -1.0), repeat=3)
        ),
        reverse=True,
    )
    best, second = scores[0], scores[1]
    return MainsVerdict(
        (best[1][0], best[1][1], best[1][2]), (best[2][0], best[2][1], best[2][2]), float(best[0] - second[0])
    )


def _only(behind: Assignment, columns: frozenset[int]) -> Assignment:
    kept = {column: verdict for column, verdict in behind.verdicts.items() if column in columns}
    return replace(behind, verdicts=kept)


def _angles(
    seen: Observation, found: Steps, behind: Assignment, producing: frozenset[int], *, night: bool = True
) -> Real:
    """(clamp, terminal, turned): how likely all angles are."""
    told = np.zeros((3, 3, 2))
    for column, verdict in behind.verdicts.items():
        if column in producing or verdict.factor == 0.0 or verdict.margin <= 0.0:
            continue
        grown = found.growth[:, column]
        loud = np.abs(grown) > _GROWN_A
        on = (np.sign(grown[loud]) * found.circuits[loud, column]).sum() * np.sign(verdict.factor)
        if abs(on) > _ENOUGH_A:
            told[verdict.terminal] += _likely(np.array([on]), found.volts)
    if night and seen.dark.any():
        told += _NIGHT_VOTES * _by_night(seen.mains[seen.dark].mean(axis=0), found.volts)
    return told


def _by_night(flowing: Phasors, volts: Phasors) -> Real:
    """(clamp, terminal, turned): how likely the mains' own angles are; a house takes more than it gives in the dark.

    What is next to nothing has no angle worth a vote.
    """
    told = np.zeros((3, 3, 2))
    for clamp in range(3):
        if abs(flowing[clamp]) > _ENOUGH_A:
            told[clamp] = _likely(np.array([flowing[clamp]]), volts)
    return told


def _likely(currents: Phasors, volts: Phasors) -> Real:
    """(terminal, turned): logarithm of the density of the currents' angles there."""
    told = np.zeros((3, 2))
    for terminal, turned in product(range(3), range(2)):
        angle = np.degrees(np.angle(currents * (-1 if turned else 1) * np.conj(volts[terminal])))
        density = np.full(len(angle), (1 - sum(kind[0] for kind in _KINDS)) / 360)
        for share, mean, spread in _KINDS:
            density += share * np.exp(-0.5 * ((angle - mean) / spread) ** 2) / (spread * np.sqrt(2 * np.pi))
        told[terminal, turned] = np.log(density).sum()
    return told
