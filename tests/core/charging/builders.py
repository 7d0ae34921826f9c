"""A board that is told what it sees, and a loop that steps it."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from ohmstead.core.charging import PilotMemory, Step, step
from ohmstead.core.model.chargers import ChargerOptions
from ohmstead.core.model.events import Event
from ohmstead.core.model.evse import BoardFault, BoardIdentity, BoardSnapshot, PilotMode
from ohmstead.core.model.grants import Grant
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.settings import ChargerSettings
from ohmstead.core.model.time import Instant

START = Instant(datetime(2026, 1, 10, 18, 0, tzinfo=UTC), 500.0)
IDENTITY = BoardIdentity(1, "test", "board", "1", "1", rated_current_a=32.0, phases=3)


def charger(**values: Any) -> ChargerSettings:
    """Settings of one charger of 32 A."""
    board = {"connect": "tcp://127.0.0.1:502"}
    return ChargerSettings.model_validate({"board": board, "max_current_a": 32.0, **values})


@dataclass
class Bench:
    """A charger on a bench: set ``pilot``, ``closed``, ``currents`` and the rest, then let time pass."""

    settings: ChargerSettings = field(default_factory=charger)
    options: ChargerOptions = field(default_factory=ChargerOptions)
    pilot: Any = "A"
    closed: bool = False
    currents: tuple[float | None, float | None, float | None] = (0.0, 0.0, 0.0)
    faults: BoardFault = BoardFault.NONE
    energy_j: int | None = 0
    power_w: float | None = 0.0
    proximity_a: float | None = None
    temperature_c: float | None = 25.0
    uptime_s: float | None = 100.0
    lease_left_s: float | None = 1.0
    frozen: bool = False
    granted_a: float | None = None
    renewing: bool = True
    limited_by: str = "installation"
    now_s: float = 0.0
    memory: PilotMemory = field(default_factory=lambda: PilotMemory(charger="garage"))
    grant: Grant | None = None
    events: list[Event] = field(default_factory=list)
    last: Step | None = None
    trail: list[tuple[float, Step]] = field(default_factory=list)

    @property
    def now(self) -> Instant:
        """This moment."""
        return START.plus(self.now_s)

    def snapshot(self) -> BoardSnapshot:
        """What the board shows; the pilot carries what was commanded last."""
        commands = self.last.commands if self.last else None
        mode = commands.pilot_mode if commands else PilotMode.STEADY
        return BoardSnapshot(
            at=self.now,
            pilot="F" if mode is PilotMode.FAULT else self.pilot,
            pilot_mode=mode,
            duty_percent=commands.duty_percent if commands else 100.0,
            contactor_closed=self.closed,
            proximity_a=self.proximity_a,
            currents_a=self.currents,
            voltages_v=(230.0, 230.0, 230.0),
            power_w=self.power_w,
            energy_j=self.energy_j,
            faults=self.faults,
            temperature_c=self.temperature_c,
            lease_left_s=self.lease_left_s,
            uptime_s=self.uptime_s,
        )

    def step(self, dt_s: float = 0.25) -> Step:
        """Let ``dt_s`` pass and step once."""
        self.now_s += dt_s
        if self.uptime_s is not None and not self.frozen:
            self.uptime_s += dt_s
        if self.granted_a is not None and self.renewing:
            reason = Reason("limit.installation", {"limit_a": 32.0})
            self.grant = Grant(self.granted_a, ("L1", "L2", "L3"), self.limited_by, reason, self.now.plus(10))
        self.last = step(self.memory, self.snapshot(), self.grant, self.options, self.settings, self.now)
        self.memory = self.last.memory
        self.events += self.last.events
        self.trail.append((self.now_s, self.last))
        return self.last

    def run(self, seconds: float, dt_s: float = 0.25) -> Step:
        """Step for ``seconds``."""
        for _ in range(round(seconds / dt_s)):
            self.step(dt_s)
        assert self.last is not None
        return self.last

    def charging(self, granted_a: float = 16.0) -> "Bench":
        """Plug in and charge."""
        self.granted_a = granted_a
        self.pilot = "B"
        self.run(1)
        self.pilot = "C"
        self.run(1)
        self.closed = True
        self.currents = (granted_a,) * 3
        self.run(6)
        return self

    def wish(self, **options: Any) -> None:
        """Change what people want."""
        self.options = replace(self.options, **options)
