"""Databases to test with: a fresh SQLite file, and a fresh database on a private PostgreSQL server."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

INSTALL = "PostgreSQL is needed for this test: apt-get update && apt-get install -y postgresql"


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server that belongs to this test run."""

    binaries: Path
    port: int

    def new_database(self) -> str:
        """The address of the database, emptied. One at a time: making and removing many takes the disk's time."""
        program = [str(self.binaries / "psql"), "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-q"]
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname > ''"
        for statement in (others, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public"):
            program += ["-c", statement]
        subprocess.run(program, check=True, capture_output=True)
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"


def _newest_binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        pytest.fail(INSTALL)
    return found[-1].parent


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A server without durability in a folder of its own; as root it runs as the user postgres."""
    binaries = _newest_binaries()
    folder = Path(tempfile.mkdtemp(prefix="ohmstead-pg-"))
    as_owner: list[str] = []
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        as_owner = ["runuser", "-u", "postgres", "--"]
    data, port = str(folder / "data"), _free_port()
    settings = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c shared_buffers=8MB"
    control = [*as_owner, str(binaries / "pg_ctl"), "-D", data]
    make = [*as_owner, str(binaries / "initdb"), "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8"]
    try:
        subprocess.run([*make, "--locale=C", "--no-sync"], check=True, capture_output=True, cwd="/")
        start = [*control, "-w", "-l", str(folder / "log"), "-o", settings, "start"]
        subprocess.run(start, check=True, stdout=subprocess.DEVNULL, cwd="/")
        yield Server(binaries, port)
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=False, capture_output=True, cwd="/")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A file that is not there yet."""
    return f"sqlite:///{tmp_path / 'site.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return str(request.getfixturevalue("sqlite_url"))
    server: Server = request.getfixturevalue("postgresql")
    return server.new_database()
