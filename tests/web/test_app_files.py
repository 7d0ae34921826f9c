from pathlib import Path

import httpx2
import pytest

from ohmstead.web.application import create_app
from tests.web.memory_house import MemoryHouse

pytestmark = pytest.mark.anyio


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    app = tmp_path / "app"
    (app / "assets").mkdir(parents=True)
    (app / "index.html").write_text("<!doctype html><title>Ohmstead</title>")
    (app / "index.html.br").write_bytes(b"brotli page")
    (app / "assets" / "main-DkX3q9Zt.js").write_text("plain script")
    (app / "assets" / "main-DkX3q9Zt.js.br").write_bytes(b"brotli script")
    (app / "assets" / "main-DkX3q9Zt.js.gz").write_bytes(b"gzip script")
    (app / "manifest.webmanifest").write_text("{}")
    (tmp_path / "secret.txt").write_text("hidden words")
    (app / "link.txt").symlink_to(tmp_path / "secret.txt")
    return app


@pytest.fixture
def browser(house: MemoryHouse, folder: Path) -> httpx2.AsyncClient:
    app = create_app(house, None, local_only=True, app_folder=folder)
    return httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app), base_url="http://localhost", headers={"Accept-Encoding": "identity"}
    )


async def raw(browser: httpx2.AsyncClient, path: str, accept: str) -> tuple[str | None, bytes]:
    async with browser.stream("GET", path, headers={"Accept-Encoding": accept}) as answer:
        return answer.headers.get("content-encoding"), b"".join([part async for part in answer.aiter_raw()])


@pytest.mark.parametrize("path", ["/", "/index.html", "/chargers/garage", "/chargers/garage/sessions/2026-11"])
async def test_every_address_of_the_app_is_its_page(browser: httpx2.AsyncClient, path: str):
    answer = await browser.get(path)
    assert "Ohmstead" in answer.text
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "accept, encoding, body",
    [
        ("gzip, deflate, br, zstd", "br", b"brotli script"),
        ("gzip", "gzip", b"gzip script"),
        ("br;q=0, gzip", "gzip", b"gzip script"),
        ("identity", None, b"plain script"),
        ("", None, b"plain script"),
    ],
)
async def test_the_best_compressed_file_is_sent(browser: httpx2.AsyncClient, accept: str, encoding, body: bytes):
    assert await raw(browser, "/assets/main-DkX3q9Zt.js", accept) == (encoding, body)


async def test_the_page_is_compressed_too_and_keeps_its_type(browser: httpx2.AsyncClient):
    assert await raw(browser, "/chargers/garage", "br") == ("br", b"brotli page")


async def test_a_file_named_after_its_content_is_kept_for_a_year(browser: httpx2.AsyncClient):
    answer = await browser.get("/assets/main-DkX3q9Zt.js")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["vary"] == "Accept-Encoding"


async def test_an_unchanged_file_is_not_sent_again(browser: httpx2.AsyncClient):
    etag = (await browser.get("/")).headers["etag"]
    again = await browser.get("/", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", ["/missing.js", "/assets/gone-12345678.css", "/favicon.ico"])
async def test_a_missing_file_is_not_the_page(browser: httpx2.AsyncClient, path: str):
    answer = await browser.get(path)
    assert answer.status_code == 404
    assert answer.json()["error"]["key"] == "web.not_found"


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/assets/..%2f..%2fsecret.txt",
        "/link.txt",
        "/..%5csecret.txt",
        "//etc/passwd",
        "/%2fetc/passwd",
        "/index.html%00.js",
    ],
)
async def test_nothing_outside_the_folder_is_given(browser: httpx2.AsyncClient, path: str):
    answer = await browser.get(path)
    assert "hidden words" not in answer.text
    assert "root:" not in answer.text


async def test_without_a_built_app_the_api_still_answers(client: httpx2.AsyncClient):
    answer = await client.get("/")
    assert (answer.status_code, answer.json()["error"]["key"]) == (404, "web.no_app")
    assert (await client.get("/api/v1/snapshot")).status_code == 200
