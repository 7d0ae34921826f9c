"""``/api/v1/validation``: the installation validated by multimeter, a reading at a time, and its report (EM-235)."""

from datetime import UTC
from typing import Annotated

from fastapi import APIRouter, Body, Response

from ohmstead import __version__
from ohmstead.core.commissioning.validation import LINE_V
from ohmstead.core.model.validation import Point, VoltageReading
from ohmstead.web.access import TheCaller, TheHouse, needs, operation_id
from ohmstead.web.house import House
from ohmstead.web.problems import told
from ohmstead.web.views.validation import (
    MeasureAgainBody,
    ValidationPointView,
    ValidationReportView,
    ValidationView,
    VoltageReadingBody,
    VoltageReadingView,
)

router = APIRouter(generate_unique_id_function=operation_id, tags=["site"])


@router.get("/api/v1/validation", dependencies=[needs("viewer")], responses=told(401, 403, 422))
async def get_validation(house: TheHouse) -> ValidationView:
    """How far the validation is, what to measure next, and what was measured."""
    return _view(house)


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
    return _view(house)


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
    return _view(house)


@router.get("/api/v1/validation/report", dependencies=[needs("viewer")], responses=told(401, 403, 422))
async def get_validation_report(house: TheHouse, response: Response) -> ValidationReportView:
    """The report with every reading, its time and its user, as a file to keep."""
    site = house.settings.site
    response.headers["Content-Disposition"] = f'attachment; filename="validation-{site.id}.json"'
    return ValidationReportView(
        site=site.name,
        timezone=site.timezone,
        grid_type=site.grid_type,
        configuration=house.validating.validation.configuration,
        version=__version__,
        made_at=house.clock.now().utc.astimezone(UTC),
        validation=_view(house),
    )


def _view(house: House) -> ValidationView:
    validation, seen, site = house.validating.validation, house.validating.progress, house.settings.site
    done = validation.completion
    return ValidationView(
        validated=done is not None,
        validated_at=None if done is None else done.at.astimezone(UTC),
        validated_by=None if done is None else done.author,
        outdated=validation.outdated,
        stage=seen.stage,
        next=None if seen.next is None else _point(house, seen.next),
        swaps=seen.swaps,
        points=tuple(_point(house, point) for point in seen.points),
        readings=tuple(_reading(one) for one in validation.readings),
        phases=site.phases,
        line_voltage_v=LINE_V[site.grid_type],
    )


def _point(house: House, point: Point) -> ValidationPointView:
    device = house.settings.devices[point.target]
    return ValidationPointView(
        target=point.target,
        name=device.name or point.target,
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
