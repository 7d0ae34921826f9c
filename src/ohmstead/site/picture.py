"""Freezing: the latest readings of all devices and chargers become one immutable Snapshot."""

from collections.abc import Callable, Mapping

from ohmstead.core.model.changing import changed
from ohmstead.core.model.chargers import ChargerReading
from ohmstead.core.model.quantities import Quality
from ohmstead.core.model.readings import Supply
from ohmstead.core.model.series import utilities
from ohmstead.core.model.snapshot import Channel, Snapshot
from ohmstead.core.model.time import Instant
from ohmstead.site.sense import Sensed


def freeze(
    devices: Mapping[str, Sensed],
    chargers: Mapping[str, ChargerReading],
    totals: Callable[[str], tuple[int | None, int | None]],
    now: Instant,
) -> Snapshot:
    """The picture at ``now``, without its flows. ``totals`` gives the site's own import and export counters by name."""
    channels = {name: _channel(device, *totals(name), now) for name, device in devices.items()}
    for name, channel in channels.items():
        if channel.supply is not None and channel.supply.utilities:
            channels[name] = changed(channel, supply=_counted(name, channel.supply, totals))
    counted = {name: changed(reading, energy_j=totals(name)[0]) for name, reading in chargers.items()}
    return Snapshot(now, channels, counted)


def _counted(name: str, supply: Supply, totals: Callable[[str], tuple[int | None, int | None]]) -> Supply:
    """``supply`` with the site's own counters of gas and water."""
    own = (changed(one, counted_ml=totals(series)[0]) for series, one in utilities(name, supply))
    return changed(supply, utilities=tuple(own))


def _channel(device: Sensed, imported: int | None, exported: int | None, now: Instant) -> Channel:
    quality, reading = device.quality(now), device.latest
    age_s = None if device.last_good is None else now.since(device.last_good)
    if quality is not Quality.GOOD or reading is None:
        return Channel(
            device.settings.role,
            quality,
            age_s,
            energy_import_j=imported,
            energy_export_j=exported,
            problem=device.problem,
            rhythm_s=None if reading is None else reading.rhythm_s,
            notes=() if reading is None else reading.notes,
            part_of=device.settings.part_of,
        )
    # in their order: thousands of channels a second, and names would cost twice as much as all the rest
    return Channel(
        device.settings.role,
        quality,
        age_s,
        reading.power_w,
        reading.reactive_power_var,
        reading.power_factor,
        reading.frequency_hz,
        imported,
        exported,
        reading.phases,
        reading.problem,
        reading.supply,
        reading.rhythm_s,
        reading.notes,
        reading.details,
        reading.battery,
        device.settings.part_of,
    )
