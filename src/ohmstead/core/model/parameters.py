"""The settings of a charger that people change on a running site, as one table (EV chapter 19, G-031).

Each row knows what it reads, what it may be, what it is as delivered, and which Command changes it: display, app and
API walk the same table, and none of them has a second way. Rows of the cluster, of OCPP, of networks and of the
display's own preferences stand where those features are.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from operator import attrgetter
from typing import Any, Literal, get_args

from pydantic import BaseModel, ValidationError

from ohmstead.core.model.authorization import AuthorizationMode, by_app, by_card
from ohmstead.core.model.chargers import ChargerOptions, Earthing, WakeUp
from ohmstead.core.model.errors import CommandRefused
from ohmstead.core.model.events import AccessRole, Action, Command, CommandValue
from ohmstead.core.model.installation import MOST_CURRENT_A, Installation
from ohmstead.core.model.modes import (
    MOST_EXPORT_W,
    ChargingMode,
    DefaultMode,
    GreenOperation,
    GreenOptions,
    SurplusOrder,
    SurplusSettings,
    WeekPlan,
)
from ohmstead.core.model.phases import PAUSE_S, SWITCHINGS, PhaseSwitching
from ohmstead.core.model.quantities import MINIMUM_CURRENT_A, Role
from ohmstead.core.model.reasons import Param, Reason
from ohmstead.core.model.settings import GRID_LIMIT_W, ChargerSettings, DeviceSettings, Settings

Group = Literal[
    "charging",
    "green",
    "programmed",
    "sharing",
    "load_management",
    "authorization",
    "preferences",
    "installation",
]
Kind = Literal["switch", "number", "choice", "text", "meter"]
"""``meter`` is a choice among the tables in ``protocols/meters``."""
Unit = Literal["A", "W", "%", "s"]
Value = bool | float | str | None


@dataclass(frozen=True, slots=True)
class Now:
    """What holds: of the site, and what people set on the charger."""

    settings: Settings
    charger: str
    options: ChargerOptions
    switches_phases: bool = True
    """Whether the charger's board is known to switch between one phase and three."""

    @property
    def place(self) -> ChargerSettings:
        """The charger as it is installed."""
        return self.settings.chargers[self.charger]

    @property
    def grid(self) -> DeviceSettings | None:
        """The meter at the grid connection."""
        return next((one for one in self.settings.devices.values() if one.role is Role.GRID), None)


Read = Callable[[Now], Value]
Ask = Callable[[Now, Value], CommandValue]
Span = tuple[float, float]


def _itself(_: Now, value: Value) -> CommandValue:
    return value


@dataclass(frozen=True, slots=True)
class Parameter:
    """One row. ``factory`` is the value as delivered; a range is in ``unit``, both ends included."""

    key: str
    requirement: str
    group: Group
    kind: Kind
    action: Action
    read: Read
    factory: Value = None
    ask: Ask = _itself
    """The command's value that lets this row be so, and all that it is set together with as it was."""
    unit: Unit | None = None
    span: Callable[[Now], Span] = lambda _: (0.0, 0.0)
    step: float = 1.0
    choices: tuple[str, ...] = ()
    optional: bool = False
    """May be ``None``."""
    of_site: bool = False
    """One for all chargers."""
    needs_grid_meter: bool = False
    needs_phase_switch: bool = False

    def locked(self, now: Now) -> Reason | None:
        """Why it cannot be changed now by anybody, if so."""
        if self.needs_grid_meter and now.grid is None:
            return Reason("verification.no_grid_meter")
        if self.needs_phase_switch and not now.switches_phases:
            return Reason("command.no_phase_switching", {"charger": now.place.name or now.charger})
        if self.kind == "meter" and now.grid is not None and now.grid.driver != "modbus":
            return Reason("command.no_other_model", {"device": now.grid.name or "grid"})
        if self.key == "authorize_card" and now.place.reader is None:
            return Reason("command.no_reader", {"charger": now.place.name or now.charger})
        return None


def _within(least: float, most: float) -> Callable[[Now], Span]:
    return lambda _: (least, most)


def _to_installation(now: Now) -> Span:
    return MINIMUM_CURRENT_A, now.place.max_current_a


def _green(field: str) -> Ask:
    return lambda now, value: _with(GreenOptions, now.options.green, field, value)


def _surplus(field: str) -> Ask:
    return lambda now, value: _with(SurplusSettings, now.settings.site.surplus, field, value)


def _installation(field: str) -> Ask:
    return lambda now, value: _with(Installation, installation_of(now.place), field, value)


