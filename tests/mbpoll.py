"""mbpoll, Debian's command line Modbus master on libmodbus: a client that has no part in our servers."""

import asyncio
import re
from typing import Literal

from ohmstead.transport.address import SerialAddress, TcpAddress

Kind = Literal["3", "3:float", "3:hex", "4", "4:float", "4:hex"]
_VALUE = re.compile(r"^\[(\d+)\]:\s+(\S+)", re.M)
_PATIENCE_S = "3"


async def polled(
    address: TcpAddress | SerialAddress, unit: int, kind: Kind, register: int, count: int = 1
) -> dict[int, float]:
    """The numbers from ``register`` (counted from 0) on by their registers. Raises ValueError with mbpoll's words."""
    told = await _run(address, unit, "-t", kind, "-r", str(register), "-c", str(count))
    found = {int(at): int(value, 16) if "x" in value else float(value) for at, value in _VALUE.findall(told)}
    if len(found) != count:
        raise ValueError(told)
    return found


async def written(address: TcpAddress | SerialAddress, unit: int, register: int, *values: int) -> None:
    """Write holding registers. Raises ValueError with mbpoll's words."""
    told = await _run(address, unit, "-t", "4", "-r", str(register), values=[str(value) for value in values])
    if "Written" not in told:
        raise ValueError(told)


async def _run(address: TcpAddress | SerialAddress, unit: int, *more: str, values: list[str] | None = None) -> str:
    where = ["-m", "tcp", "-p", str(address.port), address.host] if isinstance(address, TcpAddress) else _line(address)
    command = ["mbpoll", "-0", "-1", "-B", "-o", _PATIENCE_S, "-a", str(unit), *more, *where, *(values or [])]
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    told, _ = await process.communicate()
    return told.decode()


def _line(address: SerialAddress) -> list[str]:
    return ["-m", "rtu", "-b", str(address.baud), "-P", address.parity, "-s", str(address.stop), address.path]
