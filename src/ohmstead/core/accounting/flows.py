"""Where the power flows: grid, production, battery, consumption, and what no meter sees (EM-243, EM-246)."""

from collections.abc import Iterable, Mapping

from ohmstead.core.model.chargers import ChargerReading
from ohmstead.core.model.quantities import Role
from ohmstead.core.model.snapshot import Channel, Flows

TOLERANCE_W = 100.0
TOLERANCE_SHARE = 0.05
"""Meters are not read at the same instant: so much below zero may the unmeasured rest be and still count as zero."""


def flows(channels: Mapping[str, Channel], chargers: Mapping[str, ChargerReading]) -> Flows:
    """The flows of one snapshot in watts.

    Consumption = grid (import positive) + production + battery (discharge positive). A role without any device is
    left out of the sum, and its own flow is ``None``; a device without a power makes every flow it belongs to
    ``None``. Unmeasured = consumption − loads − chargers. It may come out below zero when a load was read a moment
    before or after the grid: a little is called 0, more means that the readings do not fit together now: ``None``.
    """
    grid = _sum_of(channels, Role.GRID)
    production = _sum_of(channels, Role.PRODUCTION)
    battery = _sum_of(channels, Role.BATTERY)
    present = {channel.role for channel in channels.values()}
    sources = [grid]
    if Role.PRODUCTION in present:
        sources.append(production)
    if Role.BATTERY in present:
        sources.append(battery)
    consumption = _total(sources)
    users = [channel.power_w for channel in channels.values() if channel.role is Role.LOAD]
    users += [charger.power_w for charger in chargers.values()]
    return Flows(grid, production, battery, consumption, _rest(consumption, _total(users)))


def _sum_of(channels: Mapping[str, Channel], role: Role) -> float | None:
    powers = [channel.power_w for channel in channels.values() if channel.role is role]
    return _total(powers) if powers else None


def _total(powers: Iterable[float | None]) -> float | None:
    total = 0.0
    for power in powers:
        if power is None:
            return None
        total += power
    return total


def _rest(consumption: float | None, used: float | None) -> float | None:
    if consumption is None or used is None:
        return None
    rest = consumption - used
    if rest >= 0:
        return rest
    return 0.0 if -rest <= max(TOLERANCE_W, TOLERANCE_SHARE * abs(consumption)) else None
