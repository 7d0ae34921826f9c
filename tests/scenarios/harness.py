"""What a row says, and whether the story it became keeps its word.

A row is a mapping as in ``*.yaml`` beside this file. ``site``, ``meters`` and ``chargers`` say what stands there,
``events`` what happens, ``expect`` what must be seen. Times are ``"HH:MM:SS"`` from the start; durations are ``8s``.
Rows with ``also: sockets`` are played in real time too.

====================================  ====================================================================
event                                 meaning
====================================  ====================================================================
switch: {kettle: {phase, power_w}}    a load goes on; ``{kettle: off}`` ends it
house_w: {L1: 1500}                   the house's own consumption from now on
plug, unplug: garage                  the car comes or goes
pause, resume: garage                 what a person presses
mode: {garage: green}                 the charging mode, chosen by a person
limit: {garage: 10}                   the user limit; ``none`` removes it
curtail: 4200                         what the grid operator leaves to all chargers, in W; ``none`` ends it
meter: lost, back                     the grid meter falls silent, and answers again
break: {oven: garbled}                the device has a trouble (the list is ``simulator.settings.Trouble``)
mend: oven                            the trouble is gone
reset_counter: oven                   its energy counters begin anew at zero
swap: [oven, pump]                    two meters on one wire are exchanged; again, and it is undone
hurt: {garage: overdraw}              charger, cable or car get a flaw (the list is ``core.plant.flaws.Flaw``)
heal: garage                          all flaws are gone
voltage: 0.82                         the street delivers this share of its voltage
restart: garage                       the charger is switched off and on
recover: garage                       a person tries to end its errors; a refusal is what is shown to him
wall_clock: 3600s                     someone sets the computer's clock by so much
====================================  ====================================================================

====================================  ====================================================================
expectation                           holds
====================================  ====================================================================
within: 8s                            from 8 s after each event (of ``after``, if given) until the next event
at: "00:06:00"                        at that moment
between: ["…", "…"]                   all the time between
always: breaker closed                from begin to end; also ``supply closed``
recorded: {oven: complete}            in the end the store holds what flowed; ``oven+pump`` for a sum
====================================  ====================================================================

What can be expected of the building: ``grid_current_a``, ``grid_power_w``, ``grid_mean_w`` (over that time),
``charger_current_a``, ``charger_phases`` (how many carry current), ``charged_kwh`` (in the board's life),
``contactor``, ``closings``, ``reversals`` (how often the current on the wire turned from rising to falling or back).
Of what the site shows: ``limited_by``, ``state``, ``quality``, ``why`` (the text's key), ``attention`` (the codes
that want it, or ``none``), ``failures`` (kinds of failed reads counted by then, or ``none``), ``told`` (the events
about a device in that time, in order).
"""

import operator
from collections.abc import Callable, Mapping
from typing import Any

from tests.scenarios.playing import LOOK_S, Moment, Story, seconds

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
    "=": lambda a, b: abs(a - b) <= 0.15,
}
_WHEN = ("within", "after", "at", "between", "always")
UNCOUNTED_S = 2.0
"""What flows before the first and after the last recorded row, at the device's highest power."""


def failures(story: Story) -> list[str]:
    """Every expectation of the row that was not met, in words."""
    told: list[str] = []
    for expectation in story.row["expect"]:
        if "recorded" in expectation:
            told += _unrecorded(story, expectation["recorded"])
            continue
        wanted = {key: value for key, value in expectation.items() if key not in _WHEN}
        if "always" in expectation:
            where, what = str(expectation["always"]).split()
            wanted[where] = what
        spans = _spans(story, expectation)
        if not spans:
            told.append(f"{expectation}: there is no such time")
        for begin, end in spans:
            span = [moment for moment in story.moments if begin - 1e-6 <= moment.at_s <= end + 1e-6]
            if not span:
                told.append(f"{expectation}: no moment between {begin} s and {end} s")
            for name, value in wanted.items():
                told += _unmet(story, name, value, span)[:1]
    return told


