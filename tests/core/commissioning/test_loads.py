"""The load configuration beside the settings: what they hold, what it may not be, and the settings that hold it."""

from dataclasses import replace

import pytest

from ohmstead.core.commissioning.loads import applied, configuration, digest, of_box, refusals, socket_of, warnings
from ohmstead.core.model.loads import Load, LoadPoint
from ohmstead.core.model.measuring import BoxSettings, GatewaySettings
from ohmstead.core.model.quantities import Role
from ohmstead.core.model.settings import Settings

FRONT, BOX = "samples://127.0.0.1:7000", "tcp://127.0.0.1:502"


def settings(grid_type: str = "3x400+N", **devices: dict) -> Settings:
    site = {"name": "Test", "timezone": "Europe/Rome", "grid_type": grid_type, "main_fuse_a": 25.0}
    return Settings.model_validate({"site": site, "devices": devices})


def sampled(points: list, role: str = "load", **more) -> dict:
    return {"driver": "samples", "connect": FRONT, "points": points, "role": role} | more


def slotted(slots: list, role: str = "load", **more) -> dict:
    return {"driver": "power-box", "connect": BOX, "unit": 61, "slots": slots, "role": role} | more


HOUSE = settings(
    grid=sampled([1, 2, 3], "grid", name="Grid", rating_a=100),
    oven=sampled([{"column": 4, "phase": "L2", "gain": 1.02, "phase_error": [[1, 0.5]]}]),
    pump=slotted([1, {"slot": 2, "phase": "L2", "reversed": True, "ct": "SCT02 100 A"}], part_of="oven"),
    meter={"driver": "modbus", "meter": "eastron-sdm120", "connect": BOX, "role": "load", "phases": ["L1"]},
)


def wanted(house: Settings = HOUSE, **loads: Load | None):
    held = configuration(house)
    kept = {name: one for name, one in (held.loads | loads).items() if one is not None}
    return replace(held, loads=kept)


def said(house: Settings = HOUSE, **loads: Load | None) -> list[tuple[str, str | None, int | None]]:
    return [(each.reason.key, each.load, each.point) for each in refusals(wanted(house, **loads), house)]


def load(*points: LoadPoint | int, box: str = "box-1", role: Role = Role.LOAD, part_of: str | None = None) -> Load:
    whole = tuple(LoadPoint(each, "L1") if isinstance(each, int) else each for each in points)
    return Load("New", role, box, whole, part_of)


@pytest.mark.req("EM-238", "EM-243")
def test_settings_are_seen_by_load():
    held = configuration(HOUSE)
    assert {name: (one.role.value, one.box) for name, one in held.loads.items()} == {
        "grid": ("grid", "box-1"), "oven": ("load", "box-1"), "pump": ("load", "box-2"),
    }  # fmt: skip
    assert [(each.number, each.phase, each.rating_a) for each in held.loads["grid"].points] == [
        (1, "L1", 100), (2, "L2", 100), (3, "L3", 100),
    ]  # fmt: skip
    assert held.loads["pump"].points == (
        LoadPoint(1),
        LoadPoint(2, "L2", reversed=True, model="SCT02 100 A"),
    )
    assert (held.loads["pump"].part_of, held.boxes["box-2"].connect, held.boxes["box-2"].unit) == ("oven", BOX, 61)
    assert refusals(held, HOUSE) == ()


def test_what_is_not_touched_stays_as_it_was_written():
    after = applied(wanted(), HOUSE)
    assert after.devices == HOUSE.devices
    assert list(after.boxes) == ["box-1", "box-2"]
    assert digest(configuration(after)) == digest(configuration(HOUSE))


def test_changed_points_keep_their_calibration_and_other_meters_stay():
    moved = load(LoadPoint(5, "L3", reversed=True, rating_a=50.0), LoadPoint(4, "L2"))
    after = applied(wanted(oven=moved, pump=None, fridge=load(9, box="box-2")), HOUSE)
    fifth, fourth = after.devices["oven"].points
    assert (fifth.column, fifth.phase, fifth.reversed, fifth.rating_a, fifth.gain) == (5, "L3", True, 50.0, 1.0)
    assert (fourth.column, fourth.gain, fourth.phase_error) == (4, 1.02, ((1.0, 0.5),))
    assert list(after.devices) == ["grid", "oven", "meter", "fridge"]
    assert (after.devices["fridge"].driver, after.devices["fridge"].unit) == ("power-box", 61)
    assert configuration(after).loads["oven"] == moved
    assert digest(configuration(after)) != digest(configuration(HOUSE))


