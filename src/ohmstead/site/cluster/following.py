"""The slave: one charger of this site that a master elsewhere leads (G-064 to G-070).

What the master allows is one more limit; what it governs (mode, programs, who authorises) is laid over what people set
here, which comes back when the charger leaves the cluster. Cards that are shown here are asked for there; without
contact nobody is let in (EV-174).
"""

import secrets
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, get_args

from ohmstead.core.control.cluster import slave
from ohmstead.core.model.authorization import AuthorizationMode, AuthorizationSignal, by_card
from ohmstead.core.model.chargers import ChargerOptions, ChargerReading
from ohmstead.core.model.cluster import BOOTS, NOBODY, Asking, Orders, Poll
from ohmstead.core.model.clustering import ClusterSettings
from ohmstead.core.model.errors import CommandRefused
from ohmstead.core.model.events import Action, Event
from ohmstead.core.model.grants import Limit, Notice
from ohmstead.core.model.modes import NO_PROGRAMS
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.time import Instant
from ohmstead.drivers.clock import Clock
from ohmstead.protocols.charger_map import SlavePicture
from ohmstead.protocols.cluster_map import decode_poll

PAIRING_S = 300.0
"""Pairing that was opened by a person ends after this."""
CARD_S = 30.0
"""A card waits so long for the master's word."""
LIMIT, LOST = "cluster", "cluster_master_lost"
AUTHOR = "cluster"
GOVERNED = frozenset(
    {
        *(Action.SET_MODE, Action.SET_GREEN, Action.SET_PROGRAMS, Action.SET_SURPLUS, Action.SET_PRIORITY),
        *(Action.SET_AUTHORIZATION, Action.AUTHORIZE, Action.REJECT, Action.SET_GRID_LIMIT, Action.SET_GRID_METER),
        *(Action.SET_POWER_SHARING, Action.SET_TURN, Action.SET_LOAD_MANAGEMENT),
    }
)
"""What only the master sets (EV-168 to EV-171)."""
_NUMBERS = 1 << 16
"""Requests count from another number with each start, so that no old answer fits a new card."""


class Port(Protocol):
    """What of the charger the master's word reaches."""

    def show_card(self, card: str, valid: bool) -> AuthorizationSignal | None:
        """A card was shown."""
        ...

    def ask(self, action: Action, author: str) -> None:
        """Carry out. Raises CommandRefused."""
        ...


@dataclass(slots=True)
class _Waiting:
    """The card that waits for the master's word."""

    request: int = field(default_factory=lambda: secrets.randbelow(_NUMBERS))
    card: str = ""
    until_s: float = 0.0


