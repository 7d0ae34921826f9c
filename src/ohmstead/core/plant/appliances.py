"""What the household's machines are: settings of those that run a program or follow a thermostat.

Frozen values; how they move is in :mod:`ohmstead.core.plant.household` and :mod:`ohmstead.core.plant.heat_pump`.
Seconds of a day are those of the UTC day.
"""

from dataclasses import dataclass

from ohmstead.core.model.quantities import PHASES, Phase


@dataclass(frozen=True, slots=True)
class KettleSettings:
    """Boils ``litres`` at each of ``starts`` (seconds of the UTC day), or when it is switched on.

    2.2 kW and 1.7 l are usual on a plug of 13 or 16 A; how long it takes follows from the water.
    """

    name: str
    phase: Phase = "L1"
    power_w: float = 2200.0
    litres: float = 1.0
    starts: tuple[float, ...] = ()
    circuit: str = "grid"


@dataclass(frozen=True, slots=True)
class OvenSettings:
    """Keeps ``setpoint_c`` in each of ``spans`` (start and duration in seconds of the UTC day), or while on by hand."""

    name: str
    phase: Phase = "L1"
    power_w: float = 2500.0
    setpoint_c: float = 180.0
    spans: tuple[tuple[float, float], ...] = ()
    circuit: str = "grid"


@dataclass(frozen=True, slots=True)
class WashingMachineSettings:
    """Runs its program at each of ``starts`` (seconds of the UTC day), or when it is switched on."""

    name: str
    phase: Phase = "L1"
    heater_w: float = 2000.0
    motor_w: float = 600.0
    """At full spin."""
    wash_c: float = 40.0
    starts: tuple[float, ...] = ()
    circuit: str = "grid"


@dataclass(frozen=True, slots=True)
class HeatPumpSettings:
    """An air-to-water heat pump with a fixed-speed compressor, its buffer tank, and the house behind it.

    ``loss_w_per_k`` is the heat the house loses for each degree between ``room_c`` and outside. ``inrush`` is how
    many times the running current flows for ``inrush_s`` when the compressor starts.
    """

    name: str
    phases: tuple[Phase, ...] = PHASES
    power_w: float = 2200.0
    power_factor: float = 0.9
    loss_w_per_k: float = 220.0
    room_c: float = 20.0
    flow_c: float = 35.0
    buffer_litres: float = 300.0
    inrush: float = 5.0
    inrush_s: float = 0.3
    hot_water: tuple[float, ...] = ()
    """When the tank of ``tank_litres`` is heated, in seconds of the UTC day."""
    tank_litres: float = 200.0
    circuit: str = "grid"


ApplianceSettings = KettleSettings | OvenSettings | WashingMachineSettings | HeatPumpSettings
