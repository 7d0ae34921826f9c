import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from ohmstead.core.model.chargers import VehicleMeter
from ohmstead.core.model.readings import PhaseReading
from ohmstead.core.model.snapshot import SiteState
from ohmstead.web.render import as_bytes, changed, picture, utc_text
from ohmstead.web.views.snapshot import LiveChange, SnapshotView
from tests.web.memory_house import GRID, OVEN, SETTINGS, later, state


def told(before: SiteState, after: SiteState) -> dict:
    return json.loads(as_bytes(changed(picture(before, SETTINGS), picture(after, SETTINGS))))


def test_the_picture_has_the_published_shape():
    view = SnapshotView.model_validate_json(as_bytes(picture(state(), SETTINGS)))
    assert view.chargers["garage"].session.duration_s == 8040
    assert view.channels["grid"].phases["L1"].reactive_power_var == 85.0


def test_what_a_meter_tells_besides_and_what_was_decided_while_reading_it_are_shown():
    view = SnapshotView.model_validate_json(as_bytes(picture(state(), SETTINGS)))
    grid = view.channels["grid"]
    assert grid.details == {
        "voltage_v": {"L1-L2": 400.3},
        "apparent_power_va": {"total": 408.2},
        "energy_import_j": {"L1": 3_600_000},
    }
    assert (grid.battery.charge_percent, grid.battery.available_j) == (63.0, 22_680_000)
    assert [note.key for note in grid.notes] == ["meter.other_direction"]
    assert grid.supply.utilities[0].series == "grid.gas"
    assert (view.channels["oven"].details, view.channels["oven"].battery) == ({}, None)


def test_the_frozen_example_is_told_word_for_word():
    shown = json.loads(as_bytes(picture(state(), SETTINGS)))
    assert (shown["at"], shown["site"]) == ("2026-06-21T10:15:03Z", "via-roma-12")
    assert shown["flows"] == {
        "grid_w": 400.0,
        "production_w": 4200.0,
        "battery_w": -1000.0,
        "consumption_w": 3600.0,
        "unmeasured_w": 110.0,
        "measured_w": 3490.0,
    }
    grid = {
        "role": "grid",
        "quality": "good",
        "age_s": 0.2,
        "power_w": 400.0,
        "energy_import_j": 18000000000,
        "energy_export_j": 5400000000,
        "phases": {
            "L1": {
                "voltage_v": 231.2,
                "current_a": 3.1,
                "power_w": 612.0,
                "reactive_power_var": 85.0,
                "power_factor": 0.99,
            }
        },
    }
    assert grid.items() <= shown["channels"]["grid"].items()
    assert {"role": "load", "quality": "stale", "age_s": 14.8, "power_w": None}.items() <= shown["channels"][
        "oven"
    ].items()
    garage = shown["chargers"]["garage"]
    assert {"state": "charging", "iec_state": "C2", "power_w": 2300.0}.items() <= garage.items()
    assert {"energy_j": 40320000, "duration_s": 8040}.items() <= garage["session"].items()
    assert garage["grant"] == {
        "current_a": 10.0,
        "phases": ["L1"],
        "limited_by": "main_fuse.L1",
        "reason": {"key": "limit.main_fuse", "params": {"phase": "L1", "available_a": 10.0}},
        "expires_at": "2026-06-21T10:15:13Z",
    }


def test_what_was_not_measured_is_null_and_never_zero():
    oven = picture(state(), SETTINGS)["channels"]["oven"]
    assert [oven[key] for key in ("power_w", "energy_import_j", "frequency_hz")] == [None, None, None]


def test_a_value_that_is_not_a_number_becomes_null():
    odd = state(grid=replace(GRID, power_w=float("nan"), reactive_power_var=float("inf")))
    grid = json.loads(as_bytes(picture(odd, SETTINGS)))["channels"]["grid"]
    assert (grid["power_w"], grid["reactive_power_var"]) == (None, None)


def test_nothing_changed_is_told_as_the_time_alone():
    now = state()
    assert told(now, later(now)) == {"at": "2026-06-21T10:15:04Z"}


