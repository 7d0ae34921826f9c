"""``ohmstead scan`` as a person types it: progress and words on the screen, the proposal alone on standard output."""

import asyncio
import threading
import tomllib
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from ohmstead.cli.main import app
from ohmstead.cli.place import local_zone
from ohmstead.site.configuration import parse
from ohmstead.site.start import unusable
from tests.drivers.scanning.test_scan import web_server
from tests.drivers.scanning.world import building, ports
from tests.transport.peers import peer
from tests.transport.test_mdns import HERE, announcing, service

QUIET = ["--mdns-s", "0", "--listen-s", "0.2", "--units", "1-8"]


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    return CliRunner(env={"COLUMNS": "200", "NO_COLOR": "1", "LC_ALL": "en_US.UTF-8"})


@contextmanager
def house() -> Iterator[list[str]]:
    """A building that runs in a loop of its own; gives the ports of its wires."""
    ready, over = threading.Event(), threading.Event()
    found: list[str] = []

    async def live() -> None:
        async with building() as running:
            found.extend(ports(running))
            ready.set()
            await asyncio.to_thread(over.wait)

    thread = threading.Thread(target=lambda: asyncio.run(live()))
    thread.start()
    try:
        assert ready.wait(30)
        yield found
    finally:
        over.set()
        thread.join()


@pytest.mark.req("G-128")
def test_a_scan_proposes_a_file_that_a_site_takes_once_its_roles_are_set(typed: CliRunner, tmp_path: Path) -> None:
    with house() as words:
        said = typed.invoke(app, ["scan", *words, *QUIET, "--name", "Via Roma", "--timezone", "Europe/Rome"])
    assert said.exit_code == 0, said.output
    settings = parse(said.stdout.replace("# role", "role"), "proposal", unusable)
    assert settings.site.name == "Via Roma"
    assert len(settings.devices) + len(settings.chargers) == len(words) + 1
    assert "ABB B23" in said.stderr
    assert "for certain" in said.stderr


def test_a_file_is_written_whole_and_never_over_another_without_force(typed: CliRunner, tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    with house() as words:
        first = typed.invoke(app, ["scan", words[0], *QUIET, "-o", str(file)])
        assert first.exit_code == 0, first.output
        written = file.read_text("utf-8")
        again = typed.invoke(app, ["scan", words[1], *QUIET, "-o", str(file)])
        assert (again.exit_code, file.read_text("utf-8")) == (2, written)
        assert "--force" in again.output
        forced = typed.invoke(app, ["scan", words[1], *QUIET, "-o", str(file), "--force"])
        assert forced.exit_code == 0
    assert tomllib.loads(file.read_text("utf-8")) != tomllib.loads(written)
    assert [each.name for each in tmp_path.iterdir()] == ["site.toml"]


def test_a_folder_that_is_not_there_is_told(typed: CliRunner, tmp_path: Path) -> None:
    with house() as words:
        said = typed.invoke(app, ["scan", words[0], *QUIET, "-o", str(tmp_path / "no" / "site.toml")])
    assert said.exit_code == 2
    assert "--output" in said.output


def test_on_a_terminal_each_open_role_is_asked_for_until_the_answer_is_one(typed: CliRunner) -> None:
    with house() as words:
        said = typed.invoke(app, ["scan", words[0], *QUIET, "--ask", "--language", "it"], input="king\ngrid\n")
        later = typed.invoke(app, ["scan", words[0], *QUIET, "--ask"], input="\n")
    assert 'role = "grid"' in said.stdout.splitlines()
    assert "Il suo ruolo" in said.stderr
    assert '# role = "load"' in later.stdout


def test_nothing_found_is_an_error_that_says_what_to_do(typed: CliRunner) -> None:
    nobody = typed.invoke(app, ["scan", "--mdns-s", "0"])
    closed = typed.invoke(app, ["scan", "127.0.0.1:1", "/dev/no-such-port", *QUIET])
    assert (nobody.exit_code, closed.exit_code) == (1, 1)
    assert "ohmstead scan 192.168.1.20" in nobody.stderr
    assert "refused" in closed.stderr
    assert "No such file" in closed.stderr
    assert (nobody.stdout, closed.stdout) == ("", "")


@pytest.mark.parametrize(
    "words, expected",
    [
        (["10.0.0.0/8"], "at most 256 addresses"),
        (["a b"], "NETWORK/BITS"),
        (["--units", "0-9", "x"], "1 to 247"),
        (["--baud", "12345", "x"], "19200"),
        (["--timezone", "Rome", "x"], "IANA"),
        (["--name", "", "x"], "--name"),
        (["--language", "de", "x"], "en, it"),
    ],
)
def test_what_cannot_be_scanned_is_refused_before_anybody_is_asked(typed: CliRunner, words, expected) -> None:
    said = typed.invoke(app, ["scan", "--mdns-s", "0", *words])
    assert said.exit_code == 2, said.output
    assert "Traceback" not in said.output
    assert expected in said.output


def test_the_machines_zone_is_proposed_and_utc_where_it_has_none(tmp_path: Path, monkeypatch) -> None:
    zone = tmp_path / "zoneinfo/Europe/Rome"
    zone.parent.mkdir(parents=True)
    zone.touch()
    link = tmp_path / "localtime"
    link.symlink_to(zone)
    monkeypatch.delenv("TZ", raising=False)
    assert local_zone(link) == "Europe/Rome"
    assert local_zone(tmp_path / "none") == "UTC"
    monkeypatch.setenv("TZ", ":Asia/Tokyo")
    assert local_zone(link) == "Asia/Tokyo"
    monkeypatch.setenv("TZ", "../etc/passwd")
    assert local_zone(link) == "Europe/Rome"


@pytest.mark.anyio
@pytest.mark.usefixtures("outside_network")
async def test_who_announces_itself_is_named_and_looked_at_only_when_that_is_wanted(typed: CliRunner) -> None:
    shelly = {b"/rpc/Shelly.GetDeviceInfo": b'{"model": "SPEM", "mac": "A0", "app": "Pro3EM"}'}
    asked: list[bytes] = []
    serve = web_server(shelly)

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(b"")
        await serve(reader, writer)

    async def until_heard(*options: str) -> Result:
        command = ["scan", "--interface", HERE, "--listen-s", "0.2", "--units", "1", "--mdns-s", "1.5", *options]
        while True:
            said = await asyncio.to_thread(typed.invoke, app, command)
            if "shellypro3em-cli" in said.stderr:
                return said

    async with AsyncExitStack() as stack:
        address = await stack.enter_async_context(peer(behave))
        await stack.enter_async_context(asyncio.timeout(60))
        shown = service("_shelly._tcp.local.", "shellypro3em-cli", address.port, gen="2")
        await stack.enter_async_context(announcing(shown))
        only_named = await until_heard()
        assert (only_named.exit_code, asked) == (1, [])
        assert f"ohmstead scan {HERE}:{address.port}" in only_named.stderr
        looked_at = await until_heard("--announced")
    assert looked_at.exit_code == 0
    assert f'"http://{HERE}:{address.port}"' in looked_at.stdout
