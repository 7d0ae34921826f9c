"""Who presses the buttons of a front panel."""

from dataclasses import dataclass

from ohmstead.core.model.events import AccessRole


@dataclass(frozen=True, slots=True)
class Hand:
    """Who holds buttons: one screen of one caller."""

    id: str
    author: str
    role: AccessRole
