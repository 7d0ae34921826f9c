"""``/api/v1/site`` and the one door for changes, ``/api/v1/chargers/{charger}/commands``."""

from datetime import UTC
from typing import Annotated, get_args

from fastapi import APIRouter, Body, Path

from ohmstead import __version__
from ohmstead.core.model.departure import DepartureTarget
from ohmstead.core.model.events import Action, Command, CommandValue
from ohmstead.core.model.modes import ChargingMode, GreenOptions
from ohmstead.core.model.quantities import MINIMUM_CURRENT_A
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.settings import Settings
from ohmstead.site.commands import unavailable
from ohmstead.texts import LANGUAGES
from ohmstead.web.access import TheBench, TheCaller, TheHouse, needs, operation_id
from ohmstead.web.problems import Refused, told
from ohmstead.web.views.base import ReasonView, reason_view
from ohmstead.web.views.commands import ChargeDepartureView, CommandBody, CommandDone, EnergyDepartureView
from ohmstead.web.views.modes import GreenView, SurplusBody
from ohmstead.web.views.site import CallerView, DeviceView, SiteChargerView, SiteView

router = APIRouter(generate_unique_id_function=operation_id, tags=["site"])


@router.get("/api/v1/site", dependencies=[needs("viewer")], responses=told(401, 403, 422))
async def get_site(house: TheHouse, caller: TheCaller, bench: TheBench) -> SiteView:
    """The location as it was set up, and who is asking."""
    settings = house.settings
    return SiteView(
        id=settings.site.id,
        name=settings.site.name,
        timezone=settings.site.timezone,
        now=house.clock.now().utc.astimezone(UTC),
        grid_type=settings.site.grid_type,
        main_fuse_a=settings.site.main_fuse_a,
        contract_power_w=settings.site.contract_power_w,
        unbalance_limit_a=settings.site.unbalance_limit_a,
        demand_limit_w=settings.site.demand_limit_w,
        power_sharing=settings.site.sharing.power_sharing,
        turn_min=settings.site.sharing.slot_min,
        surplus=SurplusBody.model_validate(settings.site.surplus.model_dump()),
        devices=tuple(
            DeviceView(
                id=id,
                name=device.name or id,
                role=device.role,
                driver=device.driver,
                model=device.meter,
                phases=device.phases,
                charger=device.board,
                input=device.input,
            )
            for id, device in settings.devices.items()
        ),
        chargers=tuple(
            SiteChargerView(
                id=id,
                name=charger.name or id,
                phases=charger.phases,
                installation_limit_a=charger.max_current_a,
                minimum_current_a=MINIMUM_CURRENT_A,
                fallback_current_a=charger.fallback_current_a,
                modes=get_args(ChargingMode),
                card_reader=charger.reader is not None,
                unavailable=_unavailable(settings),
                vehicle_meter=charger.vehicle_meter,
                priority=charger.priority,
                circuit=charger.circuit,
            )
            for id, charger in settings.chargers.items()
        ),
        languages=LANGUAGES,
        version=__version__,
        bench=bench is not None,
        caller=CallerView(name=caller.name, role=caller.role, signed_in=caller.sign_in is not None),
    )


@router.post(
    "/api/v1/chargers/{charger}/commands",
    dependencies=[needs("user")],
    responses=told(400, 401, 403, 404, 409, 411, 413, 415, 422, 503),
)
async def command_charger(
    house: TheHouse,
    caller: TheCaller,
    charger: Annotated[str, Path(max_length=80, description="The key in site.toml", examples=["garage"])],
    body: Annotated[CommandBody, Body()],
) -> CommandDone:
    """Ask for one change. When this answers 200 it is applied and recorded; 409 says why it was not."""
    if charger not in house.settings.chargers:
        raise Refused(404, Reason("web.no_such_charger", {"charger": charger}))
    action = Action(body.action)
    await house.submit(Command(caller.name, caller.role, charger, action, _value(body)))
    return CommandDone(charger=charger, action=action, value=body.value, at=house.clock.now().utc.astimezone(UTC))


def _value(body: CommandBody) -> CommandValue:
    match body.value:
        case GreenView() as green:
            return GreenOptions(**green.model_dump())
        case ChargeDepartureView(from_percent=now, to_percent=wanted) if now >= wanted:
            raise Refused(409, Reason("command.departure.charge", {"now_percent": now, "wanted_percent": wanted}))
        case EnergyDepartureView() | ChargeDepartureView() as departure:
            return DepartureTarget.model_validate(departure.model_dump())
        case value:
            return value


def _unavailable(settings: Settings) -> dict[ChargingMode, ReasonView]:
    modes: tuple[ChargingMode, ...] = get_args(ChargingMode)
    why = {mode: reason_view(unavailable(mode, settings)) for mode in modes}
    return {mode: reason for mode, reason in why.items() if reason is not None}
