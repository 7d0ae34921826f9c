"""Long-term flicker severity from short-term ones (IEC 61000-4-15). Needs no library, so that anybody may ask."""

from collections.abc import Sequence

INTERVAL_S = 600.0
"""What one short-term severity is of."""
INTERVALS = 12
"""Short-term severities in the two hours of a long-term one."""


def long_term(values: Sequence[float | None]) -> float | None:
    """Plt of ``INTERVALS`` consecutive Pst, the cube root of the mean of their cubes; ``None`` where one lacks."""
    known = [value for value in values if value is not None]
    if len(values) != INTERVALS or len(known) != INTERVALS:
        return None
    return float((sum(value**3 for value in known) / INTERVALS) ** (1 / 3))
