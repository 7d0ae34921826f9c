"""``/api/v1/what-if``: other ways of charging on the site's own past."""

from typing import Annotated

from fastapi import APIRouter, Body

from ohmstead.core.backtest.outcome import JOULES_PER_KWH
from ohmstead.core.model.reasons import Reason
from ohmstead.web.access import TheCaller, TheHouse, needs, operation_id
from ohmstead.web.house import House
from ohmstead.web.problems import Refused, told
from ohmstead.web.views.base import reason_view
from ohmstead.web.views.what_if import OutcomeView, WhatIfBody, WhatIfView

router = APIRouter(generate_unique_id_function=operation_id, tags=["history"])


@router.get("/api/v1/what-if", dependencies=[needs("viewer")], responses=told(401, 403, 422))
async def get_what_if(house: TheHouse) -> WhatIfView:
    """The comparison that runs, or ran last since the start of the site."""
    return _view(house)


@router.post(
    "/api/v1/what-if", dependencies=[needs("user")], responses=told(400, 401, 403, 404, 409, 411, 413, 415, 422)
)
async def compare_ways(house: TheHouse, caller: TheCaller, body: Annotated[WhatIfBody, Body()]) -> WhatIfView:
    """Begin a comparison; GET tells how far it is. 409 while another one runs."""
    if body.charger not in house.settings.chargers:
        raise Refused(404, Reason("web.no_such_charger", {"charger": body.charger}))
    house.what_if.begin(body.charger, body.days, caller.role)
    return _view(house)


def _view(house: House) -> WhatIfView:
    seen = house.what_if.comparison
    return WhatIfView(
        state=seen.state,
        charger=seen.charger,
        days=seen.days,
        share=round(seen.share, 3),
        start=seen.start,
        end=seen.end,
        visits=seen.visits,
        wanted_kwh=round(seen.wanted_j / JOULES_PER_KWH, 2),
        currency=seen.currency,
        outcomes=tuple(
            OutcomeView(
                strategy=one.name,
                energy_kwh=round(one.energy_kwh, 2),
                missed_kwh=round(one.missed_kwh, 2),
                short_visits=one.short,
                solar_share=None if one.solar_share is None else round(one.solar_share, 3),
                cost=None if one.cost is None else round(one.cost, 2),
                cycles=one.cycles,
            )
            for one in seen.outcomes
        ),
        reason=reason_view(seen.reason),
    )
