"""Where the power flows: grid, production, battery, consumption, and what no circuit measures (EM-243, EM-246).

Devices are not read at the same instant, so their latest powers never fit together exactly: an oven whose meter was
read a moment after the grid's would make the rest negative. Each look therefore goes back to the latest moment of which
all devices have told (at most ``LONGEST_BACK_S``). A power there lies between the samples before and after it; within
what they leave open, the rest and the consumption stay as they were. So a load that switches moves the rest of nobody,
the balance closes at every look, and nothing consumes less than nothing.

In comes a snapshot's channels and chargers with the memory of the looks before; out go the memory and the flows.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import isfinite

from ohmstead.core.model.changing import quick
from ohmstead.core.model.chargers import ChargerReading
from ohmstead.core.model.quantities import Role
from ohmstead.core.model.snapshot import Channel, Flows, Snapshot

TOLERANCE_W = 100.0
TOLERANCE_SHARE = 0.05
"""Meters are not equally exact: so much below zero may the unmeasured rest be and still count as zero."""
LONGEST_BACK_S = 11.0
"""No supply meter that is waited for speaks more seldom than every 10 s."""
USER_BACK_S = 3.0
"""For a load that speaks more seldom nobody waits: it counts as it last was, or as what is left for it."""
UNFIT_S = 15.0
"""So long may powers that move several times between two samples not fit together before the rest is unknown."""
MOST_SAMPLES = 128
_SAME_S = 0.001
_ROUNDED_W = 1e-6
"""Sums of the same powers may differ by so much."""

Samples = tuple[tuple[float, float], ...]
"""Moments on the monotonic clock with the watts seen then, oldest first."""


@quick
@dataclass(frozen=True, slots=True)
class FlowMemory:
    """What was seen lately of each device and charger by name, and what came out at the last look."""

    samples: Mapping[str, Samples] = field(default_factory=dict)
    consumption_w: float | None = None
    unmeasured_w: float | None = None
    unfit_since_s: float | None = None
    """Since when the loads measure more than the house consumes."""


@quick
@dataclass(frozen=True, slots=True)
class _Range:
    """Between what a power lies."""

    low: float
    high: float

    def nearest(self, wanted: float | None) -> float:
        middle = (self.low + self.high) / 2
        return min(max(middle if wanted is None else wanted, self.low), self.high)

    def part(self, share: float) -> float:
        return self.low + share * (self.high - self.low)


def follow(memory: FlowMemory, snapshot: Snapshot) -> tuple[FlowMemory, Flows]:
    """The flows in watts as of the latest moment of which all devices have told.

    Consumption = grid (import positive) + production + battery (discharge positive). A role without any device is
    left out of the sum, and its own flow is ``None``; a device without a power makes every flow it belongs to
    ``None``. Unmeasured = consumption − loads − chargers. When the loads measure more than the house consumes, a
    little (two meters' errors) counts as no rest, and more as readings that do not belong together: ``None``.
    """
    parts = _parts(snapshot.channels, snapshot.chargers)
    samples = _sampled(memory.samples, snapshot, parts)
    at_s = _moment(samples, parts, snapshot.at.monotonic_s)
    known = {role: _sum(names, samples, at_s) for role, names in parts.sources.items()}
    supplied = _total(known.get(role) for role in parts.sources) if Role.GRID in parts.sources else None
    if supplied is None:
        partly = {role: None if one is None else one.part(0.5) for role, one in known.items()}
        return FlowMemory(samples), _flows(partly, None, None)
    used = _sum(parts.users, samples, at_s)
    fit = _fit(supplied, used)
    since_s = None if fit else min(snapshot.at.monotonic_s, memory.unfit_since_s or snapshot.at.monotonic_s)
    if used is None or fit:
        consumption, rest = _settled(supplied, used, memory)
    else:
        late = any(_older(samples[name], at_s) for name in parts.users)
        held = late or snapshot.at.monotonic_s - (since_s or 0.0) <= UNFIT_S
        consumption, rest = supplied.high, _unfit(supplied.high, used, memory.unmeasured_w if held else None)
    spread = supplied.high - supplied.low
    share = (consumption - supplied.low) / spread if spread > 0 else 0.0
    watts = {role: None if one is None else one.part(share) for role, one in known.items()}
    return FlowMemory(samples, consumption, rest, since_s), _flows(watts, consumption, rest)


@quick
@dataclass(frozen=True, slots=True)
class _Parts:
    """Names by what they do in the balance, and the power each shows now."""

    sources: Mapping[Role, list[str]]
    users: list[str]
    seen: Mapping[str, tuple[float, float | None]]
    """By name the age in seconds and the power."""


def _parts(channels: Mapping[str, Channel], chargers: Mapping[str, ChargerReading]) -> _Parts:
    sources: dict[Role, list[str]] = {}
    users: list[str] = []
    seen: dict[str, tuple[float, float | None]] = {}
    for name, channel in channels.items():
        if channel.role in (Role.VEHICLE, Role.CIRCUIT) or channel.part_of in channels:
            continue
        seen[name] = (channel.age_s or 0.0, channel.power_w)
        if channel.role is Role.LOAD:
            users.append(name)
        else:
            sources.setdefault(channel.role, []).append(name)
    for name, charger in chargers.items():
        users.append(name)
        seen[name] = (-1.0, charger.power_w)
    return _Parts(sources, users, seen)


def _sampled(before: Mapping[str, Samples], snapshot: Snapshot, parts: _Parts) -> dict[str, Samples]:
    """The samples with those that are new, as far back as may be asked for; who shows no power now has none."""
    samples: dict[str, Samples] = {}
    now_s = snapshot.at.monotonic_s
    first_s = now_s - LONGEST_BACK_S
    for name, (age_s, power_w) in parts.seen.items():
        if power_w is None or not isfinite(power_w):
            continue
        charger = snapshot.chargers.get(name) if age_s < 0 else None
        at_s = charger.at.monotonic_s if charger is not None else now_s - age_s
        had = before.get(name, ())
        if len(had) > 1 and had[1][0] < first_s:
            had = had[bisect_left(had, (first_s,)) - 1 :]
        if not had or at_s > had[-1][0] + _SAME_S:
            samples[name] = (*had[1 - MOST_SAMPLES :], (at_s, power_w))
        else:
            samples[name] = (*had[:-1], (had[-1][0], power_w))
    return samples


def _moment(samples: Mapping[str, Samples], parts: _Parts, now_s: float) -> float:
    """The latest of which all have told that are waited for."""
    told = now_s
    waited_for = [(names, LONGEST_BACK_S) for names in parts.sources.values()]
    for names, longest_s in (*waited_for, (parts.users, USER_BACK_S)):
        for name in names:
            one = samples.get(name)
            if one is not None and one[-1][0] < told and now_s - one[-1][0] <= longest_s:
                told = one[-1][0]
    return told


def _at(samples: Samples, at_s: float) -> tuple[float, float]:
    """Between what the power lay at ``at_s``; before the first and after the last sample it is taken as that."""
    place = bisect_left(samples, (at_s - _SAME_S,))
    after_s, after_w = samples[min(place, len(samples) - 1)]
    if place == 0 or after_s - at_s <= _SAME_S:
        return after_w, after_w
    before_w = samples[place - 1][1]
    return (before_w, after_w) if before_w < after_w else (after_w, before_w)


def _older(samples: Samples | None, at_s: float) -> bool:
    return samples is not None and samples[-1][0] < at_s - _SAME_S


def _fit(supplied: _Range, used: _Range | None) -> bool:
    return used is not None and supplied.high - used.low >= 0


def _settled(supplied: _Range, used: _Range | None, memory: FlowMemory) -> tuple[float, float | None]:
    """Consumption and rest within what is open, as near as can be to what they were."""
    possible = _Range(max(0.0, supplied.low), supplied.high) if supplied.high >= 0 else supplied
    if used is None:
        return possible.nearest(memory.consumption_w), None
    least, most = max(0.0, possible.low - used.high), possible.high - used.low
    rest = _Range(least, most).nearest(memory.unmeasured_w)
    low = max(possible.low, used.low + rest)
    consumption = _Range(low, max(low, min(possible.high, used.high + rest))).nearest(memory.consumption_w)
    return consumption, rest


def _unfit(consumption: float, used: _Range, before: float | None) -> float | None:
    """The rest while the loads measure more than the house consumes; ``before`` is what it was while that may be."""
    if consumption < -_ROUNDED_W:
        return None
    if used.low - consumption <= max(TOLERANCE_W, TOLERANCE_SHARE * consumption):
        return 0.0
    return None if before is None else min(before, consumption)


def _flows(watts: Mapping[Role, float | None], consumption: float | None, rest: float | None) -> Flows:
    grid, production, battery = (watts.get(role) for role in (Role.GRID, Role.PRODUCTION, Role.BATTERY))
    measured = None if consumption is None or rest is None else consumption - rest
    return Flows(grid, production, battery, consumption, rest, measured)


def _sum(names: Iterable[str], samples: Mapping[str, Samples], at_s: float) -> _Range | None:
    """Between what the powers of ``names`` lay together at ``at_s``; ``None`` where one of them is unknown."""
    low = high = 0.0
    for name in names:
        one = samples.get(name)
        if one is None:
            return None
        least_w, most_w = _at(one, at_s)
        low, high = low + least_w, high + most_w
    return _Range(low, high)


def _total(ranges: Iterable[_Range | None]) -> _Range | None:
    low = high = 0.0
    for one in ranges:
        if one is None:
            return None
        low, high = low + one.low, high + one.high
    return _Range(low, high)
