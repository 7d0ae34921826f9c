"""May this be the grid meter? Asked of the first readings with another model, before it is taken over (EV-178).

A wrong table at a right address gives numbers, but not those of a grid connection. In come a Reading and the settings;
out goes the first thing that cannot be true or that the limits need and is not there, or None.
"""

from math import isfinite

from ohmstead.core.model.quantities import NOMINAL_VOLTAGE_V, Quality
from ohmstead.core.model.readings import PhaseReading, Reading
from ohmstead.core.model.reasons import Param, Reason
from ohmstead.core.model.settings import Settings

VOLTAGE_V = (0.35 * NOMINAL_VOLTAGE_V, 2.7 * NOMINAL_VOLTAGE_V)
"""From 120 V less a third to 600 V between conductors: every grid type, none of the usual wrong decodings."""
FREQUENCY_HZ = (45.0, 65.0)
SHARE, SLACK_W = 1.15, 60.0
"""Active power is at most voltage times current, but for what lies between two looks."""


def doubt(reading: Reading, model: str, settings: Settings) -> Reason | None:
    """Why ``reading`` is none of a grid meter, in words; ``None`` when nothing speaks against it."""
    if reading.quality is not Quality.GOOD:
        return reading.problem or Reason("meter_trial.bad", {"model": model})
    frequency = reading.frequency_hz
    if frequency is not None and not FREQUENCY_HZ[0] <= frequency <= FREQUENCY_HZ[1]:
        return Reason("meter_trial.frequency", {"model": model, "frequency_hz": frequency})
    if reading.power_w is None or not isfinite(reading.power_w):
        return Reason("meter_trial.power", {"model": model})
    for phase, values in reading.phases.items():
        found = _doubt_of_phase(phase, values, model)
        if found is not None:
            return found
    return _lacking(reading, model, settings)


def _doubt_of_phase(phase: str, values: PhaseReading, model: str) -> Reason | None:
    voltage, current, power = values.voltage_v, values.current_a, values.power_w
    if voltage is not None and not VOLTAGE_V[0] <= voltage <= VOLTAGE_V[1]:
        return Reason("meter_trial.voltage", {"model": model, "phase": phase, "voltage_v": voltage})
    if voltage is None or current is None or power is None:
        return None
    if not abs(power) <= SHARE * voltage * abs(current) + SLACK_W:
        params: dict[str, Param] = {
            "model": model,
            "phase": phase,
            "power_w": power,
            "voltage_v": voltage,
            "current_a": current,
        }
        return Reason("meter_trial.inconsistent", params)
    return None


def _lacking(reading: Reading, model: str, settings: Settings) -> Reason | None:
    """What the limits of this site need of the phases that chargers are wired to."""
    site = settings.site
    wired = {phase for charger in settings.chargers.values() for phase in charger.phases} & set(site.phases)
    for phase in sorted(wired):
        values = reading.phases.get(phase, PhaseReading())
        if site.main_fuse_a is not None and (values.current_a is None or values.power_w is None):
            return Reason("meter_trial.lacks_current", {"model": model, "phase": phase})
        if site.contract_power_w is not None and values.voltage_v is None:
            return Reason("meter_trial.lacks_voltage", {"model": model, "phase": phase})
    return None
