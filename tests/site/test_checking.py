"""Each device tried once: a healthy building, one whose settings are wrong, and one in which everything is broken."""

import asyncio
import os
from dataclasses import replace

import pytest

from ohmstead.core.model.quantities import Quality, Role
from ohmstead.core.model.settings import DeviceSettings, Settings
from ohmstead.drivers.clock import SystemClock
from ohmstead.simulator.settings import BoardSpec, MeterSpec, Trouble
from ohmstead.simulator.site_file import site_toml
from ohmstead.site.checking import Checked, check_all
from ohmstead.site.configuration import parse
from ohmstead.texts import LANGUAGES, word
from ohmstead.transport.address import parse as address
from ohmstead.transport.modbus_connecting import connected
from ohmstead.transport.web_server import WebServer
from tests.drivers.scanning.test_serial import bus
from tests.drivers.scanning.world import building
from tests.transport.brokers import mosquitto
from tests.transport.peers import nowhere, peer
from tests.transport.ptys import serial_pair

pytestmark = pytest.mark.anyio


async def checked(settings: Settings, patience_s: float = 20.0) -> dict[str, Checked]:
    told: list[int] = []
    found = await check_all(settings, SystemClock(), told.append, patience_s)
    assert told == list(range(1, len(found) + 1))
    for language in LANGUAGES:
        assert all(word(reason, language) for one in found for reason in reasons(one))
    return {one.name: one for one in found}


def reasons(one: Checked) -> list:
    return [*(each.reason for each in one.advice), *([one.problem] if one.problem else []), *one.notes]


def keys(one: Checked) -> list[str]:
    return [reason.key for reason in reasons(one)]


def of(running) -> Settings:
    return parse(site_toml(running.settings, running.places), "the building")


def changed(settings: Settings, name: str, **values) -> Settings:
    device = settings.devices[name].model_copy(update=values)
    return settings.model_copy(update={"devices": {**settings.devices, name: device}})


def only(**devices: DeviceSettings) -> Settings:
    return Settings.model_validate({"site": {"name": "x", "timezone": "UTC"}, "devices": devices})


@pytest.mark.req("EM-346", "G-128")
async def test_a_healthy_building_is_good_in_all_its_devices():
    async with building() as running:
        found = await checked(of(running))
        assert list(found) == [*of(running).devices, *of(running).chargers]
    assert {name: one.quality for name, one in found.items()} == dict.fromkeys(found, Quality.GOOD)
    assert all(one.good for one in found.values()), [keys(one) for one in found.values()]
    assert found["garage"].plate.rated_current_a == 16.0
    assert 0 <= found["grid"].age_s < 5


@pytest.mark.parametrize(
    "trouble, key",
    [
        (Trouble.SILENT, "device.unreachable"),
        (Trouble.REFUSED, "modbus.no_connection"),
        (Trouble.GARBAGE, "modbus.no_frame"),
        (Trouble.SHORT, "modbus.incomplete"),
        (Trouble.OTHER_UNIT, "modbus.other_unit"),
        (Trouble.OTHER_TRANSACTION, "modbus.other_transaction"),
        (Trouble.WRONG_ORDER, "meter.implausible_order"),
        (Trouble.NAN, "meter.empty"),
        (Trouble.OVERFLOW, "meter.implausible"),
    ],
)
async def test_each_trouble_of_a_meter_is_named_and_the_others_stay_good(trouble, key):
    async with building() as running:
        settings = of(running)
        await running.set_trouble("grid", trouble)
        found = await checked(settings)
    assert found["grid"].problem.key == key
    assert not found["grid"].good
    assert all(one.good for name, one in found.items() if name != "grid")


async def test_a_wrong_unit_names_those_that_answer_on_the_same_line():
    async with building() as running:
        found = await checked(changed(of(running), "oven", unit=9))
    advice = found["oven"].advice[0].reason
    assert (advice.key, advice.params["others"]) == ("check.other_units", "7, 8")


async def test_a_meter_that_says_it_is_another_model_is_believed():
    async with building() as running:
        found = await checked(changed(of(running), "heat-pump", meter="abb-b24"))
    assert found["heat-pump"].quality is Quality.GOOD
    assert [each.reason.params["meter"] for each in found["heat-pump"].advice] == ["abb-b23"]


