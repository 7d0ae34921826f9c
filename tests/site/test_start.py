"""Starting: settings from a file or from the store, whole or not at all, every mistake at once."""

import asyncio
from pathlib import Path

import pytest

from ohmstead.core.model.errors import ConfigurationError, Mistake, StoreError
from ohmstead.site.start import starting
from ohmstead.store.store import Store

FILE = """
[site]
name = "Home"
timezone = "Europe/Rome"
main_fuse_a = 25.0

[devices.grid]
driver = "modbus"
meter = "eastron-sdm630"
connect = "tcp://127.0.0.1:1"
role = "grid"

[chargers.garage]
board = { driver = "modbus-board", connect = "tcp://127.0.0.1:2" }
max_current_a = 16.0
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "site.toml"
    path.write_text(FILE, "utf-8")
    return path


@pytest.fixture
def wrong(file: Path) -> Path:
    """Three devices that cannot be opened."""
    text = FILE.replace("eastron-sdm630", "eastron-sdm63").replace("[devices.grid]", "[devices.grid]\nunit = 9")
    text = text.replace("tcp://127.0.0.1:2", "serial:///dev/ttyUSB0")
    text += '\n[devices.oven]\ndriver = "modbus"\nmeter = "none"\nconnect = "tcp://127.0.0.1:1"\nrole = "load"\n'
    file.write_text(text, "utf-8")
    return file


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'site.db'}"


async def mistakes(config: Path | None, url: str) -> list[str]:
    with pytest.raises(ConfigurationError) as raised:
        async with starting(config, url):
            pass
    return [str(mistake) for mistake in raised.value.mistakes]


@pytest.mark.anyio
async def test_a_file_is_taken_over_once_and_later_starts_need_none(file: Path, url: str) -> None:
    async with starting(file, url) as (first, _):
        assert first.settings.site.main_fuse_a == 25.0
    async with starting(None, url) as (again, _):
        assert again.settings == first.settings


@pytest.mark.anyio
async def test_a_site_whose_devices_are_all_off_starts_and_says_so(file: Path, url: str) -> None:
    async with starting(file, url) as (house, _):
        async for state in house.changes():
            assert state.snapshot.channels["grid"].power_w is None
            break
        assert house.health().ok


@pytest.mark.anyio
async def test_an_empty_store_asks_for_a_file(url: str) -> None:
    (told,) = await mistakes(None, url)
    assert "no site" in told
    assert "--config" in told


@pytest.mark.anyio
async def test_a_store_of_several_sites_asks_which(url: str) -> None:
    for name in ("one", "two"):
        store = await Store.open(url, name, "UTC")
        await store.close()
    (told,) = await mistakes(None, url)
    assert "one, two" in told


@pytest.mark.anyio
async def test_all_mistakes_are_listed_at_once_and_nothing_is_kept(
    file: Path, wrong: Path, url: str, tmp_path: Path
) -> None:
    told = await mistakes(wrong, url)
    wheres = ("devices.grid.meter", "devices.oven.meter", "chargers.garage.board.connect")
    assert [line.split(": got ")[0] for line in told] == [f"{file}: {where}" for where in wheres]
    assert "eastron-sdm630" in told[0]
    assert not (tmp_path / "site.db").exists()


@pytest.mark.anyio
async def test_a_mistake_in_one_section_hides_none_in_another(file: Path, url: str) -> None:
    text = FILE.replace("main_fuse_a = 25.0", "main_fuze_a = 25.0").replace("eastron-sdm630", "eastron-sdm63")
    text = text.replace("= 16.0", "= 16.0\nfallback_current_a = 20")
    file.write_text(
        text + '\n[devices.oven]\ndriver="modbus"\nmeter="none"\nconnect="tcp://localhost:1"\nrole="grid"\n'
    )
    told = await mistakes(file, url)
    assert {line.split(": got ")[0] for line in told} == {
        f"{file}: {where}"
        for where in (
            "site.main_fuze_a",
            "devices.grid.meter",
            "devices.oven.meter",
            "devices.oven.role",
            "devices.oven.connect",
            "chargers.garage.fallback_current_a",
        )
    }


@pytest.mark.anyio
async def test_who_is_not_admitted_reaches_no_charger_and_keeps_no_settings(file: Path, url: str) -> None:
    called = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        called.set()
        writer.close()

    async def refuse(store: Store) -> None:
        await asyncio.sleep(0.3)
        raise ConfigurationError((Mistake("--listen", "0.0.0.0", "this machine alone"),))

    async def allow(store: Store) -> None:
        await asyncio.sleep(0)

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as board:
        port = board.sockets[0].getsockname()[1]
        file.write_text(FILE.replace("tcp://127.0.0.1:2", f"tcp://127.0.0.1:{port}"), "utf-8")
        with pytest.raises(ConfigurationError, match="--listen"):
            async with starting(file, url, refuse):
                pass
        assert not called.is_set()
        (told,) = await mistakes(None, url)
        assert "no settings" in told
        async with starting(file, url, allow):
            await asyncio.wait_for(called.wait(), 10)
        called.clear()
        with pytest.raises(ConfigurationError, match="--listen"):
            async with starting(None, url, refuse):
                pass
        assert not called.is_set()


@pytest.mark.anyio
async def test_a_store_that_cannot_be_opened_leaves_nothing_running(file: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        async with starting(file, f"sqlite:///{tmp_path / 'nowhere' / 'site.db'}"):
            pass
