"""The machine's own networks on a running site: looked at, chosen among, and set by commands (EV-203 to EV-210).

The loop looks at every link, lets ``core.networks`` choose and tells the port; what goes over the mobile link is
counted by the month. A change that a person asks for holds or is taken back, and no key is in an event or in the store.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from ohmstead.core.model.errors import CommandRefused, DeviceError
from ohmstead.core.model.events import AccessRole, Action, Command, Event
from ohmstead.core.model.grants import Notice
from ohmstead.core.model.networks import (
    AccessPoint,
    JoinWifi,
    Link,
    LinkKind,
    NetworksNow,
    SetEthernet,
    SetHotspot,
    SetMobile,
)
from ohmstead.core.model.reasons import Param, Reason
from ohmstead.core.networks import budget
from ohmstead.core.networks.budget import MONTH_BYTES, WARN_BYTES, Traffic
from ohmstead.core.networks.choosing import Choice, choose
from ohmstead.drivers.clock import Clock
from ohmstead.drivers.ports import Networks
from ohmstead.site.commands import permitted, reaches, recorded
from ohmstead.store.values import Json

Told = TypeVar("Told")

LOOK_S = 10.0
KEPT = "networks"
OF_NETWORKS = frozenset({Action.JOIN_WIFI, Action.SET_ETHERNET, Action.SET_MOBILE, Action.SET_HOTSPOT})
_NEEDED: AccessRole = "installer"


class Networking:
    """Owner of what is known of the networks; without a port there is nothing to look at and nothing can be set."""

    def __init__(self, port: Networks | None, clock: Clock, on_event: Callable[[Event], None], zone: str) -> None:
        """``zone`` is the site's: a month of traffic is a month there."""
        self._port, self._clock, self._on_event, self._zone = port, clock, on_event, ZoneInfo(zone)
        self._choice = Choice()
        self._traffic = Traffic()
        self._links: tuple[Link, ...] = ()
        self._hotspot: str | None = None
        self._problem: Reason | None = None

    @property
    def loops(self) -> Iterator[tuple[str, Callable[[], Coroutine[Any, Any, None]]]]:
        """The loop that looks, where there is something to look at."""
        if self._port is not None:
            yield "networks", self.run

    @property
    def fitted(self) -> bool:
        """Whether anybody here manages the networks."""
        return self._port is not None

    @property
    def problem(self) -> Reason | None:
        """Why the links are not known at this moment."""
        return self._problem

    @property
    def now(self) -> NetworksNow:
        """As last seen."""
        used = self._traffic.used
        return NetworksNow(self._links, self._choice.using, self._hotspot, used, MONTH_BYTES)

    def shown(self) -> NetworksNow | None:
        """What the front panels show; ``None`` where nobody here manages them."""
        return self.now if self.fitted else None

    async def run(self) -> None:
        """Look for ever."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """See every link, count, choose, and tell the port when the choice is another."""
        port = self._fitted()
        try:
            links, self._hotspot = await port.links(), await port.hotspot()
            self._follow(links)
            if self._choice.using is not None:
                await port.prefer(self._choice.using)
        except DeviceError as error:
            self._problem = error.reason
        else:
            self._problem = None

    def _follow(self, links: tuple[Link, ...]) -> None:
        now, before = self._clock.now(), self._choice.using
        self._links = links
        mobile = next((link for link in links if link.kind == "mobile" and link.connected), None)
        counted = None if mobile is None else (mobile.received_bytes or 0) + (mobile.sent_bytes or 0)
        self._traffic = budget.follow(self._traffic, counted, now.utc.astimezone(self._zone))
        self._choice = choose(self._choice, links, now.monotonic_s, mobile_allowed=self._traffic.left)
        if self._choice.using != before:
            self._tell(
                "networks.using", "site", _using(self._choice.using), {"before": before, "after": self._choice.using}
            )

    async def scan(self, role: AccessRole) -> tuple[AccessPoint, ...]:
        """The Wi-Fi networks in reach. Raises CommandRefused."""
        reaches(role, _NEEDED)
        return await self._asked(self._fitted().scan())

    async def change(self, command: Command) -> None:
        """Carry out ``command``, or leave all as it was. Raises CommandRefused."""
        permitted(command, self._clock.now())
        if command.target != "site":
            raise CommandRefused(Reason("command.target_site", {"came": command.target}))
        await self._asked(self._wanted(command.action, command.value))
        key = f"event.{command.action.value}"
        data = {"action": command.action.value, **recorded(command.value)}
        self._tell("networks.set", command.author, Reason(key), data)
        await self.look()

    async def forget(self) -> None:
        """Let go what was set here (G-050); without a port there is nothing. Raises CommandRefused."""
        if self._port is not None:
            await self._asked(self._port.forget())
            await self.look()

    def notices(self) -> tuple[Notice, ...]:
        """A month whose traffic is nearly, or wholly, used up."""
        used = self._traffic.used
        if used < WARN_BYTES:
            return ()
        params: dict[str, Param] = {"used_mb": used // 1_000_000, "most_mb": MONTH_BYTES // 1_000_000}
        key = "networks.budget_near" if self._traffic.left else "networks.budget_used"
        return (Notice("networks.budget", "site", Reason(key, params)),)

    def dump(self) -> dict[str, Json]:
        """What must survive a restart."""
        return {KEPT: budget.dump(self._traffic)} if self.fitted else {}

    def recall(self, kept: Any) -> None:
        """Go on counting from what :meth:`dump` gave. Raises ValueError."""
        if kept:
            self._traffic = budget.load(kept)

    async def close(self) -> None:
        """Leave the networks as they are."""
        if self._port is not None:
            await self._port.close()

    def _fitted(self) -> Networks:
        if self._port is None:
            raise CommandRefused(Reason("networks.not_fitted"))
        return self._port

    def _wanted(self, action: Action, value: object) -> Awaitable[None]:
        port = self._fitted()
        match action, value:
            case Action.JOIN_WIFI, JoinWifi():
                return port.join(value)
            case Action.SET_ETHERNET, SetEthernet():
                return port.ethernet(value)
            case Action.SET_MOBILE, SetMobile():
                return port.mobile(value)
            case Action.SET_HOTSPOT, SetHotspot():
                return port.open_hotspot(value)
        raise CommandRefused(Reason("networks.value"))

    async def _asked(self, asked: Awaitable[Told]) -> Told:
        try:
            return await asked
        except DeviceError as error:
            raise CommandRefused(error.reason) from error

    def _tell(self, kind: str, author: str, reason: Reason, data: dict[str, Param | None]) -> None:
        self._on_event(Event(self._clock.now().utc, kind, author, "site", "info", reason, data))


def _using(kind: LinkKind | None) -> Reason:
    return Reason(f"event.networks.using.{kind or 'none'}")
