"""What an installer tells of one charger's place, and changes later (EV-295, EV-304, G-087)."""

from pydantic import BaseModel, ConfigDict, Field

from ohmstead.core.model.chargers import Earthing, WakeUp
from ohmstead.core.model.phases import PAUSE_S, SWITCHINGS
from ohmstead.core.model.quantities import MINIMUM_CURRENT_A
from ohmstead.core.model.setting_values import Address, AgreedCurrent

MOST_CURRENT_A = 80.0
"""More than any contactor of a wallbox carries."""


class _Values(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Installation(_Values):
    """The electrical installation of one charger. Currents are per phase, in ampere."""

    max_current_a: float = Field(ge=MINIMUM_CURRENT_A, le=MOST_CURRENT_A, allow_inf_nan=False)
    """What wiring and breaker bear."""
    fallback_current_a: AgreedCurrent = 0.0
    """What it may take while the grid meter is lost or control is silent (G-021)."""
    earthing: Earthing = "tn"
    ventilated: bool = False
    wake_up: WakeUp = "once"
    phase_pause_s: float = Field(default=60.0, ge=PAUSE_S[0], le=PAUSE_S[1], allow_inf_nan=False)
    """The pause of a switching between one phase and three, from the open contactor to the next offer."""
    phase_switchings: int = Field(default=10, ge=SWITCHINGS[0], le=SWITCHINGS[1])
    """At most so many in one session."""


class VehicleMeterChoice(_Values):
    """The meter that accounts what one charger delivers, and where it answers (EV-175, EV-186)."""

    model: str = Field(min_length=1, max_length=80)
    """A table in ``protocols/meters``."""
    connect: Address
    unit: int = Field(default=1, ge=1, le=247)
