"""Chips on the computer's own pins, through the device files of Linux: an I²C bus, or one chip select of an SPI bus.

An exchange may wait on the hardware, so it runs in a thread. A file that cannot be used ends with LineError, and the
next exchange opens it anew.
"""

import asyncio
import ctypes
import fcntl
import os
from collections.abc import Callable

from ohmstead.core.model.reasons import Reason
from ohmstead.transport.address import I2cAddress, SpiAddress
from ohmstead.transport.byte_line import LineError
from ohmstead.transport.opening import cause

I2C_SLAVE = 0x0703
"""Of ``linux/i2c-dev.h``: whom the next bytes are for."""
SPI_MESSAGE = 0x40206B00
"""SPI_IOC_MESSAGE(1) of ``linux/spi/spidev.h``."""

Exchange = Callable[[int, bytes, int], bytes]
"""File, bytes to send, and how many to read then."""


class SpiTransfer(ctypes.Structure):
    """``struct spi_ioc_transfer`` of ``linux/spi/spidev.h``."""

    _fields_ = (
        ("tx_buf", ctypes.c_uint64),
        ("rx_buf", ctypes.c_uint64),
        ("len", ctypes.c_uint32),
        ("speed_hz", ctypes.c_uint32),
        ("delay_usecs", ctypes.c_uint16),
        ("bits_per_word", ctypes.c_uint8),
        ("cs_change", ctypes.c_uint8),
        ("tx_nbits", ctypes.c_uint8),
        ("rx_nbits", ctypes.c_uint8),
        ("word_delay_usecs", ctypes.c_uint8),
        ("pad", ctypes.c_uint8),
    )


class ChipBus:
    """One chip at ``address``."""

    def __init__(self, address: I2cAddress | SpiAddress, opened: Callable[[str], int] | None = None) -> None:
        """Nothing is opened yet. ``opened`` gives the open file of a path."""
        self._address = address
        self._opened = opened or _open
        self._file: int | None = None

    async def exchange(self, data: bytes, count: int = 0) -> bytes:
        """I²C: send ``data``, then read ``count`` bytes. SPI: what came while ``data`` went out. Raises LineError."""
        try:
            return await asyncio.to_thread(self._exchange, data, count)
        except OSError as error:
            await self.close()
            params = {"where": str(self._address), "detail": cause(error)}
            raise LineError(Reason("line.no_connection", params)) from error

    async def close(self) -> None:
        """Give the file back."""
        file, self._file = self._file, None
        if file is not None:
            os.close(file)

    def _exchange(self, data: bytes, count: int) -> bytes:
        if self._file is None:
            self._file = self._opened(self._address.path)
        if isinstance(self._address, SpiAddress):
            return _shifted(self._file, data, self._address.speed_hz)
        fcntl.ioctl(self._file, I2C_SLAVE, self._address.chip)
        os.write(self._file, data)
        return os.read(self._file, count) if count else b""


def _open(path: str) -> int:
    return os.open(path, os.O_RDWR | os.O_CLOEXEC)


def _shifted(file: int, data: bytes, speed_hz: int) -> bytes:
    out, into = ctypes.create_string_buffer(data, len(data)), ctypes.create_string_buffer(len(data))
    asked = SpiTransfer(ctypes.addressof(out), ctypes.addressof(into), len(data), speed_hz, bits_per_word=8)
    fcntl.ioctl(file, SPI_MESSAGE, asked)
    return into.raw
