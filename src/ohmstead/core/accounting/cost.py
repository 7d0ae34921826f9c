"""What charged energy costs: energy of single minutes and prices that change on full minutes in, money out (G-004).

Money is decimal and is never rounded here but to six places at the end; two places are for the eye (G-006).
"""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from ohmstead.core.model.charges import JOULES_PER_KWH, Minute, Price, Tariff

PLACES = Decimal("0.000001")


def full_minute(at: datetime) -> datetime:
    """``at``, or the next full minute: prices change there, so that a minute has one price."""
    cut = at.replace(second=0, microsecond=0)
    return cut if cut == at else cut + timedelta(minutes=1)


def with_price(tariff: Tariff, price: Price) -> Tariff:
    """``tariff`` in which ``price`` holds from its time on; one of the same time is replaced."""
    others = [one for one in tariff.prices if one.valid_from != price.valid_from]
    ordered = sorted((*others, price), key=lambda one: one.valid_from)
    return Tariff(tariff.currency, tuple(ordered))


def price_at(tariff: Tariff, at: datetime) -> Price | None:
    """The price that holds at ``at``; ``None`` before the first."""
    index = bisect_right(tariff.prices, at, key=lambda one: one.valid_from)
    return tariff.prices[index - 1] if index else None


def cost(minutes: Iterable[Minute], tariff: Tariff) -> Decimal | None:
    """What ``minutes`` cost together. ``None`` when no price held in one of them that has energy."""
    total = Decimal(0)
    for minute in minutes:
        if minute.energy_j == 0:
            continue
        price = price_at(tariff, minute.at)
        if price is None:
            return None
        green_j = 0
        if price.green_per_kwh is not None:
            green_j = min(minute.energy_j, minute.green_j or 0)
            total += Decimal(green_j) * price.green_per_kwh
        total += Decimal(minute.energy_j - green_j) * price.per_kwh
    return (total / JOULES_PER_KWH).quantize(PLACES, ROUND_HALF_UP)