class Following:
    """Owner of what is remembered of the master."""

    def __init__(
        self, settings: ClusterSettings, charger: str, clock: Clock, on_event: Callable[[Event], None]
    ) -> None:
        """``charger`` is led; :attr:`port` is to be set before anything is written."""
        self.charger, self.settings = charger, settings
        self.port: Port | None = None
        self._clock, self._on_event = clock, on_event
        self._memory = self._begun(secrets.randbits(32) or 1, NOBODY, settings.fallback_current_a)
        self._address: str | None = None
        self._orders = Orders()
        self._told: Poll | None = None
        self._spoken = False
        """The master has said who authorises, now or before the last restart."""
        self._waiting = _Waiting()
        self._pairing_until_s = 0.0
        self._session = 0

    @property
    def led(self) -> bool:
        """Whether there is a master that governs."""
        return self._memory.master != NOBODY

    def standing(self) -> str:
        """``led``, ``lost`` or ``fallback``; ``unpaired`` without a master."""
        return slave.standing(self._memory, self._clock.now().monotonic_s) if self.led else "unpaired"

    @property
    def fallback_a(self) -> float:
        """What it takes without contact, as its master told or as was set here."""
        return self._memory.fallback_a

    def master_address(self) -> str | None:
        """Where the master is, as named or as paired."""
        return self.settings.master or self._address

    def open_pairing(self) -> None:
        """Take the next master that asks, within five minutes, instead of the one so far."""
        self._pairing_until_s = self._clock.now().monotonic_s + PAIRING_S

    def allows(self, who: str) -> bool:
        """Whether polls of ``who`` are looked at."""
        return who == self.master_address() or self.pairing

    @property
    def pairing(self) -> bool:
        """Whether the next master that asks is taken."""
        return self._clock.now().monotonic_s < self._pairing_until_s

    def write(self, register: int, words: Sequence[int], who: str) -> bool:
        """A poll of ``who`` came; whether it was accepted. Raises WriteRefused for what is none."""
        poll, orders = decode_poll(register, words)
        now = self._clock.now()
        if poll.master != self._memory.master and (self.pairing or not self.led):
            self._pair(poll.master, who, now)
        self._memory, refusal = slave.accept(self._memory, poll, now.monotonic_s)
        if refusal is not None:
            return False
        self._told = poll
        self._obey(orders, now)
        return True

    def limit(self, now: Instant) -> Limit | None:
        """What the master allows, or what holds without it; ``None`` without a master."""
        if not governs(self, self.charger):
            return None
        current_a = slave.allowed_a(self._memory, now.monotonic_s)
        if slave.standing(self._memory, now.monotonic_s) == "led":
            return Limit(LIMIT, current_a, Reason("limit.cluster_share", {"limit_a": current_a}))
        return Limit(LOST, current_a, Reason("limit.cluster_master_lost", {"limit_a": current_a}))

    def governed(self, options: ChargerOptions) -> ChargerOptions:
        """``options`` with what the master governs laid over them (EV-168 to EV-171).

        Until the master has said who authorises nobody is let in.
        """
        if not governs(self, self.charger):
            return options
        authorization = self._orders.authorization if self._spoken else "app"
        return replace(options, mode="fast", programs=NO_PROGRAMS, authorization=authorization)

    def card_shown(self, card: str) -> AuthorizationSignal | None:
        """A card was shown here; the master is asked, or nobody is let in without contact."""
        now = self._clock.now()
        if not by_card(self._orders.authorization):
            return None
        if slave.standing(self._memory, now.monotonic_s) != "led":
            reason = Reason("event.cluster.card_without_master")
            self._on_event(Event(now.utc, "card.refused", self.charger, self.charger, "warning", reason))
            return "refused"
        request = (self._waiting.request + 1) % _NUMBERS or 1
        self._waiting = _Waiting(request, card, now.monotonic_s + CARD_S)
        return "requested"

    def picture(self, reading: ChargerReading | None, requested_a: float | None) -> SlavePicture:
        """What the master reads."""
        now_s = self._clock.now().monotonic_s
        session = None if reading is None or not reading.connected else reading.session
        waiting = self._waiting
        self._session = 0 if session is None else zlib.crc32(session.id.encode()) or 1
        asking = Asking(
            requested_a=requested_a,
            verdict=None if reading is None else reading.authorization.verdict,
            session=self._session,
            card_request=waiting.request,
            card=waiting.card if now_s < waiting.until_s else "",
        )
        report, standing = slave.report(self._memory, now_s), slave.standing(self._memory, now_s)
        return SlavePicture(report, asking, standing, self._told, self._orders)

    def notices(self, now: Instant) -> tuple[Notice, ...]:
        """That the master is not heard."""
        limit = self.limit(now)
        if limit is None or limit.name != LOST:
            return ()
        return (
            Notice("cluster.master_lost", self.charger, Reason("cluster.master_lost", {"limit_a": limit.current_a})),
        )

    def dump(self) -> dict[str, Any]:
        """What must survive a restart: whom it obeys and what it falls back to, but no grant."""
        memory = self._memory
        return {
            "slave": memory.slave,
            "master": memory.master,
            "address": self._address,
            "fallback_a": memory.fallback_a,
            "authorization": self._orders.authorization,
        }

    def recall(self, kept: Any) -> None:
        """Go on from what ``dump`` gave. Raises ValueError when it is nothing of that kind."""
        try:
            number, master, fallback_a = int(kept["slave"]), int(kept["master"]), float(kept["fallback_a"])
            authorization: AuthorizationMode = kept["authorization"]
            if authorization not in get_args(AuthorizationMode):
                raise ValueError(f"authorization is {authorization!r}")
            address = kept["address"]
        except (KeyError, TypeError) as error:
            raise ValueError(f"memory of a cluster: {error}; start without it") from error
        self._memory = self._begun(number, master, fallback_a)
        self._address = None if address is None else str(address)
        self._orders, self._spoken = Orders(authorization), master != NOBODY

    def _is_about(self, orders: Orders, before: Orders) -> bool:
        """Whether the app's word is new, and about the vehicle that is here."""
        news = (orders.session, orders.decision) != (before.session, before.decision)
        return news and orders.session == self._session

    def _begun(self, number: int, master: int, fallback_a: float) -> slave.SlaveMemory:
        now_s = self._clock.now().monotonic_s
        return slave.SlaveMemory(number, secrets.randbelow(BOOTS), now_s, now_s, master, fallback_a)

    def _pair(self, master: int, who: str, now: Instant) -> None:
        if master == NOBODY:
            return
        self._memory = slave.paired(self._memory, master, now.monotonic_s)
        self._address, self._pairing_until_s = who, 0.0
        reason = Reason("event.cluster.paired", {"master": who})
        self._on_event(Event(now.utc, "cluster.paired", AUTHOR, self.charger, "info", reason))

    def _obey(self, orders: Orders, now: Instant) -> None:
        before, self._orders, self._spoken = self._orders, orders, True
        waiting, port = self._waiting, self.port
        answered = waiting.card and orders.card_request == waiting.request
        if port is not None and answered and orders.card_valid is not None:
            port.show_card(waiting.card, orders.card_valid)
            self._waiting = _Waiting(waiting.request)
        if port is not None and orders.decision is not None and self._is_about(orders, before):
            action = Action.AUTHORIZE if orders.decision else Action.REJECT
            with suppress(CommandRefused):  # it has gone, or was decided meanwhile: its state tells the master
                port.ask(action, AUTHOR)
        if orders.leave:
            self._memory = slave.paired(self._memory, NOBODY, now.monotonic_s)
            self._address, self._orders, self._told, self._spoken = None, Orders(), None, False
            reason = Reason("event.cluster.left")
            self._on_event(Event(now.utc, "cluster.left", AUTHOR, self.charger, "info", reason))


def governs(following: Following, charger: str) -> bool:
    """Whether the master's word holds at ``charger``: one is paired with, or is named and still awaited."""
    return charger == following.charger and (following.led or following.settings.master is not None)


def locks(following: Following, action: Action, target: str) -> Reason | None:
    """Why ``action`` on ``target`` is for the master alone, if it is (G-070)."""
    if not following.led or action not in GOVERNED or target not in (following.charger, "site"):
        return None
    return Reason("command.locked_by_master", {"master": following.master_address() or ""})
