"""Dips, swells and interruptions of the supply voltage, from RMS values over one cycle each half cycle.

Thresholds and hysteresis are those usual with IEC 61000-4-30 class A for a declared voltage: below 90 % a dip, below
10 % an interruption, above 110 % a swell, over when 2 % beyond the threshold.
"""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Kind = Literal["dip", "swell", "interruption"]
DIP, INTERRUPTION, SWELL, HYSTERESIS = 0.90, 0.10, 1.10, 0.02


@dataclass(frozen=True, slots=True)
class Disturbance:
    """One of them, over: terminal from 0, begin and length in s of the stream, the residual or highest voltage."""

    kind: Kind
    terminal: int
    began_s: float
    duration_s: float
    extreme_v: float


@dataclass
class _Open:
    began_s: float
    low_v: float
    high_v: float
    swell: bool


@dataclass
class Watch:
    """Follows the voltages of one stream."""

    nominal_v: float
    _open: dict[int, _Open] = field(default_factory=dict)
    _last: NDArray[np.float64] | None = None

    def add(self, half_cycles_v: NDArray[np.float64], began_s: float, duration_s: float) -> list[Disturbance]:
        """What ended within a window's half cycles (half cycles, terminals); ``began_s`` is the window's begin."""
        if self._last is not None:
            half_cycles_v = np.concatenate([self._last[None], half_cycles_v])
        self._last = half_cycles_v[-1]
        squares = half_cycles_v**2
        cycles = np.sqrt((squares[1:] + squares[:-1]) / 2)
        step_s = duration_s / max(1, len(cycles))
        over: list[Disturbance] = []
        quiet = (cycles > (DIP + HYSTERESIS) * self.nominal_v) & (cycles < (SWELL - HYSTERESIS) * self.nominal_v)
        if not self._open and quiet.all():
            return over
        for row, values in enumerate(cycles):
            for terminal, volts in enumerate(values):
                ended = self._see(terminal, float(volts), began_s + row * step_s)
                if ended is not None:
                    over.append(ended)
        return over

    def _see(self, terminal: int, volts: float, at_s: float) -> Disturbance | None:
        running, part = self._open.get(terminal), volts / self.nominal_v
        if running is None:
            if part < DIP or part > SWELL:
                self._open[terminal] = _Open(at_s, volts, volts, part > SWELL)
            return None
        running.low_v, running.high_v = min(running.low_v, volts), max(running.high_v, volts)
        over = part <= SWELL - HYSTERESIS if running.swell else part >= DIP + HYSTERESIS
        if not over:
            return None
        del self._open[terminal]
        deep = running.low_v < INTERRUPTION * self.nominal_v
        kind: Kind = "swell" if running.swell else "interruption" if deep else "dip"
        extreme = running.high_v if running.swell else running.low_v
        return Disturbance(kind, terminal, running.began_s, at_s - running.began_s, extreme)
