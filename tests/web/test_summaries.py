"""Heat map and breakdown of what a real store recorded, through the API."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx2
import numpy as np
import pytest

from ohmstead.core.model.series import Columns, GaugeKind, Span
from ohmstead.site.correcting import Correcting
from ohmstead.store.putting import Intervals
from ohmstead.store.store import Store
from ohmstead.web.application import create_app
from ohmstead.web.house import CorrectionDesk
from ohmstead.web.views.balance import BreakdownView
from ohmstead.web.views.corrections import CorrectionsView, CorrectionView
from ohmstead.web.views.history import HeatMapView
from tests.web.memory_house import MemoryHouse

pytestmark = pytest.mark.anyio

NEW_YEAR = datetime(2025, 12, 31, 23, tzinfo=UTC)


class RecordingHouse(MemoryHouse):
    """A house whose history is in a store."""

    store: Store

    @property
    def correcting(self) -> CorrectionDesk:
        """As the site's."""
        return Correcting(lambda: self.store, self.clock)

    async def read(
        self,
        channels: Sequence[str],
        span: Span,
        start: datetime,
        end: datetime,
        quantities: Sequence[GaugeKind] = (),
    ) -> Mapping[str, Columns]:
        """As the site does."""
        self.asked += [(channel, span, start, end) for channel in channels]
        return await self.store.read(channels, span, start, end, quantities=quantities)


def hours(start: datetime, count: int, energy_j: float, back_j: float = np.nan) -> Intervals:
    starts = round(start.timestamp() * 1000) + 300_000 * np.arange(12 * count, dtype=np.int64)
    power = np.repeat(np.arange(count, dtype=np.float64), 12)
    wide = np.full(12 * count, 300_000)
    return Intervals(starts, wide, power, np.full(12 * count, energy_j), np.full(12 * count, back_j))


@pytest.fixture
async def recording(tmp_path: Path) -> AsyncIterator[RecordingHouse]:
    house = RecordingHouse()
    house.store = await Store.open(f"sqlite:///{tmp_path / 'site.db'}", "home", "Europe/Rome")
    yield house
    await house.store.close()


@pytest.fixture
async def asking(recording: RecordingHouse) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(create_app(recording, None, local_only=True))
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


@pytest.mark.req("G-002", "G-009")
async def test_a_year_of_hours_comes_in_one_call_by_what_the_clocks_show(
    asking: httpx2.AsyncClient, recording: RecordingHouse
) -> None:
    await recording.store.put("oven", Span.FIVE_MINUTES, hours(NEW_YEAR, 365 * 24, 1000))
    answer = await asking.get("/api/v1/heatmap", params={"channel": "oven", "year": 2026})
    view = HeatMapView.model_validate_json(answer.content)
    assert len(recording.asked) == 1
    assert (len(view.dates), view.dates[0], view.dates[-1]) == (365, date(2026, 1, 1), date(2026, 12, 31))
    assert {len(row) for row in view.values} == {24}
    rows = dict(zip(view.dates, view.values, strict=True))
    assert rows[date(2026, 1, 1)] == tuple(range(24))
    spring, autumn = rows[date(2026, 3, 29)], rows[date(2026, 10, 25)]
    assert [hour for hour, value in enumerate(spring) if value is None] == [2]
    assert (spring[3] or 0) - (spring[1] or 0) == 1
    assert ((autumn[2] or 0) - (autumn[1] or 0), (autumn[3] or 0) - (autumn[2] or 0)) == (1.5, 1.5)
    energy = {"channel": "oven", "year": 2026, "measure": "energy_import_j"}
    cells = HeatMapView.model_validate_json((await asking.get("/api/v1/heatmap", params=energy)).content).values
    assert sum(value or 0 for row in cells for value in row) == 365 * 24 * 12_000
    assert cells[view.dates.index(date(2026, 10, 25))][2] == 24_000


@pytest.mark.parametrize(
    "change, where",
    [
        ({"channel": "cellar"}, "query.channel"),
        ({"year": "1066"}, "query.year"),
        ({"measure": "heat"}, "query.measure"),
    ],
)
async def test_a_heat_map_that_cannot_be_says_why(
    client: httpx2.AsyncClient, change: dict[str, str], where: str
) -> None:
    answer = await client.get("/api/v1/heatmap", params={"channel": "oven", "year": "2026", **change})
    assert answer.status_code == 422
    assert answer.json()["error"]["mistakes"][0]["where"] == where