def _authorization(app: bool | None = None, card: bool | None = None) -> Ask:
    def ask(now: Now, value: Value) -> CommandValue:
        mode = now.options.authorization
        asks = (by_app(mode) if app is None else value is True, by_card(mode) if card is None else value is True)
        modes: dict[tuple[bool, bool], AuthorizationMode] = {
            (False, False): "none",
            (True, False): "app",
            (False, True): "card",
            (True, True): "both",
        }
        return modes[asks]

    return ask


def _default_mode(now: Now, value: Value) -> CommandValue:
    return WeekPlan.model_validate({"programs": now.options.programs, "default_mode": value})


_OF_WIRING = _within(MINIMUM_CURRENT_A, MOST_CURRENT_A)


def _or_none(now: Now) -> Span:
    return 0.0, now.place.max_current_a


def _grid_meter(now: Now) -> Value:
    return None if now.grid is None else now.grid.meter


def _priority(now: Now) -> Value:
    return now.place.priority if now.options.priority is None else now.options.priority


def _by_app(now: Now) -> Value:
    return by_app(now.options.authorization)


def _by_card(now: Now) -> Value:
    return by_card(now.options.authorization)


def _row(
    key: str, requirement: str, group: Group, kind: Kind, action: Action, read: str | Read, **more: Any
) -> Parameter:
    """``read`` may be a path from :class:`Now`."""
    reader = attrgetter(read) if isinstance(read, str) else read
    return Parameter(key, requirement, group, kind, action, reader, **more)


_CHARGING: tuple[Parameter, ...] = (
    _row(
        *("mode", "EV-272", "charging", "choice", Action.SET_MODE, "options.mode"),
        factory="fast",
        choices=get_args(ChargingMode),
    ),
    _row(
        *("user_limit", "EV-273", "charging", "number", Action.SET_USER_LIMIT, "options.user_limit_a"),
        unit="A",
        span=_to_installation,
        optional=True,
    ),
    _row(
        *("green_operation", "EV-274", "green", "choice", Action.SET_GREEN, "options.green.operation"),
        factory="solar",
        ask=_green("operation"),
        choices=get_args(GreenOperation),
    ),
    _row(
        *("green_percent", "EV-275", "green", "number", Action.SET_GREEN, "options.green.minimum_percent"),
        factory=75,
        ask=_green("minimum_percent"),
        unit="%",
        span=_within(5, 100),
        step=5,
    ),
    _row(
        *("minimum_export", "EV-276", "green", "number", Action.SET_SURPLUS, "settings.site.surplus.minimum_export_w"),
        factory=0,
        ask=_surplus("minimum_export_w"),
        unit="W",
        span=_within(0, MOST_EXPORT_W),
        step=100,
        of_site=True,
        needs_grid_meter=True,
    ),
    _row(
        *("surplus_order", "G-016", "green", "choice", Action.SET_SURPLUS, "settings.site.surplus.order"),
        factory="battery_first",
        ask=_surplus("order"),
        choices=get_args(SurplusOrder),
        of_site=True,
        needs_grid_meter=True,
    ),
    _row(
        *("default_mode", "EV-277", "programmed", "choice", Action.SET_PROGRAMS, "options.default_mode"),
        factory="fast",
        ask=_default_mode,
        choices=get_args(DefaultMode),
    ),
    _row(
        *("phase_switching", "G-032", "charging", "choice", Action.SET_PHASES, "options.phase_switching"),
        factory="off",
        choices=get_args(PhaseSwitching),
        needs_phase_switch=True,
    ),
    _row(
        *("priority", "EV-287", "sharing", "number", Action.SET_PRIORITY, _priority),
        factory=2,
        span=_within(0, 4),
    ),
    _row(
        *(
            "power_sharing",
            "EV-290",
            "sharing",
            "switch",
            Action.SET_POWER_SHARING,
            "settings.site.sharing.power_sharing",
        ),
        factory=True,
        of_site=True,
    ),
    _row(
        *("authorize_app", "EV-296", "authorization", "switch", Action.SET_AUTHORIZATION, _by_app),
        factory=False,
        ask=_authorization(app=True),
    ),
    _row(
        *("authorize_card", "EV-297", "authorization", "switch", Action.SET_AUTHORIZATION, _by_card),
        factory=False,
        ask=_authorization(card=True),
    ),
)
_INSTALLED: tuple[Parameter, ...] = (
    _row(
        "load_management",
        *("EV-292", "load_management", "switch", Action.SET_LOAD_MANAGEMENT, "settings.site.load_management"),
        factory=True,
        of_site=True,
        needs_grid_meter=True,
    ),
    _row(
        *("grid_meter", "EV-293", "load_management", "meter", Action.SET_GRID_METER, _grid_meter),
        of_site=True,
        needs_grid_meter=True,
    ),
    _row(
        *("grid_limit", "EV-294", "load_management", "number", Action.SET_GRID_LIMIT, "settings.site.contract_power_w"),
        unit="W",
        span=_within(*GRID_LIMIT_W),
        step=100,
        of_site=True,
        needs_grid_meter=True,
    ),
    _row("name", "EV-301", "preferences", "text", Action.SET_NAME, "place.name", optional=True),
    _row(
        *("max_current", "EV-304", "installation", "number", Action.SET_INSTALLATION, "place.max_current_a"),
        ask=_installation("max_current_a"),
        unit="A",
        span=_OF_WIRING,
    ),
    _row(
        *("fallback_current", "EV-304", "installation", "number", Action.SET_INSTALLATION, "place.fallback_current_a"),
        factory=0,
        ask=_installation("fallback_current_a"),
        unit="A",
        span=_or_none,
    ),
    _row(
        *("earthing", "EV-304", "installation", "choice", Action.SET_INSTALLATION, "place.earthing"),
        factory="tn",
        ask=_installation("earthing"),
        choices=get_args(Earthing),
    ),
    _row(
        *("ventilated", "EV-304", "installation", "switch", Action.SET_INSTALLATION, "place.ventilated"),
        factory=False,
        ask=_installation("ventilated"),
    ),
    _row(
        *("wake_up", "EV-304", "installation", "choice", Action.SET_INSTALLATION, "place.wake_up"),
        factory="once",
        ask=_installation("wake_up"),
        choices=get_args(WakeUp),
    ),
    _row(
        *("phase_pause", "G-032", "installation", "number", Action.SET_INSTALLATION, "place.phase_pause_s"),
        factory=60,
        ask=_installation("phase_pause_s"),
        unit="s",
        span=_within(*PAUSE_S),
        needs_phase_switch=True,
    ),
    _row(
        *("phase_switchings", "G-032", "installation", "number", Action.SET_INSTALLATION, "place.phase_switchings"),
        factory=10,
        ask=_installation("phase_switchings"),
        span=_within(*SWITCHINGS),
        needs_phase_switch=True,
    ),
)
PARAMETERS = (*_CHARGING, *_INSTALLED)
"""Every row, in the order in which people read them within their group."""


