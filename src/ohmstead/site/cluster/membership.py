"""Members that come and go while the master runs (EV-291, G-071): their lines open and close, the others go on."""

import asyncio
from contextlib import suppress
from functools import partial

from ohmstead.core.model.chargers import ChargerOptions
from ohmstead.core.model.errors import ConfigurationError, DeviceError
from ohmstead.core.model.settings import ChargerSettings, Settings
from ohmstead.drivers.cluster_member import ClusterMember
from ohmstead.site.charger_port import ChargerPort
from ohmstead.site.cluster.desk import ClusterDesk
from ohmstead.site.cluster.member import Member
from ohmstead.site.options import first_options
from ohmstead.site.supervision import Supervisor

FAREWELL_S = 3.0
"""A member that is removed is told so within this time, or finds out by itself."""


class Membership:
    """The hand that changes members. ``ports`` and ``options`` are the house's own."""

    def __init__(
        self,
        desk: ClusterDesk,
        ports: dict[str, ChargerPort],
        options: dict[str, ChargerOptions],
        supervisor: Supervisor,
    ) -> None:
        """Nothing is changed yet."""
        self._desk, self._ports, self._options = desk, ports, options
        self._supervisor = supervisor

    async def change(self, before: Settings, after: Settings) -> None:
        """From ``before`` to ``after``. Raises ConfigurationError; then nothing is changed."""
        wanted = {name: one for name, one in after.chargers.items() if one.member}
        there = {name: one for name, one in before.chargers.items() if one.member}
        opened: dict[str, ClusterMember] = {}
        try:
            for name, one in wanted.items():
                if there.get(name) != one:
                    opened[name] = self._desk.line(name, one)
        except ConfigurationError:
            for line in opened.values():
                await line.close()
            raise
        for name, one in there.items():
            if name not in wanted or name in opened:
                await self._end(name, for_good=name not in wanted or wanted[name].board != one.board)
        self._desk.configure(after)
        for name, line in opened.items():
            self._begin(name, wanted[name], line)

    def _begin(self, name: str, settings: ChargerSettings, line: ClusterMember) -> None:
        self._options.setdefault(name, first_options(settings))
        port = self._desk.member(name, settings, partial(self._options.__getitem__, name), line)
        self._ports[name] = port
        self._desk.let_ask(port)
        self._supervisor.start(f"pilot {name}", port.run)

    async def _end(self, name: str, *, for_good: bool) -> None:
        await self._supervisor.end(f"pilot {name}")
        port = self._ports.pop(name)
        if for_good:
            if isinstance(port, Member):
                with suppress(DeviceError, TimeoutError):  # else it falls back, and is taken out at its own site
                    async with asyncio.timeout(FAREWELL_S):
                        await port.released()
            self._options.pop(name, None)
        await port.close()
