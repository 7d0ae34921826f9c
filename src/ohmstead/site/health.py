"""How the parts of a site are: each device, each charger and the store as one row of its health."""

from collections.abc import Iterable, Iterator, Mapping

from ohmstead.core.model.chargers import ChargerReading
from ohmstead.core.model.grants import Notice
from ohmstead.core.model.health import HealthPart
from ohmstead.core.model.quantities import Quality
from ohmstead.core.model.time import Instant
from ohmstead.drivers.clock import Clock, clock_part
from ohmstead.site.sense import Sensed


def parts_of(
    clock: Clock,
    store: Iterable[Notice] | None,
    devices: Mapping[str, Sensed],
    chargers: Mapping[str, ChargerReading],
) -> Iterator[HealthPart]:
    """All rows at this moment; ``store`` is what the recorder tells, ``None`` before there is one."""
    if (part := clock_part(clock)) is not None:
        yield part
    if store is not None:
        yield _store_part(store)
    yield from _device_parts(devices, clock.now())
    yield from _charger_parts(chargers)


def _store_part(notices: Iterable[Notice]) -> HealthPart:
    """The store, by what the recorder tells of it."""
    refused = next((notice.reason for notice in notices if notice.severity == "fault"), None)
    return HealthPart("store", ok=refused is None, reason=refused, essential=False)


def _device_parts(devices: Mapping[str, Sensed], now: Instant) -> Iterator[HealthPart]:
    """Each measuring device at ``now``."""
    for name, device in devices.items():
        ok = device.quality(now) is Quality.GOOD
        yield HealthPart(name, ok, None if ok else device.problem, essential=False)


def _charger_parts(readings: Mapping[str, ChargerReading]) -> Iterator[HealthPart]:
    """Each charger, by its latest reading."""
    for name, reading in readings.items():
        ok = reading.quality is Quality.GOOD
        yield HealthPart(name, ok, None if ok else reading.problem, essential=False)
