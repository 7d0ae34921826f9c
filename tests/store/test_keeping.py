"""How long history is kept, and what local days are, without waiting for either (G-002, G-009)."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from ohmstead.core.model.series import Measure, Span
from ohmstead.store.store import Store
from ohmstead.store.values import Sample, TailRow
from tests.store.test_putting import foreign

NOON = datetime(2026, 6, 21, 12, tzinfo=UTC)
DAY = timedelta(days=1)
FIVE = timedelta(minutes=5)


def tick(at: datetime) -> TailRow:
    return TailRow(at, {"grid": Sample(round(at.timestamp()), None, 1.0)})


async def counts(store: Store, start: datetime) -> dict[Span, int]:
    spans = (Span.SECOND, Span.FIVE_MINUTES, Span.HOUR, Span.DAY)
    return {span: len((await store.series("grid", span, start, start + timedelta(minutes=2))).points) for span in spans}


@pytest.mark.anyio
@pytest.mark.req("G-009")
async def test_after_fifteen_days_seconds_are_gone_and_after_five_years_only_hours_and_days_stay(
    store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ohmstead.store.closing.PLAIN_MS", {300: (0, 0), 3600: (0, 0), 86_400: (0, 0)})
    store = await Store.open(store_url, "home", "Europe/Rome")
    for second in range(1, 20):
        await store.append(tick(NOON + timedelta(seconds=second)))
    await store.append(tick(NOON + timedelta(days=13, hours=20)))
    assert await counts(store, NOON) == {Span.SECOND: 19, Span.FIVE_MINUTES: 1, Span.HOUR: 1, Span.DAY: 1}
    for i in range(6):
        await store.append(tick(NOON + 15 * DAY + FIVE * i))
    assert await counts(store, NOON) == {Span.SECOND: 0, Span.FIVE_MINUTES: 1, Span.HOUR: 1, Span.DAY: 1}
    later = NOON + timedelta(days=5 * 366 + 40)
    for i in range(8):
        await store.append(tick(later + FIVE * i))
    assert await counts(store, NOON) == {Span.SECOND: 0, Span.FIVE_MINUTES: 0, Span.HOUR: 1, Span.DAY: 1}
    await store.close()


@pytest.mark.anyio
@pytest.mark.req("G-002")
@pytest.mark.parametrize(
    "zone, day, hours",
    [
        ("Europe/Rome", (2026, 3, 29), 23.0),
        ("Europe/Rome", (2026, 10, 25), 25.0),
        ("Australia/Lord_Howe", (2026, 10, 4), 23.5),
        ("Australia/Lord_Howe", (2026, 4, 5), 24.5),
    ],
)
async def test_days_weeks_and_months_are_as_long_as_the_clocks_make_them(
    sqlite_url: str, zone: str, day: tuple[int, int, int], hours: float
) -> None:
    here = ZoneInfo(zone)
    midnight = datetime(*day, tzinfo=here)
    first, last = midnight.replace(day=1), (midnight.replace(day=1) + 32 * DAY).replace(day=1)
    begin, end = first.astimezone(UTC), last.astimezone(UTC)
    store = await Store.open(sqlite_url, "home", zone)
    await store.put("grid", Span.FIVE_MINUTES, foreign(begin - 10 * DAY, 288 * 60, FIVE))
    watts = 600
    days = (await store.series("grid", Span.DAY, begin, end)).points
    assert [point.start.astimezone(here).hour for point in days] == [0] * len(days)
    changed = {point.start: point.energy_import_j for point in days}[midnight.astimezone(UTC)]
    assert changed == hours * 3600 * watts
    assert sum(point.energy_import_j == 24 * 3600 * watts for point in days) == len(days) - 1
    (month,) = (await store.series("grid", Span.MONTH, begin, end)).points
    assert (month.start, month.energy_import_j) == (begin, (end - begin).total_seconds() * watts)
    monday = midnight - midnight.weekday() * DAY
    week = (await store.series("grid", Span.WEEK, midnight.astimezone(UTC), midnight.astimezone(UTC) + FIVE)).points[0]
    length = (monday + 7 * DAY).astimezone(UTC) - monday.astimezone(UTC)
    assert (week.start, week.energy_import_j) == (monday.astimezone(UTC), length.total_seconds() * watts)
    parts = (await store.series("grid", Span.HOUR, begin, end)).points
    assert sum(point.energy_import_j or 0 for point in parts) == month.energy_import_j
    quarters = await store.read(("grid",), Span.QUARTER, begin, end)
    assert np.nansum(quarters["grid"].values[Measure.IMPORT]) == month.energy_import_j
    await store.close()
