"""A simulated charger with its host: the real board and car of ``core.plant``, stepped by the real charging logic.

Virtual and without wires; 20 looks a second as on the wire. What stands in tests with it is caused by physics.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ohmstead.core.charging import PilotMemory, Place, Step, observe, step
from ohmstead.core.charging.session import without_session
from ohmstead.core.charging.stepping import unheard
from ohmstead.core.model.chargers import ChargerOptions, ChargerReading, ChargerState
from ohmstead.core.model.events import Event
from ohmstead.core.model.evse import BoardSnapshot, PhaseCount
from ohmstead.core.model.faults import ErrorCode
from ohmstead.core.model.grants import Grant
from ohmstead.core.model.reasons import Reason
from ohmstead.core.plant.flaws import Flaw
from ohmstead.core.plant.settings import CarSettings, ChargerSettings, WorldSettings
from ohmstead.core.plant.world import World
from tests.core.charging.builders import charger

DT = 0.05
NAME = "garage"


class Rig:
    """One charger; ``run`` lets time pass. ``granted_a`` is renewed each turn; ``alive``: host and board talk."""

    def __init__(
        self, car: CarSettings | None = None, cable_a: float | None = None, switches: bool = False, **settings: Any
    ) -> None:
        car = car or CarSettings(lag_s=0.5)
        box = ChargerSettings(NAME, car=car, cable_rating_a=cable_a, switches_phases=switches)
        self.world = World(WorldSettings(start=datetime(2026, 1, 1, tzinfo=UTC), main_fuse_a=None, chargers=(box,)))
        self.settings = charger(**settings)
        self.options = ChargerOptions()
        self.granted_a = 16.0
        self.limited_by = "installation"
        self.switch_to: PhaseCount | None = None
        self.counted_on: PhaseCount | None = None
        self.alive = True
        self.memory = PilotMemory(NAME)
        self.events: list[Event] = []
        self.last: Step | None = None
        self.seen: BoardSnapshot | None = None
        self.attempt = False
        self.watch: Callable[[Rig], None] = lambda _: None

    @property
    def board(self):  # type: ignore[no-untyped-def]  # the plant's board as it is
        return self.world.board(NAME)

    def _turn(self) -> None:
        """50 ms."""
        self.world.step(DT)
        now = self.world.instant
        if not (self.alive and self.board.powered):
            self.memory = unheard(self.memory, now)
            return
        self.seen = self.board.snapshot(now)
        grant = Grant(self.granted_a, ("L1", "L2", "L3"), self.limited_by, Reason("limit.installation"), now.plus(10))
        grant = replace(grant, switch_to=self.switch_to, counted_on=self.counted_on)
        place = Place(230.0, self.board.settings.rated_current_a, self.board.settings.switches_phases)
        self.last = step(
            *(self.memory, self.seen, grant, self.options, self.settings, now), place=place, attempt=self.attempt
        )
        self.attempt = False
        self.memory = self.last.memory
        self.events += self.last.events
        if self.memory.session.current is None:
            self.options = without_session(self.options)
        self.board.command(self.last.commands)
        self.watch(self)

    def run(self, seconds: float) -> "Rig":
        """Let ``seconds`` pass."""
        for _ in range(round(seconds / DT)):
            self._turn()
        return self

    def until(self, holds: Callable[["Rig"], bool], limit_s: float = 60.0) -> float:
        """Seconds until ``holds``; fails after ``limit_s``."""
        for turns in range(round(limit_s / DT)):
            if holds(self):
                return turns * DT
            self._turn()
        raise AssertionError(f"not within {limit_s} s: {self.state} {self.codes}")

    def charging(self) -> "Rig":
        """Plug in and charge."""
        self.world.plug(NAME)
        self.until(lambda rig: rig.state is ChargerState.CHARGING)
        return self.run(6)

    def plug(self) -> "Rig":
        """Put the cable in."""
        self.world.plug(NAME)
        return self

    def unplug(self) -> "Rig":
        """Pull the cable out."""
        self.world.unplug(NAME)
        return self

    def hurt(self, flaw: Flaw) -> "Rig":
        """Give charger or car a flaw."""
        self.world.charger(NAME).hurt(flaw)
        return self

    def heal(self) -> "Rig":
        """Take all flaws off."""
        self.world.charger(NAME).heal()
        self.world.set_voltage(1.0)
        return self

    def press(self) -> "Rig":
        """Make a recovery attempt."""
        self.attempt = True
        return self

    def wish(self, **options: Any) -> "Rig":
        """Change what people want."""
        self.options = replace(self.options, **options)
        return self

    @property
    def state(self) -> ChargerState:
        """As told last."""
        return ChargerState.INITIALISING if self.last is None else self.last.state

    @property
    def codes(self) -> tuple[ErrorCode, ...]:
        """The errors that hold, the most severe first."""
        return tuple(one.code for one in self.memory.errors.held)

    @property
    def closed(self) -> bool:
        """Whether the contactor is closed."""
        return bool(self.board.contact)

    @property
    def current_a(self) -> float:
        """The largest current to the car."""
        return max(abs(one.current_a) for one in self.world.measure(NAME).phases)

    def reading(self) -> ChargerReading:
        """What control and people see."""
        assert self.last is not None
        assert self.seen is not None
        return observe(self.last, self.seen, self.board.identity(), self.settings)
