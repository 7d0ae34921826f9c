"""What a scenario lets happen, happens at its time; on virtual time over the network inside the process."""

import asyncio
from datetime import UTC, datetime

import pytest

from ohmstead.core.model.errors import ConfigurationError
from ohmstead.core.model.quantities import Quality
from ohmstead.drivers.build import open_meter
from ohmstead.drivers.virtual_time import VirtualClock, run_virtual
from ohmstead.protocols.p1.framing import Frame, Framer
from ohmstead.protocols.p1.telegram import parse
from ohmstead.protocols.p1.values import values
from ohmstead.simulator.settings import Trouble
from ohmstead.simulator.supply_meter import SupplyMeter
from ohmstead.transport.modbus_client import Buses
from ohmstead.transport.pipe import HOST
from tests.simulator.reading import house, settings
from tests.simulator.test_wires import P1, PANEL

START = datetime(2026, 3, 1, 11, tzinfo=UTC)
EVENTS = """
[[events]]
at = "00:00:10"
trouble = { heat = "frozen" }
[[events]]
at = "00:00:20"
mend = "heat"
reset_counter = "grid"
power_w = { base = { L1 = 3000 } }
"""


@pytest.mark.req("EM-349")
def test_troubles_come_and_go_and_counters_begin_again_at_their_time() -> None:
    async def main(clock: VirtualClock) -> None:
        built = house(PANEL.format(kind="serial") + EVENTS)
        await built.start(HOST, beat_s=1.0)
        try:
            await asyncio.sleep(9.5)
            assert built.devices["heat"].trouble is None
            await asyncio.sleep(1.0)
            assert built.devices["heat"].trouble is Trouble.FROZEN
            await asyncio.sleep(10.0)
            assert built.devices["heat"].trouble is None
            known = settings(built).devices["grid"]
            assert known.connect.startswith("tcp+rtu://")
            meter = open_meter("grid", known, Buses(), clock)
            reading = await meter.read()
            await meter.close()
            assert reading.quality is Quality.GOOD
            assert reading.power_w == pytest.approx(3000, abs=20)
            assert reading.energy_import_j is not None
            assert reading.energy_import_j < 10_000
        finally:
            await built.stop()

    run_virtual(main, START)


def test_a_trouble_that_a_device_cannot_have_is_refused_before_anything_starts() -> None:
    rest = PANEL.format(kind="serial") + '[[events]]\nat = "00:00:10"\ntrouble = { heat = "half_open" }\n'
    with pytest.raises(ConfigurationError, match="A serial line has no connection"):
        house(rest)


def test_a_supply_meter_tells_the_running_quarters_mean_and_keeps_the_months_peak() -> None:
    built = house(P1.format(kind="tcp"))
    meter = built.devices["grid"]
    assert isinstance(meter, SupplyMeter)

    def told():
        (frame,) = Framer().feed(meter.telegram())
        assert isinstance(frame, Frame)
        return values(parse(frame)).supply

    told()
    built.world.step(450.0)
    assert told().demand_w == pytest.approx(2070, abs=10)
    built.world.step(450.0)
    first = told()
    assert (first.demand_w, first.demand_peak_w) == (0, pytest.approx(4140, abs=15))
    built.world.set_watts("base", {"L1": 500.0})
    built.world.step(900.0)
    assert told().demand_peak_w == first.demand_peak_w
