"""A stream of sample blocks in, measuring windows out, without a gap between them.

Rows are volts (one to three columns) and then amperes (up to 28), in SI units, at one rate. Windows follow the
frequency of the strongest voltage; where none is there, they go on at the last frequency known, and say so.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmstead.core.metrology.frequency import coarse, refine
from ohmstead.core.metrology.kernels import LANES, gather, halve, plan
from ohmstead.core.metrology.spreading import GRID, HARMONICS, TAPS, kernel_table, transform
from ohmstead.core.metrology.windows import CYCLES, REACH

Complex = NDArray[np.complex64]
Real = NDArray[np.float64]

_LOOK_S = 0.25
_SURE = 0.02
"""Part of the strongest voltage's usual value below which there is no mains to follow."""
_STRONG = 0.5
"""Part of the nominal voltage above which the voltage that was followed last goes on being followed."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """What stands in the columns: ``voltages`` first, then ``currents``; ``rate_hz`` samples a second of each."""

    voltages: int
    currents: int
    rate_hz: float
    nominal_hz: int = 50
    nominal_v: float = 230.0

    @property
    def columns(self) -> int:
        """How many values a sample has."""
        return self.voltages + self.currents

    def __post_init__(self) -> None:
        """Refuse what cannot be measured: raises ValueError."""
        if not 1 <= self.voltages <= 3 or not 0 <= self.currents <= 28:
            raise ValueError(f"{self.voltages} voltages and {self.currents} currents; allowed are 1 to 3 and up to 28")
        if self.nominal_hz not in CYCLES:
            raise ValueError(f"{self.nominal_hz} Hz; the nominal frequency is 50 or 60")
        least = 2.2 * HARMONICS * self.nominal_hz
        if self.rate_hz < least:
            raise ValueError(f"{self.rate_hz:g} samples a second; harmonics to the {HARMONICS}th need {least:g}")


@dataclass(frozen=True, slots=True)
class Window:
    """What one window shows; arrays by column as the samples have them.

    ``products`` holds mean(u·x) of each voltage with each column, W for currents and V² for voltages; ``phasors``
    (columns, orders 0 to 40) are RMS values against the window's start; ``groups`` the IEC 61000-4-7 subgroups, RMS;
    ``half_cycles_v`` (half cycles, voltages) RMS over each half cycle, for dips and swells.
    """

    start: float
    """Where it begins, in samples since the stream began."""
    duration_s: float
    frequency_hz: float
    followed: bool
    """False where no voltage told the frequency."""
    rms: Real
    mean: Real
    peak: NDArray[np.float32]
    products: Real
    phasors: Complex
    groups: NDArray[np.float32]
    half_cycles_v: Real


class Analyser:
    """Cuts one stream into windows. Not shared between threads."""

    def __init__(self, inputs: Inputs) -> None:
        """For a stream of ``inputs``."""
        self.inputs = inputs
        self._cycles = CYCLES[inputs.nominal_hz]
        self._rows = np.zeros((int(inputs.rate_hz), LANES), np.float32)
        self._first = 0
        self._held = 0
        self._start = float(REACH)
        self._frequency: float | None = None
        self._strongest: int | None = None
        """The voltage that the last window's frequency is told by, where it stood as it should."""
        self._table = kernel_table()
        self._transform = transform()
        self._grid = np.zeros((GRID, 3 * LANES), np.float32)
        self._products = np.zeros((inputs.voltages + 1, LANES))
        self._sums = np.zeros(LANES)
        self._peaks = np.zeros(LANES, np.float32)
        longest = int(inputs.rate_hz)
        self._spots = np.zeros(longest, np.int64)
        self._shares = np.zeros((longest, 3 + TAPS), np.float32)
        self._halves = np.zeros((2 * self._cycles, inputs.voltages))

    def feed(self, samples: NDArray[np.float32]) -> list[Window]:
        """The windows that end within ``samples`` (n, columns), finite numbers; raises ValueError for another shape."""
        if samples.ndim != 2 or samples.shape[1] != self.inputs.columns:
            raise ValueError(f"samples of shape {samples.shape}; this stream has (n, {self.inputs.columns})")
        self._take(samples)
        found = []
        while (window := self._next()) is not None:
            found.append(window)
        return found

    def skip(self, samples: int) -> None:
        """Say that ``samples`` are missing here: the window that would contain them is not made."""
        self._first += self._held + samples
        self._held = 0
        self._start = float(self._first + REACH)

    def _take(self, samples: NDArray[np.float32]) -> None:
        done = min(max(0, int(self._start) - REACH - 1 - self._first), self._held)
        kept = self._held - done
        if kept + len(samples) > len(self._rows):
            bigger = np.zeros((2 * (kept + len(samples)), LANES), np.float32)
            bigger[:kept] = self._rows[done : self._held]
            self._rows = bigger
        elif done:
            self._rows[:kept] = self._rows[done : self._held].copy()
        self._first += done
        self._rows[kept : kept + len(samples), : self.inputs.columns] = samples
        self._held = kept + len(samples)

    def _next(self) -> Window | None:
        rate, end = self.inputs.rate_hz, self._first + self._held
        slowest = self._cycles * rate / (self._frequency or self.inputs.nominal_hz * 0.8)
        if self._start + slowest * 1.03 + REACH + 1 > end:
            return None
        frequency = self._follow()
        length = self._cycles * rate / (frequency or self._frequency or self.inputs.nominal_hz)
        if self._start + length + REACH + 1 > end:
            return None
        self._frequency = frequency or self._frequency
        window = self._measure(length, followed=frequency is not None)
        self._start += length
        return window

    def _follow(self) -> float | None:
        """The frequency of the window that begins now; ``None`` without a voltage that could tell."""
        offset = int(self._start) - self._first
        look = self._rows[offset : offset + int(_LOOK_S * 0.6 * self.inputs.rate_hz), : self.inputs.voltages]
        column = self._strongest
        if column is None or not self._stands(look[:, column]):
            column = int(np.argmax(np.einsum("nv,nv->v", look, look)))
            if not self._stands(look[:, column]):
                return None
        guess = self._frequency
        if guess is None:
            guess = coarse(look[:, column], self.inputs.rate_hz, self.inputs.nominal_hz)
        if guess is None:
            return None
        return self._settled(column, guess)

    def _stands(self, volts: NDArray[np.float32]) -> bool:
        """Whether there is a voltage that can be followed."""
        return math.sqrt(float(volts @ volts) / len(volts)) > _SURE * self.inputs.nominal_v

    def _settled(self, column: int, guess: float) -> float | None:
        found = refine(self._rows, column, self._first, self._start, self._cycles, guess, self.inputs.rate_hz)
        low, high = self.inputs.nominal_hz * 0.84, self.inputs.nominal_hz * 1.16
        if low <= found <= high and abs(found - guess) < 0.02 * guess:
            return found
        offset = int(self._start) - self._first
        look = self._rows[offset : offset + int(_LOOK_S * self.inputs.rate_hz), column]
        again = coarse(look, self.inputs.rate_hz, self.inputs.nominal_hz)
        if again is None:
            return None
        found = refine(self._rows, column, self._first, self._start, self._cycles, again, self.inputs.rate_hz)
        return found if low <= found <= high else None

    def _measure(self, length: float, *, followed: bool) -> Window:
        columns, voltages = self.inputs.columns, self.inputs.voltages
        end = self._start + length
        size = plan(self._start, end, self._cycles, self._table, self._spots, self._shares)
        low = math.ceil(self._start) - REACH
        rows = self._rows[low - self._first : low - self._first + size]
        gather(rows, voltages, self._spots, self._shares, self._grid, self._products, self._sums, self._peaks)
        halve(rows, low, self._start, end, voltages, self._halves)
        products = self._products[:, :columns] / length
        own = products[voltages, :voltages]
        self._strongest = int(own.argmax()) if own.max() > (_STRONG * self.inputs.nominal_v) ** 2 else None
        phasors, groups = self._spectrum(length)
        return Window(
            start=self._start,
            duration_s=length / self.inputs.rate_hz,
            frequency_hz=self._cycles * self.inputs.rate_hz / length,
            followed=followed,
            rms=np.sqrt(products[voltages]),
            mean=self._sums[:columns] / length,
            peak=self._peaks[:columns].copy(),
            products=products[:voltages],
            phasors=phasors,
            groups=groups,
            half_cycles_v=np.sqrt(self._halves * (2 * self._cycles / length)),
        )

    def _spectrum(self, length: float) -> tuple[Complex, NDArray[np.float32]]:
        """Bins at each harmonic, and RMS of each with its two neighbours."""
        orders, columns = HARMONICS + 1, self.inputs.columns
        both = self._transform @ self._grid
        cosines, sines = both[:orders], both[orders:]
        scale = np.float32(math.sqrt(2) / length)
        plain, cosine, sine = (slice(part * LANES, part * LANES + columns) for part in range(3))
        phasors = np.empty((columns, orders), np.complex64)
        phasors.real = cosines[:, plain].T
        phasors.imag = -sines[:, plain].T
        above = _square(cosines[:, cosine] + sines[:, sine], cosines[:, sine] - sines[:, cosine])
        below = _square(cosines[:, cosine] - sines[:, sine], cosines[:, sine] + sines[:, cosine])
        phasors *= scale
        phasors[:, 0] /= math.sqrt(2)
        centre = phasors.real**2 + phasors.imag**2
        groups = np.sqrt(centre + (above + below).T * (scale * scale))
        groups[:, 0] = np.abs(phasors[:, 0])
        return phasors, groups


def _square(real: NDArray[np.float32], imaginary: NDArray[np.float32]) -> NDArray[np.float32]:
    squared: NDArray[np.float32] = real * real + imaginary * imaginary
    return squared
