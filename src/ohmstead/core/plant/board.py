"""The electronics of an EVSE with the autonomy a real board has: it closes when allowed, and opens by itself.

The host passes commands under a lease, of one second in our profile; the board owns whatever must be faster than 100 ms
(IEC 61851-1 tables A.4 and A.6, G-033, G-131). It closes only with permission, live lease, PWM, the car in C or
D for half a second, a diode seen and no fault. It opens at once when the permission, the lease or the car's C/D
goes, on a pilot short, an excess current or any other fault; when the PWM stops it gives the car 6 s to drop its
load and then opens under load. Faults stay latched until a command clears them, but for the lost lease, which
ends with the next renewal.
"""

from ohmstead.core.model.evse import BoardCommands, BoardFault, BoardIdentity, BoardSnapshot, PilotLevel, PilotMode
from ohmstead.core.model.time import Instant
from ohmstead.core.plant.car import CarLevel
from ohmstead.core.plant.energy import EnergyCounter
from ohmstead.core.plant.pilot import offered_a
from ohmstead.core.plant.settings import ChargerSettings

LEVEL_DEBOUNCE_S = 0.04
CLOSE_AFTER_S = 0.5
OPEN_UNDER_LOAD_S = 6.0
FEEDBACK_S = 0.25
EXCESS_SHARE = 1.25
EXCESS_S = 7.0
"""Above EXCESS_SHARE of the offer for this long; more than the 5 s a car may take to follow."""
OVERLOAD_S = 1.0
"""Above EXCESS_SHARE of the board's own rating."""
DIODE_S = 0.05
_AMBIENT_C = 24.0
_HEAT_C_PER_A2 = 0.02
_HEAT_S = 600.0
_NEVER = float("inf")
_NO_CURRENT = (0.0, 0.0, 0.0)
_CHARGING_LEVELS = ("C", "D")
_CONTACT_FAULTS = BoardFault.CONTACTOR_WELDED | BoardFault.CONTACTOR_STUCK_OPEN
_EPS = 1e-9