@pytest.mark.req("EM-246", "G-002")
@pytest.mark.parametrize(
    "start, end, spans",
    [
        ("2026-03-10T10:15:00+01:00", "2026-03-10T11:15:00+01:00", {Span.FIVE_MINUTES}),
        ("2026-03-28T10:15:00+01:00", "2026-03-31T00:05:00+02:00", {Span.FIVE_MINUTES, Span.DAY}),
        ("2026-03-01T00:00:00+01:00", "2026-04-01T00:00:00+02:00", {Span.DAY}),
    ],
)
async def test_a_breakdown_of_any_range_adds_up(
    asking: httpx2.AsyncClient, recording: RecordingHouse, start: str, end: str, spans: set[Span]
) -> None:
    for name, joules in (("grid", 1000.0), ("oven", 250.0), ("garage", 600.0)):
        await recording.store.put(name, Span.FIVE_MINUTES, hours(NEW_YEAR, 100 * 24, joules))
    answer = await asking.get("/api/v1/breakdown", params={"from": start, "to": end})
    view = BreakdownView.model_validate_json(answer.content)
    fives = (datetime.fromisoformat(end) - datetime.fromisoformat(start)) / timedelta(minutes=5)
    assert {span for _, span, *_ in recording.asked} == spans
    assert (view.grid_import_j, view.consumption_j) == (1000 * fives, 1000 * fives)
    assert [(load.id, load.kind, load.energy_j, load.share) for load in view.loads] == [
        ("garage", "charger", 600 * fives, 0.6),
        ("oven", "device", 250 * fives, 0.25),
    ]
    assert (view.unmeasured_j, view.unmeasured_share) == (150 * fives, 0.15)


async def test_a_breakdown_without_a_record_invents_nothing(asking: httpx2.AsyncClient) -> None:
    asked = {"from": "2026-03-10T10:17:20+01:00", "to": "2026-03-10T10:18:00+01:00"}
    view = BreakdownView.model_validate_json((await asking.get("/api/v1/breakdown", params=asked)).content)
    assert (view.start.minute, view.end.minute) == (15, 20)
    assert (view.consumption_j, view.unmeasured_j, view.unmeasured_share) == (None, None, None)
    assert [(load.energy_j, load.share) for load in view.loads] == [(None, None), (None, None)]
    for wrong in ({"from": asked["to"], "to": asked["from"]}, {"from": "yesterday"}, {}):
        assert (await asking.get("/api/v1/breakdown", params=wrong)).status_code == 422


@pytest.mark.req("G-001", "G-009")
async def test_a_correction_is_made_with_its_author_and_told(
    asking: httpx2.AsyncClient, recording: RecordingHouse
) -> None:
    await recording.store.put("oven", Span.FIVE_MINUTES, hours(NEW_YEAR, 48, 1000))
    given = {"start": "2026-01-01T03:00:00+01:00", "energy_import_j": 5000}
    body = {"kind": "replace", "channel": "oven", "note": "meter exchanged", "intervals": [given]}
    made = CorrectionView.model_validate_json((await asking.post("/api/v1/corrections", json=body)).content)
    assert (made.author, made.intervals, made.import_before_j, made.import_after_j) == ("local", 1, 1000, 5000)
    day = {"channel": "oven", "span": "1d", "from": NEW_YEAR.isoformat(), "to": "2026-01-01T12:00:00Z"}
    answer = (await asking.get("/api/v1/series", params=day)).json()
    assert answer["channels"]["oven"]["energy_import_j"] == [288 * 1000 + 4000]
    removed = {
        "kind": "remove",
        "channel": "oven",
        "from": "2026-01-01T05:00:00+01:00",
        "to": "2026-01-01T06:00:00+01:00",
    }
    assert (await asking.post("/api/v1/corrections", json=removed)).status_code == 200
    told = CorrectionsView.model_validate_json((await asking.get("/api/v1/corrections")).content).corrections
    assert {(each.kind, each.author, each.note) for each in told} == {
        ("replace", "local", "meter exchanged"),
        ("remove", "local", ""),
    }
    page = await recording.store.events()
    assert [(each.event.kind, each.event.author, each.event.target) for each in page.events] == [
        ("history.corrected", "local", "oven")
    ] * 2
    assert (await asking.post("/api/v1/corrections", json=removed)).status_code == 409


@pytest.mark.parametrize(
    "change, where",
    [
        ({"channel": "cellar"}, "body.channel"),
        ({"kind": "scale"}, "body.factor"),
        ({"factor": 2}, "body.factor"),
        ({"to": "2026-01-01T05:00:00+01:00"}, "body.from"),
        ({"from": "1066-10-14T09:00:00Z"}, "body.from"),
    ],
)
async def test_a_correction_that_cannot_be_says_why(
    client: httpx2.AsyncClient, change: dict[str, object], where: str
) -> None:
    body = {"kind": "remove", "channel": "oven", "from": "2026-01-01T05:00:00+01:00", "to": "2026-01-01T06:00:00+01:00"}
    answer = await client.post("/api/v1/corrections", json={**body, **change})
    assert (answer.status_code, answer.json()["error"]["mistakes"][0]["where"]) == (422, where)


async def test_intervals_that_say_nothing_or_come_twice_are_named(client: httpx2.AsyncClient) -> None:
    one = {"start": "2026-01-01T05:00:00+01:00", "power_mean_w": 5.0}
    for intervals, where in (([one, one], "body.intervals.1.start"), ([{"start": one["start"]}], "body.intervals.0")):
        body = {"kind": "late", "channel": "oven", "intervals": intervals}
        answer = await client.post("/api/v1/corrections", json=body)
        assert (answer.status_code, answer.json()["error"]["mistakes"][0]["where"]) == (422, where)
