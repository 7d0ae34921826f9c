"""The house as Prometheus reads it: one collector over the latest state, no counters of its own.

Names end with their base unit, as the exposition format asks: energy in joules, counters with ``_total``. A value
that is missing is absent, never 0; ``ohmstead_channel_quality`` says why.
"""

from collections.abc import Iterator, Mapping
from typing import get_args

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from ohmstead.core.model.chargers import ChargerReading, ChargerState, MeterState
from ohmstead.core.model.details import Quantity
from ohmstead.core.model.health import DeviceStatistics, Health, ServedStatistics
from ohmstead.core.model.quantities import Quality
from ohmstead.core.model.series import utilities
from ohmstead.core.model.snapshot import Channel, SiteState

CHANNEL_GAUGES: tuple[tuple[str, str, str], ...] = (
    ("power_w", "ohmstead_channel_power_watts", "Active power"),
    ("reactive_power_var", "ohmstead_channel_reactive_power_vars", "Reactive power"),
    ("power_factor", "ohmstead_channel_power_factor", "Power factor"),
    ("frequency_hz", "ohmstead_channel_frequency_hertz", "Frequency"),
    ("age_s", "ohmstead_channel_age_seconds", "Age of the reading"),
)
PHASE_GAUGES: tuple[tuple[str, str, str], ...] = (
    ("voltage_v", "ohmstead_phase_voltage_volts", "Voltage, phase to neutral"),
    ("current_a", "ohmstead_phase_current_amperes", "Current"),
    ("power_w", "ohmstead_phase_power_watts", "Active power"),
)
CHANNEL_COUNTERS: tuple[tuple[str, str, str], ...] = (
    ("energy_import_j", "ohmstead_channel_energy_import_joules", "Energy imported, produced or consumed"),
    ("energy_export_j", "ohmstead_channel_energy_export_joules", "Energy exported"),
)
DETAIL_GAUGES: tuple[tuple[Quantity, str, str], ...] = (
    (Quantity.APPARENT_POWER_VA, "ohmstead_detail_apparent_power_voltamperes", "Apparent power"),
    (Quantity.VOLTAGE_V, "ohmstead_detail_voltage_volts", "Voltage between phases"),
    (Quantity.CURRENT_A, "ohmstead_detail_current_amperes", "Current in the neutral conductor"),
    (Quantity.THD_VOLTAGE_PERCENT, "ohmstead_detail_voltage_distortion_ratio", "Harmonic distortion of the voltage"),
    (Quantity.THD_CURRENT_PERCENT, "ohmstead_detail_current_distortion_ratio", "Harmonic distortion of the current"),
    (Quantity.FLICKER_PST, "ohmstead_detail_flicker_severity", "Short-term flicker severity (Pst) of ten minutes"),
    (Quantity.DEMAND_W, "ohmstead_detail_demand_watts", "Mean power of the meter's demand period"),
    (Quantity.DC_POWER_W, "ohmstead_detail_dc_power_watts", "Power of a port of direct current"),
    (Quantity.DC_VOLTAGE_V, "ohmstead_detail_dc_voltage_volts", "Voltage of a port of direct current"),
    (Quantity.DC_CURRENT_A, "ohmstead_detail_dc_current_amperes", "Current of a port of direct current"),
    (Quantity.TEMPERATURE_C, "ohmstead_detail_temperature_celsius", "Temperature"),
)
DETAIL_COUNTERS: tuple[tuple[Quantity, str, str], ...] = (
    (Quantity.ENERGY_IMPORT_J, "ohmstead_detail_energy_import_joules", "Energy of a phase, as its meter counts it"),
    (Quantity.ENERGY_EXPORT_J, "ohmstead_detail_energy_export_joules", "Energy of a phase, as its meter counts it"),
    (Quantity.REACTIVE_ENERGY_IMPORT_VARH, "ohmstead_detail_reactive_import_varhours", "Reactive energy taken"),
    (Quantity.REACTIVE_ENERGY_EXPORT_VARH, "ohmstead_detail_reactive_export_varhours", "Reactive energy given"),
)
BATTERY_GAUGES: tuple[tuple[str, str, str], ...] = (
    ("charge_percent", "ohmstead_battery_charge_ratio", "State of charge"),
    ("health_percent", "ohmstead_battery_health_ratio", "State of health"),
    ("capacity_j", "ohmstead_battery_capacity_joules", "Capacity"),
    ("available_j", "ohmstead_battery_available_joules", "Energy that can be taken out now"),
)
SUPPLY_GAUGES: tuple[tuple[str, str, str], ...] = (
    ("demand_w", "ohmstead_supply_demand_watts", "Mean import of the running quarter of an hour"),
    ("demand_peak_w", "ohmstead_supply_demand_peak_watts", "The highest such mean of the month"),
)
SERVED_COUNTERS: tuple[tuple[str, str], ...] = (
    ("accepted", "Connections of those who read the site as a meter"),
    ("requests", "Requests to the site as a meter"),
    ("refused", "Requests answered with an exception"),
    ("garbled", "Connections or frames that were no Modbus"),
)
FLOWS: tuple[str, ...] = ("grid", "production", "battery", "consumption", "measured", "unmeasured")


