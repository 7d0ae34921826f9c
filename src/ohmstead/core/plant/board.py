"""The electronics of an EVSE with the autonomy a real board has: it closes when allowed, and opens by itself.

The host passes commands under a lease, of one second in our profile; the board owns whatever must be faster than 100 ms
(IEC 61851-1 tables A.4 and A.6, G-033, G-131). It closes only with permission, live lease, PWM, the car in C (or D
in a ventilated place) for half a second, a diode seen, the plug locked and no fault. It opens at once when the
permission, the lease or the car's C/D goes, on a pilot short, an excess current or any other fault; when the PWM stops
it gives the car 6 s to drop its load and then opens under load. Faults stay latched until a command clears them, but
for the lost lease, which ends with the next renewal. With the contactor open it tests sensor, contacts and earth when
told.
"""

from ohmstead.core.model.evse import (
    BoardCommands,
    BoardFault,
    BoardIdentity,
    BoardSnapshot,
    PilotLevel,
    PilotMode,
    SelfTest,
)
from ohmstead.core.model.time import Instant
from ohmstead.core.plant.car import CarLevel
from ohmstead.core.plant.energy import EnergyCounter
from ohmstead.core.plant.phase_switch import PhaseSwitch
from ohmstead.core.plant.senses import Senses
from ohmstead.core.plant.settings import ChargerSettings

LEVEL_DEBOUNCE_S = 0.04
DOUBT_S = 0.1
"""A level that was not seen again for so long, whatever was seen instead, holds no longer."""
CLOSE_AFTER_S = 0.5
OPEN_UNDER_LOAD_S = 6.0
FEEDBACK_S = 0.25
OUTPUT_S = 1.0
"""So long after the coil was switched on the output has voltage, or the contactor does not close (G-037)."""
OVERLOAD_SHARE, OVERLOAD_S = 1.5, 1.0
"""Of the board's own rating (G-036)."""
SELF_TEST_S = 1.0
LOCK_S, MOTOR_S = 0.4, 1.0
TOO_HOT_C, COOL_C = 85.0, 60.0
"""The board's own limit; the host's is lower."""
CABLE_OHM = {13.0: 1500.0, 20.0: 680.0, 32.0: 220.0, 63.0: 100.0, 70.0: 100.0}
"""The resistor in a plug of each rating (IEC 61851-1 table B.2)."""
DIODE_S = 0.05
_HEAT_C_PER_A2 = 0.02
_HEAT_S = 600.0
_NEVER = float("inf")
_NO_CURRENT = (0.0, 0.0, 0.0)
_CHARGING_LEVELS = ("C", "D")
_EPS = 1e-9


