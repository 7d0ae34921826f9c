"""Keeps tests on this machine: a connection or datagram to any address but loopback is refused.

An audit hook sees every socket Python makes, whichever library makes it. A test that must reach further asks for the
fixture ``outside_network``.
"""

import ipaddress
import sys
from collections.abc import Iterator

import pytest

WATCHED = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})


class OutsideNetworkError(RuntimeError):
    """A test tried to reach another machine."""


class _Guard:
    """Whether the hook refuses; hooks cannot be taken away again, so it is asked each time."""

    closed = False


def is_local(address: object) -> bool:
    """Whether a socket address stays on this machine: loopback, a Unix socket, or no address at all."""
    if not isinstance(address, tuple) or not address:
        return True
    host = address[0]
    if not isinstance(host, str) or host in {"", "localhost"}:
        return True
    try:
        ip = ipaddress.ip_address(host.split("%")[0])
    except ValueError:
        return False
    return ip.is_loopback or ip.is_unspecified


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    if _Guard.closed and event in WATCHED and len(arguments) > 1 and not is_local(arguments[1]):
        raise OutsideNetworkError(
            f"a test may not reach {arguments[1]!r}: use loopback, or the fixture outside_network"
        )


sys.addaudithook(_hook)


def pytest_sessionstart() -> None:
    """Closes the way out before the first fixture is made."""
    _Guard.closed = True


def pytest_sessionfinish() -> None:
    """Opens it again, for what runs after the tests."""
    _Guard.closed = False


@pytest.fixture
def outside_network() -> Iterator[None]:
    """Lifts the guard for one test."""
    _Guard.closed = False
    yield
    _Guard.closed = True
