"""Energy of a device without counters: its power integrated in straight lines between readings, in whole joules.

The fraction of a joule is carried on; a gap in the readings is not filled.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ohmstead.core.accounting.marks import Mark
from ohmstead.core.model.time import Instant

INTEGRATION_GAP_S = 30.0
"""Readings further apart than this leave a gap in an integrated energy."""

_MICRO = 1_000_000


@dataclass(frozen=True, slots=True)
class Slope:
    """The last power of a device that has no counters, with the microjoules not yet counted."""

    power_w: float
    at: Mark
    import_carry_uj: int = 0
    export_carry_uj: int = 0

    def dump(self) -> list[Any]:
        """As JSON values; of the moment its UTC only."""
        return [self.power_w, self.at.utc_s, self.import_carry_uj, self.export_carry_uj]

    @classmethod
    def load(cls, kept: Sequence[Any]) -> "Slope":
        """What ``dump`` gave. Raises ValueError or TypeError for anything else."""
        power_w, utc_s, import_uj, export_uj = kept
        return cls(float(power_w), Mark(float(utc_s), None), int(import_uj), int(export_uj))


def integrate(slope: Slope | None, power_w: float, at: Instant) -> tuple[int, int, Slope]:
    """Joules imported and exported since ``slope``, and the slope from here on. Nothing flows before the first."""
    if slope is None:
        return 0, 0, Slope(power_w, Mark.of(at))
    seconds = slope.at.age_s(at)
    if seconds <= 0 and slope.at.monotonic_s is not None:
        return 0, 0, slope
    positive = negative = 0.0
    if 0 < seconds <= INTEGRATION_GAP_S:
        positive = _area(slope.power_w, power_w, seconds)
        negative = _area(-slope.power_w, -power_w, seconds)
    in_j, in_uj = divmod(slope.import_carry_uj + round(positive * _MICRO), _MICRO)
    out_j, out_uj = divmod(slope.export_carry_uj + round(negative * _MICRO), _MICRO)
    return in_j, out_j, Slope(power_w, Mark.of(at), in_uj, out_uj)


def _area(first_w: float, second_w: float, seconds: float) -> float:
    """Joules above zero under the straight line from ``first_w`` to ``second_w``."""
    if first_w >= 0 and second_w >= 0:
        return (first_w + second_w) / 2 * seconds
    if first_w <= 0 and second_w <= 0:
        return 0.0
    above = max(first_w, second_w)
    return above / 2 * seconds * above / abs(first_w - second_w)
