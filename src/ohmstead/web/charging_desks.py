"""What the web asks of a house about charging: sessions and prices, modes and why, other ways, the cluster."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from ohmstead.core.backtest.comparison import Comparison
from ohmstead.core.control.timeline import Timeline
from ohmstead.core.model.chargers import ChargerOptions
from ohmstead.core.model.charges import Charge, Counters, Minute, Price, Tariff
from ohmstead.core.model.clustered import ClusterShown
from ohmstead.core.model.events import AccessRole, Action
from ohmstead.core.model.reasons import Reason


class KeptSession(Protocol):
    """A session with its minutes."""

    @property
    def charge(self) -> Charge:
        """The session."""
        ...

    @property
    def minutes(self) -> Sequence[Minute]:
        """Its minutes."""
        ...


class SessionDesk(Protocol):
    """Sessions and prices. The site's own satisfies it; what changes raises CommandRefused, what reads StoreError."""

    @property
    def tariff(self) -> Tariff:
        """All prices."""
        ...

    def running(self) -> Sequence[KeptSession]:
        """All that run, as if they ended now."""
        ...

    async def ended(self, chargers: Sequence[str], start: datetime, end: datetime) -> Sequence[Charge]:
        """Sessions with energy that ran in [start, end), the newest first."""
        ...

    async def one(self, id: str) -> KeptSession | None:
        """The session of this id."""
        ...

    def counters(self, charger: str) -> Mapping[str, Counters]:
        """``total`` and ``partial``."""
        ...

    async def begin_anew(self, charger: str, author: str, role: AccessRole) -> None:
        """The partial counters start at zero."""
        ...

    async def set_price(self, price: Price, currency: str, author: str, role: AccessRole) -> Price:
        """Let ``price`` hold from its time on."""
        ...

    async def recalculate(self, start: datetime, author: str, role: AccessRole) -> int:
        """Count sessions from ``start`` on anew; returns how many changed."""
        ...


class WhatIfDesk(Protocol):
    """Other ways of charging on the site's past. The site's own satisfies it."""

    @property
    def comparison(self) -> Comparison:
        """The one that runs, or ran last."""
        ...

    def begin(self, charger: str, days: int, role: AccessRole) -> None:
        """Compare the last ``days`` of ``charger``. Raises CommandRefused."""
        ...


class ModesDesk(Protocol):
    """What people set on chargers, and why they gave what they gave. The site's own satisfies it."""

    def options_of(self, charger: str) -> ChargerOptions:
        """What people set on ``charger``, which exists."""
        ...

    async def timelines(self, charger: str, start: datetime, end: datetime) -> tuple[Timeline, ...]:
        """What was explained of the sessions of ``charger`` in [start, end), oldest first. Raises StoreError."""
        ...


class ClusterDoor(Protocol):
    """The cluster. The site's own satisfies it; what changes raises CommandRefused."""

    def shown(self) -> ClusterShown:
        """As it is now."""
        ...

    def locked(self, action: Action, target: str) -> Reason | None:
        """Why only the master of this site takes ``action`` on ``target``, if so."""
        ...

    async def add(self, name: str, member: Mapping[str, object], author: str, role: AccessRole) -> None:
        """Lead another charger; ``member`` is its section in ``site.toml``."""
        ...

    async def remove(self, name: str, author: str, role: AccessRole) -> None:
        """Lead that member no more."""
        ...

    async def change_member(self, name: str, change: Mapping[str, object], author: str, role: AccessRole) -> None:
        """Let what ``change`` names of its section be so from now on."""
        ...

    async def share(self, change: Mapping[str, object], author: str, role: AccessRole) -> None:
        """Let ``limit_a`` and ``name``, as far as ``change`` has them, be so from now on."""
        ...

    async def begin(self, cluster: Mapping[str, object], author: str, role: AccessRole) -> None:
        """Be the master or the slave of ``cluster``."""
        ...

    async def leave(self, author: str, role: AccessRole) -> None:
        """Stand alone."""
        ...

    def open_pairing(self, author: str, role: AccessRole) -> None:
        """Let the next master that asks lead this charger."""
        ...
