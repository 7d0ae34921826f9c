"""The simulator's Door as HTTP, in the simulator's own process: for the site's web that passes deeds on to it.

It listens on this machine alone, behind the same gate as a site there. What a deed changes is physics; what the site
makes of it is its own.
"""

from typing import Annotated

from fastapi import Body, FastAPI

from ohmstead.core.model.quantities import Role
from ohmstead.core.model.reasons import Reason
from ohmstead.core.plant.cars import CARS
from ohmstead.core.plant.flaws import Flaw
from ohmstead.simulator.building import Building
from ohmstead.simulator.settings import Trouble
from ohmstead.web import problems
from ohmstead.web.access import needs
from ohmstead.web.gate import Gate
from ohmstead.web.problems import Refused
from ohmstead.web.views.bench import (
    BenchChargerView,
    BenchDeed,
    BenchView,
    HealDeed,
    HurtDeed,
    MainsDeed,
    PlugDeed,
    SilenceDeed,
    TapDeed,
    UnplugDeed,
    VoltageDeed,
)

PATH = "/bench"
RADIO_S = 1.0
"""How often a remote is heard that is well."""

_OF_SOCKETS = frozenset({Flaw.JAMMED_LOCK, Flaw.INVALID_CABLE})


def bench_app(building: Building) -> FastAPI:
    """The application around the Door of a running ``building``."""
    app = FastAPI(title="Ohmstead bench", openapi_url=None)
    app.add_middleware(Gate, local_only=True)
    problems.install(app)

    @app.get(PATH, dependencies=[needs("public")])
    async def see() -> BenchView:
        return bench_view(building)

    @app.post(PATH, dependencies=[needs("public")])
    async def do(deed: Annotated[BenchDeed, Body()]) -> BenchView:
        try:
            await carry_out(building, deed)
        except KeyError as error:
            raise Refused(404, Reason("bench.unknown", {"came": str(error.args[0])[:80]})) from error
        except ValueError as error:
            raise Refused(409, Reason("bench.refused", {"detail": str(error)})) from error
        return bench_view(building)

    return app


def bench_view(building: Building) -> BenchView:
    """How ``building`` stands."""
    world = building.sync()
    chargers = {board.charger: _charger(building, board.charger) for board in building.settings.boards}
    return BenchView(voltage_share=world.voltage, mains=world.energised, cars=tuple(CARS), chargers=chargers)


async def carry_out(building: Building, deed: BenchDeed) -> None:
    """Do ``deed`` at once. Raises KeyError for a name that the building does not have, ValueError where it cannot be.

    A flaw or a car that there is none of is a KeyError too.
    """
    door = building.door
    match deed:
        case PlugDeed():
            door.bring(deed.charger, CARS[deed.car])
        case UnplugDeed():
            door.unplug(deed.charger)
        case TapDeed():
            door.tap(deed.charger, deed.card)
        case HurtDeed():
            door.hurt(deed.charger, _flaw(deed.flaw))
        case HealDeed():
            left = set() if deed.flaw is None else building.sync().charger(deed.charger).flaws - {_flaw(deed.flaw)}
            door.heal(deed.charger)
            for flaw in sorted(left):
                door.hurt(deed.charger, flaw)
        case SilenceDeed(what="radio"):
            door.set_radio(deed.charger, None if deed.silent else RADIO_S)
        case SilenceDeed():
            device = deed.charger if deed.what == "board" else _meters(building)[deed.charger]
            await (door.break_device(device, Trouble.SILENT) if deed.silent else door.mend_device(device))
        case VoltageDeed():
            door.set_voltage(deed.share)
        case MainsDeed() if deed.on:
            door.restore_mains()
        case MainsDeed():
            door.cut_mains()


def _charger(building: Building, name: str) -> BenchChargerView:
    charger = building.sync().charger(name)
    socket = charger.settings.cable_rating_a is not None
    whole, meter = charger.settings.car, _meters(building).get(name)
    return BenchChargerView(
        plugged=charger.car.plugged,
        car=next((kind for kind, car in CARS.items() if car == whole), None),
        flaws=tuple(sorted(charger.flaws)),
        possible=tuple(flaw for flaw in Flaw if socket or flaw not in _OF_SOCKETS),
        reader=name in building.readers,
        silent=building.devices[name].trouble is Trouble.SILENT,
        radio_silent=building.sync().radio(name).silent if charger.settings.radio_ct else None,
        meter_silent=None if meter is None else building.devices[meter].trouble is Trouble.SILENT,
    )


def _meters(building: Building) -> dict[str, str]:
    """The vehicle meters by charger."""
    return {meter.point: meter.key for meter in building.settings.meters if meter.role is Role.VEHICLE}


def _flaw(name: str) -> Flaw:
    try:
        return Flaw(name)
    except ValueError as error:
        raise KeyError(name) from error
