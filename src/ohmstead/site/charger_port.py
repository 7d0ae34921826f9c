"""The charger port: what the house asks of a charger of any kind, and tells it.

An own EVSE (``site.pilot``) and a member of the cluster (``site.cluster.member``) are its kinds.
"""

from collections.abc import Callable
from typing import Any, Protocol

from ohmstead.core.charging.session import Metered
from ohmstead.core.model.authorization import AuthorizationSignal
from ohmstead.core.model.chargers import ChargerReading
from ohmstead.core.model.events import Action
from ohmstead.core.model.evse import BoardIdentity
from ohmstead.core.model.grants import Grant
from ohmstead.core.model.health import DeviceStatistics
from ohmstead.core.model.settings import ChargerSettings
from ohmstead.core.model.time import Instant


class Identified(Protocol):
    """What has a board with a name plate."""

    @property
    def identity(self) -> BoardIdentity | None:
        """What its board says of itself, once that was heard; ``None`` for a board at another site."""
        ...


class ChargerPort(Identified, Protocol):
    """One charger with the grant that it holds."""

    grant: Grant | None

    def configure(self, settings: ChargerSettings, metered: Callable[[], Metered] | None) -> None:
        """Go by ``settings`` from now on; ``metered`` gives the readings of a meter that accounts its energy."""
        ...

    async def run(self) -> None:
        """Hold the charger to its grant for ever."""
        ...

    def give(self, grant: Grant) -> None:
        """Hold ``grant`` from now on; a lower one is passed on at once."""
        ...

    def reading(self, now: Instant) -> ChargerReading:
        """The charger as last seen; stale when that is too long ago, missing before the first look."""
        ...

    def check(self, action: Action, author: str) -> None:
        """Raises CommandRefused where ``ask`` would; nothing is changed here."""
        ...

    def ask(self, action: Action, author: str) -> None:
        """Carry out at once what ``author`` asks of the charger. Raises CommandRefused where it cannot be."""
        ...

    def show_card(self, card: str, valid: bool) -> AuthorizationSignal | None:
        """A card was shown; ``valid`` tells whether it may authorise here. What the charger answers, if it cares."""
        ...

    def statistics(self) -> DeviceStatistics:
        """Turns and failures since the start."""
        ...

    def dump(self, now: Instant) -> dict[str, Any]:
        """What must survive a restart."""
        ...

    def recall(self, kept: Any, now: Instant) -> None:
        """Go on from what ``dump`` gave, or as new. Raises ValueError when it is nothing of that kind."""
        ...

    async def close(self) -> None:
        """Give back the wire."""
        ...
