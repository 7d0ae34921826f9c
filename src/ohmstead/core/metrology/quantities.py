"""From a window to the quantities of each point: power, reactive power, factors, distortion.

Active power is the mean product (G-096). Reactive power is that of the fundamental, the only one whose sign means
something under distortion (IEEE 1459); what else is not active is told as non-active power (Fryze). Load convention:
import and consumption are positive.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmstead.core.metrology.analyser import Window
from ohmstead.core.metrology.deriving import (
    APPARENT,
    CURRENT,
    DECADES,
    DISPLACEMENT,
    FACTOR,
    LEAST_A,
    NON_ACTIVE,
    NOTHING,
    PER_DECADE,
    POWER,
    REACTIVE,
    ROWS,
    THD_CURRENT,
    THD_VOLTAGE,
    VOLTAGE,
    derive,
)
from ohmstead.core.metrology.points import Point

Real = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Quantities:
    """One value for each point: V, A, W, var, VA; factors from -1 to 1; distortion as a part of the fundamental.

    ``nan`` stands where nothing flows and a ratio has no meaning.
    """

    voltage_v: Real
    current_a: Real
    power_w: Real
    reactive_power_var: Real
    apparent_power_va: Real
    non_active_power_va: Real
    power_factor: Real
    displacement_factor: Real
    thd_voltage: Real
    thd_current: Real


class Circuits:
    """The points of one stream of samples."""

    def __init__(self, points: Sequence[Point], wiring: Real) -> None:
        """``wiring`` is (points, terminals), as :func:`~ohmstead.core.metrology.points.voltages_of` gives it."""
        self._wiring = np.ascontiguousarray(wiring)
        self._columns = np.array([point.column for point in points], np.int64) + wiring.shape[1]
        self._gains = np.array([(-1.0 if point.reversed else 1.0) * point.transformer.gain for point in points])
        self._leads = _leads(points)

    def quantities(self, window: Window) -> Quantities:
        """All of them, over one window."""
        out = np.empty((ROWS, len(self._columns)))
        derive(
            self._wiring,
            self._columns,
            self._gains,
            self._leads,
            window.products,
            window.rms,
            window.phasors,
            window.groups,
            out,
        )
        return Quantities(
            voltage_v=out[VOLTAGE],
            current_a=out[CURRENT],
            power_w=out[POWER],
            reactive_power_var=out[REACTIVE],
            apparent_power_va=out[APPARENT],
            non_active_power_va=out[NON_ACTIVE],
            power_factor=out[FACTOR],
            displacement_factor=out[DISPLACEMENT],
            thd_voltage=out[THD_VOLTAGE],
            thd_current=out[THD_CURRENT],
        )


def _leads(points: Sequence[Point]) -> Real:
    """Phase errors in radians over the grid of currents, a row for each point; (points, 0) where there are none."""
    if not any(point.transformer.phase_error for point in points):
        return np.zeros((len(points), 0))
    amperes = LEAST_A * 10 ** (np.arange(DECADES * PER_DECADE + 1) / PER_DECADE)
    return np.radians([point.transformer.lead_deg(amperes) for point in points])


@dataclass(frozen=True, slots=True)
class Unbalance:
    """Negative and zero sequence as parts of the positive one (IEC 61000-4-30), and which way the phases turn."""

    negative: float
    zero: float
    clockwise: bool


def unbalance(window: Window) -> Unbalance | None:
    """Of the three terminals; ``None`` without three voltages that are there."""
    if window.products.shape[0] < 3:
        return None
    one, two, three = window.phasors[:3, 1].tolist()
    turn = complex(-0.5, 3**0.5 / 2)
    zero = abs(one + two + three)
    positive = abs(one + turn * two + turn.conjugate() * three)
    negative = abs(one + turn.conjugate() * two + turn * three)
    forward, backward = max(positive, negative), min(positive, negative)
    if forward <= NOTHING:
        return None
    return Unbalance(backward / forward, zero / forward, positive >= negative)


def line_voltages(window: Window) -> tuple[float | None, float | None, float | None]:
    """Terminals 1-2, 2-3, 3-1 in volts; ``None`` where a terminal is not measured."""
    return (_line(window, 0, 1), _line(window, 1, 2), _line(window, 2, 0))


def _line(window: Window, one: int, other: int) -> float | None:
    products = window.products
    if max(one, other) >= products.shape[0]:
        return None
    square = products[one, one] + products[other, other] - 2 * products[one, other]
    return float(max(square, 0.0) ** 0.5)
