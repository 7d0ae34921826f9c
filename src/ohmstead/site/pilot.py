"""The pilot loop of one own EVSE: read the board, step the charging logic, command the board.

It runs at the board's cadence whatever happens elsewhere. A grant that lowers the current does not wait for the
next turn. When the loop dies, the board's lease ends and the board opens by itself (G-131); one without a lease goes on
(``docs/hardware.md``).
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ohmstead.core.charging import authorization
from ohmstead.core.charging.errors import in_the_way
from ohmstead.core.charging.evidence import Place
from ohmstead.core.charging.memory import PilotMemory, dump, load
from ohmstead.core.charging.observation import observe
from ohmstead.core.charging.session import Metered
from ohmstead.core.charging.stepping import held_errors, step, unheard
from ohmstead.core.model.authorization import AuthorizationSignal
from ohmstead.core.model.changing import changed
from ohmstead.core.model.chargers import ChargerOptions, ChargerReading, ChargerState
from ohmstead.core.model.errors import CommandRefused, DeviceError
from ohmstead.core.model.events import Action, Event
from ohmstead.core.model.evse import BoardCommands, BoardIdentity, BoardSnapshot, PilotMode
from ohmstead.core.model.grants import Grant, Severity
from ohmstead.core.model.health import DeviceStatistics
from ohmstead.core.model.quantities import Quality
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.settings import ChargerSettings
from ohmstead.core.model.time import Instant
from ohmstead.drivers.clock import Clock
from ohmstead.drivers.ports import EvseBoard, pace, reconnects

PERIOD_S = 0.05
STALE_AFTER_S = 2.0
"""Or two turns, where the loop turns more seldom than each second."""
FRESH_S = 1.0
"""A lowered grant is passed on without another look at the board when the last is no older, however slow the turns."""
RESTART_S = 3.0
"""A restart is silent for so long; well above the lease of a board (G-131)."""
BACK_OFF_S = (0.05, 0.1, 0.25, 0.5, 1.0)
"""Pause after the n-th failure in a row; well above it the board's lease has ended."""