class Board:
    """One board. Commands in through :meth:`command`, everything seen through :meth:`snapshot`.

    ``senses`` holds what someone did to it or to the car (the Door, a test); the board finds it by its own means.
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
        "_doubt_s",
        "_energy",
        "_feedback_s",
        "_level",
        "_level_s",
        "_lock_s",
        "_lock_told",
        "_overload_s",
        "_power_w",
        "_stop_s",
        "_temperature_c",
        "_test",
        "_test_s",
        "_voltages_v",
        "contact",
        "faults",
        "lease_s",
        "locked",
        "phase_switch",
        "powered",
        "senses",
        "settings",
        "uptime_s",
    )

    def __init__(self, settings: ChargerSettings, energy_j: int = 0) -> None:
        """A board that has just been switched on, without a lease."""
        self.settings = settings
        self._energy = EnergyCounter(energy_j)
        self.senses = Senses()
        self._temperature_c = self.senses.flaws.ambient_c
        self.contact = False
        self.locked = False
        self.phase_switch = PhaseSwitch(settings.switches_phases)
        self._boot()

    def _boot(self) -> None:
        self.powered = True
        self.faults = BoardFault.NONE
        self.lease_s = 0.0
        self.uptime_s = 0.0
        own = self.settings.boots_with
        self._commands = own or BoardCommands(PilotMode.STEADY, 100.0, permit_close=False)
        self.phase_switch.begin()
        if own is not None:
            self.lease_s = self.settings.lease_s
        self._counter: int | None = None
        self._coil = False
        self._candidate: PilotLevel = "A"
        self._level: PilotLevel = "A"
        self._candidate_s = self._level_s = self._doubt_s = 0.0
        self._stop_s = self._overload_s = self._feedback_s = self._diode_bad_s = 0.0
        self._lock_told = self.locked
        self._lock_s = MOTOR_S
        self._test_s = 0.0
        self.senses.forget()
        self._test: SelfTest = "none"
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
        if commands.self_test and not self._commands.self_test and not self._coil:
            self._test, self._test_s = "running", 0.0
        self._commands = commands
        self.phase_switch.tell(commands.one_phase)
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
        if not self.faults:
            return self.faults
        present = BoardFault.LEASE_LOST | self.senses.present(self.contact, self._commands.earth_test)
        if self.contact != self._coil:
            present |= BoardFault.CONTACTOR_WELDED if self.contact else BoardFault.CONTACTOR_STUCK_OPEN
        if not self.phase_switch.turned:
            present |= BoardFault.CONTACTOR_WELDED | BoardFault.CONTACTOR_STUCK_OPEN
        if self._temperature_c >= COOL_C:
            present |= BoardFault.OVER_TEMPERATURE
        return self.faults & present

    def restart(self) -> None:
        """Begin anew, as after a watchdog: the coil drops, everything volatile is forgotten."""
        self._boot()
        self.contact = self.contact and self.senses.flaws.welded

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
            self.phase_switch.drop(self.senses.flaws.phases_stuck)
        self.contact = self.contact and self.senses.flaws.welded

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
        if power_w:
            self._energy.add(power_w, dt_s)
        heat = self.senses.flaws.ambient_c + _HEAT_C_PER_A2 * max(currents_a) ** 2
        self._temperature_c += (heat - self._temperature_c) * min(1.0, dt_s / _HEAT_S)
        if self.lease_s > 0.0:
            self.lease_s -= dt_s
            if self.lease_s <= _EPS:
                self.lease_s = 0.0
                self.faults |= BoardFault.LEASE_LOST
        mode = self.pilot_mode
        self._listen(dt_s, self._pilot_voltage(car, mode))
        self._supervise(dt_s, diode_ok, mode)
        if self.senses.flawed:
            self.faults |= self.senses.find(dt_s, self.contact, self._commands.earth_test)
        if self._test == "running":
            self._prove(dt_s)
        if self.settings.cable_rating_a is not None:
            self._turn_lock(dt_s)
        if self.phase_switch.fitted:
            opened = not (self._coil or self.contact)
            self.faults |= self.phase_switch.step(dt_s, opened, self.senses.flaws.phases_stuck)
        self._switch(dt_s, mode)

    def calm_s(self, car: CarLevel) -> float:
        """Seconds for which nothing will change by itself; 0 while something moves."""
        if self.senses.flawed or self._test == "running":
            return 0.0
        if self.settings.cable_rating_a is not None and self.locked is not (self._commands.lock or self.contact):
            return 0.0
        if not self.phase_switch.turned:
            return 0.0
        mode = self.pilot_mode
        level = self._pilot_voltage(car, mode)
        if level != self._level or self._candidate != level or self._coil != self.contact:
            return 0.0
        if self._coil and (mode is not PilotMode.PWM or not self._may_close or self._overloads):
            return 0.0
        if not self._coil and level in _CHARGING_LEVELS and self._may_close:
            return 0.0
        if self._checks_diode(mode) or self._temperature_c > COOL_C:
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
            switches_phases=self.phase_switch.fitted,
        )

    def snapshot(self, at: Instant) -> BoardSnapshot:
        """One coherent look, stamped ``at``."""
        count = len(self.settings.phases)
        one, two, three = self._voltages_v
        a, b, c = self._currents_a
        return BoardSnapshot(
            at,
            self._level,
            self.pilot_mode,
            self.duty_percent,
            self.contact,
            self._rating_a,
            (a, b if count > 1 else None, c if count > 2 else None),
            (one, two if count > 1 else None, three if count > 2 else None),
            self._power_w,
            self._energy.import_j,
            self.faults,
            self._temperature_c,
            self.lease_s,
            self.uptime_s,
            self.active,
            self.locked if self.settings.cable_rating_a is not None else None,
            self._test,
            self.senses.leakage_ma if self.contact else 0.0,
            self._proximity_ohm,
            phases=self.phase_switch.phases,
        )

    @property
    def _rating_a(self) -> float | None:
        """What the board makes of the plug, where it is one that it knows."""
        return None if self._level == "A" or self.senses.flaws.cable_ohm is not None else self.settings.cable_rating_a

    @property
    def _proximity_ohm(self) -> float | None:
        if self.settings.cable_rating_a is None or self._level == "A":
            return None
        return self.senses.flaws.cable_ohm or CABLE_OHM.get(self.settings.cable_rating_a)

    def _pilot_voltage(self, car: CarLevel, mode: PilotMode) -> PilotLevel:
        if mode is PilotMode.OFF or self.senses.shorted:
            return "E"
        if mode is PilotMode.FAULT:
            return "F"
        if self.senses.flawed:
            return self.senses.level(car, self.uptime_s, self._candidate)
        return car

    def _listen(self, dt_s: float, level: PilotLevel) -> None:
        self._doubt_s = 0.0 if level == self._level else self._doubt_s + dt_s
        if self._doubt_s >= DOUBT_S - _EPS and self._candidate_s < LEVEL_DEBOUNCE_S - _EPS and level != self._candidate:
            self._level, self._level_s = "E", 0.0
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
        found = BoardFault.NONE
        if self._level == "E" and self.senses.shorted and mode in (PilotMode.PWM, PilotMode.STEADY):
            found |= BoardFault.PILOT_SHORT
        if self._checks_diode(mode):
            self._diode_bad_s = 0.0 if diode_ok else self._diode_bad_s + dt_s
            self._diode_seen = diode_ok
            if self._diode_bad_s >= DIODE_S - _EPS:
                found |= BoardFault.DIODE
                self._diode_bad_s = 0.0
        self._overload_s = self._overload_s + dt_s if self._overloads else 0.0
        if self._overload_s >= OVERLOAD_S:
            found |= BoardFault.OVER_CURRENT
            self._overload_s = 0.0
        self._feedback_s = self._feedback_s + dt_s if self.contact != self._coil else 0.0
        if self._feedback_s >= (FEEDBACK_S if self.contact else OUTPUT_S):
            found |= BoardFault.CONTACTOR_WELDED if self.contact else BoardFault.CONTACTOR_STUCK_OPEN
        if self._temperature_c >= TOO_HOT_C:
            found |= BoardFault.OVER_TEMPERATURE
        if found:
            self.faults |= found

    def _prove(self, dt_s: float) -> None:
        """The test before a charge: sensor, contacts, earth three times in a row."""
        self._test_s += dt_s
        if self._test_s < SELF_TEST_S - _EPS:
            return
        if self.senses.flaws.sensor_dead:
            self.faults |= BoardFault.SENSOR_TEST
        if self.senses.earth_bad(self._commands.earth_test):
            self.faults |= BoardFault.EARTH
        if self.contact:
            self.faults |= BoardFault.CONTACTOR_WELDED
        self._test = "failed" if self.faults & ~BoardFault.LEASE_LOST else "passed"

    def _turn_lock(self, dt_s: float) -> None:
        """Run the motor for a moment after each change of the command; closed contacts, welded too, keep the plug."""
        wanted = self._commands.lock or self.contact
        if wanted is not self._lock_told:
            self._lock_told, self._lock_s = wanted, 0.0
        if self._lock_s >= MOTOR_S - _EPS:
            return
        self._lock_s += dt_s
        if self._lock_s >= LOCK_S - _EPS and not self.senses.flaws.lock_jammed:
            self.locked, self._lock_s = wanted, MOTOR_S

    @property
    def _overloads(self) -> bool:
        return max(self._currents_a) > OVERLOAD_SHARE * self.settings.rated_current_a

    @property
    def _may_close(self) -> bool:
        locked = self.locked or self.settings.cable_rating_a is None
        told = self._commands.permit_close and self.lease_s > 0.0 and not self.faults
        return told and locked and (self.contact or self.phase_switch.turned)

    def _switch(self, dt_s: float, mode: PilotMode) -> None:
        charging = self._level == "C" or (self._level == "D" and self._commands.ventilated)
        if self._coil:
            stopped = mode is not PilotMode.PWM
            self._stop_s = self._stop_s + dt_s if stopped else 0.0
            self._coil = charging and self._may_close and self._stop_s < OPEN_UNDER_LOAD_S - _EPS
        else:
            self._stop_s = 0.0
            offered = mode is PilotMode.PWM and self._diode_seen
            self._coil = charging and offered and self._may_close and self._level_s >= CLOSE_AFTER_S - _EPS
        if self._coil:
            self._test = "none"
        welded = self.contact and self.senses.flaws.welded
        self.contact = welded or (self._coil and not self.senses.flaws.stuck_open)
        if not self.contact:
            self._currents_a, self._power_w = _NO_CURRENT, 0.0
