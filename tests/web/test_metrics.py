import re
from dataclasses import replace

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families

from ohmstead.core.model.health import HealthPart
from ohmstead.core.model.quantities import Quality
from ohmstead.core.model.reasons import Reason
from tests.web.memory_house import GRID, MemoryHouse, later

pytestmark = pytest.mark.anyio

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


async def samples(client: httpx2.AsyncClient) -> Samples:
    answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def value(found: Samples, name: str, **labels: str) -> float | None:
    return found.get((name, tuple(sorted(labels.items()))))


@pytest.mark.parametrize(
    "name, labels, expected",
    [
        ("ohmstead_flow_watts", {"flow": "battery"}, -1000.0),
        ("ohmstead_flow_watts", {"flow": "measured"}, 3490.0),
        ("ohmstead_channel_power_watts", {"channel": "grid", "role": "grid"}, 400.0),
        ("ohmstead_channel_energy_import_joules_total", {"channel": "grid", "role": "grid"}, 18e9),
        ("ohmstead_channel_quality", {"channel": "oven", "quality": "stale"}, 1.0),
        ("ohmstead_channel_quality", {"channel": "oven", "quality": "good"}, 0.0),
        ("ohmstead_phase_voltage_volts", {"channel": "grid", "phase": "L1"}, 231.2),
        ("ohmstead_detail_voltage_volts", {"channel": "grid", "place": "L1-L2"}, 400.3),
        ("ohmstead_detail_energy_import_joules_total", {"channel": "grid", "place": "L1"}, 3.6e6),
        ("ohmstead_battery_charge_ratio", {"channel": "grid"}, 0.63),
        ("ohmstead_supply_demand_peak_watts", {"channel": "grid"}, 3695.0),
        ("ohmstead_utility_volume_cubic_meters_total", {"series": "grid.gas", "kind": "gas"}, 12.5),
        ("ohmstead_charger_grant_amperes", {"charger": "garage", "limited_by": "main_fuse.L1"}, 10.0),
        ("ohmstead_charger_energy_joules_total", {"charger": "garage"}, 7.2e9),
        ("ohmstead_charger_state", {"charger": "garage", "state": "charging"}, 1.0),
        ("ohmstead_device_reads_total", {"device": "grid"}, 90.0),
        ("ohmstead_device_failures_total", {"device": "grid", "kind": "unreachable"}, 2.0),
        ("ohmstead_device_reconnects_total", {"device": "grid"}, 1.0),
        ("ohmstead_device_troubles_total", {"device": "grid", "trouble": "modbus.crc"}, 1.0),
        ("ohmstead_served_connections", {"at": "tcp://127.0.0.1:1502"}, 2.0),
        ("ohmstead_served_accepted_total", {"at": "tcp://127.0.0.1:1502"}, 5.0),
        ("ohmstead_served_requests_total", {"at": "tcp://127.0.0.1:1502"}, 900.0),
        ("ohmstead_served_refused_total", {"at": "tcp://127.0.0.1:1502"}, 30.0),
        ("ohmstead_served_garbled_total", {"at": "tcp://127.0.0.1:1502"}, 1.0),
        ("ohmstead_served_closed_total", {"at": "tcp://127.0.0.1:1502", "why": "crowded"}, 4.0),
        ("ohmstead_part_healthy", {"part": "oven"}, 0.0),
        ("ohmstead_tick_seconds", {}, 0.004),
        ("ohmstead_ticks_total", {}, 7.0),
    ],
)
async def test_the_house_is_told_in_base_units(client: httpx2.AsyncClient, name: str, labels: dict, expected: float):
    assert value(await samples(client), name, **labels) == expected


async def test_what_is_missing_is_absent_and_never_zero(client: httpx2.AsyncClient):
    assert value(await samples(client), "ohmstead_channel_power_watts", channel="oven", role="load") is None


async def test_before_the_first_look_the_counters_of_devices_are_told(client: httpx2.AsyncClient, house: MemoryHouse):
    house.latest = None
    found = await samples(client)
    assert value(found, "ohmstead_device_reads_total", device="grid") == 90.0
    assert not any(name.startswith("ohmstead_channel") for name, _ in found)


async def test_each_scrape_tells_the_latest_state(client: httpx2.AsyncClient, house: MemoryHouse):
    house.latest = later(house.latest, grid=replace(GRID, quality=Quality.BAD, power_w=None))
    assert value(await samples(client), "ohmstead_channel_quality", channel="grid", quality="bad") == 1.0


@pytest.mark.req("G-002")
async def test_a_clock_that_nothing_keeps_right_is_told(client: httpx2.AsyncClient, house: MemoryHouse):
    house.parts = (HealthPart("clock", False, Reason("health.clock_unsynchronised"), essential=False),)
    assert value(await samples(client), "ohmstead_part_healthy", part="clock") == 0.0


async def test_names_carry_their_base_unit(client: httpx2.AsyncClient):
    units = (
        "voltamperes|ratio|joules|watts|vars|factor|hertz|seconds|volts|amperes|total|quality|state|healthy|connections"
    )
    assert [name for name, _ in await samples(client) if not re.search(rf"_({units})$", name)] == []
