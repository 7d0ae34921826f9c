"""Which mode holds on a charger now: its own, or that of the program of the hour (EV-110 to EV-119, G-026 to G-030)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ohmstead.core.control.inputs import ControlSettings
from ohmstead.core.control.modes.week import active
from ohmstead.core.model.changing import quick
from ohmstead.core.model.chargers import ChargerOptions
from ohmstead.core.model.grants import Limit
from ohmstead.core.model.reasons import Reason

Holding = Literal["fast", "green", "off", "invalid", "ocpp"]


@quick
@dataclass(frozen=True, slots=True)
class Choice:
    """The mode that holds. ``program`` is the number of the active one, ``limit`` what it sets."""

    mode: Holding
    program: int | None = None
    limit: Limit | None = None
    stop: Limit | None = None
    """Why nothing is given at all, where the choice itself says so."""


def choose(options: ChargerOptions, settings: ControlSettings, now: datetime) -> Choice:
    """What holds at ``now``. While the wall clock is not known no program is active."""
    if options.mode != "programmed":
        return _alone(options.mode, settings)
    programs, zone = options.programs, settings.settings.site.timezone
    number = active(programs, zone, now) if settings.clock_known else None
    if number is None:
        return _default(options, settings)
    program = programs[number - 1]
    if program.invalid(green_possible=settings.green_possible) is not None:
        return Choice("invalid", number, stop=_stop("invalid_program", number=number))
    limit = None
    if program.limit_a is not None:
        params = {"number": number, "limit_a": program.limit_a}
        limit = Limit("program", program.limit_a, Reason("limit.program", params))
    return Choice(program.mode, number, limit)


def _alone(mode: Literal["fast", "green", "ocpp"], settings: ControlSettings) -> Choice:
    if mode == "ocpp":
        return Choice("ocpp", stop=_stop("ocpp"))
    if mode == "green" and not settings.green_possible:
        return Choice("invalid", stop=Limit("green", 0.0, Reason("limit.green_impossible")))
    return Choice(mode)


def _default(options: ChargerOptions, settings: ControlSettings) -> Choice:
    if options.default_mode == "off":
        return Choice("off", stop=_stop("program_off"))
    if options.default_mode == "green" and not settings.green_possible:
        return Choice("invalid", stop=Limit("invalid_program", 0.0, Reason("limit.invalid_default")))
    return Choice(options.default_mode)


def _stop(name: str, **params: int) -> Limit:
    return Limit(name, 0.0, Reason(f"limit.{name}", params))
