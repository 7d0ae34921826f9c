"""The ports of a site: small abilities, whatever wire or simulator stands behind them (G-128, EM-346).

Each adapter passes the same contract tests. All calls raise :class:`~ohmstead.core.model.errors.DeviceError`
when the device did not do what was asked, within the adapter's own deadline; none blocks longer.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, TypeGuard, runtime_checkable

from ohmstead.core.model.authorization import AuthorizationSignal
from ohmstead.core.model.evse import BoardCommands, BoardIdentity, BoardSnapshot
from ohmstead.core.model.loads import MeasuredPoint
from ohmstead.core.model.networks import AccessPoint, JoinWifi, Link, LinkKind, SetEthernet, SetHotspot, SetMobile
from ohmstead.core.model.points import SlotSettings
from ohmstead.core.model.quantities import GridType, Phase
from ohmstead.core.model.readings import Reading
from ohmstead.core.model.sampled import FlickerSeverity, PowerQuality, ProposedWiring, VoltageEvent


class Meter(Protocol):
    """Something that measures."""

    async def read(self) -> Reading:
        """One fresh Reading: W, var, V, A, Hz; counters in J; phases named as the site names them."""
        ...

    async def close(self) -> None:
        """Give back the wire. A closed meter is not read again."""
        ...


@runtime_checkable
class TalkativeMeter(Protocol):
    """A meter that spreads what is rarely needed over many reads."""

    async def read_in_full(self) -> Reading:
        """One Reading with everything the device tells, however long that takes."""
        ...


@runtime_checkable
class RadioMeter(Protocol):
    """A meter that reports by radio to the device it is read from."""

    async def pair(self) -> None:
        """Let that device accept the next transmitter that asks, in place of the one it knows."""
        ...


@runtime_checkable
class SampledMeter(Protocol):
    """A meter that knows the waveforms."""

    @property
    def spokesman(self) -> str:
        """The device that tells what concerns all that share its front end."""
        ...

    def happened(self) -> Sequence[VoltageEvent | FlickerSeverity]:
        """What happened to the supply since the last call, if this is the device that tells it."""
        ...

    async def quality(self, at: datetime, grid_type: GridType) -> PowerQuality:
        """Harmonics, phasors and waveforms at this moment."""
        ...

    async def proposal(self, mains_known: bool, heaters: tuple[str, ...] = ()) -> ProposedWiring:
        """What the data say about the phases and directions of all circuits of its front end; nothing is changed.

        ``heaters`` are circuits of which somebody says that a kettle or the like was switched.
        """
        ...


@runtime_checkable
class PointedMeter(Protocol):
    """A meter that is made of measuring points of a box."""

    def measured(self) -> tuple[MeasuredPoint, ...]:
        """Its points as of its latest reading; none before the first."""
        ...

    def installed_anew(self) -> None:
        """Its box was set up just now; what is remembered of that is asked for again."""
        ...

    def bus_has(self, points: frozenset[int]) -> None:
        """The points (from 1) that hubs on the box's bus have; what the others show counts for nothing."""
        ...


class Installation(Protocol):
    """A Power Box for who installs it. Slots count from 0 but in settings."""

    async def install(self, wanted: Sequence[SlotSettings], phases: Sequence[Phase]) -> int:
        """Let each slot of ``wanted`` be as it says; how many were otherwise. ``phases`` are behind its terminals."""
        ...

    async def differing(self, wanted: Sequence[SlotSettings], phases: Sequence[Phase]) -> int:
        """How many slots are otherwise than ``wanted`` says. Nothing is written."""
        ...

    async def points(self) -> tuple[frozenset[int] | None, int]:
        """The points (from 1) of the hubs and cores that answer on its bus, and how many those count, used or not.

        ``None`` where the box tells nothing of its bus.
        """
        ...

    async def identify(self, slot: int, on: bool) -> None:
        """Let the light of the transformer at ``slot`` blink, or end that."""
        ...

    async def close(self) -> None:
        """Give the line back."""
        ...


class EvseBoard(Protocol):
    """The electronics of an own charger."""

    async def identify(self) -> BoardIdentity:
        """What the board is and can do; asked once per connection."""
        ...

    async def read(self) -> BoardSnapshot:
        """One coherent look at the board."""
        ...

    async def command(self, commands: BoardCommands) -> None:
        """Pass all commands, in one transaction where the board can, and renew the lease where it has one."""
        ...

    async def close(self) -> None:
        """Give back the wire; the board then opens by itself when the lease ends.

        A board without a lease is told to stop before, if it can still be reached.
        """
        ...


@runtime_checkable
class Paced(Protocol):
    """A board that cannot be asked as often as the pilot loop would."""

    @property
    def period_s(self) -> float:
        """Seconds from one look to the next, at least."""
        ...


class CardReader(Protocol):
    """What reads RFID cards at a charger."""

    async def next(self) -> str:
        """The next card that is held to it, waited for as long as it takes, once each time it is held there.

        As hexadecimal digits, or as the reader has it. Raises DeviceGarbled for a card whose number it cannot make out.
        """
        ...

    async def answer(self, signal: AuthorizationSignal) -> None:
        """Tell whoever holds the card by sound or light, where the reader has any."""
        ...

    async def close(self) -> None:
        """Give back the line."""
        ...


class Networks(Protocol):
    """The networks of the machine itself. Whatever is changed holds, or what was before does; raises DeviceError."""

    async def links(self) -> tuple[Link, ...]:
        """Every link that the machine has, Ethernet first, then Wi-Fi, then mobile."""
        ...

    async def hotspot(self) -> str | None:
        """The name of the machine's own Wi-Fi while it is open."""
        ...

    async def scan(self) -> tuple[AccessPoint, ...]:
        """The Wi-Fi networks in reach, the strongest first."""
        ...

    async def join(self, wifi: JoinWifi) -> None:
        """Join a Wi-Fi."""
        ...

    async def ethernet(self, wanted: SetEthernet) -> None:
        """Set the wire."""
        ...

    async def mobile(self, wanted: SetMobile) -> None:
        """Set the modem."""
        ...

    async def open_hotspot(self, wanted: SetHotspot) -> None:
        """Open the machine's own Wi-Fi, or close it."""
        ...

    async def forget(self) -> None:
        """Let everything that was set here go; the wire then asks DHCP."""
        ...

    async def prefer(self, kind: LinkKind) -> None:
        """Send what goes out over ``kind`` from now on."""
        ...

    async def close(self) -> None:
        """Leave them as they are."""
        ...


@runtime_checkable
class Connected(Protocol):
    """A meter or board that hangs on a connection, of its own or shared."""

    @property
    def reconnects(self) -> int:
        """How often the connection was made anew."""
        ...


_SAMPLED: dict[type, bool] = {}


def samples(meter: Meter) -> TypeGuard[SampledMeter]:
    """Whether ``meter`` knows the waveforms; asked after each reading, so each kind of meter is looked at once."""
    kind = type(meter)
    if kind not in _SAMPLED:
        _SAMPLED[kind] = isinstance(meter, SampledMeter)
    return _SAMPLED[kind]


def reconnects(port: Meter | EvseBoard) -> int | None:
    """How often the connection of ``port`` was made anew; None when it has none that could tell."""
    return port.reconnects if isinstance(port, Connected) else None


def pace(board: EvseBoard) -> float:
    """Seconds from one look at ``board`` to the next, at least; 0 for one that answers at any pace."""
    return board.period_s if isinstance(board, Paced) else 0.0