def test_a_box_has_something_new_only_when_its_loads_have():
    before, after = configuration(HOUSE), wanted(oven=load(5))
    assert of_box(before, "box-1") != of_box(after, "box-1")
    assert of_box(before, "box-2") == of_box(after, "box-2")


@pytest.mark.parametrize(
    ("new", "key", "point"),
    [
        (load(29), "rule.point_beyond", 29),
        (load(4), "rule.point_taken", 4),
        (load(5, 5), "rule.point_taken", 5),
        (load(), "rule.no_point", None),
        (load(LoadPoint(5)), "rule.no_phase", 5),
        (load(5, box="attic"), "rule.unknown_box", None),
        (load(5, role=Role.GRID), "rule.second_grid", None),
        (load(5, part_of="nothing"), "rule.part_of_nothing", None),
        (load(5, part_of="grid"), "rule.part_of_role", None),
        (load(5, part_of="new"), "rule.part_of_itself", None),
        (load(5, role=Role.PRODUCTION, part_of="oven"), "rule.part_of_role", None),
    ],
)
@pytest.mark.req("EM-153")
def test_what_cannot_be_is_refused_where_it_stands(new, key, point):
    assert (key, "new", point) in said(new=new)


@pytest.mark.req("EM-153", "EM-155")
def test_points_end_where_the_hubs_and_cores_end():
    held = wanted(new=load(8))
    box = held.boxes["box-1"].model_copy(update={"parts": BoxSettings(connect=FRONT, parts=("hub", "core")).parts})
    held = replace(held, boxes=held.boxes | {"box-1": box})
    assert next(each.reason for each in refusals(held, HOUSE)).params == {"point": 8, "has": 7}
    assert socket_of(box, 7) == (2, "C")
    assert socket_of(box, 8) is None


@pytest.mark.req("EM-115")
@pytest.mark.parametrize(("grid", "phase"), [("1x230", "L2"), ("2x120/240", "L3")])
def test_a_phase_that_the_grid_does_not_have(grid, phase):
    house = settings(grid, oven=sampled([1]))
    assert said(house, new=load(LoadPoint(5, phase))) == [("rule.unknown_phase", "new", 5)]


@pytest.mark.req("EM-146")
def test_a_delta_load_has_no_third_transformer():
    house = settings("3x230", grid=sampled([1, 2], "grid", phases=["L1", "L2"]))
    three = load(*(LoadPoint(number, phase) for number, phase in ((4, "L1"), (5, "L2"), (6, "L3"))))
    odd = load(LoadPoint(4, "L1"), LoadPoint(5, "L3"))
    pair = load(LoadPoint(4, "L1"), LoadPoint(5, "L2"))
    assert said(house, new=three) == [("rule.delta_third", "new", None)]
    assert said(house, new=odd) == [("rule.delta_pair", "new", None)]
    assert said(house, new=pair) == []


@pytest.mark.req("EM-242")
def test_the_maximum_current_is_held_and_is_no_more_than_the_main_breaker():
    held = replace(wanted(), max_current_a=15.0)
    after = applied(held, HOUSE)
    assert (after.site.max_current_a, after.site.phase_limit_a) == (15.0, 15.0)
    assert [each.reason.key for each in refusals(replace(held, max_current_a=26.0), HOUSE)] == ["rule.above_fuse"]
    assert HOUSE.site.phase_limit_a == 25.0


@pytest.mark.req("EM-013", "G-090")
def test_a_second_genius_is_refused_and_a_full_bus_is_told():
    genius = GatewaySettings(kind="genius")
    held = replace(wanted(), gateways={"one": genius, "two": genius})
    (found,) = refusals(held, HOUSE)
    assert (found.reason.key, found.box) == ("rule.second_genius", "two")
    full = held.boxes["box-1"].model_copy(update={"parts": BoxSettings(connect=FRONT, parts=("hub",) * 7).parts})
    assert [each.reason.key for each in warnings(replace(held, boxes={"box-1": full}))] == ["rule.points_near"]
