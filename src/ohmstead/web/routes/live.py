"""``/api/v1/snapshot`` and ``/api/v1/live``: the picture of now, and what changes after it (EM-237)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response, WebSocket

from ohmstead.core.model.reasons import Reason
from ohmstead.web.access import needs, operation_id, welcome
from ohmstead.web.live import Live, the_live
from ohmstead.web.problems import Refused, told
from ohmstead.web.views.snapshot import SnapshotView

router = APIRouter(generate_unique_id_function=operation_id, tags=["live"])


@router.get(
    "/api/v1/snapshot",
    response_model=SnapshotView,
    dependencies=[needs("viewer")],
    responses=told(401, 403, 422, 503),
)
async def get_snapshot(live: Annotated[Live, Depends(the_live)]) -> Response:
    """The whole site at this instant. 503 before the first look at the devices is done."""
    whole = live.whole()
    if whole is None:
        raise Refused(503, Reason("web.starting"), {"Retry-After": "1"})
    return Response(whole, media_type="application/json", headers={"Cache-Control": "no-store"})


@router.websocket("/api/v1/live", dependencies=[needs("viewer")])
async def follow_live(socket: WebSocket, live: Annotated[Live, Depends(the_live)]) -> None:
    """First frame: the snapshot; each following one: a LiveChange."""
    await live.follow(socket, lambda: welcome(socket))
