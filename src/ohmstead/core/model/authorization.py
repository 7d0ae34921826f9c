"""Who may charge: how a charger asks, what was decided, and the cards it knows (EV-187 to EV-202, G-072 to G-074)."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ohmstead.core.model.changing import quick

AuthorizationMode = Literal["none", "app", "card", "both"]
"""What a session needs before any current is offered: nothing, a word from the app, a card, or either of them."""

Verdict = Literal["waiting", "rejected", "granted"]

AuthorizationSignal = Literal["requested", "accepted", "refused"]
"""What the light tells of it: rows 13, 10 and 14 of EV chapter 5 (EV-202)."""

BY_NOBODY, BY_APP, BY_CARD = "None", "App", "RFID:"
"""The types of authorization as a session keeps them; a card's number follows the colon (G-072)."""

CARDS_MAX = 200
NAME_MAX = 32
LEARN_S = 30.0
"""A card that is to be learned must be shown within this time (EV-197)."""
SHOWN_S = 60.0
"""A card that was shown without a vehicle is good for the next one for so long (G-072)."""
SIGNAL_S = 3.0
"""How long the answer to a card is shown."""
UID_BYTES = (4, 7, 10)
"""Single, double and triple size UIDs of ISO/IEC 14443-3."""

_SEPARATORS = re.compile(r"[\s:.\-]")
_HEX = re.compile(r"[0-9A-F]+")


class BadCardNumber(ValueError):
    """Not the number of a card; ``came`` is what was given, shortened."""

    def __init__(self, came: str) -> None:
        super().__init__(came)
        self.came = came if len(came) <= 40 else f"{came[:40]}…"


def card_number(text: str) -> str:
    """The number of a card as upper-case hexadecimal digits; spaces, colons, dots and dashes between them are skipped.

    Raises BadCardNumber unless 4, 7 or 10 bytes remain (G-074).
    """
    bare = _SEPARATORS.sub("", text).upper()
    if len(bare) not in [2 * count for count in UID_BYTES] or not _HEX.fullmatch(bare):
        raise BadCardNumber(text)
    return bare


def by_app(mode: AuthorizationMode) -> bool:
    """Whether the app may authorise."""
    return mode in ("app", "both")


def by_card(mode: AuthorizationMode) -> bool:
    """Whether a card may authorise."""
    return mode in ("card", "both")


@quick
@dataclass(frozen=True, slots=True)
class Authorization:
    """Of the vehicle that is connected; without one ``verdict`` is ``None`` and only a card's answer may be shown."""

    verdict: Verdict | None = None
    type: str | None = None
    """``None``, ``App`` or ``RFID:<number>`` once granted."""
    signal: AuthorizationSignal | None = None


NOBODY = Authorization()
"""No vehicle, and no card was shown."""


@dataclass(frozen=True, slots=True)
class Card:
    """An RFID token that may authorise at every charger of the site that asks for cards.

    One that was removed authorises nothing and is in no list, but old sessions still find its name.
    """

    id: str
    name: str = ""
    blocked: bool = False
    added_at: datetime | None = None
    removed: bool = False


@quick
@dataclass(frozen=True, slots=True)
class Learning:
    """Waiting for a card to be shown that is to be added, or how that ended."""

    state: Literal["idle", "waiting", "read", "known", "timed_out"] = "idle"
    ends_at: datetime | None = None
    card: str | None = None


class CardReaderSettings(BaseModel):
    """The card reader of a charger."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    driver: Literal["pn532", "rc522", "keyboard", "plant"]
    """``pn532``, ``rc522``: the chips; ``keyboard``: a USB reader that types; ``plant``: the simulated world."""
    connect: Annotated[str, Field(min_length=1, max_length=200)]


class AuthorizedSettings(BaseModel):
    """What a charger asks before it charges, and what reads cards there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    authorization: AuthorizationMode = "none"
    """What a session needs, until a person sets it otherwise."""
    reader: CardReaderSettings | None = None

    @property
    def member(self) -> bool:
        """Whether it is a charger of another site, which has its own reader."""
        return False

    @model_validator(mode="after")
    def _readable(self) -> "AuthorizedSettings":
        if by_card(self.authorization) and self.reader is None and not self.member:
            raise ValueError(f'a reader section where authorization = "{self.authorization}"')
        return self