async def test_a_table_whose_values_make_no_sense_is_answered_with_the_one_that_fits():
    async with building() as running:
        found = await checked(changed(of(running), "grid", meter="lovato-dmg610"))
    (advice,) = found["grid"].advice
    assert advice.reason.key == "check.fits_other"
    assert advice.reason.params["instead"] == 'driver = "modbus", meter = "eastron-sdm630"'


async def test_a_board_where_a_meter_was_expected_and_the_other_way_round_is_named():
    async with building() as running:
        settings = of(running)
        meter, board = running.places["grid"], running.places["garage"]
        charger = settings.chargers["garage"]
        settings = changed(settings, "grid", driver="sunspec", meter=None, connect=board.connect)
        turned = charger.model_copy(update={"board": charger.board.model_copy(update={"connect": meter.connect})})
        settings = settings.model_copy(update={"chargers": {"garage": turned}})
        found = await checked(settings)
    assert found["grid"].advice[0].reason.params["instead"] == 'driver = "modbus-board"'
    assert found["garage"].advice[0].reason.params["instead"].endswith('"eastron-sdm630"')


async def test_a_supply_meter_that_is_silent_is_not_asked_for_modbus():
    came: list[bytes] = []

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.append(await reader.read(1))

    async with peer(hear) as address:
        found = await checked(only(supply={"driver": "p1", "connect": str(address), "role": "grid"}), 0.3)
    assert found["supply"].problem.key == "device.unreachable"
    assert set(came) <= {b""}


async def test_a_reversed_load_and_a_board_below_its_limit_are_told():
    async with building() as running:
        settings = changed(of(running), "solar", role=Role.LOAD)
        charger = settings.chargers["garage"].model_copy(update={"max_current_a": 32.0})
        settings = settings.model_copy(update={"chargers": {**settings.chargers, "garage": charger}})
        found = await checked(settings)
    assert keys(found["solar"]) == ["sunspec.no_meter"]
    assert keys(found["garage"]) == ["check.above_rating"]


async def test_a_board_that_charges_by_itself_after_its_start_is_told():
    boards = (BoardSpec("garage", "garage", driver="evse-din"), BoardSpec("yard", "yard", driver="phoenix-ev-cc"))
    async with building(boards=boards) as running:
        found = await checked(of(running))
    assert keys(found["garage"]) == ["check.starts_by_itself"]
    assert (found["yard"].good, found["yard"].plate.vendor) == (True, "Phoenix Contact")


async def test_what_a_driver_decided_between_sources_is_shown_and_is_no_mistake():
    spec = MeterSpec("grid", "grid", "lovato-dmg610", "wire", 1, Role.GRID)
    async with building([spec], inverters=(), boards=()) as running:
        device = running.devices["grid"]
        table = device._table
        conflict = next(c for c in table.conflicts if c.decide == "value")
        points = tuple(conflict.instead if p == conflict.point else p for p in table.points)
        device._table = replace(table, points=points)
        settings = of(running)
        found = await checked(settings)
    assert [note.key for note in found["grid"].notes] == ["meter.other_source"]
    assert found["grid"].good


async def test_meters_on_a_serial_port_are_tried_one_after_the_other():
    async with bus(19_200, u1="eastron-sdm630", u3="abb-b23") as path:
        line = {"driver": "modbus", "connect": f"serial://{path}?baud=19200", "role": "load"}
        found = await checked(
            only(
                one={**line, "meter": "eastron-sdm630", "unit": 1},
                two={**line, "meter": "abb-b23", "unit": 3},
                none={**line, "meter": "abb-b23", "unit": 2},
            )
        )
    assert [found[name].good for name in ("one", "two", "none")] == [True, True, False]
    assert found["none"].advice[0].reason.params["others"] == "1, 3"


