"""Devices that speak JSON: their settings become points, and their values a Reading.

A channel names a quantity of :class:`~ohmstead.core.model.readings.Reading`, with ``.L1`` to ``.L3`` behind those of
one phase; what it must have besides depends on the driver. Values whose voltage does not move for long, although it
is told in fractions of a volt, are those of a device that hangs.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from ohmstead.core.model.errors import ConfigurationError, Mistake
from ohmstead.core.model.quantities import PHASES, Phase, Role
from ohmstead.core.model.readings import Reading
from ohmstead.core.model.settings import DeviceSettings
from ohmstead.core.model.sources import ChannelSettings
from ohmstead.core.model.time import Instant
from ohmstead.drivers.modbus_meter import Wiring, reading
from ohmstead.drivers.stillness import GRID_LIMIT_S, OTHER_LIMIT_S, Stillness, look
from ohmstead.protocols.json_values import LIVE, JsonPoint, decode, parse_path, quantities, units
from ohmstead.protocols.meters.codec import MeterValues


@dataclass(frozen=True, slots=True)
class Channels:
    """The channels of a device as points, and the phases they name."""

    points: tuple[JsonPoint, ...]
    phases: tuple[Phase, ...]
    device: str

    @property
    def topics(self) -> tuple[str, ...]:
        """Every document they stand in, once."""
        return tuple(dict.fromkeys(point.source for point in self.points))

    @property
    def live(self) -> frozenset[str]:
        """The documents whose age is the age of a reading: those with what control looks at, or all."""
        return frozenset(p.source for p in self.points if p.quantity in LIVE) or frozenset(self.topics)

    def read(self, documents: Mapping[str, Any]) -> MeterValues:
        """The values in ``documents``."""
        return decode(self.points, documents, len(self.phases), self.device)


def channels_of(name: str, settings: DeviceSettings) -> Channels:
    """The channels in ``settings``. Raises ConfigurationError with every mistake in them."""
    where, mistakes = f"devices.{name}", []
    given = settings.channels or {}
    if settings.phases is not None:
        hint = 'Name the phase in the channel, such as "power_w.L2".'
        mistakes.append(Mistake(f"{where}.phases", ", ".join(settings.phases), "nothing beside channels", hint))
    used = {key.partition(".")[2] for key in given}
    phases = tuple(phase for phase in PHASES if phase in used)
    points = []
    for key, channel in given.items():
        found = _point(key, channel, phases, f"{where}.channels.{key}", settings.driver)
        if isinstance(found, JsonPoint):
            points.append(found)
        else:
            mistakes += found
    if mistakes:
        raise ConfigurationError(tuple(mistakes))
    return Channels(tuple(points), phases, name)


def _point(
    key: str, channel: ChannelSettings, phases: tuple[Phase, ...], where: str, driver: str
) -> JsonPoint | list[Mistake]:
    if key not in quantities():
        return [Mistake(where, f"unknown quantity {key!r}", ", ".join(quantities()))]
    quantity, _, phase = key.partition(".")
    mistakes = []
    known = units(quantity, bool(phase))
    unit = next(iter(known)) if channel.unit is None else channel.unit
    if unit not in known:
        mistakes.append(Mistake(f"{where}.unit", repr(unit), ", ".join(known)))
    try:
        path = parse_path(channel.path)
    except ValueError as error:
        path, hint = (), 'Such as power, phases[0].voltage or data["a.b"]; left out when the whole text is the number.'
        mistakes.append(Mistake(f"{where}.path", str(error), "names with dots between, indices in []", hint))
    if channel.scale == 0:
        mistakes.append(Mistake(f"{where}.scale", "0", "a number other than 0; 1 when left out"))
    mistakes += _misplaced(channel.topic, where, driver)
    if mistakes:
        return mistakes
    factor = known[unit] * Fraction(str(channel.scale))
    terminal = next((index for index, one in enumerate(phases) if one == phase), None)
    return JsonPoint(quantity, terminal, channel.topic or "", path, factor, label=key)


def _misplaced(topic: str | None, where: str, driver: str) -> list[Mistake]:
    if driver != "mqtt":
        return [] if topic is None else [Mistake(f"{where}.topic", repr(topic), f"no topic with {driver}")]
    if topic is None:
        return [Mistake(f"{where}.topic", "nothing", "a topic", 'For example topic = "home/meter/state"')]
    return [] if is_topic(topic) else [Mistake(f"{where}.topic", repr(topic), "one topic, without + and #")]


def is_topic(topic: str) -> bool:
    """Whether one message can have this topic (MQTT 3.1.1 section 4.7)."""
    return not set("+#\0") & set(topic)


@dataclass(slots=True)
class Understood:
    """Makes readings of values, and notices when they have stopped to move."""

    wiring: Wiring
    _stillness: Stillness | None = field(default=None, init=False)

    def reading(self, values: MeterValues, at: Instant, rhythm_s: float | None = None) -> Reading:
        """``values`` as they were ``at`` a time; bad and empty when the device hangs."""
        self._stillness = look(self._stillness, ((_fingerprint(values),),), at.monotonic_s)
        limit_s = max(GRID_LIMIT_S if self.wiring.role is Role.GRID else OTHER_LIMIT_S, 5 * (rhythm_s or 0.0))
        if self._stillness.frozen(at.monotonic_s, limit_s) and _fine(values):
            seen = self._stillness.told(self.wiring.name, at)
        else:
            seen = reading(self.wiring, values, at)
        return seen if rhythm_s is None else replace(seen, rhythm_s=rhythm_s)


def _fingerprint(values: MeterValues) -> int:
    """One number for all that is measured."""
    counted = (values.energy_import_j, values.energy_export_j)
    return hash((values.power_w, values.reactive_power_var, values.frequency_hz, counted, values.terminals))


def _fine(values: MeterValues) -> bool:
    """Whether a voltage is told so finely that it cannot stand still."""
    voltages = [row.voltage_v for row in values.terminals if row.voltage_v]
    return any(not math.isclose(voltage, round(voltage), abs_tol=1e-6) for voltage in voltages)
