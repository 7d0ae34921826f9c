"""``/api/v1/load-configuration``: loads and their points, seen, examined, changed, sent again (EM-236 to EM-242)."""

from collections.abc import Sequence
from datetime import UTC
from typing import Annotated

from fastapi import APIRouter, Body

from ohmstead.core.commissioning.catalogue import Kind, of_kind
from ohmstead.core.commissioning.delta import maximum_current_a
from ohmstead.core.commissioning.loads import kind_of
from ohmstead.core.model.loads import BoxState, LivePoint, Load, LoadConfiguration, LoadPoint, Refusal, Version
from ohmstead.core.model.measuring import BoxSettings, GatewaySettings, TransformerKind, sockets
from ohmstead.core.model.points import codes_of
from ohmstead.core.model.settings import SiteSettings
from ohmstead.protocols.power_box.table import table
from ohmstead.web.access import TheCaller, TheHouse, needs, operation_id
from ohmstead.web.house import House
from ohmstead.web.problems import told
from ohmstead.web.views.base import reason_view
from ohmstead.web.views.loads import (
    BoxStateView,
    BoxView,
    DeliveryView,
    ExaminedView,
    GatewayView,
    IdentifyBody,
    LivePointsView,
    LivePointView,
    LoadConfigurationBody,
    LoadConfigurationView,
    LoadPointView,
    LoadVersionsView,
    LoadVersionView,
    LoadView,
    RefusalView,
    RunningBody,
    SocketView,
)

router = APIRouter(generate_unique_id_function=operation_id, tags=["site"])

_PATH = "/api/v1/load-configuration"
_SOLD: dict[TransformerKind, Kind] = {"split-core": "split_core", "rogowski": "rogowski"}
_WRITES = (400, 401, 403, 409, 411, 413, 415, 422, 503)


@router.get(_PATH, dependencies=[needs("viewer")], responses=told(401, 403, 422))
async def get_load_configuration(house: TheHouse) -> LoadConfigurationView:
    """Which points make up which load, on which phase and which way round, and how far each box is with it."""
    return _view(house)


@router.put(_PATH, dependencies=[needs("installer")], responses=told(*_WRITES))
async def put_load_configuration(
    house: TheHouse, caller: TheCaller, body: Annotated[LoadConfigurationBody, Body()]
) -> LoadConfigurationView:
    """Let another configuration hold, as a whole. 409 says why it cannot; then nothing has changed.

    It is kept with its author as the next version, measured by at once, and written into Power Boxes.
    """
    await house.loads.change(_wanted(body), body.based_on, caller.name, caller.role)
    return _view(house)


@router.post(f"{_PATH}/examine", dependencies=[needs("viewer")], responses=told(*_WRITES))
async def examine_load_configuration(house: TheHouse, body: Annotated[LoadConfigurationBody, Body()]) -> ExaminedView:
    """Why a configuration could not hold, each reason at its place. Nothing is changed."""
    found, near = house.loads.examine(_wanted(body))
    return ExaminedView(refusals=_refusals(found), warnings=_refusals(near))


@router.post(f"{_PATH}/apply", dependencies=[needs("installer")], responses=told(401, 403, 409, 411, 413, 422))
async def apply_load_configuration(house: TheHouse, caller: TheCaller) -> LoadConfigurationView:
    """Send the complete configuration to every box once more, whether it changed or not (EM-241)."""
    await house.loads.apply(caller.name, caller.role)
    return _view(house)


@router.post(f"{_PATH}/identify", dependencies=[needs("installer")], responses=told(*_WRITES))
async def identify_point(
    house: TheHouse, caller: TheCaller, body: Annotated[IdentifyBody, Body()]
) -> LoadConfigurationView:
    """Let the light of one transformer blink, at most for 120 s and no other on its bus; null ends it (G-127)."""
    await house.loads.identify(body.box, body.point, caller.role)
    return _view(house)


@router.post(f"{_PATH}/running", dependencies=[needs("user")], responses=told(*_WRITES))
async def say_that_a_load_runs(
    house: TheHouse, caller: TheCaller, body: Annotated[RunningBody, Body()]
) -> LoadConfigurationView:
    """Say that a load runs which shows nothing: after ten minutes of zero it wants attention (G-116). False ends it."""
    house.loads.silent.saw(body.load, body.running, caller.role)
    return _view(house)


@router.get(f"{_PATH}/live", dependencies=[needs("viewer")], responses=told(401, 403, 422))
async def get_live_points(house: TheHouse) -> LivePointsView:
    """Active and reactive power, voltages, current and power factor of each point at this moment (EM-237, EM-239)."""
    return LivePointsView(
        at=house.clock.now().utc.astimezone(UTC), points=tuple(_live(each) for each in house.loads.live())
    )


