"""Units behind one gateway that serves them one at a time, on virtual time."""

import asyncio

import pytest

from ohmstead.core.model.errors import DeviceUnreachable
from ohmstead.drivers.virtual_time import VirtualClock, run_virtual
from ohmstead.transport.address import TcpAddress
from ohmstead.transport.modbus_client import BEHIND_S, ModbusBus
from ohmstead.transport.modbus_server import Fault, ModbusServer, ServedUnit
from ohmstead.transport.pipe import HOST
from tests.site.staging import START

Outcome = tuple[int, ...] | BaseException


def asked(faults: dict[int, Fault], *units: int) -> tuple[list[Outcome], float]:
    """What comes of asking each of ``units`` at once with a deadline of 1 s, and when all was over."""

    async def main(clock: VirtualClock) -> tuple[list[Outcome], float]:
        server = ModbusServer([ServedUnit(unit, inputs=lambda: ((0, (1, 2)),)) for unit in units], HOST)
        await server.start()
        server.faults.units.update(faults)
        bus = ModbusBus(TcpAddress(HOST, server.port))
        reads = (bus.read(unit, 4, 0, 2, deadline_s=1.0) for unit in units)
        came = await asyncio.gather(*reads, return_exceptions=True)
        took_s = clock.now().monotonic_s
        await bus.close()
        await server.stop()
        return list(came), took_s

    return run_virtual(main, START)


@pytest.mark.req("EM-346")
def test_a_unit_that_is_late_does_not_take_the_next_one_with_it() -> None:
    (late, next_), took_s = asked({1: Fault(delay_s=1.5)}, 1, 2)
    assert isinstance(late, DeviceUnreachable)
    assert next_ == (1, 2)
    assert took_s == pytest.approx(1.5)


def test_a_unit_that_is_silent_itself_is_not_waited_for_longer_than_another_may_take() -> None:
    came, took_s = asked({1: Fault(silent=True), 2: Fault(silent=True)}, 1, 2)
    assert all(isinstance(one, DeviceUnreachable) for one in came)
    assert took_s <= 1.0 + BEHIND_S


def test_where_nobody_is_late_the_deadline_is_the_deadline() -> None:
    (came,), took_s = asked({1: Fault(silent=True)}, 1)
    assert isinstance(came, DeviceUnreachable)
    assert took_s == pytest.approx(1.0)
