"""Voltage, current and power factor are kept by phase, from the second to the day, on both databases."""

import struct
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import inf, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from ohmstead.core.model.quantities import Phase
from ohmstead.core.model.readings import PhaseReading
from ohmstead.core.model.series import KEPT, Columns, Gauge, GaugeKind, Measure, Span
from ohmstead.store.chunks import take
from ohmstead.store.closing import SECONDS
from ohmstead.store.database import Database
from ohmstead.store.gauges import bodies_of, closed, columns_of, unpack_block_gauges
from ohmstead.store.intervals import Interval
from ohmstead.store.packing import NOTHING, Layout, opened_block
from ohmstead.store.quantities import MEAN, POWERS, SLOTS
from ohmstead.store.schema import chunk, rollup
from ohmstead.store.store import Store
from ohmstead.store.values import Sample, TailRow

MIDNIGHT = datetime(2026, 6, 20, 22, tzinfo=UTC)
ROME = "Europe/Rome"
AT_ONCE = {300: (0, 0), 3600: (0, 0), 86_400: (0, 0)}
NEVER = dict.fromkeys(AT_ONCE, (2**50, 0))
EVERY = tuple(GaugeKind)
Q1 = Gauge(GaugeKind.REACTIVE_POWER, "L1")
U1, U3 = Gauge(GaugeKind.VOLTAGE, "L1"), Gauge(GaugeKind.VOLTAGE, "L3")


def measured(i: int) -> Sample:
    """A three-phase meter whose third phase is silent at times, and which tells no power factor every fifth time."""
    phases: dict[Phase, PhaseReading] = {
        "L1": PhaseReading(230.0 + i % 10 / 10, 1.5, 345.0, -50.0 - i % 4, 0.99),
        "L2": PhaseReading(229.0, 0.001 * (i % 7), -20.0, None, None),
    }
    if i % 3:
        phases["L3"] = PhaseReading(231.0, 2.0, 400.0, None, 0.5)
    return Sample(100 * i, None, 700.0, None if i % 5 == 0 else 0.9, phases)


def rows(first: int, count: int, step_s: int = 60) -> Iterator[TailRow]:
    for i in range(first, first + count):
        yield TailRow(MIDNIGHT + timedelta(seconds=step_s * i), {"grid": measured(i), "sun": Sample(7 * i, None, 5.0)})


def told(columns: Columns, gauge: Gauge) -> list[tuple[float, float, float]]:
    found = columns.gauges[gauge]
    return [
        (round(mean, 4), round(low, 4), round(high, 4))
        for mean, low, high in zip(found.mean.tolist(), found.low.tolist(), found.high.tolist(), strict=True)
    ]


async def asked(store: Store, span: Span, quantities: tuple[GaugeKind, ...] = EVERY) -> Columns:
    found = await store.read(("grid",), span, MIDNIGHT, MIDNIGHT + timedelta(days=4), quantities=quantities)
    return found["grid"]


@pytest.mark.anyio
@pytest.mark.req("G-009")
async def test_five_minutes_hold_mean_and_extremes_of_each_phase(store_url: str) -> None:
    store = await Store.open(store_url, "home", ROME, gap_s=60)
    for row in rows(1, 10):
        await store.append(row)
    five = await asked(store, Span.FIVE_MINUTES)
    assert told(five, U1) == [(230.3, 230.1, 230.5), (230.6, 230.0, 230.9)]
    assert told(five, U3) == [(231.0, 231.0, 231.0)] * 2
    assert told(five, Gauge(GaugeKind.CURRENT, "L2")) == [(0.003, 0.001, 0.005), (0.002, 0.0, 0.006)]
    assert told(five, Gauge(GaugeKind.POWER, "L2"))[0] == (-20.0, -20.0, -20.0)
    assert told(five, Gauge(GaugeKind.POWER_FACTOR))[0] == (0.9, 0.9, 0.9)
    assert Gauge(GaugeKind.POWER_FACTOR, "L2") not in five.gauges
    assert told(five, Q1) == [(-51.0, -53.0, -50.0), (-52.0, -53.0, -50.0)]
    assert Gauge(GaugeKind.REACTIVE_POWER, "L2") not in five.gauges
    hour = await asked(store, Span.HOUR, (GaugeKind.VOLTAGE,))
    assert told(hour, U1) == [(230.4, 230.0, 230.9)]
    assert {gauge.kind for gauge in hour.gauges} == {GaugeKind.VOLTAGE}
    await store.close()