async def test_a_serial_port_that_a_running_site_has_is_told():
    async with bus(9600, u1="abb-b23") as path:
        device = {"driver": "modbus", "meter": "abb-b23", "connect": f"serial://{path}?baud=9600", "role": "load"}
        link = await connected(address(device["connect"]))
        try:
            found = await checked(only(one=device))
        finally:
            link.close()
    assert keys(found["one"]) == ["check.port_taken", "modbus.no_connection"]


async def test_a_serial_port_that_this_user_may_not_open_is_told(tmp_path, ordinary_user):
    device = {"driver": "modbus", "meter": "abb-b23", "connect": f"serial://{tmp_path}/port?baud=9600", "role": "load"}
    if os.access(tmp_path, os.W_OK, effective_ids=True):
        (tmp_path / "port").touch(mode=0)
    found = await checked(only(one=device))
    assert keys(found["one"]) == ["check.port_forbidden", "modbus.no_connection"]


@pytest.mark.parametrize("path", ["/dev/no-such-port", "/dev/null"])
async def test_a_serial_port_that_is_none_is_told(path):
    device = {"driver": "modbus", "meter": "abb-b23", "connect": f"serial://{path}?baud=9600", "role": "load"}
    found = await checked(only(one=device))
    assert keys(found["one"]) == ["modbus.no_connection"]


async def test_a_pty_without_a_device_and_a_supply_meter_that_is_silent_are_told():
    with serial_pair() as (_, path):
        found = await checked(
            only(
                one={"driver": "modbus", "meter": "abb-b23", "connect": f"serial://{path}?baud=9600", "role": "load"},
            )
        )
        silent = await checked(
            only(supply={"driver": "p1", "connect": f"serial://{path}?baud=115200", "role": "grid"}), 0.3
        )
    assert found["one"].problem.key == "device.unreachable"
    assert silent["supply"].problem.key == "device.unreachable"


async def test_a_peer_that_floods_or_hangs_delays_only_itself():
    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while not writer.is_closing():
            writer.write(b"A" * 65_536)
            await writer.drain()

    async with peer(flood) as loud, nowhere() as gone, asyncio.timeout(30):
        device = {"driver": "modbus", "meter": "abb-b23", "role": "load"}
        found = await checked(only(a={**device, "connect": str(loud)}, b={**device, "connect": str(gone)}))
    assert found["a"].problem.key in ("modbus.no_frame", "modbus.unasked")
    assert found["b"].problem.key == "modbus.no_connection"


async def test_devices_on_http_and_at_a_broker_are_tried_and_what_is_wrong_is_told_without_their_secrets(tmp_path):
    server = WebServer(lambda path, query: b'{"p": 5}')
    await server.start()
    value, other = ({"power_w": {"topic": topic, "path": "p"}} for topic in "ab")
    host = f"127.0.0.1:{server.port}"
    try:
        async with mosquitto(tmp_path, password="s3cret") as broker:
            at = {name: f"mqtt://meter:{name}@127.0.0.1:{broker.port}" for name in ("s3cret", "s3cret-wrong")}
            devices = {
                "plug": {
                    "driver": "http",
                    "connect": f"http://{host}/?key=s3cret",
                    "channels": {"power_w": {"path": "p"}},
                },
                "shelly": {"driver": "shelly", "connect": f"http://{host}", "password": "s3cret"},
                "silent": {"driver": "mqtt", "connect": at["s3cret"], "channels": value},
                "refused": {"driver": "mqtt", "connect": at["s3cret-wrong"], "channels": other},
            }
            house = {"name": "House", "timezone": "Europe/Rome"}
            settings = Settings.model_validate(
                {"site": house, "devices": {name: {**one, "role": "load"} for name, one in devices.items()}}
            )
            found = await check_all(settings, SystemClock(), lambda count: None, patience_s=3.0)
    finally:
        await server.stop()
    seen = {one.name: one for one in found}
    assert seen["plug"].reading.power_w == 5
    keys = {name: one.problem.key for name, one in seen.items() if one.problem is not None}
    assert keys == {"shelly": "shelly.no_meter", "silent": "device.unreachable", "refused": "mqtt.refused"}
    for one in found:
        assert "s3cret" not in "".join(
            word(reason) for reason in (one.problem, *(a.reason for a in one.advice)) if reason
        )
