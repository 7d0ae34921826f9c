"""A serial port or a TCP connection under an asyncio protocol."""

import asyncio
import os
from collections.abc import Callable
from typing import TypeVar

import serialx

from ohmstead.transport.address import SerialAddress, TcpAddress

P = TypeVar("P", bound=asyncio.Protocol)

_PARITY = {"none": serialx.Parity.NONE, "even": serialx.Parity.EVEN, "odd": serialx.Parity.ODD}
_STOP = {1: serialx.StopBits.ONE, 2: serialx.StopBits.TWO}


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


def cause(error: OSError) -> str:
    """The system's own words; asyncio's name the call instead of the cause."""
    return os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror or str(error)
