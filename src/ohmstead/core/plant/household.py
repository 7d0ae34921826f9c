"""Machines of a household that run by themselves once begun: kettle, oven, washing machine.

Each is moved once a second and says what it draws until the next. Heat follows from water and walls, so that the
electricity a machine takes is what its job needs.

Figures: water takes 4186 J/(kg K). A kettle loses a tenth of its power to body and steam. The washing machine's
heater of 2 kW lies in the usual 1.7 to 2.9 kW and its motor of 600 W in 400 to 800 W (faq-washer.com, *Power
consumption of the washing machine*); a measured cold program takes 0.26 kWh with its peak in the spin
(powersaving.co.za, appliance test of an automatic washing machine). The oven's thermal mass and losses are chosen so
that it is at 180 °C after about ten minutes and then heats a quarter of the time, as the 0.7 to 1 kWh of the
EN 60350-1 baking cycle on energy labels imply.
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

from ohmstead.core.model.quantities import PHASES, Phase
from ohmstead.core.plant.appliances import KettleSettings, OvenSettings, WashingMachineSettings

Powers = tuple[complex, complex, complex]
"""VA per phase."""
WATER_J = 4186.0
TAP_C = 15.0
_DAY_S = 86_400
_USED = 0.9
_OVEN_J_PER_K = 8000.0
_OVEN_W_PER_K = 4.0
_KITCHEN_C = 22.0
_OVEN_BAND_K = 4.0
_OVEN_FAN_W = 40.0
_WASH_LITRES = 12.0
_MOTOR_FACTOR = 0.75


@dataclass(frozen=True, slots=True)
class Now:
    """What a machine can know of the moment. ``live``: there is voltage."""

    second: int
    second_of_day: int
    at_s: float
    outside_c: float = 15.0
    live: bool = True


class Appliance(ABC):
    """One machine. ``forced`` is a hand on its switch: on, off, or ``None`` for its own way."""

    __slots__ = ("_last", "circuit", "forced", "name")

    def __init__(self, name: str, circuit: str) -> None:
        """It stands still before the first second."""
        self.name = name
        self.circuit = circuit
        self.forced: bool | None = None
        self._last = -1

    @property
    def again_at_s(self) -> float | None:
        """When it draws something else before the second is over."""
        return None

    def drawn(self, now: Now) -> Powers | None:
        """What it draws from now on, ``None`` when it is off. Time passes for it when ``now`` is another second."""
        if now.second != self._last:
            self._last = now.second
            self._move(now)
        return self._powers(now)

    @abstractmethod
    def _move(self, now: Now) -> None:
        """The second before ``now`` is over; decide about the one that begins."""

    @abstractmethod
    def _powers(self, now: Now) -> Powers | None:
        """As it runs now."""


class Kettle(Appliance):
    """Takes what its water needs to boil, then clicks off."""

    __slots__ = ("_held", "_left_j", "_settings", "_starts")

    def __init__(self, settings: KettleSettings) -> None:
        """Cold and off."""
        super().__init__(settings.name, settings.circuit)
        self._settings = settings
        self._starts = {round(start) % _DAY_S for start in settings.starts}
        self._left_j = 0.0
        self._held = False

    def _move(self, now: Now) -> None:
        if now.live and self._left_j > 0:
            self._left_j -= self._settings.power_w * _USED
        if begins(self, self._held, now.second_of_day in self._starts):
            self._left_j = self._settings.litres * WATER_J * (100.0 - TAP_C)
        if self.forced is False:
            self._left_j = 0.0
        self._held = self.forced is True

    def _powers(self, now: Now) -> Powers | None:
        return on(self._settings.phase, complex(self._settings.power_w)) if self._left_j > 0 else None


class Oven(Appliance):
    """Heats until it is a little too hot, and again when it is a little too cold."""

    __slots__ = ("_heating", "_on", "_settings", "inside_c")

    def __init__(self, settings: OvenSettings) -> None:
        """As cold as the kitchen."""
        super().__init__(settings.name, settings.circuit)
        self._settings = settings
        self.inside_c = _KITCHEN_C
        self._on = self._heating = False

    def _move(self, now: Now) -> None:
        settings = self._settings
        heat = settings.power_w if self._heating and now.live else 0.0
        self.inside_c += (heat - _OVEN_W_PER_K * (self.inside_c - _KITCHEN_C)) / _OVEN_J_PER_K
        planned = any((now.second_of_day - start) % _DAY_S < duration for start, duration in settings.spans)
        self._on = planned if self.forced is None else self.forced
        edge = settings.setpoint_c + (_OVEN_BAND_K if self._heating else -_OVEN_BAND_K)
        self._heating = self._on and self.inside_c < edge

    def _powers(self, now: Now) -> Powers | None:
        if not self._on:
            return None
        heat = self._settings.power_w if self._heating else 0.0
        return on(self._settings.phase, complex(_OVEN_FAN_W + heat))


@dataclass(frozen=True, slots=True)
class _Step:
    """A part of a program: ``for_s`` long or until the water is warm, the motor on for ``on_s`` of each ``of_s``."""

    for_s: int | None
    share: float
    """Of the motor's power."""
    on_s: int = 1
    of_s: int = 1
    ramp: bool = False


