"""``/api/v1/corrections``: late and wrong values of the record put right, each with its author."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Body

from ohmstead.core.model.corrections import Correction, GivenInterval
from ohmstead.core.model.series import Span
from ohmstead.web.access import TheCaller, TheHouse, needs, operation_id
from ohmstead.web.problems import bad_request, told
from ohmstead.web.routes.history import EARLIEST, LATEST, check_channels
from ohmstead.web.views.corrections import (
    CorrectionsView,
    CorrectionView,
    GivenCorrectionBody,
    StretchCorrectionBody,
)
from ohmstead.web.views.site import MistakeView

router = APIRouter(generate_unique_id_function=operation_id, tags=["history"])

CorrectionBody = Annotated[GivenCorrectionBody | StretchCorrectionBody, Body(discriminator="kind")]


@router.get("/api/v1/corrections", dependencies=[needs("viewer")], responses=told(401, 403, 422, 503))
async def get_corrections(house: TheHouse) -> CorrectionsView:
    """What was corrected, when and by whom."""
    return CorrectionsView(corrections=tuple(CorrectionView(**asdict(each)) for each in await house.correcting.made()))


@router.post(
    "/api/v1/corrections",
    dependencies=[needs("installer")],
    responses=told(400, 401, 403, 409, 411, 413, 415, 422, 503),
)
async def correct_history(house: TheHouse, caller: TheCaller, body: CorrectionBody) -> CorrectionView:
    """Put recorded 5 minutes, hours or days right; coarser ones follow. 409 says why it cannot be."""
    check_channels(house, [body.channel], "body.channel")
    wanted = _given(body) if isinstance(body, GivenCorrectionBody) else _stretch(body)
    return CorrectionView(**asdict(await house.correcting.correct(wanted, caller.name, caller.role)))


def _given(body: GivenCorrectionBody) -> Correction:
    seen: set[datetime] = set()
    for i, each in enumerate(body.intervals):
        where = f"body.intervals.{i}"
        _check_time(f"{where}.start", each.start)
        if each.start in seen:
            raise _wrong(f"{where}.start", each.start.isoformat(), "each interval once")
        if each.energy_import_j is None and each.energy_export_j is None and each.power_mean_w is None:
            raise _wrong(where, "nothing", "energy_import_j, energy_export_j or power_mean_w")
        seen.add(each.start)
    given = tuple(
        GivenInterval(each.start, each.energy_import_j, each.energy_export_j, each.power_mean_w)
        for each in body.intervals
    )
    return Correction(body.channel, body.kind, Span(body.span), body.note, given)


def _stretch(body: StretchCorrectionBody) -> Correction:
    _check_time("body.from", body.start)
    _check_time("body.to", body.end)
    if body.start >= body.end:
        raise _wrong("body.from", body.start.isoformat(), f"earlier than {body.end.isoformat()}")
    if (body.kind == "scale") != (body.factor is not None) or body.factor == 0:
        raise _wrong("body.factor", repr(body.factor), "a number that is not 0 for scale, nothing for remove")
    return Correction(
        body.channel, body.kind, Span(body.span), body.note, start=body.start, end=body.end, factor=body.factor
    )


def _check_time(where: str, at: datetime) -> None:
    if not EARLIEST <= at <= LATEST:
        raise _wrong(where, at.isoformat(), "a time from 2000 to 2100")


def _wrong(where: str, came: str, allowed: str) -> Exception:
    return bad_request(MistakeView(where=where, came=came, allowed=allowed))
