"""Who may charge: what a charger asks, what was decided, and the cards of the site."""

from datetime import datetime
from typing import Literal

from pydantic import Field
from pydantic.config import JsonDict

from ohmstead.core.model.authorization import AuthorizationMode, AuthorizationSignal, Verdict
from ohmstead.web.views.base import View, shaped

AUTHORIZATION_EXAMPLE: JsonDict = {"mode": "both", "verdict": "granted", "type": "RFID:04A1B2C3", "signal": None}
CARD_EXAMPLE: JsonDict = {
    "id": "04A1B2C3D4E5F6",
    "name": "Anna",
    "blocked": False,
    "added_at": "2026-06-01T09:12:00Z",
}


class AuthorizationView(View):
    """What a charger asks before it charges, and what was decided for the vehicle that is connected."""

    model_config = shaped(AUTHORIZATION_EXAMPLE)

    mode: AuthorizationMode
    verdict: Verdict | None = Field(description="Null without a vehicle")
    type: str | None = Field(description="None, App or RFID:<number>; null until it was granted")
    signal: AuthorizationSignal | None = Field(description="What the light tells of it now")


class CardView(View):
    """A card that may authorise at every charger that asks for cards."""

    model_config = shaped(CARD_EXAMPLE)

    id: str = Field(description="Its number: 8, 14 or 20 upper-case hexadecimal digits")
    name: str = Field(description="Empty without one")
    blocked: bool = Field(description="Until it is reactivated")
    added_at: datetime | None


class CardsView(View):
    """All cards, and how many there may be."""

    model_config = shaped({"cards": [CARD_EXAMPLE], "most": 200})

    cards: tuple[CardView, ...] = Field(description="In the order in which they were added")
    most: int


class AddCardBody(View):
    """A card to add, as it was read or typed."""

    model_config = shaped({"id": "04:A1:B2:C3:D4:E5:F6", "name": "Anna"})

    id: str = Field(min_length=1, max_length=80, description="Spaces, colons, dots and dashes are skipped")
    name: str = Field(default="", max_length=80, description="At most 32 characters")


class ChangeCardBody(View):
    """What is left out stays as it is."""

    model_config = shaped({"blocked": True})

    name: str | None = Field(default=None, max_length=80, description="At most 32 characters")
    blocked: bool | None = Field(default=None, strict=True)


class LearningView(View):
    """Whether a card is waited for, and how that ended last."""

    model_config = shaped({"state": "waiting", "ends_at": "2026-06-21T10:15:33Z", "card": None})

    state: Literal["idle", "waiting", "read", "known", "timed_out"] = Field(
        description="read: it is not in the list yet and can be added; known: it is in the list already"
    )
    ends_at: datetime | None = Field(description="While it waits")
    card: str | None = Field(description="The number that was read")
