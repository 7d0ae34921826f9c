"""The cards of a site: which there are, how one is learned, and what becomes of one that is shown (G-072 to G-074).

A card is learned in two steps. Within 30 s of the wish one is shown at that charger's reader, and its number can be
read in the app; then it is added under a name, or not. Meanwhile no card authorises at that charger. A card that is
removed stays in the store with its name, so that old sessions still tell whose they were.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter

from ohmstead.core.model.authorization import (
    CARDS_MAX,
    LEARN_S,
    NAME_MAX,
    AuthorizationSignal,
    BadCardNumber,
    Card,
    Learning,
    card_number,
)
from ohmstead.core.model.errors import CommandRefused
from ohmstead.core.model.events import AccessRole, Event
from ohmstead.core.model.reasons import Param, Reason
from ohmstead.core.model.settings import Settings
from ohmstead.core.model.time import Instant
from ohmstead.drivers.clock import Clock
from ohmstead.site.commands import reaches
from ohmstead.store.values import Document

CARD = "card"
"""Kind of the documents that hold cards, by their numbers."""

_CARD = TypeAdapter(Card)
_NEEDED: AccessRole = "owner"

Show = Callable[[str, bool], AuthorizationSignal | None]
"""``Pilot.show_card``: the number, and whether it may authorise."""


Asked = Callable[[str], AuthorizationSignal | None]
"""Takes the number of a card that was shown, and tells what its holder is to hear meanwhile."""


class Cards:
    """Owner of the cards, and of what is being learned."""

    def __init__(
        self,
        settings: Settings,
        shows: Mapping[str, Show],
        clock: Clock,
        on_event: Callable[[Event], None],
        keep: Callable[[], Awaitable[None]],
    ) -> None:
        """``shows`` tells each charger of a card; ``keep`` returns when what :meth:`take` gave is in the store."""
        self._settings = settings
        self._shows = shows
        self._clock = clock
        self._on_event = on_event
        self._keep = keep
        self._cards: dict[str, Card] = {}
        self._learning: dict[str, tuple[Learning, Instant, str]] = {}
        self._unsaved: list[Document] = []
        self.elsewhere: Callable[[str], Asked | None] = lambda charger: None
        """Who decides on cards that are shown at a charger instead of this site: the master of a cluster, or nobody."""

    def configure(self, settings: Settings, shows: Mapping[str, Show]) -> None:
        """Go by the chargers of ``settings``; ``shows`` tells each of a card."""
        self._settings, self._shows = settings, shows

    @property
    def cards(self) -> tuple[Card, ...]:
        """All that were not removed, in the order they were added."""
        there = (card for card in self._cards.values() if not card.removed)
        return tuple(sorted(there, key=lambda card: (card.added_at is not None, card.added_at, card.id)))

    def name(self, number: str) -> str:
        """What the card is called, also when it was removed; empty without a name."""
        card = self._cards.get(number)
        return "" if card is None else card.name

    def learning(self, charger: str) -> Learning:
        """Whether a card is waited for at ``charger``, and how that ended last."""
        self._time_out(charger)
        return self._learning[charger][0] if charger in self._learning else Learning()

    def learn(self, charger: str, author: str, role: AccessRole) -> Learning:
        """Wait for a card at ``charger`` for 30 s. Raises CommandRefused."""
        reaches(role, _NEEDED)
        there = self._settings.chargers.get(charger)
        if there is None or (there.reader is None and not there.member):
            raise CommandRefused(Reason("command.no_reader", {"charger": charger}))
        self._room()
        ends = self._clock.now().plus(LEARN_S)
        self._learning[charger] = (Learning("waiting", ends.utc), ends, author)
        return self._learning[charger][0]

    def forget(self, charger: str, role: AccessRole) -> None:
        """Wait no longer. Raises CommandRefused."""
        reaches(role, _NEEDED)
        self._learning.pop(charger, None)

    async def add(self, text: str, name: str, author: str, role: AccessRole) -> Card:
        """Add the card of that number, as it was read or typed. Raises CommandRefused."""
        reaches(role, _NEEDED)
        try:
            number = card_number(text)
        except BadCardNumber as error:
            raise CommandRefused(Reason("card.number", {"came": error.came})) from error
        if (known := self._cards.get(number)) is not None and not known.removed:
            raise CommandRefused(Reason("card.known", {"card": number, "name": known.name or number}))
        self._room()
        card = Card(number, _named(name), added_at=self._clock.now().utc)
        await self._change(card, author, "card.added")
        for charger in [name for name, (one, _, _) in self._learning.items() if one.card == number]:
            del self._learning[charger]
        return card

    async def change(self, number: str, name: str | None, blocked: bool | None, author: str, role: AccessRole) -> Card:
        """Call the card otherwise, block it until reactivated, or reactivate it. Raises CommandRefused."""
        reaches(role, _NEEDED)
        card = self._there(number)
        after = replace(
            card,
            name=card.name if name is None else _named(name),
            blocked=card.blocked if blocked is None else blocked,
        )
        if after == card:
            return card
        turned = {(False, True): "card.blocked", (True, False): "card.reactivated"}
        await self._change(after, author, turned.get((card.blocked, after.blocked), "card.renamed"))
        return after

    async def remove(self, number: str, author: str, role: AccessRole) -> None:
        """The card authorises no more; its name stays in history. Raises CommandRefused."""
        reaches(role, _NEEDED)
        await self._change(replace(self._there(number), removed=True), author, "card.removed")

    def erase(self, charger: str, author: str) -> None:
        """All authorise no more, since ``charger`` was reset, unless cards are shown at another charger too (G-050)."""
        self._learning.pop(charger, None)
        if any(one.reader is not None for name, one in self._settings.chargers.items() if name != charger):
            return
        for card in self.cards:
            gone = self._cards[card.id] = replace(card, removed=True)
            self._unsaved.append(Document(CARD, card.id, _CARD.dump_python(gone, mode="json"), author))

    def shown(self, charger: str, text: str) -> AuthorizationSignal | None:
        """A reader of ``charger`` read ``text``; what is to be told to whoever holds the card."""
        try:
            number = card_number(text)
        except BadCardNumber as error:
            self._tell("card.malformed", charger, {"came": error.came}, Reason("event.card.malformed"))
            return "refused"
        if (asked := self.elsewhere(charger)) is not None:
            return asked(number)
        if self.learning(charger).state == "waiting":
            return self._learned(charger, number)
        card = self._cards.get(number)
        return self._shows[charger](number, card is not None and not card.blocked and not card.removed)

    def look(self) -> None:
        """Once a tick: end what has been waited for long enough."""
        for charger in tuple(self._learning):
            self._time_out(charger)

    def recall(self, number: str, body: Any) -> None:
        """Take back what was kept. Raises ValueError when it is no card."""
        self._cards[number] = _CARD.validate_python(body)

    def take(self) -> list[Document]:
        """What is not handed to the store yet; it is the caller's now."""
        taken, self._unsaved = self._unsaved, []
        return taken

    def _learned(self, charger: str, number: str) -> AuthorizationSignal:
        known = self._cards.get(number)
        state: Any = "read" if known is None or known.removed else "known"
        _, ends, author = self._learning[charger]
        self._learning[charger] = (Learning(state, None, number), ends, author)
        return "accepted" if state == "read" else "refused"

    def _time_out(self, charger: str) -> None:
        if charger not in self._learning:
            return
        learning, ends, author = self._learning[charger]
        if learning.state == "waiting" and self._clock.now().since(ends) >= 0:
            self._learning[charger] = (Learning("timed_out"), ends, author)

    def _room(self) -> None:
        if len(self.cards) >= CARDS_MAX:
            raise CommandRefused(Reason("card.too_many", {"most": CARDS_MAX}))

    def _there(self, number: str) -> Card:
        card = self._cards.get(number)
        if card is None or card.removed:
            raise CommandRefused(Reason("card.unknown", {"card": number[:40]}))
        return card

    async def _change(self, card: Card, author: str, kind: str) -> None:
        before = self._cards.get(card.id)
        self._cards[card.id] = card
        self._unsaved.append(Document(CARD, card.id, _CARD.dump_python(card, mode="json"), author))
        try:
            await self._keep()
        except CommandRefused:
            self._unsaved = []
            if before is None:
                del self._cards[card.id]
            else:
                self._cards[card.id] = before
            raise
        self._tell(kind, "site", {"card": card.id, "name": card.name}, Reason(f"event.{kind}"), author)

    def _tell(
        self, kind: str, target: str, data: Mapping[str, Param | None], reason: Reason, author: str = "site"
    ) -> None:
        severity: Any = "warning" if kind == "card.malformed" else "info"
        self._on_event(Event(self._clock.now().utc, kind, author, target, severity, reason, data))


def _named(name: str) -> str:
    bare = " ".join(name.split())
    if len(bare) > NAME_MAX:
        raise CommandRefused(Reason("card.name", {"came": len(bare), "most": NAME_MAX}))
    return bare
