"""``/api/v1/breakdown``: which load used how much in any range, and what no circuit measured (EM-246)."""

from datetime import UTC
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from ohmstead.web.access import TheHouse, TheSums, needs, operation_id
from ohmstead.web.problems import told
from ohmstead.web.routes.history import check_bounds
from ohmstead.web.views.balance import BreakdownView, LoadShareView

router = APIRouter(generate_unique_id_function=operation_id, tags=["history"])


@router.get("/api/v1/breakdown", dependencies=[needs("viewer")], responses=told(401, 403, 422, 503))
async def get_breakdown(
    house: TheHouse,
    sums: TheSums,
    start: Annotated[
        AwareDatetime, Query(alias="from", description="ISO 8601 with zone", examples=["2026-06-01T00:00:00+02:00"])
    ],
    end: Annotated[
        AwareDatetime | None,
        Query(
            alias="to",
            description="ISO 8601 with zone, not included; now when left out",
            examples=["2026-07-01T00:00:00+02:00"],
        ),
    ] = None,
) -> BreakdownView:
    """The consumption of [from, to) by circuit and charger, and its unmeasured rest."""
    until = house.clock.now().utc if end is None else end
    check_bounds(start, until)
    found = await sums.breakdown(start.astimezone(UTC), until.astimezone(UTC))
    total = found.balance
    devices = house.settings.devices
    loads = [
        LoadShareView(
            id=id,
            name=(devices[id].name if id in devices else house.settings.chargers[id].name) or id,
            kind="device" if id in devices else "charger",
            energy_j=energy_j,
            share=_share(energy_j, total.consumption_j),
        )
        for id, energy_j in found.used_j.items()
    ]
    return BreakdownView(
        start=found.start,
        end=found.end,
        grid_import_j=total.grid_import_j,
        grid_export_j=total.grid_export_j,
        production_j=total.production_j,
        battery_charged_j=total.battery_charged_j,
        battery_discharged_j=total.battery_discharged_j,
        consumption_j=total.consumption_j,
        loads=tuple(sorted(loads, key=lambda load: -(load.energy_j or 0))),
        unmeasured_j=total.unmeasured_j,
        unmeasured_share=_share(total.unmeasured_j, total.consumption_j),
    )


def _share(part: int | None, whole: int | None) -> float | None:
    return None if part is None or whole is None or whole <= 0 else round(part / whole, 4)
