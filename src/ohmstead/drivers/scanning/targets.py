"""What a person names to be looked at: words of the command line in, addresses out, each within bounds.

A host alone is tried at the ports where such devices usually answer, a host with a port only there. A range is
written out, and no longer than ``RANGE_AT_MOST``: nobody scans a network by mistake.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from ohmstead.core.model.errors import ConfigurationError, Mistake
from ohmstead.transport.address import BAUDS, SerialAddress, parse
from ohmstead.transport.modbus_scan import ways

RANGE_AT_MOST = 256
"""Addresses of one range: what a home network has."""
UNITS_USUAL: tuple[int, ...] = (*range(1, 17), 61, 100, 126, 200, 240, 247)
"""What devices are shipped with, and the first that people give out."""
MODBUS_PORT, WEB_PORT = 502, 80
_ALLOWED = "HOST, HOST:PORT, NETWORK/BITS, tcp://HOST:PORT, tcp+rtu://HOST:PORT or serial:///dev/NAME"
_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252}[A-Za-z0-9_.])?")


@dataclass(frozen=True, slots=True)
class HostTarget:
    """A machine. Without a ``port`` the usual ones are tried; ``rtu``: frames of a serial line on it, said beforehand.

    ``ranged``: one of many, of which most are not there.
    """

    host: str
    port: int | None = None
    rtu: bool = False
    ranged: bool = False


@dataclass(frozen=True, slots=True)
class SerialTarget:
    """A serial port and how it may be spoken to."""

    path: str
    ways: tuple[SerialAddress, ...]


Target = HostTarget | SerialTarget


def targets(words: Sequence[str], bauds: Sequence[int] = ()) -> tuple[Target, ...]:
    """What ``words`` name, each once; ``bauds`` limits how serial ports are spoken to. Raises ConfigurationError."""
    mistakes: list[Mistake] = []
    unknown = [str(baud) for baud in bauds if baud not in BAUDS]
    if unknown:
        mistakes.append(Mistake("--baud", ", ".join(unknown), ", ".join(map(str, BAUDS))))
    found: dict[Target, None] = {}
    for word in words:
        try:
            found |= dict.fromkeys(_read(word, bauds))
        except ConfigurationError as error:
            mistakes += error.mistakes
        except ValueError:
            mistakes += _wrong(word).mistakes
    if mistakes:
        raise ConfigurationError(tuple(mistakes))
    return tuple(found)


def units(text: str) -> tuple[int, ...]:
    """Unit numbers such as ``1-10,61``, in order and each once. Raises ConfigurationError."""
    found: dict[int, None] = {}
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d{1,3})(?:\s*-\s*(\d{1,3}))?\s*", part, re.ASCII)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if not 1 <= first <= last <= 247:
            raise ConfigurationError((Mistake("--units", repr(text), "numbers from 1 to 247, such as 1-10,61"),))
        found |= dict.fromkeys(range(first, last + 1))
    return tuple(found)


def _read(word: str, bauds: Sequence[int]) -> Sequence[Target]:
    if word.startswith("/"):
        word = f"serial://{word}"
    if word.startswith("serial:"):
        return (_serial(word, bauds),)
    if "://" in word:
        address = parse(word, word)
        if isinstance(address, SerialAddress):
            raise _wrong(word)
        return (HostTarget(address.host, address.port, address.rtu),)
    if "/" in word:
        return _range(word)
    parts = urlsplit(f"//{word}")
    host, port = parts.hostname, parts.port
    if not host or parts.query or parts.fragment or parts.username is not None or port == 0 or word.endswith(":"):
        raise _wrong(word)
    if not _is_address(host) and not _HOST.fullmatch(host):
        raise _wrong(word)
    return (HostTarget(host, port),)


def _range(word: str) -> Sequence[Target]:
    text, colon, port = word.partition(":") if word.count(":") == 1 else (word, "", "")
    try:
        network: IPv4Network | IPv6Network = ip_network(text, strict=False)
    except ValueError as error:
        raise _wrong(word, str(error)) from error
    if colon and not (port.isascii() and port.isdigit() and 0 < int(port) < 65_536):
        raise _wrong(word)
    if network.num_addresses > RANGE_AT_MOST:
        smallest = network.max_prefixlen - 8
        hint = f"Name a smaller one, such as {network.network_address}/{smallest}, or the hosts themselves."
        came = f"{network.num_addresses} addresses"
        raise ConfigurationError((Mistake(word, came, f"at most {RANGE_AT_MOST} addresses", hint),))
    return [HostTarget(str(host), int(port) if port else None, ranged=True) for host in network.hosts()]


def _serial(word: str, bauds: Sequence[int]) -> SerialTarget:
    parts = urlsplit(word)
    if "baud" in parts.query:
        address = parse(word, word)
        if isinstance(address, SerialAddress):
            return SerialTarget(address.path, (address,))
    if parts.query or parts.fragment or parts.netloc or not parts.path.strip("/"):
        raise _wrong(word, "The port stands behind three slashes; with parity or stop bits its baud is needed too.")
    return SerialTarget(parts.path, tuple(way for way in ways(parts.path) if not bauds or way.baud in bauds))


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _wrong(word: str, hint: str = "") -> ConfigurationError:
    return ConfigurationError((Mistake("what to scan", repr(word), _ALLOWED, hint),))
