"""The buzzer (EV-198, EV-212, EV-225, G-041, G-047): one row per sound. An error sounds in step with its light."""

from collections.abc import Mapping
from typing import Literal

from ohmstead.core.charging.panel.waves import Wave

Sound = Literal["key", "restart", "reset", "accepted", "refused", "read"]

SOUNDS: Mapping[Sound, Wave] = {
    "key": Wave((40,)),
    "restart": Wave((400,)),
    "reset": Wave((400, 200, 400)),
    "accepted": Wave((120, 80, 120)),
    "refused": Wave((600,)),
    "read": Wave((120,)),
}
"""A key while its sound is on; both thresholds of a long press; the answers to a card, and one that was learned."""

ALARM_S = 30.0
"""An error sounds for so long, or until somebody touches a button or mutes it in the app (G-041)."""
