"""A member of a cluster on its wire: several on one serial bus, at the slowest and the fastest rate."""

import asyncio
from dataclasses import dataclass, replace

import pytest

from ohmstead.core.control.cluster import slave
from ohmstead.core.model.cluster import NOBODY, Asking, Orders, Poll
from ohmstead.core.model.errors import DeviceGarbled, DeviceRefused
from ohmstead.drivers.cluster_member import ClusterMember
from ohmstead.protocols import charger_map, cluster_map
from ohmstead.protocols.charger_map import SlavePicture
from ohmstead.transport.address import SerialAddress
from ohmstead.transport.modbus_client import Buses
from ohmstead.transport.modbus_server import RegisterRefused, ServedUnit
from ohmstead.transport.rtu_server import ModbusRtuServer
from tests.transport.ptys import crossed_pair
from tests.wire.test_charger_map import PICTURE

pytestmark = pytest.mark.anyio
MASTER = 77
STARTED_S = 1000.0


@dataclass
class Slave:
    """The far end: the slave's production step behind its registers."""

    unit: int
    memory: slave.SlaveMemory
    led: bool = True

    @property
    def now_s(self) -> float:
        return STARTED_S + asyncio.get_running_loop().time()

    def served(self) -> ServedUnit:
        def rows(own, cluster):
            def image():
                report = slave.report(self.memory, self.now_s)
                picture = SlavePicture(report, Asking(16.0, "granted", 9), "led") if self.led else None
                return charger_map.encode((*own, *cluster), replace(PICTURE, slave=picture))

            return image

        inputs = rows(charger_map.INPUTS, cluster_map.INPUTS)
        return ServedUnit(self.unit, inputs, rows(charger_map.HOLDINGS, cluster_map.HOLDINGS), self.write)

    def write(self, register: int, words: tuple[int, ...]) -> None:
        poll, _ = cluster_map.decode_poll(register, words)
        self.memory, refused = slave.accept(self.memory, poll, self.now_s)
        if refused is not None:
            raise RegisterRefused(3)


def far_side(unit: int, led: bool = True) -> Slave:
    return Slave(unit, slave.SlaveMemory(unit, 100 + unit, 0.0, 0.0, MASTER), led)


@pytest.mark.req("EV-136", "EV-138", "EV-142", "G-067")
@pytest.mark.parametrize("baud", [9600, 115_200])
async def test_two_slaves_on_one_bus_obey_their_own_polls(baud: int) -> None:
    slaves = [far_side(3), far_side(4)]
    async with crossed_pair() as (here, there):
        server = ModbusRtuServer([one.served() for one in slaves], SerialAddress(there, baud))
        await server.start()
        buses = Buses()
        members = [ClusterMember(one.unit, buses.open(SerialAddress(here, baud))) for one in slaves]
        try:
            for member, grant_a in zip(members, (10.0, 6.5), strict=True):
                said = (await member.read()).report
                poll = Poll(MASTER, 5, said.boot, said.beat, 1, grant_a, 6.0)
                await member.poll(poll, Orders())
                with pytest.raises(DeviceRefused):
                    await member.poll(poll, Orders())
            heard = [await member.read() for member in members]
        finally:
            for member in members:
                await member.close()
            await server.stop()
    assert [one.report.slave for one in heard] == [3, 4]
    assert [(one.report.allowed_a, one.report.fallback_a) for one in heard] == [(10.0, 6.0), (6.5, 6.0)]
    assert [one.charger.phases[0].current_a for one in heard] == [9.87, 9.87]
    assert heard[0].charger.plugged_s == 1300.0


async def test_a_charger_that_is_no_slave_is_told() -> None:
    one = far_side(3, led=False)
    one.memory = replace(one.memory, master=NOBODY)
    async with crossed_pair() as (here, there):
        server = ModbusRtuServer([one.served()], SerialAddress(there, 19_200))
        await server.start()
        member = ClusterMember(3, Buses().open(SerialAddress(here, 19_200)))
        try:
            with pytest.raises(DeviceGarbled, match="not_a_slave"):
                await member.read()
        finally:
            await member.close()
            await server.stop()
