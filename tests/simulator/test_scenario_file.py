"""A scenario file is read whole or not at all, and every mistake says where, what came, what is allowed."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ohmstead.core.model.errors import ConfigurationError
from ohmstead.core.plant.flaws import Flaw
from ohmstead.core.plant.settings import Cue, Cycle, Daily, Draw
from ohmstead.simulator.scenario_building import building
from ohmstead.simulator.scenario_file import load, parse, validate
from ohmstead.simulator.settings import Happening, Trouble
from ohmstead.simulator.site_file import site_toml, somewhere
from ohmstead.site.configuration import parse as parse_site

HEAD = """
title = "A house"
start = 2026-06-21T12:00:00
[site]
name = "House"
timezone = "Europe/Rome"
"""


def refused(rest: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        parse(HEAD + rest, "house.toml")
    return str(caught.value)


@pytest.mark.parametrize(
    "rest, told",
    [
        ("[loads.x]\nwats = 3", "house.toml: loads.x.wats: got unknown key 'wats'"),
        ("[loads.x]\nkind = 'kettle'\nliters = 3", "unknown key 'liters'; allowed: circuit, daily, kind, litres"),
        ("[loads.x]\nkind = 'kettle'\nliters = 3", "Did you mean litres?"),
        ("[loads.x]\nkind = 'ketle'", "loads.x.kind: got 'ketle' (text); allowed: 'plain', 'kettle', 'oven'"),
        ("[loads.x]\non = true\ncycle = { on_s = 1, off_s = 1 }", "loads.x: got this section; allowed: one of on"),
        ("[loads.x]\ncircuit = 'kitchn'\n[circuits.kitchen]", "loads.x.circuit: got 'kitchn'; allowed: grid, kitchen"),
        ("[loads.x]\nkind = 'oven'\ndaily = [{ at = '25:00', for_s = 5 }]", "loads.x.daily.0.at: got '25:00' (text)"),
        (
            "[circuits.a]\nphases = ['L2']\n[loads.x]\ncircuit = 'a'\npower_w = { L3 = 5 }",
            "power_w: got L3; allowed: L2",
        ),
        ("[circuits.a]\nparent = 'b'\n[circuits.b]", "circuits.a.parent: got 'b'; allowed: grid"),
        ("[circuits.solar]", "circuits.solar: got solar, which is the panels; allowed: each name once"),
        ("[devices.g]\nrole = 'grid'", "devices.g.driver: got nothing; allowed: a value; this key is needed"),
        (
            "[devices.g]\ndriver = 'modbus'\nmeter = 'sdm999'\nrole = 'grid'",
            "devices.g.meter: got 'sdm999'; allowed: abb",
        ),
        ("[devices.g]\ndriver = 'p1'\nutilities = ['gas']", "devices.g.utilities: got 'gas'; allowed: none"),
        ("[devices.g]\ndriver = 'p1'\npoint = 'roof'", "devices.g.point: got 'roof'; allowed: grid"),
        ("[devices.g]\ndriver = 'sunspec'\nrole = 'grid'\nmodel = 103", "devices.g.model: got 103; allowed: 201"),
        (
            "[devices.g]\ndriver = 'power-box'\nrole = 'grid'\nslots = [1]",
            "g.slots: got 1 slots; allowed: one for each",
        ),
        ("[wires.w]", "wires.w: got a wire without devices"),
        ("[wires.w]\nkind = 'rs485'", "wires.w.kind: got 'rs485' (text); allowed: 'tcp', 'tcp+rtu' or 'serial'"),
        (
            "[devices.g]\ndriver = 'p1'\nwire = 'w'\n[chargers.c]\nwire = 'w'",
            "devices.g.wire: got 'w', shared with chargers.c; allowed: a wire of its own for a p1 meter",
        ),
        ("[chargers.c]\nwire = 'w'\n[chargers.d]\nwire = 'w'", "chargers.d.unit: got 1 on wire 'w', as chargers.c has"),
        ("[[events]]\nat = '5 min'", "events.0.at: got '5 min' (text); allowed: time since the start as text"),
        ("[[events]]\nat = '00:05:00'", "events.0: got a moment without anything"),
        ("[[events]]\nat = '00:05:00'\nplug = 'c'", "events.0.plug: got 'c'; allowed: none"),
        (
            "[chargers.c]\n[[events]]\nat = '00:05:00'\nhurt = { c = 'sore' }",
            "events.0.hurt.c: got 'sore'; allowed: bou",
        ),
        ("[chargers.c]\n[[events]]\nat = '00:05:00'\ntrouble = { c = 'x' }", "events.0.trouble.c: got 'x' (text)"),
        ("[site2]", "house.toml: site2: got unknown key 'site2'; allowed: about, battery, chargers"),
        (
            "[circuits.a]\n[devices.m]\ndriver = 'modbus'\nmeter = 'eastron-sdm630'\nrole = 'circuit'\npoint = 'a'",
            "devices.m.role: got 'circuit' at a; allowed: at a circuit with limit_a or limit_w: none has one",
        ),
        ("[circuits.a]\nlimit_a = 10\nfallback_current_a = 11", "circuits.a.fallback_current_a: got 11; allowed: at"),
        ("[counters.attic]", "counters.attic: got 'attic'; allowed: grid"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_is_allowed(rest: str, told: str) -> None:
    assert told in refused(rest)


def test_several_mistakes_are_told_at_once() -> None:
    text = refused("[loads.x]\nfoo = 1\n[wires.w]\nbaud = 1\n[chargers.c]\nmax_current_a = 3")
    assert len(text.splitlines()) == 3


def test_a_phase_that_the_supply_does_not_have_is_refused() -> None:
    assert "loads.x.power_w: got L2; allowed: L1" in refused("grid_type = '1x230'\n[loads.x]\npower_w = { L2 = 5 }")


def test_a_start_with_a_zone_is_refused_for_it_is_the_sites_own() -> None:
    with pytest.raises(ConfigurationError, match="a time without zone"):
        parse(HEAD.replace("12:00:00", "12:00:00Z"), "x")


def test_what_is_no_toml_or_no_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"TOML 1\.0"):
        parse("title = ", "x")
    with pytest.raises(ConfigurationError, match="car-park, family-house-june, weak-supply, winter-evening, or a file"):
        load("car-prk")
    with pytest.raises(ConfigurationError, match="no such file"):
        load(str(tmp_path / "none.toml"))
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigurationError, match="UTF-8"):
        load(str(tmp_path / "binary.toml"))


def test_the_same_facts_may_come_as_a_mapping_with_times_as_text() -> None:
    scenario = validate({"title": "x", "start": "2026-01-10T17:00:00", "site": {"name": "x", "timezone": "UTC"}}, "row")
    assert building(scenario).world.start == datetime(2026, 1, 10, 17, tzinfo=UTC)


def test_times_of_day_are_those_of_the_site() -> None:
    world = building(
        parse(
            HEAD
            + """
