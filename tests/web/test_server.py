import asyncio
import signal
import socket
import subprocess
import sys

import httpx2
import pytest
from fastapi import FastAPI

from ohmstead.core.model.errors import ConfigurationError
from ohmstead.services.accounts.accounts import Accounts
from ohmstead.web import server
from ohmstead.web.listening import check_accounts, is_loopback
from ohmstead.web.server import serve
from tests.services.accounts.memory_documents import MemoryDocuments
from tests.web.memory_house import MemoryHouse, served

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    "host, local",
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.5", False),
        ("", False),
        ("my-house", False),
        ("localhost.evil.example", False),
    ],
)
def test_only_addresses_of_this_machine_count_as_local(host: str, local: bool):
    assert is_loopback(host) is local


@pytest.mark.req("G-008")
@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5"])
async def test_a_network_address_without_any_account_is_refused_with_what_to_do(house: MemoryHouse, host: str):
    accounts = Accounts(MemoryDocuments(), house.clock)
    with pytest.raises(ConfigurationError, match="ohmstead password"):
        await check_accounts(accounts, host)
    await check_accounts(accounts, "127.0.0.1")


async def test_a_network_address_with_an_account_is_fine(accounts: Accounts):
    await check_accounts(accounts, "0.0.0.0")


async def test_the_server_answers_on_both_kinds_of_loopback(local_app: FastAPI):
    async with httpx2.AsyncClient() as client:
        for host, name in (("127.0.0.1", "127.0.0.1"), ("::1", "[::1]")):
            async with served(local_app, host) as port:
                assert (await client.get(f"http://{name}:{port}/health")).status_code == 200


async def test_a_port_in_use_says_so(local_app: FastAPI):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"127.0.0.1:{port}.*nobody else uses"):
            await serve(local_app, "127.0.0.1", port)


async def test_signals_are_left_to_whoever_owns_the_loop(local_app: FastAPI):
    before = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]
    async with served(local_app):
        assert [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)] == before


async def test_after_stopping_the_port_is_free_again(local_app: FastAPI):
    async with served(local_app) as port:
        pass
    async with served(local_app):
        with pytest.raises(OSError):
            await asyncio.open_connection("127.0.0.1", port)


async def test_a_connection_that_asks_nothing_is_dropped(local_app: FastAPI, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(server, "FIRST_REQUEST_S", 0.05)
    async with served(local_app) as port:
        for sent in (b"", b"GET / HTTP/1.1\r\nHost: localhost\r\nX: "):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(sent)
            assert await asyncio.wait_for(_end_of(reader), 10)
            writer.close()


@pytest.mark.parametrize("bound", ["MOST_CONNECTIONS", "MOST_PER_ADDRESS"])
async def test_visitors_beyond_the_bound_do_not_take_sockets_from_devices(
    local_app: FastAPI, monkeypatch: pytest.MonkeyPatch, bound: str
):
    monkeypatch.setattr(server, bound, 2)
    async with served(local_app) as port:
        held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await asyncio.wait_for(_end_of(reader), 10)
        for _, each in [*held, (reader, writer)]:
            each.close()


async def test_one_address_does_not_keep_the_others_out(local_app: FastAPI, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(server, "MOST_PER_ADDRESS", 1)
    async with served(local_app) as port:
        _, hog = await asyncio.open_connection("127.0.0.1", port)
        reader, other = await asyncio.open_connection("127.0.0.1", port, local_addr=("127.0.0.2", 0))
        other.write(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert b"200" in await asyncio.wait_for(reader.readline(), 10)
        hog.close()
        other.close()


@pytest.mark.parametrize("garbage", [b"\x16\x03\x01\x02\x00", b"GET\r\n\r\n", b"\x00" * 100_000])
async def test_what_is_not_http_ends_its_own_connection_only(local_app: FastAPI, garbage: bytes):
    async with served(local_app) as port, httpx2.AsyncClient() as client:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(garbage)
        await asyncio.wait_for(_end_of(reader), 15)
        writer.close()
        assert (await client.get(f"http://127.0.0.1:{port}/health")).status_code == 200


def test_naming_the_room_and_its_port_costs_no_framework():
    code = (
        "import sys, ohmstead.web.house, ohmstead.web.listening, ohmstead.services.accounts.accounts;"
        "print([m for m in ('fastapi', 'uvicorn', 'starlette', 'prometheus_client') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


async def _end_of(reader: asyncio.StreamReader) -> bool:
    """Reads until the other side ends, politely or not."""
    try:
        await reader.read()
    except ConnectionError:
        return True
    return reader.at_eof()
