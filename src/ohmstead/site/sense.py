"""Sense: one loop per device keeps its latest Reading; devices on one connection queue there, grid meter first.

A device that is late or missing blocks nobody. Its loss and its return are told once each; between them it is
asked ever less often, up to its longest back-off.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ohmstead.core.model.errors import DeviceError, DeviceGarbled, DeviceUnreachable
from ohmstead.core.model.events import Event
from ohmstead.core.model.grants import Severity
from ohmstead.core.model.health import DeviceStatistics
from ohmstead.core.model.quantities import Quality, Role
from ohmstead.core.model.readings import Reading
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.settings import DeviceSettings
from ohmstead.core.model.time import Instant
from ohmstead.drivers.clock import Clock
from ohmstead.drivers.ports import Meter, reconnects

GRID_PERIOD_S = 0.1
PERIOD_S = 1.0
STALE_AFTER_PERIODS = 3.0
STALE_AFTER_AT_LEAST_S = 2.5
ACHIEVED_AT_MOST_S = 10.0
"""A busy line gives a device a turn at least so often, or its values are called stale."""
BACK_OFF_S = (0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Pause after the n-th failure in a row."""
NOTED_BY = ("meter", "quantity", "register", "point", "first", "source", "code")
"""What tells notes of one kind apart; the values that they name differ each time."""
NOTED_AT_MOST = 64
BACK_OFF_AT_MOST_S: Mapping[Role, float] = {Role.GRID: 1.0, Role.VEHICLE: 5.0}
"""Without a grid meter, and without a vehicle meter, charging stops: their return must be noticed soon (G-021)."""


@dataclass(slots=True)
class Sensed:
    """What is known of one device. Only its own loop writes here."""

    name: str
    settings: DeviceSettings
    meter: Meter
    latest: Reading | None = None
    last_good: Instant | None = None
    problem: Reason | None = None
    lost: bool = False
    answers: bool = False
    """Whether it answered at all when it was asked last, whatever that was worth."""
    failures_in_a_row: int = 0
    read: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    noted: set[tuple[str, ...]] = field(default_factory=set)
    """What its driver decided by itself, or could not make sense of, and was told already."""
    troubles: Counter[str] = field(default_factory=Counter)
    period_s: float = field(init=False)
    """How often it is asked."""
    stale_after_s: float = field(init=False)
    """Age from which its last values no longer count."""

    def __post_init__(self) -> None:
        """The periods are asked for in each tick; the first does not change."""
        usual_s = GRID_PERIOD_S if self.settings.role is Role.GRID else PERIOD_S
        self.period_s = self.settings.period_s if self.settings.period_s is not None else usual_s
        self.keep_to(None)

    def keep_to(self, rhythm_s: float | None) -> None:
        """Values grow old by the rhythm they come in, where that is slower than they are asked for."""
        self.stale_after_s = max(STALE_AFTER_AT_LEAST_S, STALE_AFTER_PERIODS * max(self.period_s, rhythm_s or 0.0))

    @property
    def back_off_s(self) -> float:
        """Pause before the next attempt after the failures so far."""
        pause_s = BACK_OFF_S[min(self.failures_in_a_row, len(BACK_OFF_S)) - 1]
        return min(pause_s, BACK_OFF_AT_MOST_S.get(self.settings.role, pause_s))

    def quality(self, now: Instant) -> Quality:
        """How far its latest reading can be trusted at ``now``."""
        if self.latest is None:
            return Quality.MISSING
        if self.latest.quality is not Quality.GOOD:
            return self.latest.quality
        return Quality.STALE if now.since(self.latest.at) > self.stale_after_s else Quality.GOOD


