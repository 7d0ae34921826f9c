"""Values that settings are written with: addresses, phases, zones (pydantic validators)."""

from contextlib import suppress
from ipaddress import ip_address
from posixpath import normpath
from typing import Annotated
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field

from ohmstead.core.model.quantities import MINIMUM_CURRENT_A, Phase
from ohmstead.core.model.sources import bare

NETWORK = ("tcp", "tcp+rtu", "samples")
BROKERS_AND_HOSTS = ("mqtt", "mqtts", "http", "https")
SCHEMES: tuple[str, ...] = (*NETWORK, *BROKERS_AND_HOSTS, "serial", "file", "plant", "board")
"""``file`` is a recording, ``plant`` the simulated world inside the process, ``board`` an input of an EVSE board."""


_NOWHERE = frozenset({"Factory", "localtime", "posixrules"})
"""Names without rules of their own: of no place, or of whatever place a machine is in."""


def _known_zone(name: str) -> str:
    try:
        if name in _NOWHERE:
            raise ValueError(name)
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("an IANA time zone such as Europe/Rome") from error
    return name


def _address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in SCHEMES:
        wires = "tcp://HOST:PORT, tcp+rtu://HOST:PORT or serial:///dev/NAME?baud=19200"
        raise ValueError(f"{wires}; mqtt://HOST or http://HOST for drivers that speak it")
    if parts.scheme in NETWORK:
        try:
            port = parts.port
        except ValueError:
            port = None
        if not parts.hostname or port is None:
            raise ValueError(f"{parts.scheme}://HOST:PORT with a port from 1 to 65535")
    return value


def _distinct(phases: tuple[Phase, ...]) -> tuple[Phase, ...]:
    if len(set(phases)) != len(phases):
        raise ValueError("each phase once")
    return phases


def _agreed(current_a: float) -> float:
    if 0 < current_a < MINIMUM_CURRENT_A:
        raise ValueError(f"0, which stops the charger, or at least the {MINIMUM_CURRENT_A:g} A that a car needs")
    return current_a


CipherKey = Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{32}$")]
Address = Annotated[str, AfterValidator(_address)]
Phases = Annotated[tuple[Phase, ...], Field(min_length=1, max_length=3), AfterValidator(_distinct)]
ZoneName = Annotated[str, AfterValidator(_known_zone)]
AgreedCurrent = Annotated[float, Field(ge=0, le=80), AfterValidator(_agreed)]
"""0, or what a car can charge with."""


def place(connect: str) -> str:
    """``connect`` as one way of writing for each place, whatever is spoken there."""
    parts = urlsplit(connect)
    if parts.scheme in NETWORK:
        host = (parts.hostname or "").rstrip(".")
        with suppress(ValueError):
            host = str(ip_address(host))
        return f"tcp://{'localhost' if host in ('127.0.0.1', '::1') else host}:{parts.port}"
    if parts.scheme in BROKERS_AND_HOSTS:
        return bare(connect) + (f"?{parts.query}" if parts.query else "")
    return f"serial://{normpath(unquote(parts.path))}" if parts.scheme == "serial" else connect
