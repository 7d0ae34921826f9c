"""The far side of an adapter on Modbus: a real server, and the hands that lose and find it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ohmstead.transport.modbus_server import Fault, ModbusServer, ServedUnit


@asynccontextmanager
async def served(unit: ServedUnit) -> AsyncIterator[tuple[ModbusServer, str]]:
    server = ModbusServer([unit])
    await server.start()
    try:
        yield server, f"tcp://127.0.0.1:{server.port}"
    finally:
        await server.stop()


def hands(server: ModbusServer):
    def lose() -> None:
        server.faults.all = Fault(silent=True)

    def find() -> None:
        server.faults.all = None

    return lose, find
