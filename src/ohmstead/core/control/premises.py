"""What follows from the settings alone: the grid meter, the conductors, which of its values a limit needs.

Settings are frozen and hold for thousands of decisions, so it is found once for each and kept while they are in use.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ohmstead.core.model.changing import quick
from ohmstead.core.model.quantities import PHASES, Phase, Role
from ohmstead.core.model.settings import ChargerSettings, Settings

_KEPT = 8
"""A site goes by one; a few more are looked back with, or led in a cluster."""


@quick
@dataclass(frozen=True, slots=True)
class Premises:
    """As the properties of ``ControlSettings`` say them."""

    grid_device: str | None
    site_phases: tuple[Phase, ...]
    charging_phases: frozenset[Phase]
    wired: Mapping[str, tuple[Phase, ...]]
    """By charger, the site's conductors that it is wired to."""
    names: Mapping[str, str]
    """What people call each charger."""
    phase_limit_a: float | None
    weighed: bool
    """Whether a limit is in watts, of all phases together."""
    metered: bool
    """Whether a limit is in amperes of each phase."""
    limited: bool
    green_possible: bool


def premises(settings: Settings) -> Premises:
    """Those of ``settings``; the same ones as long as these very settings are asked for."""
    known = _found.get(id(settings))
    if known is None:
        while len(_found) >= _KEPT:
            del _found[next(iter(_found))]
        known = _found[id(settings)] = (settings, _of(settings))
    return known[1]


_found: dict[int, tuple[Settings, Premises]] = {}
"""By identity; the settings are held with what was found, so that no others can take their place in memory."""


def _of(settings: Settings) -> Premises:
    site, chargers, phases = settings.site, settings.chargers, settings.site.phases
    wired = {name: _wired(charger, settings) for name, charger in chargers.items()}
    weighed = site.contract_power_w is not None or site.demand_limit_w is not None
    metered = site.phase_limit_a is not None or site.unbalance_limit_a is not None
    return Premises(
        grid_device=next((name for name, device in settings.devices.items() if device.role is Role.GRID), None),
        site_phases=phases,
        charging_phases=frozenset(phase for each in wired.values() for phase in each),
        wired=wired,
        names={name: charger.name or name for name, charger in chargers.items()},
        phase_limit_a=site.phase_limit_a,
        weighed=weighed,
        metered=metered,
        limited=bool(chargers) and (weighed or metered),
        green_possible=settings.green_possible,
    )


def _wired(charger: ChargerSettings, settings: Settings) -> tuple[Phase, ...]:
    """Without a neutral a charger sits between conductors, whichever it uses: it then counts on each."""
    if settings.site.grid_type == "3x230":
        return PHASES
    there = settings.site.phases
    return tuple(phase for phase in charger.phases if phase in there) or there
