"""Delivery: each box gets its part of the load configuration, is asked whether it has it, and gets it again (G-115).

A Power Box keeps phase, direction and transformer of each slot itself: they are written, read back and looked at again
from time to time, so that a box that lost or changed them is set right and that is told. A sampling front end keeps
nothing: it has its part as soon as its points are measured as wanted.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace

from ohmstead.core.commissioning.loads import kind_of, of_box
from ohmstead.core.model.errors import ConfigurationError, DeviceError, Mistake
from ohmstead.core.model.events import Event
from ohmstead.core.model.grants import Notice
from ohmstead.core.model.loads import Delivery, LoadConfiguration
from ohmstead.core.model.measuring import BoxSettings
from ohmstead.core.model.points import SlotSettings
from ohmstead.core.model.quantities import PHASES, Phase
from ohmstead.core.model.reasons import Param, Reason
from ohmstead.core.model.sampled import MOST_POINTS
from ohmstead.drivers.clock import Clock
from ohmstead.drivers.ports import Installation, PointedMeter
from ohmstead.site.sense import Sense, Sensed

LOOK_S = 1.0
AGAIN_S = (2.0, 5.0, 10.0, 30.0, 60.0)
"""Pause after the n-th failure in a row."""
VERIFY_S = 20.0
LATE_S = 45.0
"""A front end that does not measure as wanted by then has failed; its worker's first start takes half a minute."""

Hand = Callable[[str, BoxSettings], Installation]
"""Opens a box for who installs it. Raises ConfigurationError."""


