"""What a current transformer sits on, and which voltage drives its current, for each type of grid.

The voltages of a power box are those of its terminals against its own reference: phase voltages where there is a
neutral. A point's *code* says which voltage belongs to it, as a sum of terminals: on a delta grid a line voltage
(EM-151), so that two transformers on L1 and L2 give the power of a three-phase load (two wattmeters).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmstead.core.model.quantities import GridType, Phase

LARGEST_LEAD_DEG = 10.0

Terminals = tuple[float, float, float]

_STAR: Mapping[Phase, Terminals] = {"L1": (1, 0, 0), "L2": (0, 1, 0), "L3": (0, 0, 1)}
_DELTA: Mapping[Phase, Terminals] = {"L1": (1, 0, -1), "L2": (0, 1, -1), "L3": (1, -1, 0)}

VOLTAGE_OF: Mapping[GridType, Mapping[Phase, Terminals]] = {
    "1x230": {"L1": (1, 0, 0)},
    "3x400+N": _STAR,
    "3x230": _DELTA,
    "2x120/240": {"L1": (1, 0, 0), "L2": (0, 1, 0)},
    "3x120/208": _STAR,
    "3x277/480": _STAR,
    "3x347/600": _STAR,
}
"""The voltage that a code stands for, in terminals 1 to 3."""


@dataclass(frozen=True, slots=True)
class Transformer:
    """A current transformer or Rogowski coil: its range, and how it strays from the truth.

    ``phase_error`` lists (amperes, degrees) in rising amperes: by how much its output leads at the mains frequency. It
    falls with the order of a harmonic, as the magnetising current does.
    """

    range_a: float
    gain: float = 1.0
    phase_error: tuple[tuple[float, float], ...] = ()

    def __post_init__(self) -> None:
        """Refuse what no transformer is: raises ValueError."""
        amperes = [current for current, _ in self.phase_error]
        if amperes != sorted(set(amperes)):
            raise ValueError(f"phase errors at {amperes} A; each current once, in rising order")
        if any(abs(degrees) > LARGEST_LEAD_DEG for _, degrees in self.phase_error):
            raise ValueError(f"a phase error beyond {LARGEST_LEAD_DEG:g} degrees is a wrong assignment, not an error")

    def lead_deg(self, current_a: NDArray[np.float64]) -> NDArray[np.float64]:
        """Degrees by which it leads at each of ``current_a``; straight lines between the points of its table."""
        if not self.phase_error:
            return np.zeros_like(current_a)
        amperes, degrees = zip(*self.phase_error, strict=True)
        return np.asarray(np.interp(current_a, amperes, degrees))


@dataclass(frozen=True, slots=True)
class Point:
    """One measuring point: the current column it reads, counted from 0, and what that current is."""

    column: int
    code: Phase
    transformer: Transformer
    reversed: bool = False


def voltages_of(points: Sequence[Point], grid_type: GridType, terminals: int) -> NDArray[np.float64]:
    """(points, terminals): which terminals add up to each point's voltage.

    Raises:
        ValueError: the grid has no such code, or the box does not measure a terminal it needs.
    """
    codes = VOLTAGE_OF[grid_type]
    wanted = np.zeros((len(points), 3))
    for row, point in enumerate(points):
        if point.code not in codes:
            raise ValueError(f"point {point.column + 1}: code {point.code}; a grid {grid_type} has {', '.join(codes)}")
        wanted[row] = codes[point.code]
    if np.any(wanted[:, terminals:]):
        raise ValueError(f"a grid {grid_type} needs more than the {terminals} voltages that are measured")
    return wanted[:, :terminals]
