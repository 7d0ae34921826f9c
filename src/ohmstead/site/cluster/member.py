"""One charger of another site that is led from here: the charger port over a slave's registers.

A turn every two seconds, and at once when what it may take changes: poll, then read. It looks to the rest of the site
as an own charger does; its cards are asked for here, and the app's word is carried there (EV-172, EV-173, G-069).
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ohmstead.core.charging.session import Metered
from ohmstead.core.model.authorization import (
    BY_APP,
    BY_CARD,
    BY_NOBODY,
    Authorization,
    AuthorizationSignal,
    by_app,
    by_card,
)
from ohmstead.core.model.changing import changed
from ohmstead.core.model.chargers import ChargerOptions, ChargerReading, ChargerState, Session
from ohmstead.core.model.cluster import POLL_S, Asking, Orders
from ohmstead.core.model.errors import CommandRefused, DeviceError
from ohmstead.core.model.events import Action, Event
from ohmstead.core.model.evse import BoardIdentity
from ohmstead.core.model.grants import Grant, Severity
from ohmstead.core.model.health import DeviceStatistics
from ohmstead.core.model.quantities import Quality
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.settings import ChargerSettings
from ohmstead.core.model.time import Instant
from ohmstead.drivers.clock import Clock
from ohmstead.drivers.cluster_member import ClusterMember, MemberWords, on_site
from ohmstead.site.cluster.leading import Leading

STALE_AFTER_S = 3.0
SOONEST_S = 0.1
"""Two turns are never closer, however often what it may take changes."""

CardShown = Callable[[str, str], AuthorizationSignal | None]


class Member:
    """One slave as a charger of this site."""

    def __init__(
        self,
        name: str,
        settings: ChargerSettings,
        line: ClusterMember,
        leading: Leading,
        clock: Clock,
        options: Callable[[], ChargerOptions],
        on_event: Callable[[Event], None],
    ) -> None:
        """``options`` gives what people have set for it here. :attr:`card_shown` is to be set before it runs."""
        self.grant: Grant | None = None
        self.card_shown: CardShown = lambda charger, card: None
        self._name, self._settings, self._line = name, settings, line
        self._leading, self._clock, self._options, self._on_event = leading, clock, options, on_event
        self._reading: ChargerReading | None = None
        self._problem: Reason | None = None
        self._session: Session | None = None
        self._type: str | None = None
        self._asking = Asking()
        self._answered: int | None = None
        self._orders = Orders()
        self._lost = False
        self._turns = 0
        self._failed: Counter[str] = Counter()
        self._changed = asyncio.Event()

    @property
    def identity(self) -> BoardIdentity | None:
        """None: its board is known at its own site."""
        return None

    def configure(self, settings: ChargerSettings, metered: Callable[[], Metered] | None) -> None:
        """Go by ``settings`` from now on; its own site accounts its energy."""
        del metered
        self._settings = settings

    async def run(self) -> None:
        """Turn for ever."""
        loop = asyncio.get_running_loop()
        while True:
            began_s = loop.time()
            self._changed.clear()
            try:
                await self._turn()
            except DeviceError as error:
                self._failed_with(error)
            await asyncio.sleep(max(0.0, began_s + SOONEST_S - loop.time()))
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), max(0.0, began_s + POLL_S - loop.time()))

    def give(self, grant: Grant) -> None:
        """Hold ``grant`` from now on; another current is told at once."""
        before, self.grant = self.grant, grant
        if before is None or grant.current_a != before.current_a:
            self._changed.set()

    def reading(self, now: Instant) -> ChargerReading:
        """The charger as last heard; stale when that is too long ago, missing before the first time."""
        seen = self._reading
        if seen is None:
            return ChargerReading(self._name, now, Quality.MISSING, ChargerState.INITIALISING, problem=self._problem)
        if now.since(seen.at) <= STALE_AFTER_S:
            return seen
        return changed(
            seen,
            quality=Quality.STALE,
            state=ChargerState.OUT_OF_SERVICE,
            suspended=None,
            contactor_closed=False,
            phases={},
            power_w=None,
            problem=self._problem,
        )

    def check(self, action: Action, author: str) -> None:
        """Raises CommandRefused where ``ask`` would; nothing is changed here."""
        del author
        if action in (Action.RECOVER, Action.RESTART):
            raise CommandRefused(Reason("cluster.at_the_charger", {"charger": self._title}))
        if self._asking.session == 0 or self._leading.silent(self._name, self._clock.now()):
            raise CommandRefused(Reason("command.no_car", {"charger": self._title}))
        if not by_app(self._options().authorization):
            raise CommandRefused(Reason("authorization.not_by_app", {"charger": self._title}))
        if self._asking.verdict == "granted" and (action is Action.AUTHORIZE or self._type != BY_APP):
            raise CommandRefused(Reason("authorization.already", {"charger": self._title}))

    def ask(self, action: Action, author: str) -> None:
        """Carry the app's word to the charger. Raises CommandRefused where that cannot be."""
        self.check(action, author)
        allowed = action is Action.AUTHORIZE
        self._orders = changed(self._orders, session=self._asking.session, decision=allowed)
        self._type = BY_APP if allowed else None
        kind = "session.authorized" if allowed else "session.rejected"
        data = {"session": self._session.id} if self._session is not None else {}
        self._on_event(Event(self._clock.now().utc, kind, author, self._name, "info", Reason(f"event.{kind}"), data))
        self._changed.set()

    def show_card(self, card: str, valid: bool) -> AuthorizationSignal | None:
        """The master's word on the card that waits there; what the charger will answer."""
        mode = self._options().authorization
        if not by_card(mode):
            return None
        accepted = valid and card == self._asking.card
        self._orders = changed(self._orders, card_request=self._asking.card_request, card_valid=accepted)
        if accepted:
            self._type = BY_CARD + card
        self._changed.set()
        return "accepted" if accepted else "refused"

    def statistics(self) -> DeviceStatistics:
        """Turns and failures since the start."""
        return DeviceStatistics(self._turns, dict(self._failed), self._line.reconnects, {})

    def dump(self, now: Instant) -> dict[str, Any]:
        """Nothing must survive a restart: what may be believed is asked anew."""
        del now
        return {}

    def recall(self, kept: Any, now: Instant) -> None:
        """There is nothing to go on from."""
        del kept, now

    async def close(self) -> None:
        """Give the line back; the slave falls back when its lease ends."""
        await self._line.close()

    async def released(self) -> None:
        """Tell the slave that it is led no more. Raises DeviceError when it does not hear it."""
        poll = self._leading.poll(self._name, self._clock.now())
        if poll is not None:
            await self._line.poll(changed(poll, grant_a=0.0), changed(self._orders, leave=True))

    @property
    def _title(self) -> str:
        return self._settings.name or self._name

    async def _turn(self) -> None:
        self._orders = changed(self._orders, authorization=self._options().authorization)
        poll = self._leading.poll(self._name, self._clock.now())
        refused: DeviceError | None = None
        if poll is not None:
            try:
                await self._line.poll(poll, self._orders)
            except DeviceError as error:
                refused = error
        words = await self._line.read()
        now = self._clock.now()
        self._leading.heard(self._name, words.report, now)
        self._look(words, now)
        if refused is not None:
            raise refused
        self._turns += 1
        self._problem = None
        if self._lost:
            self._lost = False
            self._tell("device.back", Reason("device.back", {"device": self._title}))

    def _look(self, words: MemberWords, now: Instant) -> None:
        said, asking = words.charger, words.asking
        number = asking.session
        if number == 0:
            self._session = self._type = None
        else:
            name = f"{self._name}-{number:08x}"
            if self._session is None or self._session.id != name:
                plugged_s = said.plugged_s or 0.0
                self._session, self._type = Session(name, self._name, now.plus(-plugged_s)), None
            if asking.verdict == "granted" and self._type is None:
                self._type = BY_NOBODY if self._options().authorization == "none" else None
            self._session = changed(
                self._session,
                energy_j=said.session_j,
                charging_s=said.charging_s,
                authorization=self._type if asking.verdict == "granted" else None,
            )
        self._asking = asking
        if asking.card and asking.card_request != self._answered:
            self._answered = asking.card_request
            before = self._orders
            self.card_shown(self._name, asking.card)
            if self._orders is before:
                self._orders = changed(before, card_request=asking.card_request, card_valid=False)
        self._reading = self._made(words, now)

    def _made(self, words: MemberWords, now: Instant) -> ChargerReading:
        said, asking = words.charger, words.asking
        phases = on_site(said.phases, self._settings.phases)
        drawing = tuple(phase for phase, one in phases.items() if (one.current_a or 0.0) >= 1.0)
        return ChargerReading(
            charger=self._name,
            at=now,
            quality=Quality.GOOD,
            state=said.state,
            iec_state=said.iec_state or None,  # type: ignore[arg-type]  # the letters are those of IEC 61851
            connected=asking.session != 0,
            contactor_closed=said.contactor_closed,
            offered_a=said.offered_a,
            hardware_max_a=_least(said.hardware_max_a, asking.requested_a),
            cable_max_a=said.cable_max_a,
            phases=phases,
            phases_used=drawing or None,
            power_w=said.power_w,
            energy_j=said.energy_j,
            session=self._session,
            suspended=said.suspended if said.state is ChargerState.SUSPENDED else None,
            authorization=Authorization(asking.verdict, self._type if asking.verdict == "granted" else None),
        )

    def _failed_with(self, error: DeviceError) -> None:
        self._failed[error.kind] += 1
        self._problem = error.reason
        seen = self._reading
        if not self._lost and (seen is None or self._clock.now().since(seen.at) > STALE_AFTER_S):
            self._lost = True
            self._tell("device.lost", error.reason)

    def _tell(self, kind: str, reason: Reason) -> None:
        severity: Severity = "info" if kind == "device.back" else "warning"
        self._on_event(Event(self._clock.now().utc, kind, "site", self._name, severity, reason))


def _least(*values: float | None) -> float | None:
    known = [value for value in values if value is not None]
    return min(known, default=None)
