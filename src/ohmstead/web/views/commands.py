"""What people and programs ask of a charger or of the site: the bodies of commands, and their answers."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BeforeValidator, Field
from pydantic.config import JsonDict

from ohmstead.core.model.authorization import AuthorizationMode
from ohmstead.core.model.circuits import TurnMinutes
from ohmstead.core.model.departure import MOST_KWH
from ohmstead.core.model.events import Action
from ohmstead.core.model.modes import ChargingMode
from ohmstead.core.model.phases import PhaseSwitching
from ohmstead.web.views.base import WHOLE, View, shaped
from ohmstead.web.views.modes import GREEN_EXAMPLE, GreenView

LimitValue = Annotated[
    float,
    Field(
        allow_inf_nan=False,
        description="Ampere, from the charger's minimum_current_a to its installation_limit_a; 409 otherwise",
    ),
]


class EnableCommand(View):
    """Let the charger charge, or not."""

    model_config = shaped({"action": "enable", "value": True})

    action: Literal["enable"]
    value: bool = Field(strict=True)


class SetModeCommand(View):
    """Choose how it charges."""

    model_config = shaped({"action": "set_mode", "value": "fast"})

    action: Literal["set_mode"]
    value: ChargingMode


class SetGreenCommand(View):
    """Choose how Green charges."""

    model_config = shaped({"action": "set_green", "value": GREEN_EXAMPLE})

    action: Literal["set_green"]
    value: GreenView


class SetUserLimitCommand(View):
    """Limit the current per phase until changed; null removes the limit."""

    model_config = shaped({"action": "set_user_limit", "value": 10.0}, {"action": "set_user_limit", "value": None})

    action: Literal["set_user_limit"]
    value: LimitValue | None = Field(strict=True)


class PauseCommand(View):
    """Pause (true) or resume (false) until resumed or unplugged."""

    model_config = shaped({"action": "pause", "value": True})

    action: Literal["pause"]
    value: bool = Field(strict=True)


class SetSessionLimitCommand(View):
    """Limit the current per phase until the car is unplugged; null removes the limit."""

    model_config = shaped({"action": "set_session_limit", "value": 8.0})

    action: Literal["set_session_limit"]
    value: LimitValue | None = Field(strict=True)


def _written(value: object) -> object:
    if not isinstance(value, str | datetime):
        raise ValueError("a time with its zone, such as 2026-06-21T12:00:00Z")
    return value


DEPARTURE_EXAMPLE: JsonDict = {"by": "2026-06-22T05:00:00Z", "energy_kwh": 18.0}


_By = Annotated[AwareDatetime, BeforeValidator(_written), Field(description="With its zone; at most 48 h ahead")]
_Kwh = Annotated[float, Field(strict=True, gt=0, le=MOST_KWH, allow_inf_nan=False)]


class EnergyDepartureView(View):
    """Energy to be given by a time."""

    model_config = shaped(DEPARTURE_EXAMPLE)

    by: _By
    energy_kwh: _Kwh


class ChargeDepartureView(View):
    """A state of charge to be reached by a time; 409 when it is not above the present one."""

    model_config = shaped(
        {"by": "2026-06-22T05:00:00Z", "from_percent": 45, "to_percent": 80, "battery_kwh": 60.0},
    )

    by: _By
    from_percent: Annotated[int, Field(ge=0, le=100), WHOLE] = Field(description="State of charge now")
    to_percent: Annotated[int, Field(ge=1, le=100), WHOLE]
    battery_kwh: _Kwh


DepartureView = EnergyDepartureView | ChargeDepartureView


class SetDepartureCommand(View):
    """What is to be in the car by when, for this session; null takes it away."""

    model_config = shaped(
        {"action": "set_departure", "value": DEPARTURE_EXAMPLE}, {"action": "set_departure", "value": None}
    )

    action: Literal["set_departure"]
    value: DepartureView | None


def _whole(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("a whole number")
    return value


class SetPhasesCommand(View):
    """Use one phase or three: off, automatic, one, three; 409 where the board cannot switch them."""

    model_config = shaped({"action": "set_phases", "value": "automatic"})

    action: Literal["set_phases"]
    value: PhaseSwitching


class KeepPhasesCommand(View):
    """Leave the car that is there on its phases until it is unplugged, or not."""

    model_config = shaped({"action": "keep_phases", "value": True})

    action: Literal["keep_phases"]
    value: bool = Field(strict=True)


class SetPriorityCommand(View):
    """Who goes first when there is not enough for all: 4 first, 0 last; null for what the installer set."""

    model_config = shaped({"action": "set_priority", "value": 4})

    action: Literal["set_priority"]
    value: Annotated[Literal[0, 1, 2, 3, 4] | None, BeforeValidator(_whole)]


class AuthorizeCommand(View):
    """Let the vehicle that is connected charge."""

    model_config = shaped({"action": "authorize", "value": None})

    action: Literal["authorize"]
    value: None = None


class RejectCommand(View):
    """Do not let it charge; a valid card still may while it stays connected."""

    model_config = shaped({"action": "reject", "value": None})

    action: Literal["reject"]
    value: None = None


class SetAuthorizationCommand(View):
    """What a session needs from now on: nothing, the app, a card, or either of them (owner)."""

    model_config = shaped({"action": "set_authorization", "value": "both"})

    action: Literal["set_authorization"]
    value: AuthorizationMode


class RecoverCommand(View):
    """Try to end the errors that hold; 409 says why none of them can be ended now, such as a car to unplug first."""

    model_config = shaped({"action": "recover", "value": None})

    action: Literal["recover"]
    value: None = None


class PairCtCommand(View):
    """Let the charger's board accept the next remote current transformers that ask, for two minutes (installer)."""

    model_config = shaped({"action": "pair_ct", "value": None})

    action: Literal["pair_ct"]
    value: None = None


