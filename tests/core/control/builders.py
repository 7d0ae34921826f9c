"""Small real objects for the tests of control: a house, its meter, its chargers, and time that is told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ohmstead.core.control import ControlMemory, ControlSettings, decide
from ohmstead.core.model.chargers import ChargerOptions, ChargerReading, ChargerState, Session
from ohmstead.core.model.grants import Allocation
from ohmstead.core.model.quantities import PHASES, Phase, Quality, Role
from ohmstead.core.model.readings import PhaseReading
from ohmstead.core.model.settings import Settings
from ohmstead.core.model.snapshot import Channel, Snapshot
from ohmstead.core.model.time import Instant

START = Instant(datetime(2026, 1, 10, 18, 0, tzinfo=UTC), 1000.0)


def at(seconds: float) -> Instant:
    """``seconds`` after the start of the test."""
    return START.plus(seconds)


def site(chargers: Mapping[str, Mapping[str, Any]] | None = None, *, meter: bool = True, **values: Any) -> Settings:
    """A site with a grid meter and chargers that may take 32 A."""
    chargers = {"garage": {}} if chargers is None else chargers
    return Settings.model_validate(
        {
            "site": {"name": "House", "timezone": "Europe/Rome", **values},
            "devices": {"grid": {"driver": "sunspec", "connect": "tcp://127.0.0.1:502", "role": "grid"}}
            if meter
            else {},
            "chargers": {
                name: {
                    "board": {"connect": "tcp://127.0.0.1:503", "unit": unit},
                    "max_current_a": 32.0,
                    "phases": ["L1"],
                    **one,
                }
                for unit, (name, one) in enumerate(chargers.items(), start=1)
            },
        }
    )


def controls(settings: Settings, **options: ChargerOptions) -> ControlSettings:
    """Everything enabled unless ``options`` say otherwise."""
    return ControlSettings(settings, {name: options.get(name, ChargerOptions()) for name in settings.chargers})


def grid(
    loads_w: Mapping[Phase, float],
    *,
    voltage_v: float = 230.0,
    age_s: float | None = 0.2,
    quality: Quality = Quality.GOOD,
    phases: tuple[Phase, ...] = PHASES,
) -> Channel:
    """A grid meter that sees ``loads_w`` per phase, import positive, unity power factor."""
    values = {
        phase: PhaseReading(
            voltage_v=voltage_v, current_a=abs(loads_w.get(phase, 0.0)) / voltage_v, power_w=loads_w.get(phase, 0.0)
        )
        for phase in phases
    }
    return Channel(Role.GRID, quality, age_s, power_w=sum(loads_w.values()), phases=values)


def charger(now: Instant, name: str = "garage", **values: Any) -> ChargerReading:
    """A car that is plugged in and waits, on a 32 A board that measures."""
    drawn: Mapping[Phase, float] = values.pop("drawn", {})
    phases: tuple[Phase, ...] = values.pop("phases", PHASES)
    standard: dict[str, Any] = {
        "charger": name,
        "at": now,
        "quality": Quality.GOOD,
        "state": ChargerState.CONNECTED_WAITING_VEHICLE,
        "iec_state": "B2",
        "connected": True,
        "offered_a": 0.0,
        "hardware_max_a": 32.0,
        "contactor_closed": any(drawn.values()),
        "phases": {phase: PhaseReading(230.0, drawn.get(phase, 0.0)) for phase in phases},
        "session": Session("s1", name, START),
    }
    return ChargerReading(**{**standard, **values})


@dataclass
class Car:
    """A car that takes what it is offered, after ``lag_s``, up to ``max_a`` on ``phases``."""

    phases: tuple[Phase, ...] = ("L1",)
    max_a: float = 32.0
    lag_s: float = 0.0
    whole_amperes: bool = False
    connected: bool = True
    offers: list[tuple[float, float]] = field(default_factory=lambda: [(-1e9, 0.0)])

    def offered(self, now_s: float) -> float:
        """What the pilot says at ``now_s``."""
        return next(a for since, a in reversed(self.offers) if since <= now_s)

    def draws(self, now_s: float) -> float:
        """What flows on each of its phases at ``now_s``."""
        if not self.connected:
            return 0.0
        offer = self.offered(now_s) if self.offered(now_s) == 0 else self.offered(now_s - self.lag_s)
        drawn = min(offer, self.max_a)
        return float(int(drawn)) if self.whole_amperes else drawn


@dataclass
class House:
    """A house on virtual time: one decision a second, its grants passed to the cars' pilots at once."""

    settings: ControlSettings
    cars: dict[str, Car]
    load_a: dict[Phase, float] = field(default_factory=dict)
    voltage_v: float = 230.0
    now_s: float = 0.0
    memory: ControlMemory = field(default_factory=ControlMemory)
    meter_silent_since: float | None = None
    silent: set[str] = field(default_factory=set)
    trail: list[tuple[float, dict[str, float], dict[Phase, float]]] = field(default_factory=list)
    last: Allocation[ControlMemory] | None = None

    def grid_a(self) -> dict[Phase, float]:
        """What flows at the grid connection."""
        flowing = {phase: self.load_a.get(phase, 0.0) for phase in PHASES}
        for car in self.cars.values():
            for phase in car.phases:
                flowing[phase] += car.draws(self.now_s)
        return flowing

    def snapshot(self) -> Snapshot:
        """What is sensed now."""
        now = at(self.now_s)
        channel = grid({p: a * self.voltage_v for p, a in self.grid_a().items()}, voltage_v=self.voltage_v)
        if self.meter_silent_since is not None:
            channel = Channel(Role.GRID, Quality.STALE, self.now_s - self.meter_silent_since)
        readings = {}
        for name, car in self.cars.items():
            if name not in self.silent:
                drawn = dict.fromkeys(car.phases, car.draws(self.now_s))
                readings[name] = charger(
                    now,
                    name,
                    offered_a=car.offered(self.now_s),
                    drawn=drawn,
                    connected=car.connected,
                    phases_used=car.phases if car.draws(self.now_s) > 1 else None,
                )
        return Snapshot(now, {"grid": channel}, readings)

    def tick(self) -> Allocation[ControlMemory]:
        """Decide once, pass the grants on, and let a second go by."""
        self.last = decide(self.snapshot(), self.settings, self.memory, at(self.now_s))
        self.memory = self.last.memory
        grants = {name: grant.current_a for name, grant in self.last.grants.items()}
        for name, car in self.cars.items():
            if grants[name] != car.offered(self.now_s):
                car.offers.append((self.now_s, grants[name]))
        self.trail.append((self.now_s, grants, self.grid_a()))
        self.now_s += 1.0
        return self.last

    def run(self, seconds: float) -> Allocation[ControlMemory]:
        """Tick for ``seconds``; the last allocation."""
        end = self.now_s + seconds
        while self.now_s < end:
            allocation = self.tick()
        return allocation

    def granted(self, name: str = "garage") -> list[float]:
        """All grants of one charger so far, one a second."""
        return [grants[name] for _, grants, _ in self.trail]
