"""The frozen picture of a site: what was sensed at one instant, and what was made of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ohmstead.core.model.changing import quick
from ohmstead.core.model.chargers import ChargerOptions, ChargerReading
from ohmstead.core.model.details import Details
from ohmstead.core.model.grants import Explanation, Grant, Notice
from ohmstead.core.model.quantities import Phase, Quality, Role
from ohmstead.core.model.readings import Battery, PhaseReading, Supply
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.time import Instant


@quick
@dataclass(frozen=True, slots=True)
class Channel:
    """One load, source or meter at the instant of the snapshot.

    ``energy_import_j`` and ``energy_export_j`` are the site's own counters: they never go backwards, whatever
    the meter's do. Electrical values are ``None`` unless ``quality`` is good.
    """

    role: Role
    quality: Quality
    age_s: float | None = None
    power_w: float | None = None
    reactive_power_var: float | None = None
    power_factor: float | None = None
    frequency_hz: float | None = None
    energy_import_j: int | None = None
    energy_export_j: int | None = None
    phases: Mapping[Phase, PhaseReading] = field(default_factory=dict)
    problem: Reason | None = None
    supply: Supply | None = None
    rhythm_s: float | None = None
    """How often the device speaks by itself; ``None`` for one that is asked."""
    notes: tuple[Reason, ...] = ()
    """What the driver decided by itself, such as between sources that differ about a register; no fault."""
    details: Details = field(default_factory=dict)
    battery: Battery | None = None
    part_of: str | None = None
    """The load whose measurement holds this one too."""


@quick
@dataclass(frozen=True, slots=True)
class Flows:
    """Power of the site in watts (EM-243, EM-246). ``None`` where a needed measurement is missing.

    All are of one moment, which may lie a little before the channels' latest values: grid + production + battery =
    consumption = measured + unmeasured.
    """

    grid_w: float | None = None
    production_w: float | None = None
    battery_w: float | None = None
    consumption_w: float | None = None
    unmeasured_w: float | None = None
    measured_w: float | None = None
    """What the measured circuits and the chargers take of the consumption."""


@quick
@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the site knows at one instant; the only input of a decision besides settings and memory."""

    at: Instant
    channels: Mapping[str, Channel]
    chargers: Mapping[str, ChargerReading] = field(default_factory=dict)
    flows: Flows = field(default_factory=Flows)


@quick
@dataclass(frozen=True, slots=True)
class SiteState:
    """A snapshot with what was decided on it: what people are shown."""

    snapshot: Snapshot
    grants: Mapping[str, Grant] = field(default_factory=dict)
    options: Mapping[str, ChargerOptions] = field(default_factory=dict)
    attention: tuple[Notice, ...] = ()
    explanations: Mapping[str, Explanation] = field(default_factory=dict)
