"""Each benchmark runs in a small way and tells well-formed figures; what it measured is not judged here."""

import json
import math
from datetime import UTC, date, datetime

import pytest

from bench import __main__ as bench
from bench import (
    allocation,
    app_size,
    backtest,
    bus,
    footprint,
    reaction,
    results,
    solar_share,
    store,
    tick,
    virtual_day,
)
from bench.broken import Broken
from bench.figures import Figure
from ohmstead.core.plant.world import World


def names(figures: list[Figure]) -> list[str]:
    for figure in figures:
        row = json.loads(json.dumps(figure.row()))
        assert list(row) == ["name", "value", "unit", "goal", "peer", "ratio", "runs", "holds"]
        assert math.isfinite(row["value"])
        assert row["value"] > 0
        assert row["holds"] is (None if row["goal"] is None else figure.holds)
    return [figure.name for figure in figures]


def test_reaction_waits_for_lower_setpoints_of_one_charger_and_of_many() -> None:
    figures = reaction.run(events=2, sizes=(4,), events_of_many=2)
    many = ["reaction.4_chargers", "reaction.4_chargers_worst"]
    assert names(figures) == [*many, "reaction.median", "reaction.worst"]
    assert {figure.runs for figure in figures} == {2}


def test_allocation_is_nowhere_better_than_the_best_and_as_even_as_the_fair_one() -> None:
    taking_all, free = (allocation._gap(10, turn_takes_all=strict) for strict in (True, False))
    assert 0.0 <= taking_all < free
    assert allocation._gap_even(10) < 1e-6


def test_tick_counts_the_cost_of_each_size() -> None:
    wired = [f"tick.{name}" for name in ("connections_6", "lag_6", "lag_6_worst", "reads_6")]
    assert names(tick.run(channels=(5, 30), ticks=2, connections=6)) == ["tick.5", "tick.30", *wired]


def test_bus_reads_every_meter_in_both_ways() -> None:
    assert names(bus.run(tcp=3, rtu=2, rounds=(2, 1))) == ["bus.tcp_period", "bus.rtu_period"]


def test_virtual_day_lives_through_a_part_of_the_day_and_some_seconds_over_wires() -> None:
    figures = virtual_day.run(seconds=1200.0, minute_s=2.0)
    assert names(figures) == ["virtual-day.wall", "virtual-day.acceleration", "virtual-day.wires"]


def test_a_day_in_which_energy_is_missing_does_not_count() -> None:
    world = World(virtual_day.house().world)
    world.step(600.0)
    with pytest.raises(Broken, match="J flowed through grid, and None J were recorded"):
        virtual_day._fared_well(world, {}, 600.0)


def test_store_keeps_a_short_year_in_four_ways_and_gets_all_of_it_back() -> None:
    figures = {figure.name: figure for figure in store.run(runs=1, year_days=8, fine_days=4, gauged_every=90)}
    assert figures["store.bytes_per_point"].value < figures["store.narrow_bytes_per_point"].value
    assert {"store.year_hourly", "store.day_10s", "store.duckdb_ingest", "store.phpfina_day_10s"} <= set(figures)


def test_footprint_starts_a_daemon_and_weighs_it() -> None:
    figures = footprint.run(starts=1, settled_s=0.0, app=False)
    assert names(figures) == ["footprint.memory", "footprint.first_command", "footprint.first_snapshot"]


@pytest.mark.browser
def test_app_size_opens_home_and_history() -> None:
    assert names(app_size.run()) == ["app-size.first_load", "app-size.api"]


def test_an_unknown_name_is_answered_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main(["nonsense"]) == 2
    told = capsys.readouterr().err
    assert all(name in told for name in ("nonsense", *bench.BENCHMARKS))


def test_a_missed_goal_is_seen() -> None:
    assert Figure("a", 251.0, "ms", "<= 250").holds is False
    assert Figure("a", 250.0, "ms", "<= 250").holds is True


def test_the_page_holds_every_figure_and_how_it_was_measured() -> None:
    figures = [Figure("tick.30", 0.41, "ms", runs=30), Figure("reaction.worst", 99.0, "ms", "<= 250", runs=200)]
    page = results.page(figures, 0.2, True, datetime(2026, 6, 21, tzinfo=UTC))
    assert "| `tick.30` | 0.41 | ms |  |  |  |  | 30 |" in page
    assert "| `reaction.worst` | 99 | ms | ≤ 250 | yes |  |  | 200 |" in page
    assert "### `reaction`" in page


def test_backtest_counts_its_decisions() -> None:
    figures = backtest.run(days=4, first=date(2025, 6, 6))
    assert names(figures) == ["backtest.year", "backtest.calls"]
    assert figures[1].value >= 525_600


def test_solar_share_stands_beside_the_rules_of_a_peer() -> None:
    figures = solar_share.run(fortnights=(date(2025, 6, 6),), days=4)
    gain, *others = figures
    assert math.isfinite(gain.value)
    assert names(others) == ["solar-share.ours", "solar-share.cycles", "solar-share.energy"]