class Deliveries:
    """Where each box stands."""

    def __init__(self, sense: Sense, hand: Hand, clock: Clock, note: Callable[[Event], None]) -> None:
        """Nothing is delivered yet."""
        self._sense, self._hand, self._clock, self._note = sense, hand, clock, note
        self._wanted = LoadConfiguration()
        self._states: dict[str, Delivery] = {}
        self._due_s: dict[str, float] = {}
        self._began_s: dict[str, float] = {}
        self._wake = asyncio.Event()
        self._counted: dict[str, int] = {}

    @property
    def states(self) -> Mapping[str, Delivery]:
        """By box."""
        return self._states

    def configure(self, wanted: LoadConfiguration, *, everything: bool = False) -> None:
        """Deliver ``wanted`` where it is new, or ``everything`` once more."""
        before, self._wanted = self._wanted, wanted
        self._states = {box: state for box, state in self._states.items() if box in wanted.boxes}
        for box in wanted.boxes:
            new = box not in self._states or box not in before.boxes or of_box(before, box) != of_box(wanted, box)
            if new or everything:
                had = self._states.get(box)
                self._states[box] = Delivery("pending", self._clock.now().utc, had.digest if had else None)
                self._due_s[box] = self._began_s[box] = self._now_s()
        self._wake.set()

    def notices(self) -> tuple[Notice, ...]:
        """What wants a person's attention."""
        found = []
        for box, state in self._states.items():
            if state.state == "failed" and not self._lost(box):
                found.append(Notice("loads.not_applied", box, Reason("loads.not_applied", {"box": self._title(box)})))
            if (counted := self._counted.get(box, 0)) > MOST_POINTS:
                params: dict[str, Param] = {"box": self._title(box), "came": counted, "most": MOST_POINTS}
                found.append(Notice("loads.too_many_points", box, Reason("rule.too_many_points", params)))
        return tuple(found)

    def _lost(self, box: str) -> bool:
        """Whether all there is to say is said of its devices: a front end that is gone measures nothing at all."""
        if kind_of(self._wanted.boxes[box]) != "samples":
            return False
        loads = (name for name, load in self._wanted.loads.items() if load.box == box)
        return all(self._sense.devices[name].lost for name in loads if name in self._sense.devices)

    async def run(self) -> None:
        """Deliver and look, until cancelled."""
        while True:
            for box in tuple(self._states):
                if box in self._states and self._now_s() >= self._due_s[box]:
                    await self._attend(box)
            due_s = min((self._due_s[box] for box in self._states), default=None)
            self._wake.clear()
            try:
                async with asyncio.timeout(None if due_s is None else max(0.0, due_s - self._now_s())):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _attend(self, box: str) -> None:
        wanted = self._wanted
        digest = of_box(wanted, box)
        try:
            if kind_of(wanted.boxes[box]) == "samples":
                problem = self._measures(box)
            else:
                problem = None
                await self._install(box)
        except DeviceError as error:
            problem = error.reason
        except ConfigurationError as error:
            problem = Reason("loads.address", {"detail": str(error)})
        if box not in self._states or self._wanted is not wanted:
            return
        if problem is None:
            self._set(box, Delivery("applied", self._clock.now().utc, digest), VERIFY_S)
            return
        state = self._states[box]
        if kind_of(wanted.boxes[box]) == "samples" and self._now_s() - self._began_s[box] < LATE_S:
            self._due_s[box] = self._now_s() + LOOK_S
            return
        pause_s = AGAIN_S[min(state.attempts, len(AGAIN_S) - 1)]
        failed = replace(state, state="failed", problem=problem, attempts=state.attempts + 1, at=self._clock.now().utc)
        self._set(box, failed, pause_s)

    def _set(self, box: str, state: Delivery, pause_s: float) -> None:
        before = self._states[box]
        if state.state == "applied" and before.state == "applied":
            state = replace(state, at=before.at)
        self._states[box], self._due_s[box] = state, self._now_s() + pause_s

    def _measures(self, box: str) -> Reason | None:
        """Why the front end does not measure as wanted; ``None`` when it does."""
        for name, load in self._wanted.loads.items():
            device = self._sense.devices.get(name)
            if load.box != box or device is None:
                continue
            seen = device.meter.measured() if isinstance(device.meter, PointedMeter) else ()
            if [(each.number, each.phase) for each in seen] != [(each.number, each.phase) for each in load.points]:
                return device.problem or Reason("loads.not_yet", {"load": load.name})
        return None

    async def _install(self, box: str) -> None:
        """Write what is otherwise. Raises DeviceError."""
        parts = self._slots(box)
        told = any(slots for _, slots in parts)
        hand = self._hand(box, self._wanted.boxes[box])
        try:
            lost = 0
            if self._states[box].state == "applied":
                lost = sum([await hand.differing(slots, _phases(device)) for device, slots in parts])
            changed = sum([await hand.install(slots, _phases(device)) for device, slots in parts])
            there, counted = await hand.points()
        except DeviceError:
            if told:
                raise
            return  # nothing was to be written; that it is lost is told of its devices
        finally:
            await hand.close()
        self._on_the_bus(box, there, counted)
        if lost:
            reason = Reason("loads.lost", {"box": self._title(box), "slots": lost})
            self._note(Event(self._clock.now().utc, "loads.lost", "site", box, "warning", reason))
        if changed:
            for device, _ in parts:
                if isinstance(device.meter, PointedMeter):
                    device.meter.installed_anew()

    def _on_the_bus(self, box: str, there: frozenset[int] | None, counted: int) -> None:
        """What was found on bus A: who has no hub measures nothing, and 28 points are the most (G-090)."""
        self._counted[box] = counted
        for device, _ in self._slots(box):
            if there is not None and isinstance(device.meter, PointedMeter):
                device.meter.bus_has(there)

    def _slots(self, box: str) -> list[tuple[Sensed, list[SlotSettings]]]:
        found = []
        for name, load in self._wanted.loads.items():
            if load.box == box and (device := self._sense.devices.get(name)) is not None:
                found.append((device, [each for each in device.settings.slots or () if each.phase is not None]))
        return found

    def _title(self, box: str) -> str:
        settings = self._wanted.boxes.get(box)
        return (settings.name if settings is not None else None) or box

    def _now_s(self) -> float:
        return self._clock.now().monotonic_s


def _phases(device: Sensed) -> tuple[Phase, ...]:
    return device.settings.phases or PHASES


def no_hand(name: str, box: BoxSettings) -> Installation:
    """Where no box can be reached. Raises ConfigurationError."""
    raise ConfigurationError((Mistake(f"boxes.{name}", box.connect, "no change: this site has no lines"),))
