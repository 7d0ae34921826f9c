"""Who announces itself on the local network (multicast DNS, RFC 6762 and 6763): services in, their places out.

Only listens and asks the network as a whole; no host is addressed. What a stranger announces is bounded.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ohmstead.transport.opening import cause

if TYPE_CHECKING:
    from zeroconf import ServiceStateChange, Zeroconf
    from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

_WEB = "_http._tcp.local."
_MAKERS = ("shelly", "tasmota")
SERVICES: tuple[str, ...] = ("_shelly._tcp.local.", "_modbus._tcp.local.", _WEB)
"""What measuring devices announce; many announce no more than their web page."""
AT_MOST = 256
"""Services that are looked at; a network with more has something else to do first."""
_RESOLVE_MS = 1500
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Announced:
    """One service as it was announced. ``facts`` are the texts that came with it."""

    service: str
    name: str
    host: str
    port: int
    facts: tuple[tuple[str, str], ...] = ()

    @property
    def measures(self) -> bool:
        """Whether its name or its service is that of a device we read; a web page alone may be anybody's."""
        told = (self.name, *(value for _, value in self.facts))
        return self.service != _WEB or any(each.casefold().startswith(_MAKERS) for each in told)


class NoMulticast(Exception):
    """This machine has no network on which anybody could be heard; the text says why."""


async def announced(
    seconds: float, interfaces: Sequence[str] = (), services: Sequence[str] = SERVICES
) -> tuple[Announced, ...]:
    """Who announced one of ``services`` within ``seconds``, in the order of names.

    ``interfaces`` are addresses of this machine to listen on; all when empty. Raises NoMulticast.
    """
    from zeroconf import DNSQuestionType, InterfaceChoice, IPVersion
    from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

    heard = _Heard()
    try:
        network = AsyncZeroconf(interfaces=list(interfaces) or InterfaceChoice.All, ip_version=IPVersion.V4Only)
    except OSError as error:
        raise NoMulticast(cause(error)) from error
    except (ValueError, RuntimeError) as error:
        raise NoMulticast(str(error)) from error
    try:
        aloud = DNSQuestionType.QM  # an answer to us alone would go to whoever else on this machine has the port
        browser = AsyncServiceBrowser(network.zeroconf, list(services), handlers=[heard.change], question_type=aloud)
        await asyncio.sleep(seconds)
        await browser.async_cancel()
        found = [AsyncServiceInfo(service, name) for service, name in list(heard.names)[:AT_MOST]]
        await asyncio.gather(*(_resolved(info, network) for info in found))
    finally:
        await network.async_close()
    known = {one for info in found for one in _announced(info)}
    return tuple(sorted(known, key=lambda one: (one.name, one.service)))


async def _resolved(info: "AsyncServiceInfo", network: "AsyncZeroconf") -> None:
    from zeroconf import DNSQuestionType

    with suppress(OSError, TimeoutError):
        await info.async_request(network.zeroconf, _RESOLVE_MS, question_type=DNSQuestionType.QM)


@dataclass(slots=True)
class _Heard:
    names: dict[tuple[str, str], None] = field(default_factory=dict)

    def change(self, zeroconf: "Zeroconf", service_type: str, name: str, state_change: "ServiceStateChange") -> None:
        """Zeroconf: a service came, changed or went."""
        del zeroconf
        if state_change.name == "Removed":
            self.names.pop((service_type, name), None)
        elif len(self.names) < AT_MOST:
            self.names[service_type, name] = None


def _announced(info: "AsyncServiceInfo") -> tuple[Announced, ...]:
    addresses = info.parsed_addresses()
    if not addresses or not info.port:
        return ()
    facts = tuple(
        (_text(key), _text(value)) for key, value in info.properties.items() if value is not None and len(key) <= 32
    )
    name = _text(info.name.removesuffix(f".{info.type}").encode())
    return (Announced(info.type, name, addresses[0], info.port, facts[:32]),)


def _text(raw: bytes) -> str:
    """``raw`` as a line that is safe to show."""
    shown = "".join(c if c.isprintable() else "?" for c in raw.decode("utf-8", "replace"))
    return shown[:_LONGEST]
