"""The live stream over a real server and real sockets."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx2
import pytest
from fastapi import FastAPI
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from ohmstead.core.model.quantities import Quality, Role
from ohmstead.core.model.readings import PhaseReading
from ohmstead.core.model.settings import Settings
from ohmstead.core.model.snapshot import Channel
from ohmstead.web import live
from ohmstead.web.application import create_app
from ohmstead.web.views.snapshot import LiveChange, SnapshotView
from tests.web.conftest import PASSWORDS
from tests.web.memory_house import GRID, SETTINGS, MemoryHouse, later, served, state

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def listening(port: int, **how) -> AsyncIterator[ClientConnection]:
    async with connect(f"ws://127.0.0.1:{port}/api/v1/live", proxy=None, **how) as socket:
        yield socket


async def frame(socket: ClientConnection) -> dict:
    return json.loads(await asyncio.wait_for(socket.recv(), 10))


async def closed(socket: ClientConnection) -> int:
    """The code the server closed with."""
    async with asyncio.timeout(10):
        try:
            while True:
                await socket.recv()
        except ConnectionClosed as error:
            return error.rcvd.code if error.rcvd else 0


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.01)


@pytest.mark.req("EM-237")
async def test_first_comes_the_snapshot_then_each_change_of_each_input(house: MemoryHouse, local_app: FastAPI):
    async with served(local_app) as port, listening(port) as socket:
        first = SnapshotView.model_validate_json(json.dumps(await frame(socket)))
        assert first.channels["grid"].power_w == 400.0
        house.publish(later(house.latest, grid=replace(GRID, power_w=-1250.0)))
        change = LiveChange.model_validate_json(json.dumps(await frame(socket)))
        assert {id: channel.power_w for id, channel in change.channels.items()} == {"grid": -1250.0}
        assert change.flows is None


async def test_a_listener_who_comes_before_the_first_look_gets_it_when_it_is_there(
    house: MemoryHouse, local_app: FastAPI
):
    first, house.latest = house.latest, None
    async with served(local_app) as port, listening(port) as socket:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(socket.recv(), 0.05)
        house.publish(first)
        assert (await frame(socket))["site"] == "via-roma-12"


async def test_all_listeners_hear_the_same_and_asking_for_a_snapshot_between_loses_nothing(
    house: MemoryHouse, local_app: FastAPI
):
    async with served(local_app) as port, listening(port) as one, listening(port) as two:
        await asyncio.gather(frame(one), frame(two))
        house.latest = later(house.latest, grid=replace(GRID, power_w=1.0))
        async with httpx2.AsyncClient() as client:
            whole = (await client.get(f"http://127.0.0.1:{port}/api/v1/snapshot")).json()
        assert whole["channels"]["grid"]["power_w"] == 1.0
        heard = await asyncio.gather(frame(one), frame(two))
        assert [each["channels"]["grid"]["power_w"] for each in heard] == [1.0, 1.0]


async def test_each_change_is_rendered_once_for_all_listeners(
    house: MemoryHouse, local_app: FastAPI, monkeypatch: pytest.MonkeyPatch
):
    rendered = []

    def counting(part):
        rendered.append(part["at"])
        return as_bytes(part)

    as_bytes = live.as_bytes
    monkeypatch.setattr(live, "as_bytes", counting)
    async with served(local_app) as port, listening(port) as a, listening(port) as b, listening(port) as c:
        await asyncio.gather(frame(a), frame(b), frame(c))
        rendered.clear()
        house.publish(later(house.latest))
        await asyncio.gather(frame(a), frame(b), frame(c))
    assert len(rendered) == 1


async def test_the_house_is_only_followed_while_somebody_listens(house: MemoryHouse, local_app: FastAPI):
    async with served(local_app) as port:
        async with listening(port) as socket:
            await frame(socket)
            assert len(house.listeners) == 1
        await until(lambda: local_app.state.live.clients == 0)
        await asyncio.sleep(0)
        assert not house.listeners


@pytest.mark.parametrize("talk", ["ping", b"\x00" * 100, "{", "x" * 1000])
async def test_whoever_talks_on_the_one_way_socket_is_sent_away(local_app: FastAPI, talk):
    async with served(local_app) as port, listening(port) as socket:
        await socket.send(talk)
        assert await closed(socket) == 1008


async def test_a_message_too_large_is_not_even_read(local_app: FastAPI):
    async with served(local_app) as port, listening(port) as socket:
        await socket.send("x" * 100_000)
        assert await closed(socket) == 1009


@pytest.mark.parametrize(
    "garbage", [b"\xff" * 40, b"\x81\x05hello", b"\x8f\x80\x00\x00\x00\x00", b"\x88\x81\x00\x00\x00\x00x"]
)
async def test_broken_frames_end_only_their_own_connection(house: MemoryHouse, local_app: FastAPI, garbage: bytes):
    async with served(local_app) as port, listening(port) as good:
        await frame(good)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(
            b"GET /api/v1/live HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        assert b"101" in await reader.readline()
        writer.write(garbage)
        await asyncio.wait_for(reader.read(), 10)
        writer.close()
        house.publish(later(house.latest))
        assert (await frame(good))["at"] == "2026-06-21T10:15:04Z"


async def test_a_listener_who_takes_nothing_is_sent_away_and_the_others_hear_everything():
    house = large_house(600)
    app = create_app(house, None, local_only=True)
    app.state.live = live.Live(house, send_timeout_s=1.5)
    async with served(app) as port, listening(port, max_size=None) as good:
        await frame(good)
        _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
        writer.transport.pause_reading()
        writer.write(
            b"GET /api/v1/live HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        heard = 0
        async with asyncio.timeout(30):
            await until(lambda: app.state.live.clients == 2)
            while app.state.live.clients > 1:
                house.publish(moved(house, heard))
                assert len((await frame(good))["channels"]) == 600
                heard += 1
        writer.close()
    assert heard > 2


async def test_a_slow_listener_gets_all_that_changed_meanwhile_in_one_frame(house: MemoryHouse, local_app: FastAPI):
    frames: list[dict] = []
    ready, left = asyncio.Event(), asyncio.Event()

    async def receive() -> dict:
        if not frames:
            return {"type": "websocket.connect"}
        await left.wait()
        return {"type": "websocket.disconnect", "code": 1000}

    async def send(message: dict) -> None:
        frames.append(message)
        if len(frames) > 2:
            await ready.wait()

    scope = {
        "type": "websocket",
        "path": "/api/v1/live",
        "raw_path": b"/api/v1/live",
        "query_string": b"",
        "headers": [(b"host", b"localhost")],
        "subprotocols": [],
    }
    task = asyncio.create_task(local_app(scope, receive, send))
    await until(lambda: len(frames) == 2)
    house.publish(later(house.latest, grid=replace(GRID, power_w=1.0)))
    await until(lambda: len(frames) == 3)
    oven = house.latest.snapshot.channels["oven"]
    house.publish(later(house.latest, grid=replace(GRID, power_w=2.0)))
    await asyncio.sleep(0)
    house.publish(later(house.latest, oven=replace(oven, power_w=700.0)))
    ready.set()
    await until(lambda: len(frames) == 4)
    channels = json.loads(frames[3]["text"])["channels"]
    assert {id: channel["power_w"] for id, channel in channels.items()} == {"grid": 2.0, "oven": 700.0}
    left.set()
    await task


@pytest.mark.req("G-008")
async def test_a_listener_needs_a_sign_in_beyond_the_machine(open_app: FastAPI):
    async with served(open_app) as port:
        with pytest.raises(InvalidStatus) as refused:
            async with listening(port):
                pass
        assert refused.value.response.status_code == 401
        assert json.loads(refused.value.response.body)["error"]["key"] == "web.sign_in_needed"
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            login = await client.post("/api/v1/login", json={"name": "viewer", "password": PASSWORDS["viewer"]})
        token = login.json()["token"]
        for header in ({"Authorization": f"Bearer {token}"}, {"Cookie": f"ohmstead={token}"}):
            async with listening(port, additional_headers=header) as socket:
                assert (await frame(socket))["site"] == "via-roma-12"


@pytest.mark.req("G-008")
async def test_a_revoked_sign_in_stops_hearing(house: MemoryHouse, open_app: FastAPI, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(live, "RECHECK_S", 0.0)
    accounts = open_app.state.doorway.accounts
    token, sign_in = await accounts.sign_in("viewer", PASSWORDS["viewer"], "127.0.0.1", "")
    shown = {"Authorization": f"Bearer {token}"}
    async with served(open_app) as port, listening(port, additional_headers=shown) as socket:
        await frame(socket)
        await accounts.revoke(sign_in.id, author="owner")
        house.publish(later(house.latest))
        assert await closed(socket) == 1008


@pytest.mark.req("G-008")
@pytest.mark.parametrize(
    "headers, status",
    [({"Origin": "http://evil.example"}, 403), ({"Host": "evil.example"}, 421), ({"Origin": "null"}, 403)],
)
async def test_other_peoples_pages_do_not_listen(local_app: FastAPI, headers: dict, status: int):
    async with served(local_app) as port:
        _, writer = reader_writer = await asyncio.open_connection("127.0.0.1", port)
        named = {"Host": f"127.0.0.1:{port}", **headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in named.items())
        writer.write(
            f"GET /api/v1/live HTTP/1.1\r\n{lines}Upgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )
        assert str(status).encode() in await reader_writer[0].readline()
        writer.close()


async def test_a_page_of_our_own_listens(local_app: FastAPI):
    async with served(local_app) as port, listening(port, origin=f"http://127.0.0.1:{port}") as socket:
        assert (await frame(socket))["site"] == "via-roma-12"


async def test_too_many_listeners_are_asked_to_come_later(local_app: FastAPI, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(live, "MOST_CLIENTS", 1)
    async with served(local_app) as port, listening(port):
        with pytest.raises(InvalidStatus) as refused:
            async with listening(port):
                pass
        assert refused.value.response.status_code == 503


async def test_when_the_site_stops_listeners_are_told_to_come_back(house: MemoryHouse, local_app: FastAPI):
    async with served(local_app) as port, listening(port) as socket:
        await frame(socket)
        house.stop()
        assert await closed(socket) == 1012


async def test_when_the_server_stops_listeners_are_told_to_come_back(local_app: FastAPI):
    async with served(local_app) as port:
        socket = await connect(f"ws://127.0.0.1:{port}/api/v1/live", proxy=None)
        await frame(socket)
    assert await closed(socket) == 1012


def large_house(channels: int) -> MemoryHouse:
    names = [f"load{number}" for number in range(channels)]
    device = {"driver": "modbus", "meter": "eastron-sdm120", "role": "load"}
    settings = Settings.model_validate(
        {
            **SETTINGS.model_dump(),
            "devices": {
                name: {**device, "connect": f"tcp://127.0.0.1:{2000 + number // 200}", "unit": number % 200 + 1}
                for number, name in enumerate(names)
            },
        }
    )
    phase = PhaseReading(voltage_v=230.1, current_a=1.0, power_w=230.0, reactive_power_var=1.0, power_factor=0.99)
    channel = Channel(Role.LOAD, Quality.GOOD, 0.1, 230.0, energy_import_j=10**12, phases={"L1": phase})
    first = state()
    return MemoryHouse(
        settings, latest=replace(first, snapshot=replace(first.snapshot, channels=dict.fromkeys(names, channel)))
    )


def moved(house: MemoryHouse, step: int):
    channels = house.latest.snapshot.channels
    return later(house.latest, **{n: replace(c, power_w=float(step), age_s=0.1) for n, c in channels.items()})


async def test_three_thousand_channels_are_shown_and_followed():
    house = large_house(3000)
    async with served(create_app(house, None, local_only=True)) as port:
        async with httpx2.AsyncClient() as client:
            whole = SnapshotView.model_validate_json(
                (await client.get(f"http://127.0.0.1:{port}/api/v1/snapshot")).content
            )
        assert len(whole.channels) == 3000
        async with listening(port, max_size=None) as socket:
            assert len((await frame(socket))["channels"]) == 3000
            house.publish(later(house.latest, load7=replace(house.latest.snapshot.channels["load7"], power_w=1.0)))
            assert list((await frame(socket))["channels"]) == ["load7"]
