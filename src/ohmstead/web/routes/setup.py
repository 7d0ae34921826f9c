"""``/api/v1/site/commands`` and ``/api/v1/meters``: what an installer changes on a running site (EV-178)."""

import asyncio
from datetime import UTC
from typing import Annotated

from fastapi import APIRouter, Body

from ohmstead.core.model.events import Action, Command
from ohmstead.protocols.meters import catalogue
from ohmstead.web.access import TheCaller, TheHouse, needs, operation_id
from ohmstead.web.problems import told
from ohmstead.web.views.commands import CurtailCommand, SiteCommandBody, SiteCommandDone
from ohmstead.web.views.site import MeterModelsView, MeterModelView

router = APIRouter(generate_unique_id_function=operation_id, tags=["site"])


@router.post(
    "/api/v1/site/commands",
    dependencies=[needs("installer")],
    responses=told(400, 401, 403, 409, 411, 413, 415, 422, 503),
)
async def command_site(house: TheHouse, caller: TheCaller, body: Annotated[SiteCommandBody, Body()]) -> SiteCommandDone:
    """Ask for one change of the site. When this answers 200 it holds and is recorded; 409 says why it does not.

    Another model of the grid meter is read at the meter's own address first; unless that gives plausible values,
    nothing changes.
    """
    action = Action(body.action)
    until = body.until if isinstance(body, CurtailCommand) else None
    await house.submit(Command(caller.name, caller.role, "site", action, body.value, until=until))
    return SiteCommandDone(action=action, value=body.value, at=house.clock.now().utc.astimezone(UTC))


@router.get("/api/v1/meters", dependencies=[needs("viewer")], responses=told(401, 403, 422))
async def list_meters() -> MeterModelsView:
    """The meter models that can be chosen."""
    return MeterModelsView(models=await asyncio.to_thread(_models))


def _models() -> tuple[MeterModelView, ...]:
    tables = {name: catalogue.load(name) for name in catalogue.names()}
    return tuple(MeterModelView(id=name, name=table.name, phases=table.phases) for name, table in tables.items())
