"""A connection to a Modbus line: an address in, the link that speaks there out."""

import asyncio

from ohmstead.transport.address import BusAddress, SerialAddress
from ohmstead.transport.modbus_link import Link, LinkError
from ohmstead.transport.opening import cause, opened
from ohmstead.transport.rtu_link import RtuLink

CONNECT_S = 2.0
"""A connection attempt takes no longer."""

AnyLink = Link | RtuLink


async def connected(address: BusAddress) -> AnyLink:
    """A connection of one's own to ``address``. Raises LinkError when there is none within ``CONNECT_S``."""
    try:
        async with asyncio.timeout(CONNECT_S):
            if isinstance(address, SerialAddress) or address.rtu:
                return await opened(lambda: RtuLink(address), address)
            _, link = await asyncio.get_running_loop().create_connection(Link, address.host, address.port)
            return link
    except TimeoutError as error:
        raise LinkError("modbus.no_connection", False, detail=f"no answer within {CONNECT_S:g} s") from error
    except OSError as error:
        raise LinkError("modbus.no_connection", False, detail=cause(error)) from error
