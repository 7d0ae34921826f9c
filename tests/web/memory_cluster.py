"""The cluster of a house in memory: the real door and desk, over settings that the house holds."""

from collections.abc import Callable

from ohmstead.core.model.events import Event
from ohmstead.core.model.settings import Settings
from ohmstead.drivers.clock import Clock
from ohmstead.site.cluster.desk import ClusterDesk
from ohmstead.site.cluster.door import ClusterDoor


def clustered(
    settings: Callable[[], Settings],
    take: Callable[[Settings], None],
    clock: Clock,
    on_event: Callable[[Event], None] = lambda _: None,
) -> tuple[ClusterDoor, ClusterDesk]:
    """Its door and its desk; ``take`` lets other settings hold in the house. No line is opened to anybody."""
    desk = ClusterDesk(settings(), clock, on_event)

    async def hold(after: Settings, author: str) -> None:
        del author
        take(after)
        desk.configure(after)

    return ClusterDoor(desk, clock, settings, hold, on_event), desk
