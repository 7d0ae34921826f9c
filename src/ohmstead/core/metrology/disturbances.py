"""Dips, swells and interruptions of a supply, from Urms(1/2): RMS over one cycle, anew each half cycle.

Begin and end as IEC 61000-4-30 has them for a declared voltage. A dip begins when any voltage is below 90 % and is over
when all are at 92 % again. A swell begins when any is above 110 % and is over when all are at 108 %. It is an
interruption where all voltages were below 10 % together. A dip and a swell may run at the same time on different
phases, as behind a broken neutral.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Kind = Literal["dip", "swell", "interruption"]
DIP, INTERRUPTION, SWELL, HYSTERESIS = 0.90, 0.10, 1.10, 0.02
_SIDES = ("low", "high")


@dataclass(frozen=True, slots=True)
class Disturbance:
    """One of them: terminals from 0, begin and length in s of the stream, the residual or highest voltage."""

    kind: Kind
    terminals: tuple[int, ...]
    began_s: float
    duration_s: float
    extreme_v: float
    whole: bool = True
    """False where samples went missing before it was over: it lasted longer."""


@dataclass
class _Open:
    """One that has begun on a side of the band."""

    began_s: float
    extreme_v: float
    terminals: set[int] = field(default_factory=set)
    dark: bool = False


@dataclass
class Watch:
    """Follows the voltages of one stream."""

    nominal_v: float
    _open: dict[str, _Open] = field(default_factory=dict)
    _last: NDArray[np.float64] | None = None
    _calm: bool = False
    """Whether the last half cycle was well within the band."""
    _at_s: float = 0.0

    def add(self, half_cycles_v: NDArray[np.float64], began_s: float, duration_s: float) -> list[Disturbance]:
        """What ended within a window's half cycles (half cycles, terminals); ``began_s`` is the window's begin."""
        step_s = duration_s / len(half_cycles_v)
        self._at_s = began_s + duration_s
        if not self._open and self._calm and self._inside(half_cycles_v):
            self._last = half_cycles_v[-1]
            return []
        if self._last is not None:
            half_cycles_v = np.concatenate([self._last[None], half_cycles_v])
            began_s -= step_s
        self._last = half_cycles_v[-1]
        squares = half_cycles_v**2
        cycles = np.sqrt((squares[1:] + squares[:-1]) / 2)
        self._calm = self._inside(self._last)
        over: list[Disturbance] = []
        for row, values in enumerate(cycles):
            for side in _SIDES:
                ended = self._see(side, values, began_s + row * step_s, step_s)
                over += [ended] if ended is not None else []
        return over

    @property
    def running(self) -> Sequence[Disturbance]:
        """Those that are not over, as far as they went."""
        return [self._told(side, running, self._at_s, whole=False) for side, running in self._open.items()]

    def cut(self) -> Sequence[Disturbance]:
        """Samples are missing from here on: what was running is told as far as it is known."""
        running = self.running
        self._open.clear()
        self._last, self._calm = None, False
        return running

    def _inside(self, volts: NDArray[np.float64]) -> bool:
        """Whether all are so well within the band that no RMS over two of them can leave it."""
        low, high = (DIP + HYSTERESIS) * self.nominal_v, (SWELL - HYSTERESIS) * self.nominal_v
        return bool(volts.min() >= low and volts.max() <= high)

    def _see(self, side: str, volts: NDArray[np.float64], at_s: float, step_s: float) -> Disturbance | None:
        """One Urms(1/2) of each terminal, over the cycle that began at ``at_s``."""
        parts = volts / self.nominal_v
        low = side == "low"
        beyond = parts < DIP if low else parts > SWELL
        running = self._open.get(side)
        if running is None:
            if not beyond.any():
                return None
            running = self._open[side] = _Open(at_s + step_s, self.nominal_v)
        calm = parts >= DIP + HYSTERESIS if low else parts <= SWELL - HYSTERESIS
        if calm.all():
            del self._open[side]
            return self._told(side, running, at_s + step_s, whole=True)
        running.terminals.update(int(place) for place in np.flatnonzero(beyond))
        running.extreme_v = (
            min(running.extreme_v, float(volts.min())) if low else max(running.extreme_v, float(volts.max()))
        )
        running.dark = running.dark or (low and bool((parts < INTERRUPTION).all()))
        return None

    def _told(self, side: str, running: _Open, until_s: float, *, whole: bool) -> Disturbance:
        kind: Kind = "swell" if side == "high" else "interruption" if running.dark else "dip"
        terminals = tuple(sorted(running.terminals))
        return Disturbance(kind, terminals, running.began_s, until_s - running.began_s, running.extreme_v, whole)
