"""What a driver hands over: one Reading per device and poll."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ohmstead.core.model.changing import quick
from ohmstead.core.model.details import Details
from ohmstead.core.model.quantities import Phase, Quality
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.time import Instant


@quick
@dataclass(frozen=True, slots=True)
class PhaseReading:
    """The electrical values of one phase. ``current_a`` is a magnitude unless the meter gives a sign."""

    voltage_v: float | None = None
    current_a: float | None = None
    power_w: float | None = None
    reactive_power_var: float | None = None
    power_factor: float | None = None


UtilityKind = Literal["gas", "water"]


@dataclass(frozen=True, slots=True)
class UtilityCounter:
    """What a gas or water meter behind the device has counted, as that meter shows it."""

    kind: UtilityKind
    volume_m3: float
    counted_ml: int | None = None
    """The site's own counter in millilitres: it never goes backwards, whatever that meter does."""


@dataclass(frozen=True, slots=True)
class Supply:
    """What only the supply's own meter counts."""

    demand_w: float | None = None
    """Mean import of the running quarter of an hour, as the capacity tariff counts it."""
    demand_peak_w: float | None = None
    """The highest such mean of the month."""
    utilities: tuple[UtilityCounter, ...] = ()


@dataclass(frozen=True, slots=True)
class Battery:
    """What a battery holds. Percentages go from 0 to 100."""

    charge_percent: float | None = None
    """State of charge, of what can be used."""
    health_percent: float | None = None
    """State of health: what is left of the capacity it had when new."""
    capacity_j: int | None = None
    available_j: int | None = None


@quick
@dataclass(frozen=True, slots=True)
class Reading:
    """One look at one device.

    Sums belong to the whole device, ``phases`` to its single phases, named as the *site* names them. The two
    energies are the meter's own counters in joules: they may reset or roll over, accounting sees to that.
    Values that the device does not offer, or that were implausible, are ``None``; ``problem`` then says why.
    """

    device: str
    at: Instant
    quality: Quality = Quality.GOOD
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
    """What a driver had to decide by itself, such as between sources that differ about a register; no fault."""
    warnings: tuple[Reason, ...] = ()
    """What wants a person's attention although the values are good."""
    counted_since: Instant | None = None
    """When the two counters were zero, for a device whose counters begin with each start of the site."""
    details: Details = field(default_factory=dict)
    battery: Battery | None = None
    current_step_a: float = 0.0
    """The last digit of its currents where that is known: many supply meters tell whole amperes."""
