"""A charger in the world: a board on the network, its contactor, and the car behind it."""

import cmath
import math
from dataclasses import replace

from ohmstead.core.model.quantities import PHASES
from ohmstead.core.plant.board import Board
from ohmstead.core.plant.car import Car
from ohmstead.core.plant.flaws import AT_CAR, AT_CHARGER, Flaw, Flaws
from ohmstead.core.plant.network import LEGS, ROOT_3, Node
from ohmstead.core.plant.settings import CarSettings, ChargerSettings

_NOTHING = (0.0, 0.0, 0.0)
_MISSING: tuple[list[float], ...] = ([0.0, 0.0, 0.0], [0.0, 0.0], [0.0], [])
"""By the number of terminals: the voltages of those that a board does not have."""


class Charger:
    """Board and car with their node; the car's current becomes a sink on the site's phases."""

    __slots__ = ("_delta", "_drawn", "_lines", "_turn", "board", "car", "node", "settings")

    def __init__(self, settings: ChargerSettings, node: Node, energy_j: int = 0, delta: bool = False) -> None:
        """Hang the charger on ``node``. Raises ValueError for a car with more phases than its board, or that no
        ``delta`` grid feeds: there it charges on one phase, between two conductors, or on three."""
        count = min(settings.car.phases, len(settings.phases))
        if settings.car.phases > 3 or settings.car.phases < 1 or (delta and count == 2):
            allowed = "1 or 3 on a grid without neutral" if delta else "1 to 3"
            raise ValueError(f"chargers.{settings.name}.car.phases: got {settings.car.phases}; allowed: {allowed}")
        self._delta = delta
        self.settings = settings
        self.node = node
        self.board = Board(settings, energy_j)
        self.car = Car(settings.car)
        self._lines = tuple(PHASES.index(phase) for phase in settings.phases)
        self._turn = cmath.exp(-1j * math.acos(settings.car.power_factor))
        self._drawn = (0.0, 0)
        self.touched()

    def step(self, dt_s: float, energised: bool) -> bool:
        """Let ``dt_s`` pass; true when the current on the network changed."""
        board, car = self.board, self.car
        lines = self._lines
        voltages = self._voltages() + _MISSING[len(lines)]
        if car.plugged:
            car.step(
                dt_s,
                board.pilot_mode,
                board.duty_percent,
                voltages[0] if board.contact else 0.0,
                board.phase_switch.live(len(lines)),
            )
        if energised:
            seen = one, two, three = (voltages[0], voltages[1], voltages[2])
            amps, power = _NOTHING, 0.0
            if drawn := car.current_a:
                used = min(car.settings.phases, board.phase_switch.live(len(lines)))
                amps = (drawn, drawn if used > 1 else 0.0, drawn if used > 2 else 0.0)
                power = (one * amps[0] + two * amps[1] + three * amps[2]) * car.settings.power_factor
            board.step(dt_s, car.level, car.settings.diode_ok, seen, amps, power)
        else:
            board.power_down()
        return self.draw()

    def plug(self) -> bool:
        """Put the car's cable in; false when it is there already."""
        before = self.car.plugged
        self.car.plug()
        self.touched()
        return not before

    def unplug(self) -> bool:
        """Pull it out, and what flowed ends at once; false when it is not there."""
        before = self.car.plugged
        self.car.unplug()
        self.touched()
        self.draw()
        return before

    def bring(self, car: CarSettings) -> None:
        """Another car comes, which is not plugged in yet. Raises ValueError while one is."""
        if self.car.plugged:
            raise ValueError(f"{self.settings.name}: a car is plugged in; allowed: another one once that has left")
        self.settings = replace(self.settings, car=car)
        self.car = Car(car)
        self._turn = cmath.exp(-1j * math.acos(car.power_factor))
        self.touched()

    @property
    def flaws(self) -> frozenset[Flaw]:
        """Those that were given and not healed."""
        board, car, whole = self.board.senses.flaws, self.car.settings, self.settings.car
        here = {flaw for flaw, (name, value) in AT_CHARGER.items() if getattr(board, name) == value}
        there = {
            flaw
            for flaw, (name, value) in AT_CAR.items()
            if getattr(car, name) == value and getattr(whole, name) != value
        }
        return frozenset(here | there)

    def suffer(self, flaw: Flaw | None) -> None:
        """Give charger or car ``flaw``; ``None`` heals all."""
        if flaw is None:
            self.heal()
        else:
            self.hurt(flaw)

    def hurt(self, flaw: Flaw) -> None:
        """Give charger or car ``flaw``, beside those they have."""
        if flaw in AT_CHARGER:
            name, value = AT_CHARGER[flaw]
            setattr(self.board.senses.flaws, name, value)
        else:
            name, value = AT_CAR[flaw]
            self.car.settings = replace(self.car.settings, **{name: value})
        self.touched()

    def heal(self) -> None:
        """All is as it was; what the board has latched stays until the host clears it."""
        self.board.senses.flaws = Flaws()
        self.car.settings = self.settings.car
        self.touched()

    def touched(self) -> None:
        """Let the board feel what flaws, plug or car are now."""
        car = self.car.settings
        senses = self.board.senses
        senses.line_ohm = car.pilot_ohm if self.car.plugged else None
        senses.leakage_ma = car.leakage_ma if self.car.plugged else 0.0
        senses.touched()

    def draw(self) -> bool:
        """Put the car's present current on the network; true when it changed."""
        drawn = self.car.current_a if self.board.contact else 0.0
        count = min(self.car.settings.phases, self.board.phase_switch.live(len(self._lines))) if drawn else 0
        if (drawn, count) == self._drawn:
            return False
        self._drawn = (drawn, count)
        used = self._lines[:count]
        share = 1.0 / ROOT_3 if self._delta and len(used) > 1 else 1.0
        for line in (0, 1, 2):
            self.node.sinks[line] = share * drawn * self._turn if line in used else 0j
        return True

    def _voltages(self) -> list[float]:
        """At each terminal; for a car on one phase of a delta grid between two conductors, else to the star point."""
        at, lines = self.node.voltages, self._lines
        if self._delta and min(self.car.settings.phases, len(lines)) == 1:
            return [abs(at[LEGS[line][0]] - at[LEGS[line][1]]) for line in lines]
        return [abs(at[line]) for line in lines]

    def calm_s(self) -> float:
        """Seconds for which nothing will change by itself; 0 while something moves."""
        board, car, calm = self.board, self.car, math.inf
        if car.plugged:
            calm = car.calm_s(board.pilot_mode, board.duty_percent, board.contact and bool(self.node.voltages[0]))
        if calm and board.powered:
            calm = min(calm, board.calm_s(car.level))
        return calm
