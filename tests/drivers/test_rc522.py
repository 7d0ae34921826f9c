"""An MFRC522 over each of its wires: a real socket, a real serial port, and the device files of I²C and SPI."""

import asyncio
import ctypes
import os
from collections.abc import AsyncIterator
from typing import Any

import pytest

from ohmstead.core.model.authorization import CardReaderSettings
from ohmstead.core.model.errors import ConfigurationError, DeviceGarbled, DeviceUnreachable
from ohmstead.drivers.card_readers import open_reader
from ohmstead.drivers.rc522 import PinsWire, Rc522Reader
from ohmstead.simulator.card_reader import CardReaderDevice
from ohmstead.simulator.rc522_chip import Rc522Chip
from ohmstead.transport.address import I2cAddress, SerialAddress, SpiAddress, TcpAddress
from ohmstead.transport.chip_bus import I2C_SLAVE, SPI_MESSAGE, ChipBus, SpiTransfer
from ohmstead.transport.pseudo_terminal import PseudoTerminal

pytestmark = pytest.mark.anyio
CARD, OTHER = bytes.fromhex("04A1B2C3"), bytes.fromhex("04A1B2C3D4E5F6")


@pytest.fixture
async def device() -> AsyncIterator[CardReaderDevice]:
    made = CardReaderDevice(kind="rc522")
    await made.start()
    yield made
    await made.stop()


async def soon(reader: Rc522Reader) -> str:
    async with asyncio.timeout(10):
        return await reader.next()


@pytest.mark.req("G-074")
async def test_a_card_is_read_once_a_malformed_one_refused_and_a_lost_chip_found_again(
    device: CardReaderDevice,
) -> None:
    reader = Rc522Reader(TcpAddress("127.0.0.1", device.port))
    try:
        device.tap(CARD, 30.0)
        assert await soon(reader) == "04A1B2C3"
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.7):
                await reader.next()
        device.tap(b"\x04\xa1\xb2", 30.0)
        with pytest.raises(DeviceGarbled) as refused:
            await soon(reader)
        assert "04 a1 b2" in str(refused.value.reason.params["came"])
        device.tap(OTHER, 30.0)
        assert await soon(reader) == "04A1B2C3D4E5F6"
        await device.stop()
        with pytest.raises(DeviceUnreachable):
            await soon(reader)
        await device.start()
        device.tap(CARD, 30.0)
        assert await soon(reader) == "04A1B2C3"
    finally:
        await reader.close()


async def test_it_is_read_on_a_serial_port_and_noise_there_is_told_as_no_such_chip() -> None:
    line, chip, noisy = PseudoTerminal(), Rc522Chip(), False

    async def live() -> None:
        while True:
            said = chip.heard(await line.read())
            line.write(said + b"\x00" if noisy else said)

    alive = asyncio.create_task(live())
    reader = Rc522Reader(SerialAddress(line.path, 9600))
    try:
        chip.uid = CARD
        assert await soon(reader) == "04A1B2C3"
        noisy = True
        with pytest.raises(DeviceUnreachable) as told:
            await soon(reader)
        assert told.value.reason.key == "card_reader.no_chip"
    finally:
        alive.cancel()
        await reader.close()
        line.close()


class Pins:
    """What the kernel does with the two device files, with a chip behind them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.chip = Rc522Chip()
        self.slave: int | None = None
        self.gone = False
        self._register = 0
        self.file = os.open(os.devnull, os.O_RDWR)
        monkeypatch.setattr("ohmstead.transport.chip_bus.fcntl.ioctl", self.ioctl)
        monkeypatch.setattr("ohmstead.transport.chip_bus.os.write", self.write)
        monkeypatch.setattr("ohmstead.transport.chip_bus.os.read", self.read)

    def opened(self, path: str) -> int:
        if self.gone:
            raise FileNotFoundError(2, "No such file or directory", path)
        return os.dup(self.file)

    def ioctl(self, file: int, request: int, argument: Any) -> int:
        if request == I2C_SLAVE:
            self.slave = argument
        else:
            assert request == SPI_MESSAGE == 0x40000000 | ctypes.sizeof(SpiTransfer) << 16 | ord("k") << 8
            out = ctypes.string_at(argument.tx_buf, argument.len)
            ctypes.memmove(argument.rx_buf, self.shifted(out), argument.len)
        return 0

    def shifted(self, out: bytes) -> bytes:
        if out[0] & 0x80:
            return b"\x00" + bytes(self.chip.get(byte >> 1 & 0x3F) for byte in out[:-1])
        for byte in out[1:]:
            self.chip.put(out[0] >> 1 & 0x3F, byte)
        return bytes(len(out))

    def write(self, file: int, data: bytes) -> int:
        assert self.slave == 0x28
        self._register = data[0]
        for byte in data[1:]:
            self.chip.put(self._register, byte)
        return len(data)

    def read(self, file: int, count: int) -> bytes:
        return bytes(self.chip.get(self._register) for _ in range(count))


@pytest.mark.parametrize("address", [I2cAddress("/dev/i2c-1", 0x28), SpiAddress("/dev/spidev0.0")], ids=str)
async def test_it_is_read_on_the_computers_own_pins_and_a_bus_that_is_off_is_told(
    address: I2cAddress | SpiAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    pins = Pins(monkeypatch)
    reader = Rc522Reader(address, PinsWire(address, ChipBus(address, pins.opened)))
    try:
        pins.gone = True
        with pytest.raises(DeviceUnreachable) as told:
            await soon(reader)
        assert told.value.reason.params == {"where": str(address), "detail": "No such file or directory"}
        pins.gone, pins.chip.uid = False, OTHER
        assert await soon(reader) == "04A1B2C3D4E5F6"
        pins.chip.uid = CARD
        assert await soon(reader) == "04A1B2C3"
    finally:
        await reader.close()
        os.close(pins.file)


@pytest.mark.parametrize(
    ("connect", "shown"),
    [
        ("i2c:///dev/i2c-1?address=0x28", "i2c:///dev/i2c-1?address=0x28"),
        ("spi:///dev/spidev0.0", "spi:///dev/spidev0.0"),
        ("spi:///dev/spidev0.0?speed=4000000", "spi:///dev/spidev0.0?speed=4000000"),
        ("serial:///dev/ttyAMA0?baud=9600", "serial:///dev/ttyAMA0?baud=9600"),
    ],
)
def test_each_wire_has_its_address(connect: str, shown: str) -> None:
    reader = open_reader("garage", CardReaderSettings(driver="rc522", connect=connect))
    assert isinstance(reader, Rc522Reader)
    assert reader._where == shown


@pytest.mark.parametrize(
    ("driver", "connect"),
    [
        ("rc522", "i2c:///dev/i2c-1"),
        ("rc522", "i2c:///dev/i2c-1?address=0x80"),
        ("rc522", "i2c://dev?address=0x28"),
        ("rc522", "spi:///dev/spidev0.0?speed=fast"),
        ("rc522", "spi:///dev/spidev0.0?mode=3"),
        ("rc522", "file:///dev/spidev0.0"),
        ("pn532", "i2c:///dev/i2c-1?address=0x24"),
    ],
)
def test_an_address_that_is_none_is_a_mistake_with_what_is_allowed(driver: str, connect: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        open_reader("garage", CardReaderSettings.model_validate({"driver": driver, "connect": connect}))
    assert refused.value.mistakes[0].where == "chargers.garage.reader.connect"
    assert refused.value.mistakes[0].allowed
