"""Front panels and labels of a house in memory: the site's own, on chargers as the house's state has them."""

from collections.abc import Awaitable, Callable, Mapping

from ohmstead.core.model.chargers import ChargerOptions, ChargerReading
from ohmstead.core.model.events import Command
from ohmstead.core.model.evse import BoardIdentity
from ohmstead.core.model.networks import NetworksNow
from ohmstead.core.model.settings import Settings
from ohmstead.core.model.snapshot import SiteState
from ohmstead.core.model.time import Instant
from ohmstead.drivers.clock import Clock
from ohmstead.site.cards import Cards
from ohmstead.site.labels import Labels
from ohmstead.site.panels import Panels
from ohmstead.site.sessions import Sessions

IDENTITY = BoardIdentity(1, "Ohmstead", "simulated board", "SIM-garage", "1.0", rated_current_a=32.0, phases=3)


class Seen:
    """One charger of the state."""

    identity = IDENTITY

    def __init__(self, name: str, state: Callable[[], SiteState | None]) -> None:
        self._name, self._state = name, state

    def reading(self, now: Instant) -> ChargerReading:
        state = self._state()
        assert state is not None
        return state.snapshot.chargers[self._name]


def panels(
    settings: Settings,
    state: Callable[[], SiteState | None],
    options: Mapping[str, ChargerOptions],
    cards: Cards,
    sessions: Sessions,
    submit: Callable[[Command], Awaitable[None]],
    clock: Clock,
    networks: Callable[[], NetworksNow | None] = lambda: None,
) -> Panels:
    """The panels of all chargers of ``settings``."""
    chargers = {name: Seen(name, state) for name in settings.chargers}
    return Panels(lambda: settings, chargers, options, state, cards, sessions, submit, clock, networks)


def labels(settings: Settings, state: Callable[[], SiteState | None]) -> Labels:
    """The labels of all chargers of ``settings``, with a secret that anybody may know."""
    return Labels(settings, {name: Seen(name, state) for name in settings.chargers}, new=lambda count: "5a" * count)
