"""Runs scenario rows on virtual time: sense, decide, step, board, against the simulated building.

A row is a mapping as in ``rows.yaml``. ``site``, ``chargers`` and ``events`` say what happens, ``expect`` what
must be seen in the building. Times are ``"HH:MM:SS"`` from the start; durations are ``8s``.

============================  ==========================================================================
event                         meaning
============================  ==========================================================================
switch: {kettle: {phase, power_w}}   a load goes on; ``{kettle: off}`` ends it
house_w: {L1: 1500}           the house's own consumption from now on
plug, unplug: garage          the car comes or goes
pause, resume: garage         what a person presses
limit: {garage: 10}           the user limit; ``none`` removes it
meter: lost, back             the grid meter's answers
============================  ==========================================================================

============================  ==========================================================================
expectation                   holds
============================  ==========================================================================
within: 8s                    from 8 s after each event (of ``after``, if given) until the next event
at: "00:06:00"                at that moment
between: ["…", "…"]           all the time between
always: breaker closed        from begin to end; also ``supply closed``
============================  ==========================================================================

What can be expected: ``grid_current_a``, ``grid_power_w``, ``charger_current_a``, ``contactor``, ``closings``,
``reversals`` (how often the current on the wire turned from rising to falling or back), and beside the building
``limited_by`` and ``state``.
"""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from ohmstead.core.charging import PilotMemory, observe, step, without_session
from ohmstead.core.control import ControlMemory, ControlSettings, decide, excess
from ohmstead.core.model.chargers import ChargerOptions, ChargerReading
from ohmstead.core.model.grants import Grant
from ohmstead.core.model.quantities import PHASES, Phase, Quality, Role
from ohmstead.core.model.readings import PhaseReading
from ohmstead.core.model.settings import Settings
from ohmstead.core.model.snapshot import Channel, Snapshot
from ohmstead.core.plant.settings import CarSettings, LoadSettings, WorldSettings
from ohmstead.core.plant.settings import ChargerSettings as PlantCharger
from ohmstead.core.plant.world import World

PILOT_S = 0.2
DECIDE_EVERY = 5
_AFTERWARDS_S = 30.0
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
    "=": lambda a, b: abs(a - b) <= 0.15,
}


@dataclass(frozen=True)
class Moment:
    """The building at one instant, and what control said of it."""

    at_s: float
    grid_current_a: Mapping[str, float]
    grid_power_w: float
    charger_current_a: Mapping[str, float]
    contactor: Mapping[str, str]
    breaker: str
    supply: str
    limited_by: Mapping[str, str]
    state: Mapping[str, str]


