"""What control remembers from one decision to the next, and how that survives a restart.

All moments are seconds on the monotonic clock. ``dump`` writes them as "so many seconds ago" and ``load`` counts
on from there: the time between the two processes does not count, so neither a long stop nor a wall clock that
jumps in either direction can shorten a wait. A charge goes on after a restart at no more than it had before, and
only once the grid meter has been heard again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Any

from ohmstead.core.control import mode_memory as of_modes
from ohmstead.core.control.appetite import Appetite
from ohmstead.core.control.demand import DemandMemory
from ohmstead.core.control.mode_memory import ModesMemory
from ohmstead.core.control.turns import Turns
from ohmstead.core.model.changing import names, quick
from ohmstead.core.model.quantities import PHASES, Phase
from ohmstead.core.model.time import Instant

VERSION = 1


@quick
@dataclass(frozen=True, slots=True)
class GridMemory:
    """How the grid meter has been heard (G-021)."""

    heard_at: float | None = None
    """Last complete reading, or the first time one was asked for."""
    fresh_since: float | None = None
    lost: bool = False
    reported: bool = False
    asked_at: float | None = None
    """When it was asked for first since the start of the program: meters may need a while then (G-039)."""
    answered: bool = False
    """It has given a complete reading since then."""


@quick
@dataclass(frozen=True, slots=True)
class CircuitMemory:
    """How the meter of a circuit has been heard."""

    heard_at: float | None = None
    fresh_since: float | None = None
    lost: bool = False
    reported: bool = False


@quick
@dataclass(frozen=True, slots=True)
class ChargerMemory:
    """One charger: what it was granted, what was seen of it, and which waits run."""

    granted_a: float = 0.0
    session: str | None = None
    started: bool = False
    """It has had current since the car was plugged in."""
    suspended: bool = False
    """The supply stopped it; G-018 says when it may resume."""
    restart_a: float | None = None
    """What it held when the process ended; bounds the first grant afterwards."""
    reserve_since: float | None = None
    resume_since: float | None = None
    raised_at: float | None = None
    lowered_at: float | None = None
    """When the pilot's offer was last seen to fall."""
    heard_at: float | None = None
    offered_a: float = 0.0
    over_a: float = 0.0
    """How much the car settles above what the pilot offers."""
    drawn_a: Mapping[Phase, float] = field(default_factory=dict)
    phases: tuple[Phase, ...] = ()
    measured: tuple[Phase, ...] = ()
    """The phases whose current the charger has measured before."""
    hardware_max_a: float | None = None
    cable_max_a: float | None = None
    waited: bool = False
    """It has no current because it is the turn of another."""
    appetite: Appetite = field(default_factory=Appetite)


@quick
@dataclass(frozen=True, slots=True)
class ControlMemory:
    """The whole memory. A new one knows nothing: every charger then starts as if just plugged in."""

    grid: GridMemory = field(default_factory=GridMemory)
    over_limit: Mapping[str, float] = field(default_factory=dict)
    """Since when the supply has been above each limit."""
    house_over: Mapping[str, float] = field(default_factory=dict)
    """Since when the house without its chargers has been above each limit (G-019)."""
    chargers: Mapping[str, ChargerMemory] = field(default_factory=dict)
    queue: tuple[str, ...] = ()
    """The chargers with a car, in the order of plug-in (G-062)."""
    turns: Turns = field(default_factory=Turns)
    circuits: Mapping[str, CircuitMemory] = field(default_factory=dict)
    demand: DemandMemory = field(default_factory=DemandMemory)
    modes: ModesMemory = field(default_factory=ModesMemory)


_GRID_MOMENTS = ("heard_at", "fresh_since")
_CHARGER_MOMENTS = ("reserve_since", "resume_since", "raised_at", "lowered_at", "heard_at")
_APPETITE_MOMENTS = ("under_since", "probed_at", "idle_since", "woken_at", "passed_at")


def dump(memory: ControlMemory, now: Instant) -> dict[str, Any]:
    """``memory`` as plain JSON values: strings, numbers, lists, mappings. ``at`` is for people only."""
    return {
        "version": VERSION,
        "at": now.utc.isoformat(),
        "grid": _plain(memory.grid, _GRID_MOMENTS, now),
        "over_limit": {name: now.monotonic_s - at for name, at in memory.over_limit.items()},
        "house_over": {name: now.monotonic_s - at for name, at in memory.house_over.items()},
        "chargers": {name: _plain(one, _CHARGER_MOMENTS, now) for name, one in memory.chargers.items()},
        "queue": list(memory.queue),
        "ring": list(memory.turns.ring),
        "turns": {name: now.monotonic_s - began for name, began in memory.turns.since.items()},
        "circuits": {name: _plain(one, _GRID_MOMENTS, now) for name, one in memory.circuits.items()},
        "demand": {"minutes_j": list(memory.demand.minutes_j), "used_j": memory.demand.used_j}
        | {"rest_s": max(0.0, (memory.demand.ends_at or now.monotonic_s) - now.monotonic_s)}
        | {"power_w": memory.demand.power_w},
        "modes": of_modes.dump(memory.modes, now.monotonic_s),
    }


