"""How the parts of a site are: each device, each charger and the store as one row of its health."""

from collections.abc import Iterable, Iterator, Mapping

from ohmstead.core.model.chargers import ChargerReading
from ohmstead.core.model.grants import Notice
from ohmstead.core.model.health import HealthPart
from ohmstead.core.model.quantities import Quality
from ohmstead.core.model.time import Instant
from ohmstead.site.sense import Sensed


def store_part(notices: Iterable[Notice]) -> HealthPart:
    """The store, by what the recorder tells of it."""
    refused = next((notice.reason for notice in notices if notice.severity == "fault"), None)
    return HealthPart("store", ok=refused is None, reason=refused, essential=False)


def device_parts(devices: Mapping[str, Sensed], now: Instant) -> Iterator[HealthPart]:
    """Each measuring device at ``now``."""
    for name, device in devices.items():
        ok = device.quality(now) is Quality.GOOD
        yield HealthPart(name, ok, None if ok else device.problem, essential=False)


def charger_parts(readings: Mapping[str, ChargerReading]) -> Iterator[HealthPart]:
    """Each charger, by its latest reading."""
    for name, reading in readings.items():
        ok = reading.quality is Quality.GOOD
        yield HealthPart(name, ok, None if ok else reading.problem, essential=False)
