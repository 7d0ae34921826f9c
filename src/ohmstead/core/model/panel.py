"""The front panel of a charger: its light, its buttons, its display, and what people and installers set on them.

What each signal looks like stands in ``core.charging.panel``; here are the words that every room shares.
"""

import re
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Colour = Literal["white", "orange", "blue", "green", "violet", "red"]
Button = Literal["centre", "up", "down", "left", "right"]
"""A panel without a display has only the one in the centre."""
BUTTONS: tuple[Button, ...] = ("centre", "up", "down", "left", "right")

DEFAULT_ADMIN_CODE = "4444"
BRIGHTNESS_PERCENT: tuple[int, ...] = (25, 50, 75, 100)
_CODE = re.compile(r"[0-9]{4}")


def is_code(value: object) -> bool:
    """Whether ``value`` is an access code: four digits (G-049)."""
    return isinstance(value, str) and _CODE.fullmatch(value) is not None


class LightSignal(StrEnum):
    """What the light says: the rows EV-049 to EV-063, in their order."""

    STARTUP = "startup"
    OFF = "off"
    NO_CURRENT = "no_current"
    INCOMPLETE = "incomplete"
    SUSPENDED = "suspended"
    WAITING = "waiting"
    TEST = "test"
    COMPLETE = "complete"
    CHARGING = "charging"
    ACCEPTED = "accepted"
    UPDATING = "updating"
    CONFIRMATION = "confirmation"
    REQUESTED = "requested"
    REFUSED = "refused"
    ERROR = "error"


class _Values(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PanelOptions(_Values):
    """What people set on the panel (EV-211 to EV-215)."""

    button_sound: bool = True
    brightness_percent: Annotated[int, Field(ge=25, le=100, multiple_of=25)] = 100
    """Of the display."""
    menu_code: Annotated[str, Field(pattern=r"^[0-9]{4}$")] | None = None
    """What opens the menu; ``None`` for everybody's."""
    admin_code: Annotated[str, Field(pattern=r"^[0-9]{4}$")] = DEFAULT_ADMIN_CODE


STANDARD = PanelOptions()
"""As delivered."""


class PanelSettings(_Values):
    """The panel as it was built."""

    display: bool = True
    """A display with five buttons; without, there is one button for everything (EV-002)."""
    colours: dict[LightSignal, Colour] = Field(default_factory=dict)
    """Other colours of the light than the table's (EV-066)."""