@dataclass
class Run:
    """One row on its way."""

    row: Mapping[str, Any]
    world: World
    settings: ControlSettings
    memory: ControlMemory = field(default_factory=ControlMemory)
    pilots: dict[str, PilotMemory] = field(default_factory=dict)
    readings: dict[str, ChargerReading] = field(default_factory=dict)
    grants: dict[str, Grant] = field(default_factory=dict)
    meter: Channel = field(default_factory=lambda: Channel(Role.GRID, Quality.MISSING))
    heard_s: float = 0.0
    answering: bool = True
    moments: list[Moment] = field(default_factory=list)

    def go(self) -> list[Moment]:
        """Play all events to the end."""
        events = sorted(((seconds(event["at"]), event) for event in self.row.get("events", ())), key=lambda e: e[0])
        for turn in range(round(self._end() / PILOT_S)):
            while events and events[0][0] <= self.world.instant.monotonic_s + 1e-9:
                self._happen({key: value for key, value in events.pop(0)[1].items() if key != "at"})
            self._sense()
            if turn % DECIDE_EVERY == 0 or (self.answering and excess(self.meter, self.settings, self.memory)):
                self._decide()
            self._pilot()
            self.world.step(PILOT_S)
            self.moments.append(self._moment())
        return self.moments

    def _end(self) -> float:
        times = [seconds(event["at"]) for event in self.row.get("events", ())]
        for expectation in self.row["expect"]:
            times += [seconds(text) for text in (expectation.get("at"), *expectation.get("between", ())) if text]
        return max(times, default=60.0) + _AFTERWARDS_S

    def _happen(self, event: Mapping[str, Any]) -> None:
        for kind, value in event.items():
            match kind:
                case "switch":
                    for load, wanted in value.items():
                        on = isinstance(wanted, Mapping)
                        if on:
                            self.world.set_watts(load, {wanted["phase"]: float(wanted["power_w"])})
                        self.world.switch(load, on)
                case "house_w":
                    self.world.set_watts("house", {phase: float(value.get(phase, 0.0)) for phase in PHASES})
                case "plug":
                    self.world.plug(value)
                case "unplug":
                    self.world.unplug(value)
                case "pause" | "resume":
                    self._wish(value, paused=kind == "pause")
                case "limit":
                    for name, limit_a in value.items():
                        self._wish(name, user_limit_a=None if limit_a == "none" else float(limit_a))
                case "meter":
                    self.answering = {"lost": False, "back": True}[value]
                case _:
                    raise ValueError(f"event: got {kind!r}; see the table at the top of this file")

    def _wish(self, name: str, **wishes: Any) -> None:
        options = {**self.settings.options, name: replace(self.settings.options[name], **wishes)}
        self.settings = ControlSettings(self.settings.settings, options)

    def _sense(self) -> None:
        now_s = self.world.instant.monotonic_s
        if not self.answering:
            self.meter = Channel(Role.GRID, Quality.STALE, now_s - self.heard_s)
            return
        seen = self.world.measure("grid")
        self.heard_s = now_s
        phases: dict[Phase, PhaseReading] = {
            phase: PhaseReading(one.voltage_v, one.current_a, one.power_w)
            for phase, one in zip(PHASES, seen.phases, strict=True)
        }
        self.meter = Channel(Role.GRID, Quality.GOOD, 0.0, seen.power_w, phases=phases)

    def _decide(self) -> None:
        now = self.world.instant
        allocation = decide(Snapshot(now, {"grid": self.meter}, self.readings), self.settings, self.memory, now)
        self.memory = allocation.memory
        self.grants.update(allocation.grants)

    def _pilot(self) -> None:
        now = self.world.instant
        for name, charger in self.settings.settings.chargers.items():
            board = self.world.board(name)
            snapshot = board.snapshot(now)
            memory = self.pilots.get(name, PilotMemory(charger=name))
            made = step(memory, snapshot, self.grants.get(name), self.settings.options[name], charger, now)
            board.command(made.commands)
            self.pilots[name] = made.memory
            self.readings[name] = observe(made, snapshot, board.identity(), charger)
            if any(event.kind == "session.ended" for event in made.events):
                wishes = without_session(self.settings.options[name])
                self.settings = ControlSettings(self.settings.settings, {**self.settings.options, name: wishes})

    def _moment(self) -> Moment:
        world, names = self.world, list(self.settings.settings.chargers)
        seen = world.measure("grid")
        return Moment(
            at_s=world.instant.monotonic_s,
            grid_current_a={phase: one.current_a for phase, one in zip(PHASES, seen.phases, strict=True)},
            grid_power_w=seen.power_w,
            charger_current_a={name: max(abs(one.current_a) for one in world.measure(name).phases) for name in names},
            contactor={name: "closed" if world.board(name).contact else "open" for name in names},
            breaker="closed" if world.breaker is None or world.breaker.closed else "open",
            supply="closed" if world.supply is None or world.supply.closed else "open",
            limited_by={name: self.grants[name].limited_by for name in names},
            state={name: str(self.readings[name].state) for name in names},
        )


def prepare(row: Mapping[str, Any]) -> Run:
    """Build the house and its settings from a row."""
    unknown = set(row) - {"title", "req", "site", "chargers", "events", "expect"}
    if unknown:
        raise ValueError(f"{row.get('title')}: unknown {', '.join(sorted(unknown))}")
    place = dict(row["site"])
    house = place.pop("house_w", {})
    shown = {event_load for event in row.get("events", ()) for event_load in event.get("switch", {})}
    world = World(
        WorldSettings(
            start=datetime(2026, 1, 10, 17, 0, tzinfo=UTC),
            main_fuse_a=place.get("main_fuse_a"),
            contract_w=place.get("contract_power_w"),
            loads=(
                LoadSettings("house", {phase: float(house.get(phase, 0.0)) for phase in PHASES}),
                *(LoadSettings(name, {}, pattern=False) for name in sorted(shown)),
            ),
            chargers=tuple(
                PlantCharger(
                    name,
                    phases=tuple(one.get("phases", PHASES)),
                    rated_current_a=float(one.get("rated_current_a", 32.0)),
                    cable_rating_a=one.get("cable_rating_a"),
                    car=CarSettings(**one.get("car", {})),
                    plugged=one.get("plugged", True),
                )
                for name, one in row["chargers"].items()
            ),
        )
    )
    own = ("max_current_a", "phases", "mode", "fallback_current_a")
    settings = Settings.model_validate(
        {
            "site": {"name": "House", "timezone": "Europe/Rome", **place},
            "devices": {"grid": {"driver": "sunspec", "connect": "plant:grid", "role": "grid"}},
            "chargers": {
                name: {"board": {"connect": f"plant:{name}"}, **{key: one[key] for key in own if key in one}}
                for name, one in row["chargers"].items()
            },
        }
    )
    return Run(row, world, ControlSettings(settings, {name: ChargerOptions() for name in settings.chargers}))


