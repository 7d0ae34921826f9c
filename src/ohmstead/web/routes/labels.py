"""``/api/v1/chargers/{charger}/label``: the access data of a charger with their QR code, to be printed (EV-006)."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from ohmstead.core.model.reasons import Reason
from ohmstead.services.reports.qr import outline
from ohmstead.web.access import TheCaller, TheHouse, needs, operation_id
from ohmstead.web.problems import Refused, told
from ohmstead.web.views.labels import LabelView

router = APIRouter(generate_unique_id_function=operation_id, tags=["site"])

ChargerPath = Annotated[str, Path(max_length=80, description="The key in site.toml", examples=["garage"])]


@router.get(
    "/api/v1/chargers/{charger}/label", dependencies=[needs("installer")], responses=told(401, 403, 404, 409, 422)
)
async def get_label(house: TheHouse, caller: TheCaller, charger: ChargerPath, response: Response) -> LabelView:
    """What stands on its label. 409 until its board was heard, and for a charger whose label is at another site."""
    if charger not in house.settings.chargers:
        raise Refused(404, Reason("web.no_such_charger", {"charger": charger}))
    data = house.labels.of(charger, caller.role)
    modules, path = outline(data.code)
    response.headers["Cache-Control"] = "no-store"
    return LabelView(
        charger=charger,
        name=house.settings.chargers[charger].name or charger,
        serial=data.serial,
        model=data.model,
        secret=data.secret_in_groups,
        code=data.code,
        modules=modules,
        path=path,
    )
