"""A battery behind its inverter, which keeps the grid near a target by its own look at it (zero export).

Power is positive when it charges. The inverter corrects itself once a second by what the grid showed a second ago,
with a first-order lag, as hybrid inverters do whose meter answers once a second. What it holds changes by the
alternating power times the efficiency on the way in, divided by it on the way out; half of the losses each way.
Round trips of 0.85 to 0.92 and a standby of 5 to 20 W are what HTW Berlin's yearly *Stromspeicher-Inspektion*
measures in homes.
"""

import math

from ohmstead.core.plant.settings import BatterySettings

_JOULES_PER_KWH = 3_600_000.0
_RECONNECT_S = 60.0
"""It watches the mains this long before it feeds again (EN 50549-1)."""


class Battery:
    """``power_w`` flows into it now; ``stored_j`` is what it holds."""

    __slots__ = ("_each_way", "_share", "_wait_s", "power_w", "settings", "stored_j")

    def __init__(self, settings: BatterySettings) -> None:
        """Resting, charged as the settings say."""
        self.settings = settings
        self.stored_j = settings.charge * settings.capacity_kwh * _JOULES_PER_KWH
        self.power_w = 0.0
        self._each_way = math.sqrt(settings.efficiency)
        self._share = 1.0 - math.exp(-1.0 / settings.lag_s) if settings.lag_s > 0 else 1.0
        self._wait_s = 0.0

    @property
    def capacity_j(self) -> float:
        """What it can hold."""
        return self.settings.capacity_kwh * _JOULES_PER_KWH

    @property
    def charge(self) -> float:
        """What it holds, from 0 to 1."""
        return self.stored_j / self.capacity_j

    @property
    def cells_w(self) -> float:
        """What of ``power_w`` reaches the cells, or leaves them."""
        return self.power_w * self._each_way if self.power_w > 0 else self.power_w / self._each_way

    def hold(self, energised: bool, dt_s: float) -> None:
        """Let ``dt_s`` pass at the present power."""
        if energised:
            self.stored_j += self.cells_w * dt_s
        self.stored_j = max(0.0, self.stored_j - self.settings.standby_w * dt_s)
        self._wait_s = max(0.0, self._wait_s - dt_s) if energised else _RECONNECT_S

    def correct(self, grid_w: float) -> None:
        """Choose the power of the next second; ``grid_w`` is what flows from the grid now, this battery included."""
        settings = self.settings
        if self._wait_s > 0:
            self.power_w = 0.0
            return
        wanted = self.power_w + (settings.target_w - grid_w) * self._share
        room_w = (self.capacity_j - self.stored_j) / self._each_way
        left_w = (self.stored_j - settings.reserve * self.capacity_j) * self._each_way
        most, least = min(settings.charge_w, max(room_w, 0.0)), min(settings.discharge_w, max(left_w, 0.0))
        self.power_w = min(max(wanted, -least), most)
