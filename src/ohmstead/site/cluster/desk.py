"""The cluster as one part of the house: this site as a master, as a slave, or alone."""

from collections.abc import Callable, Mapping
from typing import Any

from ohmstead.core.model.authorization import AuthorizationSignal
from ohmstead.core.model.chargers import ChargerOptions
from ohmstead.core.model.errors import CommandRefused, ConfigurationError, Mistake
from ohmstead.core.model.events import Action, Command, Event
from ohmstead.core.model.grants import Grant, Limit, Notice
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.settings import BoardSettings, ChargerSettings, Settings
from ohmstead.core.model.time import Instant
from ohmstead.drivers.clock import Clock
from ohmstead.drivers.cluster_member import ClusterMember
from ohmstead.site.cards import Cards
from ohmstead.site.charger_port import ChargerPort
from ohmstead.site.cluster.following import Following
from ohmstead.site.cluster.leading import Leading
from ohmstead.site.cluster.member import Member

MemberOpener = Callable[[str, BoardSettings], ClusterMember]
"""Opens the line to a member. Raises ConfigurationError."""

KEPT = "cluster"
GOVERNED = frozenset(
    {
        *(Action.SET_MODE, Action.SET_GREEN, Action.SET_PROGRAMS, Action.SET_SURPLUS, Action.SET_PRIORITY),
        *(Action.SET_AUTHORIZATION, Action.AUTHORIZE, Action.REJECT, Action.SET_GRID_LIMIT, Action.SET_GRID_METER),
        *(Action.SET_POWER_SHARING, Action.SET_TURN),
    }
)
"""What only the master sets (EV-168 to EV-171)."""


class ClusterDesk:
    """At most one of ``leading`` and ``following`` is there."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        on_event: Callable[[Event], None],
        opener: MemberOpener | None = None,
    ) -> None:
        """By the role in ``settings``; without ``opener`` no member can be reached."""
        cluster = settings.cluster
        self._opener = opener
        self._clock, self._on_event = clock, on_event
        self.leading: Leading | None = None
        self.following: Following | None = None
        self._cards: Cards | None = None
        if cluster is not None and cluster.role == "master":
            self.leading = Leading(settings, clock.now())
        elif cluster is not None:
            self.following = Following(cluster, cluster.led(settings.chargers) or "", clock, on_event)

    def line(self, name: str, settings: ChargerSettings) -> ClusterMember:
        """The line to a member. Raises ConfigurationError."""
        if self.leading is None or self._opener is None:
            allowed = "a member of a cluster that this site leads, on lines that it has"
            raise ConfigurationError((Mistake(f"chargers.{name}", settings.board.connect, allowed),))
        return self._opener(name, settings.board)

    def member(
        self,
        name: str,
        settings: ChargerSettings,
        options: Callable[[], ChargerOptions],
        line: ClusterMember | None = None,
    ) -> Member:
        """The charger port of a member, on ``line`` or one that is opened. Raises ConfigurationError."""
        line = line or self.line(name, settings)
        leading = self.leading
        if leading is None:
            raise ConfigurationError((Mistake(f"chargers.{name}", "a member", "only of a master"),))
        return Member(name, settings, line, leading, self._clock, options, self._on_event)

    def connect(self, ports: Mapping[str, ChargerPort], cards: Cards) -> None:
        """Let a master's cards decide for its members, and a slave ask its master."""
        self._cards = cards
        for port in ports.values():
            self.let_ask(port)
        following = self.following
        if following is not None:
            following.port = ports[following.charger]
            cards.elsewhere = self._asked_elsewhere

    def let_ask(self, port: ChargerPort) -> None:
        """Cards that are shown at a member are asked for here."""
        if isinstance(port, Member) and self._cards is not None:
            port.card_shown = self._cards.shown

    def configure(self, settings: Settings) -> None:
        """Other members or another limit hold from now on."""
        if self.leading is not None:
            self.leading.configure(settings, self._clock.now())

    def limits(self, before: Mapping[str, Limit], now: Instant) -> Mapping[str, Limit]:
        """``before`` with what the master of this site allows, where that is less."""
        following = self.following
        limit = None if following is None else following.limit(now)
        if following is None or limit is None:
            return before
        other = before.get(following.charger)
        least = limit if other is None or limit.current_a <= other.current_a else other
        return {**before, following.charger: least}

    def limit_a(self) -> float | None:
        """What the cluster that is led from here shares."""
        return None if self.leading is None else self.leading.limit_a

    def reserved(self, now: Instant) -> Mapping[str, float]:
        """What is kept for members that are not heard."""
        return {} if self.leading is None else self.leading.reserved(now)

    def gate(self, grants: Mapping[str, Grant], now: Instant) -> Mapping[str, Grant]:
        """``grants`` as far as the cluster has room for them."""
        return grants if self.leading is None else self.leading.gate(grants, now)

    def governed(self, name: str, options: ChargerOptions) -> ChargerOptions:
        """``options`` of a charger with what its master governs."""
        following = self.following
        return options if following is None or name != following.charger else following.governed(options)

    def wish(self, options: Mapping[str, ChargerOptions], name: str) -> ChargerOptions:
        """Of a charger of this site, of all ``options`` that people set."""
        return self.governed(name, options[name])

    def check(self, command: Command) -> None:
        """Raises CommandRefused for what only the master sets (G-070)."""
        following = self.following
        if following is None or not following.led or command.author == "cluster" or command.action not in GOVERNED:
            return
        if command.target in (following.charger, "site"):
            raise CommandRefused(Reason("command.locked_by_master", {"master": following.master_address() or ""}))

    def _asked_elsewhere(self, charger: str, card: str) -> AuthorizationSignal | None:
        following = self.following
        return None if following is None or charger != following.charger else following.card_shown(card)

    def notices(self, now: Instant) -> tuple[Notice, ...]:
        """What wants attention."""
        led = () if self.leading is None else tuple(self.leading.notices(now))
        return led if self.following is None else (*led, *self.following.notices(now))

    def dump(self) -> dict[str, Any]:
        """What must survive a restart."""
        if self.leading is not None:
            return {KEPT: {"number": self.leading.number}}
        return {} if self.following is None else {KEPT: self.following.dump()}

    def recall(self, kept: Any) -> None:
        """Go on from what ``dump`` gave. Raises ValueError when it is nothing of that kind."""
        if not isinstance(kept, dict):
            return
        if self.leading is not None and isinstance(kept.get("number"), int):
            self.leading.recall(kept["number"])
        elif self.following is not None and "slave" in kept:
            self.following.recall(kept)
