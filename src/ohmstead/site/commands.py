"""The one door for changes: role, range and conflict are checked, then the options change as a whole.

API, display, automation and protocols all bring a :class:`~ohmstead.core.model.events.Command`; what comes out
is the charger's new options and the event that records it, or a CommandRefused that says why.
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import get_args

from ohmstead.core.model.authorization import AuthorizationMode, by_card
from ohmstead.core.model.chargers import ChargerOptions, ChargerReading, ChargingMode
from ohmstead.core.model.errors import CommandRefused
from ohmstead.core.model.events import AccessRole, Action, Command, Event
from ohmstead.core.model.quantities import MINIMUM_CURRENT_A
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.settings import ChargerSettings, Settings
from ohmstead.core.model.time import Instant

ROLE_NEEDED: Mapping[Action, AccessRole] = {
    Action.ENABLE: "user",
    Action.SET_MODE: "user",
    Action.SET_USER_LIMIT: "user",
    Action.PAUSE: "user",
    Action.RECOVER: "user",
    Action.AUTHORIZE: "user",
    Action.REJECT: "user",
    Action.SET_AUTHORIZATION: "owner",
    Action.SET_SESSION_LIMIT: "user",
    Action.SET_GRID_LIMIT: "installer",
    Action.SET_GRID_METER: "installer",
    Action.PAIR_CT: "installer",
}
"""The least role each action needs."""

_KINDS: Mapping[Action, str] = {
    Action.PAIR_CT: "charger.pairing",
    Action.RECOVER: "charger.recovery",
}
PASSING = frozenset({Action.AUTHORIZE, Action.REJECT, Action.RECOVER})
"""What the charger carries out at once; nothing of it is an option that lasts."""
TOLD_BY_CHARGER = frozenset({Action.AUTHORIZE, Action.REJECT})
"""The charger itself records what became of it."""
_OF_A_SESSION = (Action.PAUSE, Action.SET_SESSION_LIMIT)


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
    if command.action is Action.SET_AUTHORIZATION:
        new = replace(options[command.target], authorization=_authorization(command, charger))
    else:
        new = _changed(command, options[command.target], charger.max_current_a)
    told = command.value if not isinstance(command.value, bool) else int(command.value)
    data = {"action": command.action.value, "value": told}
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
    key = f"event.{command.action.value}"
    if command.value is None or isinstance(command.value, bool):
        kind = {None: "none", True: "on", False: "off"}[command.value]
        return Reason(f"{key}.{kind}", {"charger": command.target})
    return Reason(key, {"charger": command.target, "value": str(command.value)})


def _changed(command: Command, options: ChargerOptions, installation_a: float) -> ChargerOptions:
    match command.action:
        case Action.ENABLE:
            return replace(options, enabled=_switch(command))
        case Action.PAUSE:
            return replace(options, paused=_switch(command))
        case Action.SET_MODE:
            return replace(options, mode=_mode(command))
        case Action.SET_USER_LIMIT:
            return replace(options, user_limit_a=_ampere(command, installation_a))
        case Action.SET_SESSION_LIMIT:
            return replace(options, session_limit_a=_ampere(command, options.user_limit_a or installation_a))
        case Action.SET_GRID_LIMIT | Action.SET_GRID_METER:
            raise _refused("command.target_site", came=command.target)
        case _:
            return options


def _authorization(command: Command, charger: ChargerSettings) -> AuthorizationMode:
    """Raises CommandRefused; cards need a reader (EV-192)."""
    modes: tuple[AuthorizationMode, ...] = get_args(AuthorizationMode)
    for mode in modes:
        if command.value == mode:
            if by_card(mode) and charger.reader is None:
                raise _refused("command.no_reader", charger=charger.name or command.target)
            return mode
    raise _refused("command.authorization", came=shown(command.value), allowed=", ".join(modes))


def _mode(command: Command) -> ChargingMode:
    modes: tuple[ChargingMode, ...] = get_args(ChargingMode)
    for mode in modes:
        if command.value == mode:
            return mode
    raise _refused("command.mode", came=shown(command.value), allowed=", ".join(modes))


def _switch(command: Command) -> bool:
    if not isinstance(command.value, bool):
        raise _refused("command.switch", came=shown(command.value))
    return command.value


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
