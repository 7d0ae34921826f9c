"""How a box was really wired, where that is not as it should be: what a person with a screwdriver can do (EM-347)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ohmstead.core.model.quantities import PHASES, Phase

OPEN_SHARE = 0.1
"""What a core that did not click shut shows of its current."""


@dataclass(frozen=True, slots=True)
class ClampWiring:
    """One transformer: turned round, on another conductor, not plugged in, or not closed."""

    turned: bool = False
    on: Phase | None = None
    """Another conductor than its own."""
    unplugged: bool = False
    open: bool = False


@dataclass(frozen=True, slots=True)
class BoxWiring:
    """A box as it hangs there. Clamps by point, from 1; the others are as they should be."""

    terminals: tuple[Phase | None, ...] = PHASES
    """The conductor on each voltage terminal; ``None``: no wire, or its breaker is off."""
    clamps: Mapping[int, ClampWiring] = field(default_factory=dict)
    broken_at: int | None = None
    """The cable to this hub (from 1) is broken: it and those behind it are gone."""
    terminated: bool = True
    """Without the plug in the last hub the bus is heard only now and then."""
    port: Literal["A", "B"] = "A"
    """Where the line of hubs is plugged in; on B none is found."""
    hubs_more: int = 0
    """Hubs that hang there besides, without transformers."""


AS_IT_SHOULD_BE = BoxWiring()
EVERY_S = 20.0
"""So long an unterminated bus is heard, and so long it is not."""