def load(saved: Mapping[str, Any], now: Instant) -> ControlMemory:
    """The memory that ``dump`` wrote. Raises ValueError, naming the field, when it is not one."""
    if saved.get("version") != VERSION:
        raise ValueError(f"control memory: version is {saved.get('version')!r}, allowed: {VERSION}; start without it")
    try:
        return ControlMemory(
            grid=_grid(saved["grid"], now),
            over_limit=_moments(saved["over_limit"], now),
            house_over=_moments(saved["house_over"], now),
            chargers={str(name): _revived(_charger(one, now)) for name, one in saved["chargers"].items()},
            queue=_names(saved.get("queue", [])),
            turns=Turns(_names(saved.get("ring", [])), _moments(saved.get("turns", {}), now)),
            circuits={str(name): _circuit(one, now) for name, one in saved.get("circuits", {}).items()},
            demand=_demand(saved.get("demand"), now),
            modes=of_modes.load(saved.get("modes", {}), now.monotonic_s),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"control memory: {error}; start without it") from error


def unknown(chargers: Iterable[str]) -> ControlMemory:
    """For chargers whose memory was kept but cannot be read: each waits as after a stop by the supply (G-018)."""
    return ControlMemory(chargers={name: ChargerMemory(started=True, suspended=True) for name in chargers})


def _names(saved: object) -> tuple[str, ...]:
    if not isinstance(saved, list) or not all(isinstance(name, str) for name in saved):
        raise TypeError(f"got {saved!r}, allowed: a list of names")
    return tuple(dict.fromkeys(saved))


def _moments(saved: Mapping[str, Any], now: Instant) -> dict[str, float]:
    return {str(name): now.monotonic_s - max(0.0, _number(ago)) for name, ago in saved.items()}


def _revived(charger: ChargerMemory) -> ChargerMemory:
    held = charger.granted_a if charger.granted_a > 0 else charger.restart_a
    return replace(charger, granted_a=0.0, restart_a=held, reserve_since=None)


def _plain(
    one: GridMemory | CircuitMemory | ChargerMemory | Appetite, moments: tuple[str, ...], now: Instant
) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(one, name) for name in names(one)}
    for name in moments:
        if values[name] is not None:
            values[name] = now.monotonic_s - values[name]
    for name in ("asked_at", "answered", "passes"):
        values.pop(name, None)
    if isinstance(one, ChargerMemory):
        values["drawn_a"] = dict(one.drawn_a)
        values["phases"] = list(one.phases)
        values["measured"] = list(one.measured)
        values["appetite"] = _plain(one.appetite, _APPETITE_MOMENTS, now)
    return values


def _grid(saved: Mapping[str, Any], now: Instant) -> GridMemory:
    return GridMemory(
        heard_at=_moment(saved["heard_at"], now),
        fresh_since=_moment(saved["fresh_since"], now),
        lost=_flag(saved["lost"]),
        reported=_flag(saved["reported"]),
    )


def _circuit(saved: Mapping[str, Any], now: Instant) -> CircuitMemory:
    return CircuitMemory(
        heard_at=_moment(saved["heard_at"], now),
        fresh_since=_moment(saved["fresh_since"], now),
        lost=_flag(saved["lost"]),
        reported=_flag(saved["reported"]),
    )


def _demand(saved: Mapping[str, Any] | None, now: Instant) -> DemandMemory:
    """The minutes before the stop; what flowed since is not known and takes the place of none of them."""
    if not saved or not saved["minutes_j"]:
        return DemandMemory()
    return DemandMemory(
        minutes_j=tuple(_number(one) for one in saved["minutes_j"]),
        used_j=_number(saved["used_j"]),
        ends_at=now.monotonic_s + _number(saved["rest_s"]),
        at=now.monotonic_s,
        power_w=_number(saved["power_w"]),
    )


def _charger(saved: Mapping[str, Any], now: Instant) -> ChargerMemory:
    return ChargerMemory(
        granted_a=_number(saved["granted_a"]),
        session=None if saved["session"] is None else str(saved["session"]),
        started=_flag(saved["started"]),
        suspended=_flag(saved["suspended"]),
        restart_a=_optional(saved["restart_a"]),
        offered_a=_number(saved["offered_a"]),
        over_a=_number(saved["over_a"]),
        drawn_a={_phase(phase): _number(value) for phase, value in saved["drawn_a"].items()},
        phases=tuple(_phase(phase) for phase in saved["phases"]),
        measured=tuple(_phase(phase) for phase in saved["measured"]),
        hardware_max_a=_optional(saved["hardware_max_a"]),
        cable_max_a=_optional(saved["cable_max_a"]),
        waited=_flag(saved.get("waited", False)),
        appetite=_appetite(saved.get("appetite", {}), now),
        **{name: _moment(saved[name], now) for name in _CHARGER_MOMENTS},
    )


def _appetite(saved: Mapping[str, Any], now: Instant) -> Appetite:
    return Appetite(
        request_a=_optional(saved.get("request_a")),
        under_since=_moment(saved.get("under_since"), now),
        probed_at=_moment(saved.get("probed_at"), now),
        idle_since=_moment(saved.get("idle_since"), now),
        woken_at=_moment(saved.get("woken_at"), now),
        passed_at=_moment(saved.get("passed_at"), now),
        missed=int(_number(saved.get("missed", 0))),
    )


def _moment(ago: object, now: Instant) -> float | None:
    return None if ago is None else now.monotonic_s - max(0.0, _number(ago))


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise TypeError(f"got {value!r}, allowed: a number")
    return float(value)


def _optional(value: object) -> float | None:
    return None if value is None else _number(value)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"got {value!r}, allowed: true or false")
    return value


def _phase(value: object) -> Phase:
    for phase in PHASES:
        if phase == value:
            return phase
    raise TypeError(f"got {value!r}, allowed: {', '.join(PHASES)}")