class Board:
    """One board. Commands in through :meth:`command`, everything seen through :meth:`snapshot`.

    ``causes`` are conditions that someone put there (the Door, a test): a contact that welds or sticks, a pilot
    short, a residual current and so on; the board finds them by its own means.
    """

    __slots__ = (
        "_candidate",
        "_candidate_s",
        "_coil",
        "_commands",
        "_counter",
        "_currents_a",
        "_diode_bad_s",
        "_diode_seen",
        "_energy",
        "_excess_s",
        "_feedback_s",
        "_level",
        "_level_s",
        "_overload_s",
        "_power_w",
        "_stop_s",
        "_temperature_c",
        "_voltages_v",
        "causes",
        "contact",
        "faults",
        "lease_s",
        "powered",
        "settings",
        "uptime_s",
    )

    def __init__(self, settings: ChargerSettings, energy_j: int = 0) -> None:
        """A board that has just been switched on, without a lease."""
        self.settings = settings
        self._energy = EnergyCounter(energy_j)
        self._temperature_c = _AMBIENT_C
        self.causes = BoardFault.NONE
        self.contact = False
        self._boot()

    def _boot(self) -> None:
        self.powered = True
        self.faults = BoardFault.NONE
        self.lease_s = 0.0
        self.uptime_s = 0.0
        self._commands = BoardCommands(PilotMode.STEADY, 100.0, permit_close=False)
        self._counter: int | None = None
        self._coil = False
        self._candidate: PilotLevel = "A"
        self._level: PilotLevel = "A"
        self._candidate_s = self._level_s = 0.0
        self._stop_s = self._excess_s = self._overload_s = self._feedback_s = self._diode_bad_s = 0.0
        self._diode_seen = False
        self._power_w = 0.0
        self._currents_a = (0.0, 0.0, 0.0)
        self._voltages_v = (0.0, 0.0, 0.0)

    def command(self, commands: BoardCommands, counter: int | None = None) -> None:
        """Obey ``commands`` and renew the lease; with a ``counter`` only if that differs from the last one."""
        if not self.powered:
            return
        if counter is not None and counter == self._counter:
            return
        self._counter = counter
        self._commands = commands
        self.lease_s = self.settings.lease_s
        if self.faults:
            self.faults = BoardFault.NONE if commands.clear_faults else self.faults & ~BoardFault.LEASE_LOST

    @property
    def lease_counter(self) -> int:
        """The counter that renewed the lease last; 0 when none did."""
        return self._counter or 0

    @property
    def active(self) -> BoardFault:
        """Those of the faults whose cause is still there; the others are only latched."""
        present = self.causes | BoardFault.LEASE_LOST
        if self._coil != self.contact:
            present |= _CONTACT_FAULTS
        return self.faults & present

    @property
    def pilot_mode(self) -> PilotMode:
        """What is on the pilot now: the host's wish while the lease lives, else no offer; nothing without supply."""
        if not self.powered:
            return PilotMode.OFF
        return self._commands.pilot_mode if self.lease_s > 0.0 else PilotMode.STEADY

    @property
    def duty_percent(self) -> float:
        """Duty on the wire now."""
        mode = self.pilot_mode
        if mode is PilotMode.PWM:
            return self._commands.duty_percent
        return 100.0 if mode is PilotMode.STEADY else 0.0

    def power_down(self) -> None:
        """The supply is gone: the coil drops, everything volatile is forgotten."""
        if self.powered:
            self._boot()
            self.powered = False
        self.contact = self.contact and BoardFault.CONTACTOR_WELDED in self.causes

    def step(
        self,
        dt_s: float,
        car: CarLevel,
        diode_ok: bool,
        voltages_v: tuple[float, float, float],
        currents_a: tuple[float, float, float],
        power_w: float,
    ) -> None:
        """Let ``dt_s`` pass (at most 50 ms while something moves) with these values on the terminals."""
        if not self.powered:
            self._boot()
        self.uptime_s += dt_s
        self._voltages_v, self._currents_a, self._power_w = voltages_v, currents_a, power_w
        self._energy.add(power_w, dt_s)
        heat = _AMBIENT_C + _HEAT_C_PER_A2 * max(currents_a) ** 2
        self._temperature_c += (heat - self._temperature_c) * min(1.0, dt_s / _HEAT_S)
        if self.lease_s > 0.0:
            self.lease_s -= dt_s
            if self.lease_s <= _EPS:
                self.lease_s = 0.0
                self.faults |= BoardFault.LEASE_LOST
        mode = self.pilot_mode
        self._listen(dt_s, self._pilot_voltage(car, mode))
        self._supervise(dt_s, diode_ok, mode)
        self._switch(dt_s, mode)

    def calm_s(self, car: CarLevel) -> float:
        """Seconds for which nothing will change by itself; 0 while something moves."""
        mode = self.pilot_mode
        level = self._pilot_voltage(car, mode)
        if level != self._level or self._candidate != level or self._coil != self.contact:
            return 0.0
        if self._coil and (mode is not PilotMode.PWM or not self._may_close or self._exceeds(mode)):
            return 0.0
        if not self._coil and level in _CHARGING_LEVELS and self._may_close:
            return 0.0
        if (self.causes and self.causes & ~(self.faults | _CONTACT_FAULTS)) or self._checks_diode(mode):
            return 0.0
        return self.lease_s if self.lease_s > 0.0 else _NEVER

    def identity(self) -> BoardIdentity:
        """What the board says about itself."""
        return BoardIdentity(
            profile_version=1,
            vendor="Ohmstead",
            model="simulated board",
            serial=f"SIM-{self.settings.name}",
            firmware="1.0",
            rated_current_a=self.settings.rated_current_a,
            phases=len(self.settings.phases),
            socket=self.settings.cable_rating_a is not None,
        )

    def snapshot(self, at: Instant) -> BoardSnapshot:
        """One coherent look, stamped ``at``."""
        count = len(self.settings.phases)
        one, two, three = self._voltages_v
        a, b, c = self._currents_a
        return BoardSnapshot(
            at=at,
            pilot=self._level,
            pilot_mode=self.pilot_mode,
            duty_percent=self.duty_percent,
            contactor_closed=self.contact,
            proximity_a=None if self._level == "A" else self.settings.cable_rating_a,
            currents_a=(a, b if count > 1 else None, c if count > 2 else None),
            voltages_v=(one, two if count > 1 else None, three if count > 2 else None),
            power_w=self._power_w,
            energy_j=self._energy.import_j,
            faults=self.faults,
            temperature_c=self._temperature_c,
            lease_left_s=self.lease_s,
            uptime_s=self.uptime_s,
        )

    def _pilot_voltage(self, car: CarLevel, mode: PilotMode) -> PilotLevel:
        if self.causes and BoardFault.PILOT_SHORT in self.causes:
            return "E"
        if mode is PilotMode.OFF:
            return "E"
        return "F" if mode is PilotMode.FAULT else car

    def _listen(self, dt_s: float, level: PilotLevel) -> None:
        if level != self._candidate:
            self._candidate, self._candidate_s = level, 0.0
        else:
            self._candidate_s += dt_s
        self._level_s += dt_s
        if level != self._level and self._candidate_s >= LEVEL_DEBOUNCE_S - _EPS:
            self._level, self._level_s = level, 0.0
            self._diode_seen = self._diode_seen and level in ("B", "C", "D")

    def _checks_diode(self, mode: PilotMode) -> bool:
        wired = mode is PilotMode.PWM and self._level in ("B", "C", "D")
        return wired and not self._diode_seen and BoardFault.DIODE not in self.faults

    def _supervise(self, dt_s: float, diode_ok: bool, mode: PilotMode) -> None:
        """Look for faults; each one found stays latched."""
        found = self.causes and self.causes & ~_CONTACT_FAULTS & ~BoardFault.PILOT_SHORT
        if self._level == "E" and mode in (PilotMode.PWM, PilotMode.STEADY):
            found |= BoardFault.PILOT_SHORT
        if self._checks_diode(mode):
            self._diode_bad_s = 0.0 if diode_ok else self._diode_bad_s + dt_s
            self._diode_seen = diode_ok
            if self._diode_bad_s >= DIODE_S - _EPS:
                found |= BoardFault.DIODE
                self._diode_bad_s = 0.0
        current = max(self._currents_a)
        overload = current > EXCESS_SHARE * self.settings.rated_current_a
        self._overload_s = self._overload_s + dt_s if overload else 0.0
        self._excess_s = self._excess_s + dt_s if self._exceeds(mode) else 0.0
        if self._overload_s >= OVERLOAD_S or self._excess_s >= EXCESS_S:
            found |= BoardFault.OVER_CURRENT
            self._overload_s = self._excess_s = 0.0
        self._feedback_s = self._feedback_s + dt_s if self.contact != self._coil else 0.0
        if self._feedback_s >= FEEDBACK_S:
            found |= BoardFault.CONTACTOR_WELDED if self.contact else BoardFault.CONTACTOR_STUCK_OPEN
        if found:
            self.faults |= found

    def _exceeds(self, mode: PilotMode) -> bool:
        if mode is not PilotMode.PWM or self._currents_a == _NO_CURRENT:
            return False
        return 0.0 < offered_a(mode, self._commands.duty_percent) * EXCESS_SHARE < max(self._currents_a)

    @property
    def _may_close(self) -> bool:
        return self._commands.permit_close and self.lease_s > 0.0 and not self.faults

    def _switch(self, dt_s: float, mode: PilotMode) -> None:
        charging = self._level in _CHARGING_LEVELS
        if self._coil:
            stopped = mode is not PilotMode.PWM
            self._stop_s = self._stop_s + dt_s if stopped else 0.0
            self._coil = charging and self._may_close and self._stop_s < OPEN_UNDER_LOAD_S - _EPS
        else:
            self._stop_s = 0.0
            offered = mode is PilotMode.PWM and self._diode_seen
            self._coil = charging and offered and self._may_close and self._level_s >= CLOSE_AFTER_S - _EPS
        stuck = self.causes and BoardFault.CONTACTOR_STUCK_OPEN in self.causes
        welded = self.contact and self.causes and BoardFault.CONTACTOR_WELDED in self.causes
        self.contact = bool(welded or (self._coil and not stuck))
        if not self.contact:
            self._currents_a, self._power_w = _NO_CURRENT, 0.0
