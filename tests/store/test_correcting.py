"""What was recorded wrong or late is put right, hours and days follow, nothing counts twice, on both databases."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from ohmstead.core.model.corrections import Correction, GivenInterval
from ohmstead.core.model.errors import CommandRefused
from ohmstead.core.model.readings import PhaseReading
from ohmstead.core.model.series import Gauge, GaugeKind, SeriesPoint, Span
from ohmstead.store.correcting import Outcome
from ohmstead.store.store import Store
from ohmstead.store.values import Document, Sample, TailRow
from tests.store.test_putting import foreign

MIDNIGHT = datetime(2026, 6, 20, 22, tzinfo=UTC)
HOUR = timedelta(hours=1)
FIVE = timedelta(minutes=5)
DAY = timedelta(days=1)
AT_ONCE = {300: (0, 0), 3600: (0, 0), 86_400: (0, 0)}
NEVER = dict.fromkeys(AT_ONCE, (2**50, 0))
BEFORE_J = 60_000


@pytest.fixture(params=["plain", "sealed"])
def kept(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Whether what is corrected stands in rows or in columns."""
    monkeypatch.setattr("ohmstead.store.closing.PLAIN_MS", AT_ONCE if request.param == "sealed" else NEVER)
    return str(request.param)


async def recorded(url: str) -> Store:
    """A day at 600 W from elsewhere, then eight hours at 200 W, a tick each 5 minutes; the oven is on L1."""
    store = await Store.open(url, "home", "Europe/Rome", gap_s=600)
    await store.put("oven", Span.FIVE_MINUTES, foreign(MIDNIGHT - DAY, 288, FIVE))
    phases = {"L1": PhaseReading(230.0, 0.9, 200.0, None, 0.97)}
    for i in range(1, 8 * 12 + 2):
        sample = Sample(BEFORE_J * i, 0, 200.0, None, phases)
        await store.append(TailRow(MIDNIGHT + FIVE * i, {"oven": sample}))
    return store


async def do(store: Store, wanted: Correction) -> Outcome:
    def told(outcome: Outcome) -> Sequence[Document]:
        return [Document("correction", "1", {"intervals": outcome.intervals}, "ines")]

    return await store.correct(wanted, MIDNIGHT, told)


async def days(store: Store, span: Span = Span.DAY) -> tuple[SeriesPoint, ...]:
    return (await store.series("oven", span, MIDNIGHT - DAY, MIDNIGHT + DAY)).points


def energies(points: Sequence[SeriesPoint]) -> int:
    return sum(point.energy_import_j or 0 for point in points)


@pytest.mark.anyio
@pytest.mark.req("G-001", "G-009")
async def test_a_replaced_interval_counts_once_and_hours_and_days_follow(store_url: str, kept: str) -> None:
    store = await recorded(store_url)
    before = energies(await days(store))
    given = (
        GivenInterval(MIDNIGHT + 3 * HOUR, 1_000_000, 500),
        GivenInterval(MIDNIGHT + 3 * HOUR + FIVE, power_mean_w=4000.0),
    )
    done = await do(store, Correction("oven", "replace", given=given))
    assert (done.intervals, done.imported, done.exported) == (2, (2 * BEFORE_J, 1_000_000 + BEFORE_J), (0, 500))
    for span in (Span.FIVE_MINUTES, Span.HOUR, Span.DAY):
        points = await days(store, span)
        assert energies(points) == before + 1_000_000 - BEFORE_J, span
        assert sum(point.energy_export_j or 0 for point in points) == 500
    fives = await days(store, Span.FIVE_MINUTES)
    assert (fives[288 + 36].power_mean_w, fives[288 + 36].power_max_w) == (pytest.approx(999_500 / 300, abs=0.1), None)
    assert (fives[288 + 37].power_mean_w, fives[288 + 37].energy_import_j, fives[288 + 35].power_max_w) == (
        4000,
        BEFORE_J,
        200,
    )
    hour = (await days(store, Span.HOUR))[24 + 3]
    assert hour.power_mean_w == pytest.approx((10 * 200 + 4000 + 999_500 / 300) / 12, abs=0.1)
    voltage = await store.read(("oven",), Span.HOUR, MIDNIGHT, MIDNIGHT + 8 * HOUR, quantities=(GaugeKind.VOLTAGE,))
    assert set(voltage["oven"].gauges[Gauge(GaugeKind.VOLTAGE, "L1")].mean.tolist()) == {230.0}
    assert (await do(store, Correction("oven", "replace", given=given))).imported == (1_060_000, 1_060_000)
    assert energies(await days(store)) == before + 1_000_000 - BEFORE_J
    (document,) = await store.documents.list("correction")
    assert document.author == "ines"
    await store.close()


