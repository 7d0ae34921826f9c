"""A whole site on a P1 port: from the bytes of a socket to the channel that people see."""

import asyncio
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest

from ohmstead.core.model.quantities import Quality
from ohmstead.core.model.readings import Supply, UtilityCounter
from ohmstead.core.model.series import Measure, Span
from ohmstead.protocols.p1.framing import crc16
from ohmstead.site.house import Site
from ohmstead.site.start import starting
from tests.protocols.p1.telegrams import recorded

pytestmark = pytest.mark.anyio
PATIENCE_S = 20.0


def speaking(*telegrams: bytes):
    """A meter that sends ``telegrams`` over and over to each who connects; its port."""
    return speaking_of(list(telegrams))


@asynccontextmanager
async def speaking_of(telegrams: list[bytes]):
    """The same for telegrams that may be exchanged meanwhile."""

    async def serve(reader, writer) -> None:
        while not writer.is_closing():
            for telegram in tuple(telegrams):
                writer.write(telegram)
                await asyncio.sleep(0.1)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@asynccontextmanager
async def site_on(port: int, tmp_path):
    config = tmp_path / "site.toml"
    config.write_text(
        f"""
        [site]
        name = "Dorpsstraat 1"
        timezone = "Europe/Amsterdam"
        main_fuse_a = 25.0

        [devices.grid]
        driver = "p1"
        connect = "tcp://127.0.0.1:{port}"
        role = "grid"
        """
    )
    async with starting(config, f"sqlite+aiosqlite:///{tmp_path / 'site.sqlite'}") as (house, _):
        yield house


async def grid_when(house, holds):
    async with asyncio.timeout(PATIENCE_S):
        async for state in house.changes():
            grid = state.snapshot.channels["grid"]
            if holds(grid):
                return state
    raise AssertionError("the site stopped")


@pytest.mark.req("G-123", "EM-346")
async def test_a_p1_port_is_the_grid_meter_of_a_site(tmp_path):
    async with speaking(recorded("v5")) as port, site_on(port, tmp_path) as house:
        state = await grid_when(house, lambda grid: grid.quality is Quality.GOOD and grid.energy_import_j is not None)
        grid = state.snapshot.channels["grid"]
        assert (grid.power_w, state.snapshot.flows.grid_w) == (244, 244)
        assert {phase: values.power_w for phase, values in grid.phases.items()} == {"L1": 70, "L2": 32, "L3": 142}


async def test_gas_water_and_the_quarter_hour_of_a_belgian_meter_reach_people(tmp_path):
    async with speaking(recorded("fluvius_v171")) as port, site_on(port, tmp_path) as house:
        state = await grid_when(house, lambda grid: grid.quality is Quality.GOOD)
        assert state.snapshot.channels["grid"].supply == Supply(
            2351, 2589, (UtilityCounter("gas", 112.384, 112_384_000), UtilityCounter("water", 872.234, 872_234_000))
        )


def with_gas(volume: float) -> bytes:
    """The Belgian telegram with another volume of gas, its CRC made anew."""
    body = recorded("fluvius_v171").rpartition(b"!")[0].replace(b"00112.384", f"{volume:09.3f}".encode()) + b"!"
    return body + f"{crc16(body):04X}\r\n".encode()


async def test_gas_water_and_the_quarter_hour_are_kept_as_series_of_their_own(tmp_path):
    spoken = [recorded("fluvius_v171")]
    async with speaking_of(spoken) as port, site_on(port, tmp_path) as house:
        await grid_when(house, lambda grid: grid.supply and grid.supply.utilities[0].counted_ml == 112_384_000)
        spoken[:] = [with_gas(112.5)]
        await grid_when(house, lambda grid: grid.supply and grid.supply.utilities[0].counted_ml == 112_500_000)
        await grid_when(house, lambda grid: grid.supply is not None)
        now = house.clock.now().utc
        span = (now - timedelta(minutes=10), now + timedelta(minutes=1))
        async with asyncio.timeout(PATIENCE_S):
            while sum(await seconds(house, "grid.gas", Measure.IMPORT, *span)) < 1:
                await anext(aiter(house.changes()))
        assert sum(await seconds(house, "grid.gas", Measure.IMPORT, *span)) == 116_000
        assert set(await seconds(house, "grid.demand", Measure.HIGH, *span)) == {2351.0}
        assert set(await seconds(house, "grid.demand-peak", Measure.HIGH, *span)) == {2589.0}


async def seconds(house: Site, channel: str, measure: Measure, start: datetime, end: datetime) -> list[float]:
    """What is known of each second."""
    found = (await house.read((channel,), Span.SECOND, start, end))[channel].values[measure]
    return [value for value in found.tolist() if value == value]


async def test_damaged_telegrams_between_good_ones_are_counted_and_harm_nothing(tmp_path):
    damaged = recorded("v5").replace(b"00.244", b"99.244")
    async with speaking(recorded("v5"), damaged) as port, site_on(port, tmp_path) as house:
        counted = house.statistics
        state = await grid_when(
            house, lambda grid: grid.quality is Quality.GOOD and "garbled" in counted()["grid"].failures
        )
        assert state.snapshot.channels["grid"].power_w == 244