@router.get(f"{_PATH}/versions", dependencies=[needs("viewer")], responses=told(401, 403, 422))
async def get_load_versions(house: TheHouse) -> LoadVersionsView:
    """The versions that were kept, newest first, each with its author."""
    return LoadVersionsView(versions=tuple(_version(each) for each in house.loads.versions))


def _wanted(body: LoadConfigurationBody) -> LoadConfiguration:
    loads = {
        name: Load(
            one.name,
            one.role,
            one.box,
            tuple(LoadPoint(**point.model_dump()) for point in one.points),
            one.part_of,
        )
        for name, one in body.loads.items()
    }
    gateways = {name: GatewaySettings.model_validate(one.model_dump()) for name, one in body.gateways.items()}
    boxes = {name: BoxSettings.model_validate(one.model_dump()) for name, one in body.boxes.items()}
    return LoadConfiguration(loads, gateways, boxes, body.max_current_a)


def _view(house: House) -> LoadConfigurationView:
    desk, site = house.loads, house.settings.site
    held = desk.configuration
    return LoadConfigurationView(
        version=_version(desk.version),
        grid_type=site.grid_type,
        phases=codes_of(site.grid_type),
        max_current_a=held.max_current_a,
        proposed_max_current_a=_proposed_a(site),
        loads={name: _load(one) for name, one in held.loads.items()},
        gateways={name: GatewayView(**one.model_dump()) for name, one in held.gateways.items()},
        boxes={name: BoxView(**one.model_dump()) for name, one in held.boxes.items()},
        states={name: _state(one, desk.boxes.get(name)) for name, one in held.boxes.items()},
        warnings=_refusals(desk.examine(held)[1]),
        ratings_a={kind: _ratings(sold) for kind, sold in _SOLD.items()},
        models=tuple(table().ct_types.values()),
    )


def _proposed_a(site: SiteSettings) -> float | None:
    if site.main_fuse_a is None or site.grid_type != "3x230":
        return site.main_fuse_a
    return maximum_current_a(site.main_fuse_a)


def _ratings(kind: Kind) -> tuple[float, ...]:
    return tuple(sorted({each.rating_a for each in of_kind(kind) if each.rating_a is not None}))


def _load(one: Load) -> LoadView:
    points = tuple(
        LoadPointView(
            number=point.number,
            phase=point.phase,
            reversed=point.reversed,
            rating_a=point.rating_a,
            transformer=point.transformer,
            model=point.model,
        )
        for point in one.points
    )
    return LoadView(name=one.name, role=one.role, box=one.box, points=points, part_of=one.part_of)


def _state(box: BoxSettings, state: BoxState | None) -> BoxStateView:
    kind = kind_of(box)
    return BoxStateView(
        kind=kind,
        points=box.points,
        blinks=kind == "power-box",
        blinking=None if state is None else state.blinking,
        sockets={
            number: SocketView(part=part, kind=box.parts[part - 1].kind, input=letter)
            for number, (part, letter) in enumerate(sockets(box.parts), 1)
        },
        delivery=None
        if state is None
        else DeliveryView(
            state=state.delivery.state,
            at=state.delivery.at.astimezone(UTC),
            digest=state.delivery.digest,
            problem=reason_view(state.delivery.problem),
        ),
    )


def _refusals(found: Sequence[Refusal]) -> tuple[RefusalView, ...]:
    views = []
    for each in found:
        reason = reason_view(each.reason)
        assert reason is not None
        views.append(RefusalView(reason=reason, load=each.load, point=each.point, box=each.box))
    return tuple(views)


def _version(one: Version) -> LoadVersionView:
    return LoadVersionView(number=one.number, digest=one.digest, author=one.author, at=one.at.astimezone(UTC))


def _live(one: LivePoint) -> LivePointView:
    seen = one.measured
    return LivePointView(
        box=one.box,
        load=one.load,
        number=seen.number,
        quality=one.quality,
        phase=seen.phase,
        power_w=_rounded(seen.power_w, 1),
        reactive_power_var=_rounded(seen.reactive_power_var, 1),
        phase_voltage_v=_rounded(seen.phase_voltage_v, 1),
        line_voltage_v=_rounded(seen.line_voltage_v, 1),
        current_a=_rounded(seen.current_a, 3),
        power_factor=_rounded(seen.power_factor, 3),
        doubt=reason_view(seen.doubt),
    )


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
