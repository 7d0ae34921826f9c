"""The one door for changes: role, range and conflict are checked, then the options change as a whole.

API, display, automation and protocols all bring a :class:`~ohmstead.core.model.events.Command`; what comes out
is the charger's new options and the event that records it, or a CommandRefused that says why.
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import get_args

from ohmstead.core.control.departure import FARTHEST
from ohmstead.core.control.sharing import PRIORITIES
from ohmstead.core.model.authorization import AuthorizationMode, by_card
from ohmstead.core.model.chargers import ChargerOptions, ChargerReading
from ohmstead.core.model.departure import Departure, DepartureTarget
from ohmstead.core.model.errors import CommandRefused
from ohmstead.core.model.events import AccessRole, Action, Command, CommandValue, Event
from ohmstead.core.model.installation import Installation, VehicleMeterChoice
from ohmstead.core.model.modes import ChargingMode, GreenOptions, Program, SurplusSettings, WeekPlan
from ohmstead.core.model.networks import JoinWifi, SetEthernet, SetHotspot, SetMobile
from ohmstead.core.model.phases import PhaseSwitching
from ohmstead.core.model.quantities import MINIMUM_CURRENT_A, Role
from ohmstead.core.model.reasons import Param, Reason
from ohmstead.core.model.settings import ChargerSettings, Settings
from ohmstead.core.model.time import Instant
from ohmstead.site.panel_commands import OF_THE_PANEL, panel_options

ROLE_NEEDED: Mapping[Action, AccessRole] = {
    Action.ENABLE: "user",
    Action.SET_MODE: "user",
    Action.SET_GREEN: "user",
    Action.SET_PROGRAMS: "user",
    Action.SET_SURPLUS: "user",
    Action.SET_USER_LIMIT: "user",
    Action.PAUSE: "user",
    Action.RECOVER: "user",
    Action.AUTHORIZE: "user",
    Action.REJECT: "user",
    Action.SET_AUTHORIZATION: "owner",
    Action.SET_SESSION_LIMIT: "user",
    Action.SET_PHASES: "user",
    Action.KEEP_PHASES: "user",
    Action.SET_DEPARTURE: "user",
    Action.SET_GRID_LIMIT: "installer",
    Action.SET_GRID_METER: "installer",
    Action.PAIR_CT: "installer",
    Action.SET_PRIORITY: "user",
    Action.SET_POWER_SHARING: "installer",
    Action.SET_TURN: "installer",
    Action.CURTAIL: "installer",
    Action.RELEASE_MANAGER: "user",
    Action.SET_BUTTON_SOUND: "user",
    Action.SET_BRIGHTNESS: "user",
    Action.SET_MENU_CODE: "owner",
    Action.SET_ADMIN_CODE: "owner",
    Action.SET_NAME: "user",
    Action.SET_INSTALLATION: "installer",
    Action.SET_VEHICLE_METER: "installer",
    Action.SET_LOAD_MANAGEMENT: "installer",
    Action.JOIN_WIFI: "installer",
    Action.SET_ETHERNET: "installer",
    Action.SET_MOBILE: "installer",
    Action.SET_HOTSPOT: "installer",
    Action.RESTART: "installer",
    Action.FACTORY_RESET: "owner",
}
"""The least role each action needs."""

_KINDS: Mapping[Action, str] = {
    Action.PAIR_CT: "charger.pairing",
    Action.RECOVER: "charger.recovery",
    Action.RESTART: "charger.restart",
    Action.FACTORY_RESET: "charger.factory_reset",
}
_SECRET = frozenset({Action.SET_MENU_CODE, Action.SET_ADMIN_CODE})
"""Their values are in no record."""
TOLD_BY_CHARGER = frozenset({Action.AUTHORIZE, Action.REJECT})
"""The charger itself records what became of it."""
_OF_A_SESSION = (Action.PAUSE, Action.SET_SESSION_LIMIT, Action.SET_DEPARTURE, Action.KEEP_PHASES)


def decided(
    command: Command,
    settings: Settings,
    options: Mapping[str, ChargerOptions],
    chargers: Mapping[str, ChargerReading],
    now: Instant,
) -> tuple[ChargerOptions, Event]:
    """The target's new options and the event to record. Raises CommandRefused; nothing is changed here."""
    if command.target not in settings.chargers:
        raise _refused("command.unknown_charger", charger=command.target, known=", ".join(sorted(settings.chargers)))
    permitted(command, now)
    if command.action is Action.PAIR_CT and remote_of(settings, command.target) is None:
        raise _refused("command.no_remote", charger=command.target)
    reading = chargers.get(command.target)
    if command.action in _OF_A_SESSION and (reading is None or not reading.connected):
        raise _refused("command.no_car", charger=command.target)
    charger = settings.chargers[command.target]
    if command.action in OF_THE_PANEL:
        new = replace(options[command.target], panel=panel_options(command, options[command.target].panel))
    elif command.action is Action.SET_AUTHORIZATION:
        new = replace(options[command.target], authorization=_authorization(command, charger))
    elif command.action in (Action.SET_PHASES, Action.KEEP_PHASES):
        new = _phases(command, settings, options[command.target], reading)
    elif command.action is Action.SET_DEPARTURE:
        new = replace(options[command.target], departure=_departure(command, reading, now))
    else:
        new = _changed(command, options[command.target], charger.max_current_a, settings)
    value = {} if command.action in _SECRET else recorded(command.value)
    data = {"action": command.action.value, **value}
    reason = _told(command)
    kind = _KINDS.get(command.action, "charger.options")
    return new, Event(now.utc, kind, command.author, command.target, "info", reason, data)


