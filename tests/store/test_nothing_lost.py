"""Whatever a site lives through, every span of every range adds up to the difference of the counters."""

import asyncio
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from ohmstead.core.accounting.counters import CounterMemory, advance
from ohmstead.core.model.readings import Reading
from ohmstead.core.model.series import Span
from ohmstead.core.model.time import Instant
from ohmstead.store.store import Store
from ohmstead.store.values import Sample, TailRow
from tests.exploring import examples

END_OF_COUNTER = 10**7 * 3600
SPRING = datetime(2026, 3, 28, 20, tzinfo=UTC)
AUTUMN = datetime(2026, 10, 24, 20, tzinfo=UTC)
FAR = timedelta(days=20 * 400)
YEARS_S = 8 * 365 * 86_400

steps = st.lists(
    st.one_of(
        st.tuples(st.just("ticks"), st.integers(1, 12)),
        st.tuples(st.just("wait"), st.integers(1, 40_000)),
        st.tuples(st.just("restart"), st.integers(1, 7200)),
        st.tuples(st.just("clock"), st.integers(-20_000, 20_000)),
        st.tuples(st.just("clock"), st.integers(-YEARS_S, YEARS_S)),
        st.tuples(st.just("synchronised"), st.just(0)),
        st.tuples(st.just("stays"), st.integers(10, 80)),
        st.tuples(st.just("again"), st.just(0)),
        st.tuples(st.just("reset"), st.just(0)),
        st.tuples(st.just("wild"), st.integers(0, 10**15)),
    ),
    min_size=3,
    max_size=22,
)


