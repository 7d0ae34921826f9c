"""From a window to the quantities of each point: power, reactive power, factors, distortion.

Active power is the mean product (G-096). Reactive power is that of the fundamental, the only one with a sign that means
something under distortion (IEEE 1459); the rest of what is not active is told as non-active power (Fryze). Load convention: import
and consumption positive.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmstead.core.metrology.analyser import Window
from ohmstead.core.metrology.points import Point
from ohmstead.core.metrology.spreading import HARMONICS

Real = NDArray[np.float64]
_NOTHING = 1e-9


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
        self.points = tuple(points)
        self._wiring = wiring
        self._columns = np.array([point.column for point in points], int) + wiring.shape[1]
        self._gains = np.array([(-1.0 if p.reversed else 1.0) * p.transformer.gain for p in points])
        self._strays = np.array([bool(point.transformer.phase_error) for point in points])

    def quantities(self, window: Window) -> Quantities:
        """All of them, over one window."""
        terminals = self._wiring.shape[1]
        current = window.rms[self._columns] * np.abs(self._gains)
        power = np.einsum("pt,tp->p", self._wiring, window.products[:, self._columns]) * self._gains
        driving = self._wiring @ window.phasors[:terminals]
        flowing = window.phasors[self._columns] * self._gains[:, None]
        if self._strays.any():
            power, flowing = self._straightened(power, current, driving, flowing)
        squares = np.einsum("pt,tu,pu->p", self._wiring, window.products[:, :terminals], self._wiring)
        voltage = np.sqrt(np.maximum(squares, 0.0))
        apparent = voltage * current
        fundamental = driving[:, 1] * flowing[:, 1].conj()
        with np.errstate(divide="ignore", invalid="ignore"):
            return Quantities(
                voltage_v=voltage,
                current_a=current,
                power_w=power,
                reactive_power_var=fundamental.imag.astype(float),
                apparent_power_va=apparent,
                non_active_power_va=np.sqrt(np.maximum(apparent**2 - power**2, 0.0)),
                power_factor=np.where(apparent > _NOTHING, power / apparent, np.nan),
                displacement_factor=np.where(abs(fundamental) > _NOTHING, fundamental.real / abs(fundamental), np.nan),
                thd_voltage=_distortion(np.abs(driving)),
                thd_current=_distortion(window.groups[self._columns]),
            )

    def _straightened(
        self, power: Real, current: Real, driving: NDArray[np.complex64], flowing: NDArray[np.complex64]
    ) -> tuple[Real, NDArray[np.complex64]]:
        """Power and phasors without the phase errors of the transformers; the mean value has none."""
        lead = np.radians([p.transformer.lead_deg(a) for p, a in zip(self.points, current, strict=True)])
        order = np.concatenate([[1.0], np.arange(1, HARMONICS + 1)])
        turned = (flowing * np.exp(-1j * lead[:, None] / order)).astype(np.complex64)
        turned[:, 0] = flowing[:, 0]
        gained = np.einsum("ph,ph->p", driving, (turned - flowing).conj()).real
        return power + gained, turned


def _distortion(orders: NDArray[np.floating]) -> Real:
    """Total harmonic distortion to the 40th order, against the fundamental (IEC 61000-4-7)."""
    harmonics = np.sqrt(np.einsum("ph,ph->p", orders[:, 2:], orders[:, 2:]))
    total: Real = np.where(orders[:, 1] > _NOTHING, harmonics / orders[:, 1], np.nan)
    return total


@dataclass(frozen=True, slots=True)
class Unbalance:
    """Negative and zero sequence as parts of the positive one (IEC 61000-4-30), and which way the phases turn."""

    negative: float
    zero: float
    clockwise: bool


def unbalance(window: Window) -> Unbalance | None:
    """Of the three terminals; ``None`` without three voltages."""
    if window.products.shape[0] < 3:
        return None
    turn = np.exp(2j * np.pi / 3)
    parts = np.array([[1, 1, 1], [1, turn, turn**2], [1, turn**2, turn]]) @ window.phasors[:3, 1] / 3
    zero, positive, negative = np.abs(parts)
    clockwise = bool(positive >= negative)
    forward, backward = (positive, negative) if clockwise else (negative, positive)
    if forward <= _NOTHING:
        return None
    return Unbalance(float(backward / forward), float(zero / forward), clockwise)


def line_voltages(window: Window) -> Real:
    """Terminals 1-2, 2-3, 3-1 in volts; ``nan`` where a terminal is not measured."""
    products = window.products
    lines = np.full(3, np.nan)
    for row, (one, other) in enumerate(((0, 1), (1, 2), (2, 0))):
        if max(one, other) < products.shape[0]:
            square = products[one, one] + products[other, other] - 2 * products[one, other]
            lines[row] = np.sqrt(max(square, 0.0))
    return lines
