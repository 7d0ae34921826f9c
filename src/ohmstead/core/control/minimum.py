"""The least power a car charges with, as people are told it (G-013, EV-181).

In come the measured voltages of the phases the vehicle uses, or of the installation's while that is unknown; out goes
max(the guide's figure, 6 A × their sum). Limits of the supply compare with 6.0 A exactly and never with this power.
"""

from collections.abc import Mapping, Sequence

from ohmstead.core.model.quantities import MINIMUM_CURRENT_A

GUIDE_W: Mapping[int, float] = {1: 1_400.0, 3: 4_000.0}
"""By number of phases. The guide names none for two."""


def minimum_power_w(voltages_v: Sequence[float | None]) -> float | None:
    """In watts; ``None`` without phases, or while the voltage of one is not measured."""
    known = [volts for volts in voltages_v if volts is not None]
    if not known or len(known) < len(voltages_v):
        return None
    return max(GUIDE_W.get(len(known), 0.0), MINIMUM_CURRENT_A * sum(known))
