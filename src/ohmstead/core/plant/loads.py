"""House loads: what each draws at a second of the world, by its pattern, by its seed, or by command."""

import math
from collections.abc import Mapping
from math import inf

from ohmstead.core.model.quantities import PHASES, Phase
from ohmstead.core.plant.noise import label, signed, unit
from ohmstead.core.plant.settings import Cycle, LoadSettings

_DAY_S = 86_400


class Load:
    """One consumer. A command on its switch or its power holds until it is taken back with ``None``."""

    __slots__ = ("_forced", "_key", "_offset_s", "_on", "_same_until", "_seed", "_watts", "settings")

    def __init__(self, settings: LoadSettings, seed: int) -> None:
        """``seed`` is the world's."""
        self.settings = settings
        self._seed = seed
        self._key = label(settings.name)
        self._forced: bool | None = None
        self._on = False
        self._same_until: float = -1
        """The first second for which the pattern must be asked again; before the first look, any."""
        self._watts = powers(settings.watts, settings.power_factor)
        self._offset_s = 0.0
        if isinstance(settings.pattern, Cycle):
            self._offset_s = unit(seed, self._key) * (settings.pattern.on_s + settings.pattern.off_s)

    @property
    def forced(self) -> bool | None:
        """What someone's hand set the switch to; ``None`` while the pattern holds."""
        return self._forced

    @forced.setter
    def forced(self, on: bool | None) -> None:
        self._forced = on
        self._same_until = -1

    @property
    def same_until(self) -> float:
        """The first second at which it may go on or off by itself, as last looked at."""
        return self._same_until

    def set_powers(self, drawn: tuple[complex, complex, complex]) -> None:
        """Draw these powers from now on, VA per phase."""
        self._watts = drawn

    def is_on(self, second: int, second_of_day: int) -> bool:
        """Whether the load is on, at a second of the world and of the UTC day."""
        if second >= self._same_until:
            self._on, self._same_until = self._look(second, second_of_day)
        return self._on

    def _look(self, second: int, second_of_day: int) -> tuple[bool, float]:
        """Whether the load is on, and from which second on it may be otherwise."""
        if self._forced is not None:
            return self._forced, inf
        pattern = self.settings.pattern
        if isinstance(pattern, bool):
            return pattern, inf
        if isinstance(pattern, Cycle):
            place = (second + self._offset_s) % (pattern.on_s + pattern.off_s)
            on = place < pattern.on_s
            rest_s = (pattern.on_s if on else pattern.on_s + pattern.off_s) - place
            return on, second + max(1, int(rest_s))
        on, rest_s = False, float(_DAY_S)
        for start, duration in pattern.spans:
            place = (second_of_day - start) % _DAY_S
            on = on or place < duration
            rest_s = min(rest_s, (duration if place < duration else _DAY_S) - place)
        return on, second + max(1, int(rest_s))

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
