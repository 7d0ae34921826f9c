"""The load configuration: which measuring points make up which load, on which phase and which way round (EM-238).

It is a part of the settings, seen by load instead of by device; ``ohmstead.core.commissioning.loads`` goes between the
two. Points count from 1 in their box.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from ohmstead.core.model.measuring import BoxSettings, GatewaySettings, TransformerKind
from ohmstead.core.model.quantities import Phase, Quality, Role
from ohmstead.core.model.reasons import Reason

BoxKind = Literal["power-box", "samples"]
DeliveryState = Literal["pending", "applied", "failed"]


@dataclass(frozen=True, slots=True)
class LoadPoint:
    """One measuring point of a load. Without ``phase`` it is as it was set in the box itself."""

    number: int
    phase: Phase | None = None
    reversed: bool = False
    rating_a: float | None = None
    transformer: TransformerKind | None = None
    model: str | None = None
    """The transformer as a Power Box names its types."""


@dataclass(frozen=True, slots=True)
class Load:
    """One flow that is measured: grid, production, battery or load (EM-243)."""

    name: str
    role: Role
    box: str
    points: tuple[LoadPoint, ...]
    part_of: str | None = None
    """The load that it is a part of."""


@dataclass(frozen=True, slots=True)
class LoadConfiguration:
    """All of it. ``max_current_a`` is the maximum current of the installation per phase (EM-242)."""

    loads: Mapping[str, Load] = field(default_factory=dict)
    gateways: Mapping[str, GatewaySettings] = field(default_factory=dict)
    boxes: Mapping[str, BoxSettings] = field(default_factory=dict)
    max_current_a: float | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a configuration cannot be: at which load and point, or of which box or gateway."""

    reason: Reason
    load: str | None = None
    point: int | None = None
    box: str | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """Which configuration holds, as it is kept with its author."""

    number: int
    digest: str
    author: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Delivery:
    """How far a box is with the configuration; ``digest`` is of what it took last."""

    state: DeliveryState
    at: datetime
    digest: str | None = None
    problem: Reason | None = None
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class BoxState:
    """A box, and its point that blinks."""

    delivery: Delivery
    blinking: int | None = None


@dataclass(frozen=True, slots=True)
class MeasuredPoint:
    """One point at this moment; what its box does not tell is ``None`` (EM-239)."""

    number: int
    phase: Phase | None = None
    phase_voltage_v: float | None = None
    line_voltage_v: float | None = None
    current_a: float | None = None
    power_w: float | None = None
    reactive_power_var: float | None = None
    power_factor: float | None = None
    doubt: Reason | None = None
    """What speaks against its value: beyond its range, open, a converter at its end."""


@dataclass(frozen=True, slots=True)
class LivePoint:
    """A measured point with the load and box it belongs to."""

    box: str
    load: str
    quality: Quality
    measured: MeasuredPoint
