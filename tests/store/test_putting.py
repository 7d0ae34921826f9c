"""History from elsewhere lies beside what was recorded, and changes nothing of it."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from ohmstead.core.model.series import Measure, Span
from ohmstead.store.putting import Intervals
from ohmstead.store.store import Store
from ohmstead.store.values import Sample, TailRow

NOON = datetime(2026, 6, 21, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def foreign(start: datetime, count: int, step: timedelta, power_w: float = 600.0) -> Intervals:
    step_ms = round(step.total_seconds() * 1000)
    starts = round(start.timestamp() * 1000) + step_ms * np.arange(count, dtype=np.int64)
    power = np.full(count, power_w)
    return Intervals(starts, np.full(count, step_ms), power, power * step_ms / 1000, np.full(count, np.nan))


async def recorded(url: str) -> Store:
    """Ten minutes from noon at 1 kW."""
    store = await Store.open(url, "home", "Europe/Rome", gap_s=60)
    for i in range(1, 21):
        await store.append(TailRow(NOON + timedelta(seconds=30 * i), {"grid": Sample(30_000 * i, None, 1000.0)}))
    return store


@pytest.mark.anyio
@pytest.mark.req("G-009")
async def test_foreign_five_minutes_make_hours_and_days_and_twice_the_same_changes_nothing(store_url: str) -> None:
    store = await recorded(store_url)
    new = foreign(NOON - 2 * DAY, 2 * 288, timedelta(minutes=5))
    assert await store.put("grid", Span.FIVE_MINUTES, new) == 576
    spans = {span: await store.series("grid", span, NOON - 3 * DAY, NOON + DAY) for span in list(Span)[1:]}
    assert await store.put("grid", Span.FIVE_MINUTES, new) == 0
    for span, before in spans.items():
        assert await store.series("grid", span, NOON - 3 * DAY, NOON + DAY) == before
        assert sum(point.energy_import_j or 0 for point in before.points) == 2 * 86_400 * 600 + 19 * 30_000
    for i in range(21, 400):
        await store.append(TailRow(NOON + timedelta(minutes=i), {"grid": Sample(30_000 * i, None, 1000.0)}))
    days = (await store.series("grid", Span.DAY, NOON - 3 * DAY, NOON + DAY)).points
    assert sum(point.energy_import_j or 0 for point in days) == 2 * 86_400 * 600 + 398 * 30_000
    await store.close()


@pytest.mark.anyio
@pytest.mark.req("G-009")
async def test_values_of_ten_seconds_come_back_and_give_five_minutes_their_extremes(sqlite_url: str) -> None:
    store = await recorded(sqlite_url)
    new = foreign(NOON - DAY, 8640, timedelta(seconds=10))
    new.power_w[3:5] = 50.0, 4000.0
    assert await store.put("oven", Span.SECOND, new) == 8640
    assert await store.put("oven", Span.SECOND, new) == 0
    fine = (await store.read(("oven",), Span.SECOND, NOON - DAY, NOON))["oven"]
    assert fine.start_ms.tolist() == new.start_ms.tolist()
    assert fine.values[Measure.MEAN].tolist() == new.power_w.tolist()
    first = (await store.series("oven", Span.FIVE_MINUTES, NOON - DAY, NOON)).points[0]
    assert (first.power_min_w, first.power_max_w, first.energy_import_j) == (50.0, 4000.0, 180_000)
    assert store.channels() == ("grid", "oven")
    await store.close()


@pytest.mark.anyio
async def test_what_is_recorded_is_not_written_over_and_the_open_interval_not_entered(sqlite_url: str) -> None:
    store = await recorded(sqlite_url)
    around = foreign(NOON - timedelta(minutes=5), 2, timedelta(minutes=5))
    assert await store.put("grid", Span.FIVE_MINUTES, around) == 1
    points = (await store.series("grid", Span.FIVE_MINUTES, NOON, NOON + timedelta(minutes=5))).points
    assert points[0].power_mean_w == 1000
    for wrong, told in (
        (foreign(NOON, 3, timedelta(minutes=5)), "is not before"),
        (foreign(NOON - DAY, 3, timedelta(seconds=0)), "comes after"),
        (foreign(NOON - DAY + timedelta(seconds=7), 3, timedelta(minutes=5)), "beginning of an interval"),
    ):
        with pytest.raises(ValueError, match=told):
            await store.put("other", Span.FIVE_MINUTES, wrong)
    assert store.channels() == ("grid",)
    await store.close()
