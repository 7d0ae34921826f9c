"""A heat pump that heats a house by the weather: its compressor is on or off, its buffer tank says when.

Below the heating limit of 15 °C outside the house takes heat from the tank in proportion to how cold it is. The
compressor starts when the tank is ``BAND_K`` below its temperature and stops as far above; it runs and rests at least
``LEAST_S``, which keeps starts below six an hour. Its heat is the electricity times the coefficient of performance,
``CARNOT`` of what Carnot allows between the air outside and the flow: 3.9 at 2 °C and 35 °C, as units on the market
have at that point of EN 14511. Starting directly, it draws for a fraction of a second several times its current at a
low power factor (IEC 60034-12 lets design N motors take 5 to 8 times). Below 5 °C frost grows on the outer coil:
after 60 minutes of running, the middle of the 30, 60 and 90 that control timers offer, it turns round for some
minutes and takes the heat to melt it out of the tank (freedomhvacal.com, *What is a defrost cycle*).
"""

from ohmstead.core.model.quantities import PHASES
from ohmstead.core.plant.appliances import HeatPumpSettings
from ohmstead.core.plant.household import WATER_J, Appliance, Now, Powers, lagging

BAND_K = 2.5
LEAST_S = 300
HEATING_LIMIT_C = 15.0
CARNOT = 0.42
FROST_BELOW_C = 5.0
FROST_AFTER_S = 3600
DEFROST_S = 300
_DEFROST_SHARE = 0.6
_MELT_PER_W = 2.0
_MOST, _LEAST = 7.0, 1.5
_START_FACTOR = 0.35
_HOT_C = 55.0
_HOT_RISE_K = 10.0
_DAY_S = 86_400
_KELVIN = 273.15


class HeatPump(Appliance):
    """Compressor, tank and house. ``heat_j`` is all it has given, less what defrosting took back."""

    __slots__ = (
        "_began_s",
        "_defrost_s",
        "_frost_s",
        "_hot_j",
        "_rested_s",
        "_settings",
        "_starts",
        "heat_j",
        "taken_j",
        "tank_c",
    )

    def __init__(self, settings: HeatPumpSettings) -> None:
        """Resting, its tank as warm as it should be."""
        super().__init__(settings.name, settings.circuit)
        self._settings = settings
        self._starts = {round(start) % _DAY_S for start in settings.hot_water}
        self.tank_c = settings.flow_c
        self.heat_j = 0.0
        self.taken_j = 0.0
        """What the house and the hot water have been given."""
        self._began_s: float | None = None
        self._rested_s = LEAST_S
        self._frost_s = 0
        self._defrost_s = 0
        self._hot_j = 0.0

    @property
    def again_at_s(self) -> float | None:
        """When the inrush is over."""
        if self._began_s is None or self._last > self._began_s:
            return None
        return self._began_s + self._settings.inrush_s

    def performance(self, outside_c: float) -> float:
        """Heat for each unit of electricity."""
        flow = _HOT_C if self._hot_j > 0 else self._settings.flow_c
        lift = flow - outside_c
        best = (flow + _KELVIN) / lift if lift > 1 else _MOST / CARNOT
        return min(max(CARNOT * best, _LEAST), _MOST)

    def _move(self, now: Now) -> None:
        settings = self._settings
        self._flow(now)
        if now.second_of_day in self._starts:
            self._hot_j = settings.tank_litres * WATER_J * _HOT_RISE_K
        if not now.live:
            self._stop()
        elif self._began_s is not None:
            ran_s = now.second - self._began_s
            if self.forced is False or (self.forced is None and ran_s >= LEAST_S and self._enough()):
                self._stop()
        elif self.forced or (self.forced is None and self._rested_s >= LEAST_S and self._too_little(now.outside_c)):
            self._began_s = now.second

    def _flow(self, now: Now) -> None:
        """One second of heat: from the air into the tank, from the tank into the house, or back to melt the frost."""
        settings = self._settings
        given = 0.0
        if self._began_s is None or not now.live:
            self._rested_s += 1
        elif self._defrost_s > 0:
            given = -settings.power_w * _DEFROST_SHARE * _MELT_PER_W
            self._defrost_s -= 1
        else:
            given = settings.power_w * self.performance(now.outside_c)
            self._frost_s += now.outside_c < FROST_BELOW_C
            if self._frost_s >= FROST_AFTER_S:
                self._frost_s, self._defrost_s = 0, DEFROST_S
        hot = min(given, self._hot_j) if given > 0 else 0.0
        self._hot_j -= hot
        cold = now.outside_c < HEATING_LIMIT_C and self.tank_c > settings.room_c
        taken = settings.loss_w_per_k * (settings.room_c - now.outside_c) if cold else 0.0
        self.heat_j += given
        self.taken_j += taken + hot
        self.tank_c += (given - hot - taken) / (settings.buffer_litres * WATER_J)

    def _enough(self) -> bool:
        return self.tank_c >= self._settings.flow_c + BAND_K and self._hot_j <= 0

    def _too_little(self, outside_c: float) -> bool:
        cold = outside_c < HEATING_LIMIT_C and self.tank_c <= self._settings.flow_c - BAND_K
        return cold or self._hot_j > 0

    def _stop(self) -> None:
        if self._began_s is not None:
            self._began_s, self._rested_s = None, 0

    def _powers(self, now: Now) -> Powers | None:
        settings = self._settings
        if self._began_s is None:
            return None
        power = settings.power_w * (_DEFROST_SHARE if self._defrost_s > 0 else 1.0)
        drawn = complex(power, lagging(power, settings.power_factor))
        if now.at_s < self._began_s + settings.inrush_s - 1e-9:
            surge = settings.inrush * settings.power_w / settings.power_factor
            drawn = complex(surge * _START_FACTOR, lagging(surge * _START_FACTOR, _START_FACTOR))
        each = drawn / len(settings.phases)
        one, two, three = (each if phase in settings.phases else 0j for phase in PHASES)
        return one, two, three
