"""Meters that are lost want attention for as long as they are.

Their loops tell loss and return as events. The grid meter and those of cars are told of by those who judge them, as D2
and D9.
"""

from collections.abc import Iterator, Mapping

from ohmstead.core.model.grants import Notice
from ohmstead.core.model.quantities import Role
from ohmstead.core.model.reasons import Reason
from ohmstead.site.sense import Sensed

LOST = "device.lost"
_TOLD_ELSEWHERE = frozenset({Role.GRID, Role.VEHICLE})


def lost(devices: Mapping[str, Sensed], told: frozenset[str]) -> Iterator[Notice]:
    """A warning for each lost meter but those that are ``told`` of already."""
    for name, device in devices.items():
        if device.lost and name not in told and device.settings.role not in _TOLD_ELSEWHERE:
            yield Notice(LOST, name, Reason(_why(device), {"device": device.settings.name or name}), "warning")


def _why(device: Sensed) -> str:
    if device.answers:
        return "device.unusable"
    return LOST if device.latest is not None else "meter.starting"
