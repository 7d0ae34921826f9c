"""The daemon on a Shelly as its grid meter and circuits at a real broker: it charges by them, and tells no secret."""

from dataclasses import replace
from pathlib import Path

import pytest

from ohmstead.core.model.quantities import PHASES, Role
from ohmstead.core.plant.settings import GRID
from ohmstead.simulator.settings import BuildingSettings, SourceSpec, Trouble
from tests.end_to_end.house import Site, at_work, with_circuits
from tests.transport.brokers import mosquitto

SECRET = "s3cret-pa55"


def house(broker: tuple[str, int]) -> BuildingSettings:
    """The house whose every meter speaks JSON."""
    settings = with_circuits(2)
    sources = (
        SourceSpec("grid", GRID, "shelly", password=SECRET, role=Role.GRID, phases=PHASES),
        SourceSpec("circuit-0", "circuit-0", "tasmota", broker, phases=("L3",), publish_s=0.5),
        SourceSpec("circuit-1", "circuit-1", "json", broker, phases=("L3",), publish_s=0.5),
    )
    return replace(settings, meters=(), sources=sources)


def supply_w(site: Site) -> float:
    """What flows through the supply in truth."""
    return site.building.sync().measure(GRID).power_w


@pytest.mark.anyio
@pytest.mark.req("G-123", "G-128", "G-021")
async def test_a_car_charges_by_a_meter_on_http_stops_without_it_and_no_secret_is_told(tmp_path: Path) -> None:
    async with mosquitto(tmp_path) as broker, at_work(house(("127.0.0.1", broker.port)), tmp_path) as site:
        await site.charging()
        seen = await site.until(
            lambda seen: (
                (seen["chargers"]["garage"]["power_w"] or 0) > 10_000
                and all(seen["channels"][name]["quality"] == "good" for name in ("grid", "circuit-0", "circuit-1"))
            )
        )
        await site.until(lambda seen: seen["channels"]["grid"]["power_w"] == pytest.approx(supply_w(site), rel=0.03))
        assert seen["channels"]["circuit-0"]["power_w"] == pytest.approx(40, rel=0.2)
        assert seen["channels"]["circuit-1"]["phases"]["L3"]["power_w"] == pytest.approx(45, rel=0.2)

        await site.building.door.break_device("circuit-1", Trouble.GARBAGE)
        await site.until(lambda seen: seen["channels"]["circuit-1"]["quality"] != "good")
        await site.building.door.break_device("grid", Trouble.REFUSED)
        await site.happens(lambda: site.car_a() < 0.1)
        seen = await site.until(lambda seen: seen["channels"]["grid"]["quality"] != "good")
        assert seen["channels"]["circuit-0"]["quality"] == "good"
        await site.building.door.mend_device("grid")
        await site.until(lambda seen: seen["channels"]["grid"]["quality"] == "good")

        pages = [site.process.text]
        for page in ("/metrics", "/health", "/api/v1/snapshot", "/api/v1/events", "/openapi.json"):
            pages.append((await site.client.get(page)).text)
        metrics = pages[1]
        assert 'ohmstead_device_failures_total{device="circuit-1",kind="garbled"}' in metrics
        assert 'ohmstead_device_failures_total{device="grid",kind="unreachable"}' in metrics
        assert sum('"device.lost"' in line and '"grid"' in line for line in site.process.said) == 1
        assert not any(SECRET in page for page in pages)
