"""The ways of charging that can be set side by side, and the site's own ``decide`` as the one who carries them out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isnan

from ohmstead.core.backtest.days import MINUTE_S, Days, Visit, Watts
from ohmstead.core.backtest.driving import Look
from ohmstead.core.control import ControlMemory, ControlSettings, decide
from ohmstead.core.control.waits import next_wait_s
from ohmstead.core.model.changing import changed
from ohmstead.core.model.chargers import ChargerOptions, ChargerReading, ChargerState, Session
from ohmstead.core.model.charges import Tariff
from ohmstead.core.model.departure import Departure, DepartureTarget, Foresight, by_hour
from ohmstead.core.model.modes import WEEKDAYS, GreenOptions, Program, six
from ohmstead.core.model.quantities import JOULES_PER_KWH, PHASES, Phase, Quality, Role
from ohmstead.core.model.readings import PhaseReading
from ohmstead.core.model.settings import Settings
from ohmstead.core.model.snapshot import Channel, Snapshot
from ohmstead.core.model.time import Instant

BATTERY = "battery"
"""The name of the house's battery where the settings have none."""
_WEEK_MIN, _SEEN_MIN = 7 * 1440, 15
"""How far back a plan looks at the sun, and how often in between."""


@dataclass(frozen=True, slots=True)
class Strategy:
    """A way of charging, by the name people call it with."""

    name: str
    options: ChargerOptions
    plans: bool = False
    """Each visit has a target of departure: all that its car wants by the time it leaves."""
    tariff: Tariff = field(default_factory=Tariff)
    """The prices that are known to a plan."""


FAST = Strategy("fast", ChargerOptions(mode="fast"))
SOLAR = Strategy("solar", ChargerOptions(mode="green"))


def hybrid(percent: int) -> Strategy:
    """Green with the grid's help. Raises ValueError for a percentage that cannot be set (EV-104)."""
    green = GreenOptions(operation="hybrid", minimum_percent=percent)
    return Strategy(f"hybrid-{percent}", ChargerOptions(mode="green", green=green))


def night(start: str = "22:00", end: str = "06:00") -> Strategy:
    """A program of every night; by day nothing. Raises ValueError for what is no time."""
    program = Program(days=WEEKDAYS, start=start, end=end)
    options = ChargerOptions(mode="programmed", programs=six((program,)), default_mode="off")
    return Strategy("night", options)


PLAN = Strategy("plan", ChargerOptions(mode="fast"), plans=True)
NAMES = ("fast", "solar", "hybrid-PERCENT", "night", "plan")
"""What :func:`named` knows."""


def named(text: str) -> Strategy:
    """The strategy that people call ``text``. Raises ValueError with what is allowed."""
    simple = {one.name: one for one in (FAST, SOLAR, night(), PLAN)}
    if text in simple:
        return simple[text]
    kind, _, percent = text.partition("-")
    if kind == "hybrid" and percent in _PERCENTS:
        return hybrid(int(percent))
    raise ValueError(f"got {text!r}; allowed: {', '.join(NAMES)} with 5 to 100 in steps of 5")


_PERCENTS = tuple(str(percent) for percent in range(5, 101, 5))


