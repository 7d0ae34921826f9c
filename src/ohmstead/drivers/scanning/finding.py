"""What a scan hands over: devices it recognised, and why nothing was recognised elsewhere."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from ohmstead.core.model.reasons import Reason

Driver = Literal["modbus", "sunspec", "power-box", "modbus-board", "phoenix-ev-cc", "p1", "shelly", "tasmota"]
Side = Literal["inverter", "battery", "either", "meter"]
"""``either``: an inverter that has a battery, and does not tell whether panels hang on it too."""

Told = Callable[[float, str], None]
"""Hears how far a scan is, from 0 to 1, and what it looks at."""


class Sureness(StrEnum):
    """How far a model was recognised."""

    SURE = "sure"
    """The device says so itself."""
    LIKELY = "likely"
    """What it shows makes sense in one way, and is no accident."""
    POSSIBLE = "possible"
    """It makes sense in several ways, or shows too little."""


def presentable(text: str) -> str:
    """What a device calls itself, in one line that does nothing to a screen."""
    return "".join(c if c.isprintable() else "?" for c in text)


@dataclass(frozen=True, slots=True)
class Finding:
    """One device. ``connect`` and ``unit`` are as the settings write them."""

    connect: str
    unit: int
    driver: Driver
    model: str
    """For people."""
    sureness: Sureness
    meters: tuple[str, ...] = ()
    """For ``modbus``: the tables that fit, of equal right."""
    phases: int = 3
    sides: tuple[Side, ...] = ()
    """For ``sunspec``: what its map holds."""
    circuits: tuple[tuple[int, ...], ...] = ()
    """For ``power-box``: slots that have a phase, counted from 1; those of one transformer together."""
    rated_current_a: float | None = None
    """For a board: what it is built for."""
    mark: str = ""
    """What tells it from others of its model, such as its serial number; empty when nothing does."""

    @property
    def has_units(self) -> bool:
        """Whether several devices may stand at its address, told apart by their units."""
        return self.driver not in ("p1", "shelly", "tasmota")


@dataclass(frozen=True, slots=True)
class Found:
    """A whole scan: devices, places that gave none and why, and how many addresses of ranges were silent."""

    findings: tuple[Finding, ...] = ()
    troubles: tuple[Reason, ...] = ()
    silent: int = 0