def remote_of(settings: Settings, charger: str) -> str | None:
    """The device that is the remote transformers of ``charger``."""
    remotes = (name for name, one in settings.devices.items() if one.board == charger and one.input == "remote")
    return next(remotes, None)


def permitted(command: Command, now: Instant) -> None:
    """Raises CommandRefused when the author's role does not reach, or the command came too late."""
    reaches(command.role, ROLE_NEEDED[command.action])
    if command.expires is not None and now.utc >= command.expires:
        raise _refused("command.expired", expires=command.expires.isoformat())


def reaches(role: AccessRole, needed: AccessRole) -> None:
    """Raises CommandRefused when ``role`` does not reach as far as ``needed``."""
    roles = get_args(AccessRole)
    if roles.index(role) < roles.index(needed):
        raise _refused("command.role", needed=needed, role=role)


def _told(command: Command) -> Reason:
    """What the record says of a change: without a value where the sentence itself says it."""
    key, value = f"event.{command.action.value}", command.value
    if isinstance(value, GreenOptions):
        return Reason(f"{key}.{value.operation}", {"charger": command.target, "least_percent": value.minimum_percent})
    if isinstance(value, WeekPlan):
        count = sum(bool(program.days) for program in value.programs)
        return Reason(f"{key}.{value.default_mode}", {"charger": command.target, "count": count})
    if command.action is Action.SET_PHASES:
        return Reason(f"{key}.{value}", {"charger": command.target})
    if command.action in _SECRET and command.value is not None:
        return Reason(f"{key}.set", {"charger": command.target})
    if isinstance(value, DepartureTarget):
        return Reason(key, {"charger": command.target, "wanted_kwh": value.wanted_kwh, "by": f"{value.by:%H:%M %Z}"})
    if command.value is None or isinstance(command.value, bool):
        kind = {None: "none", True: "on", False: "off"}[command.value]
        return Reason(f"{key}.{kind}", {"charger": command.target})
    return Reason(key, {"charger": command.target, "value": str(command.value)})


