"""A row's house: what stands in the row in, the simulated building and the site's own settings out."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ohmstead.core.model.quantities import JOULES_PER_KWH, PHASES, Phase, Role
from ohmstead.core.model.settings import Settings
from ohmstead.core.plant.settings import (
    GRID,
    BatterySettings,
    CarSettings,
    ChargerSettings,
    CircuitSettings,
    LoadSettings,
    SolarSettings,
    WorldSettings,
)
from ohmstead.simulator.settings import (
    BoardSpec,
    BuildingSettings,
    InverterSpec,
    LimitSpec,
    MeterSpec,
    Place,
    SourceSpec,
    SupplyMeterSpec,
)
from ohmstead.simulator.site_file import site_toml
from ohmstead.site.configuration import parse, validate

START = datetime(2026, 1, 10, 11, 0, tzinfo=UTC)
_SHARED = ("sharing", "unbalance_limit_a", "demand_limit_w", "surplus")
_OF_CHARGERS = ("priority", "circuit", "rotation_known", "mode", "green", "programs", "default_mode")
_OF_PHASES = ("phase_switching", "phase_pause_s", "phase_switchings")
_KNOWN = {"circuits", "title", "req", "also", "start", "site", "chargers", "meters", "events", "expect"}
_BY_HTTP = ("shelly", "tasmota", "json")
"""Meters that are none of a model."""
_METER_KEYS = {"model", "phases", "wire", "unit", "power_w", "shows_kwh", "role"}


def building(row: Mapping[str, Any]) -> BuildingSettings:
    """What stands there: the grid meter, the circuits with their meters, the roof, the boards with their cars."""
    _refuse_unknown(row)
    place, meters = row["site"], row.get("meters", {})
    boards = tuple(_board(name, one) for name, one in row["chargers"].items())
    model = place.get("grid_meter", "eastron-sdm630")
    p1 = (SupplyMeterSpec(GRID, GRID, "to grid"),) if model == "p1" else ()
    grid = () if p1 else (MeterSpec(GRID, GRID, model, wire="to grid", role=Role.GRID),)
    others = tuple(
        MeterSpec(
            *(name, name, one["model"], one.get("wire", f"to {name}"), one.get("unit", 1)),
            Role(one.get("role", "load")),
            _phases(one),
        )
        for name, one in meters.items()
        if one["model"] not in _BY_HTTP
    )
    sources = tuple(
        SourceSpec(name, name, one["model"], phases=_phases(one))
        for name, one in meters.items()
        if one["model"] in _BY_HTTP
    )
    roof = (InverterSpec("solar", "solar", wire="to solar"),) if "solar_peak_w" in place else ()
    if "battery" in place:
        roof = (*roof, InverterSpec("battery", "battery", wire="to battery", role=Role.BATTERY))
    limits = tuple(
        LimitSpec(name, one.get("meter", name), **{key: value for key, value in one.items() if key != "meter"})
        for name, one in row.get("circuits", {}).items()
    )
    world = _world(row)
    return BuildingSettings(
        *("House", "Europe/Rome", world, (*grid, *others), roof, boards),
        supply_meters=p1,
        sources=sources,
        limits=limits,
    )


def settings(row: Mapping[str, Any], built: BuildingSettings, places: Mapping[str, Place]) -> Settings:
    """What an installer writes down for it."""
    written = parse(site_toml(built, places), str(row["title"]))
    raw = written.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    raw["site"] |= {key: row["site"][key] for key in _SHARED if key in row["site"]}
    for name, one in row["chargers"].items():
        raw["chargers"][name] |= {key: one[key] for key in (*_OF_CHARGERS, *_OF_PHASES) if key in one}
    return validate(raw, str(row["title"]))


def start(row: Mapping[str, Any]) -> datetime:
    """When the story begins."""
    return datetime.fromisoformat(row["start"]) if "start" in row else START


def _world(row: Mapping[str, Any]) -> WorldSettings:
    place, meters = row["site"], row.get("meters", {})
    house = place.get("house_w", {})
    switched = {load for event in row.get("events", ()) for load in event.get("switch", {})} - set(meters)
    peak_w = place.get("solar_peak_w")
    return WorldSettings(
        start=start(row),
        grid_type=place.get("grid_type", "3x400+N"),
        main_fuse_a=place.get("main_fuse_a"),
        contract_w=place.get("contract_power_w"),
        solar=None if peak_w is None else SolarSettings(float(peak_w), float(peak_w)),
        battery=BatterySettings(**place["battery"]) if "battery" in place else None,
        circuits=tuple(CircuitSettings(name, _phases(one)) for name, one in meters.items()),
        loads=(
            LoadSettings("house", {phase: float(house.get(phase, 0.0)) for phase in PHASES}),
            *(LoadSettings(name, {}, pattern=False) for name in sorted(switched)),
            *(LoadSettings(name, _watts(one), circuit=name) for name, one in meters.items()),
        ),
        chargers=tuple(
            ChargerSettings(
                name,
                phases=tuple(one.get("phases", PHASES)),
                rated_current_a=float(one.get("rated_current_a", 32.0)),
                cable_rating_a=one.get("cable_rating_a"),
                car=CarSettings(**one.get("car", {})),
                plugged=one.get("plugged", True),
                switches_phases=one.get("switches_phases", False),
                parent=row.get("circuits", {}).get(one.get("circuit"), {}).get("meter", GRID),
            )
            for name, one in row["chargers"].items()
        ),
        counters_j={name: (round(one.get("shows_kwh", 0.0) * JOULES_PER_KWH), 0) for name, one in meters.items()},
    )


def _phases(meter: Mapping[str, Any]) -> tuple[Phase, ...]:
    return tuple(meter.get("phases", PHASES))


def _watts(meter: Mapping[str, Any]) -> dict[Phase, float]:
    phases = _phases(meter)
    return {phase: float(meter.get("power_w", 0.0)) / len(phases) for phase in phases}


def _board(name: str, charger: Mapping[str, Any]) -> BoardSpec:
    own = {key: charger[key] for key in ("fallback_current_a", "driver") if key in charger}
    return BoardSpec(name, f"to {name}", max_current_a=float(charger.get("max_current_a", 16.0)), **own)


def _refuse_unknown(row: Mapping[str, Any]) -> None:
    unknown = set(row) - _KNOWN
    for name, meter in row.get("meters", {}).items():
        unknown |= {f"meters.{name}.{key}" for key in set(meter) - _METER_KEYS}
    if unknown:
        raise ValueError(f"{row.get('title')}: unknown {', '.join(sorted(unknown))}")
