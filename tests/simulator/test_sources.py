"""A building's JSON meters, by real HTTP and a real broker: a site reads what the world does, and sees each trouble."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from ohmstead.core.model.errors import DeviceError
from ohmstead.core.model.quantities import Quality, Role
from ohmstead.drivers.build import open_meter
from ohmstead.drivers.clock import SystemClock
from ohmstead.simulator.building import Building
from ohmstead.simulator.demo import demo
from ohmstead.simulator.settings import SourceSpec, Trouble
from ohmstead.simulator.site_file import site_toml
from ohmstead.site.configuration import parse
from ohmstead.transport.modbus_client import Buses
from ohmstead.transport.mqtt_client import Brokers
from tests.transport.brokers import mosquitto

pytestmark = pytest.mark.anyio
PATIENCE_S = 30.0
KINDS = ("shelly", "tasmota", "json")


def role_of(kind: str, point: str) -> Role:
    return Role.GRID if (kind, point) == ("json", "grid") else Role.LOAD


def building(broker=None) -> Building:
    """A house whose oven is on for good, with each kind of meter on the oven and on the heat pump."""
    settings = demo()
    loads = tuple(
        replace(load, pattern=load.name == "oven", noise=0.0) if load.name != "fridge" else load
        for load in settings.world.loads
    )
    sources = tuple(
        SourceSpec(
            f"{kind}-{point}",
            point,
            kind,
            broker,
            "" if broker else "pa55",
            role_of(kind, point),
            phases,
            publish_s=0.1,
        )
        for kind in KINDS
        for point, phases in (("oven", ("L2",)), ("grid", ("L1", "L2", "L3")))
    )
    world = replace(settings.world, loads=loads, solar=None, story=())
    return Building(replace(settings, world=world, meters=(), inverters=(), boards=(), sources=sources))


@asynccontextmanager
async def read_by_a_site(house: Building):
    places = await house.start()
    settings = parse(site_toml(house.settings, places), "site.toml")
    clock, brokers = SystemClock(), Brokers()
    meters = {name: open_meter(name, one, Buses(), clock, brokers) for name, one in settings.devices.items()}
    try:
        yield meters
    finally:
        for meter in meters.values():
            await meter.close()
        await house.stop()


@asynccontextmanager
async def on(wire: str, folder):
    if wire == "http":
        async with read_by_a_site(house := building()) as meters:
            yield house, meters
    else:
        async with mosquitto(folder) as broker, read_by_a_site(house := building(("127.0.0.1", broker.port))) as meters:
            yield house, meters


async def good(meter):
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                seen = await meter.read()
            except DeviceError:
                await asyncio.sleep(0.05)
            else:
                if seen.quality is Quality.GOOD and seen.power_w is not None:
                    return seen


@pytest.mark.req("G-123", "G-128", "EM-346")
@pytest.mark.parametrize("wire", ["http", "mqtt"])
async def test_a_site_reads_from_each_kind_of_meter_what_the_world_does(wire, tmp_path):
    async with on(wire, tmp_path) as (house, meters):
        for kind in KINDS:
            oven, grid = await good(meters[f"{kind}-oven"]), await good(meters[f"{kind}-grid"])
            truth = house.sync()
            assert oven.power_w == pytest.approx(truth.measure("oven").power_w, rel=0.02)
            assert set(oven.phases) == {"L2"}
            assert oven.phases["L2"].voltage_v == pytest.approx(truth.measure("oven").phases[1].voltage_v, rel=0.02)
            assert oven.energy_import_j == pytest.approx(truth.measure("oven").phases[1].energy_import_j, abs=50_000)
            assert set(grid.phases) == {"L1", "L2", "L3"}
            assert grid.phases["L2"].power_w == pytest.approx(truth.measure("grid").phases[1].power_w, rel=0.05)
            assert grid.energy_import_j == pytest.approx(truth.measure("grid").energy_import_j, abs=50_000)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "trouble, seen",
    [
        (Trouble.REFUSED, "unreachable"),
        (Trouble.GARBAGE, "garbled"),
        (Trouble.SHORT, "garbled"),
        (Trouble.OVERFLOW, "bad"),
        (Trouble.NAN, "nothing"),
    ],
)
async def test_each_trouble_of_a_meter_on_http_is_seen_and_ends_when_it_is_mended(kind, trouble, seen):
    house = building()
    async with read_by_a_site(house) as meters:
        meter = meters[f"{kind}-oven"]
        await good(meter)
        await house.door.break_device(f"{kind}-oven", trouble)
        assert await what(meter) == seen
        await house.door.mend_device(f"{kind}-oven")
        await good(meter)


@pytest.mark.parametrize("kind", KINDS)
async def test_each_trouble_of_a_meter_on_mqtt_is_seen_and_ends_when_it_is_mended(kind, tmp_path):
    async with on("mqtt", tmp_path) as (house, meters):
        meter, key = meters[f"{kind}-oven"], f"{kind}-oven"
        for trouble, seen in ((Trouble.GARBAGE, "garbled"), (Trouble.OVERFLOW, "bad"), (Trouble.NAN, "nothing")):
            await good(meter)
            await house.door.break_device(key, trouble)
            async with asyncio.timeout(PATIENCE_S):
                while await what(meter) != seen:
                    pass
            await house.door.mend_device(key)
        await good(meter)
        if kind != "json":
            await house.door.break_device(key, Trouble.REFUSED)
            async with asyncio.timeout(PATIENCE_S):
                while await what(meter) != "unreachable":
                    pass
            await house.door.mend_device(key)
            await good(meter)


async def what(meter) -> str:
    try:
        seen = await meter.read()
    except DeviceError as error:
        return error.kind
    if seen.power_w is not None:
        return "good"
    nothing = seen.quality is Quality.MISSING or (seen.problem and seen.problem.key == "source.no_number")
    return "nothing" if nothing else seen.quality.value


async def test_a_frozen_meter_repeats_itself_and_a_reset_one_counts_from_zero():
    house = building()
    async with read_by_a_site(house) as meters:
        await house.door.break_device("json-oven", Trouble.FROZEN)
        first = await good(meters["json-oven"])
        house.door.set_watts("oven", {"L2": 10.0})
        assert (await good(meters["json-oven"])).power_w == first.power_w
        await house.door.mend_device("json-oven")
        assert (await good(meters["json-oven"])).power_w == pytest.approx(10, abs=1)
        house.door.reset_counter("json-oven")
        assert (await good(meters["json-oven"])).energy_import_j < 100


async def test_without_power_or_when_silent_nothing_answers_and_a_trouble_of_registers_is_refused():
    house = building()
    async with read_by_a_site(house) as meters:
        await good(meters["json-grid"])
        house.door.cut_mains()
        async with asyncio.timeout(PATIENCE_S):
            while await what(meters["json-grid"]) != "unreachable":
                pass
        house.door.restore_mains()
        await good(meters["json-grid"])
        await house.door.break_device("json-grid", Trouble.SILENT)
        assert await what(meters["json-grid"]) == "unreachable"
        await house.door.mend_device("json-grid")
        await good(meters["json-grid"])
        with pytest.raises(ValueError, match="other_unit is no trouble of json-grid; it can have "):
            await house.door.break_device("json-grid", Trouble.OTHER_UNIT)
