"""The guided test of the grid meter, one look per tick (EV-180, G-022).

First the meter must give fresh values, and at night no export that nothing makes. Then the car's current is held
at 10 A, lowered to 6 A, and let rise to 10 A again, as often as it takes; each time charger and meter are compared
while the charger stands still. What measured circuits, sources and other chargers do is taken off (``looks``),
and what the rest moves by itself makes a step worthless (``judging``). Two steps that agree make the verdict correct;
a fault must show in three, and in more where appliances that nobody measures switch often. How long a level is held
varies, so that no appliance switches in step with the test. Where no more than 6 A come back, one clear step that
shows the meter right does. The test only ever asks for less than control allows::

    fresh ── values ──▶ high (at most 10 A) ── measured ──▶ low (at most 6 A)
      │                   ▲                                   │
      │                   └──────────── measured ─────────────┘
      └── no values for 20 s: unplugged; this holds at every moment

In: the memory and the site's snapshot. Out: the memory, with ``findings`` at the end, and the chargers' ceilings.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import isfinite
from typing import Literal

from ohmstead.core.commissioning.judging import LEAST_STEP_W, SUM, Evidence, at_night, judge, steps
from ohmstead.core.commissioning.looks import Look, moved
from ohmstead.core.model.chargers import ChargerReading
from ohmstead.core.model.quantities import MINIMUM_CURRENT_A, Quality, Role
from ohmstead.core.model.reasons import Param, Reason
from ohmstead.core.model.settings import Settings
from ohmstead.core.model.snapshot import Channel, Snapshot
from ohmstead.core.model.time import Instant
from ohmstead.core.model.verification import Findings, MeasuredStep

HIGH_A = 10.0
LOW_A = MINIMUM_CURRENT_A
LEAST_HIGH_A = 7.5
"""Where less than 10 A are available, a step from here is still large enough."""
LOOKS = 6
"""Readings of the meter that make a level; of one that speaks by itself every ten seconds, two."""
MORE_LOOKS = (0, 3, 1, 5, 2, 4)
"""By so many readings each level is held longer."""
FRESH_S = 5.0
SETTLE_S = 3.0
"""After the charger stands still the meter may need this long to show it."""
SILENT_S = 20.0
CAR_S = 30.0
FOLLOW_S = 30.0
RAISE_S = 60.0
"""After so long a step from less than 10 A is taken."""
SUPPLY_S = 150.0
"""So long the test waits for what the house leaves to the car; a stop by the supply alone takes a minute."""
MOST_STEPS = 16
LONGEST_S = 600.0
_DRAWS_W = 100.0
_SAME_S = 0.001
_SAME_A = 0.05

Stage = Literal["fresh", "high", "low"]


@dataclass(frozen=True, slots=True)
class Trial:
    """The memory of one test. Begin with ``Trial(charger, device, began)``; it ends when ``findings`` stand."""

    charger: str
    device: str
    began: Instant
    stage: Stage = "fresh"
    stage_s: float = 0.0
    """When the stage began, as seconds since ``began``, like all moments here."""
    heard_s: float = 0.0
    read_s: float = -1.0
    """The reading of the meter that was used last."""
    still_s: float = 0.0
    still_w: Mapping[str, float] | None = None
    slow: bool = False
    """The meter speaks by itself, once in many seconds."""
    looks: tuple[Look, ...] = ()
    first: int | None = None
    """The look from which on this level counts."""
    levels: tuple[tuple[int, int], ...] = ()
    """Where in ``looks`` each level begins and ends."""
    findings: Findings | None = None
    judged: tuple[MeasuredStep, ...] | None = None
    """The steps by which the findings were made, where it took any."""

    @property
    def wanted(self) -> int:
        """How many looks make a level."""
        return 2 if self.slow else LOOKS

    @property
    def held(self) -> int:
        """How many looks this level is held."""
        return self.wanted + (0 if self.slow else MORE_LOOKS[len(self.levels) % len(MORE_LOOKS)])

    @property
    def ceiling_a(self) -> float | None:
        """What the charger may be given at most while this stage lasts."""
        return None if self.findings is not None else {"fresh": None, "high": HIGH_A, "low": LOW_A}[self.stage]

    @property
    def steps(self) -> tuple[MeasuredStep, ...]:
        """The steps measured so far, less what is explained otherwise."""
        return self.judged if self.judged is not None else tuple(step.measured for step in steps(self.evidence))

    @property
    def evidence(self) -> Evidence:
        """What there is to judge by."""
        return Evidence(self.looks, self.levels, self.slow)


def doing(trial: Trial) -> Reason:
    """What the test does now, in words."""
    return Reason(
        f"verification.doing.{trial.stage}", {"limit_a": trial.ceiling_a or 0.0, "step": len(trial.levels) + 1}
    )


def ceilings(trial: Trial, snapshot: Snapshot, before: Mapping[str, float]) -> dict[str, float]:
    """What each charger may be given at most, by name; ``before`` are those of the look before.

    The others go down to 6 A, so that there is room for a step, and take nothing that the test leaves free, which would
    hide its steps.
    """
    if trial.findings is not None:
        return {}
    held = dict(before)
    for name, charger in snapshot.chargers.items():
        if charger.offered_a is not None:
            held[name] = min(LOW_A, charger.offered_a, held.get(name, LOW_A))
    held.pop(trial.charger, None)
    return held if trial.ceiling_a is None else held | {trial.charger: trial.ceiling_a}


def advance(trial: Trial, snapshot: Snapshot, settings: Settings) -> Trial:
    """One look. Never raises for what a snapshot may hold; a test that has ended stays as it is."""
    if trial.findings is not None:
        return trial
    now_s = snapshot.at.since(trial.began)
    channel = snapshot.channels.get(trial.device)
    grid_w = _grid_w(channel, settings)
    if now_s >= LONGEST_S:
        trial = _judged(trial, last=True)
        return trial if trial.findings else _inconclusive(trial, "restless")
    if channel is None or not grid_w:
        return _silent(trial, now_s)
    charger = snapshot.chargers.get(trial.charger)
    look = Look(_charger_w(charger, channel), grid_w, _others_w(trial, snapshot, settings))
    seen = _Seen(now_s, now_s - (channel.age_s or 0.0), charger, look)
    trial = replace(trial, heard_s=now_s, slow=channel.rhythm_s is not None)
    fresh = seen.taken_s > trial.read_s + _SAME_S
    if fresh:
        trial = replace(trial, read_s=seen.taken_s, looks=(*trial.looks, look))
    if trial.stage != "fresh":
        return _level(trial, seen, fresh)
    if len(trial.looks) < trial.wanted or now_s < FRESH_S:
        return trial
    found = at_night(trial.looks, snapshot, settings)
    return replace(trial, findings=found) if found else _enter(trial, "high", now_s)


@dataclass(frozen=True, slots=True)
class _Seen:
    """When it was looked, when the meter was read, and what both show."""

    now_s: float
    taken_s: float
    charger: ChargerReading | None
    look: Look

    @property
    def offered_a(self) -> float:
        return (self.charger.offered_a if self.charger is not None else None) or 0.0

    @property
    def charging(self) -> bool:
        closed = self.charger is not None and self.charger.quality is Quality.GOOD and self.charger.contactor_closed
        return closed and max(self.look.charger_w.values(), default=0.0) > _DRAWS_W


def _level(trial: Trial, seen: _Seen, fresh: bool) -> Trial:
    """Wait until the charger has reached the level of this stage and stands still, then measure."""
    waited_s = seen.now_s - trial.stage_s
    if not seen.charging:
        return _without_car(_unsettled(trial), seen, waited_s)
    if not _reached(trial, seen, waited_s):
        return _not_reached(_unsettled(trial), seen, waited_s)
    if trial.still_w is None or moved(trial.still_w, seen.look.charger_w):
        trial = replace(trial, still_w=seen.look.charger_w, still_s=seen.now_s, first=None)
    elif fresh and trial.first is None and seen.taken_s >= trial.still_s + SETTLE_S:
        trial = replace(trial, first=len(trial.looks) - 1)
    if fresh and trial.first is not None and len(trial.looks) - trial.first >= trial.held:
        return _measured(trial, seen.now_s)
    return trial


def _measured(trial: Trial, now_s: float) -> Trial:
    end = len(trial.looks)
    trial = replace(trial, levels=(*trial.levels, (end - trial.wanted, end)))
    last = len(trial.levels) > MOST_STEPS
    if len(trial.levels) > 2:
        trial = _judged(trial, last)
    if trial.findings is not None:
        return trial
    if last:
        return _inconclusive(trial, "restless")
    return _enter(trial, "low" if trial.stage == "high" else "high", now_s)


def _not_reached(trial: Trial, seen: _Seen, waited_s: float) -> Trial:
    if trial.stage == "low":
        return _inconclusive(trial, "car_does_not_follow", limit_a=LOW_A) if waited_s >= FOLLOW_S else trial
    if waited_s < SUPPLY_S:
        return trial
    trial = _judged(trial, last=True)
    if trial.findings is not None:
        return trial
    return _inconclusive(trial, "too_little", offered_a=seen.offered_a, needed_a=LEAST_HIGH_A)


def _judged(trial: Trial, last: bool) -> Trial:
    """With what the steps tell; when that is nothing yet, without."""
    found, seen = judge(trial.evidence, last=last)
    return replace(trial, findings=found, judged=tuple(step.measured for step in seen))


def _without_car(trial: Trial, seen: _Seen, waited_s: float) -> Trial:
    supplied = seen.offered_a >= LOW_A or seen.charger is None or not seen.charger.connected
    if not supplied:
        trial = replace(trial, still_s=seen.now_s)
    if waited_s < SUPPLY_S and seen.now_s < max(trial.stage_s, trial.still_s) + CAR_S:
        return trial
    if seen.charger is None or seen.charger.quality is not Quality.GOOD:
        return _inconclusive(trial, "charger_lost")
    if seen.charger.contactor_closed and not seen.look.charger_w:
        return _inconclusive(trial, "charger_does_not_measure")
    if not supplied:
        return _inconclusive(trial, "too_little", offered_a=seen.offered_a, needed_a=LEAST_HIGH_A)
    return _inconclusive(trial, "car_stopped" if trial.levels else "no_car")


def _silent(trial: Trial, now_s: float) -> Trial:
    silent_s = now_s - trial.heard_s
    if silent_s < SILENT_S:
        return _unsettled(trial)
    reason = Reason("verification.unplugged", {"device": trial.device, "silent_s": silent_s})
    return replace(trial, findings=Findings("unplugged", reason))


def _enter(trial: Trial, stage: Stage, now_s: float) -> Trial:
    return replace(_unsettled(trial), stage=stage, stage_s=now_s, judged=None)


def _unsettled(trial: Trial) -> Trial:
    return replace(trial, still_w=None, first=None)


def _inconclusive(trial: Trial, why: str, **params: Param) -> Trial:
    return replace(trial, findings=Findings("inconclusive", Reason(f"verification.{why}", params)))


def _reached(trial: Trial, seen: _Seen, waited_s: float) -> bool:
    if trial.levels:
        before = trial.looks[trial.levels[-1][1] - 1].charger_w
        now_w = seen.look.charger_w
        changes = [abs(now_w.get(phase, 0.0) - watts) for phase, watts in before.items() if watts >= _DRAWS_W]
        if min(changes, default=0.0) < LEAST_STEP_W:
            return False
    if trial.stage == "low":
        return seen.offered_a <= LOW_A + _SAME_A
    enough_a = LEAST_HIGH_A if waited_s >= RAISE_S else HIGH_A
    return enough_a - _SAME_A <= seen.offered_a <= HIGH_A + _SAME_A


def _others_w(trial: Trial, snapshot: Snapshot, settings: Settings) -> dict[str, float]:
    """What is measured besides the tested charger and the meter, by ``device.phase``, as it adds to the grid."""
    watts: dict[str, float] = {}
    for name, channel in snapshot.channels.items():
        if name == trial.device or channel.quality is not Quality.GOOD:
            continue
        sign = -1.0 if channel.role in (Role.PRODUCTION, Role.BATTERY) else 1.0
        watts |= {f"{name}.{phase}": sign * power for phase, power in _known_w(channel, settings).items()}
    for name, charger in snapshot.chargers.items():
        if name != trial.charger and charger.quality is Quality.GOOD:
            watts |= {f"{name}.{phase}": power for phase, power in _charger_w(charger, None).items()}
    return watts


def _charger_w(charger: ChargerReading | None, grid: Channel | None) -> dict[str, float]:
    """What the car draws by phase, as the charger measures it; nothing where it does not.

    A charger that measures only currents stands on the same conductors as the meter, whose voltage then counts.
    """
    watts: dict[str, float] = {}
    for phase, values in charger.phases.items() if charger is not None else ():
        power, voltage = values.power_w, values.voltage_v
        if voltage is None and grid is not None and phase in grid.phases:
            voltage = grid.phases[phase].voltage_v
        if power is None and values.current_a is not None and voltage is not None:
            power = abs(values.current_a) * voltage
        if power is not None and isfinite(power):
            watts[phase] = power
    return watts


def _grid_w(channel: Channel | None, settings: Settings) -> dict[str, float]:
    """What the meter shows by phase, or its sum; nothing while it gives no fresh values."""
    if channel is None or channel.quality is not Quality.GOOD:
        return {}
    return _known_w(channel, settings)


def _known_w(channel: Channel, settings: Settings) -> dict[str, float]:
    watts: dict[str, float] = {
        phase: values.power_w
        for phase, values in channel.phases.items()
        if values.power_w is not None and isfinite(values.power_w)
    }
    if watts or channel.power_w is None or not isfinite(channel.power_w):
        return watts
    return {"L1" if settings.site.grid_type == "1x230" else SUM: channel.power_w}
