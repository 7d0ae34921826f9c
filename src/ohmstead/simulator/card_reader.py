"""A card reader of a building: a PN532 or an MFRC522 as it answers on its serial line, here on a TCP port.

It speaks what the chip speaks and nothing else, so a site cannot tell it from one behind a converter. A card that is
tapped lies on it for a moment.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Protocol

from ohmstead.protocols.pn532 import ACK, FIRMWARE, FROM_CHIP, LIST_ONE_CARD, Framer, card_answer, frame
from ohmstead.simulator.rc522_chip import Rc522Chip
from ohmstead.simulator.settings import CardReaderKind, Place

TAP_S = 0.6
"""How long a card is held there."""
_FIRMWARE = b"\x03\x32\x01\x06\x07"
_DONE = {0x14: b"\x15", 0x32: b"\x33"}


def reader_of(charger: str) -> str:
    """The key of the place of a charger's reader."""
    return f"{charger}.reader"


class OnAChip(Protocol):
    """A chip that cards lie on: bytes of the host in, bytes of the chip out."""

    uid: bytes | None

    def heard(self, data: bytes) -> bytes:
        """What the chip says to ``data``."""
        ...


class Chip:
    """A PN532."""

    def __init__(self) -> None:
        self._framer = Framer()
        self.uid: bytes | None = None
        """The card that lies on it."""

    def heard(self, data: bytes) -> bytes:
        """What the chip says to ``data``; an error frame to what it does not know."""
        said = b""
        for found in self._framer.feed(data):
            if not found.ack and not found.from_chip and found.data:
                said += ACK + self._answer(found.data)
        return said

    def _answer(self, command: bytes) -> bytes:
        if command[:1] == FIRMWARE:
            return frame(_FIRMWARE, FROM_CHIP)
        if command[:1] == LIST_ONE_CARD[:1]:
            return frame(card_answer(self.uid), FROM_CHIP)
        done = _DONE.get(command[0])
        return frame(b"", 0x7F) if done is None else frame(done, FROM_CHIP)


CHIPS: Mapping[CardReaderKind, Callable[[], OnAChip]] = {"pn532": Chip, "rc522": Rc522Chip}


class CardReaderDevice:
    """The chip behind one TCP port; 0 is a free one."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0, kind: CardReaderKind = "pn532") -> None:
        """Nothing listens yet."""
        self._host, self.port, self.kind = host, port, kind
        self._chip = CHIPS[kind]()
        self._server: asyncio.Server | None = None
        self._peers: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._lifting: asyncio.TimerHandle | None = None

    @property
    def place(self) -> Place | None:
        """Where it answers; ``None`` while nothing listens."""
        return None if self._server is None else Place(self._host, self.port, 1)

    async def start(self, host: str | None = None) -> None:
        """Listen, on the same port as before after a stop. Raises OSError when the port is taken."""
        self._host = host or self._host
        self._server = await asyncio.start_server(self._serve, self._host, self.port, limit=1024)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Hang up and listen no more."""
        server, self._server = self._server, None
        if self._lifting is not None:
            self._lifting.cancel()
        if server is None:
            return
        server.close()
        for task, writer in list(self._peers.items()):
            writer.transport.abort()
            task.cancel()
        await asyncio.gather(*self._peers, return_exceptions=True)
        await server.wait_closed()

    def tap(self, uid: bytes, seconds: float = TAP_S) -> None:
        """Hold a card to it for a moment; another one takes its place."""
        if self._lifting is not None:
            self._lifting.cancel()
        self._chip.uid = uid
        self._lifting = asyncio.get_running_loop().call_later(seconds, self._lift)

    def _lift(self) -> None:
        self._chip.uid = None
        self._lifting = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or self._peers:
            writer.transport.abort()
            return
        self._peers[task] = writer
        try:
            while data := await reader.read(1024):
                writer.write(self._chip.heard(data))
        except OSError:
            pass
        except asyncio.CancelledError:
            if self._server is not None:
                raise
        finally:
            self._peers.pop(task, None)
            writer.transport.abort()
