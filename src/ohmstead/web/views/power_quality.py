"""Power quality of one device: harmonics, phasors, waveforms, disturbances; and a proposal for its wiring."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field
from pydantic.config import JsonDict

from ohmstead.core.model.quantities import Phase
from ohmstead.core.model.sampled import MOST_POINTS, DisturbanceKind
from ohmstead.web.views.base import WHOLE, Ident, ReasonView, View, shaped

SIGNAL_EXAMPLE: JsonDict = {
    "name": "U1",
    "phase": None,
    "unit": "V",
    "rms": 230.2,
    "thd_percent": 2.1,
    "harmonics": [0.0, 230.1, 0.1, 4.8],
    "angle_deg": 0.0,
    "fundamental": 230.1,
    "waveform": [325.1, 324.8, 322.9],
}
DISTURBANCE_EXAMPLE: JsonDict = {
    "kind": "dip",
    "phases": ["L1", "L2"],
    "began": "2026-06-21T10:15:03.12Z",
    "duration_s": 0.12,
    "extreme_v": 171.3,
    "extreme_percent": 74.5,
    "over": True,
    "whole": True,
}
FLICKER_EXAMPLE: JsonDict = {
    "ended": "2026-06-21T10:10:00Z",
    "flagged": False,
    "pst": [0.41, 0.38, 0.52],
    "highest_pst": [0.83, 0.71, 1.06],
    "plt": [0.44, 0.4, None],
}
POINT_EXAMPLE: JsonDict = {
    "point": 4,
    "phase": "L2",
    "voltage_v": 230.2,
    "current_a": 8.7,
    "power_w": 2000.0,
    "reactive_power_var": 12.0,
    "apparent_power_va": 2003.0,
    "non_active_power_va": 110.0,
    "power_factor": 0.998,
    "displacement_factor": 1.0,
    "thd_current_percent": 5.5,
    "clipped": False,
    "too_large": False,
    "direct": False,
    "open": False,
}
CONFIRMED_EXAMPLE: JsonDict = {"device": "oven", "point": 4, "phase": "L2", "reversed": False, "rating": 1.0}
PROPOSED_EXAMPLE: JsonDict = {
    "device": "oven",
    "point": 4,
    "phase": "L2",
    "reversed": False,
    "rating": 1.0,
    "sure": True,
    "reason": {"key": "detection.straight", "params": {"phase": "L2", "factor": 1.0, "margin": 41.2}},
    "configured_phase": "L1",
    "configured_reversed": False,
}


class SignalView(View):
    """One voltage or current over ten or twelve cycles."""

    model_config = shaped(SIGNAL_EXAMPLE)

    name: str = Field(description="`U1` to `U3`, or the number of the point")
    phase: Phase | None = Field(description="The code of a point; null for a voltage")
    unit: Literal["V", "A"]
    rms: float
    thd_percent: float | None = Field(description="Harmonics 2 to 40 against the fundamental; null where nothing flows")
    harmonics: tuple[float, ...] = Field(description="RMS of the subgroups 0 to 40 (IEC 61000-4-7)")
    angle_deg: float | None = Field(description="Of the fundamental against the first voltage; null where it is none")
    fundamental: float
    waveform: tuple[float, ...] = Field(description="About three cycles, `step_s` apart, all signals together")


class DisturbanceView(View):
    """A dip, swell or interruption of the supply (IEC 61000-4-30)."""

    model_config = shaped(DISTURBANCE_EXAMPLE)

    kind: DisturbanceKind
    phases: tuple[Phase, ...] = Field(description="Those that left the band")
    began: datetime = Field(description="By the front end's clock, or by the site's where that is not set")
    duration_s: float = Field(description="So far, where it is not over")
    extreme_v: float = Field(description="The residual voltage of a dip, the highest of a swell; RMS over one cycle")
    extreme_percent: float = Field(description="Of nominal")
    over: bool
    whole: bool = Field(description="False where samples went missing before it was over: it lasted longer")


class FlickerView(View):
    """Flicker of each voltage (IEC 61000-4-15); null where too little was seen."""

    model_config = shaped(FLICKER_EXAMPLE)

    ended: datetime = Field(description="When these ten minutes ended")
    flagged: bool = Field(description="A dip, swell or interruption fell into them, which counts as no flicker")
    pst: tuple[float | None, ...] = Field(description="Short-term severity of the last full ten minutes")
    highest_pst: tuple[float | None, ...] = Field(
        description="The highest of the last day since the site's start, flagged ones left out"
    )
    plt: tuple[float | None, ...] = Field(description="Long-term severity over two hours; 1 is allowed (EN 50160)")


class PointView(View):
    """One measuring point over a second."""

    model_config = shaped(POINT_EXAMPLE)

    point: int
    phase: Phase
    voltage_v: float
    current_a: float
    power_w: float
    reactive_power_var: float = Field(description="Of the fundamental; positive where the current lags")
    apparent_power_va: float
    non_active_power_va: float = Field(description="All that is not active, distortion included (Fryze)")
    power_factor: float | None
    displacement_factor: float | None
    thd_current_percent: float | None
    clipped: bool
    too_large: bool = Field(description="The current is beyond the range of the transformer (110 % for 10 s)")
    direct: bool = Field(description="A direct current beside it for 10 s, which no transformer passes")
    open: bool = Field(description="It shows nothing for 10 s while the other phases of a balanced load flow")


class PowerQualityView(View):
    """What an electrician would want to look at."""

    model_config = shaped(
        {
            "device": "oven",
            "at": "2026-06-21T10:15:03Z",
            "frequency_hz": 50.01,
            "nominal_hz": 50,
            "nominal_v": 230.0,
            "band_v": [207.0, 253.0],
            "line_voltages_v": [398.9, 399.4, 398.2],
            "unbalance_percent": 0.4,
            "zero_sequence_percent": 0.2,
            "clockwise": True,
            "step_s": 0.000375,
            "voltages": [SIGNAL_EXAMPLE],
            "currents": [],
            "points": [POINT_EXAMPLE],
            "supply": "grid",
            "disturbances": [DISTURBANCE_EXAMPLE],
            "flicker": FLICKER_EXAMPLE,
        }
    )

    device: str
    at: datetime
    frequency_hz: float | None
    nominal_hz: int
    nominal_v: float = Field(description="Of a terminal against the front end's reference")
    band_v: tuple[float, float] = Field(description="Where a voltage should be: 90 to 110 % of nominal (EN 50160)")
    line_voltages_v: tuple[float | None, ...] = Field(description="L1-L2, L2-L3, L3-L1")
    unbalance_percent: float | None = Field(description="Negative against positive sequence")
    zero_sequence_percent: float | None
    clockwise: bool | None = Field(description="Whether the phases follow in the order L1, L2, L3")
    step_s: float
    voltages: tuple[SignalView, ...]
    currents: tuple[SignalView, ...]
    points: tuple[PointView, ...]
    supply: str = Field(description="The device whose events and `flicker-1` to `flicker-3` series tell of the supply")
    disturbances: tuple[DisturbanceView, ...] = Field(description="Those that run, then the latest 100, last first")
    flicker: FlickerView | None = Field(description="Null until the first full ten minutes are over")


class ProposedPointView(View):
    """What the data say about one point. `rating` is 2 or 0.5 where another transformer seems to be fitted."""

    model_config = shaped(PROPOSED_EXAMPLE)

    device: str
    point: int
    phase: Phase | None
    reversed: bool
    rating: float
    sure: bool
    reason: ReasonView
    configured_phase: Phase | None = Field(description="As the settings have it now")
    configured_reversed: bool


class ProposalView(View):
    """Phases and directions as the data show them. Nothing is changed by it; a person confirms."""

    model_config = shaped(
        {
            "seconds": 600.0,
            "night_seconds": 0.0,
            "coverage": {"L1": 0.98},
            "residual_a": {"L1": 0.12},
            "mains": [PROPOSED_EXAMPLE],
            "points": [PROPOSED_EXAMPLE],
        }
    )

    seconds: float = Field(description="How long was observed")
    night_seconds: float = Field(description="How long the supply was seen in the dark, when no sun shines")
    coverage: Mapping[Phase, float] = Field(description="Which part of each conductor's changes the circuits explain")
    residual_a: Mapping[Phase, float] = Field(description="RMS of the changes that no circuit explains")
    mains: tuple[ProposedPointView, ...] = Field(description="The three points of the supply itself")
    points: tuple[ProposedPointView, ...]


class ConfirmedPointBody(View):
    """One point as a person confirms it; `rating` multiplies what its transformer is set up to show."""

    model_config = shaped(CONFIRMED_EXAMPLE)

    device: Ident
    point: Annotated[int, Field(ge=1, le=MOST_POINTS), WHOLE]
    phase: Phase
    reversed: Annotated[bool, Field(strict=True)]
    rating: Annotated[float, Field(strict=True, ge=0.5, le=2.0, allow_inf_nan=False)] = 1.0


class ConfirmWiringBody(View):
    """The points that shall be measured otherwise from now on."""

    model_config = shaped({"points": [CONFIRMED_EXAMPLE]})

    points: Annotated[tuple[ConfirmedPointBody, ...], Field(min_length=1, max_length=MOST_POINTS)]


class ConfirmedWiringView(View):
    """What was changed."""

    model_config = shaped({"devices": ["oven"]})

    devices: tuple[str, ...]
