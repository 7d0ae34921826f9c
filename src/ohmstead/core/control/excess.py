"""Is a limit of the supply exceeded, so that a decision must be made at once (G-018)?

Asked after each reading of the grid meter, up to ten times a second: a few comparisons, no memory of its own.
"""

from ohmstead.core.control.grid import at_worst, phase_current
from ohmstead.core.control.inputs import ControlSettings, known
from ohmstead.core.control.memory import ControlMemory
from ohmstead.core.model.quantities import Quality
from ohmstead.core.model.readings import Reading
from ohmstead.core.model.snapshot import Channel


def excess(grid: Reading | Channel, settings: ControlSettings, memory: ControlMemory) -> bool:
    """Whether ``grid`` shows more than a limit allows while some charger holds a grant that could be lowered."""
    if grid.quality is not Quality.GOOD or not any(charger.granted_a > 0 for charger in memory.chargers.values()):
        return False
    site = settings.settings.site
    total, phases = at_worst(grid.power_w, grid.phases, settings)
    power = known(total)
    if site.contract_power_w is not None and power is not None and power > site.contract_power_w:
        return True
    if site.phase_limit_a is None:
        return False
    currents = (phase_current(phase, site.grid_type) for phase in phases.values())
    return any(current is not None and current > site.phase_limit_a for current in currents)


def circuit_excess(device: str, seen: Reading | Channel, settings: ControlSettings, memory: ControlMemory) -> bool:
    """Whether the circuit that ``device`` measures shows more than its limit while some charger holds a grant."""
    circuit = next((one for one in settings.settings.circuits.values() if one.meter == device), None)
    if circuit is None or seen.quality is not Quality.GOOD:
        return False
    if not any(charger.granted_a > 0 for charger in memory.chargers.values()):
        return False
    power = known(seen.power_w)
    if circuit.limit_w is not None and power is not None and power > circuit.limit_w:
        return True
    limit_a = circuit.limit_a
    currents = (phase_current(phase, settings.settings.site.grid_type) for phase in seen.phases.values())
    return limit_a is not None and any(current is not None and current > limit_a for current in currents)
