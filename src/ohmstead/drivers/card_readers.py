"""Card readers behind the CardReader port: a PN532 on a serial line, and USB readers that type like a keyboard.

``docs/cards.md`` tells which can be bought and how they are wired. A card that stays at the reader is read once.
"""

import asyncio

from ohmstead.core.model.authorization import AuthorizationSignal, CardReaderSettings
from ohmstead.core.model.errors import ConfigurationError, DeviceGarbled, DeviceUnreachable, Mistake
from ohmstead.core.model.reasons import Reason
from ohmstead.drivers.ports import CardReader
from ohmstead.protocols.keystrokes import Typed, number
from ohmstead.protocols.pn532 import FIRMWARE, LIST_ONE_CARD, SAM_NORMAL, WAKE, Framer, Pn532Error, card_of, firmware
from ohmstead.protocols.pn532 import frame as framed
from ohmstead.transport.address import FileAddress, SerialAddress, TcpAddress, parse_line
from ohmstead.transport.byte_line import LineError
from ohmstead.transport.dialogue import Dialogue, InputDevice

POLL_S = 0.2
"""How often a PN532 is asked; a card is recognised within a fraction of a second."""
DEADLINE_S = 1.0
GONE_LOOKS = 2
"""A card has left when it was not there at so many looks in a row: one alone may be a tremble of the hand."""
RETRIES = b"\x32\x05\xff\x01\x02"
"""RFConfiguration, MaxRetries (UM0701-02, 7.3.1): look for a card three times, then say that there is none."""


class Pn532Reader:
    """A PN532 in its High Speed UART mode."""

    def __init__(self, address: TcpAddress | SerialAddress) -> None:
        """Nothing is connected yet."""
        self._where = str(address)
        self._line = Dialogue(address)
        self._framer = Framer()
        self._held: bytes | None = None
        self._absent = 0

    async def next(self) -> str:
        """As the port says."""
        while True:
            try:
                uid = await self._look()
            except Pn532Error as error:
                self._held = None
                await asyncio.sleep(POLL_S)
                raise DeviceGarbled(
                    Reason("card_reader.garbled", {"where": self._where, "came": error.came})
                ) from error
            new = uid is not None and uid != self._held
            self._absent = self._absent + 1 if uid is None else 0
            if uid is not None or self._absent >= GONE_LOOKS:
                self._held = uid
            if new and uid is not None:
                return uid.hex().upper()
            await asyncio.sleep(POLL_S)

    async def answer(self, signal: AuthorizationSignal) -> None:
        """The chip has neither sound nor light; the charger's own tell."""

    async def close(self) -> None:
        """As the port says."""
        await self._line.close()

    async def _look(self) -> bytes | None:
        if not self._line.connected:
            await self._begin()
        return card_of(await self._ask(LIST_ONE_CARD))

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
    address = None if settings.driver == "plant" else parse_line(settings.connect, where)
    if settings.driver == "pn532" and isinstance(address, TcpAddress | SerialAddress):
        return Pn532Reader(address)
    if settings.driver == "keyboard" and isinstance(address, FileAddress):
        return KeyboardReader(address.path)
    allowed = {
        "pn532": "serial:///dev/NAME?baud=115200, or tcp://HOST:PORT of a converter",
        "keyboard": "file:///dev/input/by-id/NAME",
        "plant": "another driver: the world inside the process has no wire",
    }
    raise ConfigurationError((Mistake(where, repr(settings.connect), allowed[settings.driver]),))
