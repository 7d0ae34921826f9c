"""The surplus: power that would be exported if the chargers in Green drew nothing (G-016), and its 30-s mean (G-014).

S = what the chargers in Green draw - grid import - minimum exported power - discharge of the house's battery. With
"car first" what charges the battery is surplus too; what it discharges never is. A battery that does not tell its power
makes the surplus unknown.
"""

from collections.abc import Iterable

from ohmstead.core.control.grid import LOST_S, GridView
from ohmstead.core.control.inputs import ControlSettings, known
from ohmstead.core.control.mode_memory import Samples, SurplusMemory
from ohmstead.core.control.view import ChargerView
from ohmstead.core.model.changing import changed
from ohmstead.core.model.quantities import Quality, Role
from ohmstead.core.model.snapshot import Snapshot
from ohmstead.core.model.time import Instant

AVERAGE_S = 30.0
SILENT_S = 1.5 * LOST_S
"""A mean whose last value is older is none; the slowest meter that is waited for speaks every 10 s."""
_STEP_S = 0.5
"""Values nearer to the last than this replace it: decisions in a hurry weigh no more than others."""


def follow(
    memory: SurplusMemory, views: Iterable[ChargerView], grid: GridView, snapshot: Snapshot, settings: ControlSettings
) -> SurplusMemory:
    """One look. ``views`` are the chargers in Green; when they become others the mean begins anew."""
    views, now_s = tuple(views), snapshot.at.monotonic_s
    names = tuple(sorted(view.name for view in views))
    if names != memory.of or grid.state in ("lost", "unused"):
        memory = changed(memory, of=names, samples=(), heard_at=None)
    if grid.state != "fresh":
        return memory
    battery_w = None if grid.power_w is None else _battery_w(snapshot)
    if grid.power_w is None or battery_w is None:
        return changed(memory, voltages_v=grid.voltages_v)
    cars_w = sum([_drawn_w(view, grid, snapshot) for view in views])
    surplus = settings.settings.site.surplus
    taken_w = max(0.0, battery_w) if surplus.order == "battery_first" else battery_w
    now_w = cars_w - grid.power_w - surplus.minimum_export_w - taken_w
    samples = _with(memory.samples, now_s, now_w)
    return changed(memory, samples=samples, heard_at=now_s, voltages_v=grid.voltages_v)


def mean_w(memory: SurplusMemory, now: Instant) -> float | None:
    """The mean over the last 30 s, or over what is known of them; ``None`` while nothing is known."""
    now_s, samples = now.monotonic_s, memory.samples
    if not samples or memory.heard_at is None or now_s - memory.heard_at > SILENT_S:
        return None
    first_s = max(samples[0][0], now_s - AVERAGE_S)
    if now_s <= first_s:
        return samples[-1][1]
    weighed, (at_s, w) = 0.0, samples[0]
    for next_s, next_w in (*samples[1:], (now_s, 0.0)):
        if next_s > first_s and next_s > at_s:
            weighed += w * (next_s - (first_s if first_s > at_s else at_s))
        at_s, w = next_s, next_w
    return weighed / (now_s - first_s)


def _with(samples: Samples, now_s: float, now_w: float) -> Samples:
    if samples and now_s - samples[-1][0] < _STEP_S:
        return (*samples[:-1], (samples[-1][0], now_w))
    begins = next((i for i, (at_s, _) in enumerate(samples) if at_s > now_s - AVERAGE_S), len(samples))
    return (*samples[max(0, begins - 1) :], (now_s, now_w))


def _drawn_w(view: ChargerView, grid: GridView, snapshot: Snapshot) -> float:
    """What the charger draws for sure."""
    reading = snapshot.chargers.get(view.name)
    power_w = known(reading.power_w) if view.fresh and reading is not None else None
    if power_w is not None:
        return max(0.0, power_w)
    return sum(a * grid.voltages_v.get(phase, 0.0) for phase, a in view.drawn_a.items())


def _battery_w(snapshot: Snapshot) -> float | None:
    """What the house's batteries discharge; ``None`` while one that is set up does not tell."""
    total_w = 0.0
    for channel in snapshot.channels.values():
        if channel.role is Role.BATTERY:
            power_w = known(channel.power_w) if channel.quality is Quality.GOOD else None
            if power_w is None:
                return None
            total_w += power_w
    return total_w
