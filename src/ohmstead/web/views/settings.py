"""The settings of a charger, each with what it may be and who may change it."""

from typing import Annotated

from pydantic import Field, StrictBool
from pydantic.config import JsonDict

from ohmstead.core.model.events import AccessRole
from ohmstead.core.model.parameters import Group, Kind, Unit
from ohmstead.web.views.base import WHOLE, ReasonView, View, shaped

SETTING_EXAMPLE: JsonDict = {
    "key": "green_percent",
    "group": "green",
    "kind": "number",
    "value": 75,
    "factory": 75,
    "unit": "%",
    "least": 5,
    "most": 100,
    "step": 5,
    "choices": [],
    "optional": False,
    "of_site": False,
    "role": "user",
    "locked": None,
}
METER_EXAMPLE: JsonDict = {"model": "eastron-sdm120", "connect": "tcp://192.168.1.40:502", "unit": 1}


class ChoiceView(View):
    """One of the values that a choice knows."""

    model_config = shaped({"value": "green", "unavailable": None})

    value: str
    unavailable: ReasonView | None = Field(description="Why it is refused now, if it is")


class SettingView(View):
    """One setting: what holds, what it may be, how it was delivered, and who may change it."""

    model_config = shaped(SETTING_EXAMPLE)

    key: str
    group: Group
    kind: Kind = Field(description="meter: one of /api/v1/meters")
    value: bool | float | str | None
    factory: bool | float | str | None = Field(description="As delivered; null where the installer tells it")
    unit: Unit | None
    least: float | None = Field(description="Of a number, as is most")
    most: float | None
    step: float | None = Field(description="What a control goes by; values between are taken too where a unit allows")
    choices: tuple[ChoiceView, ...]
    optional: bool = Field(description="Whether null is a value")
    of_site: bool = Field(description="Whether it is one for all chargers")
    role: AccessRole = Field(description="The least role that may change it")
    locked: ReasonView | None = Field(description="Why nobody can change it now, if so")


class VehicleMeterView(View):
    """The meter that accounts what a charger delivers, and where it answers."""

    model_config = shaped(METER_EXAMPLE)

    model: str | None = Field(description="A model of /api/v1/meters; null for one of another kind")
    connect: str
    unit: int


class ChargerSettingsView(View):
    """All of them, in the order in which people read them."""

    model_config = shaped({"settings": [SETTING_EXAMPLE], "vehicle_meter": METER_EXAMPLE})

    settings: tuple[SettingView, ...]
    vehicle_meter: VehicleMeterView | None = Field(description="Null: the charger's own measurement")


class SettingBody(View):
    """The value that is to hold from now on."""

    model_config = shaped({"value": 80}, {"value": "hybrid"}, {"value": None})

    value: (
        StrictBool
        | Annotated[float, Field(strict=True, allow_inf_nan=False)]
        | Annotated[str, Field(strict=True, max_length=200)]
        | None
    ) = Field(union_mode="left_to_right")


class VehicleMeterBody(View):
    """The meter that is to account what the charger delivers; it is read first."""

    model_config = shaped(METER_EXAMPLE)

    model: str = Field(min_length=1, max_length=80, description="A model of /api/v1/meters")
    connect: str = Field(min_length=1, max_length=200, description="tcp://HOST:PORT, tcp+rtu://… or serial:///dev/…")
    unit: Annotated[int, WHOLE] = Field(default=1, ge=1, le=247)