def _changed(command: Command, options: ChargerOptions, installation_a: float, settings: Settings) -> ChargerOptions:
    match command.action:
        case Action.ENABLE:
            return replace(options, enabled=_switch(command))
        case Action.PAUSE:
            return replace(options, paused=_switch(command))
        case Action.SET_MODE:
            return replace(options, mode=_mode(command, settings))
        case Action.SET_GREEN:
            return replace(options, green=_green(command))
        case Action.SET_PROGRAMS:
            plan = _plan(command, installation_a, settings)
            return replace(options, programs=plan.programs, default_mode=plan.default_mode)
        case Action.SET_USER_LIMIT:
            return replace(options, user_limit_a=_ampere(command, installation_a))
        case Action.SET_SESSION_LIMIT:
            return replace(options, session_limit_a=_ampere(command, options.user_limit_a or installation_a))
        case Action.SET_PRIORITY:
            return replace(options, priority=_priority(command))
        case Action.FACTORY_RESET:
            return ChargerOptions()
        case (
            Action.SET_GRID_LIMIT
            | Action.SET_GRID_METER
            | Action.SET_POWER_SHARING
            | Action.SET_TURN
            | Action.CURTAIL
            | Action.SET_SURPLUS
            | Action.SET_LOAD_MANAGEMENT
            | Action.JOIN_WIFI
            | Action.SET_ETHERNET
            | Action.SET_MOBILE
            | Action.SET_HOTSPOT
        ):
            raise _refused("command.target_site", came=command.target)
        case _:
            return options


def _authorization(command: Command, charger: ChargerSettings) -> AuthorizationMode:
    """Raises CommandRefused; cards need a reader (EV-192)."""
    modes: tuple[AuthorizationMode, ...] = get_args(AuthorizationMode)
    for mode in modes:
        if command.value == mode:
            if by_card(mode) and charger.reader is None and not charger.member:
                raise _refused("command.no_reader", charger=charger.name or command.target)
            return mode
    raise _refused("command.authorization", came=shown(command.value), allowed=", ".join(modes))


def _phases(
    command: Command, settings: Settings, options: ChargerOptions, reading: ChargerReading | None
) -> ChargerOptions:
    """Raises CommandRefused; all but off needs a board that can switch, and no master that counts on the phases."""
    name, cluster = settings.chargers[command.target].name or command.target, settings.cluster
    if command.action is Action.KEEP_PHASES:
        return replace(options, keep_phases=_switch(command))
    for wanted in get_args(PhaseSwitching):
        if command.value == wanted:
            if wanted != "off" and (reading is None or reading.switching is None):
                raise _refused("command.no_phase_switching", charger=name)
            led = cluster is not None and cluster.role == "slave" and cluster.led(settings.chargers) == command.target
            if wanted != "off" and led:
                raise _refused("command.phases_led", charger=name)
            return replace(options, phase_switching=wanted)
    raise _refused("command.phases", came=shown(command.value), allowed=", ".join(get_args(PhaseSwitching)))


def unavailable(mode: ChargingMode, settings: Settings) -> Reason | None:
    """Why ``mode`` cannot be chosen on this site, if it cannot (EV-096, EV-100, EV-121)."""
    if mode == "ocpp":
        return Reason("command.no_central_system")
    return _no_green(settings) if mode == "green" else None


def _no_green(settings: Settings) -> Reason | None:
    if settings.green_possible:
        return None
    if not settings.site.load_management:
        return Reason("command.green_without_load_management")
    metered = any(device.role is Role.GRID for device in settings.devices.values())
    return Reason("command.green_without_limit" if metered else "command.green_without_meter")


def _mode(command: Command, settings: Settings) -> ChargingMode:
    modes: tuple[ChargingMode, ...] = get_args(ChargingMode)
    for mode in modes:
        if command.value == mode:
            if (why := unavailable(mode, settings)) is not None:
                raise CommandRefused(why)
            return mode
    raise _refused("command.mode", came=shown(command.value), allowed=", ".join(modes))


def _green(command: Command) -> GreenOptions:
    if not isinstance(command.value, GreenOptions):
        raise _refused("command.green", came=shown(command.value))
    return command.value