def exposition(
    state: SiteState | None,
    health: Health,
    statistics: Mapping[str, DeviceStatistics],
    always_on_w: float | None = None,
) -> tuple[bytes, str]:
    """The page and its media type. Touches nothing but its arguments, so that a thread can make it."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(HouseCollector(state, health, statistics, always_on_w))
    return generate_latest(registry), CONTENT_TYPE_LATEST


class HouseCollector(Collector):
    """Makes the metrics of one house at one moment."""

    def __init__(
        self,
        state: SiteState | None,
        health: Health,
        statistics: Mapping[str, DeviceStatistics],
        always_on_w: float | None,
    ) -> None:
        self._state = state
        self._health = health
        self._statistics = statistics
        self._always_on_w = always_on_w

    def collect(self) -> Iterator[Metric]:
        """All families."""
        state = self._state
        if state is not None:
            yield from _flows(state)
            yield from _channels(state)
            yield from _phases(state)
            yield from _details(state)
            yield from _supplies(state)
            yield from _chargers(state)
        if self._always_on_w is not None:
            yield GaugeMetricFamily(
                "ohmstead_always_on_watts", "What the house draws day and night", value=self._always_on_w
            )
        yield from self._devices()
        yield from _served(self._health.served)
        yield from self._process()

    def _devices(self) -> Iterator[Metric]:
        reads = CounterMetricFamily("ohmstead_device_reads", "Reads that gave values", labels=["device"])
        failures = CounterMetricFamily("ohmstead_device_failures", "Reads that failed", labels=["device", "kind"])
        troubles = CounterMetricFamily("ohmstead_device_troubles", "The same by reason", labels=["device", "trouble"])
        again = CounterMetricFamily("ohmstead_device_reconnects", "Connections made anew", labels=["device"])
        for device, counted in self._statistics.items():
            reads.add_metric([device], counted.reads)
            if counted.reconnects is not None:
                again.add_metric([device], counted.reconnects)
            for kind, number in counted.failures.items():
                failures.add_metric([device, kind], number)
            for trouble, number in counted.troubles.items():
                troubles.add_metric([device, trouble], number)
        yield from (reads, failures, troubles, again)

    def _process(self) -> Iterator[Metric]:
        health = self._health
        parts = GaugeMetricFamily("ohmstead_part_healthy", "1 while a part is well", labels=["part"])
        for part in health.parts:
            parts.add_metric([part.name], float(part.ok))
        yield parts
        yield CounterMetricFamily("ohmstead_ticks", "Control ticks since start", value=health.ticks)
        yield GaugeMetricFamily("ohmstead_uptime_seconds", "Time since start", value=health.uptime_s)
        for name, help_text, value in (
            ("ohmstead_tick_seconds", "Duration of the last control tick", health.tick_s),
            ("ohmstead_tick_longest_seconds", "Duration of the longest control tick since start", health.tick_max_s),
        ):
            if value is not None:
                yield GaugeMetricFamily(name, help_text, value=value)


def _served(served: Mapping[str, ServedStatistics]) -> Iterator[Metric]:
    now = GaugeMetricFamily("ohmstead_served_connections", "Who reads the site as a meter", labels=["at"])
    counters = [
        (CounterMetricFamily(f"ohmstead_served_{attribute}", help_text, labels=["at"]), attribute)
        for attribute, help_text in SERVED_COUNTERS
    ]
    closed = CounterMetricFamily("ohmstead_served_closed", "Connections closed by the site", labels=["at", "why"])
    for at, done in served.items():
        now.add_metric([at], done.connections)
        for family, attribute in counters:
            family.add_metric([at], getattr(done, attribute))
        for why, number in done.closed.items():
            closed.add_metric([at, why], number)
    yield from (now, *(family for family, _ in counters), closed)


def _flows(state: SiteState) -> Iterator[Metric]:
    family = GaugeMetricFamily("ohmstead_flow_watts", "Power of the site by flow", labels=["flow"])
    for flow in FLOWS:
        value = getattr(state.snapshot.flows, f"{flow}_w")
        if value is not None:
            family.add_metric([flow], value)
    yield family


def _channels(state: SiteState) -> Iterator[Metric]:
    channels = state.snapshot.channels
    for tables, kind in ((CHANNEL_GAUGES, GaugeMetricFamily), (CHANNEL_COUNTERS, CounterMetricFamily)):
        for attribute, name, help_text in tables:
            family = kind(name, help_text, labels=["channel", "role"])
            for id, channel in channels.items():
                value = getattr(channel, attribute)
                if value is not None:
                    family.add_metric([id, channel.role], value)
            yield family
    quality = GaugeMetricFamily(
        "ohmstead_channel_quality", "1 for the quality that holds", labels=["channel", "quality"]
    )
    for id, channel in channels.items():
        for each in Quality:
            quality.add_metric([id, each], float(channel.quality is each))
    yield quality


def _phases(state: SiteState) -> Iterator[Metric]:
    things: dict[str, Channel | ChargerReading] = {**state.snapshot.channels, **state.snapshot.chargers}
    for attribute, name, help_text in PHASE_GAUGES:
        family = GaugeMetricFamily(name, help_text, labels=["channel", "phase"])
        for id, thing in things.items():
            for phase, values in thing.phases.items():
                value = getattr(values, attribute)
                if value is not None:
                    family.add_metric([id, phase], value)
        yield family


def _details(state: SiteState) -> Iterator[Metric]:
    channels = state.snapshot.channels
    for tables, kind in ((DETAIL_GAUGES, GaugeMetricFamily), (DETAIL_COUNTERS, CounterMetricFamily)):
        for quantity, name, help_text in tables:
            family = kind(name, help_text, labels=["channel", "place"])
            for id, channel in channels.items():
                for place, value in channel.details.get(quantity, {}).items():
                    family.add_metric([id, place], _base(quantity, value))
            if family.samples:
                yield family


def _base(name: str, value: float) -> float:
    """``value`` in its base unit: parts of one instead of a hundred."""
    return value / 100 if name.endswith("_percent") else value


def _supplies(state: SiteState) -> Iterator[Metric]:
    channels = state.snapshot.channels
    for part, tables in (("battery", BATTERY_GAUGES), ("supply", SUPPLY_GAUGES)):
        for attribute, name, help_text in tables:
            family = GaugeMetricFamily(name, help_text, labels=["channel"])
            for id, channel in channels.items():
                value = getattr(getattr(channel, part), attribute, None)
                if value is not None:
                    family.add_metric([id], _base(attribute, value))
            if family.samples:
                yield family
    volumes = CounterMetricFamily("ohmstead_utility_volume_cubic_meters", "Gas and water", labels=["series", "kind"])
    for id, channel in channels.items():
        for series, one in utilities(id, channel.supply) if channel.supply else ():
            if one.counted_ml is not None:
                volumes.add_metric([series, one.kind], one.counted_ml / 1_000_000)
    if volumes.samples:
        yield volumes


def _chargers(state: SiteState) -> Iterator[Metric]:
    power = GaugeMetricFamily("ohmstead_charger_power_watts", "Power the car draws", labels=["charger"])
    energy = CounterMetricFamily("ohmstead_charger_energy_joules", "Energy delivered", labels=["charger"])
    offered = GaugeMetricFamily("ohmstead_charger_offered_amperes", "What the pilot offers", labels=["charger"])
    states = GaugeMetricFamily("ohmstead_charger_state", "1 for the state that holds", labels=["charger", "state"])
    for id, reading in state.snapshot.chargers.items():
        for family, value in ((power, reading.power_w), (energy, reading.energy_j), (offered, reading.offered_a)):
            if value is not None:
                family.add_metric([id], value)
        for each in ChargerState:
            states.add_metric([id, each], float(reading.state is each))
    meters = GaugeMetricFamily(
        "ohmstead_vehicle_meter_state", "1 for the state that holds", labels=["charger", "device", "state"]
    )
    for id, reading in state.snapshot.chargers.items():
        if reading.meter is not None:
            for known in get_args(MeterState):
                meters.add_metric([id, reading.meter.device, known], float(reading.meter.state == known))
    granted = GaugeMetricFamily(
        "ohmstead_charger_grant_amperes", "Current per phase that is allowed", labels=["charger", "limited_by"]
    )
    for id, grant in state.grants.items():
        granted.add_metric([id, grant.limited_by], grant.current_a)
    yield from (power, energy, offered, states, meters, granted)