[loads.lamp]
power_w = { L1 = 60 }
daily = [{ at = "01:30", for_s = 600 }]
[loads.fridge]
power_w = { L1 = 90 }
cycle = { on_s = 10, off_s = 20 }
[loads.tea]
kind = "kettle"
daily = [07:10:00]
[utilities.gas]
kind = "gas"
pulse_litres = 5
daily = [{ at = "08:00", for_s = 60, litres = 40 }]
""",
            "x",
        )
    ).world
    assert world.start == datetime(2026, 6, 21, 10, tzinfo=UTC)
    assert [load.pattern for load in world.loads] == [Daily(((84_600, 600.0),)), Cycle(10, 20)]
    assert world.appliances[0].starts == (5 * 3600 + 600,)
    assert (world.utilities[0].draws, world.utilities[0].pulse_m3) == ((Draw(21_600, 60.0, 0.04),), 0.005)


@pytest.mark.req("G-010", "EV-308")
def test_a_circuit_with_a_limit_is_one_that_the_site_keeps_by_its_meter() -> None:
    rest = """
[circuits.annex]
limit_a = 40
[circuits.corner]
parent = "annex"
[circuits.bays]
parent = "corner"
limit_w = 9000
fallback_current_a = 0
[devices.panel]
driver = "modbus"
meter = "eastron-sdm630"
point = "annex"
role = "circuit"
[chargers.one]
parent = "bays"
[chargers.two]
parent = "corner"
[chargers.three]
"""
    built = building(parse(HEAD + rest, "house.toml"))
    site = parse_site(site_toml(built, somewhere(built)), "site.toml")
    assert {key: (c.limit_a, c.limit_w, c.parent, c.meter) for key, c in site.circuits.items()} == {
        "annex": (40.0, None, None, "panel"),
        "bays": (None, 9000.0, "annex", None),
    }
    assert {key: charger.circuit for key, charger in site.chargers.items()} == {
        "one": "bays",
        "two": "annex",
        "three": None,
    }


def test_visits_are_told_for_the_days_they_name_and_a_car_that_is_there_is_there_from_the_start() -> None:
    rest = """
