"""A serial port or a TCP connection under an asyncio protocol."""

import asyncio
import contextlib
import os
from collections.abc import Callable
from typing import TypeVar

import serialx

from ohmstead.transport.address import SerialAddress, TcpAddress

P = TypeVar("P", bound=asyncio.Protocol)

_PARITY = {"none": serialx.Parity.NONE, "even": serialx.Parity.EVEN, "odd": serialx.Parity.ODD}
_STOP = {1: serialx.StopBits.ONE, 2: serialx.StopBits.TWO}

KNOCK_S = 1.5
"""A machine of the same network takes a connection within a fraction of this."""

GIVEN_BACK_S = 1.0
"""A port that takes longer to close is left to itself."""


async def opened(protocol: Callable[[], P], address: TcpAddress | SerialAddress) -> P:
    """``protocol()`` connected to ``address``; the port of a serial line is taken for this process alone.

    Raises OSError when there is no such port or host, or it is taken.
    """
    loop = asyncio.get_running_loop()
    if isinstance(address, TcpAddress):
        return (await loop.create_connection(protocol, address.host, address.port))[1]
    made = protocol()
    try:
        await serialx.create_serial_connection(
            loop,
            lambda: made,
            address.path,
            address.baud,
            _PARITY[address.parity],
            _STOP[address.stop],
            byte_size=address.bits,
        )
    except serialx.UnsupportedSetting as error:
        raise OSError(str(error)) from error
    return made


async def given_back(gone: asyncio.Event) -> None:
    """Wait for ``gone``: a serial port is closed in the background, and until then nobody can open it again."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(GIVEN_BACK_S):
            await gone.wait()


async def knock(address: TcpAddress, within_s: float = KNOCK_S) -> None:
    """See whether somebody takes connections at ``address``; nothing is said. Raises OSError that names the cause."""
    try:
        async with asyncio.timeout(within_s):
            _, writer = await asyncio.open_connection(address.host, address.port)
    except TimeoutError as error:
        raise OSError(f"no answer within {within_s:g} s") from error
    except OSError as error:
        raise OSError(cause(error)) from error
    writer.transport.abort()


def cause(error: OSError) -> str:
    """The system's own words; asyncio's name the call instead of the cause."""
    return os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror or str(error)
