"""A vehicle at the end of the charging cable: pilot in, resistance and current out (EV-306, IEC 61851-1 A.6).

It follows a new offer after its lag with its ramp (sequence 6: within 5 s), and drops its load and opens S2
within 3 s when the PWM stops (10.1). With a full battery it stays in state B.
"""

from collections import deque
from typing import Literal

from ohmstead.core.model.evse import PilotMode
from ohmstead.core.plant.pilot import offered_a
from ohmstead.core.plant.settings import CarSettings

FOLLOW_S = 5.0
STOP_S = 2.0
"""A stopped PWM is obeyed after this time at the latest, so that ramp and S2 fit into 3 s."""
_STOP_RAMP_S = 0.5
_RAMP_A_PER_S = 8.0
_S2_CLOSE_S = 0.5
_SOFT_START_S = 1.0
_SIMPLIFIED_A = 10.0
_NEVER = float("inf")
_JOULES_PER_KWH = 3_600_000.0

CarLevel = Literal["A", "B", "C", "D"]


class Car:
    """One vehicle. ``current_a`` flows on each of its phases, ``level`` is what its resistors show."""

    __slots__ = (
        "_accepted_a",
        "_asleep",
        "_idle_s",
        "_live_phases",
        "_live_s",
        "_pending",
        "_ramp_a_per_s",
        "_s2",
        "_s2_wait_s",
        "_scared",
        "_seen_a",
        "_time_s",
        "current_a",
        "plugged",
        "settings",
        "stored_j",
    )

    def __init__(self, settings: CarSettings) -> None:
        """A parked car, not plugged in. Raises ValueError for one slower than the standard lets it be."""
        most_a = settings.max_current_a * settings.overdraw
        left_s = FOLLOW_S - settings.lag_s
        ramp = settings.ramp_a_per_s or (max(_RAMP_A_PER_S, most_a / left_s) if left_s > 0 else _NEVER)
        if settings.lag_s < 0 or settings.lag_s + most_a / ramp > FOLLOW_S + 1e-9:
            raise ValueError(
                f"car: got lag_s={settings.lag_s:g} and ramp_a_per_s={ramp:g}, {settings.lag_s + most_a / ramp:.1f} s "
                f"to {most_a:g} A; allowed: {FOLLOW_S:g} s; lower lag_s, or leave ramp_a_per_s out"
            )
        self._ramp_a_per_s = ramp
        self.settings = settings
        self.stored_j = settings.charged_kwh * _JOULES_PER_KWH
        self.plugged = False
        self._reset()

    def _reset(self) -> None:
        self.current_a = 0.0
        self._s2 = False
        self._s2_wait_s = 0.0
        self._live_s = 0.0
        self._live_phases = 0
        self._scared = False
        self._time_s = 0.0
        self._seen_a = 0.0
        self._accepted_a = 0.0
        self._asleep = False
        self._idle_s = 0.0
        self._pending: deque[tuple[float, float]] = deque()

    @property
    def level(self) -> CarLevel:
        """A when away, B when connected, C (or D when it wants ventilation) with S2 closed."""
        if not self.plugged:
            return "A"
        if not self._s2 and not self.settings.simplified:
            return "B"
        return "D" if self.settings.ventilation else "C"

    @property
    def full(self) -> bool:
        """Whether the battery takes no more."""
        return self.stored_j >= self.settings.battery_kwh * _JOULES_PER_KWH

    def plug(self) -> None:
        """Arrive with the charge that the settings name, and put the cable in."""
        if not self.plugged:
            self._reset()
            self.stored_j = self.settings.charged_kwh * _JOULES_PER_KWH
            self.plugged = True

    def unplug(self) -> None:
        """Pull the cable out, under load if need be."""
        self._reset()
        self.plugged = False

    def step(self, dt_s: float, mode: PilotMode, duty_percent: float, live_v: float, live: int = 3) -> None:
        """Let ``dt_s`` pass with this pilot and ``live_v`` volts on its first phase (0 with the contactor open).

        ``live`` is how many phases of the cable then have voltage.
        """
        if not self.plugged:
            return
        self._time_s += dt_s
        if self.settings.sleeps_s is not None:
            self._doze(dt_s, mode, self.settings.sleeps_s)
        self._read(mode, duty_percent)
        while self._pending and self._pending[0][0] <= self._time_s + 1e-9:
            self._accepted_a = self._pending.popleft()[1]
        if live_v > 100.0 and live != self._live_phases:
            self._scared = self._scared or (self.settings.phase_shy and self._live_phases > 0)
            self._live_phases = live
        self._switch(dt_s)
        self._draw(dt_s, live_v, min(live, self.settings.phases))

    def calm_s(self, mode: PilotMode, duty_percent: float, live: bool) -> float:
        """Seconds for which nothing will change by itself; 0 while something moves."""
        if not self.plugged:
            return _NEVER
        if self.settings.sleeps_s is not None:
            return 0.0
        if self._offer(mode, duty_percent) != self._seen_a or self._wants != self._s2:
            return 0.0
        if self.current_a != self._target_a(live):
            return 0.0
        return max(0.0, self._pending[0][0] - self._time_s) if self._pending else _NEVER

    @property
    def _wants(self) -> bool:
        return self._accepted_a > 0.0 and not (self.full or self.settings.simplified or self._scared)

    def _doze(self, dt_s: float, mode: PilotMode, sleeps_s: float) -> None:
        if mode in (PilotMode.FAULT, PilotMode.OFF):
            self._asleep, self._idle_s = False, 0.0
        elif mode is PilotMode.PWM and not self._asleep:
            self._idle_s = 0.0
        else:
            self._idle_s += dt_s
            self._asleep = self._asleep or self._idle_s >= sleeps_s

    def _offer(self, mode: PilotMode, duty_percent: float) -> float:
        offer = 0.0 if self._asleep else offered_a(mode, duty_percent)
        if offer >= self.settings.min_current_a - 1e-9:
            return offer
        return self._seen_a if self.settings.ignores_stop else 0.0

    def _read(self, mode: PilotMode, duty_percent: float) -> None:
        offer = self._offer(mode, duty_percent)
        if offer == self._seen_a:
            return
        self._seen_a = offer
        due = self._time_s + (self.settings.lag_s if offer else min(self.settings.lag_s, STOP_S))
        while self._pending and self._pending[-1][0] > due:
            self._pending.pop()
        self._pending.append((due, offer))

    def _switch(self, dt_s: float) -> None:
        if self._wants and not self._s2:
            self._s2_wait_s += dt_s
            self._s2 = self._s2_wait_s >= _S2_CLOSE_S
        elif not self._wants and self._s2 and self.current_a <= 0.0:
            self._s2 = False
        if self._s2 or not self._wants:
            self._s2_wait_s = 0.0

    def _target_a(self, live: bool) -> float:
        if self.settings.simplified:
            return min(_SIMPLIFIED_A, self.settings.max_current_a) if live and not self.full else 0.0
        if not (live and self._s2 and self._wants):
            return 0.0
        return min(self._accepted_a * self.settings.overdraw, self.settings.max_current_a * self.settings.overdraw)

    def _draw(self, dt_s: float, live_v: float, phases: int) -> None:
        live = live_v > 100.0
        self._live_s = self._live_s + dt_s if live else 0.0
        if not live:
            self.current_a = 0.0
            return
        target = self._target_a(live)
        if target > self.current_a:
            if self._live_s >= _SOFT_START_S:
                self.current_a = min(target, self.current_a + self._ramp_a_per_s * dt_s)
        elif target < self.current_a:
            ramp = self._ramp_a_per_s
            if not target:
                ramp = max(ramp, self.settings.max_current_a * self.settings.overdraw / _STOP_RAMP_S)
            self.current_a = max(target, self.current_a - ramp * dt_s)
        power = live_v * self.current_a * phases * self.settings.power_factor
        self.stored_j += power * self.settings.efficiency * dt_s
