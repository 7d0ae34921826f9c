"""What a decision is told besides the snapshot: the installer's settings and the wishes of people."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import floor, isfinite

from ohmstead.core.control.premises import Premises, premises
from ohmstead.core.model.changing import quick
from ohmstead.core.model.chargers import ChargerOptions
from ohmstead.core.model.departure import NO_FORESIGHT, Foresight
from ohmstead.core.model.grants import Limit
from ohmstead.core.model.quantities import MINIMUM_CURRENT_A, Phase
from ohmstead.core.model.settings import Settings


@quick
@dataclass(frozen=True, slots=True)
class ControlSettings:
    """``options`` holds one entry per charger; a charger without one counts as not enabled."""

    settings: Settings
    options: Mapping[str, ChargerOptions] = field(default_factory=dict)
    ceilings_a: Mapping[str, float] = field(default_factory=dict)
    """What a running test of the grid meter leaves to a charger; like every limit it only narrows (G-022)."""
    managed: Mapping[str, Limit] = field(default_factory=dict)
    """What an energy manager outside allows a charger."""
    holds: Mapping[str, Limit] = field(default_factory=dict)
    """What stops a charger besides people: its vehicle meter is lost, nobody accounts what it gives (EV-220)."""

    operator_limit_w: float | None = None
    """What the grid operator leaves to all chargers together while it curtails them (section 14a EnWG: 4,200 W)."""
    cluster_limit_a: float | None = None
    """What all chargers of the cluster that this site leads may take together, per phase (EV-145)."""
    reserved_a: Mapping[str, float] = field(default_factory=dict)
    """By member of the cluster that is not heard: what is kept for it; it is given nothing (G-064)."""
    clock_known: bool = True
    """Whether the wall clock can be trusted; without it no program is active (G-028)."""
    foresight: Foresight = NO_FORESIGHT
    """What is known of the hours until a departure."""

    @property
    def premises(self) -> Premises:
        """What follows from ``settings`` alone."""
        return premises(self.settings)

    @property
    def green_possible(self) -> bool:
        """Whether there is a grid meter, and load management goes by it (EV-100)."""
        return self.premises.green_possible

    @property
    def limited(self) -> bool:
        """Whether the supply sets a limit to some charger, so that a grid meter is needed (EV-177)."""
        return self.premises.limited

    @property
    def grid_device(self) -> str | None:
        """Name of the device that measures the grid connection."""
        return self.premises.grid_device

    @property
    def site_phases(self) -> tuple[Phase, ...]:
        """The live conductors of the supply."""
        return self.premises.site_phases

    @property
    def charging_phases(self) -> frozenset[Phase]:
        """The conductors that some charger is wired to, whose values the grid meter must give."""
        return self.premises.charging_phases

    def options_of(self, charger: str) -> ChargerOptions:
        """The wishes for ``charger``; without any it stays off."""
        return self.options.get(charger) or _OFF

    def managed_of(self, charger: str) -> tuple[Limit, ...]:
        """The limit that an energy manager sets to ``charger``, if any does."""
        limit = self.managed.get(charger)
        return () if limit is None else (limit,)


_OFF = ChargerOptions(enabled=False)
_LIMITS_OF_SUPPLY = ("main_fuse_a", "max_current_a", "contract_power_w", "unbalance_limit_a", "demand_limit_w")


def heeded(settings: Settings) -> Settings:
    """What control goes by: while load management is off, a supply of which no limit was told (EV-292)."""
    if settings.site.load_management:
        return settings
    site = settings.site.model_copy(update=dict.fromkeys(_LIMITS_OF_SUPPLY))
    return settings.model_copy(update={"site": site})


def known(value: float | None) -> float | None:
    """``value`` when it is a number; NaN and infinity are as good as missing."""
    return value if value is not None and isfinite(value) else None


def settled(current_a: float) -> float:
    """``current_a`` as it may be set: rounded down to 0.1 A (G-033, G-055), and 0 below 6 A (G-013)."""
    whole = floor(current_a * 10 + 1e-6) / 10
    return whole if whole >= MINIMUM_CURRENT_A else 0.0
