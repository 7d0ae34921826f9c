"""Announcements of real services on this machine's loopback, heard as a stranger hears them."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from zeroconf import IPVersion, ServiceInfo
from zeroconf.asyncio import AsyncZeroconf

from ohmstead.transport.mdns import Announced, NoMulticast, announced

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("outside_network")]
HERE = "127.0.0.1"


@asynccontextmanager
async def announcing(*services: ServiceInfo) -> AsyncIterator[None]:
    network = AsyncZeroconf(interfaces=[HERE], ip_version=IPVersion.V4Only)
    try:
        for task in [await network.async_register_service(service) for service in services]:
            await task
        yield
    finally:
        await network.async_close()


def service(kind: str, name: str, port: int, **facts: str) -> ServiceInfo:
    full = f"{name}.{kind}"
    return ServiceInfo(kind, full, port, addresses=[socket.inet_aton(HERE)], properties=facts, server=f"{name}.local.")


async def heard_of(*names: str) -> dict[str, Announced]:
    """Those called ``names``, once all of them were heard: an announcer may keep silent for a second."""
    async with asyncio.timeout(60):
        while True:
            heard = {one.name: one for one in await announced(1.5, [HERE])}
            if heard.keys() >= set(names):
                return heard


async def test_who_announces_itself_is_heard_with_its_place_and_what_it_says_of_itself():
    shelly = service("_shelly._tcp.local.", "shellypro3em-ohmstead", 8081, gen="2", app="Pro3EM")
    printer = service("_http._tcp.local.", "printer-ohmstead", 8082)
    plug = service("_http._tcp.local.", "tasmota-ohmstead", 8083)
    async with announcing(shelly, printer, plug):
        heard = await heard_of("shellypro3em-ohmstead", "tasmota-ohmstead", "printer-ohmstead")
    found = heard["shellypro3em-ohmstead"]
    assert (found.service, found.host, found.port) == ("_shelly._tcp.local.", HERE, 8081)
    assert ("app", "Pro3EM") in found.facts
    assert [heard[name].measures for name in ("shellypro3em-ohmstead", "tasmota-ohmstead", "printer-ohmstead")] == [
        True,
        True,
        False,
    ]


async def test_what_a_stranger_says_is_made_safe_to_show():
    async with announcing(service("_modbus._tcp.local.", "meter-ohmstead", 8084, note="a\x1b[2Jb" * 40)):
        heard = await heard_of("meter-ohmstead")
    (_, note), *_ = heard["meter-ohmstead"].facts
    assert note.startswith("a?[2Jb")
    assert len(note) == 80


async def test_an_address_this_machine_has_not_is_told():
    with pytest.raises(NoMulticast):
        await announced(0.1, ["198.51.100.7"])
