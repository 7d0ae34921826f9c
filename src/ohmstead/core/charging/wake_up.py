"""Waking a vehicle that does not ask although it is offered current: what the pilot shows, and for how long.

Some vehicles fall asleep while they wait and only look at the pilot again when they seem to be plugged in anew. A
profile is played once; unplugging, or the vehicle asking (state C), arms it again.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ohmstead.core.model.chargers import WakeUp
from ohmstead.core.model.evse import PilotMode


@dataclass(frozen=True, slots=True)
class Profile:
    """After ``wait_s`` in B2 the pilot shows each of ``shows`` for so many seconds, then the offer again."""

    wait_s: float
    shows: tuple[tuple[PilotMode, float], ...]

    def mode(self, age_s: float) -> PilotMode | None:
        """What to show ``age_s`` after it began; ``None`` when it is over."""
        for mode, seconds in self.shows:
            if age_s < seconds:
                return mode
            age_s -= seconds
        return None


PROFILES: Mapping[WakeUp, Profile | None] = {
    "off": None,
    "once": Profile(30.0, ((PilotMode.FAULT, 4.0), (PilotMode.STEADY, 0.75))),
    "patient": Profile(90.0, ((PilotMode.FAULT, 4.0), (PilotMode.STEADY, 30.0), (PilotMode.FAULT, 30.0))),
}
"""``once`` suits most; ``patient`` is for vehicles that need long to notice."""
