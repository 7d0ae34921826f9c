"""A slow device costs its neighbours on one connection nothing, on virtual time over the network inside the process."""

import asyncio

import pytest

from ohmstead.core.model.errors import DeviceUnreachable
from ohmstead.drivers.virtual_time import run_virtual
from ohmstead.transport.address import TcpAddress
from ohmstead.transport.modbus_client import ModbusBus
from ohmstead.transport.modbus_server import Fault, ModbusServer, ServedUnit
from ohmstead.transport.pipe import HOST
from tests.site.staging import START


@pytest.mark.req("EM-346")
def test_a_unit_that_is_late_does_not_take_the_next_one_with_it():
    async def main(clock):
        server = ModbusServer([ServedUnit(unit, inputs=lambda: ((0, (1, 2)),)) for unit in (1, 2)], HOST)
        await server.start()
        server.faults.units[1] = Fault(delay_s=1.5)
        bus = ModbusBus(TcpAddress(HOST, server.port))
        late, next_ = await asyncio.gather(
            bus.read(1, 4, 0, 2, deadline_s=1.0), bus.read(2, 4, 0, 2, deadline_s=1.0), return_exceptions=True
        )
        took_s = clock.now().monotonic_s
        await bus.close()
        await server.stop()
        return late, next_, took_s

    late, next_, took_s = run_virtual(main, START)
    assert isinstance(late, DeviceUnreachable)
    assert next_ == (1, 2)
    assert took_s == pytest.approx(1.5)