class Deciding:
    """``core.control.decide`` with its memory, asked for one charger of ``settings`` as on its site."""

    def __init__(self, strategy: Strategy, settings: Settings, charger: str, days: Days) -> None:
        """The other chargers are left out: in ``days`` they are part of the house."""
        alone = settings.model_copy(update={"chargers": {charger: settings.chargers[charger]}, "circuits": {}})
        self._settings = ControlSettings(alone, {charger: strategy.options})
        self._strategy, self._planned = strategy, 0
        self._days, self._charger = days, charger
        self._slot_s = 60.0 * settings.site.sharing.slot_min
        self._memory = ControlMemory()
        self._start = Instant(days.start, 0.0)
        self._grid = self._settings.grid_device or "grid"
        batteries = (name for name, device in settings.devices.items() if device.role is Role.BATTERY)
        self._battery = next(batteries, BATTERY)
        self._away = _away(charger, settings.chargers[charger].max_current_a, self._start)
        self._unseen = Channel(Role.GRID, Quality.MISSING)

    def decide(self, look: Look) -> tuple[float, tuple[Phase, ...], int | None]:
        """One decision of the site."""
        now = self._start.plus(look.second)
        if self._strategy.plans and look.visit is not None and look.number != self._planned:
            self._plan(look, look.visit)
        snapshot = Snapshot(now, self._channels(look), {self._charger: self._reading(look, now)})
        allocation = decide(snapshot, self._settings, self._memory, now)
        self._memory = allocation.memory
        grant = allocation.grants[self._charger]
        again_s = None if look.visit is None else next_wait_s(allocation.memory, self._slot_s, now)
        return grant.current_a, grant.phases, None if again_s is None else int(again_s) + 1

    def _plan(self, look: Look, visit: Visit) -> None:
        """The target of a visit that begins, with what was known by then: prices, and the sun of the week before."""
        target = DepartureTarget(by=self._days.at(visit.leaves), energy_kwh=visit.wanted_j / JOULES_PER_KWH)
        options = changed(self._strategy.options, departure=Departure(target))
        foresight = Foresight(self._strategy.tariff, self._sun(look.second // MINUTE_S))
        self._planned = look.number
        self._settings = changed(self._settings, options={self._charger: options}, foresight=foresight)

    def _sun(self, minute: int) -> tuple[float, ...] | None:
        known = range(max(0, minute - _WEEK_MIN), minute, _SEEN_MIN)
        one, two, three = self._days.base_w
        left = ((self._days.at(at).hour, -(one[at] + two[at] + three[at])) for at in known)
        return by_hour((hour, watts) for hour, watts in left if not isnan(watts))

    def _channels(self, look: Look) -> Mapping[str, Channel]:
        if look.base_w is None:
            return {self._grid: self._unseen}
        power_w = _with_car(look, self._days.volts)
        volts = self._days.volts
        one, two, three = (PhaseReading(volts, abs(watts) / volts, watts) for watts in power_w)
        phases: Mapping[Phase, PhaseReading] = {"L1": one, "L2": two, "L3": three}
        grid = Channel(Role.GRID, Quality.GOOD, 0.0, sum(power_w), phases=phases)
        if look.battery_w is None:
            return {self._grid: grid}
        return {self._grid: grid, self._battery: Channel(Role.BATTERY, Quality.GOOD, 0.0, look.battery_w)}

    def _reading(self, look: Look, now: Instant) -> ChargerReading:
        visit = look.visit
        if visit is None:
            return changed(self._away, at=now)
        charges = look.drawn_a > 0
        state = ChargerState.CHARGING if charges else ChargerState.CONNECTED_WAITING_VEHICLE
        held_a = self._memory.chargers[self._charger].granted_a if self._charger in self._memory.chargers else 0.0
        volts, drawn_a = self._days.volts, look.drawn_a
        return ChargerReading(
            self._charger,
            now,
            Quality.GOOD,
            state if look.left_j > 0 else ChargerState.COMPLETE,
            "C2" if charges else "B2",
            True,
            charges,
            held_a,
            self._away.hardware_max_a,
            None,
            {phase: PhaseReading(volts, drawn_a if phase in look.flowing else 0.0) for phase in PHASES},
            visit.phases if charges else None,
            volts * drawn_a * len(look.flowing),
            session=Session(str(look.number), self._charger, self._start, int(visit.wanted_j - look.left_j)),
        )


def _with_car(look: Look, volts: float) -> Watts:
    one, two, three = look.base_w or (0.0, 0.0, 0.0)
    watts = look.drawn_a * volts
    if watts <= 0:
        return one, two, three
    flowing: Sequence[Phase] = look.flowing
    return (
        one + watts * ("L1" in flowing),
        two + watts * ("L2" in flowing),
        three + watts * ("L3" in flowing),
    )


def _away(charger: str, most_a: float, start: Instant) -> ChargerReading:
    return ChargerReading(
        charger,
        start,
        Quality.GOOD,
        ChargerState.NOT_CONNECTED,
        "A1",
        connected=False,
        offered_a=0.0,
        hardware_max_a=most_a,
        phases={phase: PhaseReading(230.0, 0.0) for phase in PHASES},
    )
