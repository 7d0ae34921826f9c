"""The circuits of a site as the API tells them."""

from collections.abc import Mapping

from pydantic import Field
from pydantic.config import JsonDict

from ohmstead.core.model.quantities import Phase, Quality
from ohmstead.web.views.base import View, shaped

CIRCUIT_EXAMPLE: JsonDict = {
    "name": None,
    "parent": None,
    "limit_a": 25.0,
    "limit_w": 10000.0,
    "meter": "grid",
    "quality": "good",
    "power_w": 3270.0,
    "phases": {"L1": {"current_a": 14.2, "chargers_a": 10.0}},
    "chargers": {"garage": {"L1": 10.0}},
}


class CircuitPhaseView(View):
    """One phase of a circuit."""

    model_config = shaped({"current_a": 14.2, "chargers_a": 10.0})

    current_a: float | None = Field(description="All that flows; without a meter the reserve and its chargers")
    chargers_a: float = Field(description="What its chargers take of it")


class CircuitView(View):
    """The supply or a circuit below it: its limits, its load per phase, and who takes it."""

    model_config = shaped(CIRCUIT_EXAMPLE)

    name: str | None = Field(description="What people read; null for the supply")
    parent: str | None = Field(description="What feeds it; null for the supply")
    limit_a: float | None
    limit_w: float | None
    meter: str | None = Field(description="The device that measures it; null where none does")
    quality: Quality | None = Field(description="Of its meter; null where none measures it")
    power_w: float | None
    phases: Mapping[Phase, CircuitPhaseView]
    chargers: Mapping[str, Mapping[Phase, float]] = Field(description="By charger what it takes per phase, in ampere")
