"""What a charging mode wants, one file per mode (EV-096). Off is no mode but ``enabled = False`` (G-134)."""

from collections.abc import Callable, Mapping

from ohmstead.core.control.modes import fast
from ohmstead.core.model.chargers import ChargingMode

WANTS: Mapping[ChargingMode, Callable[[], float]] = {"fast": fast.wanted}
"""Per mode, what it wants in ampere per phase."""