@pytest.mark.anyio
@pytest.mark.req("G-009")
async def test_seconds_keep_each_phase_and_what_was_silent_stays_missing(store_url: str) -> None:
    store = await Store.open(store_url, "home", ROME)
    for row in rows(1, 700, step_s=1):
        await store.append(row)
    fine = await asked(store, Span.SECOND)
    assert len(fine.start_ms) == 700
    voltage = fine.gauges[U3].mean
    assert [bool(np.isnan(value)) for value in voltage[:6]] == [False, False, True, False, False, True]
    assert np.nanmax(np.abs(fine.gauges[U1].mean - [230.0 + i % 10 / 10 for i in range(1, 701)])) < 0.001
    assert np.isnan(fine.gauges[Gauge(GaugeKind.POWER_FACTOR)].mean[4::5]).all()
    other = (await store.read(("sun",), Span.SECOND, MIDNIGHT, MIDNIGHT + timedelta(hours=1), quantities=EVERY))["sun"]
    assert other.gauges == {}
    await store.close()


@pytest.mark.anyio
@pytest.mark.req("G-001", "G-009")
async def test_sealing_and_a_restart_change_no_gauge(store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stories: list[dict[Span, list[list[tuple[float, float, float]]]]] = []
    for name, plain in (("plain", NEVER), ("sealed", AT_ONCE)):
        monkeypatch.setattr("ohmstead.store.closing.PLAIN_MS", plain)
        store = await Store.open(store_url, name, ROME, gap_s=600)
        for row in rows(1, 330, step_s=600):
            await store.append(row)
        if plain is AT_ONCE:
            await store.close()
            store = await Store.open(store_url, name, ROME, gap_s=600)
        found = {span: await asked(store, span) for span in KEPT}
        stories.append(
            {
                span: [
                    [tuple(-1.0 if value != value else value for value in each) for each in told(columns, gauge)]
                    for gauge in columns.gauges
                ]
                for span, columns in found.items()
            }
        )
        assert all(len(columns.gauges) == 13 for columns in found.values())
        await store.close()
    assert stories[0] == stories[1]


def oven(i: int) -> Sample:
    """A device on one phase, off at times, whose meter is not heard at others."""
    power = None if i % 50 == 9 else 0.0 if i % 4 == 0 else 1200.04 + i % 13 / 7
    return Sample(9 * i, None, power, None, {"L1": PhaseReading(230.0, 5.0, power, None, 1.0)})


@pytest.mark.anyio
@pytest.mark.req("G-001", "G-009")
async def test_the_power_of_the_only_phase_is_sealed_once_and_comes_back(store_url: str) -> None:
    store = await Store.open(store_url, "home", ROME, gap_s=600)
    stories = []
    for first, last in ((1, 190), (190, 260)):
        for i in range(first, last):
            await store.append(TailRow(MIDNIGHT + timedelta(seconds=450 * i), {"oven": oven(i)}))
        day = ("oven",), Span.SECOND, MIDNIGHT, MIDNIGHT + timedelta(hours=23)
        found = (await store.read(*day, (), (GaugeKind.POWER,)))["oven"]
        power = found.gauges[Gauge(GaugeKind.POWER, "L1")].mean
        stories.append((found.start_ms.tolist(), np.nan_to_num(np.round(power, 4), nan=-1.0).tolist()))
    assert stories[0] == stories[1]
    assert stories[1][1][:4] == [1200.2, 1200.3, 1200.5, 0.0]
    await store.close()
    database = await Database.open(store_url)
    async with database.reading() as connection:
        kept = select(chunk.c.quantity).where(chunk.c.span == SECONDS)
        quantities = set((await connection.execute(kept)).scalars())
    await database.close()
    assert {MEAN, POWERS[0].held} <= quantities
    assert POWERS[0].mean not in quantities


def kettle(i: int, phase: str = "L2") -> Sample:
    """A device on one phase, in parts of a tenth of a watt, off at times."""
    power = 0.0 if i % 5 == 0 else 1200.0 + i % 17 / 7
    return Sample(300 * i, None, power, None, {phase: PhaseReading(230.0, 5.0, power, None, 1.0)})


@pytest.mark.anyio
@pytest.mark.req("G-009")
async def test_roll_ups_of_a_device_on_one_phase_keep_its_power_once_and_tell_it_twice(
    store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ("kettle", "pump"), Span.FIVE_MINUTES, MIDNIGHT, MIDNIGHT + timedelta(hours=6)
    stories = []
    for site, plain in (("plain", NEVER), ("sealed", AT_ONCE)):
        monkeypatch.setattr("ohmstead.store.closing.PLAIN_MS", plain)
        store = await Store.open(store_url, site, ROME, gap_s=600)
        for i in range(1, 71):
            pump = replace(kettle(i), phases=kettle(i).phases | kettle(i, "L3").phases)
            await store.append(TailRow(MIDNIGHT + timedelta(seconds=300 * i), {"kettle": kettle(i), "pump": pump}))
        stories.append(await store.read(*asked, (Measure.MEAN,), (GaugeKind.POWER,)))
        hours = await store.read(("kettle",), Span.HOUR, *asked[2:], (Measure.MEAN,), (GaugeKind.POWER,))
        told = hours["kettle"].gauges[Gauge(GaugeKind.POWER, "L2")].mean
        assert told[1:] == pytest.approx(hours["kettle"].values[Measure.MEAN][1:], abs=0.1001)
        await store.close()
    for name in asked[0]:
        before, after = (story[name].gauges[Gauge(GaugeKind.POWER, "L2")] for story in stories)
        assert len(before.mean) == 70
        assert after.mean == pytest.approx(before.mean, abs=0.1001)
        assert (list(after.low), list(after.high)) == (list(before.low), list(before.high))
    database = await Database.open(store_url)
    async with database.reading() as connection:
        kept = select(chunk.c.quantity).where(chunk.c.span == 300)
        quantities = set((await connection.execute(kept)).scalars())
    await database.close()
    two = POWERS[1]
    assert two.held in quantities
    assert not quantities & {two.mean, two.low, two.high}


@pytest.mark.anyio
@pytest.mark.req("G-009")
async def test_what_was_kept_once_is_taken_out_again_as_it_was(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ohmstead.store.closing.PLAIN_MS", AT_ONCE)
    store = await Store.open(sqlite_url, "home", ROME, gap_s=600)
    for i in range(1, 71):
        await store.append(TailRow(MIDNIGHT + timedelta(seconds=300 * i), {"kettle": kettle(i)}))
    await store.close()
    database = await Database.open(sqlite_url)
    whole = Interval(*(round((MIDNIGHT + timedelta(hours=hour)).timestamp() * 1000) for hour in (2, 4)))
    async with database.writing() as connection:
        await take(connection, 1, 300, whole)
        rows = select(func.count()).where(rollup.c.span == 300, rollup.c.gauges.is_not(None))
        assert (await connection.execute(rows)).scalar_one() >= 24
    await database.close()
    store = await Store.open(sqlite_url, "home", ROME, gap_s=600)
    asked = ("kettle",), Span.FIVE_MINUTES, MIDNIGHT + timedelta(hours=1), MIDNIGHT + timedelta(hours=5)
    (found,) = (await store.read(*asked, (Measure.MEAN,), (GaugeKind.POWER,))).values()
    told = found.gauges[Gauge(GaugeKind.POWER, "L2")]
    assert len(told.mean) == 48
    assert told.mean == pytest.approx(found.values[Measure.MEAN], abs=0.1001)
    await store.close()


@pytest.mark.anyio
@pytest.mark.req("G-002")
async def test_another_zone_keeps_the_gauges(sqlite_url: str) -> None:
    store = await Store.open(sqlite_url, "home", ROME, gap_s=600)
    for row in rows(1, 330, step_s=600):
        await store.append(row)
    await store.close()
    store = await Store.open(sqlite_url, "home", "Asia/Kathmandu", gap_s=600)
    for span in KEPT:
        voltage = (await asked(store, span)).gauges[U1]
        assert (np.nanmin(voltage.low), np.nanmax(voltage.high)) == pytest.approx((230.0, 230.9))
    await store.close()


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), st.floats(-2e8, 2e8), st.sampled_from([nan, inf, 1e9, 1e300]))))
def test_what_is_packed_of_ticks_comes_out_or_is_missing(values: list[float | None]) -> None:
    samples = [{"a": Sample(phases={"L2": PhaseReading(voltage_v=value)})} for value in values]
    if not samples:
        return
    layout = Layout.of(samples[0])
    rows = [(1000 * (i + 1), 1, layout.pack(sample)) for i, sample in enumerate(samples)]
    found = closed(rows, {1: Layout.load(layout.dump())}, Interval(0, 300_000), 60_000)
    slot = SLOTS[Gauge(GaugeKind.VOLTAGE, "L2")]
    kept = [None if value is None or not abs(value) <= 2e8 else value for value in values]
    known = [value for value in kept if value is not None]
    if not known:
        assert found == {}
        return
    values_back = unpack_block_gauges(found["a"].block)[slot.mean]
    for value, back in zip(kept, values_back.tolist(), strict=True):
        assert back == NOTHING if value is None else abs(back / 10 - value) <= 0.06 + abs(value) * 1e-7
    columns = columns_of([None, found["a"].rollup])
    assert columns[slot.mean][0] == NOTHING
    assert columns[slot.low][1] <= columns[slot.mean][1] <= columns[slot.high][1]
    assert columns[slot.held][1] == 1000 * len(known)
    assert bodies_of(2, columns) == [None, found["a"].rollup]


