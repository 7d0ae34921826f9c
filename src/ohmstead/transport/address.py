"""Where a device is: the text of ``connect =`` in, an address out."""

from dataclasses import dataclass
from typing import Literal, TypeVar
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from ohmstead.core.model.errors import ConfigurationError, Mistake
from ohmstead.core.model.sources import without_secrets

_TCP = "tcp://HOST:PORT"
_SERIAL = "serial:///dev/NAME?baud=9600&parity=even"
_RTU_OVER_TCP = "tcp+rtu://HOST:PORT"
_SAMPLES = "samples://HOST:PORT"
_FILE = "file:///PATH"
_I2C = "i2c:///dev/i2c-1?address=0x28"
_SPI = "spi:///dev/spidev0.0"

T = TypeVar("T")
Parity = Literal["none", "even", "odd"]
_PARITIES: dict[str, Parity] = {"none": "none", "even": "even", "odd": "odd"}
SPI_HZ = 1_000_000
BAUDS = (300, 600, 1200, 2400, 4800, 9600, 19_200, 38_400, 57_600, 115_200, 230_400)


@dataclass(frozen=True, slots=True)
class TcpAddress:
    """A host and a port. ``rtu``: the frames of a serial Modbus line travel on it as they are."""

    host: str
    port: int
    rtu: bool = False

    def __str__(self) -> str:
        """As it is written in the settings."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'tcp+rtu' if self.rtu else 'tcp'}://{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class SerialAddress:
    """A serial port and how its characters look."""

    path: str
    baud: int
    parity: Parity = "none"
    stop: int = 1
    bits: int = 8

    @property
    def character_s(self) -> float:
        """How long one character takes: start, data, parity and stop bits."""
        return (1 + self.bits + (self.parity != "none") + self.stop) / self.baud

    def __str__(self) -> str:
        """As it is written in the settings; what is left out is the usual."""
        shown = [f"baud={self.baud}"]
        shown += [f"parity={self.parity}"] if self.parity != "none" else []
        shown += [f"stop={self.stop}"] if self.stop != 1 else []
        shown += [f"bits={self.bits}"] if self.bits != 8 else []
        return f"serial://{self.path}?{'&'.join(shown)}"


@dataclass(frozen=True, slots=True)
class FileAddress:
    """A file of recorded bytes."""

    path: str

    def __str__(self) -> str:
        """As it is written in the settings."""
        return f"file://{self.path}"


@dataclass(frozen=True, slots=True)
class I2cAddress:
    """A chip on an I²C bus of the computer."""

    path: str
    chip: int

    def __str__(self) -> str:
        """As it is written in the settings."""
        return f"i2c://{self.path}?address=0x{self.chip:02x}"


@dataclass(frozen=True, slots=True)
class SpiAddress:
    """A chip select of an SPI bus of the computer."""

    path: str
    speed_hz: int = SPI_HZ

    def __str__(self) -> str:
        """As it is written in the settings; the usual speed is left out."""
        return f"spi://{self.path}" + (f"?speed={self.speed_hz}" if self.speed_hz != SPI_HZ else "")


BusAddress = TcpAddress | SerialAddress
ChipAddress = I2cAddress | SpiAddress
LineAddress = TcpAddress | SerialAddress | FileAddress


def parse(connect: str, where: str = "connect") -> BusAddress:
    """The address of a Modbus line; ``where`` names the setting. Raises ConfigurationError for any other."""
    allowed = f"{_TCP}, {_RTU_OVER_TCP} or {_SERIAL}"
    parts = urlsplit(connect)
    if parts.scheme == "plant":
        hint = "The world inside the process has no wire; it is bound where the site is started."
        raise ConfigurationError((Mistake(where, repr(connect), allowed, hint),))
    if parts.scheme == "serial":
        address = _serial(connect, parts, where)
        if address.bits != 8:
            raise ConfigurationError((Mistake(where, f"bits={address.bits}", "bits=8, which Modbus RTU needs"),))
        return address
    return _tcp(connect, parts, where, allowed, ("tcp", "tcp+rtu"))


def parse_line(connect: str, where: str = "connect") -> LineAddress:
    """The address of a device that speaks by itself. Raises ConfigurationError for any other."""
    parts = urlsplit(connect)
    if parts.scheme == "serial":
        return _serial(connect, parts, where)
    allowed = f"{_TCP}, {_SERIAL} or {_FILE}"
    if parts.scheme == "file":
        if parts.netloc or not parts.path.strip("/") or parts.query or parts.fragment:
            hint = "Such as file:///var/lib/telegrams.txt, with three slashes."
            raise ConfigurationError((Mistake(where, repr(without_secrets(connect)), allowed, hint),))
        return FileAddress(unquote(parts.path))
    return _tcp(connect, parts, where, allowed, ("tcp",))


def parse_chip(connect: str, where: str = "connect") -> ChipAddress | LineAddress:
    """The address of a chip that may hang on the computer's own pins. Raises ConfigurationError for any other."""
    parts = urlsplit(connect)
    if parts.scheme not in ("i2c", "spi"):
        return parse_line(connect, where)
    key, kind, usual = ("address", _I2C, "") if parts.scheme == "i2c" else ("speed", _SPI, str(SPI_HZ))
    asked = dict(parse_qsl(parts.query, keep_blank_values=True))
    try:
        number = int(asked.pop(key, usual), 0)
    except ValueError:
        number = -1
    most = 0x77 if parts.scheme == "i2c" else 10_000_000
    least = 0x08 if parts.scheme == "i2c" else 10_000
    if parts.netloc or not parts.path.strip("/") or parts.fragment or asked or not least <= number <= most:
        hint = f"The device file stands behind three slashes; {key} is a number from {least} to {most}."
        raise ConfigurationError((Mistake(where, repr(connect), kind, hint),))
    path = unquote(parts.path)
    return I2cAddress(path, number) if parts.scheme == "i2c" else SpiAddress(path, number)


