"""``/health`` and ``/metrics``: for whoever watches the machine."""

import asyncio
from contextlib import suppress
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

from ohmstead.core.model.errors import StoreError
from ohmstead.web.access import TheHouse, TheSums, needs, operation_id, welcome
from ohmstead.web.problems import MEANINGS, told
from ohmstead.web.views.base import reason_view
from ohmstead.web.views.site import HealthPartView, HealthView

router = APIRouter(generate_unique_id_function=operation_id, tags=["observe"])


@router.get(
    "/health",
    dependencies=[needs("public")],
    responses={503: {"model": HealthView, "description": "An essential part is not well"}, **told(422)},
)
async def get_health(request: Request, house: TheHouse, response: Response) -> HealthView:
    """Whether the site lives; for those who may look at it part by part."""
    health = house.health()
    shown = health.parts if await welcome(request) else ()
    response.headers["Cache-Control"] = "no-store"
    if not health.ok:
        response.status_code = 503
    return HealthView(
        ok=health.ok,
        uptime_s=round(health.uptime_s, 1),
        tick_s=health.tick_s,
        parts=tuple(
            HealthPartView(name=part.name, ok=part.ok, essential=part.essential, reason=reason_view(part.reason))
            for part in shown
        ),
    )


_PROBLEM = {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_IN_JSON: dict[int | str, dict[str, Any]] = {
    status: {"description": MEANINGS[status], "content": _PROBLEM} for status in (401, 403, 422)
}
METRICS_EXAMPLE = """# HELP ohmstead_channel_power_watts Active power
# TYPE ohmstead_channel_power_watts gauge
ohmstead_channel_power_watts{channel="grid"} 400.0
"""


@router.get(
    "/metrics",
    dependencies=[needs("viewer")],
    response_class=PlainTextResponse,
    responses={200: {"content": {"text/plain": {"example": METRICS_EXAMPLE}}}, **_IN_JSON},
)
async def get_metrics(house: TheHouse, sums: TheSums) -> Response:
    """Everything as Prometheus reads it (text format 0.0.4)."""
    from ohmstead.web.metrics import exposition

    always_on_w = None
    with suppress(StoreError):
        always_on_w = (await sums.always_on()).power_w
    making = asyncio.to_thread(exposition, house.state(), house.health(), house.statistics(), always_on_w)
    body, media_type = await house.clock.outside(making)
    return Response(body, headers={"Content-Type": media_type, "Cache-Control": "no-store"})