def _plan(command: Command, installation_a: float, settings: Settings) -> WeekPlan:
    """The programs, all of which can be carried out here (G-028)."""
    plan = command.value
    if not isinstance(plan, WeekPlan):
        raise _refused("command.programs", came=shown(plan))
    no_green = _no_green(settings)
    if plan.default_mode == "green" and no_green is not None:
        raise CommandRefused(no_green)
    for number, program in enumerate(plan.programs, start=1):
        match program.invalid(green_possible=no_green is None):
            case "equal_times":
                raise _refused("command.program.equal_times", number=number, time=program.start)
            case "limit_too_low":
                raise _refused("command.program.limit_too_low", number=number, came_a=program.limit_a or 0.0)
            case "green_impossible":
                why = no_green.key.removeprefix("command.") if no_green is not None else ""
                raise _refused(f"command.program.{why}", number=number)
        if program.limit_a is not None and program.limit_a > installation_a:
            raise _refused("command.program.limit", number=number, came_a=program.limit_a, most_a=installation_a)
    return plan


def recorded(value: CommandValue) -> dict[str, Param | None]:
    """``value`` as an event's data has it."""
    if isinstance(value, WeekPlan):
        lines = (f"{n} {told}" for n, one in enumerate(value.programs, start=1) if (told := _line(one)))
        return {"programs": "; ".join(lines), "default_mode": value.default_mode}
    if isinstance(value, GreenOptions | SurplusSettings | Installation | VehicleMeterChoice):
        return dict(value.model_dump())
    if isinstance(value, DepartureTarget):
        return {"by": value.by.isoformat(), "wanted_kwh": round(value.wanted_kwh, 3)}
    if isinstance(value, JoinWifi | SetEthernet | SetMobile | SetHotspot):
        return {name: told for name, told in value.model_dump(exclude={"key", "ip"}).items() if told is not None}
    return {"value": int(value) if isinstance(value, bool) else value}


def _line(program: Program) -> str:
    if not program.days:
        return ""
    limit = "" if program.limit_a is None else f" {program.limit_a:g} A"
    return f"{','.join(program.days)} {program.start}-{program.end} {program.mode}{limit}"


def _departure(command: Command, reading: ChargerReading | None, now: Instant) -> Departure | None:
    """The target, counted from now on. Raises CommandRefused; without measured energy it could not be followed."""
    target = command.value
    if target is None:
        return None
    if not isinstance(target, DepartureTarget):
        raise _refused("command.departure.no_target", came=shown(target))
    if not now.utc < target.by <= now.utc + FARTHEST:
        raise _refused(
            "command.departure.time", came=target.by.isoformat(), hours=int(FARTHEST.total_seconds() // 3600)
        )
    energy_j = reading.session.energy_j if reading is not None and reading.session is not None else None
    if energy_j is None:
        raise _refused("command.departure.unmeasured", charger=command.target)
    return Departure(target, energy_j)


def _switch(command: Command) -> bool:
    if not isinstance(command.value, bool):
        raise _refused("command.switch", came=shown(command.value))
    return command.value


def _priority(command: Command) -> int | None:
    value, (least, most) = command.value, PRIORITIES
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value not in range(least, most + 1):
        raise _refused("command.priority", came=shown(value), least=least, most=most)
    return int(value)


def _ampere(command: Command, most_a: float) -> float | None:
    value = command.value
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _refused("command.number", came=shown(value))
    if not MINIMUM_CURRENT_A <= value <= most_a:
        raise _refused("command.range", came_a=float(value), least_a=MINIMUM_CURRENT_A, most_a=most_a)
    return float(value)


def shown(value: object) -> str:
    """``value`` as a person wrote it."""
    if value is None or isinstance(value, bool):
        return {None: "–", True: "on", False: "off"}[value]
    return str(value)


def _refused(key: str, **params: str | float) -> CommandRefused:
    return CommandRefused(Reason(key, params))
