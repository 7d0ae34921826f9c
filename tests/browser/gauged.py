"""Voltage, current and power factor of a device whose power is known, as its meter would have told them by phase."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ohmstead.core.model.quantities import Phase
from ohmstead.core.model.series import Gauge, Gauged, GaugeKind

VOLTAGE_V = 231.0
SHARES = {1: (1.0,), 3: (0.46, 0.24, 0.30)}
POWER_FACTOR = 0.96


def gauges(
    starts_ms: NDArray[np.int64], power_w: NDArray[np.float64], phases: Sequence[Phase], kinds: Sequence[GaugeKind]
) -> dict[Gauge, Gauged]:
    """The gauges of ``kinds`` for each of ``phases``, which share ``power_w``."""
    found = {}
    for nth, (phase, share) in enumerate(zip(phases, SHARES[len(phases)], strict=True)):
        watts = power_w * share
        voltage = VOLTAGE_V + 3.0 * np.sin(starts_ms / 9e6 + nth) - watts / 1500
        current = np.abs(watts) / voltage / POWER_FACTOR
        shown = {
            GaugeKind.POWER: (watts, 0.05 * np.abs(watts)),
            GaugeKind.VOLTAGE: (voltage, np.full_like(voltage, 1.4)),
            GaugeKind.CURRENT: (current, 0.05 * current),
            GaugeKind.POWER_FACTOR: (np.full_like(voltage, POWER_FACTOR), np.full_like(voltage, 0.01)),
        }
        for kind in kinds:
            mean, apart = shown[kind]
            found[Gauge(kind, phase)] = Gauged(mean, mean - apart, mean + apart)
    return found