@pytest.mark.anyio
@pytest.mark.req("G-001", "G-009")
async def test_what_is_removed_leaves_a_gap_and_late_values_fill_only_gaps(sqlite_url: str, kept: str) -> None:
    store = await recorded(sqlite_url)
    before = energies(await days(store))
    begin, end = MIDNIGHT + 5 * HOUR, MIDNIGHT + 7 * HOUR + FIVE
    assert (await do(store, Correction("oven", "remove", start=begin, end=end))).intervals == 25
    hours = {point.start for point in await days(store, Span.HOUR)}
    assert not {MIDNIGHT + 5 * HOUR, MIDNIGHT + 6 * HOUR} & hours
    assert MIDNIGHT + 7 * HOUR in hours
    for span in (Span.FIVE_MINUTES, Span.HOUR, Span.DAY):
        assert energies(await days(store, span)) == before - 25 * BEFORE_J, span
    late = tuple(GivenInterval(begin - FIVE + FIVE * i, 7) for i in range(12))
    assert (await do(store, Correction("oven", "late", given=late))).intervals == 11
    assert (await do(store, Correction("oven", "late", given=late))).intervals == 0
    for span in (Span.FIVE_MINUTES, Span.HOUR, Span.DAY):
        assert energies(await days(store, span)) == before - 25 * BEFORE_J + 11 * 7, span
    whole = Correction("oven", "remove", start=MIDNIGHT - DAY, end=MIDNIGHT)
    await do(store, whole)
    assert [point.start for point in await days(store)] == [MIDNIGHT]
    with pytest.raises(CommandRefused) as refused:
        await do(store, whole)
    assert refused.value.reason.key == "correction.nothing"
    await store.close()


@pytest.mark.anyio
@pytest.mark.req("G-001", "G-009")
async def test_a_transformer_that_was_the_wrong_way_round_is_turned_for_the_past(sqlite_url: str, kept: str) -> None:
    store = await recorded(sqlite_url)
    before = await days(store)
    await do(store, Correction("oven", "scale", start=MIDNIGHT - DAY, end=MIDNIGHT, factor=-2.0))
    first, second = await days(store)
    assert (first.energy_import_j, first.energy_export_j) == (None, 2 * (before[0].energy_import_j or 0))
    assert (first.power_mean_w, second) == (-1200, before[1])
    await do(store, Correction("oven", "scale", start=MIDNIGHT, end=MIDNIGHT + 2 * HOUR, factor=-2.0))
    hours = (await days(store, Span.HOUR))[24:]
    assert (hours[1].energy_import_j, hours[1].energy_export_j) == (0, 2 * 12 * BEFORE_J)
    assert (hours[1].power_mean_w, hours[1].power_min_w, hours[2].power_mean_w) == (-400, -400, 200)
    asked = (GaugeKind.POWER, GaugeKind.CURRENT)
    found = (await store.read(("oven",), Span.HOUR, MIDNIGHT, MIDNIGHT + HOUR, quantities=asked))["oven"]
    assert found.gauges[Gauge(GaugeKind.POWER, "L1")].mean.tolist() == [-400.0]
    assert found.gauges[Gauge(GaugeKind.CURRENT, "L1")].mean.tolist() == [1.8]
    await store.close()


@pytest.mark.anyio
@pytest.mark.req("G-001", "G-009")
async def test_nothing_counts_twice_at_two_resolutions(sqlite_url: str) -> None:
    store = await Store.open(sqlite_url, "home", "Europe/Rome", gap_s=600)
    await store.put("oven", Span.FIVE_MINUTES, foreign(MIDNIGHT, 288, FIVE))
    await store.append(TailRow(MIDNIGHT + 49 * HOUR, {"oven": Sample(1)}))
    past = MIDNIGHT - 240 * HOUR
    assert await store.put("oven", Span.HOUR, foreign(past, 24, HOUR)) == 24
    assert await store.put("oven", Span.FIVE_MINUTES, foreign(past + 3 * HOUR, 12, FIVE)) == 0
    assert await store.put("oven", Span.SECOND, foreign(past + 3 * HOUR, 60, timedelta(seconds=10))) == 0
    points = (await store.series("oven", Span.DAY, past, past + 24 * HOUR)).points
    assert energies(points) == 24 * 600 * 3600
    for wanted, key in (
        (Correction("oven", "replace", given=(GivenInterval(past + FIVE, 5),)), "correction.coarser"),
        (Correction("oven", "replace", Span.HOUR, given=(GivenInterval(MIDNIGHT, 5),)), "correction.finer"),
        (Correction("oven", "replace", Span.DAY, given=(GivenInterval(past, 5),)), "correction.finer"),
        (Correction("oven", "late", given=(GivenInterval(MIDNIGHT + 49 * HOUR, 5),)), "correction.open"),
        (Correction("oven", "late", given=(GivenInterval(past + timedelta(seconds=9), 5),)), "correction.unaligned"),
    ):
        with pytest.raises(CommandRefused) as refused:
            await do(store, wanted)
        assert refused.value.reason.key == key
    await do(store, Correction("oven", "replace", Span.HOUR, given=(GivenInterval(past + 3 * HOUR, 5),)))
    points = (await store.series("oven", Span.DAY, past, past + 24 * HOUR)).points
    assert energies(points) == 23 * 600 * 3600 + 5
    await store.close()
