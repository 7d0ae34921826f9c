"""Units on a pseudo terminal: the server of a serial line, on our end of a port that the system lends us."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

from ohmstead.transport.address import Parity, SerialAddress
from ohmstead.transport.modbus_server import ServedUnit
from ohmstead.transport.pseudo_terminal import PseudoTerminal
from ohmstead.transport.rtu_server import Ear, ModbusRtuServer


class PtyServer(ModbusRtuServer):
    """``path`` is the serial port that clients open, once started."""

    def __init__(self, units: Sequence[ServedUnit], baud: int = 9600, parity: Parity = "none") -> None:
        """``baud`` and ``parity`` say how long a character takes, for a pseudo terminal has no pace of its own.

        The units hear ``baud`` alone.
        """
        super().__init__(units, SerialAddress("", baud, parity))
        self.path = ""
        self._line: PseudoTerminal | None = None
        self._hearing: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Hang on a new port. Raises OSError when the system has none."""
        line = self._line = PseudoTerminal(self._address.baud)
        self.path = line.path
        ear = self._ear = Ear(self._address, self._registers, self.faults, lambda: None)
        ear.connection_made(_Cable(line, ear, self._address.character_s))
        self._hearing = asyncio.get_running_loop().create_task(_pass_on(line, ear))

    async def stop(self) -> None:
        """The port is gone."""
        hearing, self._hearing = self._hearing, None
        if hearing is not None:
            hearing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await hearing
        await super().stop()
        if self._line is not None:
            self._line.close()
            self._line = None


class _Cable(asyncio.Transport):
    """From the units to the port, as slowly as a line of that speed is."""

    def __init__(self, line: PseudoTerminal, ear: Ear, character_s: float) -> None:
        super().__init__()
        self._line, self._ear, self._character_s = line, ear, character_s
        self._open = True

    def write(self, data: "bytes | bytearray | memoryview[Any]") -> None:
        sent = bytes(data)
        asyncio.get_running_loop().call_later(len(sent) * self._character_s, self._arrive, sent)

    def close(self) -> None:
        if self._open:
            self._open = False
            self._ear.connection_lost(None)

    def _arrive(self, data: bytes) -> None:
        if self._open:
            self._line.write(data)


async def _pass_on(line: PseudoTerminal, ear: Ear) -> None:
    while True:
        ear.data_received(await line.read())
