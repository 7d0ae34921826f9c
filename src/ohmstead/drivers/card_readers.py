"""Card readers behind the CardReader port: a PN532 on a serial line, USB readers that type, and which driver is which.

``docs/cards.md`` tells which can be bought and how they are wired.
"""

import asyncio

from ohmstead.core.model.authorization import AuthorizationSignal, CardReaderSettings
from ohmstead.core.model.errors import ConfigurationError, DeviceUnreachable, Mistake
from ohmstead.core.model.reasons import Reason
from ohmstead.drivers.polling_reader import PollingReader, UnreadableCard
from ohmstead.drivers.ports import CardReader
from ohmstead.drivers.rc522 import Rc522Reader
from ohmstead.protocols.keystrokes import Typed, number
from ohmstead.protocols.pn532 import FIRMWARE, LIST_ONE_CARD, SAM_NORMAL, WAKE, Framer, Pn532Error, card_of, firmware
from ohmstead.protocols.pn532 import frame as framed
from ohmstead.transport.address import FileAddress, SerialAddress, TcpAddress, parse_chip
from ohmstead.transport.byte_line import LineError
from ohmstead.transport.dialogue import Dialogue, InputDevice

DEADLINE_S = 1.0
RETRIES = b"\x32\x05\xff\x01\x02"
"""RFConfiguration, MaxRetries (UM0701-02, 7.3.1): look for a card three times, then say that there is none."""


class Pn532Reader(PollingReader):
    """A PN532 in its High Speed UART mode."""

    def __init__(self, address: TcpAddress | SerialAddress) -> None:
        """Nothing is connected yet."""
        super().__init__(str(address))
        self._line = Dialogue(address)
        self._framer = Framer()

    async def close(self) -> None:
        """As the port says."""
        await self._line.close()

    async def _look(self) -> bytes | None:
        try:
            if not self._line.connected:
                await self._begin()
            return card_of(await self._ask(LIST_ONE_CARD))
        except Pn532Error as error:
            raise UnreadableCard(error.came) from error

    async def _begin(self) -> None:
        self._framer, self._held = Framer(), None
        try:
            await self._line.connect()
        except LineError as error:
            raise DeviceUnreachable(error.reason) from error
        firmware(await self._ask(FIRMWARE, WAKE))
        await self._ask(SAM_NORMAL)
        await self._ask(RETRIES)

    async def _ask(self, command: bytes, before: bytes = b"") -> bytes:
        """The answer to ``command``. Raises DeviceUnreachable, Pn532Error for one that is none."""
        try:
            async with asyncio.timeout(DEADLINE_S):
                self._line.say(before + framed(command))
                while True:
                    for found in self._framer.feed(await self._line.hear()):
                        if not found.ack and found.from_chip:
                            return self._checked(found.data, command)
        except TimeoutError as error:
            await self._line.close()
            params = {"where": self._where, "deadline_s": f"{DEADLINE_S:g} s"}
            raise DeviceUnreachable(Reason("device.unreachable", params)) from error
        except LineError as error:
            raise DeviceUnreachable(error.reason) from error

    def _checked(self, answer: bytes, command: bytes) -> bytes:
        if not answer or answer[0] != command[0] + 1:
            raise Pn532Error("answer", answer)
        return answer


class KeyboardReader:
    """A USB reader that types the number of a card and Enter. Its layout must be the American one, the usual."""

    def __init__(self, path: str) -> None:
        """Nothing is opened yet."""
        self._device = InputDevice(path)
        self._typed = Typed()
        self._waiting: list[str] = []

    async def next(self) -> str:
        """As the port says."""
        while not self._waiting:
            try:
                self._waiting += self._typed.feed(await self._device.hear())
            except LineError as error:
                self._typed = Typed()
                raise DeviceUnreachable(error.reason) from error
        return number(self._waiting.pop(0))

    async def answer(self, signal: AuthorizationSignal) -> None:
        """Such a reader beeps by itself when it has read a card."""

    async def close(self) -> None:
        """As the port says."""
        await self._device.close()


def open_reader(charger: str, settings: CardReaderSettings) -> CardReader:
    """The reader of ``charger``. Raises ConfigurationError for an address it cannot use."""
    where = f"chargers.{charger}.reader.connect"
    address = None if settings.driver == "plant" else parse_chip(settings.connect, where)
    if settings.driver == "pn532" and isinstance(address, TcpAddress | SerialAddress):
        return Pn532Reader(address)
    if settings.driver == "rc522" and address is not None and not isinstance(address, FileAddress):
        return Rc522Reader(address)
    if settings.driver == "keyboard" and isinstance(address, FileAddress):
        return KeyboardReader(address.path)
    allowed = {
        "pn532": "serial:///dev/NAME?baud=115200, or tcp://HOST:PORT of a converter",
        "rc522": "serial:///dev/NAME?baud=9600, i2c:///dev/i2c-1?address=0x28, spi:///dev/spidev0.0, or tcp://HOST:PORT",
        "keyboard": "file:///dev/input/by-id/NAME",
        "plant": "another driver: the world inside the process has no wire",
    }
    raise ConfigurationError((Mistake(where, repr(settings.connect), allowed[settings.driver]),))
