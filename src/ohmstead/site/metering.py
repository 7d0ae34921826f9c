"""The vehicle meters of a site: each judged at every decision, and shown with its charger (EV-175, G-079)."""

from collections.abc import Mapping
from dataclasses import replace

from ohmstead.core.charging.vehicle_meter import Judgement, MeterMemory, judge
from ohmstead.core.model.chargers import ChargerError, ChargerReading, VehicleMeter
from ohmstead.core.model.grants import Limit, Notice
from ohmstead.core.model.quantities import Quality
from ohmstead.core.model.settings import Settings
from ohmstead.core.model.time import Instant
from ohmstead.site.sense import Sensed


class Metering:
    """Owner of what is remembered of each vehicle meter."""

    def __init__(self, settings: Settings) -> None:
        """The chargers of ``settings`` that name a meter."""
        self.holds: dict[str, Limit] = {}
        """By charger: what stops it because its meter is lost."""
        self.notices: tuple[Notice, ...] = ()
        self._devices: dict[str, str] = {}
        self._memories: dict[str, MeterMemory] = {}
        self._meters: dict[str, VehicleMeter] = {}
        self._errors: dict[str, ChargerError] = {}
        self.configure(settings)

    def configure(self, settings: Settings) -> None:
        """Judge the meters that the chargers of ``settings`` name; a new one is judged from its start."""
        named = {name: charger.vehicle_meter for name, charger in settings.chargers.items()}
        before, self._devices = self._devices, {name: device for name, device in named.items() if device is not None}
        for charger in before.keys() | self._devices.keys():
            if before.get(charger) != self._devices.get(charger):
                self._meters.pop(charger, None)
                self._errors.pop(charger, None)
                self._memories[charger] = MeterMemory()

    def look(self, devices: Mapping[str, Sensed], now: Instant) -> None:
        """Judge every vehicle meter by what was sensed of it up to ``now``."""
        holds: dict[str, Limit] = {}
        notices: list[Notice] = []
        for charger, name in self._devices.items():
            device = devices.get(name)
            if device is None:
                continue
            latest = device.latest if device.quality(now) is Quality.GOOD else None
            title = device.settings.name or name
            good_at = None if latest is None else latest.at
            seen = judge(self._memories[charger], name, title, good_at, device.settings.may_start_s, now)
            self._memories[charger] = seen.memory
            if seen.hold is not None:
                holds[charger] = seen.hold
            if seen.notice is not None:
                notices.append(seen.notice)
            self._lose(charger, seen, now)
            meter = VehicleMeter(name, seen.state)
            if latest is not None:
                meter = replace(meter, power_w=latest.power_w, phases=latest.phases)
            self._meters[charger] = meter
        self.holds, self.notices = holds, tuple(notices)

    def shown(self, reading: ChargerReading) -> ChargerReading:
        """``reading`` with its meter as last judged; the power is the meter's while it tells one."""
        meter, error = self._meters.get(reading.charger), self._errors.get(reading.charger)
        if meter is None:
            return reading
        return replace(
            reading,
            meter=meter,
            power_w=reading.power_w if meter.power_w is None else meter.power_w,
            errors=reading.errors if error is None else (*reading.errors, error),
        )

    def _lose(self, charger: str, seen: Judgement, now: Instant) -> None:
        """Keep since when D9 holds."""
        if not seen.memory.lost or seen.notice is None:
            self._errors.pop(charger, None)
            return
        since = self._errors[charger].since if charger in self._errors else now
        self._errors[charger] = ChargerError("D9", since, seen.notice.reason)
