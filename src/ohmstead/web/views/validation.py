"""The validation of an installation by multimeter: what to measure next, what was measured, and the report."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field
from pydantic.config import JsonDict

from ohmstead.core.model.quantities import GridType, Phase
from ohmstead.core.model.validation import PointState, Stage, Step, Verdict
from ohmstead.web.views.base import Ident, View, shaped

READING_EXAMPLE: JsonDict = {
    "target": "grid",
    "phase": "L1",
    "against": "L2",
    "voltage_v": 0.3,
    "verdict": "same",
    "author": "ines",
    "at": "2026-06-21T10:15:03Z",
    "counts": True,
}
POINT_EXAMPLE: JsonDict = {
    "target": "grid",
    "name": "Grid",
    "step": "grid",
    "phase": "L1",
    "state": "wrong",
    "found": "L2",
    "against": "L2",
    "last": READING_EXAMPLE,
}
NEXT_EXAMPLE: JsonDict = {
    "target": "grid",
    "name": "Grid",
    "step": "grid",
    "phase": "L2",
    "state": "open",
    "found": None,
    "against": "L1",
    "last": None,
}
VALIDATION_EXAMPLE: JsonDict = {
    "validated": False,
    "validated_at": None,
    "validated_by": None,
    "outdated": False,
    "stage": "grid",
    "next": NEXT_EXAMPLE,
    "swaps": [],
    "points": [POINT_EXAMPLE, NEXT_EXAMPLE],
    "readings": [READING_EXAMPLE],
    "phases": ["L1", "L2", "L3"],
    "line_voltage_v": 400.0,
}


class VoltageReadingView(View):
    """One reading of the multimeter."""

    model_config = shaped(READING_EXAMPLE)

    target: str = Field(description="The device whose wire was measured")
    phase: Phase
    against: Phase = Field(description="The Power Box's terminal for the supply, else the grid measurement's phase")
    voltage_v: float
    verdict: Verdict
    author: str
    at: datetime
    counts: bool = Field(description="False since the wires were swapped or all began anew")


class ValidationPointView(View):
    """One wire to be validated."""

    model_config = shaped(POINT_EXAMPLE, NEXT_EXAMPLE)

    target: str
    name: str
    step: Step
    phase: Phase
    state: PointState = Field(description="correct, wrong (found on another phase), repeat, or open")
    found: Phase | None = Field(description="Against what it gave 0 V")
    against: Phase = Field(description="Against what to measure it next")
    last: VoltageReadingView | None


class ValidationView(View):
    """How far the validation is."""

    model_config = shaped(VALIDATION_EXAMPLE)

    validated: bool = Field(description="All steps were done after the last change of the configuration")
    validated_at: datetime | None
    validated_by: str | None
    outdated: bool = Field(description="The configuration changed after something was measured")
    stage: Stage
    next: ValidationPointView | None = Field(description="What to measure; null when wires or settings come first")
    swaps: tuple[tuple[Phase, Phase], ...] = Field(description="Terminals whose wires change places, in this order")
    points: tuple[ValidationPointView, ...]
    readings: tuple[VoltageReadingView, ...] = Field(description="Every reading, oldest first")
    phases: tuple[Phase, ...] = Field(description="The live conductors of the supply")
    line_voltage_v: float = Field(description="Between two phases; on a single-phase supply to neutral")


class VoltageReadingBody(View):
    """What the multimeter shows."""

    model_config = shaped({"target": "grid", "phase": "L1", "against": "L2", "voltage_v": 0.3})

    target: Ident
    phase: Phase
    against: Phase
    voltage_v: Annotated[float, Field(strict=True, allow_inf_nan=False)]


class MeasureAgainBody(View):
    """What is to be measured again."""

    model_config = shaped({"what": "grid"})

    what: Literal["grid", "everything"] = Field(description="grid after its wires were swapped")


class FiledReportView(View):
    """A report that is kept, of a validation that was done."""

    model_config = shaped(
        {"id": "20260621T104000Z", "made_at": "2026-06-21T10:40:00Z", "author": "ines", "current": True}
    )

    id: str
    made_at: datetime
    author: str
    current: bool = Field(description="False since the configuration changed, or all was measured anew")


class ValidationReportView(View):
    """The report, to be kept with the papers of the installation."""

    model_config = shaped(
        {
            "site": "Via Roma 12",
            "timezone": "Europe/Rome",
            "grid_type": "3x400+N",
            "configuration": "5f1d0c6e2b9a4477",
            "version": "0.1.0",
            "made_at": "2026-06-21T10:40:00Z",
            "validation": VALIDATION_EXAMPLE,
        }
    )

    site: str
    timezone: str
    grid_type: GridType
    configuration: str = Field(description="A digest of the configuration that was validated")
    version: str
    made_at: datetime
    validation: ValidationView
