"""``/api/v1/cards`` and ``/api/v1/chargers/{charger}/learning``: the cards of the site (EV-194 to EV-201, G-074)."""

from datetime import UTC
from typing import Annotated

from fastapi import APIRouter, Body, Path, Response

from ohmstead.core.model.authorization import CARDS_MAX, Card, Learning
from ohmstead.core.model.reasons import Reason
from ohmstead.web.access import TheCaller, TheHouse, needs, operation_id
from ohmstead.web.house import House
from ohmstead.web.problems import Refused, told
from ohmstead.web.views.authorization import AddCardBody, CardsView, CardView, ChangeCardBody, LearningView

router = APIRouter(generate_unique_id_function=operation_id, tags=["site"])

ChargerPath = Annotated[str, Path(max_length=80, description="The key in site.toml", examples=["garage"])]
CardPath = Annotated[str, Path(max_length=80, description="The number of the card", examples=["04A1B2C3D4E5F6"])]
_CHANGES = told(400, 401, 403, 409, 411, 413, 415, 422)


@router.get("/api/v1/cards", dependencies=[needs("user")], responses=told(401, 403, 422))
async def list_cards(house: TheHouse) -> CardsView:
    """All cards of the site."""
    return CardsView(cards=tuple(_card(card) for card in house.cards.cards), most=CARDS_MAX)


@router.post("/api/v1/cards", dependencies=[needs("owner")], responses=_CHANGES)
async def add_card(house: TheHouse, caller: TheCaller, body: Annotated[AddCardBody, Body()]) -> CardView:
    """Add a card by its number; 409 says why it cannot be, such as one that is there already."""
    return _card(await house.cards.add(body.id, body.name, caller.name, caller.role))


@router.patch("/api/v1/cards/{card}", dependencies=[needs("owner")], responses=_CHANGES)
async def change_card(
    house: TheHouse, caller: TheCaller, card: CardPath, body: Annotated[ChangeCardBody, Body()]
) -> CardView:
    """Give it another name, block it until it is reactivated, or reactivate it."""
    return _card(await house.cards.change(card, body.name, body.blocked, caller.name, caller.role))


@router.delete(
    "/api/v1/cards/{card}", dependencies=[needs("owner")], responses=told(401, 403, 409, 422), status_code=204
)
async def remove_card(house: TheHouse, caller: TheCaller, card: CardPath) -> Response:
    """It authorises no more; sessions of the past keep its name."""
    await house.cards.remove(card, caller.name, caller.role)
    return Response(status_code=204)


@router.get("/api/v1/chargers/{charger}/learning", dependencies=[needs("owner")], responses=told(401, 403, 404, 422))
async def get_learning(house: TheHouse, charger: ChargerPath) -> LearningView:
    """Whether a card is waited for at this charger, and how that ended last."""
    _known(house, charger)
    return _learning(house.cards.learning(charger))


@router.post(
    "/api/v1/chargers/{charger}/learning",
    dependencies=[needs("owner")],
    responses=told(401, 403, 404, 409, 411, 413, 422),
)
async def learn_card(house: TheHouse, caller: TheCaller, charger: ChargerPath) -> LearningView:
    """Wait 30 s for a card at this charger's reader; it is then added with ``POST /api/v1/cards``."""
    _known(house, charger)
    return _learning(house.cards.learn(charger, caller.name, caller.role))


@router.delete(
    "/api/v1/chargers/{charger}/learning",
    dependencies=[needs("owner")],
    responses=told(401, 403, 404, 409, 422),
    status_code=204,
)
async def forget_learning(house: TheHouse, caller: TheCaller, charger: ChargerPath) -> Response:
    """Wait no longer."""
    _known(house, charger)
    house.cards.forget(charger, caller.role)
    return Response(status_code=204)


def _known(house: House, charger: str) -> None:
    if charger not in house.settings.chargers:
        raise Refused(404, Reason("web.no_such_charger", {"charger": charger}))


def _card(card: Card) -> CardView:
    added_at = None if card.added_at is None else card.added_at.astimezone(UTC)
    return CardView(id=card.id, name=card.name, blocked=card.blocked, added_at=added_at)


def _learning(learning: Learning) -> LearningView:
    ends_at = None if learning.ends_at is None else learning.ends_at.astimezone(UTC)
    return LearningView(state=learning.state, ends_at=ends_at, card=learning.card)
