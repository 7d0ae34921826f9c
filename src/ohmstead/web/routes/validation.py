"""``/api/v1/validation``: the installation validated by multimeter, a reading at a time, and its report (EM-235)."""

import asyncio
from datetime import UTC
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Path, Query, Response

from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.validation import Point, ValidationReport, VoltageReading
from ohmstead.services.reports.validation import pdf
from ohmstead.web.access import TheCaller, TheHouse, needs, operation_id
from ohmstead.web.house import House
from ohmstead.web.problems import Refused, told
from ohmstead.web.views.validation import (
    FiledReportView,
    MeasureAgainBody,
    ValidationPointView,
    ValidationReportView,
    ValidationView,
    VoltageReadingBody,
    VoltageReadingView,
)

router = APIRouter(generate_unique_id_function=operation_id, tags=["site"])

Language = Annotated[Literal["en", "it"], Query(description="Of the paper")]
ReportPath = Annotated[str, Path(max_length=40, description="The id of a kept report", examples=["20260621T104000Z"])]
PDF: dict[str, Any] = {
    "description": "A4",
    "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
}


@router.get("/api/v1/validation", dependencies=[needs("viewer")], responses=told(401, 403, 422))
async def get_validation(house: TheHouse) -> ValidationView:
    """How far the validation is, what to measure next, and what was measured."""
    return _view(house.validating.report())


@router.post(
    "/api/v1/validation/readings",
    dependencies=[needs("installer")],
    responses=told(400, 401, 403, 409, 411, 413, 415, 422),
)
async def add_voltage_reading(
    house: TheHouse, caller: TheCaller, body: Annotated[VoltageReadingBody, Body()]
) -> ValidationView:
    """Tell what the multimeter shows. Answers with what to measure next; 409 says why the reading cannot be."""
    desk = house.validating
    await desk.measured(body.target, body.phase, body.against, body.voltage_v, caller.name, caller.role)
    return _view(house.validating.report())


@router.post(
    "/api/v1/validation/again",
    dependencies=[needs("installer")],
    responses=told(400, 401, 403, 409, 411, 413, 415, 422),
)
async def measure_again(
    house: TheHouse, caller: TheCaller, body: Annotated[MeasureAgainBody, Body()]
) -> ValidationView:
    """Measure the supply again after its wires were swapped, or everything. What was read stays in the report."""
    await house.validating.again(body.what == "everything", caller.name, caller.role)
    return _view(house.validating.report())


@router.get("/api/v1/validation/report", dependencies=[needs("viewer")], responses=told(401, 403, 422))
async def get_validation_report(house: TheHouse, response: Response) -> ValidationReportView:
    """The report with every reading, its time and its user, as it stands now: a file to keep."""
    return _filed(response, house, house.validating.report(), "")


@router.get(
    "/api/v1/validation/report.pdf",
    dependencies=[needs("viewer")],
    response_class=Response,
    responses={**told(401, 403, 409, 422), 200: PDF},
)
async def get_validation_report_pdf(house: TheHouse, language: Language = "en") -> Response:
    """The same on paper. 409 says what to install where this site cannot write PDF."""
    return await _paper(house, house.validating.report(), "", language)


@router.get("/api/v1/validation/reports", dependencies=[needs("viewer")], responses=told(401, 403, 422))
async def get_filed_reports(house: TheHouse) -> tuple[FiledReportView, ...]:
    """The reports that are kept, one of each validation that was done, the last first."""
    now = house.validating.validation.completion
    return tuple(
        FiledReportView(
            id=id,
            made_at=report.made_at.astimezone(UTC),
            author=done.author,
            current=done == now,
        )
        for id, report in house.validating.reports.items()
        if (done := report.validation.completion) is not None
    )


@router.get("/api/v1/validation/reports/{report}", dependencies=[needs("viewer")], responses=told(401, 403, 404, 422))
async def get_filed_report(house: TheHouse, report: ReportPath, response: Response) -> ValidationReportView:
    """One of them, as it was."""
    return _filed(response, house, _kept(house, report), f"-{report}")


@router.get(
    "/api/v1/validation/reports/{report}/pdf",
    dependencies=[needs("viewer")],
    response_class=Response,
    responses={**told(401, 403, 404, 409, 422), 200: PDF},
)
async def get_filed_report_pdf(house: TheHouse, report: ReportPath, language: Language = "en") -> Response:
    """One of them on paper."""
    return await _paper(house, _kept(house, report), f"-{report}", language)


def _kept(house: House, report: str) -> ValidationReport:
    found = house.validating.reports.get(report)
    if found is None:
        raise Refused(404, Reason("web.no_such_report", {"report": report}))
    return found


def _filed(response: Response, house: House, report: ValidationReport, id: str) -> ValidationReportView:
    response.headers["Content-Disposition"] = f'attachment; filename="validation-{house.settings.site.id}{id}.json"'
    return ValidationReportView(
        site=report.site,
        timezone=report.timezone,
        grid_type=report.grid_type,
        configuration=report.validation.configuration,
        version=report.version,
        made_at=report.made_at.astimezone(UTC),
        validation=_view(report),
    )


async def _paper(house: House, report: ValidationReport, id: str, language: str) -> Response:
    """Made outside the loop: it takes longer than a decision may."""
    body = await house.clock.outside(asyncio.to_thread(pdf, report, language))
    name = f"validation-{house.settings.site.id}{id}.pdf"
    return Response(body, media_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'})


def _view(report: ValidationReport) -> ValidationView:
    validation, seen = report.validation, report.progress
    done = validation.completion
    return ValidationView(
        validated=done is not None,
        validated_at=None if done is None else done.at.astimezone(UTC),
        validated_by=None if done is None else done.author,
        outdated=validation.outdated,
        stage=seen.stage,
        next=None if seen.next is None else _point(report, seen.next),
        swaps=seen.swaps,
        points=tuple(_point(report, point) for point in seen.points),
        readings=tuple(_reading(one) for one in validation.readings),
        phases=report.phases,
        line_voltage_v=report.line_v,
    )


def _point(report: ValidationReport, point: Point) -> ValidationPointView:
    return ValidationPointView(
        target=point.target,
        name=report.names.get(point.target, point.target),
        step=point.step,
        phase=point.phase,
        state=point.state,
        found=point.found,
        against=point.against,
        last=None if point.last is None else _reading(point.last),
    )


def _reading(one: VoltageReading) -> VoltageReadingView:
    return VoltageReadingView(
        target=one.target,
        phase=one.phase,
        against=one.against,
        voltage_v=one.voltage_v,
        verdict=one.verdict,
        author=one.author,
        at=one.at.astimezone(UTC),
        counts=one.counts,
    )