class RestartCommand(View):
    """Let the charger stop and begin anew with what it knows; its contactor opens (installer)."""

    model_config = shaped({"action": "restart", "value": None})

    action: Literal["restart"]
    value: None = None


class FactoryResetCommand(View):
    """Let people's settings of this charger be as delivered, then restart it (owner).

    Limits, mode, programs, authorization, name and, where no other charger reads them, the cards go. What the wiring
    needs stays, as do sessions, counters, errors and events.
    """

    model_config = shaped({"action": "factory_reset", "value": None})

    action: Literal["factory_reset"]
    value: None = None


class ReleaseManagerCommand(View):
    """What an energy manager outside has set to this charger no longer holds; it may set anew."""

    model_config = shaped({"action": "release_manager", "value": None})

    action: Literal["release_manager"]
    value: None = None


class SetButtonSoundCommand(View):
    """Whether a button of the front panel clicks."""

    model_config = shaped({"action": "set_button_sound", "value": True})

    action: Literal["set_button_sound"]
    value: bool = Field(strict=True)


class SetBrightnessCommand(View):
    """How bright the display of the front panel is."""

    model_config = shaped({"action": "set_brightness", "value": 75})

    action: Literal["set_brightness"]
    value: Annotated[Literal[25, 50, 75, 100], BeforeValidator(_whole)] = Field(description="Percent")


Code = Annotated[str, Field(pattern=r"^[0-9]{4}$", description="Four digits")]


class SetMenuCodeCommand(View):
    """What opens the menu of the display; null for everybody's (owner)."""

    model_config = shaped({"action": "set_menu_code", "value": "2580"}, {"action": "set_menu_code", "value": None})

    action: Literal["set_menu_code"]
    value: Code | None


class SetAdminCodeCommand(View):
    """What opens the Admin section of the display (owner)."""

    model_config = shaped({"action": "set_admin_code", "value": "9071"})

    action: Literal["set_admin_code"]
    value: Code


CommandBody = Annotated[
    EnableCommand
    | SetModeCommand
    | SetGreenCommand
    | SetUserLimitCommand
    | PauseCommand
    | RecoverCommand
    | AuthorizeCommand
    | RejectCommand
    | SetAuthorizationCommand
    | SetSessionLimitCommand
    | SetDepartureCommand
    | SetPhasesCommand
    | KeepPhasesCommand
    | SetPriorityCommand
    | PairCtCommand
    | RestartCommand
    | FactoryResetCommand
    | ReleaseManagerCommand
    | SetButtonSoundCommand
    | SetBrightnessCommand
    | SetMenuCodeCommand
    | SetAdminCodeCommand,
    Field(discriminator="action"),
]


class CommandDone(View):
    """The command was carried out and recorded; its effect shows in the next live frame."""

    model_config = shaped({"charger": "garage", "action": "pause", "value": True, "at": "2026-06-21T10:15:03Z"})

    charger: str
    action: Action
    value: bool | float | str | GreenView | EnergyDepartureView | ChargeDepartureView | None
    at: datetime


class SetGridLimitCommand(View):
    """Set the upper bound of the imported power."""

    model_config = shaped({"action": "set_grid_limit", "value": 6000.0})

    action: Literal["set_grid_limit"]
    value: float = Field(strict=True, allow_inf_nan=False, description="Watts, 500 or more; 409 otherwise")


class SetGridMeterCommand(View):
    """Read the grid meter as another model; it is tried first."""

    model_config = shaped({"action": "set_grid_meter", "value": "eastron-sdm630"})

    action: Literal["set_grid_meter"]
    value: str = Field(min_length=1, max_length=80, description="A model of /api/v1/meters")


class SetLoadManagementCommand(View):
    """Whether charging keeps the limits of the supply; without, Green cannot be chosen."""

    model_config = shaped({"action": "set_load_management", "value": True})

    action: Literal["set_load_management"]
    value: bool = Field(strict=True)


class SetPowerSharingCommand(View):
    """Whether chargers of one priority share equally, or the first that was plugged in goes first."""

    model_config = shaped({"action": "set_power_sharing", "value": True})

    action: Literal["set_power_sharing"]
    value: bool = Field(strict=True)


class SetTurnCommand(View):
    """How long a turn is where not all can have 6 A at once."""

    model_config = shaped({"action": "set_turn", "value": 5})

    action: Literal["set_turn"]
    value: Annotated[TurnMinutes, BeforeValidator(_whole)] = Field(description="Minutes")


class CurtailCommand(View):
    """What the grid operator leaves to all chargers together; null ends it."""

    model_config = shaped(
        {"action": "curtail", "value": 4200.0, "until": "2026-06-21T12:00:00Z"}, {"action": "curtail", "value": None}
    )

    action: Literal["curtail"]
    value: float | None = Field(strict=True, allow_inf_nan=False, description="Watts")
    until: Annotated[AwareDatetime, BeforeValidator(_written)] | None = Field(
        default=None, description="When it ends by itself; without, when it is ended"
    )


SiteCommandBody = Annotated[
    SetGridLimitCommand
    | SetGridMeterCommand
    | SetLoadManagementCommand
    | SetPowerSharingCommand
    | SetTurnCommand
    | CurtailCommand,
    Field(discriminator="action"),
]


class SiteCommandDone(View):
    """The command was carried out and recorded; /api/v1/site shows it."""

    model_config = shaped({"action": "set_grid_limit", "value": 6000.0, "at": "2026-06-21T10:15:03Z"})

    action: Action
    value: bool | float | str | None
    at: datetime
