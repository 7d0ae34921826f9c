"""The live picture: the snapshot (frozen in ``docs/api.md``) and the changes that follow it on the socket.

Missing is ``null`` with a quality, never 0. Units end the names; energies are whole joules.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import Field
from pydantic.config import JsonDict
from pydantic.json_schema import SkipJsonSchema

from ohmstead.core.model.details import Place, Quantity
from ohmstead.core.model.quantities import Phase, Quality, Role
from ohmstead.core.model.readings import UtilityKind
from ohmstead.web.views.base import ReasonView, View, shaped
from ohmstead.web.views.chargers import CHARGER_EXAMPLE, PHASE_EXAMPLE, ChargerView, PhaseView
from ohmstead.web.views.circuits import CIRCUIT_EXAMPLE, CircuitView

UTILITY_EXAMPLE: JsonDict = {"kind": "gas", "volume_m3": 981.443, "series": "grid.gas"}
SUPPLY_EXAMPLE: JsonDict = {
    "demand_w": 1850.0,
    "demand_peak_w": 3695.0,
    "utilities": [UTILITY_EXAMPLE],
}
DETAILS_EXAMPLE: JsonDict = {
    "apparent_power_va": {"total": 408.2, "L1": 618.0},
    "voltage_v": {"L1-L2": 400.3},
    "current_a": {"N": 0.4},
    "thd_current_percent": {"L1": 7.5},
}
BATTERY_EXAMPLE: JsonDict = {
    "charge_percent": 63.0,
    "health_percent": 97.5,
    "capacity_j": 36_000_000,
    "available_j": 22_680_000,
}
CHANNEL_EXAMPLE: JsonDict = {
    "name": "Grid",
    "role": "grid",
    "quality": "good",
    "age_s": 0.2,
    "power_w": 400.0,
    "reactive_power_var": 85.0,
    "power_factor": 0.98,
    "frequency_hz": 50.01,
    "energy_import_j": 18_000_000_000,
    "energy_export_j": 5_400_000_000,
    "phases": {"L1": PHASE_EXAMPLE},
    "supply": SUPPLY_EXAMPLE,
    "details": DETAILS_EXAMPLE,
    "battery": None,
    "problem": None,
    "notes": [],
}
LOST_EXAMPLE: JsonDict = {
    "name": "Oven",
    "role": "load",
    "quality": "stale",
    "age_s": 14.8,
    "power_w": None,
    "reactive_power_var": None,
    "power_factor": None,
    "frequency_hz": None,
    "energy_import_j": 61_200_000,
    "energy_export_j": None,
    "phases": {},
    "supply": None,
    "details": {},
    "battery": None,
    "problem": {"key": "device.lost", "params": {"device": "Oven"}},
    "notes": [],
}
FLOWS_EXAMPLE: JsonDict = {
    "grid_w": 400.0,
    "production_w": 4200.0,
    "battery_w": -1000.0,
    "consumption_w": 3600.0,
    "unmeasured_w": 110.0,
    "measured_w": 3490.0,
}
ATTENTION_EXAMPLE: JsonDict = {
    "code": "device.lost",
    "owner": "oven",
    "severity": "warning",
    "reason": {"key": "device.lost", "params": {"device": "Oven"}},
}


class UtilityView(View):
    """A gas or water meter behind the supply's."""

    model_config = shaped(UTILITY_EXAMPLE)

    kind: UtilityKind
    volume_m3: float = Field(description="As that meter shows it")
    series: str = Field(description="Where its history is kept, for /api/v1/series")


class SupplyView(View):
    """What only the supply's own meter counts."""

    model_config = shaped(SUPPLY_EXAMPLE)

    demand_w: float | None = Field(description="Mean import of the running quarter of an hour")
    demand_peak_w: float | None = Field(description="The highest such mean of the month")
    utilities: tuple[UtilityView, ...]


class BatteryView(View):
    """What a battery holds."""

    model_config = shaped(BATTERY_EXAMPLE)

    charge_percent: float | None = Field(description="State of charge, of what can be used")
    health_percent: float | None = Field(description="What is left of the capacity it had when new")
    capacity_j: int | None
    available_j: int | None