def _spans(story: Story, expectation: Mapping[str, Any]) -> list[tuple[float, float]]:
    end = story.moments[-1].at_s
    if "always" in expectation:
        return [(0.0, end)]
    if "at" in expectation:
        at_s = next((m.at_s for m in story.moments if m.at_s >= seconds(expectation["at"]) - LOOK_S / 4), end)
        return [(at_s, at_s)]
    if "between" in expectation:
        first, last = expectation["between"]
        return [(seconds(first), seconds(last))]
    delay = float(str(expectation["within"]).removesuffix("s"))
    times = sorted({seconds(event["at"]) for event in story.row["events"]})
    spans = [
        (at + delay, after - LOOK_S) for at, after in zip(times, [*times[1:], end], strict=True) if at + delay < after
    ]
    if "after" in expectation:
        spans = [span for span in spans if abs(span[0] - delay - seconds(expectation["after"])) < 1e-6]
    return spans


def _unmet(story: Story, name: str, value: Any, span: list[Moment]) -> list[str]:
    if name in ("closings", "reversals"):
        return [
            f"{name} of {charger}: {count}, wanted {wish}"
            for charger, wish in value.items()
            if not _meets(count := _count(story, name, charger, span), wish)
        ]
    if name == "grid_mean_w":
        mean_w = sum(moment.grid_power_w for moment in span) / len(span)
        return [] if _meets(mean_w, value) else [f"grid_mean_w: {mean_w:.0f}, wanted {value}"]
    if name == "told":
        return _untold(story, value, span)
    if name == "attention":
        wishes = [] if value == "none" else value if isinstance(value, list) else [value]
        return [
            f"{m.at_s:.1f} s attention: {m.attention}, wanted {value}" for m in span if set(wishes) != {*m.attention}
        ]
    if name == "failures":
        last = span[-1].failures
        pairs = [(device, last[device], wish) for device, wish in value.items()]
        return [
            f"failures of {device}: {got}, wanted {wish}"
            for device, got, wish in pairs
            if (got if wish == "none" else wish not in got)
        ]
    told = []
    for moment in span:
        seen = getattr(moment, name)
        wishes = (
            value if isinstance(value, Mapping) else dict.fromkeys(seen, value) if isinstance(seen, Mapping) else None
        )
        pairs = [(seen, value)] if wishes is None else [(seen.get(key), wish) for key, wish in wishes.items()]
        told += [f"{moment.at_s:.1f} s {name}: {got}, wanted {wish}" for got, wish in pairs if not _meets(got, wish)]
    return told


def _untold(story: Story, value: Mapping[str, Any], span: list[Moment]) -> list[str]:
    told = []
    for target, wish in value.items():
        wanted = [] if wish == "nothing" else wish if isinstance(wish, list) else [wish]
        came = [kind for at, who, kind in story.told if who == target and span[0].at_s <= at <= span[-1].at_s]
        if came != wanted:
            told.append(f"told of {target}: {came}, wanted {wanted}")
    return told


def _unrecorded(story: Story, value: Mapping[str, str]) -> list[str]:
    told = []
    for names, wish in value.items():
        if wish != "complete":
            raise ValueError(f"recorded: got {wish!r}; allowed: complete")
        parts = names.split("+")
        recorded, flowed = (sum(by[name] for name in parts) for by in (story.recorded_j, story.flowed_j))
        highest_w = max(m.grid_power_w for m in story.moments)
        step_j = sum(story.step_j[name] for name in parts)
        if not flowed - UNCOUNTED_S * highest_w - step_j <= recorded <= flowed + step_j:
            told.append(f"recorded of {names}: {recorded} J, while {flowed} J flowed (in steps of {step_j} J)")
    return told


def _count(story: Story, name: str, charger: str, span: list[Moment]) -> int:
    if name == "closings":
        return sum(who == charger and span[0].at_s <= at <= span[-1].at_s for at, who in story.closings)
    currents = [moment.charger_current_a[charger] for moment in span]
    turns, direction, extreme = 0, 0, currents[0]
    for current in currents:
        if direction * (current - extreme) >= 0 and abs(current - extreme) >= 0.3:
            direction, extreme = (1 if current > extreme else -1), current
        elif direction and -direction * (current - extreme) >= 0.3:
            turns, direction, extreme = turns + 1, -direction, current
    return turns


def _meets(got: Any, wish: Any) -> bool:
    text = str(wish)
    sign = next((one for one in _COMPARE if text.startswith(one)), None)
    if got is None:
        return False
    if sign is not None:
        return _COMPARE[sign](float(got), float(text.removeprefix(sign)))
    if isinstance(wish, int | float) and not isinstance(wish, bool):
        return abs(float(got) - wish) <= 0.15
    return str(got) == text
