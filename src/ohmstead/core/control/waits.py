"""When a decision may turn out otherwise although nothing else changes: the next of the waits that run.

A site decides once a second and need not know. Who goes through recorded months asks here how far the next decision
may lie ahead: between two such moments the same snapshot gives the same grants.
"""

from collections.abc import Iterator

from ohmstead.core.control.appetite import IDLE_S, POLL_S, PROBE_S, UNDER_S, WAKE_S, Appetite
from ohmstead.core.control.memory import ChargerMemory, ControlMemory
from ohmstead.core.control.mode_memory import GreenMemory, PhaseMemory, SurplusMemory
from ohmstead.core.control.modes.green import LEAST_OFF_S, LEAST_ON_S, START_S, STOP_S
from ohmstead.core.control.modes.phases import REST_S, WAIT_S
from ohmstead.core.control.modes.steering import ADJUST_S
from ohmstead.core.control.modes.surplus import AVERAGE_S, mean_w
from ohmstead.core.control.pace import RAISE_EVERY_S, RESERVE_S, RESUME_S, TO_MINIMUM_S, TO_ZERO_S
from ohmstead.core.model.time import Instant


def next_wait_s(memory: ControlMemory, slot_s: float, now: Instant) -> float | None:
    """The moment, on the monotonic clock, at which the next wait of ``memory`` is over; ``None`` when none runs.

    ``slot_s`` is how long a turn lasts. Programs begin and end on full minutes and are not told here.
    """
    return min((at_s for at_s in _waits(memory, slot_s, now) if at_s >= now.monotonic_s), default=None)


def _waits(memory: ControlMemory, slot_s: float, now: Instant) -> Iterator[float]:
    holding = False
    for name, charger in memory.chargers.items():
        if charger.session is None:
            continue
        holding = holding or charger.granted_a > 0
        yield from _of_charger(charger)
        green = memory.modes.chargers.get(name)
        if green is not None and green.mode == "green":
            yield from _of_green(green)
            yield from _of_surplus(memory.modes.surplus, green.on, now)
        if (phases := memory.modes.phases.get(name)) is not None:
            yield from _of_phases(phases)
    if holding:
        for since in memory.over_limit.values():
            yield since + TO_MINIMUM_S
            yield since + TO_ZERO_S
    for began in memory.turns.since.values():
        yield began + slot_s
    if memory.demand.ends_at is not None:
        yield memory.demand.ends_at


def _of_charger(charger: ChargerMemory) -> Iterator[float]:
    if charger.reserve_since is not None:
        raised = charger.reserve_since if charger.raised_at is None else charger.raised_at + RAISE_EVERY_S
        yield max(charger.reserve_since + RESERVE_S, raised)
    if charger.resume_since is not None:
        yield charger.resume_since + RESUME_S
    yield from _of_appetite(charger.appetite)


def _of_appetite(appetite: Appetite) -> Iterator[float]:
    if appetite.under_since is not None:
        yield appetite.under_since + UNDER_S
    if appetite.idle_since is not None:
        yield appetite.idle_since + IDLE_S
    if appetite.woken_at is not None:
        yield appetite.woken_at + WAKE_S
    if appetite.passed_at is not None:
        yield appetite.passed_at + POLL_S
    if appetite.request_a is not None and appetite.probed_at is not None:
        yield appetite.probed_at + PROBE_S


def _of_green(green: GreenMemory) -> Iterator[float]:
    if green.on:
        if green.low_since is not None:
            flowing = green.low_since if green.flowing_since is None else green.flowing_since + LEAST_ON_S
            yield max(green.low_since + STOP_S, flowing)
    elif green.enough_since is not None:
        rested = green.enough_since if green.stopped_at is None else green.stopped_at + LEAST_OFF_S
        yield max(green.enough_since + START_S, rested)


def _of_phases(phases: PhaseMemory) -> Iterator[float]:
    for since in (phases.low_since, phases.fits_since, phases.high_since):
        if since is not None:
            yield since + START_S
            yield since + WAIT_S
    if phases.switched_at is not None:
        yield phases.switched_at + REST_S


def _of_surplus(surplus: SurplusMemory, on: bool, now: Instant) -> Iterator[float]:
    """A mean that moves is followed in steps of its adjustment while a car charges by it, else to its end."""
    since = _moves_since(surplus)
    if since is not None:
        yield since + AVERAGE_S
        if on and now.monotonic_s < since + AVERAGE_S:
            yield now.monotonic_s + ADJUST_S
    mean = mean_w(surplus, now)
    if mean is not None and mean > surplus.shared_w and surplus.sharers and surplus.raised_at is not None:
        yield surplus.raised_at + ADJUST_S


def _moves_since(surplus: SurplusMemory) -> float | None:
    """When the surplus last became another; ``None`` when it is the same in all that is known."""
    samples = surplus.samples
    for index in range(len(samples) - 1, 0, -1):
        if samples[index - 1][1] != samples[index][1]:
            return samples[index][0]
    return None