class ChannelView(View):
    """One load, source or meter."""

    model_config = shaped(CHANNEL_EXAMPLE, LOST_EXAMPLE)

    name: str = Field(description="What people read")
    role: Role = Field(description="Which flow it belongs to")
    quality: Quality = Field(description="How far the values can be trusted")
    age_s: float | None = Field(
        description="Age of the reading at the frame's own `at`; an entry whose age alone moved is not sent again"
    )
    power_w: float | None
    reactive_power_var: float | None
    power_factor: float | None
    frequency_hz: float | None
    energy_import_j: int | None = Field(description="The site's own counter, it never goes backwards")
    energy_export_j: int | None = Field(description="The site's own counter, it never goes backwards")
    phases: Mapping[Phase, PhaseView]
    supply: SupplyView | None = Field(description="Null for a meter that counts none of it")
    details: Mapping[Quantity, Mapping[Place, float]] = Field(
        description="What only some meters tell, by quantity and place; read a few times a minute"
    )
    battery: BatteryView | None = Field(description="Null for what is no battery")
    problem: ReasonView | None = Field(description="Why values are missing")
    notes: tuple[ReasonView, ...] = Field(
        description="What was decided while reading, such as between sources that differ; no fault"
    )


class FlowsView(View):
    """Power of the site. Import, production, battery discharge and consumption are positive.

    All of one moment: grid + production + battery = consumption = measured + unmeasured.
    """

    model_config = shaped(FLOWS_EXAMPLE)

    grid_w: float | None
    production_w: float | None
    battery_w: float | None
    consumption_w: float | None
    unmeasured_w: float | None = Field(description="Consumption that no measured load explains")
    measured_w: float | None = Field(description="Consumption of the measured circuits and the chargers")


class AttentionView(View):
    """Something that holds now and a person should know."""

    model_config = shaped(ATTENTION_EXAMPLE)

    code: str
    owner: str = Field(description="The device or charger it concerns, or site")
    severity: Literal["info", "warning", "fault"]
    reason: ReasonView


class SnapshotView(View):
    """The whole site at one instant: the answer of /api/v1/snapshot and the first frame of /api/v1/live."""

    model_config = shaped(
        {
            "at": "2026-06-21T10:15:03Z",
            "site": "via-roma-12",
            "flows": FLOWS_EXAMPLE,
            "channels": {"grid": CHANNEL_EXAMPLE, "oven": LOST_EXAMPLE},
            "chargers": {"garage": CHARGER_EXAMPLE},
            "circuits": {"supply": CIRCUIT_EXAMPLE},
            "attention": [ATTENTION_EXAMPLE],
        }
    )

    at: datetime
    site: str = Field(description="The site's id")
    flows: FlowsView
    channels: Mapping[str, ChannelView] = Field(description="By the key of the device in site.toml")
    chargers: Mapping[str, ChargerView] = Field(description="By the key of the charger in site.toml")
    circuits: Mapping[str, CircuitView] = Field(
        description="The supply, called supply, then the circuits of site.toml, each behind the one that feeds it"
    )
    attention: tuple[AttentionView, ...]


def _without_default(schema: JsonDict) -> None:
    schema.pop("default", None)


class LiveChange(View):
    """Every further frame of /api/v1/live. What did not change is absent; an entry that is there is whole."""

    model_config = shaped({"at": "2026-06-21T10:15:04Z", "channels": {"grid": CHANNEL_EXAMPLE}})

    at: datetime
    flows: FlowsView | SkipJsonSchema[None] = Field(default=None, json_schema_extra=_without_default)
    channels: Mapping[str, ChannelView] | SkipJsonSchema[None] = Field(
        default=None, json_schema_extra=_without_default, description="Only those that changed"
    )
    chargers: Mapping[str, ChargerView] | SkipJsonSchema[None] = Field(
        default=None, json_schema_extra=_without_default, description="Only those that changed"
    )
    circuits: Mapping[str, CircuitView] | SkipJsonSchema[None] = Field(
        default=None, json_schema_extra=_without_default, description="Only those that changed"
    )
    attention: tuple[AttentionView, ...] | SkipJsonSchema[None] = Field(
        default=None, json_schema_extra=_without_default, description="The whole list, when it changed"
    )
