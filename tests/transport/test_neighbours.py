"""Units behind one gateway: what one of them answers wrongly costs the others nothing, and none is given its values."""

import asyncio

import pytest

from ohmstead.core.model.errors import DeviceError, DeviceGarbled
from ohmstead.transport.modbus_client import ModbusBus
from tests.transport.peers import Behaviour, answering, peer, right

pytestmark = pytest.mark.anyio
AMPLE_S = 5.0
BAD, GOOD = 9, 1


def gateway(bad) -> Behaviour:
    """A gateway that gives ``bad(request)`` for its bad unit, and the right answer for the others."""
    return answering(lambda request: bad(request) if request[6] == BAD else right(request))


async def read(bus: ModbusBus, unit: int, register: int = 0) -> tuple[int, ...]:
    return await bus.read(unit, 4, register, 2, deadline_s=AMPLE_S)


async def failure(bus: ModbusBus) -> str:
    with pytest.raises(DeviceError) as caught:
        await read(bus, BAD)
    assert isinstance(caught.value, DeviceGarbled)
    return caught.value.reason.key


def other_unit(request: bytes) -> bytes:
    answer = right(request)
    return answer[:6] + bytes([77]) + answer[7:]


def other_transaction(request: bytes) -> bytes:
    return b"\x77\x77" + right(request)[2:]


def other_function(request: bytes) -> bytes:
    answer = right(request)
    return answer[:7] + b"\3" + answer[8:]


@pytest.mark.parametrize("bad", [other_unit, other_transaction, other_function])
async def test_a_frame_in_another_name_fails_its_own_request_and_nothing_else(bad):
    async with peer(gateway(bad)) as address:
        bus = ModbusBus(address)
        for register in range(5):
            assert await failure(bus) == f"modbus.{bad.__name__}"
            assert await read(bus, GOOD, register) == (register, register + 1)
        assert bus.reconnects == 0
        await bus.close()


async def test_a_unit_that_sends_no_frames_waits_alone():
    asked = 0

    def bad(request: bytes) -> bytes:
        nonlocal asked
        asked += 1
        return b"\xff" * 40

    async with peer(gateway(bad)) as address:
        bus = ModbusBus(address)
        for register in range(100):
            assert await failure(bus) == "modbus.no_frame"
            assert await read(bus, GOOD, register) == (register, register + 1)
        assert 2 < asked < 50
        await bus.close()


@pytest.mark.parametrize(
    "flood",
    [
        pytest.param(lambda request: right(request) * 3, id="the same answer again"),
        pytest.param(lambda request: right(request) + b"\xff" * 2000, id="no frames"),
        pytest.param(lambda request: right(request) + other_transaction(request), id="another transaction"),
    ],
)
async def test_what_floods_in_behind_an_answer_is_told_of_its_unit_and_its_neighbour_is_read_at_once(flood):
    async with peer(gateway(flood)) as address:
        bus = ModbusBus(address)
        for register in range(10):
            assert await read(bus, BAD) == (0, 1)
            assert await read(bus, GOOD, register) == (register, register + 1)
        assert bus.unasked(GOOD) is None
        assert bus.unasked(BAD).key == "modbus.unasked"
        await bus.close()


async def test_a_unit_that_floods_late_takes_no_neighbour_with_it():
    async def behave(reader, writer):
        late = None
        while True:
            request = await reader.readexactly(12)
            if request[6] == BAD:
                late = request
            elif late is None:
                writer.write(right(request))
            else:
                late = None
                writer.write(b"\xff" * 40)

    async with peer(behave) as address:
        bus = ModbusBus(address)
        for register in range(3):
            bad = asyncio.create_task(bus.read(BAD, 4, 0, 2, deadline_s=0.5))
            await asyncio.sleep(0)
            assert await read(bus, GOOD, register) == (register, register + 1)
            assert isinstance((await asyncio.gather(bad, return_exceptions=True))[0], DeviceError)
        await bus.close()


async def test_a_write_is_never_sent_again():
    written = []

    async def behave(reader, writer):
        while True:
            request = await reader.readexactly(12)
            if request[7] == 5:
                written.append(request)
                writer.write(b"\xff" * 40)
            else:
                writer.write(right(request))

    async with peer(behave) as address:
        bus = ModbusBus(address)
        assert await read(bus, GOOD) == (0, 1)
        with pytest.raises(DeviceGarbled):
            await bus.switch(2, 0, True, deadline_s=AMPLE_S)
        assert len(written) == 1
        assert await read(bus, GOOD) == (0, 1)
        await bus.close()
