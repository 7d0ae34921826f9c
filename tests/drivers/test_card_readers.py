"""Card readers over real lines: a PN532 on a socket and on a serial port, and one that types, on a pipe."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ohmstead.core.model.authorization import CardReaderSettings
from ohmstead.core.model.errors import ConfigurationError, DeviceGarbled, DeviceUnreachable
from ohmstead.drivers.card_readers import DEADLINE_S, KeyboardReader, Pn532Reader, open_reader
from ohmstead.protocols.keystrokes import ENTER, EVENT, KEYS
from ohmstead.simulator.card_reader import CardReaderDevice, Chip
from ohmstead.transport.address import SerialAddress, TcpAddress
from ohmstead.transport.pseudo_terminal import PseudoTerminal

pytestmark = pytest.mark.anyio
CARD, OTHER = bytes.fromhex("04A1B2C3"), bytes.fromhex("04A1B2C3D4E5F6")


def events_of(text: str) -> bytes:
    """The events of a device on which ``text`` is typed and ended with Enter, each key pressed and let go."""
    codes = {sign: code for code, sign in reversed(KEYS.items())}
    presses = [*(codes[sign] for sign in text.upper()), min(ENTER)]
    return b"".join(EVENT.pack(0, 0, 1, code, value) for code in presses for value in (1, 0))


@pytest.fixture
async def device() -> AsyncIterator[CardReaderDevice]:
    made = CardReaderDevice()
    await made.start()
    yield made
    await made.stop()


async def soon(reader: Pn532Reader | KeyboardReader) -> str:
    async with asyncio.timeout(10):
        return await reader.next()


async def nothing(reader: Pn532Reader | KeyboardReader, seconds: float) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(seconds):
            await reader.next()


@pytest.mark.req("G-074")
async def test_a_card_on_a_pn532_is_read_once_and_again_when_it_comes_back(device: CardReaderDevice) -> None:
    reader = Pn532Reader(TcpAddress("127.0.0.1", device.port))
    try:
        device.tap(CARD, 30.0)
        assert await soon(reader) == "04A1B2C3"
        await nothing(reader, 1.0)
        device.tap(OTHER, 30.0)
        assert await soon(reader) == "04A1B2C3D4E5F6"
        device.tap(OTHER, 0.01)
        await nothing(reader, 1.0)
        device.tap(OTHER, 30.0)
        assert await soon(reader) == "04A1B2C3D4E5F6"
    finally:
        await reader.close()


@pytest.mark.req("G-074")
async def test_a_malformed_number_is_refused_and_named_and_the_next_card_is_read(device: CardReaderDevice) -> None:
    reader = Pn532Reader(TcpAddress("127.0.0.1", device.port))
    try:
        device.tap(b"\x04\xa1\xb2", 30.0)
        with pytest.raises(DeviceGarbled) as refused:
            await soon(reader)
        assert "04 a1 b2" in str(refused.value.reason.params["came"])
        device.tap(CARD, 30.0)
        assert await soon(reader) == "04A1B2C3"
    finally:
        await reader.close()


async def test_a_reader_that_goes_away_is_told_and_found_again(device: CardReaderDevice) -> None:
    reader = Pn532Reader(TcpAddress("127.0.0.1", device.port))
    try:
        device.tap(CARD, 30.0)
        await soon(reader)
        await device.stop()
        with pytest.raises(DeviceUnreachable):
            await soon(reader)
        await device.start()
        device.tap(CARD, 30.0)
        assert await soon(reader) == "04A1B2C3"
    finally:
        await reader.close()


async def test_a_pn532_on_a_serial_port_is_read_and_one_that_falls_silent_is_told() -> None:
    line, chip = PseudoTerminal(), Chip()

    async def live() -> None:
        while True:
            line.write(chip.heard(await line.read()))

    alive = asyncio.create_task(live())
    reader = Pn532Reader(SerialAddress(line.path, 115_200))
    try:
        chip.uid = CARD
        assert await soon(reader) == "04A1B2C3"
        alive.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await alive
        with pytest.raises(DeviceUnreachable) as refused:
            async with asyncio.timeout(DEADLINE_S * 10):
                await reader.next()
        assert refused.value.reason.key == "device.unreachable"
    finally:
        alive.cancel()
        await reader.close()
        line.close()


@pytest.mark.parametrize(
    ("typed", "read"),
    [("04a1b2c3", "04A1B2C3"), ("0077705923", "04A1B2C3"), ("04A1B2C3D4E5F6", "04A1B2C3D4E5F6"), ("12", "12")],
)
@pytest.mark.req("G-074")
async def test_a_reader_that_types_is_read_line_by_line(tmp_path: Path, typed: str, read: str) -> None:
    path = tmp_path / "event"
    os.mkfifo(path)
    hand = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    reader = KeyboardReader(str(path))
    try:
        events = events_of(typed)
        os.write(hand, events[:30])
        await nothing(reader, 0.2)
        os.write(hand, events[30:])
        assert await soon(reader) == read
        os.write(hand, EVENT.pack(0, 0, 1, 42, 1) + events_of("04a1b2c3") * 2)
        assert [await soon(reader), await soon(reader)] == ["04A1B2C3", "04A1B2C3"]
    finally:
        await reader.close()
        os.close(hand)


async def test_a_reader_that_is_not_plugged_in_is_told(tmp_path: Path) -> None:
    reader = KeyboardReader(str(tmp_path / "missing"))
    with pytest.raises(DeviceUnreachable) as refused:
        await soon(reader)
    assert refused.value.reason.params["detail"] == "No such file or directory"


@pytest.mark.parametrize(
    ("driver", "connect"),
    [("pn532", "file:///dev/ttyS0"), ("keyboard", "tcp://127.0.0.1:1"), ("plant", "plant://garage"), ("pn532", "x")],
)
def test_an_address_that_does_not_fit_the_reader_is_a_mistake_with_what_is_allowed(driver: str, connect: str) -> None:
    settings = CardReaderSettings.model_validate({"driver": driver, "connect": connect})
    with pytest.raises(ConfigurationError) as refused:
        open_reader("garage", settings)
    assert refused.value.mistakes[0].where == "chargers.garage.reader.connect"
    assert refused.value.mistakes[0].allowed
