"""What the web needs to see of a site: the one door through which it looks in and asks for changes."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from ohmstead.core.charging.panel.showing import PanelSeen
from ohmstead.core.commissioning.confirming import ConfirmedPoint
from ohmstead.core.model.authorization import Card, Learning
from ohmstead.core.model.corrections import Corrected, Correction
from ohmstead.core.model.events import AccessRole, Command, Event
from ohmstead.core.model.hands import Hand
from ohmstead.core.model.health import DeviceStatistics, Health
from ohmstead.core.model.labels import AccessData
from ohmstead.core.model.loads import BoxState, LivePoint, LoadConfiguration, Refusal, Version
from ohmstead.core.model.networks import AccessPoint, NetworksNow
from ohmstead.core.model.panel import Button
from ohmstead.core.model.quantities import Phase
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.sampled import PowerQuality, ProposedWiring
from ohmstead.core.model.series import Columns, GaugeKind, Span
from ohmstead.core.model.settings import Settings
from ohmstead.core.model.snapshot import SiteState
from ohmstead.core.model.validation import Progress, Validation, ValidationReport
from ohmstead.core.model.verification import Verification
from ohmstead.drivers.clock import Clock
from ohmstead.web.charging_desks import ClusterDoor, ModesDesk, SessionDesk, WhatIfDesk


class NumberedEvent(Protocol):
    """An event with its number in the record; a later one has a larger number."""

    @property
    def number(self) -> int:
        """Its number."""
        ...

    @property
    def event(self) -> Event:
        """What happened."""
        ...


class EventPage(Protocol):
    """Events, newest first. The store's own page satisfies it."""

    @property
    def events(self) -> Sequence[NumberedEvent]:
        """The events."""
        ...

    @property
    def older(self) -> int | None:
        """What to pass as ``before`` for the next page; ``None`` at the end."""
        ...


class PowerQualities(Protocol):
    """What is known of waveforms. All calls raise CommandRefused with a reason a person can use."""

    async def of(self, device: str) -> PowerQuality:
        """Of ``device``, which exists."""
        ...

    async def proposal(self, device: str, mains_known: bool, heaters: tuple[str, ...] = ()) -> ProposedWiring:
        """For all circuits that share the front end of ``device``, which exists.

        ``heaters`` are circuits of which a person says that a kettle or the like was switched there.
        """
        ...

    async def confirm(self, points: Sequence[ConfirmedPoint], author: str, role: AccessRole) -> None:
        """Let ``points`` be measured as an installer confirms them."""
        ...


class ValidationDesk(Protocol):
    """The validation of the installation by multimeter. The site's own satisfies it."""

    @property
    def validation(self) -> Validation:
        """What was measured so far."""
        ...

    @property
    def progress(self) -> Progress:
        """How far it is."""
        ...

    async def measured(
        self, target: str, phase: Phase, against: Phase, voltage_v: float, author: str, role: AccessRole
    ) -> None:
        """Take one reading of the multimeter. Raises CommandRefused."""
        ...

    @property
    def reports(self) -> Mapping[str, ValidationReport]:
        """Of each validation that was done, by its id, the last first."""
        ...

    def report(self) -> ValidationReport:
        """How it stands at this moment."""
        ...

    async def again(self, everything: bool, author: str, role: AccessRole) -> None:
        """Measure the supply again, as after a swap, or all of it. Raises CommandRefused."""
        ...


class CardDesk(Protocol):
    """The cards of the site. The site's own satisfies it; what changes raises CommandRefused."""

    @property
    def cards(self) -> Sequence[Card]:
        """All of them, in the order they were added."""
        ...

    def name(self, number: str) -> str:
        """What the card is or was called."""
        ...

    def learning(self, charger: str) -> Learning:
        """Whether a card is waited for at ``charger``, and how that ended last."""
        ...

    def learn(self, charger: str, author: str, role: AccessRole) -> Learning:
        """Wait for a card at ``charger``."""
        ...

    def forget(self, charger: str, role: AccessRole) -> None:
        """Wait no longer."""
        ...

    async def add(self, text: str, name: str, author: str, role: AccessRole) -> Card:
        """Add the card of that number."""
        ...

    async def change(self, number: str, name: str | None, blocked: bool | None, author: str, role: AccessRole) -> Card:
        """Call it otherwise, block or reactivate it."""
        ...

    async def remove(self, number: str, author: str, role: AccessRole) -> None:
        """It authorises no more."""
        ...


class LabelDesk(Protocol):
    """The labels of the chargers. The site's own satisfies it."""

    def of(self, charger: str, role: AccessRole) -> AccessData:
        """What stands on the label of ``charger``, which exists. Raises CommandRefused."""
        ...


class SilentLoads(Protocol):
    """Loads that show nothing. The site's own satisfies it."""

    def saw(self, load: str, running: bool, role: AccessRole) -> None:
        """A person says that ``load`` runs, or takes it back. Raises CommandRefused."""
        ...


