"""The measuring hardware as an installer writes it: gateways, and boxes with what hangs on their two buses.

A box is what devices of the drivers ``power-box`` and ``samples`` are read from; it is known by its address. Bus A
leads from its port A through hubs and solid cores, bus B from port B through modules to the gateway (EM-160, EM-161).
"""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from ohmstead.core.model.sampled import MOST_POINTS

GatewayKind = Literal["genius", "connect", "wifi-connect", "4g-connect"]
PartKind = Literal["hub", "core"]
ModuleKind = Literal["input", "output"]
TransformerKind = Literal["split-core", "rogowski", "solid-core"]

POINTS_OF: dict[PartKind, int] = {"hub": 4, "core": 3}
"""Measuring points that a hub and a solid core count on the bus, used or not (EM-154, EM-155, G-090)."""
_TITLE = Field(default=None, min_length=1, max_length=80)
_Length = Annotated[float, Field(ge=0, le=10_000, allow_inf_nan=False)]


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _kinds(parts: Any) -> Any:
    if not isinstance(parts, list | tuple):
        return parts
    return [{"kind": each} if isinstance(each, str) else each for each in parts]


class GatewaySettings(_Settings):
    """What leads from the boxes to the network."""

    kind: GatewayKind
    name: str | None = _TITLE
    serial: str | None = Field(default=None, min_length=1, max_length=40)


class PartSettings(_Settings):
    """A hub or solid core on bus A; a bare word is its kind."""

    kind: PartKind
    cable_m: _Length | None = None
    """Of the cable that leads to it, from the box or from the part before it."""


class ModuleSettings(_Settings):
    """An input or output module on bus B; a bare word is its kind."""

    kind: ModuleKind
    cable_m: _Length | None = None


Parts = Annotated[tuple[PartSettings, ...], Field(max_length=40), BeforeValidator(_kinds)]
Modules = Annotated[tuple[ModuleSettings, ...], Field(max_length=40), BeforeValidator(_kinds)]


class BoxSettings(_Settings):
    """A Power Box or sampling front end with what hangs on it."""

    connect: str = Field(min_length=1, max_length=1000)
    """As its devices have it."""
    unit: int = Field(default=1, ge=1, le=247)
    name: str | None = _TITLE
    gateway: str | None = Field(default=None, min_length=1, max_length=80)
    parts: Parts = ()
    """Hubs and solid cores in their order from port A; with none its points are not checked against them."""
    modules: Modules = ()
    gateway_cable_m: _Length | None = None
    """Of the last cable of bus B."""

    @property
    def points(self) -> int:
        """How many measuring points its parts have; all that a box can have where none are named."""
        return sum(POINTS_OF[part.kind] for part in self.parts) if self.parts else MOST_POINTS


def sockets(parts: Sequence[PartSettings]) -> Iterator[tuple[int, str]]:
    """For each point from 1 on the number of its part from 1, and the letter of its input there."""
    for number, part in enumerate(parts, 1):
        for index in range(POINTS_OF[part.kind]):
            yield number, "ABCD"[index]
