"""``/api/v1/cluster``: who leads, who is led, and what they share (EV-140 to EV-146, G-071)."""

from typing import Annotated

from fastapi import APIRouter, Body, Path, Response

from ohmstead.core.model.clustered import MemberShown
from ohmstead.web.access import TheCaller, TheHouse, needs, operation_id
from ohmstead.web.house import House
from ohmstead.web.problems import told
from ohmstead.web.views.cluster import AddMemberBody, ChangeClusterBody, ClusterView, MemberView

router = APIRouter(generate_unique_id_function=operation_id, tags=["site"])

MemberPath = Annotated[str, Path(max_length=80, description="The key in site.toml", examples=["yard"])]
_CHANGES = told(400, 401, 403, 409, 411, 413, 415, 422)


@router.get("/api/v1/cluster", dependencies=[needs("user")], responses=told(401, 403, 422))
async def get_cluster(house: TheHouse) -> ClusterView:
    """What this site is in a cluster, and its members."""
    return _cluster(house)


@router.patch("/api/v1/cluster", dependencies=[needs("installer")], responses=_CHANGES)
async def change_cluster(house: TheHouse, caller: TheCaller, body: Annotated[ChangeClusterBody, Body()]) -> ClusterView:
    """Share another current; 409 says why that cannot be."""
    await house.cluster.set_limit(body.limit_a, caller.name, caller.role)
    return _cluster(house)


@router.post("/api/v1/cluster/members", dependencies=[needs("installer")], responses=_CHANGES)
async def add_member(house: TheHouse, caller: TheCaller, body: Annotated[AddMemberBody, Body()]) -> ClusterView:
    """Lead another charger from now on; 409 says why it cannot be, such as a fifth one or an address that is taken."""
    board = {"driver": "cluster-member", "connect": body.connect, "unit": body.unit}
    rest = body.model_dump(exclude={"key", "connect", "unit"}, exclude_none=True)
    await house.cluster.add(body.key, {"board": board, **rest}, caller.name, caller.role)
    return _cluster(house)


@router.delete(
    "/api/v1/cluster/members/{member}",
    dependencies=[needs("installer")],
    responses=told(401, 403, 409, 422),
    status_code=204,
)
async def remove_member(house: TheHouse, caller: TheCaller, member: MemberPath) -> Response:
    """Lead it no more. It stands alone then and keeps its own settings."""
    await house.cluster.remove(member, caller.name, caller.role)
    return Response(status_code=204)


@router.post("/api/v1/cluster/pairing", dependencies=[needs("installer")], responses=told(401, 403, 409, 411, 413, 422))
async def open_pairing(house: TheHouse, caller: TheCaller) -> ClusterView:
    """On a slave: for five minutes the next master that asks leads it."""
    house.cluster.open_pairing(caller.name, caller.role)
    return _cluster(house)


def _cluster(house: House) -> ClusterView:
    shown = house.cluster.shown()
    return ClusterView(
        role=shown.role,
        name=shown.name,
        limit_a=shown.limit_a,
        members=tuple(_member(one) for one in shown.members),
        standing=shown.standing,
        master=shown.master,
        pairing=shown.pairing,
    )


def _member(one: MemberShown) -> MemberView:
    settings = one.settings
    return MemberView(
        key=one.name,
        name=settings.name or one.name,
        connect=settings.board.connect,
        unit=settings.board.unit,
        priority=settings.priority,
        max_current_a=settings.max_current_a,
        fallback_current_a=settings.fallback_current_a,
        silent=one.silent,
        reserved_a=one.reserved_a,
    )
