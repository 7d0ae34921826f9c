"""Tests stay on this machine unless they ask to leave it."""

import asyncio
import socket

import pytest

from checks.isolation import OutsideNetworkError, is_local

# An address reserved for documents: nobody answers there.
ELSEWHERE = ("192.0.2.1", 9)


def test_a_connection_elsewhere_is_refused():
    with socket.socket() as pipe, pytest.raises(OutsideNetworkError, match=r"192\.0\.2\.1"):
        pipe.connect(ELSEWHERE)


def test_a_datagram_elsewhere_is_refused():
    with socket.socket(type=socket.SOCK_DGRAM) as pipe, pytest.raises(OutsideNetworkError):
        pipe.sendto(b"x", ELSEWHERE)


async def test_an_asynchronous_connection_elsewhere_is_refused():
    with pytest.raises(OutsideNetworkError):
        await asyncio.open_connection(*ELSEWHERE)


def test_loopback_is_open():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        pass


def test_a_test_may_ask_to_leave(outside_network):
    with socket.socket(type=socket.SOCK_DGRAM) as pipe:
        pipe.setblocking(False)
        try:
            pipe.connect(ELSEWHERE)
        except OSError:  # no route: the machine's own answer, not the guard's
            return
        assert pipe.getpeername() == ELSEWHERE


@pytest.mark.parametrize(
    "address", [("127.0.0.1", 1), ("127.8.9.1", 1), ("::1", 1, 0, 0), ("localhost", 1), "/run/x.sock"]
)
def test_these_addresses_are_here(address):
    assert is_local(address)


@pytest.mark.parametrize("address", [("192.0.2.1", 1), ("10.0.0.1", 1), ("2001:db8::1", 1, 0, 0), ("example.org", 1)])
def test_these_are_elsewhere(address):
    assert not is_local(address)
