"""House loads: what each draws at a second of the world, by its pattern, by its seed, or by command."""

import math
from collections.abc import Mapping

from ohmstead.core.model.quantities import PHASES, Phase
from ohmstead.core.plant.noise import label, signed, unit
from ohmstead.core.plant.settings import Cycle, LoadSettings

_DAY_S = 86_400


class Load:
    """One consumer. A command on its switch or its power holds until it is taken back with ``None``."""

    __slots__ = ("_key", "_offset_s", "_seed", "_watts", "forced", "settings")

    def __init__(self, settings: LoadSettings, seed: int) -> None:
        """``seed`` is the world's."""
        self.settings = settings
        self._seed = seed
        self._key = label(settings.name)
        self.forced: bool | None = None
        self._watts = powers(settings.watts, settings.power_factor)
        self._offset_s = 0.0
        if isinstance(settings.pattern, Cycle):
            self._offset_s = unit(seed, self._key) * (settings.pattern.on_s + settings.pattern.off_s)

    def set_powers(self, drawn: tuple[complex, complex, complex]) -> None:
        """Draw these powers from now on, VA per phase."""
        self._watts = drawn

    def is_on(self, second: int, second_of_day: int) -> bool:
        """Whether the load is on, at a second of the world and of the UTC day."""
        if self.forced is not None:
            return self.forced
        pattern = self.settings.pattern
        if isinstance(pattern, bool):
            return pattern
        if isinstance(pattern, Cycle):
            return (second + self._offset_s) % (pattern.on_s + pattern.off_s) < pattern.on_s
        return any((second_of_day - start) % _DAY_S < duration for start, duration in pattern.spans)

    def drawn(self, second: int, second_of_day: int) -> tuple[complex, complex, complex] | None:
        """Power per phase in VA, or ``None`` when the load is off."""
        if not self.is_on(second, second_of_day):
            return None
        noise = self.settings.noise
        if not noise:
            return self._watts
        factor = 1.0 + noise * signed(self._seed, self._key, second)
        one, two, three = self._watts
        return one * factor, two * factor, three * factor


def powers(
    watts: Mapping[Phase, float], power_factor: float = 1.0, vars_: Mapping[Phase, float] | None = None
) -> tuple[complex, complex, complex]:
    """Watts per phase as complex power: reactive from ``vars_`` if given, else lagging by ``power_factor``."""
    slope = math.tan(math.acos(power_factor))
    one, two, three = (
        complex(watts.get(phase, 0.0), watts.get(phase, 0.0) * slope if vars_ is None else vars_.get(phase, 0.0))
        for phase in PHASES
    )
    return one, two, three
