"""The site's own counters go on over restarts, resets and gaps, and never backwards."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from ohmstead.core.model.chargers import ChargerReading, ChargerState
from ohmstead.core.model.quantities import JOULES_PER_KWH, Quality, Role
from ohmstead.core.model.readings import Reading
from ohmstead.core.model.settings import DeviceSettings, Settings, SiteSettings
from ohmstead.core.model.time import Instant
from ohmstead.drivers.ports import Meter
from ohmstead.site.counting import KEEP_S, Counting
from ohmstead.site.sense import Sensed
from ohmstead.store.values import Sample

NOON = datetime(2026, 6, 21, 12, tzinfo=UTC)
SETTINGS = Settings(site=SiteSettings(name="Home", timezone="UTC", main_fuse_a=25.0))
WATTS = 2000


class NoWire:
    """Nothing is asked here."""

    async def read(self) -> Reading:
        raise AssertionError

    async def close(self) -> None:
        raise AssertionError


def at(second: float, process: float = 0.0) -> Instant:
    """A moment of the day; ``process`` moves the monotonic clock, as a restart does."""
    return Instant(datetime.fromtimestamp(NOON.timestamp() + second, UTC), 100.0 + second - process)


def oven(now: Instant, **values: Any) -> Sensed:
    meter: Meter = NoWire()
    settings = DeviceSettings(driver="sunspec", connect="tcp://127.0.0.1:1", role=Role.LOAD)
    return Sensed("oven", settings, meter, latest=Reading("oven", now, **values))


def run(counting: Counting, seconds: range, meter_j: int, process: float = 0.0) -> list[str]:
    """The oven at 2 kW; its counter shows ``meter_j`` at the first second."""
    told: list[str] = []
    for second in seconds:
        shown = meter_j + WATTS * (second - seconds.start)
        reading = oven(at(second, process), power_w=float(WATTS), energy_import_j=shown)
        told += [event.kind for event in counting.advance([reading], [])]
    return told


def restarted(counting: Counting, memory: Any, rows: Sample) -> Counting:
    """What a new process knows: the memory as JSON, and the last row."""
    after = Counting(SETTINGS)
    after.recall(json.loads(json.dumps(memory)), {"oven": rows})
    return after


@pytest.mark.req("G-001")
def test_totals_follow_the_meter() -> None:
    counting = Counting(SETTINGS)
    assert counting.totals("oven") == (None, None)
    run(counting, range(61), 5 * JOULES_PER_KWH)
    assert counting.totals("oven") == (5 * JOULES_PER_KWH + 60 * WATTS, None)


def test_a_restart_with_an_older_memory_and_newer_rows_goes_on_without_loss_or_doubling() -> None:
    counting = Counting(SETTINGS)
    run(counting, range(3), JOULES_PER_KWH)
    memory = counting.to_keep(at(2))
    run(counting, range(3, 50), JOULES_PER_KWH + 3 * WATTS)
    last = counting.totals("oven")[0]
    after = restarted(counting, memory, Sample(last, None, 2000.0))
    assert after.totals("oven") == (last, None)
    run(after, range(60, 70), JOULES_PER_KWH + 60 * WATTS, process=9e9)
    assert after.totals("oven")[0] == JOULES_PER_KWH + 69 * WATTS


def test_a_meter_that_starts_again_at_zero_makes_no_spike_and_is_told_once() -> None:
    counting = Counting(SETTINGS)
    run(counting, range(10), 500 * JOULES_PER_KWH)
    before = counting.totals("oven")[0] or 0
    told = run(counting, range(10, 30), 0)
    after = counting.totals("oven")[0] or 0
    assert before <= after <= before + 21 * WATTS
    assert told == ["counter.reset"]


def test_a_meter_replaced_while_the_site_was_down_never_turns_the_total_back() -> None:
    counting = Counting(SETTINGS)
    run(counting, range(10), 500 * JOULES_PER_KWH)
    last = counting.totals("oven")[0] or 0
    after = restarted(counting, counting.to_keep(at(9)), Sample(last, None, None))
    seen = []
    for second in range(100, 110):
        run(after, range(second, second + 1), 20 * JOULES_PER_KWH + WATTS * (second - 100), process=9e9)
        seen.append(after.totals("oven")[0] or 0)
    assert seen == sorted(seen)
    assert last <= seen[0]
    assert seen[-1] <= last + 21 * JOULES_PER_KWH


@pytest.mark.parametrize("kept", [None, "nonsense", {"oven": "?"}, {"oven": [1, 2]}, {"oven": [[1], None, None]}])
def test_a_memory_that_cannot_be_read_leaves_the_total_of_the_last_row(kept: Any) -> None:
    after = Counting(SETTINGS)
    after.recall(kept, {"oven": Sample(1_000_000, None, None)})
    run(after, range(10), 900 * JOULES_PER_KWH)
    assert after.totals("oven")[0] == 1_000_000 + 9 * WATTS


def test_a_device_without_counter_is_not_counted_twice_after_a_restart() -> None:
    counting = Counting(SETTINGS)
    counting.advance([oven(at(0), power_w=float(WATTS))], [])
    memory = counting.to_keep(at(0))
    for second in range(1, 21):
        counting.advance([oven(at(second), power_w=float(WATTS))], [])
    last = counting.totals("oven")[0]
    assert last == 20 * WATTS
    after = restarted(counting, memory, Sample(last, 0, 2000.0))
    for second in range(22, 31):
        after.advance([oven(at(second, process=9e9), power_w=float(WATTS))], [])
    assert after.totals("oven")[0] == 28 * WATTS


def test_the_same_reading_counts_once_however_often_it_is_looked_at() -> None:
    counting = Counting(SETTINGS)
    counting.advance([oven(at(0), power_w=float(WATTS))], [])
    same = oven(at(10), power_w=float(WATTS))
    for _ in range(5):
        counting.advance([same], [])
    assert counting.totals("oven")[0] == 10 * WATTS


def test_a_charger_is_counted_by_its_boards_counter_and_kept_while_it_is_silent() -> None:
    counting = Counting(SETTINGS)

    def seen(second: int, energy_j: int | None, quality: Quality = Quality.GOOD) -> ChargerReading:
        return ChargerReading("garage", at(second), quality, ChargerState.CHARGING, energy_j=energy_j)

    counting.advance([], [seen(0, 1000)])
    counting.advance([], [seen(1, 5000)])
    counting.advance([], [seen(2, None, Quality.MISSING)])
    assert counting.totals("garage") == (5000, None)


def test_the_memory_is_handed_out_once_a_minute_and_whenever_something_surprising_happened() -> None:
    counting = Counting(SETTINGS)
    run(counting, range(2), JOULES_PER_KWH)
    assert counting.to_keep(at(1)) is not None
    run(counting, range(2, 5), JOULES_PER_KWH + 2 * WATTS)
    assert counting.to_keep(at(4)) is None
    run(counting, range(5, 10), 0)
    assert counting.to_keep(at(9)) is not None
    assert counting.to_keep(at(10)) is None
    assert counting.to_keep(at(9 + KEEP_S)) is not None


@pytest.mark.req("G-001", "G-096")
def test_a_counter_that_begins_with_each_start_of_the_site_is_added_to_what_was_counted() -> None:
    def sampled(second: float, joules: int, since: Instant, process: float = 0.0) -> Sensed:
        return oven(at(second, process), energy_import_j=joules, energy_export_j=0, counted_since=since)

    counting, began = Counting(SETTINGS), at(0)
    for second in range(1, 4):
        counting.advance([sampled(second, 2_000 * second, began)], [])
    assert counting.totals("oven") == (6_000, 0)
    memory = counting.to_keep(at(3))
    counting.advance([sampled(4, 8_000, began)], [])
    after = restarted(counting, memory, Sample(energy_import_j=8_000, energy_export_j=0))
    again = at(60, 60.0)
    for second, joules in ((62, 3_000), (63, 5_000)):
        assert after.advance([sampled(second, joules, again, 60.0)], []) == ()
    assert after.totals("oven") == (13_000, 0)
