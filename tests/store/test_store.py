"""What goes into the store comes out again, after restarts too, on both databases."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy import event as event_of_library

from ohmstead.core.model.events import Event
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.series import Span
from ohmstead.store.database import Database
from ohmstead.store.store import Store
from ohmstead.store.values import Document, Sample, TailRow

NOON = datetime(2026, 6, 21, 12, tzinfo=UTC)
ROME = "Europe/Rome"


def rows(
    start: datetime, count: int, *, step_s: float = 1, first_j: int = 0, power_w: float = 1000
) -> Iterator[TailRow]:
    for i in range(1, count + 1):
        energy = first_j + round(power_w * step_s) * i
        yield TailRow(start + timedelta(seconds=step_s * i), {"grid": Sample(energy, 7, power_w)})


async def filled(url: str, *ticks: TailRow, **options: float) -> Store:
    store = await Store.open(url, "home", ROME, **options)
    for row in ticks:
        await store.append(row)
    return store


@pytest.mark.anyio
@pytest.mark.req("G-001", "G-009")
@pytest.mark.parametrize("span", list(Span))
async def test_points_of_every_span_add_up_to_one_subtraction(store_url: str, span: Span) -> None:
    ticks = list(rows(NOON, 130, step_s=60))
    store = await filled(store_url, *ticks, gap_s=60)
    series = await store.series("grid", span, NOON, NOON + timedelta(hours=3))
    assert sum(point.energy_import_j or 0 for point in series.points) == 129 * 60_000
    assert all(later.start > earlier.start for earlier, later in pairwise(series.points))
    await store.close()


@pytest.mark.anyio
@pytest.mark.req("G-009")
async def test_five_minutes_hold_energy_mean_and_extremes(store_url: str) -> None:
    powers = [100.0, 300.0, 200.0] * 100
    energies = [round(sum(powers[: i + 1])) for i in range(300)]
    ticks = [
        TailRow(NOON + timedelta(seconds=i + 1), {"grid": Sample(energy, None, power)})
        for i, (energy, power) in enumerate(zip(energies, powers, strict=True))
    ]
    store = await filled(store_url, *ticks, *rows(NOON + timedelta(minutes=5), 1, first_j=energies[-1]))
    first, second = (await store.series("grid", Span.FIVE_MINUTES, NOON, NOON + timedelta(minutes=6))).points
    assert (first.start, first.energy_import_j, first.energy_export_j) == (NOON, energies[-1] - energies[0], None)
    assert (first.power_mean_w, first.power_min_w, first.power_max_w) == (200, 100, 300)
    assert (second.start, second.energy_import_j) == (NOON + timedelta(minutes=5), 1000)
    await store.close()


@pytest.mark.anyio
@pytest.mark.req("G-009")
async def test_a_missing_power_leaves_no_trace_in_the_mean_and_no_zero(store_url: str) -> None:
    ticks = [
        TailRow(NOON + timedelta(seconds=1), {"grid": Sample(0, None, 500.0)}),
        TailRow(NOON + timedelta(seconds=2), {"grid": Sample(0, None, None)}),
        TailRow(NOON + timedelta(seconds=3), {"grid": Sample(None, None, None)}),
        TailRow(NOON + timedelta(seconds=4), {"grid": Sample(900, None, 500.0)}),
    ]
    store = await filled(store_url, *ticks)
    (hour,) = (await store.series("grid", Span.HOUR, NOON, NOON + timedelta(hours=1))).points
    assert (hour.power_mean_w, hour.power_min_w, hour.energy_import_j) == (500, 500, 900)
    seconds = (await store.series("grid", Span.SECOND, NOON, NOON + timedelta(hours=1))).points
    assert [point.power_mean_w for point in seconds] == [500, None, 500]
    await store.close()


@pytest.mark.anyio
@pytest.mark.req("G-009")
async def test_energy_of_an_outage_is_counted_and_its_time_stays_a_gap(store_url: str) -> None:
    store = await filled(store_url, *rows(NOON, 3), *rows(NOON + timedelta(hours=7), 3, first_j=25_000_000))
    hours = (await store.series("grid", Span.HOUR, NOON, NOON + timedelta(hours=10))).points
    assert [point.start.hour for point in hours] == [12, 19]
    assert sum(point.energy_import_j or 0 for point in hours) == 25_003_000 - 1000
    assert [point.power_mean_w for point in hours] == [1000, 1000]
    await store.close()


@pytest.mark.anyio
@pytest.mark.req("G-009")
@pytest.mark.parametrize("span", list(Span))
async def test_a_restart_changes_no_series(store_url: str, span: Span) -> None:
    ticks = list(rows(NOON, 70, step_s=10))
    store = await filled(store_url, *ticks[:50])
    for row in ticks[50:]:
        await store.close()
        store = await filled(store_url, row)
    series = await store.series("grid", span, NOON, NOON + timedelta(hours=1))
    await store.close()
    other = await Store.open(store_url, "never-restarted", ROME)
    for row in ticks:
        await other.append(row)
    assert (await other.series("grid", span, NOON, NOON + timedelta(hours=1))) == series
    await other.close()


@pytest.mark.anyio
async def test_a_restart_finds_counters_memory_and_time(store_url: str) -> None:
    store = await filled(store_url, *rows(NOON, 299))
    last = next(rows(NOON + timedelta(minutes=5), 1, first_j=300_000))
    await store.append(last, memory={"counters": {"grid": [1, 2]}, "control": [0.5, None]})
    await store.close()
    store = await Store.open(store_url, "home", ROME)
    found = await store.last()
    assert (found.at, found.counters["grid"]) == (last.at, Sample(301_000, 7, 1000.0))
    assert found.memory == {"counters": {"grid": [1, 2]}, "control": [0.5, None]}
    assert store.channels() == ("grid",)
    await store.close()


@pytest.mark.anyio
async def test_a_channel_that_is_gone_keeps_its_counters_for_its_return(store_url: str) -> None:
    store = await filled(store_url, *rows(NOON, 2))
    for i in range(70):
        await store.append(TailRow(NOON + timedelta(seconds=3 + 10 * i), {"oven": Sample(i, None, 1.0)}))
    await store.close()
    store = await filled(store_url, *rows(NOON + timedelta(hours=1), 1, first_j=9000))
    points = (await store.series("grid", Span.DAY, NOON, NOON + timedelta(hours=2))).points
    assert [point.energy_import_j for point in points] == [9000]
    await store.close()


@pytest.mark.anyio
@pytest.mark.req("G-002")
async def test_a_clock_set_back_overwrites_nothing_and_counts_on(store_url: str) -> None:
    store = await filled(store_url, *rows(NOON, 40, step_s=10))
    kept = [await store.append(row) for row in rows(NOON - timedelta(minutes=1), 20, first_j=400_000)]
    assert kept[0] > NOON + timedelta(seconds=400)
    assert all(later > earlier for earlier, later in pairwise(kept))
    for span in Span:
        series = await store.series("grid", span, NOON, NOON + timedelta(hours=1))
        assert sum(point.energy_import_j or 0 for point in series.points) == 420_000 - 10_000
    await store.close()


@pytest.mark.anyio
@pytest.mark.req("G-002")
async def test_recorded_time_joins_the_clock_again_after_it_was_set_back(store_url: str) -> None:
    store = await filled(store_url, *rows(NOON, 30))
    back = NOON + timedelta(seconds=20)
    kept = [(await store.append(row)) - row.at for row in rows(back, 60, first_j=30_000)]
    assert kept[0] > timedelta(seconds=9)
    assert kept[-1] == timedelta()
    await store.close()


@pytest.mark.anyio
async def test_the_same_tick_twice_is_not_counted_twice(store_url: str) -> None:
    (row,) = rows(NOON, 1)
    store = await filled(store_url, row, row, *rows(NOON + timedelta(seconds=1), 1, first_j=1000))
    points = (await store.series("grid", Span.FIVE_MINUTES, NOON, NOON + timedelta(minutes=1))).points
    assert [point.energy_import_j for point in points] == [1000]
    await store.close()


@pytest.mark.anyio
async def test_values_that_cannot_be_true_are_kept_as_missing(store_url: str) -> None:
    strange = [float("nan"), float("inf"), -1e300, 1e200]
    ticks = [
        TailRow(NOON + timedelta(seconds=i + 1), {"grid": Sample(10**25, -(10**19), power), "oven": Sample(i, 0, 2.0)})
        for i, power in enumerate(strange)
    ]
    store = await filled(store_url, *ticks, *rows(NOON + timedelta(days=2), 1))
    (day,) = (await store.series("grid", Span.DAY, NOON, NOON + timedelta(hours=1))).points
    assert (day.energy_import_j, day.power_mean_w, day.power_max_w) == (None, None, None)
    (day,) = (await store.series("oven", Span.DAY, NOON, NOON + timedelta(hours=1))).points
    assert (day.energy_import_j, day.power_mean_w) == (3, 2)
    await store.close()


@pytest.mark.anyio
async def test_two_sites_in_one_database_do_not_mix(store_url: str) -> None:
    first = await filled(store_url, *rows(NOON, 31, step_s=10))
    second = await Store.open(store_url, "neighbour", "America/New_York")
    for row in rows(NOON, 31, step_s=10, power_w=5):
        await second.append(row, memory={"a": 1}, documents=[Document("card", "1", "x", "me")])
    for store, power in ((first, 1000), (second, 5)):
        points = (await store.series("grid", Span.FIVE_MINUTES, NOON, NOON + timedelta(hours=1))).points
        assert sum(point.energy_import_j or 0 for point in points) == 300 * power
    assert (await first.last()).memory == {}
    assert await first.documents.list("card") == ()
    await first.close()
    await second.close()


@pytest.mark.anyio
async def test_a_tick_is_kept_whole_or_not_at_all(store_url: str) -> None:
    store = await filled(store_url, *rows(NOON, 30, step_s=10))
    row = next(rows(NOON + timedelta(minutes=5), 1, first_j=300_000))
    unwritable = Event(row.at, "k" * 50, "site", "grid", data={"x": object()})  # type: ignore[dict-item]  # on purpose
    with pytest.raises(TypeError):
        await store.append(row, memory={"a": 1}, documents=[Document("card", "1", {}, "me")], events=[unwritable])
    assert (await store.last()).memory == {}
    assert await store.documents.get("card", "1") is None
    assert (await store.append(row, memory={"a": 2})) == row.at
    points = (await store.series("grid", Span.SECOND, NOON, NOON + timedelta(hours=1))).points
    assert sum(point.energy_import_j or 0 for point in points) == 291_000
    await store.close()


@pytest.mark.anyio
@pytest.mark.req("G-009")
async def test_seconds_are_kept_fourteen_days_and_five_minutes_longer(store_url: str) -> None:
    store = await filled(
        store_url, *rows(NOON, 35, step_s=10), *rows(NOON + timedelta(days=15), 35, step_s=10, first_j=350_000)
    )
    day = timedelta(days=1)
    assert (await store.series("grid", Span.SECOND, NOON, NOON + day)).points == ()
    assert len((await store.series("grid", Span.SECOND, NOON + 15 * day, NOON + 16 * day)).points) == 35
    assert len((await store.series("grid", Span.FIVE_MINUTES, NOON, NOON + day)).points) == 2
    await store.close()


@pytest.mark.anyio
@pytest.mark.req("G-009")
async def test_five_minutes_go_after_five_years_and_days_stay(store_url: str) -> None:
    later = NOON + timedelta(days=6 * 366)
    store = await filled(store_url, *rows(NOON, 35, step_s=10), *rows(later, 35, step_s=10, first_j=350_000))
    day = timedelta(days=1)
    assert (await store.series("grid", Span.FIVE_MINUTES, NOON, NOON + day)).points == ()
    assert len((await store.series("grid", Span.HOUR, NOON, NOON + day)).points) == 1
    assert len((await store.series("grid", Span.DAY, NOON, NOON + day)).points) == 1
    await store.close()


@pytest.mark.anyio
async def test_events_come_newest_first_in_pages(store_url: str) -> None:
    store = await Store.open(store_url, "home", ROME)
    reason = Reason("limit.main_fuse", {"phase": "L1", "available_a": 10.0})
    told = [Event(NOON, "device.lost", "site", f"m{i}", "fault", reason, {"n": i, "x": None}) for i in range(7)]
    await store.note(*told[:6])
    await store.append(next(rows(NOON, 1)), events=told[6:])
    page = await store.events(limit=4)
    rest = await store.events(limit=4, before=page.older)
    assert [kept.event for kept in page.events + rest.events] == told[::-1]
    assert rest.older is None
    only = await store.events(target="m3")
    assert [kept.event.target for kept in only.events] == ["m3"]
    await store.close()


@pytest.mark.anyio
async def test_impossible_questions_are_refused_with_what_is_allowed(sqlite_url: str) -> None:
    store = await Store.open(sqlite_url, "home", ROME)
    with pytest.raises(ValueError, match="is not after start"):
        await store.series("grid", Span.DAY, NOON, NOON)
    with pytest.raises(ValueError, match="without zone"):
        await store.series("grid", Span.DAY, NOON.replace(tzinfo=None), NOON)
    with pytest.raises(ValueError, match="allowed: 1 to"):
        await store.events(limit=0)
    assert (await store.series("nobody", Span.DAY, NOON, NOON + timedelta(days=1))).points == ()
    await store.close()


@pytest.mark.anyio
@pytest.mark.req("G-002")
@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kathmandu"])
async def test_another_zone_cuts_the_days_anew_and_loses_nothing(store_url: str, zone: str) -> None:
    ticks = list(rows(NOON, 30 * 4, step_s=1800))
    store = await filled(store_url, *ticks, gap_s=1800)
    await store.close()
    store = await Store.open(store_url, "home", zone, gap_s=1800)
    await store.append(next(rows(ticks[-1].at, 1, step_s=1800, first_j=30 * 4 * 1_800_000)))
    other = await Store.open(store_url, "always-there", zone, gap_s=1800)
    for row in [*ticks, next(rows(ticks[-1].at, 1, step_s=1800, first_j=30 * 4 * 1_800_000))]:
        await other.append(row)
    for span in (Span.FIVE_MINUTES, Span.HOUR, Span.DAY):
        series = await store.series("grid", span, NOON - timedelta(days=2), NOON + timedelta(days=4))
        assert series == await other.series("grid", span, NOON - timedelta(days=2), NOON + timedelta(days=4))
        assert sum(point.energy_import_j or 0 for point in series.points) == 30 * 4 * 1_800_000
    await store.close()
    await other.close()


@pytest.mark.anyio
async def test_thousands_of_channels_are_written_some_at_a_time_so_that_other_loops_have_their_turn(
    sqlite_url: str,
) -> None:
    turns: list[int] = []

    def look(_connection: Any, _cursor: Any, _statement: str, parameters: Any, _context: Any, many: bool) -> None:
        turns.append(len(parameters) if many and isinstance(parameters, list) else 1)

    event_of_library.listen(Engine, "before_cursor_execute", look)
    try:
        store = await Store.open(sqlite_url, "home", ROME)
        for second in (1, 2, 301):
            energy = {f"c{number}": Sample(number + second, 0, 1.0) for number in range(1000)}
            await store.append(TailRow(NOON + timedelta(seconds=second), energy))
        (point,) = (await store.series("c999", Span.FIVE_MINUTES, NOON, NOON + timedelta(minutes=5))).points
        assert point.energy_import_j == 1
        await store.close()
    finally:
        event_of_library.remove(Engine, "before_cursor_execute", look)
    assert 100 < max(turns) <= 250


@pytest.mark.anyio
async def test_a_lost_connection_to_the_server_is_made_again(postgresql: Any) -> None:
    url = postgresql.new_database()
    store = await filled(url, *rows(NOON, 3))
    killer = await Database.open(url)
    async with killer.writing() as connection:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        await connection.execute(text(f"{others} AND pid <> pg_backend_pid()"))
    await killer.close()
    for row in rows(NOON + timedelta(seconds=3), 3, first_j=3000):
        await store.append(row)
    points = (await store.series("grid", Span.HOUR, NOON, NOON + timedelta(hours=1))).points
    assert [point.energy_import_j for point in points] == [5000]
    await store.close()