_PROGRAM = (
    _Step(90, 0.02),
    _Step(None, 0.25, 12, 16),
    _Step(1500, 0.25, 12, 16),
    _Step(60, 0.06),
    _Step(420, 0.25, 10, 16),
    _Step(60, 0.06),
    _Step(420, 0.25, 10, 16),
    _Step(60, 0.06),
    _Step(360, 1.0, ramp=True),
)
"""Fill, heat, wash, and two rinses with the pump between, then the spin that grows over its time."""


class WashingMachine(Appliance):
    """Runs the program from its first step to its last; without voltage it waits where it is."""

    __slots__ = ("_held", "_in_step_s", "_settings", "_starts", "_step", "_water_c")

    def __init__(self, settings: WashingMachineSettings) -> None:
        """Off."""
        super().__init__(settings.name, settings.circuit)
        self._settings = settings
        self._starts = {round(start) % _DAY_S for start in settings.starts}
        self._step = len(_PROGRAM)
        self._in_step_s = 0
        self._water_c = TAP_C
        self._held = False

    @property
    def running(self) -> bool:
        """Whether a program is under way."""
        return self._step < len(_PROGRAM)

    def _move(self, now: Now) -> None:
        if self.running and now.live:
            self._go_on(_PROGRAM[self._step])
        if begins(self, self._held, now.second_of_day in self._starts) and not self.running:
            self._step, self._in_step_s, self._water_c = 0, 0, TAP_C
        if self.forced is False:
            self._step = len(_PROGRAM)
        self._held = self.forced is True

    def _go_on(self, step: _Step) -> None:
        self._in_step_s += 1
        if step.for_s is None:
            self._water_c += self._settings.heater_w * _USED / (_WASH_LITRES * WATER_J)
        over = self._water_c >= self._settings.wash_c if step.for_s is None else self._in_step_s >= step.for_s
        if over:
            self._step, self._in_step_s = self._step + 1, 0

    def _powers(self, now: Now) -> Powers | None:
        if not self.running:
            return None
        step = _PROGRAM[self._step]
        share = step.share if self._in_step_s % step.of_s < step.on_s else 0.02
        if step.ramp and step.for_s:
            share *= 0.3 + 0.7 * self._in_step_s / step.for_s
        motor = self._settings.motor_w * share
        heat = self._settings.heater_w if step.for_s is None else 0.0
        return on(self._settings.phase, complex(heat + motor, lagging(motor, _MOTOR_FACTOR)))


def begins(machine: Appliance, held: bool, due: bool) -> bool:
    """Whether a program starts now: its time has come, or a hand has just switched it on."""
    return due if machine.forced is None else machine.forced and not held


def lagging(power_w: float, power_factor: float) -> float:
    """The reactive power of a motor, var."""
    return power_w * math.tan(math.acos(power_factor))


def on(phase: Phase, power: complex) -> Powers:
    """``power`` on one phase."""
    one, two, three = (power if each == phase else 0j for each in PHASES)
    return one, two, three
