"""One phase or three, as it is shown of a charger whose board can switch them."""

from datetime import datetime

from pydantic import Field
from pydantic.config import JsonDict

from ohmstead.core.model.evse import PhaseCount
from ohmstead.core.model.phases import PhaseSwitching
from ohmstead.web.views.base import View, shaped

PHASES_EXAMPLE: JsonDict = {
    "setting": "automatic",
    "connected": 1,
    "switching_to": None,
    "goes_on_at": None,
    "switched": 2,
    "most": 10,
    "keep": False,
    "refused": False,
}


class PhaseSwitchingView(View):
    """How many phases of a charger are connected, and what is set of that."""

    model_config = shaped(PHASES_EXAMPLE)

    setting: PhaseSwitching
    connected: PhaseCount | None = Field(description="By the feedback of its contactors; null on the way or unknown")
    switching_to: PhaseCount | None = Field(description="Set while it switches; nothing is offered meanwhile")
    goes_on_at: datetime | None = Field(description="When the pause of a switching is over")
    switched: int = Field(description="How often in this session")
    most: int = Field(description="At most so often in one session")
    keep: bool = Field(description="The car that is there is not to be switched; until it is unplugged")
    refused: bool = Field(description="It did not go on after a switching, and is not switched any more")
