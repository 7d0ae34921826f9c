"""The cluster as one part of the house: this site as a master, as a slave, or alone."""

from collections.abc import Callable, Mapping
from typing import Any

from ohmstead.core.model.chargers import ChargerOptions
from ohmstead.core.model.errors import CommandRefused, ConfigurationError, Mistake
from ohmstead.core.model.events import Command, Event
from ohmstead.core.model.grants import Grant, Limit, Notice
from ohmstead.core.model.settings import BoardSettings, ChargerSettings, Settings
from ohmstead.core.model.time import Instant
from ohmstead.drivers.clock import Clock
from ohmstead.drivers.cluster_member import ClusterMember
from ohmstead.site.cards import Asked, Cards
from ohmstead.site.charger_port import ChargerPort
from ohmstead.site.cluster.following import AUTHOR, Following, governs, locks
from ohmstead.site.cluster.leading import Leading
from ohmstead.site.cluster.member import Member

MemberOpener = Callable[[str, BoardSettings], ClusterMember]
"""Opens the line to a member. Raises ConfigurationError."""

KEPT = "cluster"


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
        self._opener = opener
        self._clock, self._on_event = clock, on_event
        self.leading: Leading | None = None
        self.following: Following | None = None
        self._cards: Cards | None = None
        self._ports: Mapping[str, ChargerPort] = {}
        self.configure(settings)

    def line(self, name: str, settings: ChargerSettings) -> ClusterMember:
        """The line to a member. Raises ConfigurationError."""
        if self._opener is None:
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
        self._cards, self._ports = cards, ports
        for port in ports.values():
            self.let_ask(port)
        self._introduce()

    def let_ask(self, port: ChargerPort) -> None:
        """Cards that are shown at a member are asked for here."""
        if isinstance(port, Member) and self._cards is not None:
            port.card_shown = self._cards.shown

    def configure(self, settings: Settings) -> None:
        """Another role, other members or another limit hold from now on.

        A master that begins knows nothing of what its own vehicles draw, so for 6 s it raises nobody; a slave that
        begins obeys nobody yet.
        """
        cluster, following = settings.cluster, self.following
        if cluster is None or cluster.role != "master":
            self.leading = None
        elif self.leading is None:
            self.leading = Leading(settings, self._clock.now())
        else:
            self.leading.configure(settings, self._clock.now())
        if cluster is None or cluster.role != "slave":
            self.following = None
        elif following is None or following.settings != cluster:
            self.following = Following(cluster, cluster.led(settings.chargers) or "", self._clock, self._on_event)
        if self.following is not following:
            self._introduce()

    def _introduce(self) -> None:
        """A slave to its charger, and to the cards that its master decides on."""
        if self._cards is None:
            return
        self._cards.elsewhere = self._asked
        if self.following is not None:
            self.following.port = self._ports[self.following.charger]

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
        if self.following is None or command.author == AUTHOR:
            return
        if (reason := locks(self.following, command.action, command.target)) is not None:
            raise CommandRefused(reason)

    def _asked(self, charger: str) -> Asked | None:
        """The master decides on cards at the charger that it leads, and nowhere else (G-071)."""
        following = self.following
        return following.card_shown if following is not None and governs(following, charger) else None

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