[chargers.c]
visits = [{ comes = "18:00", leaves = "07:00", days = ["sun"] }, { comes = "11:00", leaves = "13:00" }]
"""
    cues = building(parse(HEAD + rest, "x")).world.story
    assert [(cue.at_s, cue.action) for cue in cues if cue.at_s < 86_400] == [
        (6 * 3600, "plug"),
        (19 * 3600, "unplug"),
        (0, "plug"),
        (3600, "unplug"),
        (23 * 3600, "plug"),
    ]


def test_events_become_cues_of_the_world_and_happenings_of_devices() -> None:
    rest = """
[loads.x]
power_w = { L1 = 5 }
[chargers.c]
[devices.g]
driver = "p1"
[[events]]
at = "00:05:00"
switch = { x = false }
power_w = { x = { L2 = 700 } }
plug = "c"
mains = "cut"
[[events]]
at = "01:00:00.5"
switch = { x = "auto" }
hurt = { c = "dc_leakage" }
trouble = { g = "silent" }
mend = ["c"]
reset_counter = "g"
disturb = { voltage = { L1 = 0.6 }, for_s = 0.3 }
"""
    built = building(parse(HEAD + rest, "x"))
    assert built.world.story == (
        Cue(300, "off", "x"),
        Cue(300, "draw", "x", {"L2": 700}),
        Cue(300, "plug", "c"),
        Cue(300, "cut"),
        Cue(3600.5, "auto", "x"),
        Cue(3600.5, "hurt", "c", flaw=Flaw.DC_LEAKAGE),
    )
    assert built.happenings == (
        Happening(3600.5, "g", Trouble.SILENT),
        Happening(3600.5, "c"),
        Happening(3600.5, "g", reset=True),
        Happening(3600.5, voltage={"L1": 0.6}, for_s=0.3),
    )


def test_circuits_on_one_wire_share_a_sampling_front_end_and_its_columns_are_counted_through() -> None:
    house = building(
        parse(
            HEAD
            + """
[circuits.oven]
phases = ["L2"]
[devices.supply]
driver = "samples"
role = "grid"
wire = "board"
[devices.stove]
driver = "samples"
role = "load"
point = "oven"
wire = "board"
rating_a = 50
clamps = [{ reversed = true, inrush = 4, sits_on = 3 }]
""",
            "house.toml",
        )
    )
    (front_end,) = house.front_ends
    assert [(one.key, one.points, one.phases) for one in front_end.circuits] == [
        ("supply", (1, 2, 3), ("L1", "L2", "L3")),
        ("stove", (4,), ("L2",)),
    ]
    assert front_end.circuits[1].clamps[0].reversed
    assert front_end.circuits[1].clamps[0].sits_on == 2
    lone = "[devices.d]\ndriver = 'samples'\nrole = 'load'\nclamps = [{ sits_on = 4 }]"
    with pytest.raises(ConfigurationError, match=r"sits_on: got 4; allowed: 1 to 3"):
        building(parse(HEAD + lone, "house.toml"))
    many = "".join(f"[devices.d{n}]\ndriver = 'samples'\nrole = 'load'\nwire = 'board'\n" for n in range(10))
    assert "more than 28 points; allowed: at most 28" in refused(many)
    assert "a wire of another kind" in refused(
        "[wires.board]\n[devices.d]\ndriver = 'samples'\nrole = 'load'\nwire = 'board'"
    )
