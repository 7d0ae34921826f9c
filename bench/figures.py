"""One figure of a benchmark, as printed by ``./dev bench NAME --json``."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

_SIGNS: Mapping[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}


@dataclass(frozen=True, slots=True)
class Figure:
    """``value`` in ``unit``; ``goal`` such as ``<= 250``; ``peer`` names what ran beside it, ``ratio`` ours to it."""

    name: str
    value: float
    unit: str
    goal: str | None = None
    peer: str | None = None
    ratio: float | None = None
    runs: int = 1

    @property
    def holds(self) -> bool | None:
        """Whether the value keeps its goal; None without one."""
        if self.goal is None:
            return None
        sign, bound = self.goal.split()
        return _SIGNS[sign](self.value, float(bound))

    @property
    def shown(self) -> str:
        """The value with three digits that count."""
        return f"{self.value:.3g}" if self.value < 1000 else f"{self.value:.0f}"

    def row(self) -> dict[str, object]:
        """All of it for JSON, rounded to what was measured."""
        return {**asdict(self), "value": round(self.value, 3), "holds": self.holds}
