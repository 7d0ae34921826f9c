"""Freezing: the latest readings of all devices and chargers become one immutable Snapshot."""

from collections.abc import Mapping

from ohmstead.core.accounting.flows import flows
from ohmstead.core.model.chargers import ChargerReading
from ohmstead.core.model.quantities import Quality
from ohmstead.core.model.snapshot import Channel, Snapshot
from ohmstead.core.model.time import Instant
from ohmstead.site.sense import Sensed
from ohmstead.store.values import Sample


def freeze(
    devices: Mapping[str, Sensed],
    chargers: Mapping[str, ChargerReading],
    counters: Mapping[str, Sample],
    now: Instant,
) -> Snapshot:
    """The picture at ``now``. ``counters`` holds the site's own energy counters of devices and chargers."""
    channels = {name: _channel(device, counters.get(name), now) for name, device in devices.items()}
    return Snapshot(now, channels, chargers, flows(channels, chargers))


def _channel(device: Sensed, counted: Sample | None, now: Instant) -> Channel:
    quality, reading = device.quality(now), device.latest
    age_s = None if device.last_good is None else now.since(device.last_good)
    imported = counted.energy_import_j if counted else None
    exported = counted.energy_export_j if counted else None
    if quality is not Quality.GOOD or reading is None:
        return Channel(
            device.settings.role,
            quality,
            age_s,
            energy_import_j=imported,
            energy_export_j=exported,
            problem=device.problem,
        )
    return Channel(
        role=device.settings.role,
        quality=quality,
        age_s=age_s,
        power_w=reading.power_w,
        reactive_power_var=reading.reactive_power_var,
        power_factor=reading.power_factor,
        frequency_hz=reading.frequency_hz,
        energy_import_j=imported,
        energy_export_j=exported,
        phases=reading.phases,
        problem=reading.problem,
    )
