"""Waiting for a daemon from outside: for its first command on a board, for its first good values over HTTP."""

import time
from pathlib import Path
from tomllib import loads
from urllib.parse import urlsplit

import httpx2
from pymodbus.client import ModbusTcpClient

from bench.broken import Broken
from bench.daemon import Daemon
from ohmstead.protocols.evse_board import COMMANDS_COUNT, COMMANDS_START, LEASE_REGISTER, decode_commands

PATIENCE_S = 30.0
_POLL_S = 0.01


def until_commanded(daemon: Daemon, config: Path) -> float:
    """Seconds from the start of ``daemon`` until the last board of ``config`` holds a command, each a safe one.

    Raises Broken for a command that lets a board close, or when none comes.
    """
    boards = [charger["board"] for charger in loads(config.read_text("utf-8"))["chargers"].values()]
    return max(_commanded(daemon, str(board["connect"]), int(board["unit"])) for board in boards)


def until_good(daemon: Daemon) -> float:
    """Seconds from the start of ``daemon`` until ``/api/v1/snapshot`` has good values of the grid. Raises Broken."""
    with httpx2.Client(base_url=daemon.url, timeout=2.0) as client:
        while (waited_s := _waited(daemon)) < PATIENCE_S:
            try:
                answer = client.get("/api/v1/snapshot")
            except httpx2.TransportError:
                time.sleep(_POLL_S)
                continue
            if answer.status_code == httpx2.codes.OK and answer.json()["channels"]["grid"]["quality"] == "good":
                return time.monotonic() - daemon.began_s
            time.sleep(_POLL_S)
    raise Broken(f"no good snapshot after {waited_s:.0f} s")


def _commanded(daemon: Daemon, connect: str, unit: int) -> float:
    where = urlsplit(connect)
    client = ModbusTcpClient(str(where.hostname), port=where.port or 502)
    try:
        client.connect()  # type: ignore[no-untyped-call]  # — pymodbus leaves it untyped
        while (waited_s := _waited(daemon)) < PATIENCE_S:
            answer = client.read_holding_registers(COMMANDS_START, count=COMMANDS_COUNT, device_id=unit)
            if answer.registers[LEASE_REGISTER]:
                commands, _ = decode_commands(COMMANDS_START, answer.registers)
                if commands.permit_close:
                    raise Broken(f"the first command to {connect} lets the board close")
                return time.monotonic() - daemon.began_s
            time.sleep(_POLL_S)
    finally:
        client.close()  # type: ignore[no-untyped-call]  # — pymodbus leaves it untyped
    raise Broken(f"no command on {connect} after {waited_s:.0f} s")


def _waited(daemon: Daemon) -> float:
    daemon.check()
    return time.monotonic() - daemon.began_s