def failures(run: Run) -> list[str]:
    """Every expectation of the row that was not met, in words."""
    told: list[str] = []
    for expectation in run.row["expect"]:
        wanted = {key: value for key, value in expectation.items() if key not in _WHEN}
        if "always" in expectation:
            where, what = str(expectation["always"]).split()
            wanted[where] = what
        spans = _spans(run, expectation)
        if not spans:
            told.append(f"{expectation}: there is no such time")
        for begin, end in spans:
            span = [moment for moment in run.moments if begin <= moment.at_s <= end + 1e-6]
            if not span:
                told.append(f"{expectation}: no moment between {begin} s and {end} s")
            for name, value in wanted.items():
                told += _unmet(run, name, value, span)[:1]
    return told


_WHEN = ("within", "after", "at", "between", "always")


def _spans(run: Run, expectation: Mapping[str, Any]) -> list[tuple[float, float]]:
    end = run.moments[-1].at_s
    if "always" in expectation:
        return [(0.0, end)]
    if "at" in expectation:
        at_s = seconds(expectation["at"])
        return [(at_s, at_s + PILOT_S / 2)]
    if "between" in expectation:
        first, last = expectation["between"]
        return [(seconds(first), seconds(last))]
    delay = float(str(expectation["within"]).removesuffix("s"))
    times = sorted({seconds(event["at"]) for event in run.row["events"]})
    spans = [(at + delay, after) for at, after in zip(times, [*times[1:], end], strict=True) if at + delay < after]
    if "after" in expectation:
        spans = [span for span in spans if abs(span[0] - delay - seconds(expectation["after"])) < 1e-6]
    return spans


def _unmet(run: Run, name: str, value: Any, span: list[Moment]) -> list[str]:
    if name in ("closings", "reversals"):
        return [
            f"{name} of {charger}: {count}, wanted {wish}"
            for charger, wish in value.items()
            if not _meets(count := _count(run, name, charger, span), wish)
        ]
    told = []
    for moment in span:
        seen = getattr(moment, name)
        wishes = (
            value if isinstance(value, Mapping) else dict.fromkeys(seen, value) if isinstance(seen, Mapping) else None
        )
        pairs = [(seen, value)] if wishes is None else [(seen[key], wish) for key, wish in wishes.items()]
        told += [f"{moment.at_s:.1f} s {name}: {got}, wanted {wish}" for got, wish in pairs if not _meets(got, wish)]
    return told


def _count(run: Run, name: str, charger: str, span: list[Moment]) -> int:
    if name == "closings":
        between = [event for event in run.world.events if span[0].at_s <= event.at_s <= span[-1].at_s]
        return sum(event.kind == "contactor.closed" and event.target == charger for event in between)
    currents = [moment.charger_current_a[charger] for moment in span]
    turns, direction, extreme = 0, 0, currents[0]
    for current in currents:
        if direction * (current - extreme) >= 0 and abs(current - extreme) >= 0.3:
            direction, extreme = (1 if current > extreme else -1), current
        elif direction and -direction * (current - extreme) >= 0.3:
            turns, direction, extreme = turns + 1, -direction, current
    return turns


def _meets(got: Any, wish: Any) -> bool:
    text = str(wish)
    sign = next((one for one in _COMPARE if text.startswith(one)), None)
    if sign is not None:
        return _COMPARE[sign](float(got), float(text.removeprefix(sign)))
    if isinstance(wish, int | float) and not isinstance(wish, bool):
        return abs(float(got) - wish) <= 0.15
    return str(got) == text


def seconds(text: str) -> float:
    """``"00:05:00"`` as seconds."""
    hours, minutes, rest = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(rest)
