"""The load configuration: loads with their points, the measuring hardware, how far each box is, and live values."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from pydantic import Field
from pydantic.config import JsonDict

from ohmstead.core.model.loads import BoxKind, DeliveryState
from ohmstead.core.model.measuring import GatewayKind, ModuleKind, PartKind, TransformerKind
from ohmstead.core.model.quantities import GridType, Phase, Quality, Role
from ohmstead.web.views.base import WHOLE, Ident, ReasonView, View, shaped

POINT_EXAMPLE: JsonDict = {"number": 4, "phase": "L2", "reversed": False, "rating_a": 50.0}
LOAD_EXAMPLE: JsonDict = {"name": "Oven", "role": "load", "box": "main", "points": [POINT_EXAMPLE]}
BOX_EXAMPLE: JsonDict = {
    "connect": "tcp://192.168.1.40:502",
    "unit": 61,
    "gateway": "gateway",
    "parts": [{"kind": "hub", "cable_m": 0.4}],
}
CONFIGURATION_EXAMPLE: JsonDict = {
    "based_on": 3,
    "max_current_a": None,
    "loads": {"oven": LOAD_EXAMPLE},
    "gateways": {"gateway": {"kind": "genius"}},
    "boxes": {"main": BOX_EXAMPLE},
}
VERSION_EXAMPLE: JsonDict = {
    "number": 3,
    "digest": "5f1d0c6e2b9a4477",
    "author": "ines",
    "at": "2026-06-21T10:15:03Z",
}
DELIVERY_EXAMPLE: JsonDict = {
    "state": "applied",
    "at": "2026-06-21T10:15:03Z",
    "digest": "5f1d0c6e2b9a4477",
    "problem": None,
}
STATE_EXAMPLE: JsonDict = {
    "kind": "power-box",
    "points": 4,
    "blinks": True,
    "blinking": 4,
    "sockets": {"4": {"part": 1, "kind": "hub", "input": "D"}},
    "delivery": DELIVERY_EXAMPLE,
}
REFUSAL_EXAMPLE: JsonDict = {
    "reason": {"key": "rule.point_taken", "params": {"point": 4, "load": "Oven"}},
    "load": "fridge",
    "point": 4,
    "box": None,
}


_Number = Annotated[int, Field(ge=1, le=999), WHOLE]
_Unit = Annotated[int, Field(ge=1, le=247), WHOLE]
_Version = Annotated[int, Field(ge=1), WHOLE]
_Amperes = Annotated[float, Field(gt=0, le=10_000, allow_inf_nan=False, strict=True)]
_Metres = Annotated[float, Field(ge=0, le=10_000, allow_inf_nan=False, strict=True)]
_Title = Annotated[str, Field(min_length=1, max_length=80)]


class LoadPointView(View):
    """One measuring point of a load."""

    model_config = shaped(POINT_EXAMPLE)

    number: _Number = Field(description="In its box, from 1")
    phase: Phase | None = Field(default=None, description="null: as it was set in the box itself")
    reversed: Annotated[bool, Field(strict=True)] = False
    rating_a: _Amperes | None = None
    transformer: TransformerKind | None = None
    model: Annotated[str, Field(min_length=1, max_length=40)] | None = Field(
        default=None, description="As a Power Box names its types; one of models"
    )


class LoadView(View):
    """One flow that is measured."""

    model_config = shaped(LOAD_EXAMPLE)

    name: _Title
    role: Role
    box: Ident
    points: tuple[LoadPointView, ...] = Field(max_length=100)
    part_of: Annotated[str, Field(min_length=1, max_length=80)] | None = Field(
        default=None, description="The load it is a part of"
    )


class GatewayView(View):
    """What leads from boxes to the network."""

    model_config = shaped({"kind": "genius", "name": None, "serial": None})

    kind: GatewayKind
    name: _Title | None = None
    serial: Annotated[str, Field(min_length=1, max_length=40)] | None = None


class BusPartView(View):
    """A hub (4 points) or solid core (3 points) on bus A."""

    model_config = shaped({"kind": "hub", "cable_m": 0.4})

    kind: PartKind
    cable_m: _Metres | None = None


class BusModuleView(View):
    """An input or output module on bus B."""

    model_config = shaped({"kind": "input", "cable_m": 1.5})

    kind: ModuleKind
    cable_m: _Metres | None = None


class BoxView(View):
    """A Power Box or sampling front end, with what hangs on its buses in order."""

    model_config = shaped(BOX_EXAMPLE)

    connect: Annotated[str, Field(min_length=1, max_length=1000)]
    unit: _Unit = 1
    name: _Title | None = None
    gateway: Annotated[str, Field(min_length=1, max_length=80)] | None = None
    parts: tuple[BusPartView, ...] = Field(default=(), max_length=40)
    modules: tuple[BusModuleView, ...] = Field(default=(), max_length=40)
    gateway_cable_m: _Metres | None = None


class DeliveryView(View):
    """How far a box is with the configuration."""

    model_config = shaped(DELIVERY_EXAMPLE)

    state: DeliveryState
    at: datetime
    digest: str | None = Field(description="Of the part it took last")
    problem: ReasonView | None = Field(description="Why it failed; it is tried again by itself")


class SocketView(View):
    """Where a point is: the number of its part on bus A, and its input there."""

    model_config = shaped({"part": 1, "kind": "hub", "input": "D"})

    part: int
    kind: PartKind
    input: str


class BoxStateView(View):
    """What is known of a box besides its settings."""

    model_config = shaped(STATE_EXAMPLE)

    kind: BoxKind
    points: int = Field(description="How many it has")
    blinks: bool = Field(description="Its transformers can show themselves")
    blinking: int | None = Field(description="The point that does so now")
    sockets: Mapping[int, SocketView] = Field(description="By point, where its parts are known")
    delivery: DeliveryView | None


class RefusalView(View):
    """Why a configuration cannot be, and where."""

    model_config = shaped(REFUSAL_EXAMPLE)

    reason: ReasonView
    load: str | None
    point: int | None
    box: str | None = Field(description="A box or a gateway")


class LoadVersionView(View):
    """A state of the configuration."""

    model_config = shaped(VERSION_EXAMPLE)

    number: int
    digest: str
    author: str
    at: datetime


class LoadConfigurationBody(View):
    """What is to hold; ``based_on`` is the version it was made from."""

    model_config = shaped(CONFIGURATION_EXAMPLE)

    based_on: _Version
    max_current_a: Annotated[float, Field(ge=6, le=2000, allow_inf_nan=False, strict=True)] | None = Field(
        default=None, description="Of the installation per phase"
    )
    loads: dict[str, LoadView] = Field(max_length=200)
    gateways: dict[str, GatewayView] = Field(default_factory=dict, max_length=20)
    boxes: dict[str, BoxView] = Field(default_factory=dict, max_length=20)


class LoadConfigurationView(View):
    """What holds, and what one needs to know to change it."""

    model_config = shaped(
        {
            "version": VERSION_EXAMPLE,
            "grid_type": "3x400+N",
            "phases": ["L1", "L2", "L3"],
            "max_current_a": None,
            "proposed_max_current_a": 25.0,
            "loads": {"oven": LOAD_EXAMPLE},
            "gateways": {"gateway": {"kind": "genius"}},
            "boxes": {"main": BOX_EXAMPLE},
            "states": {"main": STATE_EXAMPLE},
            "warnings": [],
            "ratings_a": {"split-core": [50.0, 100.0, 200.0, 400.0]},
            "models": ["SCT02 50 A"],
        }
    )

    version: LoadVersionView
    grid_type: GridType
    phases: tuple[Phase, ...] = Field(description="That a point can have")
    max_current_a: float | None
    proposed_max_current_a: float | None = Field(description="The main breaker's, on a delta grid 60 % of it")
    loads: Mapping[str, LoadView]
    gateways: Mapping[str, GatewayView]
    boxes: Mapping[str, BoxView]
    states: Mapping[str, BoxStateView] = Field(description="By box")
    warnings: tuple[RefusalView, ...] = Field(description="What is near its end")
    ratings_a: Mapping[TransformerKind, tuple[float, ...]] = Field(description="That transformers are sold with")
    models: tuple[str, ...] = Field(description="Transformers as a Power Box names them")


class ExaminedView(View):
    """What a configuration would come to. Nothing is changed."""

    model_config = shaped({"refusals": [REFUSAL_EXAMPLE], "warnings": []})

    refusals: tuple[RefusalView, ...]
    warnings: tuple[RefusalView, ...]


class LivePointView(View):
    """One point at this moment; what its box does not tell is null."""

    model_config = shaped(
        {
            "box": "main",
            "load": "oven",
            "number": 4,
            "quality": "good",
            "phase": "L2",
            "power_w": 2010.4,
            "reactive_power_var": 31.0,
            "phase_voltage_v": 229.8,
            "line_voltage_v": 398.1,
            "current_a": 8.75,
            "power_factor": 1.0,
            "doubt": None,
        }
    )

    box: str
    load: str
    number: int
    quality: Quality
    phase: Phase | None
    power_w: float | None
    reactive_power_var: float | None
    phase_voltage_v: float | None
    line_voltage_v: float | None
    current_a: float | None
    power_factor: float | None
    doubt: ReasonView | None = Field(description="What speaks against its value")


class LivePointsView(View):
    """Every point at this moment."""

    model_config = shaped({"at": "2026-06-21T10:15:03Z", "points": []})

    at: datetime
    points: tuple[LivePointView, ...]


class IdentifyBody(View):
    """The point that is to blink; null ends it."""

    model_config = shaped({"box": "main", "point": 4}, {"box": "main", "point": None})

    box: Ident
    point: _Number | None


class RunningBody(View):
    """A load of which somebody sees whether it runs."""

    model_config = shaped({"load": "oven", "running": True})

    load: Ident
    running: bool = Field(strict=True)


class LoadVersionsView(View):
    """The states that were kept, newest first."""

    model_config = shaped({"versions": []})

    versions: tuple[LoadVersionView, ...]
