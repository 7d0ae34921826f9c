"""Counting: the site's own energy counters of all devices and chargers, carried over restarts.

The totals stand in every recorded row. The memory behind them (which meter counter belongs to which total) is
handed out for keeping only when something other than counting happened, and once a minute.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import structlog

from ohmstead.core.accounting.counters import CounterMemory, Register, advance, begun_anew, caught_up, highest_power_w
from ohmstead.core.charging.session import Metered
from ohmstead.core.model.chargers import ChargerReading
from ohmstead.core.model.events import Event
from ohmstead.core.model.quantities import Quality
from ohmstead.core.model.readings import Reading, Supply
from ohmstead.core.model.series import utilities
from ohmstead.core.model.settings import Settings
from ohmstead.core.model.time import Instant
from ohmstead.site.sense import Sensed
from ohmstead.store.values import Json, Sample

KEEP_S = 60.0
MOST_ML_S = 30_000.0
"""What can flow through a meter of gas or water at worst: 108 m³ in an hour."""

_log = structlog.get_logger(__name__)


class Counting:
    """Counters by the name of a device or charger."""

    def __init__(self, settings: Settings) -> None:
        """The supply of ``settings`` bounds what can flow at worst."""
        site = settings.site
        self._most_w = highest_power_w(site.main_fuse_a, site.grid_type)
        self._memories: dict[str, CounterMemory] = {}
        self._followed: dict[str, Instant] = {}
        self._since: dict[str, Instant] = {}
        self._uncountable: set[str] = set()
        self._totals: dict[str, tuple[int | None, int | None]] = {}
        self._kept_at_s: float | None = None
        self._surprised = False
        self._meters = _vehicle_meters(settings)
        self._metered: dict[str, Metered] = {}

    def configure(self, settings: Settings) -> None:
        """Count what the meters of ``settings`` show; the totals of a charger go on from where they are."""
        before, self._meters = self._meters, _vehicle_meters(settings)
        for charger in before.keys() | self._meters.keys():
            if before.get(charger) != self._meters.get(charger):
                self._metered.pop(charger, None)
                self.follow_anew(charger)

    def advance(self, devices: Iterable[Sensed], chargers: Iterable[ChargerReading]) -> tuple[Event, ...]:
        """Follow each reading that is new; return what happened to the meters' own counters."""
        told: list[Event] = []
        latest: dict[str, Reading] = {}
        for device in devices:
            if device.latest is not None:
                latest[device.name] = device.latest
                told += self._follow(device.latest, self._most_w)
                if device.latest.supply is not None:
                    told += self._follow_beside(device.latest, device.latest.supply)
        for charger in chargers:
            name, meter = charger.charger, self._meters.get(charger.charger)
            if meter is None:
                told += self._follow(
                    Reading(name, charger.at, charger.quality, charger.power_w, energy_import_j=charger.energy_j),
                    self._most_w,
                )
            elif meter in latest:
                # what surprises in it is told of the meter, once
                self._follow(replace(latest[meter], device=name), self._most_w)
                self._note_metered(name, latest[meter])
        return tuple(told)

    def metered(self, charger: str) -> Metered:
        """What the vehicle meter of ``charger`` has counted (EV-175); nothing before its first word."""
        return self._metered.get(charger) or Metered(self.totals(self._meters[charger])[0])

    def _note_metered(self, charger: str, reading: Reading) -> None:
        """Sessions go by the counter of the meter itself, which shows what the meter shows until that is reset."""
        if reading.quality is not Quality.GOOD or reading.device in self._uncountable:
            return
        imported = self._memories.get(reading.device, CounterMemory()).imported
        sure = imported is not None and imported.doubt is None
        self._metered[charger] = Metered(self.totals(reading.device)[0], reading.at, sure)

    def totals(self, name: str) -> tuple[int | None, int | None]:
        """Import and export of ``name`` in joules; None before its first reading."""
        return self._totals.get(name, (None, None))

    def follow_anew(self, name: str) -> None:
        """``name`` has other counters from now on; its totals go on from where they are."""
        imported, exported = self.totals(name)
        self._memories[name] = caught_up(CounterMemory(), imported, exported)
        self._surprised = True

    def to_keep(self, now: Instant) -> Json | None:
        """The memory for the store when it is time to keep it, else None."""
        if not self._surprised and self._kept_at_s is not None and now.monotonic_s - self._kept_at_s < KEEP_S:
            return None
        self._surprised, self._kept_at_s = False, now.monotonic_s
        return {name: memory.dump() for name, memory in self._memories.items()}

    def recall(self, kept: Any, totals: Mapping[str, Sample]) -> None:
        """Go on from a kept memory and the totals of the last row. A memory that cannot be read is left out."""
        kept = kept if isinstance(kept, dict) else {}
        for name in {*kept, *totals}:
            try:
                memory = CounterMemory.load(kept[name])
            except (KeyError, ValueError, TypeError, LookupError):
                memory = CounterMemory()
            last = totals.get(name, Sample())
            self._memories[name] = caught_up(memory, last.energy_import_j, last.energy_export_j)
            self._totals[name] = (last.energy_import_j, last.energy_export_j)

    def _follow_beside(self, reading: Reading, supply: Supply) -> Iterable[Event]:
        """Gas and water, counted in millilitres by the same rules as energy in joules."""
        told: list[Event] = []
        for series, one in utilities(reading.device, supply):
            counted = round(one.volume_m3 * 1_000_000)
            told += self._follow(Reading(series, reading.at, reading.quality, energy_import_j=counted), MOST_ML_S)
        return told

    def _follow(self, reading: Reading, most_w: float) -> Iterable[Event]:
        name, followed = reading.device, self._followed.get(reading.device)
        if followed is not None and followed.monotonic_s == reading.at.monotonic_s and followed == reading.at:
            return ()
        before = self._memories.get(name) or CounterMemory()
        if reading.counted_since is not None and self._since.get(name) != reading.counted_since:
            before = begun_anew(before, reading.counted_since)
            self._since[name] = reading.counted_since
        self._followed[name] = reading.at
        try:
            step = advance(before, reading, most_w)
        except (ArithmeticError, ValueError):
            if name not in self._uncountable:
                _log.exception("reading not countable", device=name)
            self._uncountable.add(name)
            return ()
        self._uncountable.discard(name)
        self._memories[name] = step.memory
        self._totals[name] = (step.energy_import_j, step.energy_export_j)
        if not self._surprised:
            self._surprised = _surprising(before, step.memory)
        if not step.notices:
            return ()
        return (Event(reading.at.utc, n.code, "site", n.owner, n.severity, n.reason) for n in step.notices)


def _vehicle_meters(settings: Settings) -> dict[str, str]:
    named = {name: charger.vehicle_meter for name, charger in settings.chargers.items()}
    return {name: device for name, device in named.items() if device is not None}


def _surprising(before: CounterMemory, after: CounterMemory) -> bool:
    """Whether more happened than that meter and site counted the same."""
    return _moved_apart(before.imported, after.imported) or _moved_apart(before.exported, after.exported)


def _moved_apart(old: Register | None, new: Register | None) -> bool:
    if new is None or new.raw_j is None:
        return False
    return old is None or old.raw_j is None or old.raw_j - old.total_j != new.raw_j - new.total_j
