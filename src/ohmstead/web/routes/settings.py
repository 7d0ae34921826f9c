"""``/api/v1/chargers/{charger}/settings``: every setting of a charger with its range, and the way to change one."""

from typing import Annotated, get_args

from fastapi import APIRouter, Body, Path, Response
from pydantic import ValidationError

from ohmstead.core.model.chargers import ChargerOptions
from ohmstead.core.model.events import Action, Command
from ohmstead.core.model.installation import VehicleMeterChoice
from ohmstead.core.model.modes import ChargingMode
from ohmstead.core.model.parameters import PARAMETERS, Now, Parameter, asked
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.sources import bare
from ohmstead.site.commands import ROLE_NEEDED, unavailable
from ohmstead.web.access import TheCaller, TheHouse, needs, operation_id
from ohmstead.web.house import House
from ohmstead.web.problems import Refused, told
from ohmstead.web.views.base import reason_view
from ohmstead.web.views.settings import (
    ChargerSettingsView,
    ChoiceView,
    SettingBody,
    SettingView,
    VehicleMeterBody,
    VehicleMeterView,
)

router = APIRouter(generate_unique_id_function=operation_id, tags=["site"])

ChargerPath = Annotated[str, Path(max_length=80, description="The key in site.toml", examples=["garage"])]
SettingPath = Annotated[str, Path(max_length=80, description="The key of the setting", examples=["green_percent"])]
_CHANGES = told(400, 401, 403, 404, 409, 411, 413, 415, 422, 503)
_BY_KEY = {parameter.key: parameter for parameter in PARAMETERS}


@router.get("/api/v1/chargers/{charger}/settings", dependencies=[needs("viewer")], responses=told(401, 403, 404, 422))
async def get_charger_settings(house: TheHouse, charger: ChargerPath) -> ChargerSettingsView:
    """Everything that can be set on a charger while it runs."""
    now = _now(house, charger)
    return ChargerSettingsView(
        settings=tuple(_setting(parameter, now, house) for parameter in PARAMETERS), vehicle_meter=_vehicle_meter(now)
    )


@router.put("/api/v1/chargers/{charger}/settings/{setting}", dependencies=[needs("user")], responses=_CHANGES)
async def set_charger_setting(
    house: TheHouse, caller: TheCaller, charger: ChargerPath, setting: SettingPath, body: Annotated[SettingBody, Body()]
) -> SettingView:
    """Change one. When this answers 200 it holds and is recorded; 409 says why it does not."""
    now = _now(house, charger)
    if setting not in _BY_KEY:
        raise Refused(404, Reason("web.no_such_setting", {"setting": setting}))
    await house.submit(asked(_BY_KEY[setting], now, body.value, caller.name, caller.role))
    return _setting(_BY_KEY[setting], _now(house, charger), house)


@router.put("/api/v1/chargers/{charger}/vehicle-meter", dependencies=[needs("installer")], responses=_CHANGES)
async def set_vehicle_meter(
    house: TheHouse, caller: TheCaller, charger: ChargerPath, body: Annotated[VehicleMeterBody, Body()]
) -> VehicleMeterView:
    """Let this meter account what the charger delivers; it is read first, and the car must be unplugged."""
    _now(house, charger)
    try:
        choice = VehicleMeterChoice.model_validate(body.model_dump())
    except ValidationError as error:
        detail = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise Refused(409, Reason("setting.invalid", {"came": body.connect, "allowed": detail})) from error
    await house.submit(Command(caller.name, caller.role, charger, Action.SET_VEHICLE_METER, choice))
    return _vehicle_meter(_now(house, charger)) or VehicleMeterView.model_validate(body.model_dump())


@router.delete(
    "/api/v1/chargers/{charger}/vehicle-meter",
    dependencies=[needs("installer")],
    responses=told(401, 403, 404, 409, 422, 503),
    status_code=204,
)
async def remove_vehicle_meter(house: TheHouse, caller: TheCaller, charger: ChargerPath) -> Response:
    """Let the charger's own measurement account what it delivers."""
    _now(house, charger)
    await house.submit(Command(caller.name, caller.role, charger, Action.SET_VEHICLE_METER))
    return Response(status_code=204)


def _now(house: House, charger: str) -> Now:
    if charger not in house.settings.chargers:
        raise Refused(404, Reason("web.no_such_charger", {"charger": charger}))
    options: ChargerOptions = house.modes.options_of(charger)
    state = house.state()
    reading = None if state is None else state.snapshot.chargers.get(charger)
    return Now(house.settings, charger, options, reading is not None and reading.switching is not None)


def _setting(parameter: Parameter, now: Now, house: House) -> SettingView:
    number = parameter.kind == "number"
    governed = house.cluster.locked(parameter.action, "site" if parameter.of_site else now.charger)
    least, most = parameter.span(now)
    return SettingView(
        key=parameter.key,
        group=parameter.group,
        kind=parameter.kind,
        value=parameter.read(now),
        factory=parameter.factory,
        unit=parameter.unit,
        least=least if number else None,
        most=most if number else None,
        step=parameter.step if number else None,
        choices=tuple(_choice(parameter, value, now) for value in parameter.choices),
        optional=parameter.optional,
        of_site=parameter.of_site,
        role=ROLE_NEEDED[parameter.action],
        locked=reason_view(governed or parameter.locked(now)),
    )


def _choice(parameter: Parameter, value: str, now: Now) -> ChoiceView:
    mode = next((one for one in get_args(ChargingMode) if one == value), None)
    modes = parameter.key in ("mode", "default_mode")
    return ChoiceView(
        value=value, unavailable=reason_view(unavailable(mode, now.settings)) if modes and mode is not None else None
    )


def _vehicle_meter(now: Now) -> VehicleMeterView | None:
    name = now.place.vehicle_meter
    device = now.settings.devices.get(name or "")
    if device is None:
        return None
    where = device.connect if device.driver == "modbus" else bare(device.connect)
    return VehicleMeterView(model=device.meter, connect=where, unit=device.unit)
