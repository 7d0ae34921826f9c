"""An MFRC522 behind the CardReader port, wired as UART, I²C or SPI: the same talk over three kinds of wire."""

import asyncio
from typing import Protocol

from ohmstead.core.model.errors import DeviceUnreachable
from ohmstead.core.model.reasons import Reason
from ohmstead.drivers.polling_reader import PollingReader, UnreadableCard
from ohmstead.protocols.rc522 import Get, Put, Rc522Error, Talk, Value, begin, i2c, look, spi, uart
from ohmstead.transport.address import ChipAddress, SerialAddress, SpiAddress, TcpAddress
from ohmstead.transport.byte_line import LineError
from ohmstead.transport.chip_bus import ChipBus
from ohmstead.transport.dialogue import Dialogue

DEADLINE_S = 1.0


class Wire(Protocol):
    """How the chip's registers are reached."""

    @property
    def connected(self) -> bool:
        """Whether it is the same connection as before."""
        ...

    async def connect(self) -> None:
        """Have one. Raises LineError."""
        ...

    async def carry_out(self, step: Get | Put) -> bytes:
        """What was read. Raises LineError, Rc522Error."""
        ...

    async def close(self) -> None:
        """Give it back."""
        ...


class UartWire:
    """Its serial line, or a converter's TCP port."""

    def __init__(self, address: TcpAddress | SerialAddress) -> None:
        """Nothing is connected yet."""
        self._line = Dialogue(address)

    @property
    def connected(self) -> bool:
        """As the protocol says."""
        return self._line.connected

    async def connect(self) -> None:
        """As the protocol says."""
        await self._line.connect()

    async def carry_out(self, step: Get | Put) -> bytes:
        """As the protocol says."""
        sent, expected = uart(step)
        wanted = step.count if isinstance(step, Get) else len(step.data)
        self._line.say(sent)
        heard = b""
        while len(heard) < wanted:
            heard += await self._line.hear()
        if len(heard) > wanted or (expected is not None and heard != expected):
            raise Rc522Error("answer", heard[:24])
        return heard

    async def close(self) -> None:
        """As the protocol says."""
        await self._line.close()


class PinsWire:
    """The computer's own I²C or SPI bus."""

    def __init__(self, address: ChipAddress, bus: ChipBus | None = None) -> None:
        """Nothing is opened yet."""
        self._spi = isinstance(address, SpiAddress)
        self._bus = bus or ChipBus(address)
        self.connected = False

    async def connect(self) -> None:
        """As the protocol says; the first exchange opens the file."""
        self.connected = True

    async def carry_out(self, step: Get | Put) -> bytes:
        """As the protocol says."""
        if self._spi:
            return (await self._bus.exchange(spi(step)))[1:]
        return await self._bus.exchange(*i2c(step))

    async def close(self) -> None:
        """As the protocol says."""
        self.connected = False
        await self._bus.close()


class Rc522Reader(PollingReader):
    """An MFRC522."""

    def __init__(self, address: TcpAddress | SerialAddress | ChipAddress, wire: Wire | None = None) -> None:
        """Nothing is connected yet; ``wire`` reaches the chip another way."""
        super().__init__(str(address))
        if wire is None:
            wire = UartWire(address) if isinstance(address, TcpAddress | SerialAddress) else PinsWire(address)
        self._wire = wire

    async def close(self) -> None:
        """As the port says."""
        await self._wire.close()

    async def _look(self) -> bytes | None:
        try:
            if not self._wire.connected:
                self._held = None
                await self._wire.connect()
                await self._held_to_time(begin())
            return await self._held_to_time(look())
        except LineError as error:
            await self._wire.close()
            raise DeviceUnreachable(error.reason) from error
        except Rc522Error as error:
            if error.kind == "uid":
                raise UnreadableCard(error.came) from error
            await self._wire.close()
            params = {"where": self._where, "came": f"{error.kind} {error.came}"}
            raise DeviceUnreachable(Reason("card_reader.no_chip", params)) from error

    async def _held_to_time(self, talk: Talk[Value]) -> Value:
        """Carry out ``talk`` step by step. Raises LineError, Rc522Error, DeviceUnreachable when it takes too long."""
        try:
            async with asyncio.timeout(DEADLINE_S):
                step = next(talk)
                while True:
                    step = talk.send(await self._wire.carry_out(step))
        except StopIteration as done:
            value: Value = done.value
            return value
        except TimeoutError as error:
            await self._wire.close()
            params = {"where": self._where, "deadline_s": f"{DEADLINE_S:g} s"}
            raise DeviceUnreachable(Reason("device.unreachable", params)) from error
