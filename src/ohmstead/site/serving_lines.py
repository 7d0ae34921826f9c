"""The lines on which others read this site, and those on which a master leads it, while the site runs."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING

from ohmstead.core.model.events import Event
from ohmstead.core.model.health import HealthPart, ServedStatistics
from ohmstead.core.model.serving import ServeSettings
from ohmstead.core.model.settings import Settings
from ohmstead.core.model.snapshot import SiteState
from ohmstead.drivers.clock import Clock
from ohmstead.site.cluster.desk import ClusterDesk
from ohmstead.site.managing import Managing
from ohmstead.site.orders import Orders
from ohmstead.site.supervision import LONG_PAUSE_S, Supervisor

if TYPE_CHECKING:  # what servers need is loaded only where one is wanted
    from ohmstead.site.serving import Serving

_Wanted = tuple[tuple[ServeSettings, ...], object]


class ServingLines:
    """The hand that opens them, and opens them anew when this site becomes a slave or is one no more."""

    def __init__(
        self,
        supervisor: Supervisor,
        desk: ClusterDesk,
        latest: Callable[[], SiteState | None],
        clock: Clock,
        note: Callable[[Event], None],
    ) -> None:
        """Nothing is open yet."""
        self._supervisor, self._desk = supervisor, desk
        self._latest, self._clock, self._note = latest, clock, note
        self._serving: Serving | None = None
        self._opened: _Wanted = ((), None)

    async def follow(
        self, settings: Callable[[], Settings], managing: Managing, orders: Orders, act: Callable[[], None]
    ) -> None:
        """Let the lines be those that ``settings`` and the role in the cluster want."""
        wanted: _Wanted = (settings().serve, self._desk.following)
        if wanted == self._opened:
            return
        if self._serving is not None:
            for listen in self._serving.lines:
                await self._supervisor.end(f"serve {listen}")
        self._serving, self._opened = None, wanted
        if wanted == ((), None):
            return
        await self._clock.outside(asyncio.to_thread(import_module, "ohmstead.site.serving"))
        from ohmstead.site.serving import Serving
        from ohmstead.site.serving_chargers import Steering

        steering = Steering(managing, orders, act, settings, self._desk.following, self._desk.check)
        self._serving = Serving(settings(), self._latest, self._clock, self._note, steering)
        for listen, line in self._serving.lines.items():
            self._supervisor.start(f"serve {listen}", line.run, longest_pause_s=LONG_PAUSE_S)

    def parts(self) -> Iterator[HealthPart]:
        """Whether each line is open."""
        return iter(()) if self._serving is None else self._serving.parts()

    def statistics(self) -> Mapping[str, ServedStatistics]:
        """What was done on each."""
        return {} if self._serving is None else self._serving.statistics()
