"""A wall clock that is set wrong, and set right again, moves the record no further than it must."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from ohmstead.core.model.series import Span
from ohmstead.store.dating import CONFIRM_MS, JUMP_MS, Dating, dated
from ohmstead.store.store import Store
from ohmstead.store.values import Sample, TailRow

NOON = datetime(2026, 6, 21, 12, tzinfo=UTC)
TO_2040 = timedelta(days=14 * 365)
STEP_S = 10
KEEPS = timedelta(milliseconds=CONFIRM_MS)


@dataclass
class Site:
    """Ticks every 10 s at 1 kW; its wall clock can be wrong."""

    url: str
    store: Store
    true: datetime = NOON
    boot: datetime = NOON
    wrong: timedelta = timedelta(0)
    synchronised: bool | None = None
    kept: list[tuple[datetime, datetime]] = field(default_factory=list)

    async def run(self, seconds: float) -> datetime:
        """Tick for so long; the time under which the last row is kept."""
        for _ in range(round(seconds / STEP_S)):
            self.true += timedelta(seconds=STEP_S)
            energy = round((self.true - NOON).total_seconds()) * 1000
            monotonic_s = (self.true - self.boot).total_seconds()
            row = TailRow(self.true + self.wrong, {"grid": Sample(energy, 0, 1000.0)}, monotonic_s, self.synchronised)
            self.kept.append((self.true, await self.store.append(row)))
        return self.kept[-1][1]

    async def restart(self) -> None:
        await self.store.close()
        self.boot = self.true
        self.store = await Store.open(self.url, "home", "Europe/Rome")

    async def check(self) -> None:
        """Every row was kept once, and every span adds up to what flowed."""
        times = sorted(kept for _, kept in self.kept)
        assert len(set(times)) == len(times)
        flowed = round((self.kept[-1][0] - self.kept[0][0]).total_seconds()) * 1000
        for span in Span:
            points = (await self.store.series("grid", span, times[0] - KEEPS, times[-1] + KEEPS)).points
            starts = [point.start for point in points]
            assert starts == sorted(set(starts))
            assert sum(point.energy_import_j or 0 for point in points) == flowed, span
        assert await self.store.faults() == ()


@pytest.fixture
async def site(store_url: str) -> AsyncIterator[Site]:
    site = Site(store_url, await Store.open(store_url, "home", "Europe/Rome"))
    yield site
    await site.store.close()


@pytest.mark.anyio
@pytest.mark.req("G-002")
@pytest.mark.parametrize("wrong", [TO_2040, timedelta(hours=2), -timedelta(hours=3)], ids=["2040", "2h", "-3h"])
async def test_a_jump_that_does_not_last_leaves_no_trace_in_the_record(site: Site, wrong: timedelta) -> None:
    await site.run(700)
    site.wrong = wrong
    await site.run(300)
    site.wrong = timedelta(0)
    await site.run(700)
    assert all(true == kept for true, kept in site.kept)
    await site.check()


@pytest.mark.anyio
@pytest.mark.req("G-002")
async def test_a_clock_set_forward_is_believed_when_it_stays_or_is_synchronised(site: Site) -> None:
    await site.run(100)
    site.wrong = timedelta(hours=2)
    assert await site.run(KEEPS.total_seconds()) == site.true
    assert await site.run(STEP_S) == site.true + site.wrong
    site.wrong, site.synchronised = timedelta(days=3), True
    assert await site.run(STEP_S) == site.true + site.wrong
    await site.check()


@pytest.mark.anyio
@pytest.mark.req("G-002")
@pytest.mark.parametrize("hours", [3, 40])
@pytest.mark.parametrize("restart", [False, True], ids=["running", "restarted"])
async def test_after_a_wrong_future_the_record_goes_on_at_the_right_time(site: Site, hours: int, restart: bool) -> None:
    await site.run(700)
    site.wrong = timedelta(hours=hours)
    await site.run(KEEPS.total_seconds() + 400)
    if restart:
        await site.restart()
    site.wrong, site.synchronised = timedelta(0), True
    await site.run(900)
    assert site.kept[-1][1] == site.true
    await site.check()
    await site.restart()
    await site.run(900)
    assert site.kept[-1][1] == site.true
    await site.check()


@pytest.mark.anyio
@pytest.mark.req("G-002")
async def test_years_of_wrong_future_may_cost_seconds_but_no_energy_and_end_within_two_hours(site: Site) -> None:
    await site.run(700)
    site.wrong = TO_2040
    await site.run(KEEPS.total_seconds() + 400)
    site.wrong, site.synchronised = timedelta(0), True
    assert await site.run(STEP_S) - site.true < timedelta(hours=1)
    await site.run(2 * 3600)
    assert site.kept[-1][1] == site.true
    flowed = round((site.kept[-1][0] - site.kept[0][0]).total_seconds()) * 1000
    for span in (Span.HOUR, Span.DAY):
        points = (await site.store.series("grid", span, NOON, NOON + TO_2040 + timedelta(days=2))).points
        assert sum(point.energy_import_j or 0 for point in points) == flowed


@pytest.mark.anyio
@pytest.mark.req("G-002")
async def test_what_was_recorded_in_a_wrong_future_is_leapt_over_when_it_comes(site: Site) -> None:
    await site.run(700)
    site.wrong, site.synchronised = timedelta(minutes=95), True
    await site.run(900)
    site.wrong = timedelta(0)
    await site.run(2 * 3600)
    await site.check()
    await site.run(3600)
    assert site.kept[-1][1] == site.true
    await site.check()


@pytest.mark.anyio
@pytest.mark.req("G-002")
async def test_a_first_row_years_ahead_of_the_record_is_not_believed_at_once(site: Site) -> None:
    await site.run(100)
    await site.restart()
    site.wrong = TO_2040
    kept = await site.run(100)
    assert abs(kept - site.true) <= timedelta(seconds=STEP_S)
    site.wrong = timedelta(0)
    await site.run(100)
    assert abs(site.kept[-1][1] - site.true) <= timedelta(seconds=STEP_S)
    await site.check()


@pytest.mark.req("G-002")
def test_a_clock_that_jumps_about_is_not_believed_however_long() -> None:
    memory = dated(Dating(), 0, 0, None, None).dating
    for second in range(1, 3000):
        wall = second * 1000 + (2 + second % 2) * 2 * JUMP_MS
        row = dated(memory, wall, second * 1000, False, None)
        assert (row.at, row.sure) == (second * 1000, False)
        memory = row.dating
