"""From a scenario to a building: the same facts in the words of plant and simulator.

Times of day become seconds of the UTC day with the offset that the site's zone has at the start, for the whole story.
Visits are told for a year.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from ohmstead.core.model.errors import ConfigurationError, Mistake
from ohmstead.core.model.quantities import JOULES_PER_KWH, Phase, Role
from ohmstead.core.plant.appliances import (
    ApplianceSettings,
    HeatPumpSettings,
    KettleSettings,
    OvenSettings,
    WashingMachineSettings,
)
from ohmstead.core.plant.clamps import ClampSettings
from ohmstead.core.plant.flaws import Flaw
from ohmstead.core.plant.settings import (
    DELTA,
    SUPPLIES,
    BatterySettings,
    CarSettings,
    ChargerSettings,
    CircuitSettings,
    Cue,
    Cycle,
    Daily,
    Draw,
    LoadSettings,
    SolarSettings,
    UtilitySettings,
    WeatherSettings,
    WorldSettings,
)
from ohmstead.simulator.scenario import (
    ChargerPart,
    EventPart,
    HeatPumpLoad,
    KettleLoad,
    LoadPart,
    OvenLoad,
    PlainLoad,
    Scenario,
    WashingMachineLoad,
)
from ohmstead.simulator.scenario_checks import DELTA_PAIR, wire_of, wired
from ohmstead.simulator.scenario_devices import (
    ClampPart,
    ModbusDevice,
    P1Device,
    PowerBoxDevice,
    SamplesDevice,
    SourcePart,
    SunspecPart,
)
from ohmstead.simulator.scenario_values import DAYS
from ohmstead.simulator.settings import (
    BoardSpec,
    BuildingSettings,
    ClampedSpec,
    FrontEndSpec,
    Happening,
    InverterSpec,
    LimitSpec,
    MeterSpec,
    PowerBoxSpec,
    SlotsSpec,
    SourceSpec,
    SunspecMeterSpec,
    SupplyMeterSpec,
    WireSpec,
)

_DAY_S = 86_400
_DAYS_TOLD = 366
_P1_BAUD, _MODBUS_BAUD = 115_200, 9_600
_MODELS: Mapping[Role, int] = {Role.PRODUCTION: 103, Role.BATTERY: 701}
_METER = 203
_SPEAKS: Mapping[str, Literal["shelly", "tasmota", "json"]] = {
    "shelly": "shelly",
    "tasmota": "tasmota",
    "http": "json",
    "mqtt": "json",
}


def building(scenario: Scenario, seed: int | None = None) -> BuildingSettings:
    """What stands there and what happens. ``seed`` instead of the scenario's own tells another story."""
    translation = _Translation(scenario)
    devices = scenario.devices
    return BuildingSettings(
        site_name=scenario.site.name,
        timezone=scenario.site.timezone,
        world=translation.world(scenario.seed if seed is None else seed),
        meters=tuple(translation.meter(k, d) for k, d in devices.items() if isinstance(d, ModbusDevice)),
        inverters=tuple(
            translation.inverter(k, d) for k, d in devices.items() if isinstance(d, SunspecPart) and _feeds(d)
        ),
        sunspec_meters=tuple(
            translation.sunspec_meter(k, d) for k, d in devices.items() if isinstance(d, SunspecPart) and not _feeds(d)
        ),
        supply_meters=tuple(translation.supply_meter(k, d) for k, d in devices.items() if isinstance(d, P1Device)),
        power_boxes=tuple(translation.power_boxes()),
        front_ends=tuple(translation.front_ends()),
        sources=tuple(translation.source(k, d) for k, d in devices.items() if isinstance(d, SourcePart)),
        boards=tuple(_board(name, charger) for name, charger in scenario.chargers.items()),
        wires=tuple(_wires(scenario)),
        limits=tuple(
            LimitSpec(name, name, part.limit_a, part.limit_w, fallback_current_a=part.fallback_current_a)
            for name, part in scenario.circuits.items()
            if part.limited
        ),
        happenings=tuple(one for event in scenario.events for one in _happenings(event)),
    )