class Sense:
    """All measuring devices of a site, each with its loop."""

    def __init__(
        self,
        meters: Mapping[str, tuple[DeviceSettings, Meter]],
        clock: Clock,
        on_reading: Callable[[Sensed], None],
        on_event: Callable[[Event], None],
    ) -> None:
        """``on_reading`` is called after each successful read, ``on_event`` at loss and return."""
        self.devices = {name: Sensed(name, settings, meter) for name, (settings, meter) in meters.items()}
        self._clock = clock
        self._on_reading = on_reading
        self._on_event = on_event
        self._began: Instant | None = None

    async def run(self, device: Sensed) -> None:
        """Ask ``device`` for ever, each time as soon as its period allows."""
        loop = asyncio.get_running_loop()
        self._began = self._began or self._clock.now()
        due_s = loop.time()
        while True:
            try:
                reading = await device.meter.read()
            except DeviceError as error:
                self._failed(device, error)
                due_s = loop.time() + device.back_off_s
            else:
                self._arrived(device, reading)
                due_s = max(due_s + device.period_s, loop.time())
            await asyncio.sleep(max(0.0, due_s - loop.time()))

    def statistics(self) -> Mapping[str, DeviceStatistics]:
        """Reads and failures by device since the start."""
        return {
            name: DeviceStatistics(device.read, dict(device.failed), reconnects(device.meter), dict(device.troubles))
            for name, device in self.devices.items()
        }

    def swap(self, name: str, settings: DeviceSettings, meter: Meter) -> Meter:
        """Go on with ``meter`` as the device called ``name``; returns the one before, for the caller to close."""
        device = self.devices[name]
        before, device.meter, device.settings = device.meter, meter, settings
        return before

    def add(self, name: str, settings: DeviceSettings, meter: Meter) -> Sensed:
        """One device more; its loop is the caller's."""
        self.devices[name] = Sensed(name, settings, meter)
        return self.devices[name]

    def remove(self, name: str) -> Meter:
        """One device less, whose loop has ended; its meter is the caller's to close."""
        return self.devices.pop(name).meter

    async def close(self) -> None:
        """Give back every wire."""
        for device in self.devices.values():
            await device.meter.close()

    def _arrived(self, device: Sensed, reading: Reading) -> None:
        device.keep_to(_rhythm_s(device, reading))
        device.latest = reading
        device.answers = True
        device.failures_in_a_row = 0
        if reading.quality is Quality.GOOD:
            device.read += 1
            device.last_good = reading.at
            device.problem = reading.problem
            if device.lost:
                device.lost = False
                self._tell(device, "device.back", Reason("device.back", {"device": device.name}))
        else:
            device.failed[reading.quality.value] += 1
            device.troubles[reading.problem.key if reading.problem else reading.quality.value] += 1
            device.problem = reading.problem
            self._lost_when_due(device)
        self._tell_notes(device, reading)
        self._on_reading(device)

    def _tell_notes(self, device: Sensed, reading: Reading) -> None:
        """What the driver decided becomes an event once, however often it decides the same."""
        for note in reading.notes:
            self._tell_once(device, "device.note", note)

    def _tell_once(self, device: Sensed, kind: str, reason: Reason) -> None:
        same = (reason.key, *(str(reason.params[name]) for name in NOTED_BY if name in reason.params))
        if same not in device.noted and len(device.noted) < NOTED_AT_MOST:
            device.noted.add(same)
            self._tell(device, kind, reason)

    def _failed(self, device: Sensed, error: DeviceError) -> None:
        device.failures_in_a_row += 1
        device.answers = error.kind != DeviceUnreachable.kind
        device.failed[error.kind] += 1
        device.troubles[error.reason.key] += 1
        device.problem = error.reason
        if error.kind == DeviceGarbled.kind:
            self._tell_once(device, "device.garbled", error.reason)
        self._lost_when_due(device)

    def _lost_when_due(self, device: Sensed) -> None:
        since = device.last_good or self._began
        if not device.lost and since is not None and self._clock.now().since(since) > device.stale_after_s:
            device.lost = True
            self._tell(device, "device.lost", device.problem)

    def _tell(self, device: Sensed, kind: str, reason: Reason | None) -> None:
        severity: Severity = "warning" if kind == "device.lost" else "info"
        self._on_event(Event(self._clock.now().utc, kind, "site", device.name, severity, reason))


def _rhythm_s(device: Sensed, reading: Reading) -> float | None:
    """How often values of ``device`` come: by its own rhythm, or as often as its line gives it a turn.

    The grid meter goes first on its line and protects the fuse, so that a late one is late (G-021).
    """
    before = device.latest
    if reading.rhythm_s is not None or before is None or device.settings.role is Role.GRID:
        return reading.rhythm_s
    return None if device.lost or device.failures_in_a_row else min(reading.at.since(before.at), ACHIEVED_AT_MOST_S)
