"""A random walk through the state machine of a charger, every step held to what must never happen.

A toy board and a toy car of a few numbers stand in for the simulated ones, for speed: they do at random what real ones
do and what broken ones do. The board opens as it must (``docs/protocols/evse-board.md``), but closes whenever the host
permits and the car asks: so whatever is closed wrongly is the host's fault.
"""

import random
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from ohmstead.core.charging import PilotMemory, Place, step
from ohmstead.core.charging.pilot import current_for
from ohmstead.core.model.chargers import ChargerOptions
from ohmstead.core.model.evse import BoardCommands, BoardFault, BoardSnapshot, PilotLevel, PilotMode, SelfTest, Triple
from ohmstead.core.model.grants import Grant
from ohmstead.core.model.quantities import PHASES
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.settings import ChargerSettings
from ohmstead.core.model.time import Instant

FAULTS = tuple(BoardFault)
LEVELS: tuple[PilotLevel, ...] = ("A", "B", "C", "D", "E", "F")
START = Instant(datetime(2026, 1, 10, 18, 0, tzinfo=UTC), 500.0)
PLACE = Place(230.0, 32.0)
LEASE_S = 1.0
OPENS_S = 0.1


class Violated(AssertionError):
    """A property did not hold; the text says which, and after how many steps of which seed."""


