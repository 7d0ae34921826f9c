"""``/api/v1/chargers/{charger}/verification``: the guided test of the grid meter (EV-180)."""

from collections.abc import Mapping
from datetime import UTC
from typing import Annotated

from fastapi import APIRouter, Path

from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.verification import Report, Verification
from ohmstead.web.access import TheCaller, TheHouse, needs, operation_id
from ohmstead.web.house import House
from ohmstead.web.problems import Refused, told
from ohmstead.web.views.base import ReasonView, reason_view
from ohmstead.web.views.verification import MeasuredStepView, ReportView, VerificationView

router = APIRouter(generate_unique_id_function=operation_id, tags=["site"])

ChargerPath = Annotated[str, Path(max_length=80, description="The key in site.toml", examples=["garage"])]


@router.post(
    "/api/v1/chargers/{charger}/verification",
    status_code=202,
    dependencies=[needs("installer")],
    responses=told(401, 403, 404, 409, 411, 422),
)
async def start_verification(house: TheHouse, caller: TheCaller, charger: ChargerPath) -> VerificationView:
    """Test whether the grid meter shows what this charger does. The car's current goes down to 6 A and up again.

    It takes one to five minutes and never allows more than control does; ask for its progress here.
    """
    _known(house, charger)
    house.verify(charger, caller.name, caller.role)
    return _view(house.verification(charger))


@router.get(
    "/api/v1/chargers/{charger}/verification",
    dependencies=[needs("viewer")],
    responses=told(401, 403, 404, 422),
)
async def get_verification(house: TheHouse, charger: ChargerPath) -> VerificationView:
    """How far the test is, and what the last one found."""
    _known(house, charger)
    return _view(house.verification(charger))


def _known(house: House, charger: str) -> None:
    if charger not in house.settings.chargers:
        raise Refused(404, Reason("web.no_such_charger", {"charger": charger}))


def _view(seen: Verification) -> VerificationView:
    return VerificationView(
        charger=seen.charger,
        running=seen.doing is not None,
        doing=reason_view(seen.doing),
        report=None if seen.report is None else _report(seen.report),
    )


def _report(report: Report) -> ReportView:
    found = report.findings
    return ReportView(
        device=report.device,
        author=report.author,
        began=report.began.astimezone(UTC),
        ended=report.ended.astimezone(UTC),
        verdict=found.verdict,
        reason=ReasonView(key=found.reason.key, params=found.reason.params),
        hint=reason_view(found.hint),
        phases=found.phases,
        moved_on=found.moved_on,
        steps=tuple(MeasuredStepView(charger_w=_tenths(s.charger_w), grid_w=_tenths(s.grid_w)) for s in report.steps),
    )


def _tenths(watts: Mapping[str, float]) -> dict[str, float]:
    return {phase: round(value, 1) for phase, value in watts.items()}
