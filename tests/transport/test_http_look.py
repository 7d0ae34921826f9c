"""One look at a web page, at peers of every character."""

import asyncio

import pytest

from ohmstead.texts import word
from ohmstead.transport.http_look import AT_MOST, NoPage, look
from tests.transport.peers import nowhere, peer

pytestmark = pytest.mark.anyio


def serving(answer: bytes):
    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        await reader.read()

    return behave


def page(body: bytes, status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 " + status + b"\r\nContent-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body


async def test_a_page_is_read_whole():
    async with peer(serving(page(b'{"a": 1}'))) as address:
        assert await look(address.host, address.port, "/shelly") == b'{"a": 1}'


@pytest.mark.parametrize(
    "answer, spoke, key",
    [
        (page(b"", b"404 Not Found"), True, "page.status"),
        (page(b"", b"302 Found\r\nLocation: http://192.0.2.1/"), True, "page.status"),
        (page(b"x" * (AT_MOST + 1)), True, "page.too_long"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", False, "page.none"),
        (b"HTTP/1.1 200 OK\r\n", False, "device.unreachable"),
        (b"", False, "device.unreachable"),
    ],
)
async def test_what_is_no_good_page_says_why_and_whether_it_was_http(answer, spoke, key):
    async with peer(serving(answer)) as address:
        with pytest.raises(NoPage) as raised:
            await look(address.host, address.port, "/", deadline_s=0.3)
    assert (raised.value.spoke, raised.value.reason.key) == (spoke, key)
    assert str(address.port) in word(raised.value.reason)


async def test_a_page_that_never_ends_is_left():
    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x" * 65_536)
            await writer.drain()

    async with peer(flood) as address:
        with pytest.raises(NoPage) as raised:
            await look(address.host, address.port, "/")
    assert raised.value.reason.key == "page.too_long"


async def test_a_port_nobody_listens_on_has_no_page():
    async with nowhere() as address:
        with pytest.raises(NoPage) as raised:
            await look(address.host, address.port, "/")
    assert not raised.value.spoke
