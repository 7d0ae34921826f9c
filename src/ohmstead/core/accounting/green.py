"""Which energy of a session is green (G-017), and the grid meter that shows nothing while a car draws (EV-257, P08).

At each look the green power of a car is what it draws less its part of what is imported: clamp(P_EV - max(P_grid, 0)),
over all chargers together, divided by what each draws. Joules come from the session's own counter: each step of it is
divided as the powers were since the step before. Without a grid meter nothing is green.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite

from ohmstead.core.model.changing import changed
from ohmstead.core.model.chargers import ChargerReading
from ohmstead.core.model.snapshot import Channel

NOISE_W = 10.0
"""A meter whose transformers hang in the air still shows so much."""
DRAWS_W = 1_000.0
ZERO_S = 300.0
LONGEST_S = 5.0


@dataclass(frozen=True, slots=True)
class GreenEnergy:
    """Of one charger's session. ``green_ws`` and ``all_ws`` are powers times seconds since its counter last moved."""

    session: str
    energy_j: int | None
    green_j: int = 0
    rest_j: float = 0.0
    green_ws: float = 0.0
    all_ws: float = 0.0


def follow(
    before: Mapping[str, GreenEnergy], chargers: Iterable[ChargerReading], grid: Channel | None, passed_s: float
) -> dict[str, GreenEnergy]:
    """Each charger's last session, after ``passed_s`` seconds with the powers of this look."""
    chargers = tuple(chargers)
    passed_s = min(max(0.0, passed_s), LONGEST_S)
    drawn_w = sum(_power_w(one) for one in chargers)
    imported_w = None if grid is None else _known(grid.power_w)
    share = 0.0
    if imported_w is not None and drawn_w > 0:
        share = min(1.0, max(0.0, drawn_w - max(imported_w, 0.0)) / drawn_w)
    after = dict(before)
    for one in chargers:
        if one.session is None:
            continue
        kept = before.get(one.charger)
        if kept is None or kept.session != one.session.id:
            kept = GreenEnergy(one.session.id, one.session.energy_j)
        power_ws = _power_w(one) * passed_s
        kept = changed(kept, green_ws=kept.green_ws + power_ws * share, all_ws=kept.all_ws + power_ws)
        after[one.charger] = counted(kept, one.session.energy_j)
    return after


def counted(kept: GreenEnergy, energy_j: int | None) -> GreenEnergy:
    """``kept`` once the session's counter stands at ``energy_j``; never more green than there is energy."""
    if energy_j is None or energy_j == kept.energy_j:
        return kept
    step_j = energy_j - (kept.energy_j or 0)
    if step_j < 0:
        return changed(kept, energy_j=energy_j, green_ws=0.0, all_ws=0.0)
    share = kept.green_ws / kept.all_ws if kept.all_ws > 0 else 0.0
    green_j = kept.rest_j + step_j * share
    whole_j = min(kept.green_j + int(green_j), energy_j)
    return changed(kept, energy_j=energy_j, green_j=whole_j, rest_j=green_j - int(green_j), green_ws=0.0, all_ws=0.0)


def at_zero_since(
    before_s: float | None, chargers: Iterable[ChargerReading], grid: Channel | None, battery_w: float, now_s: float
) -> float | None:
    """Since when the grid meter shows nothing although cars draw; a battery that works may hold the grid at zero."""
    power_w = None if grid is None else _known(grid.power_w)
    drawn_w = sum(_power_w(one) for one in chargers)
    if power_w is None or abs(power_w) > NOISE_W or drawn_w <= DRAWS_W or abs(battery_w) > NOISE_W:
        return None
    return now_s if before_s is None else before_s


def _power_w(reading: ChargerReading) -> float:
    return max(0.0, _known(reading.power_w) or 0.0) if reading.contactor_closed else 0.0


def _known(value: float | None) -> float | None:
    return value if value is not None and isfinite(value) else None