def parse_samples(connect: str, where: str = "connect") -> TcpAddress:
    """The address of a sampling front end. Raises ConfigurationError for any other."""
    return _tcp(connect, urlsplit(connect), where, _SAMPLES, ("samples",))


def _tcp(connect: str, parts: SplitResult, where: str, allowed: str, schemes: tuple[str, ...]) -> TcpAddress:
    try:
        port = parts.port
    except ValueError:
        port = None
    rest = parts.path.strip("/") or parts.query or parts.fragment or parts.username
    if parts.scheme not in schemes or not parts.hostname or not port or rest:
        hint = f"Such as {schemes[0]}://192.168.1.20:502, the port from 1 to 65535."
        raise ConfigurationError((Mistake(where, repr(without_secrets(connect)), allowed, hint),))
    return TcpAddress(parts.hostname, port, parts.scheme == "tcp+rtu")


def _serial(connect: str, parts: SplitResult, where: str) -> SerialAddress:
    mistakes: list[Mistake] = []
    if parts.netloc or not parts.path.strip("/") or parts.fragment:
        mistakes.append(Mistake(where, repr(connect), _SERIAL, "The port stands behind three slashes."))
    given = parse_qsl(parts.query, keep_blank_values=True)
    asked = dict(given)
    if len(asked) != len(given):
        mistakes.append(Mistake(where, repr(parts.query), "each of baud, parity, stop and bits once"))
    baud = _choice(asked.pop("baud", ""), {str(baud): baud for baud in BAUDS}, ("baud", where), mistakes)
    parity = _choice(asked.pop("parity", "none"), _PARITIES, ("parity", where), mistakes)
    stop = _choice(asked.pop("stop", "1"), {"1": 1, "2": 2}, ("stop", where), mistakes)
    bits = _choice(asked.pop("bits", "8"), {"7": 7, "8": 8}, ("bits", where), mistakes)
    for key in asked:
        mistakes.append(Mistake(where, f"unknown key {key!r}", "baud, parity, stop, bits"))
    if mistakes or baud is None or parity is None or stop is None or bits is None:
        raise ConfigurationError(tuple(mistakes))
    return SerialAddress(unquote(parts.path), baud, parity, stop, bits)


def _choice(text: str, choices: dict[str, T], named: tuple[str, str], mistakes: list[Mistake]) -> T | None:
    key, where = named
    if text not in choices:
        hint = "The device's display or manual tells it." if not text else ""
        mistakes.append(Mistake(where, f"{key}={text}" if text else f"no {key}", f"{key}={', '.join(choices)}", hint))
    return choices.get(text)
