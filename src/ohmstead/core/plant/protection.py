"""The supply meter's switch and the main breaker: currents and powers come in, a trip comes out.

Both add up how much of the time to trip has passed at the load of each moment, so a load that changes trips as
soon as the shares reach one, and both cool down again below their limit. The breaker follows the conventional
points of IEC 60898-1 for type C: 1.13 × never, 1.45 × within an hour, 2.55 × within 60 s, 5 to 10 × at once.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

_REACHED = 1.0 - 1e-9


@dataclass(frozen=True, slots=True)
class ContractTable:
    """Rows of (share of the contract power up to which this row holds, seconds to the trip)."""

    rows: tuple[tuple[float, float], ...]
    recovery_s: float


ITALIAN_CONTRACT = ContractTable(
    rows=(
        (1.10, math.inf),
        (1.27, 182 * 60.0),
        (math.inf, 2 * 60.0),
    ),
    recovery_s=120.0,
)


@dataclass(frozen=True, slots=True)
class BreakerCurve:
    """Rows of (multiple of the rating, seconds to the trip) from the cold state; below the first it never trips.

    From the last row on it trips at once (the magnetic release). ``cooling_s`` is the time constant of cooling.
    """

    rows: tuple[tuple[float, float], ...]
    cooling_s: float


TYPE_C = BreakerCurve(
    rows=(
        (1.13, math.inf),
        (1.45, 3600.0),
        (2.55, 60.0),
        (5.00, 0.0),
    ),
    cooling_s=300.0,
)

_SLOWEST_BEFORE_MAGNETIC = 8.0
"""Seconds that the bimetal needs just below the magnetic release."""


def contract_trip_s(share: float, table: ContractTable) -> float:
    """Seconds until the supply meter disconnects at ``share`` of the contract power; infinite if never."""
    return next(seconds for up_to, seconds in table.rows if share <= up_to)


def breaker_trip_s(multiple: float, curve: BreakerCurve) -> float:
    """Seconds until the breaker opens, from cold, at ``multiple`` of its rating; infinite if never.

    Between two rows time falls as a power of the current; above the never-row it comes down from infinity as
    1/(i² − i₀²), the heat above what the bimetal gives off for ever.
    """
    rows = curve.rows
    place = bisect_right(rows, multiple, key=lambda row: row[0])
    if multiple <= rows[0][0] or place == 0:
        return math.inf
    if place == len(rows):
        return 0.0
    (low, slow), (high, fast) = rows[place - 1], rows[place]
    if math.isinf(slow):
        return fast * (high * high - low * low) / (multiple * multiple - low * low)
    share = math.log(multiple / low) / math.log(high / low)
    return float(slow * (max(fast, _SLOWEST_BEFORE_MAGNETIC) / slow) ** share)


class ContractSwitch:
    """The supply meter: counts imported power above the contract and opens. ``closed`` is its state."""

    __slots__ = ("_never_w", "closed", "contract_w", "progress", "table")

    def __init__(self, contract_w: float, table: ContractTable = ITALIAN_CONTRACT) -> None:
        """``contract_w`` is the power the contract names."""
        self.contract_w = contract_w
        self.table = table
        self.closed = True
        self.progress = 0.0
        share, seconds = table.rows[0]
        self._never_w = contract_w * share if math.isinf(seconds) else -math.inf

    def step(self, import_w: float, dt_s: float) -> bool:
        """Let ``dt_s`` seconds pass at ``import_w``; true when it opens in this step."""
        if not self.closed or (import_w <= self._never_w and not self.progress):
            return False
        seconds = contract_trip_s(max(import_w, 0.0) / self.contract_w, self.table)
        if math.isinf(seconds):
            self.progress = max(0.0, self.progress - dt_s / self.table.recovery_s)
            return False
        self.progress += dt_s / seconds
        self.closed = self.progress < _REACHED
        return not self.closed

    def close(self) -> None:
        """Switch it on again by hand."""
        self.closed = True
        self.progress = 0.0


class Breaker:
    """The main breaker, all poles together; ``heat`` holds each pole's share of the way to a trip."""

    __slots__ = ("_never_a", "closed", "curve", "heat", "rated_a")

    def __init__(self, rated_a: float, curve: BreakerCurve = TYPE_C, poles: int = 3) -> None:
        """``rated_a`` is the rating printed on it."""
        self.rated_a = rated_a
        self.curve = curve
        self.closed = True
        self.heat = [0.0] * poles
        self._never_a = rated_a * curve.rows[0][0]

    def step(self, currents_a: Sequence[float], dt_s: float) -> bool:
        """Let ``dt_s`` seconds pass with these current magnitudes; true when it opens in this step."""
        if not self.closed or (max(currents_a) <= self._never_a and not any(self.heat)):
            return False
        for pole, current in enumerate(currents_a):
            if current <= self._never_a:
                if self.heat[pole]:
                    self.heat[pole] *= math.exp(-dt_s / self.curve.cooling_s)
                continue
            seconds = breaker_trip_s(current / self.rated_a, self.curve)
            self.heat[pole] = 1.0 if seconds <= 0.0 else self.heat[pole] + dt_s / seconds
        self.closed = max(self.heat) < _REACHED
        return not self.closed

    def close(self) -> None:
        """Switch it on again by hand, cooled down."""
        self.closed = True
        self.heat = [0.0] * len(self.heat)