@dataclass(slots=True)
class Walk:
    """``walk(n)`` makes n steps. The same seed goes the same way."""

    seed: int
    steps: int = 0
    closings: int = 0
    errors: int = 0
    now: Instant = START
    memory: PilotMemory = field(default_factory=PilotMemory)
    chance: random.Random = field(init=False)
    settings: ChargerSettings = field(init=False)
    options: ChargerOptions = field(default_factory=ChargerOptions)
    board: BoardSnapshot = field(init=False)
    commands: BoardCommands = field(default_factory=lambda: BoardCommands(PilotMode.STEADY, 100.0, permit_close=False))
    grant: Grant | None = None
    raised_at: float = -1e9
    stopped_at: float | None = None
    frozen: bool = False
    duty_before: float = 100.0

    def __post_init__(self) -> None:
        """A board that was just switched on."""
        self.chance = random.Random(self.seed)
        board = {"connect": "tcp://127.0.0.1:502"}
        ventilated = self.chance.random() < 0.3
        self.settings = ChargerSettings.model_validate(
            {"board": board, "max_current_a": 32.0, "ventilated": ventilated, "fallback_current_a": 8.0}
        )
        none = (0.0, 0.0, 0.0)
        self.board = BoardSnapshot(
            *(self.now, "A", PilotMode.STEADY, 100.0, False, None, none, (230.0, 230.0, 230.0), 0.0, 0),
            *(BoardFault.NONE, 25.0, LEASE_S, 10.0),
            self_test="none",
        )

    def walk(self, steps: int) -> None:
        """Raises Violated."""
        for _ in range(steps):
            self.steps += 1
            self._world()
            self._host()

    def _world(self) -> None:
        """Time passes; now and then something happens."""
        chance, board = self.chance, self.board
        roll = chance.random()
        dt = 0.05 if roll < 0.8 else chance.choice((0.1, 0.3, 0.9, 5.0, 30.0, 70.0))
        self.now = self.now.plus(dt)
        level, faults, present, test = board.pilot, board.faults, board.present, board.self_test
        volts, heat, uptime = board.voltages_v, board.temperature_c, board.uptime_s
        if roll < 0.03:
            level = chance.choice(LEVELS) if roll < 0.003 else chance.choice(("B", "C", "C", "C", "D", "A"))
        elif roll < 0.0305:
            faults |= (bit := chance.choice(FAULTS))
            present |= bit
        elif roll < 0.06:
            present, volts, heat = BoardFault.NONE, (230.0, 230.0, 230.0), 25.0
        elif roll < 0.061:
            volts = (chance.choice((180.0, 200.0, 230.0, 270.0)),) * 3
        elif roll < 0.062:
            heat = chance.choice((25.0, 66.0, 74.0, 80.0, None))
        elif roll < 0.063:
            uptime, faults, present, level, test = 0.0, BoardFault.NONE, BoardFault.NONE, "A", "none"
        elif roll < 0.08:
            self._people(roll)
        elif roll < 0.081 or (self.frozen and roll < 0.12):
            self.frozen = not self.frozen
        if self.commands.clear_faults:
            faults &= present
        alive = dt <= LEASE_S
        faults = faults & ~BoardFault.LEASE_LOST if alive else faults | BoardFault.LEASE_LOST
        if self.commands.self_test and not board.contactor_closed:
            test = self._tested(test)
        self._switch(level, faults, present, test, alive, volts, heat, uptime + dt)

    def _people(self, roll: float) -> None:
        chance = self.chance
        if roll < 0.078:
            amps = chance.choice((0.0, 6.0, 9.7, 16.0, 32.0))
            ends = self.now.plus(chance.choice((1.0, 10.0, 300.0)))
            self.grant = Grant(amps, PHASES, "main_fuse.L1", Reason("limit.paused"), ends)
        else:
            self.options = replace(self.options, paused=chance.random() < 0.3, enabled=chance.random() < 0.9)

    def _tested(self, test: SelfTest | None) -> SelfTest:
        if test == "running":
            return "passed" if self.chance.random() < 0.3 else "running"
        return test or "running" if test in ("passed", "failed") else "running"

    def _switch(
        self,
        level: PilotLevel,
        faults: BoardFault,
        present: BoardFault,
        test: SelfTest | None,
        alive: bool,
        volts: Triple,
        heat: float | None,
        uptime_s: float,
    ) -> None:
        commands, before = self.commands, self.board
        mode = commands.pilot_mode if alive else PilotMode.STEADY
        asks = level == "C" or (level == "D" and commands.ventilated)
        closed = commands.permit_close and alive and asks and not faults
        closed = closed and (before.contactor_closed or mode is PilotMode.PWM)
        self.closings += closed and not before.contactor_closed
        amps = self.chance.choice((0.0, 6.0, 6.0, 16.0, 40.0)) if closed else 0.0
        self.board = BoardSnapshot(
            at=self.now,
            pilot="F" if mode is PilotMode.FAULT else level,
            pilot_mode=mode,
            duty_percent=commands.duty_percent,
            contactor_closed=closed,
            proximity_a=None,
            currents_a=(amps, amps, amps),
            voltages_v=volts,
            power_w=690.0 * amps,
            energy_j=before.energy_j,
            faults=faults,
            temperature_c=heat,
            lease_left_s=LEASE_S,
            uptime_s=before.uptime_s if self.frozen else uptime_s,
            present=present,
            self_test="none" if closed else test,
        )

    def _host(self) -> None:
        attempt = self.chance.random() < 0.05
        seen, before = self.board, self.memory
        taken = step(self.memory, seen, self.grant, self.options, self.settings, self.now, place=PLACE, attempt=attempt)
        self.memory = taken.memory
        self.errors += len(taken.memory.errors.held) > len(before.errors.held)
        self._hold(seen, taken.commands, taken.memory)
        self.commands = taken.commands

    def _hold(self, seen: BoardSnapshot, commands: BoardCommands, memory: PilotMemory) -> None:
        now_s = self.now.monotonic_s
        if commands.permit_close:
            self._must(seen.pilot in ("B", "C") or (seen.pilot == "D" and self.settings.ventilated), "C2 or D2")
            self._must(not seen.faults and not memory.errors.held, "no fault, no error")
            self._must(memory.vehicle.proven, "tested before")
            self._must(not self.frozen or now_s - (memory.heard_at or now_s) < 2.0, "a live board")
        if commands.pilot_mode is PilotMode.PWM:
            self.stopped_at = None
            amps = current_for(commands.duty_percent)
            live = self.grant is not None and self.grant.expires.monotonic_s > now_s
            most = 0.0 if self.grant is None else self.grant.current_a if live else min(self.grant.current_a, 8.0)
            self._must(5.99 <= amps <= most + 1e-9 or not commands.permit_close, "never above the grant")
            self._must(not 51.0 < amps < 52.5, "no code there")
            if memory.duty_percent > self.duty_before < 100.0:
                self._must(now_s - self.raised_at >= 5.0 - 1e-6, "one raise in 5 s")
                self.raised_at = now_s
        elif self.stopped_at is None:
            self.stopped_at = now_s
        if commands.permit_close and self.stopped_at is not None:
            self._must(now_s - self.stopped_at < 6.0 + 1e-6, "6 s to drop the load")
        self.duty_before = commands.duty_percent if commands.pilot_mode is PilotMode.PWM else 100.0

    def _must(self, holds: bool, what: str) -> None:
        if not holds:
            raise Violated(f"{what}: seed {self.seed}, step {self.steps}, {self.board} {self.memory}")
