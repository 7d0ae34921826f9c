"""What the waveforms of an oven on two points of a front end show."""

import cmath
import math
from datetime import UTC, datetime
from typing import Literal

from ohmstead.core.model.quantities import Phase
from ohmstead.core.model.sampled import (
    CircuitValues,
    CloseLook,
    FlickerSeverity,
    PointValues,
    PowerQuality,
    Second,
    Spectrum,
    VoltageEvent,
)
from ohmstead.core.model.time import Instant

AT = Instant(datetime(2026, 6, 21, 10, 15, 3, tzinfo=UTC), 1000.0)


def _spectrum(name: str, phase: Phase | None, unit: Literal["V", "A"], size: float, angle: float) -> Spectrum:
    harmonics = (0.0, size, 0.0, 0.1 * size, 0.0, 0.05 * size, *(0.0,) * 35)
    turned = cmath.rect(size, angle)
    waveform = tuple(math.sqrt(2) * size * math.cos(0.1178 * n + angle) for n in range(160))
    return Spectrum(name, phase, unit, 1.006 * size, harmonics, (turned.real, turned.imag), waveform)


_POINT = PointValues(3, "L2", 230.2, 8.7, 2000.0, 12.0, 2003.0, 110.0, 0.9985, 1.0, 0.02, 0.11)
QUALITY = PowerQuality(
    "oven",
    AT.utc,
    "3x400+N",
    Second(
        *(1.0, 1.0, 50.01, (230.2, 229.8, 231.0), (398.9, 399.4, None), 0.004, 0.002, True, (), {}),
        running=(VoltageEvent("swell", (2,), 30.0, 2.5, 259.0, whole=False),),
    ),
    CircuitValues(2000.0, 12.0, 0.9985, 5_000, 0, {}, (_POINT,)),
    CloseLook(
        50.01,
        0.000375,
        tuple(_spectrum(f"U{n + 1}", None, "V", 230.0, -2.0944 * n) for n in range(3)),
        (_spectrum("4", "L2", "A", 8.7, -2.1), _spectrum("5", "L3", "A", 0.0, 0.0)),
    ),
    "grid",
    (
        VoltageEvent("dip", (1,), AT.utc.timestamp() - 60, 0.12, 171.3),
        VoltageEvent("swell", (0,), AT.utc.timestamp() - 4000, 0.04, 260.0, whole=False),
        VoltageEvent("interruption", (0, 1, 2), AT.utc.timestamp() - 90_000, 42.5, 1.2),
    ),
    tuple(
        FlickerSeverity(AT.utc.timestamp() // 600 * 600 - 600 * n, (0.4 + 0.02 * n, 0.38, None if n == 3 else 0.52))
        for n in range(20)
    ),
)
