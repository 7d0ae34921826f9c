"""Sums through the API: the day, week and month of the site's own zone, and always-on, worked out once a day."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import httpx2
import numpy as np
import pytest

from ohmstead.core.model.errors import StoreError
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.series import Columns, Measure, Span
from ohmstead.web.views.balance import AlwaysOnView, BalanceView
from tests.web.memory_house import MemoryHouse

pytestmark = pytest.mark.anyio


@pytest.mark.req("EM-244", "G-002")
@pytest.mark.parametrize(
    "period, start, end",
    [
        ("day", "2026-03-28T23:00:00+00:00", "2026-03-29T22:00:00+00:00"),
        ("week", "2026-03-22T23:00:00+00:00", "2026-03-29T22:00:00+00:00"),
        ("month", "2026-02-28T23:00:00+00:00", "2026-03-31T22:00:00+00:00"),
    ],
)
async def test_a_balance_is_of_whole_days_of_the_sites_zone(
    client: httpx2.AsyncClient, house: MemoryHouse, period: str, start: str, end: str
) -> None:
    answer = await client.get("/api/v1/balance", params={"period": period, "date": "2026-03-29"})
    view = BalanceView.model_validate_json(answer.content)
    assert (view.start.isoformat(), view.end.isoformat()) == (start, end)
    assert {name for name, *_ in house.asked} == {"grid", "oven", "garage"}
    assert {span for _, span, *_ in house.asked} == {Span.DAY}
    assert (view.grid_import_j, view.consumption_j, view.self_sufficiency_percent) == (246_000, 246_000, None)


async def test_without_a_date_it_is_today_and_a_date_that_cannot_be_is_refused(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/api/v1/balance")
    assert BalanceView.model_validate_json(answer.content).period == "day"
    last = await client.get("/api/v1/balance", params={"date": "2099-12-31", "period": "month"})
    assert BalanceView.model_validate_json(last.content).end.year == 2099
    for wrong in ("1999-12-31", "2100-01-01", "soon"):
        refused = await client.get("/api/v1/balance", params={"date": wrong})
        assert refused.status_code == 422
        assert refused.json()["error"]["mistakes"][0]["where"] == "query.date"


class Recorded(MemoryHouse):
    """A house that drew 300 W through every night of its seven days."""

    async def read(self, channels: Sequence[str], span: Span, start: datetime, end: datetime) -> Mapping[str, Columns]:
        """Five-minute means."""
        found = await super().read(channels, span, start, end)
        if span is Span.DAY:
            return found
        count = int((end - start) / timedelta(minutes=5))
        begins = round(start.timestamp() * 1000) + 300_000 * np.arange(count)
        means = np.where(np.arange(count) % 24 < 8, 300.0, 1200.0)
        return {name: Columns(begins, {**one.values, Measure.MEAN: means}) for name, one in found.items()}


@pytest.fixture
def house() -> MemoryHouse:
    """With a week behind it."""
    return Recorded()


@pytest.mark.req("G-114", "EM-245")
async def test_always_on_is_told_with_its_days_and_asked_of_the_store_once_a_day(
    client: httpx2.AsyncClient, house: MemoryHouse
) -> None:
    for _ in range(3):
        view = AlwaysOnView.model_validate_json((await client.get("/api/v1/always-on")).content)
    assert (view.power_w, view.energy_year_j) == (300.0, 9_460_800_000)
    assert len(view.days) == 7
    assert [day.power_w for day in view.days] == [300.0] * 7
    assert view.days[-1].date < datetime.now(UTC).date() + timedelta(days=1)
    assert len(house.asked) == 1
    assert "ohmstead_always_on_watts 300.0" in (await client.get("/metrics")).text


async def test_while_the_store_is_away_metrics_come_without_it_and_the_sums_say_why(
    client: httpx2.AsyncClient, house: MemoryHouse
) -> None:
    house.failing = StoreError(Reason("store.starting"))
    assert (await client.get("/api/v1/always-on")).status_code == 503
    metrics = await client.get("/metrics")
    assert metrics.status_code == 200
    assert "ohmstead_always_on_watts" not in metrics.text
