"""What the validation of an installation by multimeter gathered: each reading with its time and user (EM-235)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ohmstead.core.model.quantities import GridType, Phase, Role

Step = Literal["grid", "loads", "sources"]
"""The three of the procedure: the supply (EM-231), each load (EM-233), production and batteries (EM-234)."""
Verdict = Literal["same", "different", "repeat"]
PointState = Literal["open", "correct", "wrong", "repeat"]
Stage = Literal["grid", "swap", "loads", "sources", "mend", "done"]
"""What comes next: a step, wires to swap, a configuration to mend, or nothing."""


@dataclass(frozen=True, slots=True)
class VoltageReading:
    """What the multimeter showed between the wire of ``phase`` at ``target`` and what stands for ``against``.

    At the supply that is the Power Box's terminal of that phase, elsewhere the grid measurement's.
    """

    target: str
    phase: Phase
    against: Phase
    voltage_v: float
    verdict: Verdict
    author: str
    at: datetime
    counts: bool = True
    """False since the wires were swapped or the procedure began anew; it stays in the report."""


@dataclass(frozen=True, slots=True)
class Completion:
    """When the last step was done, and by whom."""

    at: datetime
    author: str


@dataclass(frozen=True, slots=True)
class Validation:
    """The document: of which configuration, what was read, and when it was complete."""

    configuration: str
    """A digest of what says which wire is which; with another one the validation is void."""
    readings: tuple[VoltageReading, ...] = ()
    completion: Completion | None = None
    outdated: bool = False
    """Something was measured before the configuration changed; it no longer counts."""


@dataclass(frozen=True, slots=True)
class Target:
    """A device to be validated with the phases of its wires."""

    device: str
    role: Role
    phases: tuple[Phase, ...]

    @property
    def step(self) -> Step:
        """The step it belongs to."""
        steps: dict[Role, Step] = {Role.GRID: "grid", Role.PRODUCTION: "sources", Role.BATTERY: "sources"}
        return steps.get(self.role, "loads")


@dataclass(frozen=True, slots=True)
class Point:
    """One wire: how far it is, what gave 0 V, and what to measure it against next."""

    target: str
    step: Step
    phase: Phase
    state: PointState
    found: Phase | None
    against: Phase
    last: VoltageReading | None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a validation is."""

    stage: Stage
    points: tuple[Point, ...]
    next: Point | None = None
    swaps: tuple[tuple[Phase, Phase], ...] = ()
    """Terminals of the Power Box whose two wires change places, one after the other."""


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """A validation as it stood at a moment, with all that a paper of it needs; one is kept of each that was done."""

    site: str
    timezone: str
    grid_type: GridType
    line_v: float
    """Between two phases; on a single-phase supply to neutral."""
    phases: tuple[Phase, ...]
    names: Mapping[str, str]
    """What people call each device that was validated."""
    version: str
    """Of the program."""
    made_at: datetime
    validation: Validation
    progress: Progress
