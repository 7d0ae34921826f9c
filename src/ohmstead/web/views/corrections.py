"""Corrections of what was recorded: as asked for, and as made."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field
from pydantic.config import JsonDict

from ohmstead.core.model.corrections import CorrectionKind
from ohmstead.core.model.series import Span
from ohmstead.web.views.base import View, shaped

MOST_J = 10**13
MOST_W = 10**9
GIVEN_EXAMPLE: JsonDict = {"start": "2026-06-21T12:00:00+02:00", "energy_import_j": 180_000, "energy_export_j": 0}
MADE_EXAMPLE: JsonDict = {
    "id": "4be1c0de2f7a",
    "at": "2026-06-21T10:20:00Z",
    "author": "ines",
    "channel": "oven",
    "kind": "replace",
    "span": "5min",
    "start": "2026-06-21T10:00:00Z",
    "end": "2026-06-21T10:05:00Z",
    "note": "meter was exchanged",
    "factor": None,
    "intervals": 1,
    "import_before_j": 90_000,
    "import_after_j": 180_000,
    "export_before_j": 0,
    "export_after_j": 0,
}

Channel = Annotated[str, Field(min_length=1, max_length=80, description="A device or charger")]
CorrectionSpan = Annotated[Literal["5min", "1h", "1d"], Field(description="Where finer ones are recorded, those")]
Note = Annotated[str, Field(max_length=500, description="Why, for who reads it later")]


class GivenIntervalBody(View):
    """What happened in one interval. What is left out stays as it was; a mean power follows from energies."""

    model_config = shaped(GIVEN_EXAMPLE)

    start: AwareDatetime = Field(description="ISO 8601 with zone")
    energy_import_j: int | None = Field(default=None, ge=0, le=MOST_J)
    energy_export_j: int | None = Field(default=None, ge=0, le=MOST_J)
    power_mean_w: float | None = Field(default=None, ge=-MOST_W, le=MOST_W, allow_inf_nan=False)


class GivenCorrectionBody(View):
    """Values from elsewhere: `late` fills only intervals that are not recorded, `replace` changes those that are."""

    model_config = shaped({"kind": "replace", "channel": "oven", "span": "5min", "intervals": [GIVEN_EXAMPLE]})

    kind: Literal["late", "replace"]
    channel: Channel
    span: CorrectionSpan = "5min"
    note: Note = ""
    intervals: tuple[GivenIntervalBody, ...] = Field(
        min_length=1, max_length=288, description="A day of 5 minutes at most"
    )


class StretchCorrectionBody(View):
    """A stretch of what is recorded: `remove` lets nothing be known of it, `scale` multiplies it.

    A transformer that was the wrong way round is a factor of -1; one set to half its rating, 2.
    """

    model_config = shaped(
        {
            "kind": "scale",
            "channel": "oven",
            "span": "5min",
            "from": "2026-06-01T00:00:00+02:00",
            "to": "2026-06-21T00:00:00+02:00",
            "factor": -1.0,
        }
    )

    kind: Literal["remove", "scale"]
    channel: Channel
    span: CorrectionSpan = "5min"
    note: Note = ""
    start: AwareDatetime = Field(alias="from", description="ISO 8601 with zone, where an interval begins")
    end: AwareDatetime = Field(alias="to", description="Not included")
    factor: float | None = Field(default=None, ge=-1000, le=1000, description="For `scale`, not 0")


class CorrectionView(View):
    """A correction that was made, by whom, and the energies of the intervals that changed."""

    model_config = shaped(MADE_EXAMPLE)

    id: str
    at: datetime
    author: str
    channel: str
    kind: CorrectionKind
    span: Span
    start: datetime
    end: datetime = Field(description="Not included")
    note: str
    factor: float | None
    intervals: int = Field(description="How many changed")
    import_before_j: int
    import_after_j: int
    export_before_j: int
    export_after_j: int


class CorrectionsView(View):
    """All corrections, newest first."""

    model_config = shaped({"corrections": [MADE_EXAMPLE]})

    corrections: tuple[CorrectionView, ...]
