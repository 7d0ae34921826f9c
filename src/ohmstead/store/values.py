"""What goes into the store and what comes out of it, besides the series of ``core.model.series``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ohmstead.core.model.changing import quick
from ohmstead.core.model.details import Quantity
from ohmstead.core.model.events import Event
from ohmstead.core.model.quantities import PHASES, Phase
from ohmstead.core.model.readings import PhaseReading, Supply
from ohmstead.core.model.series import DEMAND, DEMAND_PEAK, FLICKER, FLICKER_STEPS, utilities
from ohmstead.core.model.snapshot import Snapshot

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]


@quick
@dataclass(frozen=True, slots=True)
class Sample:
    """One channel at one tick: the site's own counters, which never go backwards, and what is measured now.

    Of a meter of gas or water the import counts millilitres (``core.model.series``).
    """

    energy_import_j: int | None = None
    energy_export_j: int | None = None
    power_w: float | None = None
    power_factor: float | None = None
    phases: Mapping[Phase, PhaseReading] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TailRow:
    """All channels of a site at one tick.

    ``at`` is UTC by the wall clock of the site, which may jump; ``monotonic_s`` is the same moment on the clock that
    only moves forward, by which jumps are known; ``synchronised`` is what the system said of its clock. ``None``: not
    known.
    """

    at: datetime
    channels: Mapping[str, Sample]
    monotonic_s: float | None = None
    synchronised: bool | None = None

    @classmethod
    def of(cls, snapshot: Snapshot) -> "TailRow":
        """What is recorded of ``snapshot``: every channel and every charger under its own name."""
        channels = {
            name: Sample(
                channel.energy_import_j,
                channel.energy_export_j,
                channel.power_w,
                channel.power_factor,
                channel.phases,
            )
            for name, channel in snapshot.channels.items()
        }
        for name, channel in snapshot.channels.items():
            if channel.supply is not None:
                channels |= _beside(name, channel.supply)
            for phase, pst in channel.details.get(Quantity.FLICKER_PST, {}).items():
                channels[f"{name}.{FLICKER[PHASES.index(phase)]}"] = Sample(power_w=FLICKER_STEPS * pst)
        for name, charger in snapshot.chargers.items():
            channels[name] = Sample(charger.energy_j, None, charger.power_w, phases=charger.phases)
        return cls(snapshot.at.utc, channels, snapshot.at.monotonic_s)


def _beside(name: str, supply: Supply) -> Mapping[str, Sample]:
    found = {series: Sample(one.counted_ml) for series, one in utilities(name, supply)}
    for series, power_w in ((DEMAND, supply.demand_w), (DEMAND_PEAK, supply.demand_peak_w)):
        if power_w is not None:
            found[f"{name}.{series}"] = Sample(power_w=power_w)
    return found


@dataclass(frozen=True, slots=True)
class Document:
    """A thing with a name that people or the site change now and then: a setting, a device, a card, a session."""

    kind: str
    id: str
    body: Json
    author: str


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document as the store holds it. ``version`` counts from 1; ``body`` is ``None`` in the change that deleted."""

    kind: str
    id: str
    body: Json
    author: str
    at: datetime
    version: int
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event with the number it was given; a later one has a larger number."""

    number: int
    event: Event


@dataclass(frozen=True, slots=True)
class EventPage:
    """Events, newest first. ``older`` is what to pass as ``before`` for the next page; ``None`` at the end."""

    events: tuple[StoredEvent, ...]
    older: int | None


@dataclass(frozen=True, slots=True)
class LastState:
    """Where the site was when it last committed: what a restart goes on from."""

    at: datetime | None = None
    counters: Mapping[str, Sample] = field(default_factory=dict)
    memory: Mapping[str, Json] = field(default_factory=dict)
