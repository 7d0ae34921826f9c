"""A device is asked over HTTP within its time and size, signed in as it wants, and nothing secret is ever told."""

import asyncio
import gzip

import pytest

from ohmstead.core.model.errors import DeviceError
from ohmstead.texts import word
from ohmstead.transport.web_address import Credentials, WebAddress, parse_web
from ohmstead.transport.web_client import LONGEST, WebDevice
from ohmstead.transport.web_server import WebServer
from tests.transport.brokers import free_port
from tests.transport.web_peers import reply, serving

pytestmark = pytest.mark.anyio
SECRET = "s3cret"


async def asked(url: str, deadline_s: float = 5.0, **credentials) -> bytes:
    device = WebDevice(WebAddress(url, Credentials(**credentials)), digest="password" in credentials)
    try:
        return await device.get(url, deadline_s)
    finally:
        await device.close()


async def failure(url: str, deadline_s: float = 5.0, **credentials) -> DeviceError:
    with pytest.raises(DeviceError) as caught:
        await asked(url, deadline_s, **credentials)
    assert SECRET not in word(caught.value.reason) + str(caught.value)
    return caught.value


async def test_a_document_comes_with_the_headers_and_the_sign_in_that_were_set():
    async with serving(lambda head: reply(b'{"p": 1}')) as peer:
        assert await asked(f"{peer.url}/meter", headers=(("X-Api-Key", "k"),), token=SECRET) == b'{"p": 1}'
        basic = WebDevice(WebAddress(peer.url, Credentials("u", "p")))
        assert await basic.get(peer.url, 5.0) == b'{"p": 1}'
        await basic.close()
    first, second = (head.lower() for head in peer.asked)
    assert first.startswith("get /meter http/1.1")
    assert "x-api-key: k\r\n" in first
    assert f"authorization: bearer {SECRET}\r\n" in first
    assert "authorization: basic dtpw\r\n" in second


async def test_a_digest_of_sha_256_is_answered_as_rfc_7616_says():
    server = WebServer(lambda path, query: b"1", realm="shellypro3em-0", password="right")
    await server.start()
    try:
        for password, result in (("right", b"1"), (SECRET, None)):
            address = WebAddress(
                f"http://127.0.0.1:{server.port}/rpc/EM.GetStatus?id=0", Credentials("admin", password)
            )
            device = WebDevice(address, digest=True)
            if result is None:
                with pytest.raises(DeviceError) as caught:
                    await device.get(address.url, 5.0)
                assert (caught.value.kind, caught.value.reason.key) == ("refused", "http.sign_in")
            else:
                assert await device.get(address.url, 5.0) == result
            await device.close()
    finally:
        await server.stop()


@pytest.mark.parametrize(
    "said, key",
    [
        (reply(b"", "401 Unauthorized"), "http.sign_in"),
        (
            reply(b"", "401 Unauthorized", 'WWW-Authenticate: Digest realm="x", nonce="n", algorithm=SHA-9\r\n'),
            "http.no_http",
        ),
        (reply(b"", "401 Unauthorized", 'WWW-Authenticate: Digest nonce="n"\r\n'), "http.no_http"),
        (reply(b"", "500 Internal Server Error"), "http.status"),
        (reply(b"9" * (LONGEST + 1)), "http.too_long"),
        (reply(gzip.compress(b"1" * 1000, mtime=0), more="Content-Encoding: gzip\r\n"), "http.encoded"),
        (b"20 SSH-2.0-OpenSSH_9.2\r\n\r\n", "http.no_http"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{", "http.silent"),
        (b"", "http.no_http"),
        (b".", "http.silent"),
        (reply(b"", "302 Found", f"Location: http://localhost:1/?token={SECRET}\r\n"), "http.elsewhere"),
        (reply(b"", "302 Found", "Location: /again\r\n"), "http.circle"),
    ],
)
async def test_whatever_a_device_does_wrong_is_named_in_bounded_time_and_size(said, key):
    async with serving(lambda head: said) as peer:
        url = f"{peer.url}/x?password={SECRET}"
        error = await failure(url, deadline_s=0.5 if key == "http.silent" else 5.0, username="u", password=SECRET)
    assert error.reason.key == key


async def test_an_endless_answer_is_left_at_its_bound():
    async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            while True:
                writer.write(b"9" * 10_000)
                await writer.drain()
        except OSError:
            writer.close()

    server = await asyncio.start_server(pour, "127.0.0.1", 0)
    async with server:
        error = await failure(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    assert error.reason.key == "http.too_long"


async def test_a_redirect_on_the_same_host_is_followed():
    def answer(head: str) -> bytes:
        return reply(b"1") if head.startswith("GET /there") else reply(b"", "302 Found", "Location: /there\r\n")

    async with serving(answer) as peer:
        assert await asked(f"{peer.url}/here") == b"1"


async def test_nobody_there_is_named():
    error = await failure(f"http://127.0.0.1:{free_port()}/?apikey={SECRET}")
    assert (error.kind, error.reason.key) == ("unreachable", "http.no_connection")


async def test_a_device_that_sends_cookies_leaves_none_behind_and_a_ca_that_is_none_is_named(tmp_path):
    async with serving(lambda head: reply(b"1", more="Set-Cookie: a=b\r\n")) as peer:
        device = WebDevice(WebAddress(peer.url))
        for _ in range(2):
            await device.get(peer.url, 5.0)
        await device.close()
        assert "cookie" not in peer.asked[1].lower()
        (tmp_path / "ca").write_text("no certificate", "utf-8")
        error = await failure(peer.url.replace("http", "https"), ca=str(tmp_path / "ca"))
        assert (error.kind, error.reason.key) == ("unreachable", "http.no_connection")


def test_an_address_shows_neither_user_nor_password_nor_query():
    address = parse_web(f"http://u:{SECRET}@meter.local:81/cm?user=admin&password={SECRET}", Credentials())
    assert str(address) == "http://meter.local:81/cm"
    assert SECRET not in repr(address)
    assert address.credentials.password == SECRET
