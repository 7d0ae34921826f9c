"""Commands that ask for a change, and events that record what happened. One door for changes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from ohmstead.core.model.departure import DepartureTarget
from ohmstead.core.model.installation import Installation, VehicleMeterChoice
from ohmstead.core.model.modes import GreenOptions, SurplusSettings, WeekPlan
from ohmstead.core.model.networks import NetworkChange
from ohmstead.core.model.reasons import Param, Reason

AccessRole = Literal["viewer", "user", "installer", "owner"]
"""Ascending: each may do what those before it may."""


CommandValue = (
    bool
    | float
    | str
    | GreenOptions
    | WeekPlan
    | SurplusSettings
    | DepartureTarget
    | NetworkChange
    | Installation
    | VehicleMeterChoice
    | None
)


class Action(StrEnum):
    """What a command may ask for."""

    ENABLE = "enable"
    """value: bool"""
    SET_MODE = "set_mode"
    """value: a ChargingMode"""
    SET_GREEN = "set_green"
    """value: GreenOptions (EV-102, EV-104)"""
    SET_PROGRAMS = "set_programs"
    """value: a WeekPlan (EV-110 to EV-117)"""
    SET_SURPLUS = "set_surplus"
    """of the site; value: SurplusSettings (EV-107)"""
    SET_USER_LIMIT = "set_user_limit"
    """value: ampere per phase, or None to remove it (EV-097)"""
    PAUSE = "pause"
    """value: bool, true pauses, false resumes (G-051)"""
    RECOVER = "recover"
    """value: None; try to end the errors that hold (EV-233 to EV-246, G-038)"""
    AUTHORIZE = "authorize"
    """value: None; let the vehicle that is connected charge (EV-190)"""
    REJECT = "reject"
    """value: None; do not let it charge; a card may still (EV-189)"""
    SET_AUTHORIZATION = "set_authorization"
    """value: an AuthorizationMode (EV-187)"""
    SET_SESSION_LIMIT = "set_session_limit"
    """value: ampere per phase, or None to remove it (G-024)"""
    SET_PHASES = "set_phases"
    """value: a PhaseSwitching (G-032)"""
    KEEP_PHASES = "keep_phases"
    """value: bool, true leaves the car that is there on its phases until it is unplugged"""
    SET_DEPARTURE = "set_departure"
    """value: a DepartureTarget, or None to take it away"""
    SET_GRID_LIMIT = "set_grid_limit"
    """of the site; value: watts (EV-178)"""
    SET_GRID_METER = "set_grid_meter"
    """of the site; value: a model in ``protocols/meters`` (EV-178)"""
    SET_PRIORITY = "set_priority"
    """value: 0 (last) to 4 (first), or None for what the installer set (EV-146)"""
    SET_POWER_SHARING = "set_power_sharing"
    """of the site; value: bool, false is first come, first served (EV-145)"""
    SET_TURN = "set_turn"
    """of the site; value: minutes of a turn, 5, 10 or 15 (EV-151)"""
    CURTAIL = "curtail"
    """of the site; value: watts for all chargers together, or None; until the command's ``until``"""
    PAIR_CT = "pair_ct"
    """value: None; the charger's board accepts the next remote current transformers that ask (EV-183)"""
    RELEASE_MANAGER = "release_manager"
    """value: None; what an energy manager outside has set to the charger no longer holds"""
    SET_BUTTON_SOUND = "set_button_sound"
    """value: bool (EV-212)"""
    SET_BRIGHTNESS = "set_brightness"
    """of the display; value: percent, 25, 50, 75 or 100 (EV-213)"""
    SET_MENU_CODE = "set_menu_code"
    """value: four digits that open the display's menu, or None for everybody (EV-214)"""
    SET_ADMIN_CODE = "set_admin_code"
    """value: four digits that open its Admin section (EV-215)"""
    SET_NAME = "set_name"
    """value: what people call the charger, or None for its key (EV-211)"""
    SET_INSTALLATION = "set_installation"
    """value: an Installation (EV-304)"""
    SET_VEHICLE_METER = "set_vehicle_meter"
    """value: a VehicleMeterChoice, or None for the charger's own measurement (EV-295)"""
    SET_LOAD_MANAGEMENT = "set_load_management"
    """of the site; value: bool, false lets charging go without the limits of the supply (EV-292)"""
    JOIN_WIFI = "join_wifi"
    """of the site; value: a JoinWifi (EV-204)"""
    SET_ETHERNET = "set_ethernet"
    """of the site; value: a SetEthernet (EV-209)"""
    SET_MOBILE = "set_mobile"
    """of the site; value: a SetMobile (EV-208)"""
    SET_HOTSPOT = "set_hotspot"
    """of the site; value: a SetHotspot (G-132)"""
    RESTART = "restart"
    """value: None; the charger stops, and begins anew with what it knew (EV-036)"""
    FACTORY_RESET = "factory_reset"
    """value: None; the charger's settings as they were delivered, then a restart (G-050)"""


@dataclass(frozen=True, slots=True)
class Command:
    """A wish of ``author`` about ``target`` (a charger, or ``site``).

    It is refused by role, range, conflict, or after ``expires``.
    """

    author: str
    role: AccessRole
    target: str
    action: Action
    value: CommandValue = None
    expires: datetime | None = None
    until: datetime | None = None
    """When what it sets ends by itself; for actions that know an end."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, kept for ever. ``kind`` is dotted, e.g. ``device.lost``, ``session.ended``."""

    at: datetime
    kind: str
    author: str
    """Who or what caused it: an account, ``site``, or a device."""
    target: str
    severity: Literal["info", "warning", "fault"] = "info"
    reason: Reason | None = None
    data: Mapping[str, Param | None] = field(default_factory=dict)