def installation_of(charger: ChargerSettings) -> Installation:
    """What the installer told of the place of ``charger``."""
    return Installation.model_validate({name: getattr(charger, name) for name in Installation.model_fields})


def asked(parameter: Parameter, now: Now, value: Value, author: str, role: AccessRole) -> Command:
    """The command that lets ``parameter`` be ``value``. Raises CommandRefused for what it can never be."""
    _check(parameter, now, value)
    target = "site" if parameter.of_site else now.charger
    return Command(author, role, target, parameter.action, parameter.ask(now, value))


def _check(parameter: Parameter, now: Now, value: Value) -> None:
    if value is None:
        if not parameter.optional:
            raise CommandRefused(Reason("setting.needed"))
        return
    match parameter.kind:
        case "switch":
            if not isinstance(value, bool):
                raise CommandRefused(Reason("command.switch", {"came": str(value)}))
        case "number":
            if isinstance(value, bool | str) or not isfinite(value):
                raise CommandRefused(Reason("setting.number", {"came": str(value)}))
            least, most = parameter.span(now)
            if not least <= value <= most:
                came, least, most = map(_as_written, (value, least, most))
                params: dict[str, Param] = {"came": came, "least": least, "most": most, "unit": parameter.unit or ""}
                raise CommandRefused(Reason("setting.range", params))
        case "choice":
            if value not in parameter.choices or isinstance(value, bool):
                raise CommandRefused(
                    Reason("setting.choice", {"came": str(value), "allowed": ", ".join(parameter.choices)})
                )
        case _:
            if not isinstance(value, str):
                raise CommandRefused(Reason("setting.text", {"came": str(value)}))


def _as_written(value: float) -> float:
    """Without a point where it is whole."""
    return int(value) if value == int(value) else value


def _with(
    model: "type[GreenOptions | SurplusSettings | Installation]", now: BaseModel, field: str, value: Value
) -> CommandValue:
    """``now`` with ``value`` in ``field``. Raises CommandRefused for what the field cannot be."""
    try:
        return model.model_validate({**now.model_dump(), field: value})
    except ValidationError as error:
        told = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise CommandRefused(Reason("setting.invalid", {"came": str(value), "allowed": told})) from error
