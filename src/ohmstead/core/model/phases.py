"""One phase or three: what is set of a charger whose board can leave phases 2 and 3 open, and how that stands."""

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from ohmstead.core.model.changing import quick
from ohmstead.core.model.evse import PhaseCount
from ohmstead.core.model.quantities import Phase

PhaseSwitching = Literal["off", "automatic", "one", "three"]
"""``off``: all phases, and no car is switched; ``automatic``: as the sun of Green is worth; always one; always all.

While no car is there nothing flows, and each of them may be set at once.
"""
PAUSE_S = (10.0, 300.0)
"""What the pause of a switching may be. Cars are known that need 45 s."""
SWITCHINGS = (1, 50)
"""What the bound of a session may be."""


class PhaseSettings(BaseModel):
    """What an installer says of the switching of one charger."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    phase_switching: PhaseSwitching = "off"
    """What holds until a person sets it otherwise."""
    phase_pause_s: float = Field(default=60.0, ge=PAUSE_S[0], le=PAUSE_S[1], allow_inf_nan=False)
    """From the open contactor to the next offer."""
    phase_switchings: int = Field(default=10, ge=SWITCHINGS[0], le=SWITCHINGS[1])
    """At most so many in one session."""


@quick
@dataclass(frozen=True, slots=True)
class PhasesSeen:
    """How the phases of a charger stand that can switch them.

    ``connected`` is what its contactors show, ``None`` on the way or unknown: then the worst is assumed. ``car`` are
    those that the car was seen to use while all were connected. ``switched`` counts the switchings of the session;
    ``refused``: the car did not go on after one. ``pause_left_s`` runs while it switches.
    """

    connected: PhaseCount | None
    car: tuple[Phase, ...] | None = None
    switched: int = 0
    refused: bool = False
    begun: bool = False
    """The car has had current in this session: from then on a switching takes its pause and counts."""
    to: PhaseCount | None = None
    pause_left_s: float | None = None