def test_a_phase_that_appears_later_gets_its_place_and_one_that_goes_keeps_it() -> None:
    first = {"a": Sample(1, phases={"L1": PhaseReading(voltage_v=230.0)})}
    later = {"a": Sample(1, phases={"L2": PhaseReading(voltage_v=231.0)})}
    before = Layout.of(first)
    assert before.covers(first)
    assert not before.covers(later)
    both = Layout.of(later, before)
    assert both.covers(first)
    assert both.covers(later)
    assert Layout.of({"a": Sample(1, 2, 3.0)}).dump() == (
        '{"channels": ["a"], "quantities": [["energy_import_j", "q"], ["energy_export_j", "q"], ["power_w", "f"]]}'
    )


def test_rows_of_a_program_that_kept_no_reactive_power_are_read_and_then_written_no_more() -> None:
    old = Layout.load(
        '{"channels": ["a"], "quantities": [["energy_import_j", "q"], ["energy_export_j", "q"], ["power_w", "f"], '
        '["power_factor", "f"]], "phases": [[0, "L1"]]}'
    )
    samples = {"a": Sample(1, None, 5.0, 0.9, {"L1": PhaseReading(230.0, 1.0, 5.0, 7.0, 0.8)})}
    row = struct.pack("<qqf5f", 1, NOTHING, 5.0, 0.9, 5.0, 230.0, 1.0, 0.8)
    assert old.unpack(row)["a"].energy_import_j == 1
    columns = columns_of([closed([(1000, 1, row)], {1: old}, Interval(0, 300_000), 60_000)["a"].rollup])
    assert columns[SLOTS[U1].mean].tolist() == [2300]
    assert SLOTS[Q1].mean not in columns
    assert not old.covers(samples)
    new = Layout.load(Layout.of(samples, old).dump())
    assert new.covers(samples)
    told = columns_of([closed([(1000, 1, new.pack(samples))], {1: new}, Interval(0, 300_000), 60_000)["a"].rollup])
    assert told[SLOTS[Q1].mean].tolist() == [7]
    assert told[SLOTS[U1].mean].tolist() == [2300]


def test_a_block_of_a_channel_without_gauges_is_as_it_always_was() -> None:
    with pytest.raises(ValueError, match="version 09"):
        opened_block(b"\x09")
