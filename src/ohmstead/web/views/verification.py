"""The guided test of the grid meter: how far it is, and what the last one found."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import Field
from pydantic.config import JsonDict

from ohmstead.core.model.verification import Verdict
from ohmstead.web.views.base import ReasonView, View, shaped

STEP_EXAMPLE: JsonDict = {"charger_w": {"L1": -918.0}, "grid_w": {"L1": 3.0, "L2": -921.0, "L3": 0.0}}
REPORT_EXAMPLE: JsonDict = {
    "device": "grid",
    "author": "ines",
    "began": "2026-06-21T10:15:03Z",
    "ended": "2026-06-21T10:17:11Z",
    "verdict": "wrong_phase",
    "reason": {"key": "verification.wrong_phase", "params": {"phases": "L1", "moved_on": "L2"}},
    "hint": None,
    "phases": ["L1"],
    "moved_on": ["L2"],
    "steps": [STEP_EXAMPLE],
}


class MeasuredStepView(View):
    """One step of the charger, by phase, or under `sum` where the meter gives only that."""

    model_config = shaped(STEP_EXAMPLE)

    charger_w: Mapping[str, float] = Field(description="By how much the car's power changed")
    grid_w: Mapping[str, float] = Field(description="What the meter showed of it; without the phases it does not give")


class ReportView(View):
    """What a test found."""

    model_config = shaped(REPORT_EXAMPLE)

    device: str = Field(description="The grid meter that was tested")
    author: str
    began: datetime
    ended: datetime
    verdict: Verdict
    reason: ReasonView
    hint: ReasonView | None = Field(description="What this test could not see")
    phases: tuple[str, ...] = Field(description="The phases the verdict speaks of")
    moved_on: tuple[str, ...] = Field(description="The phases that moved in their place")
    steps: tuple[MeasuredStepView, ...]


class VerificationView(View):
    """The test of the grid meter on one charger."""

    model_config = shaped(
        {
            "charger": "garage",
            "running": True,
            "doing": {"key": "verification.doing.low", "params": {"limit_a": 6.0, "step": 2}},
            "report": None,
        },
        {"charger": "garage", "running": False, "doing": None, "report": REPORT_EXAMPLE},
    )

    charger: str
    running: bool
    doing: ReasonView | None = Field(description="What the test does now; null while none runs")
    report: ReportView | None = Field(description="The last one finished")
