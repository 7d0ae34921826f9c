"""The site's own counters follow a meter through everything that meters do."""

import json
import struct
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmstead.core.accounting.counters import CONFIRM, CounterMemory, advance, caught_up, highest_power_w
from ohmstead.core.model.quantities import JOULES_PER_KWH, Quality
from ohmstead.core.model.readings import Reading
from ohmstead.core.model.time import Instant
from ohmstead.texts import LANGUAGES, word

NOON = datetime(2026, 6, 21, 12, tzinfo=UTC)
HIGHEST_W = highest_power_w(25, "3x400+N")
KWH = JOULES_PER_KWH
LAST_OF_32_BITS = 2**32 * 36_000


class Site:
    """Gives a meter's readings to ``advance``, a second apart, and notes what comes out."""

    def __init__(self) -> None:
        self.memory = CounterMemory()
        self.monotonic_s = 1000.0
        self.utc = NOON
        self.total_j: int | None = None
        self.export_j: int | None = None
        self.told: list[str] = []

    def wait(self, seconds: float) -> "Site":
        self.monotonic_s += seconds
        self.utc += timedelta(seconds=seconds)
        return self

    def read(self, *imported: int | None, power_w: float | None = None, quality: Quality = Quality.GOOD) -> "Site":
        for value in imported:
            self.wait(1).again(value, power_w=power_w, quality=quality)
        return self

    def again(self, value: int | None, *, power_w: float | None = None, quality: Quality = Quality.GOOD) -> "Site":
        now = Instant(self.utc, self.monotonic_s)
        after = advance(self.memory, Reading("meter", now, quality, power_w, energy_import_j=value), HIGHEST_W)
        assert self.total_j is None or (after.energy_import_j is not None and after.energy_import_j >= self.total_j)
        self.memory, self.total_j, self.export_j = after.memory, after.energy_import_j, after.energy_export_j
        self.told += [notice.code for notice in after.notices]
        assert all("meter" in word(notice.reason, language) for notice in after.notices for language in LANGUAGES)
        return self

    def restart(self, seconds: float, *, clock: bool = True) -> "Site":
        """The process dies, and comes back ``seconds`` later with another monotonic clock."""
        self.memory = CounterMemory.load(json.loads(json.dumps(self.memory.dump())))
        self.utc += timedelta(seconds=seconds) if clock else timedelta(seconds=-20)
        self.monotonic_s = 3.0
        return self


def steady(first: int, count: int, step: int = 1000) -> Iterable[int]:
    return range(first, first + count * step, step)


@pytest.mark.req("G-001")
def test_a_steady_counter_is_followed_to_the_joule() -> None:
    site = Site().read(*steady(5 * KWH, 100))
    assert (site.total_j, site.told) == (5 * KWH + 99_000, [])


def test_one_wild_value_up_or_down_changes_nothing() -> None:
    site = Site().read(100 * KWH, 100 * KWH + 1000, 10**15, 100 * KWH + 3000, 0, 100 * KWH + 5000, 7, 3)
    site.read(100 * KWH + 8000)
    assert (site.total_j, site.told) == (100 * KWH + 8000, [])


def test_a_reset_to_zero_counts_what_flowed_since_and_makes_no_spike() -> None:
    site = Site().read(900 * KWH, 500, 1500, 2500, 3500)
    assert (site.total_j, site.told) == (900 * KWH + 3500, ["counter.reset"])


def test_a_rollover_of_32_bits_of_10_wh_loses_nothing() -> None:
    before = LAST_OF_32_BITS - 36_000
    site = Site().read(before, *[0] * CONFIRM, 36_000)
    site.read(*[36_000] * CONFIRM)
    assert (site.total_j, site.told) == (before + 2 * 36_000, ["counter.rolled_over"])


def test_a_decimal_display_rolls_over_too() -> None:
    before = 999_999 * KWH + 3_000_000
    site = Site().read(before, *[600_000] * CONFIRM)
    assert (site.total_j, site.told) == (10**6 * KWH + 600_000, ["counter.rolled_over"])


@pytest.mark.parametrize("other", [5_000 * KWH, 400 * KWH])
def test_another_meter_in_its_place_makes_no_spike(other: int) -> None:
    site = Site().read(900 * KWH, *steady(other, 10))
    assert site.told == ["counter.replaced"]
    assert 900 * KWH <= (site.total_j or 0) <= 900 * KWH + 9000