def _feeds(device: SunspecPart) -> bool:
    return device.role in (Role.PRODUCTION, Role.BATTERY)


class _Translation:
    """A scenario with what follows from its place: phases, and the offset of its clock."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        local = scenario.start.replace(tzinfo=ZoneInfo(scenario.site.timezone))
        self._start: datetime = local.astimezone(UTC)
        self._offset_s = round((local.utcoffset() or timedelta()).total_seconds())
        self._midnight_s = -(local.hour * 3600 + local.minute * 60 + local.second)
        self._weekday = local.weekday()
        self._phases: tuple[Phase, ...] = SUPPLIES[scenario.site.grid_type][2]

    def world(self, seed: int) -> WorldSettings:
        scenario = self._scenario
        site, battery, solar = scenario.site, scenario.battery, scenario.solar
        return WorldSettings(
            start=self._start,
            seed=seed,
            latitude=site.latitude,
            longitude=site.longitude,
            grid_type=site.grid_type,
            voltage_wander=scenario.supply.voltage_wander,
            supply_r_ohm=scenario.supply.cable_ohm,
            main_fuse_a=site.main_fuse_a,
            contract_w=site.contract_power_w,
            weather=WeatherSettings(scenario.weather.mean_c, scenario.weather.swing_c),
            circuits=tuple(
                CircuitSettings(name, part.phases or self._phases_of(part.parent), part.parent, part.cable_ohm)
                for name, part in scenario.circuits.items()
            ),
            loads=tuple(self._load(n, part) for n, part in scenario.loads.items() if isinstance(part, PlainLoad)),
            appliances=tuple(
                self._appliance(n, part) for n, part in scenario.loads.items() if not isinstance(part, PlainLoad)
            ),
            solar=None
            if solar is None
            else SolarSettings(
                solar.peak_w, solar.inverter_w, scenario.weather.cloudiness, phases=solar.phases or self._phases
            ),
            battery=None
            if battery is None
            else BatterySettings(**{**battery.model_dump(), "phases": battery.phases or self._phases}),
            utilities=tuple(
                UtilitySettings(
                    name,
                    part.kind,
                    part.start_m3,
                    part.pulse_litres / 1000,
                    tuple(Draw(self._utc(one.at), one.for_s, one.litres / 1000) for one in part.daily),
                )
                for name, part in scenario.utilities.items()
            ),
            chargers=tuple(self._charger(name, part) for name, part in scenario.chargers.items()),
            story=tuple(self._story()),
            counters_j={
                name: (round(part.import_kwh * JOULES_PER_KWH), round(part.export_kwh * JOULES_PER_KWH))
                for name, part in scenario.counters.items()
            },
        )

    def meter(self, key: str, device: ModbusDevice) -> MeterSpec:
        phases = device.phases or self._measured(device.point)
        wire, name = wire_of(key, device), device.name or ""
        return MeterSpec(key, device.point, device.meter, wire, device.unit, device.role, phases, name)

    def inverter(self, key: str, device: SunspecPart) -> InverterSpec:
        wire, name, model = wire_of(key, device), device.name or "", device.model or _MODELS.get(device.role, _METER)
        phases = device.phases or self._measured(device.point)
        return InverterSpec(key, device.point, wire, device.unit, name, device.role, model, phases)

    def sunspec_meter(self, key: str, device: SunspecPart) -> SunspecMeterSpec:
        wire, name, model = wire_of(key, device), device.name or "", device.model or _MODELS.get(device.role, _METER)
        phases = device.phases or self._measured(device.point)
        return SunspecMeterSpec(key, device.point, wire, device.unit, name, device.role, model, phases)

    def supply_meter(self, key: str, device: P1Device) -> SupplyMeterSpec:
        phases, wire = device.phases or self._phases, wire_of(key, device)
        return SupplyMeterSpec(key, device.point, wire, device.name or "", phases, device.rhythm_s, device.utilities)

    def power_boxes(self) -> Iterator[PowerBoxSpec]:
        boxes: dict[tuple[str, int], list[SlotsSpec]] = {}
        for key, device in self._scenario.devices.items():
            if isinstance(device, PowerBoxDevice):
                phases, name = device.phases or self._clamped(device.point), device.name or ""
                slots = SlotsSpec(
                    key, device.point, device.slots, device.role, name, phases, device.reversed, device.ct_type
                )
                boxes.setdefault((wire_of(key, device), device.unit), []).append(slots)
        for (wire, unit), circuits in boxes.items():
            yield PowerBoxSpec(wire, unit, tuple(circuits))

    def source(self, key: str, device: SourcePart) -> SourceSpec:
        return SourceSpec(
            key,
            device.point,
            _SPEAKS[device.driver],
            device.broker,
            device.password,
            device.role,
            device.phases or self._measured(device.point),
            device.name or "",
            device.publish_s,
            device.port,
        )

    def front_ends(self) -> Iterator[FrontEndSpec]:
        """Columns are counted through in the order of the file."""
        together: dict[str, list[ClampedSpec]] = {}
        for key, device in self._scenario.devices.items():
            if isinstance(device, SamplesDevice):
                circuits = together.setdefault(wire_of(key, device), [])
                first = 1 + sum(len(circuit.points) for circuit in circuits)
                phases = device.phases or self._clamped(device.point)
                points = tuple(range(first, first + len(phases)))
                clamps = tuple(_clamp(clamp) for clamp in device.clamps)
                circuits.append(
                    ClampedSpec(
                        *(key, device.point, points, phases, device.role, device.name or ""),
                        rating_a=device.rating_a,
                        clamps=clamps,
                    )
                )
        for circuits in together.values():
            count = sum(len(circuit.points) for circuit in circuits)
            for circuit in circuits:
                for clamp in circuit.clamps:
                    if clamp.sits_on is not None and clamp.sits_on >= count:
                        where, came = f"devices.{circuit.key}.clamps.sits_on", str(clamp.sits_on + 1)
                        raise ConfigurationError((Mistake(where, came, f"1 to {count}, the points of this wire"),))
            yield FrontEndSpec(tuple(circuits))

    def _utc(self, second_of_day: int) -> int:
        return (second_of_day - self._offset_s) % _DAY_S

    def _phases_of(self, circuit: str) -> tuple[Phase, ...]:
        part = self._scenario.circuits.get(circuit)
        return self._phases if part is None else part.phases or self._phases_of(part.parent)

    def _measured(self, point: str) -> tuple[Phase, ...]:
        """The conductors that a meter at ``point`` has in its terminals."""
        fed = {"solar": self._scenario.solar, "battery": self._scenario.battery}.get(point)
        return (fed.phases if fed is not None else None) or self._phases_of(point)

    def _clamped(self, point: str) -> tuple[Phase, ...]:
        """The codes of transformers that measure all of ``point``: on a delta grid two of them do (EM-146)."""
        there = self._measured(point)
        return DELTA_PAIR if self._scenario.site.grid_type == DELTA and len(there) > 1 else there

    def _load(self, name: str, part: PlainLoad) -> LoadSettings:
        pattern: bool | Cycle | Daily = part.on is not False
        if part.cycle is not None:
            pattern = Cycle(part.cycle.on_s, part.cycle.off_s)
        elif part.daily is not None:
            pattern = Daily(tuple((self._utc(span.at), span.for_s) for span in part.daily))
        return LoadSettings(name, part.power_w, part.power_factor, part.noise, pattern, part.circuit)

    def _appliance(self, name: str, part: LoadPart) -> ApplianceSettings:
        rest = part.model_dump(exclude={"kind", "daily", "hot_water"})
        match part:
            case KettleLoad():
                return KettleSettings(name, starts=tuple(map(self._utc, part.daily)), **rest)
            case OvenLoad():
                return OvenSettings(name, spans=tuple((self._utc(s.at), s.for_s) for s in part.daily), **rest)
            case WashingMachineLoad():
                return WashingMachineSettings(name, starts=tuple(map(self._utc, part.daily)), **rest)
            case HeatPumpLoad():
                rest["phases"] = part.phases or self._phases_of(part.circuit)
                return HeatPumpSettings(name, hot_water=tuple(map(self._utc, part.hot_water)), **rest)
            case _:
                raise ValueError(f"loads.{name}: no machine")

    def _charger(self, name: str, part: ChargerPart) -> ChargerSettings:
        return ChargerSettings(
            name,
            part.phases or self._phases,
            part.rated_current_a,
            part.cable_ohm,
            part.cable_rating_a,
            CarSettings(**part.car.model_dump()),
            part.plugged,
            part.parent,
            switches_phases=part.switches_phases,
        )

    def _story(self) -> Iterator[Cue]:
        for event in self._scenario.events:
            yield from _cues(event)
        for name, charger in self._scenario.chargers.items():
            for visit in charger.visits:
                stay_s = (visit.leaves - visit.comes) % _DAY_S or _DAY_S
                for day in range(-1, _DAYS_TOLD):
                    if DAYS[(self._weekday + day) % 7] not in visit.days:
                        continue
                    comes_s = self._midnight_s + day * _DAY_S + visit.comes
                    if comes_s + stay_s > 0:
                        yield Cue(max(comes_s, 0), "plug", name)
                        yield Cue(comes_s + stay_s, "unplug", name)


def _cues(event: EventPart) -> Iterator[Cue]:
    at = event.at
    for load, on in event.switch.items():
        yield Cue(at, "auto" if on == "auto" else "on" if on else "off", load)
    for load, watts in event.power_w.items():
        yield Cue(at, "draw", load, watts=watts)
    for charger in event.plug:
        yield Cue(at, "plug", charger)
    for charger in event.unplug:
        yield Cue(at, "unplug", charger)
    if event.mains is not None:
        yield Cue(at, "cut" if event.mains == "cut" else "restore")
    for charger, flaw in event.hurt.items():
        yield Cue(at, "hurt", charger, flaw=Flaw(flaw))
    for charger in event.heal:
        yield Cue(at, "heal", charger)


def _happenings(event: EventPart) -> Iterator[Happening]:
    for device, trouble in event.trouble.items():
        yield Happening(event.at, device, trouble)
    for device in event.mend:
        yield Happening(event.at, device)
    for device in event.reset_counter:
        yield Happening(event.at, device, reset=True)
    if event.disturb is not None:
        yield Happening(event.at, voltage=event.disturb.voltage, for_s=event.disturb.for_s)


def _clamp(part: ClampPart) -> ClampSettings:
    sits_on = None if part.sits_on is None else part.sits_on - 1
    return ClampSettings(**part.model_dump(exclude={"sits_on"}), sits_on=sits_on)


def _board(name: str, part: ChargerPart) -> BoardSpec:
    wire = wire_of(name, part)
    told = (part.max_current_a, part.name or "", part.mode, part.fallback_current_a)
    return BoardSpec(name, wire, part.unit, *told, part.board, part.card_reader, part.display, part.phase_switching)


def _wires(scenario: Scenario) -> Iterator[WireSpec]:
    named = {wire_of(key, part): part for key, part in wired(scenario).items()}
    for name, part in scenario.wires.items():
        usual = _P1_BAUD if isinstance(named.get(name), P1Device) else _MODBUS_BAUD
        yield WireSpec(name, part.kind, part.port, part.baud or usual, part.parity)
