"""What a driver hands over: one Reading per device and poll."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ohmstead.core.model.quantities import Phase, Quality
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.time import Instant


@dataclass(frozen=True, slots=True)
class PhaseReading:
    """The electrical values of one phase. ``current_a`` is a magnitude unless the meter gives a sign."""

    voltage_v: float | None = None
    current_a: float | None = None
    power_w: float | None = None
    reactive_power_var: float | None = None
    power_factor: float | None = None


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
    notes: tuple[Reason, ...] = ()
    """What a driver had to decide by itself, such as between sources that differ about a register; no fault."""
