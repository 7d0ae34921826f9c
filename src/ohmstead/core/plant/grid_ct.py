"""Current transformers around the supply's conductors that report to an EVSE board, by wire or by radio (G-133).

They measure the world's mains with an error of gain and angle and with noise (G-129). A board that measures voltage
multiplies it with the current of the same conductor; it sits at the end of its own cable, as a real one does. A
remote reports by radio: what it sends is heard only while it is the one that is paired and nothing is between.
"""

import cmath
import math
from collections.abc import Sequence

from ohmstead.core.model.evse import CtLink, GridCt, Triple
from ohmstead.core.plant.network import Node
from ohmstead.core.plant.noise import label, signed
from ohmstead.core.plant.settings import CtSettings

PAIRING_S = 120.0
LOST_S = 5.0
SAMPLE_S = 0.05
NUMBER = 4_711_001
"""Of the remote that a building is delivered with."""
_SIGNAL_DBM = -67


class Transformers:
    """The transformers of one board. ``lines`` are the conductors they are around, 0 to 2."""

    def __init__(self, name: str, settings: CtSettings, lines: Sequence[int], mains: Node, place: Node) -> None:
        """``place`` is where the board measures its voltages."""
        self._settings = settings
        self._lines = tuple(lines[: settings.count])
        self._mains, self._place = mains, place
        self._seed = settings.seed ^ label(name)
        self._gains = [
            (1.0 + settings.gain_error * signed(self._seed, line))
            * cmath.exp(1j * math.radians(settings.angle_error_deg) * signed(self._seed, line, 1))
            for line in range(3)
        ]

    def measure(self, sample: int) -> tuple[Triple, Triple, Triple]:
        """Currents, voltages and powers per transformer in this moment."""
        currents: list[float | None] = [None, None, None]
        voltages: list[float | None] = [None, None, None]
        powers: list[float | None] = [None, None, None]
        for place, line in enumerate(self._lines):
            noise = self._settings.noise_a * signed(self._seed, sample, line)
            current = self._mains.currents[line] * self._gains[line]
            currents[place] = abs(abs(current) + noise)
            if self._settings.voltage:
                u = self._place.voltages[line]
                voltages[place] = abs(u)
                powers[place] = (u * current.conjugate()).real + abs(u) * noise
        return _triple(currents), _triple(voltages), _triple(powers)


class WiredCt:
    """Transformers on the board's own terminals: a new sample at each turn of the board."""

    def __init__(self, transformers: Transformers) -> None:
        """Always there."""
        self._transformers = transformers

    def look(self, at_s: float) -> GridCt:
        """The values of this moment."""
        sample = int(at_s / SAMPLE_S)
        currents, voltages, powers = self._transformers.measure(sample)
        return GridCt("wired", sample, 0.0, currents, voltages, powers)


class RadioCt:
    """Transformers with a radio of their own, and the board's receiver for them."""

    def __init__(self, transformers: Transformers, paired: bool) -> None:
        """The remote that comes with the building, paired already or not."""
        self._transformers = transformers
        self._every_s: float | None = 1.0
        self._number = NUMBER
        self._paired = NUMBER if paired else None
        self._open_until_s: float | None = None
        self._heard: tuple[float, int, tuple[Triple, Triple, Triple]] | None = None
        self._now_s = 0.0

    def set_rhythm(self, every_s: float | None) -> None:
        """How often the remote is heard, in whole seconds; ``None`` cuts the link."""
        self._every_s = every_s

    @property
    def silent(self) -> bool:
        """Whether the link is cut."""
        return self._every_s is None

    def replace(self) -> None:
        """Another remote is hung in its place, which the board does not know yet."""
        self._number += 1

    def open(self) -> None:
        """The board accepts the next remote that asks, for two minutes."""
        self._open_until_s = self._now_s + PAIRING_S

    def press(self) -> None:
        """A person presses the remote's button: it asks to be paired, and is when it is heard and expected."""
        if self._opened and self._every_s is not None:
            self._paired, self._open_until_s, self._heard = self._number, None, None

    def second(self, at_s: float) -> None:
        """A second has begun: the remote may send."""
        self._now_s = at_s
        if self._every_s is None or self._paired != self._number or at_s % self._every_s:
            return
        sample = (0 if self._heard is None else self._heard[1]) + 1
        self._heard = at_s, sample, self._transformers.measure(sample)

    def look(self, at_s: float) -> GridCt:
        """What the board knows of the remote now."""
        self._now_s = at_s
        nothing: Triple = (None, None, None)
        if self._heard is None:
            return GridCt(self._link(None), 0, None, nothing, remote=self._paired)
        heard_s, sample, (currents, voltages, powers) = self._heard
        age_s = max(0.0, at_s - heard_s)
        link = self._link(age_s)
        signal = _SIGNAL_DBM if link == "heard" else None
        return GridCt(link, sample, age_s, currents, voltages, powers, self._paired, signal)

    @property
    def _opened(self) -> bool:
        return self._open_until_s is not None and self._now_s < self._open_until_s

    def _link(self, age_s: float | None) -> CtLink:
        if self._opened:
            return "pairing"
        if self._paired is None:
            return "unpaired"
        return "heard" if age_s is not None and age_s <= LOST_S else "lost"


def _triple(values: Sequence[float | None]) -> Triple:
    first, second, third = values
    return first, second, third
