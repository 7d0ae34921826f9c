"""The cluster of a house in memory: it leads nobody and is led by nobody."""

from ohmstead.core.model.settings import Settings
from ohmstead.drivers.clock import Clock
from ohmstead.site.cluster.desk import ClusterDesk
from ohmstead.site.cluster.door import ClusterDoor


def alone(settings: Settings, clock: Clock) -> ClusterDoor:
    """Its door, which refuses every change."""

    async def hold(settings: Settings, author: str) -> None:
        raise AssertionError(f"{author} changed {settings.site.id}, which leads no cluster")

    desk = ClusterDesk(settings, clock, lambda _: None)
    return ClusterDoor(desk, clock, lambda: settings, hold, lambda _: None)
