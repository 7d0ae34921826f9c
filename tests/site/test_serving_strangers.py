"""Strangers on the port at which the site is a meter: they flood, stay, say nothing, and stop nobody."""

import asyncio

import pytest

from ohmstead.site import serving
from ohmstead.transport.listener import Limits
from tests.site.shown import client_of, floats, free_port, shown

pytestmark = pytest.mark.anyio


class Beat:
    """A loop that wants to run each hundredth of a second, as the tick's second must."""

    def __init__(self) -> None:
        self.beats = 0

    async def run(self) -> None:
        while True:
            self.beats += 1
            await asyncio.sleep(0.01)


READ = bytes.fromhex("0001 0000 0006 01 04 0034 0002")


async def hammer(port: int, data: bytes) -> None:
    """Send ``data`` as fast as it is taken, read nothing, come back when thrown out."""
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.01)
            continue
        try:
            while True:
                writer.write(data)
                await writer.drain()
                await asyncio.sleep(0)
        except OSError:
            await asyncio.sleep(0.01)
        finally:
            writer.transport.abort()


@pytest.mark.parametrize("data", [READ * 200, b"\xff" * 4096, b"GET / HTTP/1.1\r\n\r\n", READ[:5]])
async def test_hostile_clients_are_bounded_and_counted_and_stop_no_other_loop(data: bytes) -> None:
    port, beat = free_port(), Beat()
    async with shown({"as": "sdm630", "listen": f"tcp://127.0.0.1:{port}"}) as house:
        attack = [asyncio.create_task(hammer(port, data)) for _ in range(100)]
        beating = asyncio.create_task(beat.run())
        line = f"tcp://127.0.0.1:{port}"
        async with asyncio.timeout(20):
            while house.lines.statistics()[line].accepted < 20 or beat.beats < 20:
                await asyncio.sleep(0.01)
                assert house.lines.statistics()[line].connections <= serving.LIMITS.per_host
        for task in (*attack, beating):
            task.cancel()
        await asyncio.gather(*attack, beating, return_exceptions=True)
        done = house.lines.statistics()[line]
        assert done.garbled or done.closed
        async with asyncio.timeout(20), client_of(port) as client:
            while (answer := await client.read_input_registers(0x34, count=2, device_id=1)).isError():
                pass
        assert client.convert_from_registers(answer.registers, client.DATATYPE.FLOAT32) == -4321.5


async def test_a_client_that_is_silent_is_closed_and_counted(monkeypatch) -> None:
    monkeypatch.setattr(serving, "LIMITS", Limits(idle_s=0.05))
    port = free_port()
    async with shown({"as": "sdm630", "listen": f"tcp://127.0.0.1:{port}"}) as house:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(READ[:6])
        async with asyncio.timeout(5):
            assert await reader.read() == b""
        writer.close()
        (done,) = house.lines.statistics().values()
        assert (done.accepted, dict(done.closed)) == (1, {"idle": 1})


async def test_one_host_that_takes_every_connection_loses_only_its_own_and_the_busy_stay(monkeypatch) -> None:
    monkeypatch.setattr(serving, "LIMITS", Limits(connections=4, per_host=3))
    port = free_port()
    async with shown({"as": "sdm630", "listen": f"tcp://127.0.0.1:{port}"}) as house, client_of(port) as manager:
        idle = []
        for _ in range(6):
            assert await floats(manager, 0x34, 1) == [-4321.5]
            idle.append(await asyncio.open_connection("127.0.0.1", port, local_addr=("127.0.0.2", 0)))
            await asyncio.sleep(0.02)
        assert await floats(manager, 0x34, 1) == [-4321.5]
        (done,) = house.lines.statistics().values()
        assert (done.connections, dict(done.closed)) == (4, {"crowded": 3})
        for _, writer in idle:
            writer.transport.abort()
