"""A row's house: what stands in the row in, the simulated building and the site's own settings out."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ohmstead.core.model.quantities import JOULES_PER_KWH, PHASES, Phase, Role
from ohmstead.core.model.settings import Settings
from ohmstead.core.plant.settings import (
    GRID,
    CarSettings,
    ChargerSettings,
    CircuitSettings,
    LoadSettings,
    SolarSettings,
    WorldSettings,
)
from ohmstead.simulator.settings import BoardSpec, BuildingSettings, InverterSpec, MeterSpec, Place, SupplyMeterSpec
from ohmstead.simulator.site_file import site_toml
from ohmstead.site.configuration import parse

START = datetime(2026, 1, 10, 11, 0, tzinfo=UTC)
_KNOWN = {"title", "req", "also", "site", "chargers", "meters", "events", "expect"}
_METER_KEYS = {"model", "phases", "wire", "unit", "power_w", "shows_kwh"}


def building(row: Mapping[str, Any]) -> BuildingSettings:
    """What stands there: the grid meter, the circuits with their meters, the roof, the boards with their cars."""
    _refuse_unknown(row)
    place, meters = row["site"], row.get("meters", {})
    boards = tuple(_board(name, one) for name, one in row["chargers"].items())
    model = place.get("grid_meter", "eastron-sdm630")
    p1 = (SupplyMeterSpec(GRID, GRID, "to grid"),) if model == "p1" else ()
    grid = () if p1 else (MeterSpec(GRID, GRID, model, wire="to grid", role=Role.GRID),)
    others = tuple(
        MeterSpec(name, name, one["model"], one.get("wire", f"to {name}"), one.get("unit", 1), phases=_phases(one))
        for name, one in meters.items()
    )
    roof = (InverterSpec("solar", "solar", wire="to solar"),) if "solar_peak_w" in place else ()
    return BuildingSettings("House", "Europe/Rome", _world(row), (*grid, *others), roof, boards, supply_meters=p1)


def settings(row: Mapping[str, Any], built: BuildingSettings, places: Mapping[str, Place]) -> Settings:
    """What an installer writes down for it."""
    return parse(site_toml(built, places), str(row["title"]))


def _world(row: Mapping[str, Any]) -> WorldSettings:
    place, meters = row["site"], row.get("meters", {})
    house = place.get("house_w", {})
    switched = {load for event in row.get("events", ()) for load in event.get("switch", {})} - set(meters)
    peak_w = place.get("solar_peak_w")
    return WorldSettings(
        start=START,
        main_fuse_a=place.get("main_fuse_a"),
        contract_w=place.get("contract_power_w"),
        solar=None if peak_w is None else SolarSettings(float(peak_w), float(peak_w)),
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
    own = {key: charger[key] for key in ("mode", "fallback_current_a", "driver") if key in charger}
    return BoardSpec(name, f"to {name}", max_current_a=float(charger.get("max_current_a", 16.0)), **own)


def _refuse_unknown(row: Mapping[str, Any]) -> None:
    unknown = set(row) - _KNOWN
    for name, meter in row.get("meters", {}).items():
        unknown |= {f"meters.{name}.{key}" for key in set(meter) - _METER_KEYS}
    if unknown:
        raise ValueError(f"{row.get('title')}: unknown {', '.join(sorted(unknown))}")
