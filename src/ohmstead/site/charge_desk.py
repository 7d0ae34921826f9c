"""What a site knows of who charges, what it costs and what is to come: cards, labels, sessions, as one part of it."""

from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ohmstead.core.model.chargers import ChargerOptions
from ohmstead.core.model.events import Event
from ohmstead.core.model.series import Columns, GaugeKind, Span
from ohmstead.core.model.settings import Settings
from ohmstead.drivers.clock import Clock
from ohmstead.drivers.ports import CardReader
from ohmstead.site.cards import CARD, Cards
from ohmstead.site.charger_port import ChargerPort
from ohmstead.site.foreseeing import Foreseeing
from ohmstead.site.labels import LABEL, Labels
from ohmstead.site.readers import Reading
from ohmstead.site.recalling import recall_each, without_on_error
from ohmstead.site.sessions import COUNTERS, TARIFF, Sessions
from ohmstead.site.tick import Ticked
from ohmstead.site.what_if import WhatIf
from ohmstead.store.values import Document

if TYPE_CHECKING:
    from ohmstead.store.store import Store


class ChargeDesk:
    """Owner of cards, labels and sessions, what looks ahead and back, and the loops of the readers."""

    def __init__(
        self,
        settings: Settings,
        pilots: Mapping[str, ChargerPort],
        readers: Mapping[str, CardReader],
        clock: Clock,
        on_event: Callable[[Event], None],
        keep: Callable[[], Awaitable[None]],
        store: "Callable[[], Store]",
        options: Mapping[str, ChargerOptions],
    ) -> None:
        """``keep`` returns when what :meth:`take` gave is in the store; ``store`` raises StoreError without one.

        ``options`` are the control loop's own.
        """
        shows = {name: pilot.show_card for name, pilot in pilots.items()}
        self.cards = Cards(settings, shows, clock, on_event, keep)
        self.labels = Labels(settings, pilots)
        self.sessions = Sessions(settings, clock, on_event, keep, store)
        self.foreseeing = Foreseeing(
            settings, clock, store, lambda: self.sessions.tariff, lambda: any(one.departure for one in options.values())
        )
        self.what_if = WhatIf(lambda: self._settings, clock, self._read, self.sessions)
        self._settings, self._store = settings, store
        self._readers = {n: Reading(n, one, clock, self.cards.shown, on_event) for n, one in readers.items()}

    @property
    def loops(self) -> Iterator[tuple[str, Callable[[], Coroutine[Any, Any, None]]]]:
        """The loop of each reader with its name, and the one that looks ahead."""
        yield "foresight", self.foreseeing.run
        yield from ((f"cards {name}", reader.run) for name, reader in self._readers.items())

    async def recall(self, store: "Store", memory: Mapping[str, Any]) -> None:
        """Take up where ``store`` left off. Raises StoreError."""
        await recall_each(store, CARD, self.cards.recall)
        await recall_each(store, LABEL, self.labels.recall)
        await recall_each(store, TARIFF, self.sessions.recall_tariff)
        await recall_each(store, COUNTERS, self.sessions.recall_counters)
        with without_on_error("sessions"):
            self.sessions.recall(memory)

    def configure(self, settings: Settings, pilots: Mapping[str, ChargerPort]) -> None:
        """Other chargers are there from now on."""
        self.cards.configure(settings, {name: pilot.show_card for name, pilot in pilots.items()})
        self.labels.configure(settings, pilots)
        self.sessions.configure(settings)
        self._settings = settings

    def look(self, ticked: Ticked) -> None:
        """After each tick: what runs is followed, what ended is kept, what was waited for long enough is over."""
        self.cards.look()
        self.labels.look()
        self.sessions.look(ticked.state, ticked.events)

    def take(self) -> list[Document]:
        """What is not handed to the store yet; it is the caller's now."""
        return self.cards.take() + self.labels.take() + self.sessions.take()

    async def close(self) -> None:
        """Give the readers back, and end what looks back."""
        await self.what_if.close()
        for reader in self._readers.values():
            await reader.close()

    async def _read(
        self, channels: Sequence[str], span: Span, start: datetime, end: datetime, kinds: Sequence[GaugeKind]
    ) -> Mapping[str, Columns]:
        return await self._store().read(channels, span, start, end, quantities=kinds)