class LoadDesk(Protocol):
    """The load configuration. The site's own satisfies it."""

    @property
    def configuration(self) -> LoadConfiguration:
        """What holds."""
        ...

    @property
    def version(self) -> Version:
        """Which one that is."""
        ...

    @property
    def versions(self) -> tuple[Version, ...]:
        """Those that were kept and the one that holds, newest first."""
        ...

    @property
    def boxes(self) -> Mapping[str, BoxState]:
        """How far each box is with it."""
        ...

    def examine(self, wanted: LoadConfiguration) -> tuple[tuple[Refusal, ...], tuple[Refusal, ...]]:
        """Why ``wanted`` cannot be, and what of it is near its end."""
        ...

    async def change(self, wanted: LoadConfiguration, based_on: int, author: str, role: AccessRole) -> None:
        """Let ``wanted`` hold, made from version ``based_on``. Raises CommandRefused."""
        ...

    async def apply(self, author: str, role: AccessRole) -> None:
        """Send it to every box once more. Raises CommandRefused."""
        ...

    async def identify(self, box: str, point: int | None, role: AccessRole) -> None:
        """Let a transformer blink, or none of the box. Raises CommandRefused."""
        ...

    def live(self) -> tuple[LivePoint, ...]:
        """Every point at this moment."""
        ...

    @property
    def silent(self) -> SilentLoads:
        """Those that show nothing."""
        ...


class PanelDesk(Protocol):
    """The front panels of the chargers. The site's own satisfies it; the charger exists."""

    def seen(self, charger: str) -> PanelSeen:
        """The panel at this moment."""
        ...

    async def hold(self, charger: str, held: frozenset[Button], hand: Hand) -> PanelSeen:
        """These buttons are held now. Raises CommandRefused while somebody else holds some."""
        ...

    def knock(self, charger: str) -> None:
        """Somebody tapped the unit."""
        ...

    def mute(self, charger: str) -> None:
        """The alarm is to be silent."""
        ...


class CorrectionDesk(Protocol):
    """Corrections of the record. The site's own satisfies it."""

    async def correct(self, wanted: Correction, author: str, role: AccessRole) -> Corrected:
        """Carry out ``wanted``. Raises CommandRefused with a reason a person can use, StoreError."""
        ...

    async def made(self) -> tuple[Corrected, ...]:
        """All corrections, newest first. Raises StoreError."""
        ...


class NetworkDesk(Protocol):
    """The machine's own networks. The site's own satisfies it."""

    @property
    def fitted(self) -> bool:
        """Whether anybody here manages them."""
        ...

    @property
    def problem(self) -> Reason | None:
        """Why the links are not known at this moment."""
        ...

    @property
    def now(self) -> NetworksNow:
        """As last seen."""
        ...

    async def scan(self, role: AccessRole) -> tuple[AccessPoint, ...]:
        """The Wi-Fi networks in reach. Raises CommandRefused."""
        ...


class House(Protocol):
    """A running site. All calls are made on its own event loop."""

    @property
    def settings(self) -> Settings:
        """What the installer wrote."""
        ...

    @property
    def clock(self) -> Clock:
        """The site's clock."""
        ...

    @property
    def power_quality(self) -> PowerQualities:
        """Waveforms, harmonics and disturbances."""
        ...

    def state(self) -> SiteState | None:
        """The latest state; ``None`` before the first tick."""
        ...

    def changes(self) -> AsyncIterator[SiteState]:
        """Each new state as it comes; a slow consumer gets only the latest. Ends when the site stops."""
        ...

    async def submit(self, command: Command) -> None:
        """Carry out ``command``. Raises CommandRefused with a reason a person can use."""
        ...

    def verify(self, charger: str, author: str, role: AccessRole) -> None:
        """Begin the guided test of the grid meter on ``charger``. Raises CommandRefused."""
        ...

    def verification(self, charger: str) -> Verification:
        """How far that test is, and its last report."""
        ...

    @property
    def correcting(self) -> CorrectionDesk:
        """Corrections of what was recorded."""
        ...

    @property
    def validating(self) -> ValidationDesk:
        """The validation of the installation by multimeter."""
        ...

    @property
    def loads(self) -> LoadDesk:
        """The load configuration."""
        ...

    async def read(
        self,
        channels: Sequence[str],
        span: Span,
        start: datetime,
        end: datetime,
        quantities: Sequence[GaugeKind] = (),
    ) -> Mapping[str, Columns]:
        """What was recorded in [start, end), with the gauges of ``quantities``. Raises StoreError."""
        ...

    async def events(self, before: int | None, limit: int) -> EventPage:
        """The latest ``limit`` events with a number below ``before``, newest first. Raises StoreError."""
        ...

    @property
    def cards(self) -> CardDesk:
        """The cards of the site."""
        ...

    @property
    def labels(self) -> LabelDesk:
        """The labels of the chargers."""
        ...

    @property
    def cluster(self) -> ClusterDoor:
        """What this site is in a cluster of chargers."""
        ...

    @property
    def sessions(self) -> SessionDesk:
        """Sessions and prices."""
        ...

    @property
    def panels(self) -> PanelDesk:
        """The front panels of the chargers."""
        ...

    @property
    def modes(self) -> ModesDesk:
        """What people set on chargers, and why they gave what they gave."""
        ...

    @property
    def what_if(self) -> WhatIfDesk:
        """Other ways of charging on the site's past."""
        ...

    @property
    def networks(self) -> NetworkDesk:
        """The machine's own networks."""
        ...

    def health(self) -> Health:
        """How its parts are now."""
        ...

    def statistics(self) -> Mapping[str, DeviceStatistics]:
        """What each device and charger gave since start."""
        ...
