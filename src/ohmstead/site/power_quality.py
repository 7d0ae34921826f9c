"""Power quality of the devices that know their waveforms, and what the data propose about their wiring.

What happens to the supply becomes an event of the site, with its begin, length, depth and phases; flicker of each ten
minutes is kept for a day here, and in the series beside its device, from where a restart takes it back.
"""

import math
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ohmstead.core.commissioning.confirming import ConfirmedPoint, confirmed
from ohmstead.core.metrology.long_flicker import INTERVAL_S
from ohmstead.core.model.errors import CommandRefused, DeviceError, StoreError
from ohmstead.core.model.events import AccessRole, Event
from ohmstead.core.model.grants import Severity
from ohmstead.core.model.quantities import PHASES
from ohmstead.core.model.reasons import Param, Reason
from ohmstead.core.model.sampled import (
    NOMINAL_V,
    DisturbanceKind,
    FlickerSeverity,
    PowerQuality,
    ProposedWiring,
    VoltageEvent,
)
from ohmstead.core.model.series import FLICKER, FLICKER_STEPS, Columns, Measure, Span
from ohmstead.core.model.settings import Settings
from ohmstead.drivers.clock import Clock
from ohmstead.drivers.ports import SampledMeter, samples
from ohmstead.site.sense import Sense, Sensed
from ohmstead.site.setting_up import SettingUp

Read = Callable[[Sequence[str], Span, datetime, datetime], Awaitable[Mapping[str, Columns]]]

DISTURBANCES, SEVERITIES = 100, 144
"""So many of the latest are shown; flicker for a day."""
_KINDS: Mapping[str, DisturbanceKind] = {
    "supply.dip": "dip",
    "supply.swell": "swell",
    "supply.interruption": "interruption",
}
_MAY_CONFIRM: tuple[AccessRole, ...] = ("installer", "owner")
RECALLED = 500
"""Of so many of the latest events those that tell of the supply are taken back."""
LONG_S = 10.0
"""From here on a length is told in seconds."""


