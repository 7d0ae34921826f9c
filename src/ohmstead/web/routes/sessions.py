"""``/api/v1/charging-sessions`` and ``/api/v1/prices``: what was charged, by whom, what it cost (G-004 to G-007)."""

from datetime import UTC
from decimal import Decimal
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Body, Path, Query, Response

from ohmstead.core.model.charges import Price
from ohmstead.core.model.reasons import Reason
from ohmstead.web.access import TheCaller, TheHouse, needs, operation_id
from ohmstead.web.charges import charge_view, month_charges, sessions_view, written
from ohmstead.web.house import House
from ohmstead.web.problems import Refused, told
from ohmstead.web.views.sessions import (
    MinuteView,
    PricesView,
    PriceView,
    RecalculateBody,
    RecalculatedView,
    SessionDetailView,
    SessionsView,
    SetPriceBody,
)

router = APIRouter(generate_unique_id_function=operation_id, tags=["history"])

Month = Annotated[
    str | None,
    Query(
        pattern=r"^20\d\d-(0[1-9]|1[0-2])$",
        description="A calendar month of the site's zone; the present one when left out",
        examples=["2026-06"],
    ),
]
Charger = Annotated[str | None, Query(max_length=80, description="Only this one; all when left out")]
Authorization = Annotated[
    str | None, Query(max_length=80, description="Only those authorised so: None, App or RFID:<number>")
]


@router.get("/api/v1/charging-sessions", dependencies=[needs("viewer")], responses=told(401, 403, 404, 422, 503))
async def list_charging_sessions(
    house: TheHouse, month: Month = None, charger: Charger = None, authorization: Authorization = None
) -> SessionsView:
    """Sessions of one month, with sums by device and by way of authorization. Those without energy are left out."""
    asked = _month(house, month, charger)
    charges = await month_charges(house, asked, charger)
    kept = tuple(one for one in charges if authorization is None or one.authorization == authorization)
    return sessions_view(house, asked, charger, kept)


@router.get(
    "/api/v1/charging-sessions.csv",
    dependencies=[needs("viewer")],
    responses={200: {"content": {"text/csv": {}}}, **told(401, 403, 404, 422, 503)},
    response_class=Response,
)
async def export_charging_sessions(
    house: TheHouse, month: Month = None, charger: Charger = None, authorization: Authorization = None
) -> Response:
    """The same sessions as a file for a spreadsheet."""
    asked = _month(house, month, charger)
    zone = ZoneInfo(house.settings.site.timezone)
    charges = [
        one
        for one in await month_charges(house, asked, charger)
        if f"{one.connected_at.astimezone(zone):%Y-%m}" == asked and authorization in (None, one.authorization)
    ]
    name = f'attachment; filename="sessions-{charger or house.settings.site.id}-{asked}.csv"'
    headers = {"Content-Disposition": name, "Cache-Control": "no-store"}
    return Response(written(house, charges), media_type="text/csv; charset=utf-8", headers=headers)


@router.get(
    "/api/v1/charging-sessions/{session}", dependencies=[needs("viewer")], responses=told(401, 403, 404, 422, 503)
)
async def get_charging_session(
    house: TheHouse, session: Annotated[str, Path(max_length=120, examples=["garage-20240315T070900000Z"])]
) -> SessionDetailView:
    """One session with its energy by the minute."""
    found = await house.sessions.one(session)
    if found is None:
        raise Refused(404, Reason("web.no_such_charge", {"session": session}))
    return SessionDetailView(
        session=charge_view(house, found.charge),
        minutes=tuple(
            MinuteView(
                at=one.at.astimezone(UTC),
                energy_j=one.energy_j,
                green_energy_j=one.green_j,
                charging_s=one.charging_s,
            )
            for one in found.minutes
        ),
    )


@router.post(
    "/api/v1/chargers/{charger}/counters/anew",
    dependencies=[needs("user")],
    responses=told(401, 403, 404, 409, 411, 413, 422),
    status_code=204,
)
async def begin_counters_anew(
    house: TheHouse, caller: TheCaller, charger: Annotated[str, Path(max_length=80, examples=["garage"])]
) -> Response:
    """The partial counters of this charger start at zero; those of its life never do."""
    _known(house, charger)
    await house.sessions.begin_anew(charger, caller.name, caller.role)
    return Response(status_code=204)


@router.get("/api/v1/prices", dependencies=[needs("viewer")], responses=told(401, 403, 422))
async def get_prices(house: TheHouse) -> PricesView:
    """What a kilowatt-hour cost and will cost."""
    return _prices(house)


@router.post("/api/v1/prices", dependencies=[needs("owner")], responses=told(400, 401, 403, 409, 411, 413, 415, 422))
async def set_price(house: TheHouse, caller: TheCaller, body: Annotated[SetPriceBody, Body()]) -> PricesView:
    """Let a price hold from now on or from another moment; sessions that have ended keep their cost."""
    valid_from = house.clock.now().utc if body.valid_from is None else body.valid_from
    green = None if body.green_per_kwh is None else Decimal(body.green_per_kwh)
    price = Price(valid_from, Decimal(body.per_kwh), green)
    await house.sessions.set_price(price, body.currency, caller.name, caller.role)
    return _prices(house)


@router.post(
    "/api/v1/prices/recalculation",
    dependencies=[needs("owner")],
    responses=told(400, 401, 403, 409, 411, 413, 415, 422, 503),
)
async def recalculate_costs(
    house: TheHouse, caller: TheCaller, body: Annotated[RecalculateBody, Body()]
) -> RecalculatedView:
    """Count sessions that began from a moment on anew by the prices as they are now. It is recorded."""
    return RecalculatedView(changed=await house.sessions.recalculate(body.since, caller.name, caller.role))


def _month(house: House, month: str | None, charger: str | None) -> str:
    if charger is not None:
        _known(house, charger)
    zone = ZoneInfo(house.settings.site.timezone)
    return month or f"{house.clock.now().utc.astimezone(zone):%Y-%m}"


def _known(house: House, charger: str) -> None:
    if charger not in house.settings.chargers:
        raise Refused(404, Reason("web.no_such_charger", {"charger": charger}))


def _prices(house: House) -> PricesView:
    tariff = house.sessions.tariff
    return PricesView(
        currency=tariff.currency,
        prices=tuple(
            PriceView(valid_from=one.valid_from, per_kwh=one.per_kwh, green_per_kwh=one.green_per_kwh)
            for one in tariff.prices
        ),
    )
