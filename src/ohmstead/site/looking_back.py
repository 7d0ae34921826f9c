"""What a site recorded, as a backtest takes it: the grid without the cars of one charger by minutes, and their visits.

Seconds are brought to minutes where a car was there and they are kept, else five minutes stand for each of theirs.
Where the meter tells no phases its power is spread over all; what nobody recorded is NaN.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ohmstead.core.backtest.days import Days, Visit
from ohmstead.core.model.charges import Charge
from ohmstead.core.model.errors import CommandRefused
from ohmstead.core.model.quantities import MINIMUM_CURRENT_A, NOMINAL_VOLTAGE_V, PHASES, Phase, Role
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.series import Columns, Gauge, GaugeKind, Measure, Span
from ohmstead.core.model.settings import Settings

if TYPE_CHECKING:  # a site starts without numpy; it is loaded when history is first read
    import numpy as np
    from numpy.typing import NDArray

LONGEST_DAYS = 366
_DAY = timedelta(days=1)
_DAY_MIN = 1440
_BEFORE = timedelta(minutes=5)
"""The sun is followed before a car comes."""
_MINUTE_MS = 60_000
_FIVE = 5

Read = Callable[[Sequence[str], Span, datetime, datetime, Sequence[GaugeKind]], Awaitable[Mapping[str, Columns]]]
"""As ``House.read``."""


@dataclass(frozen=True, slots=True)
class Past:
    """Days from the first minute that was recorded to the last, and the visits that lie in them."""

    days: Days
    visits: tuple[Visit, ...]


async def look_back(
    settings: Settings,
    charger: str,
    read: Read,
    charges: Sequence[Charge],
    start: datetime,
    end: datetime,
    told: Callable[[float], object] = lambda share: None,
) -> Past:
    """What was recorded in [start, end) around ``charger``, whose sessions are ``charges``.

    ``told`` hears the share that is read. Raises CommandRefused where there is no grid meter or nothing was recorded.
    """
    grid = next((name for name, device in settings.devices.items() if device.role is Role.GRID), None)
    if grid is None:
        raise CommandRefused(Reason("backtest.no_meter"))
    first = start.replace(second=0, microsecond=0)
    batteries = tuple(name for name, device in settings.devices.items() if device.role is Role.BATTERY)
    channels = (grid, charger, *batteries)
    pieces = []
    count = -(-(end - first) // _DAY)
    for number in range(count):
        day = first + number * _DAY
        until = min(day + _DAY, end)
        coarse = await read(channels, Span.FIVE_MINUTES, day, until, (GaugeKind.POWER,))
        fine, there = coarse, _there(charges, day, until)
        if there is not None:
            fine = await read(channels, Span.SECOND, *there, (GaugeKind.POWER,))
        names = (grid, charger, batteries)
        pieces.append(await asyncio.to_thread(_piece, settings, names, (fine, coarse), day, until))
        told((number + 1) / count)
    return await asyncio.to_thread(_past, settings, charger, first, pieces, charges)


def _there(charges: Sequence[Charge], start: datetime, end: datetime) -> tuple[datetime, datetime] | None:
    """From the first to the last moment of these hours at which a car was there: only then seconds matter."""
    inside = [one for one in charges if one.connected_at < end and one.disconnected_at > start]
    if not inside:
        return None
    first = max(start, min(one.connected_at for one in inside).replace(second=0, microsecond=0) - _BEFORE)
    return first, min(end, max(one.disconnected_at for one in inside))


@dataclass(frozen=True, slots=True, eq=False)
class _Piece:
    """A day or less: grid without the car per phase, the battery, and the car's power, in watts."""

    base: "NDArray[np.float64]"
    battery: "NDArray[np.float64] | None"
    car: "NDArray[np.float64]"