@dataclass
class Life:
    """A site with one meter: true energy, the meter's counter, the wall clock and how wrong it is, and the store."""

    url: str
    clock: datetime
    store: Store
    wrong: timedelta = timedelta(0)
    synchronised: bool | None = None
    monotonic_s: float = 50.0
    counter: int = END_OF_COUNTER - 40_000
    memory: CounterMemory = field(default_factory=CounterMemory)
    totals: list[tuple[datetime, int]] = field(default_factory=list)

    async def tick(self, seconds: float = 17, *, counter: int | None = None) -> None:
        self.clock += timedelta(seconds=seconds)
        self.monotonic_s += seconds
        self.counter = (self.counter + round(seconds * 900)) % END_OF_COUNTER
        shown = self.counter if counter is None else counter
        reading = Reading("grid", Instant(self.clock, self.monotonic_s), power_w=900.0, energy_import_j=shown)
        after = advance(self.memory, reading, 17_250.0)
        self.memory = after.memory
        sample = Sample(after.energy_import_j, after.energy_export_j, 900.0)
        row = TailRow(self.clock + self.wrong, {"grid": sample}, self.monotonic_s, self.synchronised)
        kept = await self.store.append(row, memory={"grid": after.memory.dump()})
        self.totals.append((kept, after.energy_import_j or 0))

    async def restart(self, seconds: int) -> None:
        await self.store.close()
        self.clock += timedelta(seconds=seconds)
        self.counter = (self.counter + seconds * 900) % END_OF_COUNTER
        self.monotonic_s = 1.0
        self.store = await Store.open(self.url, "home", "Europe/Rome")
        kept = (await self.store.last()).memory.get("grid")
        assert isinstance(kept, list) or not self.totals
        self.memory = CounterMemory.load(kept) if isinstance(kept, list) else CounterMemory()

    async def live(self, what: str, number: int) -> None:
        if what == "ticks":
            for _ in range(number):
                await self.tick()
        elif what == "wait":
            await self.tick(number)
        elif what == "restart":
            await self.restart(number)
        elif what == "clock":
            self.wrong, self.synchronised = timedelta(seconds=number), None
        elif what == "synchronised":
            self.wrong, self.synchronised = timedelta(0), True
        elif what == "stays":
            for _ in range(number):
                await self.tick(60)
        elif what == "again":
            await self.tick(0)
        elif what == "reset":
            self.counter = 0
        else:
            await self.tick(counter=number)

    async def check(self) -> None:
        times = sorted(kept for kept, _ in self.totals)
        assert len(set(times)) == len(times)
        first, last = self.totals[0][1], self.totals[-1][1]
        flowed = [(kept, now - before) for (_, before), (kept, now) in pairwise(self.totals)]
        for span in Span:
            series = await self.store.series("grid", span, times[0] - FAR, times[-1])
            starts = [point.start for point in series.points]
            assert starts == sorted(set(starts)), span
            assert all((point.energy_import_j or 0) >= 0 for point in series.points)
            assert sum(point.energy_import_j or 0 for point in series.points) == last - first, span
            for middle in {times[len(times) // 3], times[len(times) // 2]} - {times[-1]}:
                part = await self.store.series("grid", span, middle, times[-1])
                expected = sum(energy for kept, energy in flowed if part.start < kept)
                assert sum(point.energy_import_j or 0 for point in part.points) == expected, span
        assert await self.store.faults() == ()


async def lived(url: str, start: datetime, story: list[tuple[str, int]]) -> None:
    life = Life(url, start, await Store.open(url, "home", "Europe/Rome"))
    try:
        await life.tick()
        for what, number in story:
            await life.live(what, number)
        await life.tick()
        await life.check()
        await life.restart(5)
        await life.check()
    finally:
        await life.store.close()


@pytest.fixture(autouse=True, scope="module")
def _nothing_is_forgotten() -> Iterator[None]:
    """A clock that is years ahead, and said to be synchronised, makes the seconds of now old. All is sealed at once."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("KEEP_SECONDS_MS", "KEEP_FIVE_MINUTES_MS"):
            patch.setattr(f"ohmstead.store.closing.{name}", round(FAR.total_seconds() * 1000))
        patch.setattr("ohmstead.store.closing.PLAIN_MS", {300: (0, 0), 3600: (0, 0), 86_400: (0, 0)})
        yield


@pytest.mark.req("G-001", "G-002", "G-009")
@examples(12, but=[HealthCheck.too_slow])
@given(st.sampled_from([SPRING, AUTUMN]), steps)
def test_any_life_on_sqlite_adds_up(start: datetime, story: list[tuple[str, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(lived(f"sqlite:///{Path(folder) / 'site.db'}", start, story))


@pytest.fixture
def fresh_database(request: pytest.FixtureRequest) -> Callable[[], str]:
    """A new address on the server for each example."""
    make: Callable[[], str] = request.getfixturevalue("postgresql").new_database
    return make


@pytest.mark.req("G-001", "G-002", "G-009")
@examples(6, but=list(HealthCheck))
@given(start=st.sampled_from([SPRING, AUTUMN]), story=steps)
def test_any_life_on_postgresql_adds_up(
    fresh_database: Callable[[], str], start: datetime, story: list[tuple[str, int]]
) -> None:
    asyncio.run(lived(fresh_database(), start, story))


@pytest.mark.req("G-002")
@pytest.mark.parametrize("start, hours", [(SPRING, 23), (AUTUMN, 25)], ids=["spring", "autumn"])
def test_the_days_of_both_clock_changes_have_all_their_hours(sqlite_url: str, start: datetime, hours: int) -> None:
    async def main() -> None:
        life = Life(sqlite_url, start, await Store.open(sqlite_url, "home", "Europe/Rome", gap_s=300))
        for _ in range(34 * 12):
            await life.tick(300)
        middle = start + timedelta(hours=12)
        (day,) = (await life.store.series("grid", Span.DAY, middle, middle + timedelta(seconds=1))).points
        inside = (await life.store.series("grid", Span.HOUR, day.start, day.start + timedelta(hours=hours))).points
        assert day.energy_import_j == hours * 3600 * 900
        assert [point.energy_import_j for point in inside] == [3600 * 900] * hours
        assert {point.power_mean_w for point in inside} == {900}
        await life.check()
        await life.store.close()

    asyncio.run(main())
