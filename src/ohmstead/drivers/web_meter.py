"""Devices that answer HTTP with JSON: the Meter port over one connection each (G-123, G-128).

A conversation knows what to ask and how to understand the answer: a document with channels, a Shelly, a Tasmota. The
reading is dated to when its first question was asked.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Protocol
from urllib.parse import quote

from ohmstead.core.model.errors import DeviceGarbled, DeviceRefused, DeviceUnreachable
from ohmstead.core.model.quantities import Role
from ohmstead.core.model.readings import Reading
from ohmstead.core.model.reasons import Reason
from ohmstead.drivers.clock import Clock
from ohmstead.drivers.json_source import Understood
from ohmstead.drivers.modbus_meter import Wiring
from ohmstead.protocols import shelly, tasmota
from ohmstead.protocols.json_values import NotJson, parse
from ohmstead.protocols.meters.codec import MeterValues
from ohmstead.transport.web_address import Credentials, WebAddress
from ohmstead.transport.web_client import WebDevice

GRID_DEADLINE_S, OTHER_DEADLINE_S = 2.0, 4.0
"""For each question: such devices answer in some hundredths of a second, and are on a wireless network."""
GENTLE_S = 0.5
"""Small devices are not asked more often, unless ``period_s`` says so."""
COUNTERS_S = 10.0
"""Shelly meters count once a minute; asking for it each time would double their work."""


class Conversation(Protocol):
    """What is said to one kind of device."""

    async def ask(self, deadline_s: float, now_s: float) -> MeterValues:
        """The values now. Raises DeviceError."""
        ...

    async def close(self) -> None:
        """Give back the connection."""
        ...


class WebMeter:
    """One device that answers HTTP."""

    def __init__(self, wiring: Wiring, talk: Conversation, clock: Clock, period_s: float | None = None) -> None:
        """Nothing is connected before the first read."""
        self._wiring, self._talk, self._clock = wiring, talk, clock
        self._deadline_s = GRID_DEADLINE_S if wiring.role is Role.GRID else OTHER_DEADLINE_S
        self._gentle_s = 0.0 if period_s is not None else GENTLE_S
        self._understood = Understood(wiring)
        self._asked_s: float | None = None
        self._closed = False

    async def read(self) -> Reading:
        """One Reading. Raises DeviceError."""
        if self._closed:
            raise DeviceUnreachable(Reason("line.ended", {"where": self._wiring.name}))
        if self._asked_s is not None:
            await asyncio.sleep(max(0.0, self._asked_s + self._gentle_s - self._clock.now().monotonic_s))
        at = self._clock.now()
        self._asked_s = at.monotonic_s
        return self._understood.reading(await self._talk.ask(self._deadline_s, at.monotonic_s), at)

    async def close(self) -> None:
        """Give back the connection."""
        self._closed = True
        await self._talk.close()


class DocumentTalk:
    """One URL, one document."""

    def __init__(self, address: WebAddress, read: Callable[[Mapping[str, Any]], MeterValues], device: str) -> None:
        """``read`` understands the document called ``""``."""
        self._web, self._read, self._device = WebDevice(address), read, device

    async def ask(self, deadline_s: float, now_s: float) -> MeterValues:
        """As the port says."""
        return self._read({"": await _document(self._web, self._web.address.url, deadline_s, self._device)})

    async def close(self) -> None:
        """As the port says."""
        await self._web.close()


class ShellyTalk:
    """One measuring component of a Shelly, by its RPC over HTTP."""

    def __init__(self, address: WebAddress, component: str | None, device: str) -> None:
        """``component`` such as ``em:0``; the first that measures when left out."""
        self._web, self._component, self._device = WebDevice(address, digest=True), component, device
        self._counters: tuple[float, Any] | None = None

    async def ask(self, deadline_s: float, now_s: float) -> MeterValues:
        """As the port says."""
        if self._component is None:
            self._component = await self._found(deadline_s)
        kind, number = shelly.split(self._component)
        status = await self._call(f"{kind.method}?id={number}", deadline_s)
        if kind.data_method and (self._counters is None or now_s - self._counters[0] >= COUNTERS_S):
            self._counters = (now_s, await self._call(f"{kind.data_method}?id={number}", deadline_s))
        return shelly.read(self._component, status, self._counters[1] if self._counters else None, self._device)

    async def close(self) -> None:
        """As the port says."""
        await self._web.close()

    async def _found(self, deadline_s: float) -> str:
        status = await self._call("Shelly.GetStatus", deadline_s)
        component = shelly.first_of(status)
        if component is None:
            reason = Reason("shelly.no_meter", {"where": str(self._web.address), "device": self._device})
            raise DeviceGarbled(reason)
        return component

    async def _call(self, method: str, deadline_s: float) -> Any:
        return await _document(self._web, self._web.address.at(f"/rpc/{method}"), deadline_s, self._device)


class TasmotaTalk:
    """A Tasmota device, by its web commands. It takes user and password in the query, and nowhere else."""

    def __init__(self, address: WebAddress, device: str) -> None:
        """The path of ``address`` does not count."""
        known = address.credentials
        self._web = WebDevice(WebAddress(address.url, Credentials(ca=known.ca)))
        self._query = ""
        if known.password is not None:
            user, password = quote(known.username or "admin", safe=""), quote(known.password, safe="")
            self._query = f"user={user}&password={password}&"
        self._device, self._command = device, 10

    async def ask(self, deadline_s: float, now_s: float) -> MeterValues:
        """As the port says."""
        document = await self._status(deadline_s)
        if self._command == 10 and isinstance(document, dict) and "StatusSNS" not in document:
            self._command = 8
            document = await self._status(deadline_s)
        return tasmota.read(document, self._device)

    async def close(self) -> None:
        """As the port says."""
        await self._web.close()

    async def _status(self, deadline_s: float) -> Any:
        url = self._web.address.at(f"/cm?{self._query}cmnd=Status%20{self._command}")
        document = await _document(self._web, url, deadline_s, self._device)
        if isinstance(document, dict) and "WARNING" in document:
            raise DeviceRefused(Reason("http.sign_in", {"where": str(self._web.address), "detail": "200"}))
        return document


async def _document(web: WebDevice, url: str, deadline_s: float, device: str) -> Any:
    try:
        return parse(await web.get(url, deadline_s))
    except NotJson as error:
        params = {"device": device, "where": str(web.address), "came": str(error)}
        raise DeviceGarbled(Reason("source.no_json", params)) from error
