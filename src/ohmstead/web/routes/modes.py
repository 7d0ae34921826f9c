"""``/api/v1/chargers/{charger}/programs`` and ``/timeline``, ``/api/v1/site/surplus``: modes, and why."""

from datetime import UTC, timedelta
from typing import Annotated

from fastapi import APIRouter, Body, Path, Query
from pydantic import AwareDatetime

from ohmstead.core.control.modes.week import change, overlaps
from ohmstead.core.model.events import Action, Command
from ohmstead.core.model.modes import SurplusSettings, WeekPlan
from ohmstead.core.model.reasons import Reason
from ohmstead.web.access import TheCaller, TheHouse, needs, operation_id
from ohmstead.web.house import House
from ohmstead.web.problems import Refused, bad_request, told
from ohmstead.web.routes.history import check_bounds
from ohmstead.web.views.base import ReasonView
from ohmstead.web.views.modes import (
    OverlapView,
    ProgramView,
    SessionWhyView,
    SurplusBody,
    TimelineView,
    ToldView,
    WeekPlanBody,
    WeekPlanView,
)
from ohmstead.web.views.site import MistakeView

router = APIRouter(generate_unique_id_function=operation_id, tags=["site"])

LONGEST_DAYS = 31
ChargerPath = Annotated[str, Path(max_length=80, description="The key in site.toml", examples=["garage"])]


@router.get("/api/v1/chargers/{charger}/programs", dependencies=[needs("viewer")], responses=told(401, 403, 404, 422))
async def get_programs(house: TheHouse, charger: ChargerPath) -> WeekPlanView:
    """The six weekly programs of a charger."""
    return _plan(house, _known(house, charger))


@router.put(
    "/api/v1/chargers/{charger}/programs",
    dependencies=[needs("user")],
    responses=told(400, 401, 403, 404, 409, 411, 413, 415, 422, 503),
)
async def set_programs(
    house: TheHouse, caller: TheCaller, charger: ChargerPath, body: Annotated[WeekPlanBody, Body()]
) -> WeekPlanView:
    """Set all six at once. 409 names the program that cannot be; an overlap is told, not refused."""
    plan = WeekPlan.model_validate(body.model_dump())
    await house.submit(Command(caller.name, caller.role, _known(house, charger), Action.SET_PROGRAMS, plan))
    return _plan(house, charger)


@router.put(
    "/api/v1/site/surplus",
    dependencies=[needs("user")],
    responses=told(400, 401, 403, 409, 411, 413, 415, 422, 503),
)
async def set_surplus(house: TheHouse, caller: TheCaller, body: Annotated[SurplusBody, Body()]) -> SurplusBody:
    """Set what of the surplus is not for cars."""
    surplus = SurplusSettings.model_validate(body.model_dump())
    await house.submit(Command(caller.name, caller.role, "site", Action.SET_SURPLUS, surplus))
    return body


@router.get(
    "/api/v1/chargers/{charger}/timeline", dependencies=[needs("viewer")], responses=told(401, 403, 404, 422, 503)
)
async def get_timeline(
    house: TheHouse,
    charger: ChargerPath,
    start: Annotated[AwareDatetime, Query(alias="from", description="Time with zone")],
    end: Annotated[AwareDatetime, Query(alias="to", description="Time with zone, at most 31 days later")],
) -> TimelineView:
    """Why the charger gave what it gave, session by session: one entry for each change of the explanation."""
    check_bounds(start, end)
    if end - start > timedelta(days=LONGEST_DAYS):
        allowed = f"at most {LONGEST_DAYS} days"
        raise bad_request(MistakeView(where="query.from..to", came=str(end - start), allowed=allowed))
    lines = await house.modes.timelines(_known(house, charger), start, end)
    return TimelineView(
        sessions=tuple(
            SessionWhyView(
                session=line.session,
                ended_at=line.ended_at,
                told=tuple(
                    ToldView(
                        at=one.at.astimezone(UTC),
                        current_a=one.current_a,
                        limited_by=one.limited_by,
                        mode=one.mode,
                        program=one.program,
                        reason=ReasonView(key=one.reason.key, params=one.reason.params),
                    )
                    for one in line.told
                ),
            )
            for line in lines
        )
    )


def _known(house: House, charger: str) -> str:
    if charger not in house.settings.chargers:
        raise Refused(404, Reason("web.no_such_charger", {"charger": charger}))
    return charger


def _plan(house: House, charger: str) -> WeekPlanView:
    options, settings = house.modes.options_of(charger), house.settings
    at = change(options.programs, settings.site.timezone, house.clock.now().utc) if options.programs else None
    return WeekPlanView(
        default_mode=options.default_mode,
        programs=tuple(ProgramView.model_validate(one.model_dump()) for one in options.programs),
        overlaps=tuple(OverlapView(wins=first, loses=second) for first, second in overlaps(options.programs)),
        next_change=None if at is None else at.astimezone(UTC),
    )
