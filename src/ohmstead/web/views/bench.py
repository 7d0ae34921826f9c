"""The test bench: what a person can do to the simulated building behind a site, and how it stands."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field
from pydantic.config import JsonDict

from ohmstead.web.views.base import Ident, View, shaped

CHARGER_EXAMPLE: JsonDict = {
    "plugged": True,
    "car": "three_phase",
    "flaws": ["broken_earth"],
    "possible": ["broken_earth", "hot"],
    "reader": True,
    "silent": False,
    "radio_silent": None,
    "meter_silent": None,
}


class BenchChargerView(View):
    """A charger of the simulated building."""

    model_config = shaped(CHARGER_EXAMPLE)

    plugged: bool
    car: str | None = Field(description="The kind that comes next or is there; null for one that the building named")
    flaws: tuple[str, ...]
    possible: tuple[str, ...] = Field(description="All that it, its cable or its car can have")
    reader: bool = Field(description="Whether cards can be shown to it")
    silent: bool = Field(description="Whether its board does not answer")
    radio_silent: bool | None = Field(description="Whether its remote transformers are not heard; null without")
    meter_silent: bool | None = Field(description="Whether its vehicle meter does not answer; null without")


class BenchView(View):
    """The building at this moment."""

    model_config = shaped(
        {"voltage_share": 1.0, "mains": True, "cars": ["three_phase"], "chargers": {"garage": CHARGER_EXAMPLE}}
    )

    voltage_share: float = Field(description="Of the nominal voltage, as the street delivers it")
    mains: bool = Field(description="Whether there is voltage behind the main breaker")
    cars: tuple[str, ...] = Field(description="Kinds of cars that can be brought")
    chargers: Mapping[str, BenchChargerView]


class PlugDeed(View):
    """Let a car of this kind come, and plug it in."""

    model_config = shaped({"deed": "plug", "charger": "garage", "car": "three_phase"})

    deed: Literal["plug"]
    charger: Ident
    car: Annotated[str, Field(max_length=40)]


class UnplugDeed(View):
    """Pull the plug, under load if need be."""

    model_config = shaped({"deed": "unplug", "charger": "garage"})

    deed: Literal["unplug"]
    charger: Ident


class TapDeed(View):
    """Hold a card to the reader for a moment."""

    model_config = shaped({"deed": "tap", "charger": "garage", "card": "04A1B2C3"})

    deed: Literal["tap"]
    charger: Ident
    card: Annotated[str, Field(pattern=r"^([0-9A-F]{8}|[0-9A-F]{14}|[0-9A-F]{20})$")]


class HurtDeed(View):
    """Let the charger, its wiring, its cable or its car have a flaw, beside those it has."""

    model_config = shaped({"deed": "hurt", "charger": "garage", "flaw": "broken_earth"})

    deed: Literal["hurt"]
    charger: Ident
    flaw: Annotated[str, Field(max_length=40)]


class HealDeed(View):
    """Take one flaw off, or all of them."""

    model_config = shaped({"deed": "heal", "charger": "garage", "flaw": None})

    deed: Literal["heal"]
    charger: Ident
    flaw: Annotated[str, Field(max_length=40)] | None = None


class SilenceDeed(View):
    """Cut something of a charger off from the site, or connect it again."""

    model_config = shaped({"deed": "silence", "charger": "garage", "what": "board", "silent": True})

    deed: Literal["silence"]
    charger: Ident
    what: Literal["board", "radio", "meter"] = Field(
        description="Its board, its remote transformers, or its vehicle meter"
    )
    silent: bool = Field(strict=True)


class VoltageDeed(View):
    """Let the street deliver this share of the nominal voltage."""

    model_config = shaped({"deed": "voltage", "share": 0.8})

    deed: Literal["voltage"]
    share: Annotated[float, Field(ge=0.5, le=1.3, strict=True, allow_inf_nan=False)]


class MainsDeed(View):
    """Let the street go dark, or lit again."""

    model_config = shaped({"deed": "mains", "on": False})

    deed: Literal["mains"]
    on: bool = Field(strict=True)


BenchDeed = Annotated[
    PlugDeed | UnplugDeed | TapDeed | HurtDeed | HealDeed | SilenceDeed | VoltageDeed | MainsDeed,
    Field(discriminator="deed"),
]
