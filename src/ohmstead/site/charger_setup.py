"""What is set up of one charger on a running site: its name, its installation, the meter that accounts its energy.

In come the settings that hold and a command; out come settings that are consistent as a whole, or a CommandRefused.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from ohmstead.core.model.errors import CommandRefused
from ohmstead.core.model.events import Action, Command
from ohmstead.core.model.installation import Installation, VehicleMeterChoice
from ohmstead.core.model.quantities import Role
from ohmstead.core.model.reasons import Param, Reason
from ohmstead.core.model.settings import ChargerSettings, Conflicting, DeviceSettings, Settings

OF_A_CHARGER = frozenset({Action.SET_NAME, Action.SET_INSTALLATION, Action.SET_VEHICLE_METER})
"""Actions whose target is a charger, and whose outcome is other settings."""
LONGEST_NAME = 80


def known(charger: str, settings: Settings) -> ChargerSettings:
    """The charger of that key. Raises CommandRefused."""
    if charger not in settings.chargers:
        params: dict[str, Param] = {"charger": charger, "known": ", ".join(sorted(settings.chargers))}
        raise CommandRefused(Reason("command.unknown_charger", params))
    return settings.chargers[charger]


def set_up(command: Command, settings: Settings) -> tuple[Settings, Reason]:
    """The settings after ``command``, and what its record says. Raises CommandRefused."""
    charger = known(command.target, settings)
    if command.action is Action.SET_NAME:
        name = _name(command.value)
        key = "event.set_name" if name else "event.set_name.none"
        params: dict[str, Param] = {"charger": command.target, "value": name or command.target}
        return _with_charger(settings, command.target, {"name": name}), Reason(key, params)
    if command.action is Action.SET_INSTALLATION:
        installation = _installation(command.value)
        if installation.fallback_current_a > installation.max_current_a:
            came = {"came_a": installation.fallback_current_a, "most_a": installation.max_current_a}
            raise CommandRefused(Reason("setting.fallback_above", came))
        params = {"charger": charger.name or command.target, "limit_a": installation.max_current_a}
        after = consistent(settings, settings.devices, command.target, installation.model_dump())
        return after, Reason("event.set_installation", params)
    after = with_vehicle_meter(settings, command.target, _choice(command.value))
    meter = after.chargers[command.target].vehicle_meter
    params = {"charger": charger.name or command.target}
    if meter is None:
        return after, Reason("event.set_vehicle_meter.none", params)
    return after, Reason("event.set_vehicle_meter", params | {"model": after.devices[meter].meter or meter})


def unnamed(charger: str, settings: Settings) -> Settings:
    """``settings`` where ``charger`` is called by its key."""
    return _with_charger(settings, charger, {"name": None})


def with_vehicle_meter(settings: Settings, charger: str, choice: VehicleMeterChoice | None) -> Settings:
    """``settings`` where ``choice`` accounts what ``charger`` delivers. Raises CommandRefused."""
    before = settings.chargers[charger].vehicle_meter
    devices = {name: device for name, device in settings.devices.items() if name != before}
    if choice is None:
        return consistent(settings, devices, charger, {"vehicle_meter": None})
    name = before or _free(f"{charger}-meter", settings)
    kept = settings.devices[before].model_dump(exclude_unset=True) if before is not None else {}
    told = {"driver": "modbus", "meter": choice.model, "connect": choice.connect, "unit": choice.unit}
    known = {key: value for key, value in kept.items() if key in ("name", "phases", "start_s", "period_s")}
    try:
        devices[name] = DeviceSettings.model_validate({**known, **told, "role": Role.VEHICLE})
    except ValidationError as error:
        raise CommandRefused(Reason("setting.conflict", {"detail": error.errors()[0]["msg"]})) from error
    return consistent(settings, devices, charger, {"vehicle_meter": name})


def consistent(
    settings: Settings, devices: Mapping[str, DeviceSettings], charger: str, change: Mapping[str, Any]
) -> Settings:
    """``settings`` with other devices and a changed charger. Raises CommandRefused where they do not go together."""
    after = _with_charger(settings.model_copy(update={"devices": dict(devices)}), charger, change)
    try:
        return Settings.model_validate(after.model_dump())
    except Conflicting as error:
        raise CommandRefused(Reason("setting.conflict", {"detail": str(error.mistakes[0])})) from error
    except ValidationError as error:
        raise CommandRefused(Reason("setting.conflict", {"detail": error.errors()[0]["msg"]})) from error


def _with_charger(settings: Settings, charger: str, change: Mapping[str, Any]) -> Settings:
    after = settings.chargers[charger].model_copy(update=change)
    return settings.model_copy(update={"chargers": {**settings.chargers, charger: after}})


def _free(name: str, settings: Settings) -> str:
    taken = settings.devices.keys() | settings.chargers.keys() | settings.circuits.keys()
    names = (name, *(f"{name}-{number}" for number in range(2, len(taken) + 3)))
    return next(one for one in names if one not in taken)


def _name(value: object) -> str | None:
    if value is None:
        return None
    bare = " ".join(value.split()) if isinstance(value, str) else ""
    if not bare or len(bare) > LONGEST_NAME or not bare.isprintable():
        raise CommandRefused(Reason("setting.name", {"most": LONGEST_NAME}))
    return bare


def _installation(value: object) -> Installation:
    if not isinstance(value, Installation):
        raise CommandRefused(Reason("setting.installation"))
    return value


def _choice(value: object) -> VehicleMeterChoice | None:
    if value is not None and not isinstance(value, VehicleMeterChoice):
        raise CommandRefused(Reason("command.meter_model", {"came": str(value)}))
    return value