class PowerQualities:
    """Asks the meters of a running site. Those that a person asks for raise CommandRefused with a reason."""

    def __init__(
        self,
        sense: Sense,
        setup: SettingUp,
        clock: Clock,
        rewire: Callable[[Settings, str], Awaitable[None]],
        rewired: Callable[[Event], Awaitable[None]],
        read: Read,
    ) -> None:
        """Nothing is asked yet. ``rewire`` lets other devices hold, ``rewired`` returns when that is kept.

        ``read`` gives what was recorded, and may raise StoreError.
        """
        self._sense, self._setup, self._clock, self._read = sense, setup, clock, read
        self._rewire, self._rewired = rewire, rewired
        self._disturbances: dict[str, deque[VoltageEvent]] = {}
        self._severities: dict[str, deque[FlickerSeverity]] = {}
        self._remembered: set[str] = set()
        """Of whom the severities before the start were taken back."""

    async def of(self, device: str) -> PowerQuality:
        """Of ``device``, which exists."""
        meter = self._meter(device)
        try:
            seen = await meter.quality(self._clock.now().utc, self._setup.settings.site.grid_type)
        except DeviceError as error:
            raise CommandRefused(error.reason) from error
        await self._remember(meter.spokesman)
        over = self._disturbances.get(meter.spokesman, ())
        severities = tuple(self._severities.get(meter.spokesman, ()))
        return replace(seen, supply=meter.spokesman, disturbances=tuple(over), flicker=severities)

    async def proposal(self, device: str, mains_known: bool, heaters: tuple[str, ...] = ()) -> ProposedWiring:
        """For all circuits that share the front end of ``device``, which exists.

        ``heaters`` are circuits of which a person says that a kettle or the like was switched there.
        """
        try:
            return await self._meter(device).proposal(mains_known, heaters)
        except DeviceError as error:
            raise CommandRefused(error.reason) from error

    async def confirm(self, points: Sequence[ConfirmedPoint], author: str, role: AccessRole) -> None:
        """Let ``points`` be measured as an installer confirms them; the validation is void then."""
        if role not in _MAY_CONFIRM:
            raise CommandRefused(Reason("command.role", {"needed": _MAY_CONFIRM[0], "role": role}))
        await self._rewire(confirmed(self._setup.settings, points), author)
        names = {name: self._setup.settings.devices[name].name or name for name in {each.device for each in points}}
        shown = ", ".join(
            f"{names[each.device]} {each.column}: {each.phase}{' (−)' if each.reversed else ''}" for each in points
        )
        reason = Reason("event.wiring_confirmed", {"points": shown})
        await self._rewired(Event(self._clock.now().utc, "site.settings", author, "site", "info", reason))

    def happened(self, device: Sensed) -> Iterator[Event]:
        """What ``device`` tells that happened to the supply, as events."""
        meter = device.meter
        if not samples(meter):
            return
        for one in meter.happened():
            if isinstance(one, FlickerSeverity):
                self._severities_of(device.name).appendleft(self._dated(one))
            else:
                self._disturbances.setdefault(device.name, deque(maxlen=DISTURBANCES)).appendleft(one)
                yield self._event(device.name, one)

    def recall(self, events: Iterable[Event]) -> None:
        """Those that were recorded before, the last first."""
        for event in events:
            if (one := _recalled(event)) is not None:
                self._disturbances.setdefault(event.target, deque(maxlen=DISTURBANCES)).append(one)

    async def _remember(self, device: str) -> None:
        """Take the severities of the last day back, once; a record that cannot be read is asked again next time."""
        if device in self._remembered:
            return
        self._remembered.add(device)
        now = self._clock.now().utc
        series = [f"{device}.{each}" for each in FLICKER]
        try:
            found = await self._read(series, Span.FIVE_MINUTES, now - timedelta(days=1), now)
        except StoreError:
            self._remembered.discard(device)
            return
        ours = self._severities_of(device)
        first_s = ours[-1].ended_s if ours else math.inf
        known = [each for each in _recorded([found[one] for one in series]) if each.ended_s < first_s - INTERVAL_S / 2]
        ours.extend(known[: SEVERITIES - len(ours)])

    def _severities_of(self, device: str) -> deque[FlickerSeverity]:
        return self._severities.setdefault(device, deque(maxlen=SEVERITIES))

    def _dated(self, one: FlickerSeverity) -> FlickerSeverity:
        """By the clock of the record, where the front end's is another one."""
        now_s = self._clock.now().utc.timestamp()
        return one if abs(now_s - one.ended_s) < INTERVAL_S else replace(one, ended_s=now_s)

    def _event(self, device: str, one: VoltageEvent) -> Event:
        nominal_v = NOMINAL_V[self._setup.settings.site.grid_type]
        phases = ", ".join(PHASES[terminal] for terminal in one.terminals)
        params: dict[str, Param] = {
            "phases": phases,
            "level_v": round(one.extreme_v, 1),
            "level_percent": round(100 * one.extreme_v / nominal_v, 1),
        }
        if one.duration_s < LONG_S:
            key, length = "", {"lasted_ms": round(1000 * one.duration_s)}
        else:
            key, length = ".long", {"lasted_s": round(one.duration_s)}
        reason = Reason(f"event.supply.{one.kind}{key}", {**params, **length})
        data: dict[str, Param | None] = {
            "began": datetime.fromtimestamp(one.began_s, UTC).isoformat(timespec="milliseconds"),
            "duration_s": round(one.duration_s, 3),
            "voltage_v": round(one.extreme_v, 2),
            "phases": phases,
            "whole": one.whole,
        }
        severity: Severity = "warning" if one.kind == "interruption" else "info"
        return Event(self._clock.now().utc, f"supply.{one.kind}", "site", device, severity, reason, data)

    def _meter(self, device: str) -> SampledMeter:
        meter = self._sense.devices[device].meter
        if not samples(meter):
            raise CommandRefused(Reason("samples.not_sampled", {"device": device}))
        return meter


def _recorded(phases: Sequence[Columns]) -> list[FlickerSeverity]:
    """Severities by the series of each phase, the last first.

    One stands in its series from the end of its ten minutes on, so the second five minutes hold nothing else.
    """
    ended: dict[float, list[float | None]] = {}
    for phase, columns in enumerate(phases):
        for start_ms, value in zip(columns.start_ms.tolist(), columns.values[Measure.MEAN].tolist(), strict=True):
            ended_s = start_ms / 1000 - INTERVAL_S / 2
            if ended_s % INTERVAL_S == 0 and math.isfinite(value):
                ended.setdefault(ended_s, [None] * len(phases))[phase] = value / FLICKER_STEPS
    return [FlickerSeverity(at_s, tuple(ended[at_s])) for at_s in sorted(ended, reverse=True)]


def _recalled(event: Event) -> VoltageEvent | None:
    kind, data = _KINDS.get(event.kind), event.data
    if kind is None:
        return None
    try:
        phases = [each.strip() for each in str(data["phases"]).split(",")]
        return VoltageEvent(
            kind,
            tuple(place for place, phase in enumerate(PHASES) if phase in phases),
            datetime.fromisoformat(str(data["began"])).timestamp(),
            float(data["duration_s"] or 0.0),
            float(data["voltage_v"] or 0.0),
            bool(data["whole"]),
        )
    except (KeyError, ValueError):
        return None