def test_a_meter_that_shows_zero_while_it_starts_goes_on_where_it_was() -> None:
    site = Site().read(900 * KWH, *[0] * 20, *steady(900 * KWH + 21_000, 5))
    assert site.total_j == 900 * KWH + 25_000


def test_a_counter_in_whole_kwh_is_counted_by_its_steps() -> None:
    site = Site().read(*[7 * KWH] * 400, *[8 * KWH] * 400, *[9 * KWH] * CONFIRM)
    assert (site.total_j, site.told) == (9 * KWH, [])


def test_steps_and_jitter_of_a_32_bit_float_make_neither_spike_nor_loss() -> None:
    def as_float(kwh: float) -> int:
        single: float = struct.unpack("<f", struct.pack("<f", kwh))[0]
        return round(single * KWH)

    start = 700_000.0
    site = Site()
    for second in range(2000):
        jitter = 0.0625 if second % 97 == 5 else 0.0
        site.read(as_float(start + second * 10 / 3600 - jitter))
    site.read(*[as_float(start + 2000 * 10 / 3600)] * CONFIRM)
    assert site.total_j == as_float(start + 2000 * 10 / 3600)
    assert site.told == []


@pytest.mark.req("G-009")
@pytest.mark.parametrize("clock", [True, False], ids=["clock right", "clock behind"])
def test_energy_of_an_outage_is_counted_after_a_restart(clock: bool) -> None:
    site = Site().read(*steady(100 * KWH, 10)).restart(36_000, clock=clock)
    site.read(*steady(120 * KWH, CONFIRM))
    assert (site.total_j, site.told) == (120 * KWH + (CONFIRM - 1) * 1000, [])


def test_energy_of_a_lost_connection_is_counted_when_it_is_back() -> None:
    site = Site().read(100 * KWH).wait(3600)
    site.read(None, quality=Quality.MISSING).read(*steady(105 * KWH, CONFIRM))
    assert site.total_j == 105 * KWH + (CONFIRM - 1) * 1000


def test_a_reset_during_an_outage_makes_no_spike() -> None:
    site = Site().read(900 * KWH).restart(36_000).read(*[5 * KWH] * CONFIRM)
    assert (site.total_j, site.told) == (905 * KWH, ["counter.reset"])


@pytest.mark.parametrize("other", [40 * KWH, 400 * KWH, 880 * KWH])
def test_another_meter_after_a_restart_makes_no_spike(other: int) -> None:
    site = Site().read(900 * KWH).restart(60).read(*steady(other, 10))
    assert 0 <= (site.total_j or 0) - 900 * KWH <= 9 * 1000
    assert site.told == ["counter.replaced"]


@pytest.mark.parametrize("restarted", [True, False])
def test_a_counter_that_falls_by_its_own_coarse_step_is_waited_for(restarted: bool) -> None:
    site = Site().read(1935 * KWH + 35_000)
    if restarted:
        site.restart(10)
    site.read(*[1935 * KWH] * 20, *[1935 * KWH + 36_000] * CONFIRM)
    assert (site.total_j, site.told) == (1935 * KWH + 36_000, [])


def test_the_same_reading_again_confirms_nothing() -> None:
    site = Site().read(900 * KWH, 5)
    for _ in range(10):
        site.again(5)
    assert (site.total_j, site.told) == (900 * KWH, [])


def test_a_doubt_survives_a_restart_and_a_bad_reading_counts_for_nothing() -> None:
    site = Site().read(900 * KWH, 0, 0).restart(1).read(10**15, quality=Quality.BAD).read(900 * KWH + 2000)
    site.read(*[900 * KWH + 2000] * CONFIRM)
    assert (site.total_j, site.told) == (900 * KWH + 2000, [])


def test_nothing_known_is_nothing_and_not_zero() -> None:
    assert Site().read(None).total_j is None
    assert Site().read(None, quality=Quality.MISSING).total_j is None


@pytest.mark.req("G-001")
def test_without_counters_power_is_added_up_exactly_and_split_by_direction() -> None:
    site = Site()
    for _ in range(3601):
        site.read(None, power_w=0.3)
    assert (site.total_j, site.export_j) == (1080, 0)
    site.read(None, power_w=-0.3)
    for _ in range(10):
        site.read(None, power_w=-1000)
    assert site.total_j == 1080
    assert 9000 < (site.export_j or 0) < 10_000


