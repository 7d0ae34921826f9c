"""``/api/v1/cluster``: who leads, who is led, and what they share (EV-140 to EV-146, G-071)."""

from typing import Annotated

from fastapi import APIRouter, Body, Path, Response

from ohmstead.core.model.cluster import MEMBERS_OF_A_CHARGER, MEMBERS_OF_A_GATEWAY
from ohmstead.core.model.clustered import MemberShown
from ohmstead.core.model.errors import CommandRefused
from ohmstead.core.model.events import Action, Command
from ohmstead.core.model.quantities import Phase
from ohmstead.core.model.reasons import Reason
from ohmstead.site.cluster.following import GOVERNED
from ohmstead.web.access import TheCaller, TheHouse, needs, operation_id
from ohmstead.web.house import House
from ohmstead.web.problems import told
from ohmstead.web.views.cluster import (
    AddMemberBody,
    ChangeClusterBody,
    ChangeMemberBody,
    ClusterRoleBody,
    ClusterView,
    MemberView,
)

router = APIRouter(generate_unique_id_function=operation_id, tags=["site"])

MemberPath = Annotated[str, Path(max_length=80, description="The key in site.toml", examples=["yard"])]
_CHANGES = told(400, 401, 403, 409, 411, 413, 415, 422)


@router.get("/api/v1/cluster", dependencies=[needs("user")], responses=told(401, 403, 422))
async def get_cluster(house: TheHouse) -> ClusterView:
    """What this site is in a cluster, and its members."""
    return _cluster(house)


@router.patch("/api/v1/cluster", dependencies=[needs("installer")], responses=_CHANGES)
async def change_cluster(house: TheHouse, caller: TheCaller, body: Annotated[ChangeClusterBody, Body()]) -> ClusterView:
    """Share another current, or give the cluster another name; 409 says why that cannot be."""
    change = body.model_dump(exclude_none=True)
    if body.name is not None:
        change["name"] = body.name.strip() or None
    await house.cluster.share(change, caller.name, caller.role)
    return _cluster(house)


@router.put("/api/v1/cluster/role", dependencies=[needs("installer")], responses=_CHANGES)
async def set_cluster_role(house: TheHouse, caller: TheCaller, body: Annotated[ClusterRoleBody, Body()]) -> ClusterView:
    """Lead other chargers, be led, or stand alone from now on; 409 says why that cannot be."""
    if body.role == "alone":
        await house.cluster.leave(caller.name, caller.role)
    else:
        await house.cluster.begin(body.model_dump(exclude_none=True), caller.name, caller.role)
    return _cluster(house)


@router.post("/api/v1/cluster/members", dependencies=[needs("installer")], responses=_CHANGES)
async def add_member(house: TheHouse, caller: TheCaller, body: Annotated[AddMemberBody, Body()]) -> ClusterView:
    """Lead another charger from now on; 409 says why it cannot be, such as a fifth one or an address that is taken."""
    board = {"driver": "cluster-member", "connect": body.connect, "unit": body.unit}
    rest = body.model_dump(exclude={"key", "connect", "unit"}, exclude_none=True) | _rotation(body.phases)
    await house.cluster.add(body.key, {"board": board, **rest}, caller.name, caller.role)
    return _cluster(house)


@router.patch("/api/v1/cluster/members/{member}", dependencies=[needs("installer")], responses=_CHANGES)
async def change_member(
    house: TheHouse, caller: TheCaller, member: MemberPath, body: Annotated[ChangeMemberBody, Body()]
) -> ClusterView:
    """Change its name, priority, installation limit or fallback while it is led; 409 says why that cannot be."""
    change = body.model_dump(exclude={"priority"}, exclude_none=True)
    change |= {} if body.phases is None else _rotation(body.phases)
    charger = house.settings.chargers.get(member)
    if change and charger is not None and not charger.member:
        raise CommandRefused(Reason("cluster.own_charger", {"charger": charger.name or member}))
    if change or charger is None:
        await house.cluster.change_member(member, change, caller.name, caller.role)
    if body.priority is not None:
        await house.submit(Command(caller.name, caller.role, member, Action.SET_PRIORITY, body.priority))
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


def _rotation(phases: tuple[Phase, ...] | None) -> dict[str, bool]:
    """Phases that were told are known; else a car counts on every one (G-063)."""
    return {"rotation_known": phases is not None}


def _cluster(house: House) -> ClusterView:
    shown = house.cluster.shown()
    own = [name for name, one in house.settings.chargers.items() if not one.member]
    led = {one.name: one for one in shown.members}
    governs = shown.standing in ("led", "lost", "fallback")
    return ClusterView(
        role=shown.role,
        name=shown.name,
        limit_a=shown.limit_a,
        members=tuple(_member(house, name, led.get(name)) for name in (*own, *led)) if shown.role == "master" else (),
        most_members=MEMBERS_OF_A_CHARGER if own else MEMBERS_OF_A_GATEWAY,
        standing=shown.standing,
        master=shown.master,
        pairing=shown.pairing,
        charger=shown.charger,
        allowed_a=shown.allowed_a,
        fallback_current_a=shown.fallback_a,
        governed=tuple(sorted(GOVERNED)) if governs else (),
    )


def _member(house: House, name: str, led: MemberShown | None) -> MemberView:
    settings, state = house.settings.chargers[name], house.state()
    reading = None if state is None else state.snapshot.chargers.get(name)
    grant = None if state is None else state.grants.get(name)
    options = None if state is None else state.options.get(name)
    return MemberView(
        key=name,
        name=settings.name or name,
        role="master" if led is None else "slave",
        connect=None if led is None else settings.board.connect,
        unit=None if led is None else settings.board.unit,
        priority=settings.priority if options is None or options.priority is None else options.priority,
        phases=settings.phases if settings.rotation_known else None,
        max_current_a=settings.max_current_a,
        fallback_current_a=None if led is None else settings.fallback_current_a,
        state=None if reading is None else reading.state.value,
        granted_a=None if grant is None else grant.current_a,
        silent=led is not None and led.silent,
        reserved_a=None if led is None else led.reserved_a,
    )
