"""Who is on a line, and how fast does it speak: units on ptys that understand one speed alone."""

import os
import termios

import pytest

from ohmstead.core.model.errors import DeviceUnreachable
from ohmstead.transport.address import SerialAddress
from ohmstead.transport.modbus_scan import Heard, scan, ways
from tests.transport.peers import answering, peer, refusing, right
from tests.transport.rtu_peers import framed, on_pty

pytestmark = pytest.mark.anyio
SOON_S = 0.3


async def found(addresses, units, answer_s=SOON_S) -> list[Heard]:
    return [heard async for heard in scan(addresses, units, answer_s)]


async def test_the_usual_ways_of_a_port_are_tried_the_most_usual_first():
    assert [str(way) for way in ways("/dev/ttyUSB0")[:3]] == [
        "serial:///dev/ttyUSB0?baud=9600",
        "serial:///dev/ttyUSB0?baud=9600&parity=even",
        "serial:///dev/ttyUSB0?baud=19200",
    ]


async def test_units_are_found_at_the_speed_they_speak_and_other_speeds_are_left_out():
    async with on_pty(numbers=(2, 4)) as (address, far):
        line = os.open(address.path, os.O_RDWR | os.O_NOCTTY)
        far.spoil = lambda unit, frame: frame if termios.tcgetattr(line)[5] == termios.B19200 else None
        speeds = [SerialAddress(address.path, baud) for baud in (9600, 19_200, 38_400)]
        assert await found(speeds, range(1, 6)) == [Heard(speeds[1], unit, understood=True) for unit in (2, 4)]
        assert len(far.asked) == 10
        os.close(line)


async def test_a_unit_that_refuses_is_there_and_one_that_answers_garbage_is_not_understood():
    async with on_pty() as (address, far):
        answers = {1: lambda frame: framed(1, b"\x83\2"), 2: lambda frame: frame[:-1] + b"\0\0", 3: lambda frame: None}
        far.spoil = lambda unit, frame: answers[unit](frame)
        assert await found([address], (1, 2, 3)) == [
            Heard(address, 1, understood=True),
            Heard(address, 2, understood=False),
        ]


async def test_units_behind_a_gateway_are_found_too():
    def gateway(request: bytes) -> bytes:
        return {1: right, 2: refusing(2), 3: lambda request: b""}.get(request[6], right)(request)

    async with peer(answering(gateway)) as address:
        assert await found([address], (1, 2, 3, 4)) == [Heard(address, unit, understood=True) for unit in (1, 2, 4)]


async def test_a_port_that_is_not_there_says_so():
    with pytest.raises(DeviceUnreachable):
        await found(ways("/dev/no-such-port"), (1,))