def test_a_power_that_is_no_number_is_not_integrated() -> None:
    for wrong in (float("nan"), float("inf"), float("-inf")):
        site = Site()
        for power_w in (1000.0, wrong, 1000.0):
            site.read(None, power_w=power_w)
        assert site.total_j == 2000


def test_a_gap_in_the_power_is_not_filled() -> None:
    site = Site().read(None, None, power_w=1000)
    assert site.total_j == 1000
    site.wait(600).read(None, None, power_w=1000)
    assert site.total_j == 2000


def test_integration_goes_on_after_a_restart_without_filling_the_outage() -> None:
    site = Site().read(None, None, power_w=1000).restart(600).read(None, None, power_w=1000)
    assert site.total_j == 2000


def test_a_counter_that_appears_later_continues_the_integrated_total() -> None:
    site = Site().read(None, None, power_w=1000).read(500 * KWH, 500 * KWH + 1000, power_w=1000)
    assert site.total_j == 2000


@pytest.mark.parametrize("kept", [[], [1, 2, 3], [[1], None, None], "abcd", [None, None, ["x"]]])
def test_a_memory_that_is_none_is_refused(kept: object) -> None:
    with pytest.raises((ValueError, TypeError, LookupError)):
        CounterMemory.load(kept)  # type: ignore[arg-type]  # what a damaged document may hold


def restarted_late(site: Site, kept: CounterMemory, seconds: float) -> Site:
    """A restart with a memory that is older than the last row."""
    site.memory = caught_up(kept, site.total_j, site.export_j)
    return site.restart(seconds)


@pytest.mark.req("G-009")
def test_an_older_memory_with_the_totals_of_the_last_row_counts_nothing_twice() -> None:
    site = Site().read(900 * KWH, 900 * KWH + 1000)
    kept = site.memory
    site.read(*steady(900 * KWH + 2000, 20))
    restarted_late(site, kept, 5).read(900 * KWH + 26_000)
    assert site.total_j == 900 * KWH + 26_000


def test_an_older_memory_does_not_integrate_twice() -> None:
    site = Site().read(None, None, power_w=1000)
    kept = site.memory
    site.read(*[None] * 10, power_w=1000)
    restarted_late(site, kept, 5).read(None, None, power_w=1000)
    assert site.total_j == 12_000


def test_a_counter_that_comes_back_after_a_restart_with_an_older_memory_counts_nothing_twice() -> None:
    site = Site().read(900 * KWH, *[0] * CONFIRM)
    kept = site.memory
    site.read(*steady(1000, 20))
    restarted_late(site, kept, 1).read(*steady(900 * KWH + 25_000, CONFIRM))
    assert site.total_j == 900 * KWH + 25_000 + (CONFIRM - 1) * 1000


faults = st.lists(
    st.one_of(
        st.tuples(st.just("flow"), st.integers(1, 40)),
        st.tuples(st.just("wild"), st.integers(0, 10**16)),
        st.tuples(st.just("restart"), st.integers(0, 10_000)),
        st.tuples(st.just("lost"), st.integers(1, 500)),
    ),
    max_size=25,
)


@pytest.mark.req("G-001")
@given(st.integers(1000 * KWH, 90_000 * KWH), st.integers(0, 15_000), faults)
def test_whatever_glitches_the_total_ends_at_the_meter_and_never_goes_backwards(
    first_j: int, power_w: int, story: list[tuple[str, int]]
) -> None:
    meter = first_j
    site = Site().read(meter)
    for what, number in story:
        if what == "wild":
            meter += power_w
            site.read(number)
        elif what == "flow":
            for _ in range(number):
                meter += power_w
                site.read(meter)
        else:
            meter += number * power_w
            site.restart(number) if what == "restart" else site.wait(number)
        for _ in range(CONFIRM):
            meter += power_w
            site.read(meter)
    if not any(what == "wild" and 0 <= number - first_j < 10**11 for what, number in story):
        assert site.total_j == meter


@given(st.lists(st.one_of(st.integers(-(10**6), 10**17), st.none()), min_size=1, max_size=60))
def test_no_garbage_makes_more_than_could_flow(raw: list[int | None]) -> None:
    site = Site().read(1000 * KWH).read(*raw)
    possible = HIGHEST_W * 1.1 * len(raw) + len(raw) * (KWH + (10**17 >> 22))
    assert (site.total_j or 0) - 1000 * KWH <= possible
