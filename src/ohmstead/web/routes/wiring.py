"""``/api/v1/wiring``: which transformer fits a circuit (G-089), and whether a bus cable is right (EM-169)."""

from typing import Annotated

from fastapi import APIRouter, Body, Query

from ohmstead.core.commissioning.buses import Cable, broken_rules, paired
from ohmstead.core.commissioning.catalogue import LARGEST_A, Article, fitting, of_kind
from ohmstead.core.model.reasons import Reason
from ohmstead.web.access import needs, operation_id
from ohmstead.web.problems import told
from ohmstead.web.views.base import reason_view
from ohmstead.web.views.wiring import ArticleView, CableBody, CableView, TransformerView

router = APIRouter(generate_unique_id_function=operation_id, tags=["site"])


@router.get("/api/v1/wiring/transformer", dependencies=[needs("viewer")], responses=told(401, 403, 422))
async def get_fitting_transformer(
    breaker_a: Annotated[float, Query(gt=0, le=LARGEST_A, allow_inf_nan=False, description="Rating of the breaker")],
    bus_bar: Annotated[bool, Query(description="A bar, which no split core goes around")] = False,
    new_three_phase: Annotated[bool, Query(description="A new circuit whose wires can still be put through")] = False,
) -> TransformerView:
    """The smallest transformer for a circuit behind a breaker."""
    found = fitting(breaker_a, bus_bar=bus_bar, new_three_phase=new_three_phase)
    (core,) = of_kind("core")
    return TransformerView(
        breaker_a=breaker_a,
        kind="rogowski" if found.kind == "rogowski" else "split-core",
        rating_a=found.rating_a,
        articles=tuple(map(_article, found.articles)),
        solid_core=_article(core) if found.solid_core else None,
    )


@router.post("/api/v1/wiring/cable", dependencies=[needs("viewer")], responses=told(400, 401, 403, 411, 413, 415, 422))
async def check_bus_cable(body: Annotated[CableBody, Body()]) -> CableView:
    """Judge a bus cable that somebody made; every rule that it breaks is named. Nothing is kept."""
    made = body.model_dump(exclude={"pin_1_with"})
    broken = broken_rules(Cable(**made, together=paired(body.pin_1_with)))
    told_of = (reason_view(Reason(f"rule.cable.{name}")) for name in broken)
    return CableView(usable=not broken, broken=tuple(each for each in told_of if each is not None))


def _article(one: Article) -> ArticleView:
    return ArticleView(number=one.number, name=one.name, cable_m=one.cable_m)
