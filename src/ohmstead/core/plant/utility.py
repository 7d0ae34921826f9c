"""A gas or water meter: what is taken by the day, a little different each day, counted in pulses."""

from ohmstead.core.plant.noise import label, signed
from ohmstead.core.plant.settings import UtilitySettings

_DAY_S = 86_400
_VARIES = 0.2


class Utility:
    """``volume_m3`` is what the dial shows; it never runs backwards."""

    __slots__ = ("_key", "_seed", "_taken_m3", "settings")

    def __init__(self, settings: UtilitySettings, seed: int) -> None:
        """At its first reading."""
        self.settings = settings
        self._key = label(settings.name)
        self._seed = seed
        self._taken_m3 = 0.0

    @property
    def volume_m3(self) -> float:
        """What has flowed since the meter was made."""
        return self.settings.start_m3 + self._taken_m3

    @property
    def pulses(self) -> int:
        """Given since the start of the world, one for each full ``pulse_m3``."""
        return int(self._taken_m3 / self.settings.pulse_m3 + 1e-9)

    def step(self, second: int, second_of_day: int) -> None:
        """Let the second pass that began at ``second``."""
        for index, draw in enumerate(self.settings.draws):
            since = (second_of_day - draw.start_s) % _DAY_S
            if since < draw.for_s:
                day = (second - int(since)) // _DAY_S
                factor = 1.0 + _VARIES * signed(self._seed, self._key, index, day)
                self._taken_m3 += factor * draw.volume_m3 / draw.for_s
