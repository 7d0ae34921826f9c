"""What one look at a newly wired device gives away (EV-180, G-022): a Reading and its place in, advice out.

Each rule speaks of what cannot be, or hardly, in a healthy installation, and says what to look at. Which phase a
current really flows in shows in its angle to the voltage: a transformer on the wrong phase turns it by 120 degrees.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from ohmstead.core.model.quantities import GridType, Phase, Role
from ohmstead.core.model.readings import PhaseReading, Reading
from ohmstead.core.model.reasons import Reason

NOMINAL_V: Mapping[GridType, float] = {
    "1x230": 230.0,
    "3x400+N": 230.0,
    "3x230": 230.0,
    "2x120/240": 120.0,
    "3x120/208": 120.0,
    "3x277/480": 277.0,
    "3x347/600": 347.0,
}
"""What a meter measures on a terminal; in the delta grid that is the voltage between two phases."""
SPREAD = 0.15
"""EN 50160 allows a tenth either way, and meters are not exact."""
DEAD_V = 10.0
FREQUENCY_HZ = (45.0, 65.0)
SLACK_W = 30.0
SHARE = 0.05
TELLING_A = 0.5
"""Below this current a meter's angle is noise."""
TURNED_DEGREES = (95.0, 150.0)
"""A load's current on the voltage of another phase; export stands beyond, at 180 degrees."""


@dataclass(frozen=True, slots=True)
class Installed:
    """Where a device stands: its role, the grid, and whether a main fuse is guarded by what it says."""

    role: Role
    grid_type: GridType = "3x400+N"
    guards_fuse: bool = False


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing to look at, and the phase and quantity in which it shows, if it is a single one."""

    reason: Reason
    phase: Phase | None = None
    quantity: str = ""


def advise(reading: Reading, installed: Installed) -> tuple[Advice, ...]:
    """Everything that one reading gives away; nothing when all is as it should be."""
    return tuple(
        advice
        for rule in (_voltages, _frequency, _sum, _carried, _signs, _alike, _turned, _guarding)
        for advice in rule(reading, installed)
    )


def _voltages(reading: Reading, installed: Installed) -> Iterator[Advice]:
    nominal = NOMINAL_V[installed.grid_type]
    for phase, seen in reading.phases.items():
        if seen.voltage_v is None or abs(seen.voltage_v - nominal) <= SPREAD * nominal:
            continue
        key = "check.voltage"
        if abs(seen.voltage_v) < DEAD_V:
            key = "check.voltage_none"
        elif abs(seen.voltage_v - nominal * math.sqrt(3)) <= SPREAD * nominal:
            key = "check.voltage_between"
        params = {"phase": phase, "seen_v": seen.voltage_v, "expected_v": nominal}
        yield Advice(Reason(key, params), phase, "voltage_v")


def _frequency(reading: Reading, installed: Installed) -> Iterator[Advice]:
    del installed
    hertz = reading.frequency_hz
    if hertz is not None and not FREQUENCY_HZ[0] <= hertz <= FREQUENCY_HZ[1]:
        yield Advice(Reason("check.frequency", {"seen_hz": hertz}), quantity="frequency_hz")


def _sum(reading: Reading, installed: Installed) -> Iterator[Advice]:
    del installed
    powers = [seen.power_w for seen in reading.phases.values() if seen.power_w is not None]
    if reading.power_w is None or len(powers) < 2 or len(powers) < len(reading.phases):
        return
    if abs(reading.power_w - sum(powers)) > SLACK_W + SHARE * sum(map(abs, powers)):
        params = {"seen_w": reading.power_w, "phases_w": sum(powers)}
        yield Advice(Reason("check.sum", params), quantity="power_w")


def _carried(reading: Reading, installed: Installed) -> Iterator[Advice]:
    del installed
    for phase, seen in reading.phases.items():
        if seen.voltage_v is None or seen.current_a is None or seen.power_w is None:
            continue
        carried_w = abs(seen.voltage_v) * (abs(seen.current_a) + reading.current_step_a)
        if abs(seen.power_w) > SLACK_W + (1 + SHARE) * carried_w:
            params = {"phase": phase, "seen_w": seen.power_w, "carried_w": carried_w}
            yield Advice(Reason("check.too_much", params), phase, "power_w")


def _signs(reading: Reading, installed: Installed) -> Iterator[Advice]:
    key = {Role.LOAD: "check.negative_load", Role.PRODUCTION: "check.negative_production"}.get(installed.role)
    if key is None:
        return
    found = False
    for phase, seen in reading.phases.items():
        if seen.power_w is not None and seen.power_w < -SLACK_W:
            found = True
            yield Advice(Reason(f"{key}.phase", {"phase": phase, "seen_w": seen.power_w}), phase, "power_w")
    if not found and reading.power_w is not None and reading.power_w < -SLACK_W:
        yield Advice(Reason(key, {"seen_w": reading.power_w}), quantity="power_w")


def _alike(reading: Reading, installed: Installed) -> Iterator[Advice]:
    """Two phases that agree in everything, to the last digit, are one phase measured twice.

    An inverter is left out: it feeds the same into each phase, and two voltages that agree are then mere chance.
    """
    if installed.role in (Role.PRODUCTION, Role.BATTERY):
        return
    for (one, first), (other, second) in combinations(reading.phases.items(), 2):
        telling = first.voltage_v is not None and first.power_w and (first.current_a or 0.0) > TELLING_A
        if telling and first == second:
            yield Advice(Reason("check.alike", {"one": one, "other": other}), other)


def _turned(reading: Reading, installed: Installed) -> Iterator[Advice]:
    del installed
    angles = {phase: angle for phase, seen in reading.phases.items() if (angle := _angle(seen)) is not None}
    low, high = TURNED_DEGREES
    ahead = [phase for phase, angle in angles.items() if low <= angle <= high]
    behind = [phase for phase, angle in angles.items() if low <= -angle <= high]
    if len(ahead) == 3 or len(behind) == 3:
        yield Advice(Reason("check.rotated", {"phases": ", ".join(angles)}))
    elif len(ahead) == 1 == len(behind):
        yield Advice(Reason("check.swapped", {"one": ahead[0], "other": behind[0]}))


def _angle(seen: PhaseReading) -> float | None:
    """By how many degrees the current is behind the voltage."""
    if seen.power_w is None or seen.reactive_power_var is None or abs(seen.current_a or 0.0) < TELLING_A:
        return None
    return math.degrees(math.atan2(seen.reactive_power_var, seen.power_w))


def _guarding(reading: Reading, installed: Installed) -> Iterator[Advice]:
    """A fuse is guarded phase by phase: that takes a current, or power and voltage, of each."""
    if installed.role is not Role.GRID or not installed.guards_fuse or reading.power_w is None:
        return
    for phase, seen in reading.phases.items():
        if seen.current_a is None and (seen.power_w is None or seen.voltage_v is None):
            yield Advice(Reason("check.no_current", {"phase": phase}), phase, "current_a")
    if not reading.phases:
        yield Advice(Reason("check.no_phases"), quantity="current_a")
