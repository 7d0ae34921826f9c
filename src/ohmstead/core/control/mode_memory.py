"""What modes remember between decisions: the surplus of late, and the waits of each charger in Green (G-014).

Moments are seconds on the monotonic clock; ``dump`` and ``load`` follow ``core.control.memory``: they are kept as "so
many seconds ago". The surplus itself is not kept, a new one is averaged after a restart.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from ohmstead.core.model.changing import names, quick
from ohmstead.core.model.evse import PhaseCount
from ohmstead.core.model.quantities import Phase

Samples = tuple[tuple[float, float], ...]
"""Moments with the surplus in watts that held from then on, oldest first."""


@quick
@dataclass(frozen=True, slots=True)
class SurplusMemory:
    """What the site had left, seen up to now."""

    of: tuple[str, ...] = ()
    """The chargers in Green whose draw was added back."""
    samples: Samples = ()
    heard_at: float | None = None
    voltages_v: Mapping[Phase, float] = field(default_factory=dict)
    shared_w: float = 0.0
    """What the chargers in Green may share; raised at most every 10 s."""
    sharers: tuple[str, ...] = ()
    raised_at: float | None = None


@quick
@dataclass(frozen=True, slots=True)
class GreenMemory:
    """One charger. ``on`` is what Green itself permits, whatever else holds the car back."""

    mode: str = ""
    """The mode that held at the last decision; timers begin anew when it changes (G-030)."""
    on: bool = False
    enough_since: float | None = None
    low_since: float | None = None
    stopped_at: float | None = None
    """When Green last stopped this car."""
    flowing_since: float | None = None
    """Since when the car has had current, in whatever mode."""


@quick
@dataclass(frozen=True, slots=True)
class PhaseMemory:
    """One charger that can switch its phases, in one session. ``wanted`` is what was decided last."""

    session: str | None = None
    wanted: PhaseCount | None = None
    low_since: float | None = None
    """Since when the sun is too little for three phases."""
    fits_since: float | None = None
    """Since when it is besides enough for one."""
    high_since: float | None = None
    """Since when it is enough for three, and too much for one."""
    switched_at: float | None = None


@quick
@dataclass(frozen=True, slots=True)
class ModesMemory:
    """All of it."""

    surplus: SurplusMemory = field(default_factory=SurplusMemory)
    chargers: Mapping[str, GreenMemory] = field(default_factory=dict)
    phases: Mapping[str, PhaseMemory] = field(default_factory=dict)
    """Of the chargers that can switch them."""


_MOMENTS = ("enough_since", "low_since", "stopped_at", "flowing_since")
_OF_PHASES = ("low_since", "fits_since", "high_since", "switched_at")


def dump(memory: ModesMemory, now_s: float) -> dict[str, Any]:
    """``memory`` as plain JSON values."""
    saved = {name: _plain(one, _MOMENTS, now_s) for name, one in memory.chargers.items()}
    for name in saved.keys() & memory.phases.keys():
        saved[name]["phases"] = _plain(memory.phases[name], _OF_PHASES, now_s)
    return saved


def load(saved: Mapping[str, Any], now_s: float) -> ModesMemory:
    """The memory that ``dump`` wrote. Raises KeyError, TypeError or AttributeError when it is not one."""
    return ModesMemory(
        chargers={str(name): _green(one, now_s) for name, one in saved.items()},
        phases={str(name): _phases(one["phases"], now_s) for name, one in saved.items() if "phases" in one},
    )


def _plain(one: GreenMemory | PhaseMemory, moments: tuple[str, ...], now_s: float) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(one, name) for name in names(one)}
    for name in moments:
        values[name] = None if values[name] is None else now_s - values[name]
    return values


def _green(saved: Mapping[str, Any], now_s: float) -> GreenMemory:
    if not isinstance(saved["on"], bool):
        raise TypeError(f"got {saved['on']!r}, allowed: true or false")
    return GreenMemory(str(saved["mode"]), saved["on"], *(_moment(saved[name], now_s) for name in _MOMENTS))


def _phases(saved: Mapping[str, Any], now_s: float) -> PhaseMemory:
    counts: Mapping[Any, PhaseCount | None] = {None: None, 1: 1, 3: 3}
    session = None if saved["session"] is None else str(saved["session"])
    return PhaseMemory(session, counts[saved["wanted"]], *(_moment(saved[name], now_s) for name in _OF_PHASES))


def _moment(ago: Any, now_s: float) -> float | None:
    if ago is None:
        return None
    if isinstance(ago, bool) or not isinstance(ago, int | float) or not isfinite(ago):
        raise TypeError(f"got {ago!r}, allowed: a number")
    return now_s - max(0.0, float(ago))
