"""What every adapter of a port must bring to take the contract tests: a rig around the real adapter.

A new adapter adds its rig to ``METERS`` or ``BOARDS`` in ``tests/contracts/adapters.py``; the tests then run over it.
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

from ohmstead.core.model.evse import BoardCommands, BoardIdentity, BoardSnapshot
from ohmstead.core.model.quantities import Phase
from ohmstead.drivers.ports import EvseBoard, Meter


@dataclass(frozen=True)
class Truth:
    """What a measured circuit really does, the same on each of its phases."""

    power_w: float = 2300.0
    voltage_v: float | None = 230.0
    current_a: float = 10.0
    frequency_hz: float = 50.0
    energy_j: int = 36_000_000


@dataclass
class MeterRig:
    """A meter adapter and the hands on its world. ``phases`` are the site's, in the order of the terminals."""

    meter: Meter
    name: str
    phases: tuple[Phase, ...]
    show: Callable[[Truth], None]
    lose: Callable[[], None]
    find: Callable[[], None]
    shows_missing: bool = True
    """Whether this adapter's device can say that it does not measure a voltage."""
    counts: bool = True
    """Whether its device counts energy and tells the frequency."""


@dataclass
class BoardWorld:
    """The far side of a board adapter: what the board shows, and what it was told."""

    identity: BoardIdentity
    snapshot: BoardSnapshot
    commands: list[BoardCommands] = field(default_factory=list)
    renewals: int = 0


@dataclass
class BoardRig:
    """A board adapter and the hands on its world.

    ``obeys`` is what a board of this kind makes of commands, ``shows`` what it can tell of a snapshot. One without a
    lease is told ``farewell`` when it is closed.
    """

    board: EvseBoard
    world: BoardWorld
    lose: Callable[[], None]
    find: Callable[[], None]
    obeys: Callable[[BoardCommands], BoardCommands] = lambda commands: commands
    shows: Callable[[BoardSnapshot], BoardSnapshot] = lambda snapshot: snapshot
    farewell: BoardCommands | None = None


MeterAdapter = Callable[[], AbstractAsyncContextManager[MeterRig]]
BoardAdapter = Callable[[], AbstractAsyncContextManager[BoardRig]]
