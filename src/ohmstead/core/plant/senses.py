"""What a simulated board senses of things that are not as they should be, and when it is sure of it."""

from ohmstead.core.model.evse import BoardFault, PilotLevel
from ohmstead.core.plant.car import CarLevel
from ohmstead.core.plant.flaws import Flaws
from ohmstead.core.plant.pilot import SHORT_OHM, level_of

RESIDUAL_MA, RESIDUAL_S = 6.0, 0.04
EARTH_OHM, EARTH_S = 500.0, 6.6
"""The earth is tested each 3.3 s; the third failure is the fault (G-037)."""
REVERSED_S = 1.0
_EPS = 1e-9


class Senses:
    """``flaws`` are the charger's; ``line_ohm`` and ``leakage_ma`` the car's. Call :meth:`touched` after a change."""

    __slots__ = ("_earth_s", "_residual_s", "_reversed_s", "flawed", "flaws", "leakage_ma", "line_ohm")

    def __init__(self) -> None:
        """All is as it should be."""
        self.flaws = Flaws()
        self.line_ohm: float | None = None
        self.leakage_ma = 0.0
        self.flawed = False
        self.forget()

    def forget(self) -> None:
        """Begin to be sure of nothing, as after a restart."""
        self._earth_s = self._reversed_s = self._residual_s = 0.0

    def touched(self) -> None:
        """Something is another now."""
        self.flawed = self.flaws.any or self.line_ohm is not None or bool(self.leakage_ma)

    @property
    def shorted(self) -> bool:
        """Whether the pilot has a short circuit to earth."""
        return self.line_ohm is not None and self.line_ohm < SHORT_OHM

    def earth_bad(self, tested: bool) -> bool:
        """Whether a test of the earth, where it is ``tested``, would fail."""
        return tested and self.flaws.earth_ohm > EARTH_OHM

    def level(self, car: CarLevel, uptime_s: float, before: PilotLevel) -> PilotLevel:
        """What the pilot shows of a car; ``before`` is what it showed at the last look."""
        if self.flaws.noisy and before != "E":
            return "E"
        if self.flaws.bounce_s is not None and car != "A":
            return "C" if int(uptime_s / self.flaws.bounce_s) % 2 else "B"
        return car if self.line_ohm is None else level_of(self.line_ohm)

    def find(self, dt_s: float, contact: bool, tested: bool) -> BoardFault:
        """The faults that are sure after another ``dt_s``; ``tested``: the earth is."""
        flaws, found = self.flaws, BoardFault.NONE
        leaks = contact and self.leakage_ma >= RESIDUAL_MA
        self._earth_s = self._earth_s + dt_s if self.earth_bad(tested) else 0.0
        self._reversed_s = self._reversed_s + dt_s if flaws.swapped and tested else 0.0
        self._residual_s = self._residual_s + dt_s if leaks else 0.0
        rows = (
            (BoardFault.EARTH, self._earth_s >= EARTH_S),
            (BoardFault.SUPPLY_REVERSED, self._reversed_s >= REVERSED_S),
            (BoardFault.RESIDUAL_CURRENT, leaks and self._residual_s >= RESIDUAL_S - _EPS),
            (BoardFault.HARDWARE, flaws.broken),
        )
        for fault, there in rows:
            if there:
                found |= fault
        return found

    def present(self, contact: bool, tested: bool) -> BoardFault:
        """Those faults whose cause is there now."""
        flaws, present = self.flaws, BoardFault.NONE
        rows = (
            (BoardFault.EARTH, self.earth_bad(tested)),
            (BoardFault.SUPPLY_REVERSED, flaws.swapped),
            (BoardFault.SENSOR_TEST, flaws.sensor_dead),
            (BoardFault.HARDWARE, flaws.broken),
            (BoardFault.PILOT_SHORT, self.shorted),
            (BoardFault.RESIDUAL_CURRENT, contact and self.leakage_ma >= RESIDUAL_MA),
        )
        for fault, there in rows:
            if there:
                present |= fault
        return present
