"""A load that shows nothing: is it off, or is its transformer open? Nothing alone is "0 W" and no fault (G-116).

Evidence is an exact zero for more than ten minutes while, all that time, the sum balance lacks power worth a load, or
after a person has said that the load runs. In: a snapshot and who is said to run. Out: the memory, and who is silent.
Beside neighbours of the same load that carry current, ``core.metrology.suspicion`` tells sooner and point by point.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ohmstead.core.model.quantities import Quality, Role
from ohmstead.core.model.snapshot import Channel, Flows, Snapshot

SILENT_S = 600.0
MISSING_W, MISSING_SHARE = 300.0, 0.25
"""So much, and such a share of the consumption, must flow through no circuit to speak for a lost one."""

Evidence = Literal["balance", "confirmed"]


@dataclass(frozen=True, slots=True)
class Silence:
    """Since when, in seconds of a clock that only moves forward, each load shows nothing, and power is missing."""

    empty_since_s: Mapping[str, float] = field(default_factory=dict)
    missing_since_s: float | None = None
    missing_w: float = 0.0

    def evidence(self, running: frozenset[str], now_s: float) -> Mapping[str, Evidence]:
        """The loads that have been empty for too long, and what says so; ``running`` are those that a person saw."""
        missing = self.missing_since_s is not None and now_s - self.missing_since_s > SILENT_S
        found: dict[str, Evidence] = {}
        for name, since_s in self.empty_since_s.items():
            if now_s - since_s > SILENT_S and (missing or name in running):
                found[name] = "confirmed" if name in running else "balance"
        return found


def listened(before: Silence, snapshot: Snapshot) -> Silence:
    """One look. A load that tells nothing at all, or something, is not silent."""
    now_s = snapshot.at.monotonic_s
    empty = {
        name: before.empty_since_s.get(name, now_s)
        for name, channel in snapshot.channels.items()
        if channel.role is Role.LOAD and _nothing(channel)
    }
    missing_w = _missing_w(snapshot.flows)
    if missing_w is None:
        return Silence(empty)
    since_s = now_s if before.missing_since_s is None else before.missing_since_s
    return Silence(empty, since_s, missing_w)


def _nothing(channel: Channel) -> bool:
    if channel.quality is not Quality.GOOD or channel.power_w != 0.0:
        return False
    return all(not (seen.current_a or seen.power_w) for seen in channel.phases.values())


def _missing_w(flows: Flows) -> float | None:
    rest, whole = flows.unmeasured_w, flows.consumption_w
    if rest is None or whole is None or rest < max(MISSING_W, MISSING_SHARE * whole):
        return None
    return rest