class Pilot:
    """One charger: its board, its charging memory, the grant it holds."""

    def __init__(
        self,
        name: str,
        settings: ChargerSettings,
        board: EvseBoard,
        clock: Clock,
        options: Callable[[], ChargerOptions],
        on_event: Callable[[Event], None],
        period_s: float = PERIOD_S,
        metered: Callable[[], Metered] | None = None,
        nominal_v: float | None = None,
    ) -> None:
        """``options`` gives what people have set, ``metered`` what the vehicle meter counted; asked at each step.

        ``nominal_v`` is what the supply's voltage is judged by.
        """
        self.grant: Grant | None = None
        self._name = name
        self._settings = settings
        self._board = board
        self._clock = clock
        self._options = options
        self._on_event = on_event
        self._period_s = max(period_s, pace(board))
        self._stale_after_s = max(STALE_AFTER_S, 2 * self._period_s)
        self._metered = metered
        self._nominal_v = nominal_v
        self._place = Place(nominal_v)
        self._attempt = False
        self._memory = PilotMemory(name)
        self._recalled = False
        self._identity: BoardIdentity | None = None
        self._seen: BoardSnapshot | None = None
        self._reading: ChargerReading | None = None
        self._problem: Reason | None = None
        self._lost = False
        self._failures_in_a_row = 0
        self._turns = 0
        self._failed: Counter[str] = Counter()
        self._troubles: Counter[str] = Counter()
        self._lowered = False
        self._restarting = False
        self._pausing: asyncio.Future[None] | None = None

    @property
    def identity(self) -> BoardIdentity | None:
        """What the board says of itself, once it was heard."""
        return self._identity

    def configure(self, settings: ChargerSettings, metered: Callable[[], Metered] | None) -> None:
        """Go by ``settings`` from the next step on; ``metered`` as when it was made."""
        self._settings, self._metered = settings, metered

    def restart(self) -> None:
        """Stop the charger, stay silent until its board has opened by itself, and begin anew with what is known."""
        self._restarting = True
        if self._pausing is not None:
            _wake(self._pausing)

    async def run(self) -> None:
        """Turn for ever, each as soon as the cadence allows, at once after a lowered grant."""
        loop = asyncio.get_running_loop()
        while True:
            if self._restarting:
                await self._begin_anew()
            began_s = loop.time()
            urgent = self._lowered and self._fresh()
            self._lowered = False
            try:
                await self._turn(urgent)
            except DeviceError as error:
                self._failed_with(error)
                await asyncio.sleep(BACK_OFF_S[min(self._failures_in_a_row, len(BACK_OFF_S)) - 1])
            else:
                await self._pause(began_s + self._period_s - loop.time())

    def give(self, grant: Grant) -> None:
        """Hold ``grant`` from now on; a lower one is passed to the board at once."""
        before, self.grant = self.grant, grant
        if before is None or grant.current_a < before.current_a:
            self._lowered = True
            if self._pausing is not None:
                _wake(self._pausing)

    def reading(self, now: Instant) -> ChargerReading:
        """The charger as last seen; stale when that is too long ago, missing before the first look."""
        seen = self._reading
        if seen is None:
            return ChargerReading(self._name, now, Quality.MISSING, ChargerState.INITIALISING, problem=self._problem)
        if now.since(seen.at) <= self._stale_after_s:
            return seen
        errors = held_errors(self._memory, now)
        return changed(
            seen,
            quality=Quality.STALE,
            state=ChargerState.ERROR if errors else ChargerState.OUT_OF_SERVICE,
            suspended=None,
            errors=errors,
            error_counts=self._memory.errors.counts,
            contactor_closed=seen.contactor_closed and self._memory.leaseless,
            phases={},
            power_w=None,
            problem=self._problem,
        )

    def check(self, action: Action, author: str) -> None:
        """Raises CommandRefused where ``ask`` would; nothing is changed here."""
        if action is Action.RECOVER:
            self._check_recovery()
        elif action is Action.RESTART:
            pass
        elif (hindrance := self._from_app(action, author).hindrance) is not None:
            raise CommandRefused(hindrance)

    def ask(self, action: Action, author: str) -> None:
        """Carry out at once what ``author`` asks of the charger. Raises CommandRefused where it cannot be."""
        if action is Action.RECOVER:
            self._check_recovery()
            self._attempt = True
        elif action is Action.RESTART:
            self.restart()
        else:
            self._decided(self._from_app(action, author))

    def _from_app(self, action: Action, author: str) -> authorization.Decided:
        mode, now = self._options().authorization, self._clock.now()
        return authorization.from_app(
            self._memory.authorization, mode, action is Action.AUTHORIZE, self._name, author, now
        )

    def show_card(self, card: str, valid: bool) -> AuthorizationSignal | None:
        """A card was shown; ``valid`` tells whether it may authorise here. What the charger answers, if it cares."""
        now = self._clock.now()
        found = authorization.from_card(
            self._memory.authorization, self._options().authorization, card, valid, self._name, now
        )
        self._decided(found)
        return found.memory.signal if found.memory.signal_at == now.monotonic_s else None

    def _decided(self, found: authorization.Decided) -> None:
        if found.hindrance is not None:
            raise CommandRefused(found.hindrance)
        self._memory = changed(self._memory, authorization=found.memory)
        for event in found.events:
            self._on_event(event)

    def _check_recovery(self) -> None:
        """Raises CommandRefused when none of the errors that hold can be ended now (EV-233 to EV-246).

        Those that an attempt cannot end, or not while the vehicle is there, stay as they are.
        """
        held = self._memory.errors.held
        connected = self._reading is not None and self._reading.connected is not False
        hindrances = [hindrance for one in held if (hindrance := in_the_way(one, connected)) is not None]
        if len(hindrances) == len(held):
            raise CommandRefused(hindrances[0] if held else Reason("recover.nothing"))

    def statistics(self) -> DeviceStatistics:
        """Turns and failures since the start."""
        return DeviceStatistics(self._turns, dict(self._failed), reconnects(self._board), dict(self._troubles))

    def dump(self, now: Instant) -> dict[str, Any]:
        """What must survive a restart."""
        return dump(self._memory, now)

    def recall(self, kept: Any, now: Instant) -> None:
        """Go on from what ``dump`` gave, or without it (None) as new; what happens is told from now on.

        Until then the charger is only held safe, and its readings are missing, so that a car that stayed plugged
        begins no second session. Raises ValueError when ``kept`` is nothing that ``dump`` gave; the memory is then new.
        """
        self._recalled = True
        self._memory = PilotMemory(self._name)
        if kept is not None:
            self._memory = load(kept, now)

    async def close(self) -> None:
        """Give back the wire; the board opens when its lease ends, or is told to stop where it has none."""
        await self._board.close()

    async def _begin_anew(self) -> None:
        """As when the program starts: what survives that survives this, and nothing else."""
        locked = self._seen is not None and bool(self._seen.locked)
        self._reading = self._seen = self._identity = None
        self._problem = Reason("charger.restarting")
        with suppress(DeviceError):
            await self._board.command(BoardCommands(PilotMode.STEADY, 100.0, permit_close=False, lock=locked))
        await asyncio.sleep(RESTART_S)
        now = self._clock.now()
        self._memory = load(dump(self._memory, now), now)
        self._restarting, self._problem = False, None

    async def _turn(self, urgent: bool) -> None:
        if self._identity is None:
            self._identity = await self._board.identify()
            self._place = Place(self._nominal_v, self._identity.rated_current_a, self._identity.switches_phases)
        if not urgent or self._seen is None:
            self._seen = await self._board.read()
        now = self._clock.now()
        metered = None if self._metered is None else self._metered()
        options, settings = self._options(), self._settings
        taken = step(self._memory, self._seen, self.grant, options, settings, now, metered, self._place, self._attempt)
        self._memory, self._attempt = taken.memory, False
        if self._recalled:
            self._reading = observe(taken, self._seen, self._identity, self._settings)
            for event in taken.events:
                self._on_event(event)
        await self._board.command(taken.commands)
        self._turns += 1
        self._failures_in_a_row = 0
        self._problem = None
        if self._lost:
            self._lost = False
            self._tell("device.back", Reason("device.back", {"device": self._name}))

    async def _pause(self, seconds: float) -> None:
        """Until then, or until a grant was lowered; twenty times a second, so without a time-out's detour."""
        if seconds <= 0 or self._lowered:
            await asyncio.sleep(0)
            return
        loop = asyncio.get_running_loop()
        self._pausing = loop.create_future()
        timer = loop.call_later(seconds, _wake, self._pausing)
        try:
            await self._pausing
        finally:
            timer.cancel()
            self._pausing = None

    def _fresh(self) -> bool:
        return self._seen is not None and self._clock.now().since(self._seen.at) <= min(2 * self._period_s, FRESH_S)

    def _failed_with(self, error: DeviceError) -> None:
        self._failures_in_a_row += 1
        self._failed[error.kind] += 1
        self._troubles[error.reason.key] += 1
        self._problem = error.reason
        self._memory = unheard(self._memory, self._clock.now())
        seen = self._seen
        if not self._lost and (seen is None or self._clock.now().since(seen.at) > self._stale_after_s):
            self._lost = True
            self._identity = None
            self._tell("device.lost", error.reason)

    def _tell(self, kind: str, reason: Reason) -> None:
        severity: Severity = "info" if kind == "device.back" else "warning"
        self._on_event(Event(self._clock.now().utc, kind, "site", self._name, severity, reason))


def _wake(pausing: "asyncio.Future[None]") -> None:
    if not pausing.done():
        pausing.set_result(None)
