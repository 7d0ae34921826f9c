"""What the panel sees of its charger and its house at one moment, and what it can wish."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ohmstead.core.model.authorization import Learning
from ohmstead.core.model.changing import quick
from ohmstead.core.model.chargers import ChargerOptions, ChargerReading, ChargerState
from ohmstead.core.model.charges import Counters
from ohmstead.core.model.events import Action, CommandValue
from ohmstead.core.model.evse import BoardIdentity
from ohmstead.core.model.modes import ChargingMode
from ohmstead.core.model.networks import NetworksNow
from ohmstead.core.model.panel import PanelSettings
from ohmstead.core.model.quantities import Phase
from ohmstead.core.model.readings import PhaseReading
from ohmstead.core.model.reasons import Reason


@quick
@dataclass(frozen=True, slots=True)
class Scene:
    """``modes`` are those that can be chosen here, ``program`` the number of the active program.

    ``grid`` and ``grid_w`` are what the meter at the grid connection says, empty and ``None`` without.
    """

    reading: ChargerReading
    options: ChargerOptions
    settings: PanelSettings = field(default_factory=PanelSettings)
    name: str = ""
    installation_a: float = 16.0
    modes: tuple[ChargingMode, ...] = ("fast",)
    program: int | None = None
    reason: Reason | None = None
    """Why the current is what it is."""
    identity: BoardIdentity | None = None
    total: Counters = field(default_factory=Counters)
    partial: Counters = field(default_factory=Counters)
    grid: Mapping[Phase, PhaseReading] = field(default_factory=dict)
    grid_w: float | None = None
    reader: bool = False
    remote: bool = False
    """Whether the board hears current transformers with a radio, which can be paired."""
    learning: Learning = field(default_factory=Learning)
    learning_left_s: float = 0.0
    networks: NetworksNow | None = None
    """The machine's own, ``None`` where nobody manages them here."""
    commissioned: bool = True
    version: str = ""
    last_energy_j: int | None = None
    last_charging_s: float | None = None
    """Of the last session, once it has ended."""

    @property
    def errors(self) -> bool:
        """Whether at least one error holds."""
        return bool(self.reading.errors)

    @property
    def updating(self) -> bool:
        """Whether its software is being replaced."""
        return self.reading.state is ChargerState.UPDATING


Special = Literal["counters_anew", "learn", "keep_card", "forget_card"]
"""Wishes that are no commands for the charger: they go through the doors of sessions and cards."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asked for at the panel; whether it may be is not decided here."""

    what: Action | Special
    value: CommandValue = None