def _piece(
    settings: Settings,
    names: tuple[str, str, tuple[str, ...]],
    seen: tuple[Mapping[str, Columns], Mapping[str, Columns]],
    start: datetime,
    end: datetime,
) -> _Piece:
    import numpy as np

    (grid, charger, batteries), (fine, coarse) = names, seen
    minutes = min(_DAY_MIN, int((end - start).total_seconds() // 60))
    window = (round(start.timestamp() * 1000), minutes)
    own = settings.chargers[charger].phases

    def of(name: str, spread: Sequence[Phase]) -> "NDArray[np.float64]":
        one = _phases(fine[name], window, 1, spread)
        other = _phases(coarse[name], window, _FIVE, spread)
        return np.where(np.isnan(one), other, one)

    car = np.nan_to_num(of(charger, own))
    battery = sum((of(name, PHASES).sum(axis=0) for name in batteries), np.zeros(minutes)) if batteries else None
    return _Piece(of(grid, settings.site.phases) - car, battery, car.sum(axis=0))


def _phases(
    columns: Columns, window: tuple[int, int], lasts_min: int, spread: Sequence[Phase]
) -> "NDArray[np.float64]":
    """Watts of each phase in each minute of ``window``; a total without phases is spread over ``spread``."""
    import numpy as np

    total = _minutes(columns.start_ms, columns.values.get(Measure.MEAN), window, lasts_min)
    rows = []
    for phase in PHASES:
        gauged = columns.gauges.get(Gauge(GaugeKind.POWER, phase))
        share = total / len(spread) if phase in spread else np.where(np.isnan(total), total, 0.0)
        if gauged is None:
            rows.append(share if not columns.gauges else np.where(np.isnan(total), total, 0.0))
        else:
            told = _minutes(columns.start_ms, gauged.mean, window, lasts_min)
            rows.append(np.where(np.isnan(told), share, told))
    return np.vstack(rows)


def _minutes(
    start_ms: "NDArray[np.int64]", values: "NDArray[np.float64] | None", window: tuple[int, int], lasts_min: int
) -> "NDArray[np.float64]":
    import numpy as np

    first_ms, minutes = window
    if values is None:
        return np.full(minutes, np.nan)
    at = (start_ms - first_ms) // _MINUTE_MS
    known = ~np.isnan(values)
    sums, counts = np.zeros(minutes), np.zeros(minutes)
    for after in range(lasts_min):
        where = at + after
        inside = known & (where >= 0) & (where < minutes)
        np.add.at(sums, where[inside], values[inside])
        np.add.at(counts, where[inside], 1.0)
    with np.errstate(invalid="ignore"):
        mean: NDArray[np.float64] = sums / counts
    return mean


def _past(
    settings: Settings, charger: str, start: datetime, pieces: Sequence[_Piece], charges: Sequence[Charge]
) -> Past:
    import numpy as np

    base = np.concatenate([piece.base for piece in pieces], axis=1)
    known = np.flatnonzero(~np.isnan(base).any(axis=0))
    if not len(known):
        raise CommandRefused(Reason("backtest.nothing_recorded"))
    first, last = int(known[0]), int(known[-1]) + 1
    battery = None
    if all(piece.battery is not None for piece in pieces):
        battery = np.concatenate([piece.battery for piece in pieces if piece.battery is not None])[first:last].tolist()
    one, two, three = (row[first:last].tolist() for row in base)
    days = Days(start + timedelta(minutes=first), (one, two, three), battery, NOMINAL_VOLTAGE_V)
    car = np.concatenate([piece.car for piece in pieces])[first:last]
    return Past(days, _visits(settings, charger, days, car, charges))


def _visits(
    settings: Settings, charger: str, days: Days, car: "NDArray[np.float64]", charges: Sequence[Charge]
) -> tuple[Visit, ...]:
    """What the sessions tell; a car's largest current is the highest that any with as many phases was seen to draw."""
    place = settings.chargers[charger]
    found: list[tuple[int, int, Charge, int, float]] = []
    for charge in sorted(charges, key=lambda one: one.connected_at):
        arrives, leaves = days.minute(charge.connected_at), days.minute(charge.disconnected_at)
        if charge.energy_j and 0 <= arrives < leaves <= days.minutes and (not found or arrives >= found[-1][1]):
            phases = max(1, min(charge.phases, len(place.phases)))
            drawn_a = float(car[arrives:leaves].max()) / (phases * days.volts)
            found.append((arrives, leaves, charge, phases, drawn_a))
    most = {phases: max(a for *_, of, a in found if of == phases) for *_, phases, _ in found}
    return tuple(
        Visit(
            arrives,
            leaves,
            float(charge.energy_j or 0),
            place.phases[:phases],
            min(place.max_current_a, max(MINIMUM_CURRENT_A, round(most[phases], 1))),
        )
        for arrives, leaves, charge, phases, _ in found
    )
