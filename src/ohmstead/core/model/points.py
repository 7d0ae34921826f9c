"""Measuring points as an installer writes them, and what the grid allows of them (EM chapters 7 and 8).

A point is a transformer on one column of a sampling front end, counted from 1. Its code says which voltage drives its
current; on a delta grid that is a line voltage, and a three-phase load is measured by two transformers, on L1 and L2.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from ohmstead.core.model.errors import Mistake
from ohmstead.core.model.measuring import TransformerKind
from ohmstead.core.model.quantities import PHASES, GridType, Phase
from ohmstead.core.model.sampled import MOST_POINTS, PointWiring

MOST_AMPERES, LARGEST_LEAD_DEG = 10_000.0, 10.0
_CODES: Mapping[GridType, tuple[Phase, ...]] = {"1x230": PHASES[:1], "2x120/240": PHASES[:2]}
"""Where they are not all three."""


def _column(column: int) -> int:
    if not 1 <= column <= MOST_POINTS:
        raise ValueError(f"1 to {MOST_POINTS}: one front end has no more points; a second one takes those beyond")
    return column


def _rising(table: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    amperes = [current for current, _ in table]
    if amperes != sorted(set(amperes)) or any(current <= 0 for current in amperes):
        raise ValueError("[ampere, degrees] with rising amperes above 0, each once")
    if any(abs(degrees) > LARGEST_LEAD_DEG for _, degrees in table):
        raise ValueError(f"at most {LARGEST_LEAD_DEG:g} degrees; more is a transformer on another phase")
    return table


Rating = Annotated[float, Field(gt=0, le=MOST_AMPERES, allow_inf_nan=False)]
_Number = Annotated[float, Field(allow_inf_nan=False)]
PhaseError = Annotated[tuple[tuple[_Number, _Number], ...], Field(max_length=50), AfterValidator(_rising)]


class PointSettings(BaseModel):
    """One measuring point; a bare number is its column."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    column: Annotated[int, AfterValidator(_column)]
    phase: Phase | None = None
    """Its code; by default that of ``phases`` in the same place."""
    rating_a: Rating | None = None
    gain: float = Field(default=1.0, ge=0.1, le=10.0)
    """What it shows is multiplied by this."""
    phase_error: PhaseError = ()
    """By how many degrees it leads, at some currents."""
    reversed: bool = False
    ct: TransformerKind | None = None
    """What it is, for who looks for it."""


Slot = Annotated[int, Field(ge=1, le=MOST_POINTS)]


class SlotSettings(BaseModel):
    """One slot of a Power Box; a bare number is one that measures as the box itself was set up.

    With a phase, the site writes phase, direction and transformer into the box.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    slot: Slot
    phase: Phase | None = None
    reversed: bool = False
    ct: str | None = Field(default=None, min_length=1, max_length=40)
    """Its transformer, as the box names its types."""
    rating_a: Rating | None = None

    @model_validator(mode="after")
    def _of_a_phase(self) -> "SlotSettings":
        if self.phase is None and (self.reversed or self.ct is not None):
            raise ValueError("phase is needed beside reversed and ct: the three are written into the box together")
        return self

    @model_serializer(mode="wrap")
    def _as_written(self, whole: SerializerFunctionWrapHandler) -> Any:
        written = whole(self)
        return self.slot if self == SlotSettings(slot=self.slot) else written


def _bare_numbers(key: str) -> BeforeValidator:
    def named(points: Any) -> Any:
        if not isinstance(points, list | tuple):
            return points
        return [{key: each} if isinstance(each, int) and not isinstance(each, bool) else each for each in points]

    return BeforeValidator(named)


def _once(points: tuple[PointSettings, ...]) -> tuple[PointSettings, ...]:
    if len({point.column for point in points}) != len(points):
        raise ValueError("each column once")
    return points


def _slots_once(slots: tuple[SlotSettings, ...]) -> tuple[SlotSettings, ...]:
    if len({each.slot for each in slots}) != len(slots):
        raise ValueError("each slot once")
    return slots


Points = Annotated[
    tuple[PointSettings, ...],
    Field(min_length=1, max_length=MOST_POINTS),
    _bare_numbers("column"),
    AfterValidator(_once),
]
Slots = Annotated[
    tuple[SlotSettings, ...],
    Field(min_length=1, max_length=MOST_POINTS),
    _bare_numbers("slot"),
    AfterValidator(_slots_once),
]


def codes_of(grid_type: GridType) -> tuple[Phase, ...]:
    """The codes that a point may have: the live conductors of the grid, on a delta grid its line voltages."""
    return _CODES.get(grid_type, PHASES)


def wired(
    points: Sequence[PointSettings], phases: Sequence[Phase] | None, rating_a: float | None
) -> tuple[PointWiring, ...]:
    """What a worker needs to know of a circuit's points; ``phases`` and ``rating_a`` hold for those without."""
    codes = PHASES if phases is None else phases
    return tuple(
        PointWiring(
            point.column - 1,
            point.phase or codes[place],
            point.rating_a or rating_a,
            point.gain,
            point.phase_error,
            point.reversed,
        )
        for place, point in enumerate(points)
    )


def unmeasurable(
    where: str, points: Sequence[PointSettings], phases: Sequence[Phase] | None, grid_type: GridType
) -> Iterator[Mistake]:
    """Why the points of one circuit cannot be measured on this grid."""
    bare = any(point.phase is None for point in points)
    most = len(PHASES if phases is None else phases)
    if (bare and len(points) > most) or (phases is not None and len(phases) != len(points)):
        came = f"{len(points)} points and {most} phases"
        hint = 'Where several points are on one phase, write { column = 4, phase = "L1" } for each.'
        yield Mistake(f"{where}.points", came, "a phase for each point", hint)
        return
    codes = [point.code for point in wired(points, phases, None)]
    known = codes_of(grid_type)
    for code in dict.fromkeys(codes):
        if code not in known:
            allowed = f"{', '.join(known)}: the grid_type is {grid_type}"
            yield Mistake(f"{where}.points", f"a point on {code}", allowed)
    if grid_type == "3x230" and len(set(codes)) > 1 and (len(codes) != 2 or set(codes) != {"L1", "L2"}):
        hint = "Two transformers measure all of a three-phase load here; a third one would count a part of it twice."
        yield Mistake(f"{where}.points", ", ".join(codes), "on a delta grid L1 and L2 for a three-phase load", hint)