def test_an_age_alone_is_no_change():
    now = state()
    assert told(now, later(now, oven=replace(OVEN, age_s=15.8))) == {"at": "2026-06-21T10:15:04Z"}


def test_noise_below_what_a_meter_knows_is_no_change():
    now = state()
    assert "channels" not in told(now, later(now, grid=replace(GRID, power_w=400.00001)))


def test_a_changed_channel_is_told_whole_and_alone():
    now = state()
    phases = {"L1": PhaseReading(voltage_v=231.2, current_a=3.2)}
    change = told(now, later(now, grid=replace(GRID, phases=phases)))
    assert list(change) == ["at", "channels", "circuits"]
    assert list(change["channels"]) == ["grid"]
    assert change["channels"]["grid"]["energy_import_j"] == 18_000_000_000
    LiveChange.model_validate_json(json.dumps(change))


@pytest.mark.parametrize("part", ["flows", "chargers", "attention"])
def test_each_other_part_is_told_when_it_changed(part: str):
    now = state()
    if part == "flows":
        new = replace(now, snapshot=replace(now.snapshot, flows=replace(now.snapshot.flows, grid_w=None)))
    elif part == "chargers":
        new = replace(now, grants={})
    else:
        new = replace(now, attention=())
    change = told(now, new)
    assert set(change) == {"at", part}
    LiveChange.model_validate_json(json.dumps(change))


def test_a_channel_that_came_or_went_brings_a_whole_snapshot():
    now = state()
    new = replace(now, snapshot=replace(now.snapshot, channels={"grid": GRID}))
    SnapshotView.model_validate(told(now, new), strict=False)


def test_changes_applied_one_after_the_other_give_the_whole():
    now = state()
    known = json.loads(as_bytes(picture(now, SETTINGS)))
    for power in (100.0, None, -2500.0):
        new = later(now, grid=replace(GRID, power_w=power))
        for part, value in told(now, new).items():
            if part in ("channels", "chargers"):
                known[part].update(value)
            else:
                known[part] = value
        now = new
    assert known == json.loads(as_bytes(picture(now, SETTINGS)))


@pytest.mark.parametrize(
    "at, text",
    [
        (datetime(2026, 6, 21, 10, 15, 3, tzinfo=UTC), "2026-06-21T10:15:03Z"),
        (datetime(2026, 6, 21, 10, 15, 3, 120_400, tzinfo=UTC), "2026-06-21T10:15:03.120Z"),
        (datetime(2026, 6, 21, 12, 15, 3, tzinfo=timezone(timedelta(hours=2))), "2026-06-21T10:15:03Z"),
    ],
)
def test_time_is_told_in_utc(at: datetime, text: str):
    assert utc_text(at) == text


@pytest.mark.req("EV-175")
def test_a_charger_says_who_measured_and_shows_the_meters_values_while_it_tells_them():
    meter = VehicleMeter("oven", "good", 2290.0, {"L1": PhaseReading(230.0, 9.96, 2290.0)})
    garage = replace(state().snapshot.chargers["garage"], meter=meter, phases={"L1": PhaseReading(229.0, 10.1)})
    now = replace(state(), snapshot=replace(state().snapshot, chargers={"garage": garage}))
    shown = picture(now, SETTINGS)["chargers"]["garage"]
    assert {"device": "oven", "name": "oven", "state": "good", "power_w": 2290.0}.items() <= shown["meter"].items()
    assert shown["phases"]["L1"]["current_a"] == 9.96
    silent = replace(garage, meter=VehicleMeter("oven", "lost"))
    now = replace(state(), snapshot=replace(state().snapshot, chargers={"garage": silent}))
    shown = picture(now, SETTINGS)["chargers"]["garage"]
    assert (shown["meter"]["state"], shown["meter"]["power_w"]) == ("lost", None)
    assert shown["phases"]["L1"]["current_a"] == 10.1
    assert picture(state(), SETTINGS)["chargers"]["garage"]["meter"] is None
