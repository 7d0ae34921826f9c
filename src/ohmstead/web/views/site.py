"""The site as it was set up, what can be asked of a charger, and how the house is."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import Field
from pydantic.config import JsonDict

from ohmstead.core.model.events import AccessRole
from ohmstead.core.model.evse import CtInput
from ohmstead.core.model.modes import ChargingMode
from ohmstead.core.model.quantities import GridType, Phase, Role
from ohmstead.web.views.base import ReasonView, View, shaped
from ohmstead.web.views.modes import SurplusBody

DEVICE_EXAMPLE: JsonDict = {
    "id": "oven",
    "name": "Oven",
    "role": "load",
    "driver": "modbus",
    "model": "eastron-sdm120",
    "phases": ["L2"],
    "charger": None,
    "input": None,
}
SITE_CHARGER_EXAMPLE: JsonDict = {
    "id": "garage",
    "name": "Garage",
    "phases": ["L1", "L2", "L3"],
    "installation_limit_a": 16.0,
    "minimum_current_a": 6.0,
    "fallback_current_a": 0.0,
    "card_reader": True,
    "priority": 2,
    "circuit": None,
    "modes": ["fast", "green", "programmed", "ocpp"],
    "unavailable": {"ocpp": {"key": "command.no_central_system", "params": {}}},
    "vehicle_meter": "garage-meter",
}


class DeviceView(View):
    """A measuring device as it was set up."""

    model_config = shaped(DEVICE_EXAMPLE)

    id: str
    name: str
    role: Role
    driver: str = Field(description="How it is reached and read: modbus, p1, sunspec, …")
    model: str | None = Field(description="The table of its registers; null for a driver that needs none")
    phases: tuple[Phase, ...] | None = Field(description="Site phases behind its terminals; null when not told")
    charger: str | None = Field(description="The charger whose board it is an input of; null for a device of its own")
    input: CtInput | None = Field(description="Which input of that board; a remote can be paired")


class SiteChargerView(View):
    """A charger as it was set up."""

    model_config = shaped(SITE_CHARGER_EXAMPLE)

    id: str
    name: str
    phases: tuple[Phase, ...]
    installation_limit_a: float
    minimum_current_a: float
    fallback_current_a: float = Field(description="What it may take while the grid meter is lost")
    card_reader: bool = Field(description="Whether cards can be read there")
    priority: int = Field(description="As the installer set it: 4 goes first, 0 last")
    circuit: str | None = Field(description="The circuit it hangs on; null: the supply itself")
    modes: tuple[ChargingMode, ...]
    unavailable: Mapping[ChargingMode, ReasonView] = Field(description="Modes that set_mode refuses now, and why")
    vehicle_meter: str | None = Field(description="The device that accounts its energy; null: its own measurement")


class CallerView(View):
    """Who is asking."""

    model_config = shaped({"name": "owner", "role": "owner", "signed_in": True})

    name: str
    role: AccessRole
    signed_in: bool = Field(description="False on the machine itself, where nobody signs in")


class SiteView(View):
    """The location, its supply, devices and chargers, and who is asking."""

    model_config = shaped(
        {
            "id": "via-roma-12",
            "name": "Via Roma 12",
            "timezone": "Europe/Rome",
            "now": "2026-06-21T10:15:03Z",
            "grid_type": "3x400+N",
            "main_fuse_a": 25.0,
            "contract_power_w": 10000.0,
            "unbalance_limit_a": None,
            "demand_limit_w": None,
            "power_sharing": True,
            "turn_min": 5,
            "surplus": {"minimum_export_w": 0.0, "order": "battery_first"},
            "devices": [DEVICE_EXAMPLE],
            "chargers": [SITE_CHARGER_EXAMPLE],
            "languages": ["en", "it"],
            "version": "0.1.0",
            "bench": False,
            "caller": {"name": "owner", "role": "owner", "signed_in": True},
        }
    )

    id: str
    name: str
    timezone: str = Field(description="IANA zone; days and months are those of this zone")
    now: datetime = Field(description="The site's clock")
    grid_type: GridType
    main_fuse_a: float | None = Field(description="Per phase; null when not told, then no per-phase limit is kept")
    contract_power_w: float | None
    unbalance_limit_a: float | None = Field(description="By how much one phase may carry more than another")
    demand_limit_w: float | None = Field(description="Mean of the imported power over any quarter of an hour")
    power_sharing: bool = Field(description="Equally; otherwise first come, first served")
    turn_min: int = Field(description="Minutes of a turn where not all can have 6 A")
    surplus: SurplusBody
    devices: tuple[DeviceView, ...]
    chargers: tuple[SiteChargerView, ...]
    languages: tuple[str, ...]
    version: str
    bench: bool = Field(description="Whether there is a test bench: the building is simulated")
    caller: CallerView


class MeterModelView(View):
    """A meter model that the house knows."""

    model_config = shaped({"id": "eastron-sdm630", "name": "Eastron SDM630", "phases": 3})

    id: str
    name: str
    phases: int


class MeterModelsView(View):
    """All of them, by id."""

    model_config = shaped({"models": [{"id": "eastron-sdm630", "name": "Eastron SDM630", "phases": 3}]})

    models: tuple[MeterModelView, ...]


class HealthPartView(View):
    """One part that can fail by itself."""

    model_config = shaped({"name": "store", "ok": True, "essential": True, "reason": None})

    name: str
    ok: bool
    essential: bool = Field(description="Whether its failure makes the whole answer 503")
    reason: ReasonView | None


class HealthView(View):
    """Whether the site lives. 200 when every essential part is well, otherwise 503 with the same shape."""

    model_config = shaped(
        {
            "ok": True,
            "uptime_s": 86400.0,
            "tick_s": 0.004,
            "parts": [{"name": "store", "ok": True, "essential": True, "reason": None}],
        }
    )

    ok: bool
    uptime_s: float
    tick_s: float | None = Field(description="Duration of the last control tick")
    parts: tuple[HealthPartView, ...] = Field(description="Empty for who has not signed in")


class MistakeView(View):
    """One thing wrong with a request."""

    model_config = shaped(
        {"where": "query.span", "came": "'2min'", "allowed": "'1s', '5min', '1h' or '1d'", "hint": ""}
    )

    where: str
    came: str
    allowed: str
    hint: str = Field(default="", description="What to do, where there is more to say")


class ErrorView(View):
    """What went wrong, as data and in words of the language that was asked for."""

    model_config = shaped(
        {
            "key": "web.not_found",
            "params": {"path": "/api/v1/nothing"},
            "text": "There is nothing here.",
            "mistakes": [],
        }
    )

    key: str
    params: Mapping[str, str | int | float]
    text: str = Field(description="Worded in the best language of Accept-Language")
    mistakes: tuple[MistakeView, ...] = Field(description="For a request that could not be understood (422)")


class Problem(View):
    """The one shape of every error."""

    model_config = shaped(
        {
            "error": {
                "key": "command.above_installation",
                "params": {"installation_limit_a": 16.0},
                "text": "The wiring of this charger allows 16.0 A.",
                "mistakes": [],
            }
        }
    )

    error: ErrorView
