"""Between the settings of a site and its load configuration, and what such a configuration may not be.

In: settings, or a configuration that an installer wants. Out: the configuration that the settings hold, the reasons
why the wanted one cannot be (EM chapters 7 to 9), and the settings that hold it.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from hashlib import sha256
from typing import Any

from ohmstead.core.commissioning.buses import examined
from ohmstead.core.commissioning.delta import measures
from ohmstead.core.model.loads import BoxKind, Load, LoadConfiguration, LoadPoint, Refusal
from ohmstead.core.model.measuring import BoxSettings, sockets
from ohmstead.core.model.naming import KEY
from ohmstead.core.model.points import codes_of, wired
from ohmstead.core.model.quantities import GridType, Role
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.sampled import MOST_POINTS
from ohmstead.core.model.settings import DeviceSettings, Settings

DRIVERS: tuple[BoxKind, ...] = ("power-box", "samples")


def kind_of(box: BoxSettings) -> BoxKind:
    """How a box is read, by its address."""
    return "samples" if box.connect.startswith("samples:") else "power-box"


def configuration(settings: Settings) -> LoadConfiguration:
    """What ``settings`` hold; boxes that they do not name are called by their number."""
    boxes = dict(settings.boxes)
    loads = {}
    for name, device in settings.devices.items():
        if device.driver in DRIVERS:
            box = _box_of(device, boxes)
            loads[name] = _load(name, device, box)
    return LoadConfiguration(loads, settings.gateways, boxes, settings.site.max_current_a)


def digest(wanted: LoadConfiguration) -> str:
    """What tells one configuration from another."""
    return _hashed([_plain(wanted.loads), _dumped(wanted.gateways), _dumped(wanted.boxes), wanted.max_current_a])


def of_box(wanted: LoadConfiguration, box: str) -> str:
    """What tells whether something changed for ``box``."""
    loads = {name: each for name, each in wanted.loads.items() if each.box == box}
    connect = wanted.boxes[box].connect, wanted.boxes[box].unit
    return _hashed([_plain(loads), connect])


def refusals(wanted: LoadConfiguration, settings: Settings) -> tuple[Refusal, ...]:
    """Why ``wanted`` cannot be on this site, at the place where it stands; none when it can."""
    site, found = settings.site, []
    for each in examined(wanted.gateways, wanted.boxes):
        found += [] if each.warning else [Refusal(each.reason, box=each.owner)]
    if wanted.max_current_a is not None and site.main_fuse_a is not None and wanted.max_current_a > site.main_fuse_a:
        params = {"came_a": wanted.max_current_a, "fuse_a": site.main_fuse_a}
        found.append(Refusal(Reason("rule.above_fuse", params)))
    found += _nameless(wanted)
    taken = _owners(wanted)
    grids = [name for name, one in settings.devices.items() if one.role is Role.GRID and one.driver not in DRIVERS]
    for name, load in wanted.loads.items():
        found += [Refusal(reason, name) for reason in _whole(name, load, wanted, settings, grids)]
        found += _points(name, load, wanted, site.grid_type, taken)
    return tuple(found)


def warnings(wanted: LoadConfiguration) -> tuple[Refusal, ...]:
    """What is near its end: points and lengths (G-090, G-118)."""
    seen = examined(wanted.gateways, wanted.boxes)
    return tuple(Refusal(each.reason, box=each.owner) for each in seen if each.warning)


def applied(wanted: LoadConfiguration, settings: Settings) -> Settings:
    """``settings`` with ``wanted``, which has no refusals. Devices that it does not touch stay as they are.

    Raises ValueError (pydantic's) for what only the settings as a whole can tell.
    """
    now = configuration(settings)
    devices: dict[str, Any] = {}
    for name, device in settings.devices.items():
        if device.driver not in DRIVERS:
            devices[name] = device
        elif name in wanted.loads:
            same = now.loads[name] == wanted.loads[name] and _reached(now, name) == _reached(wanted, name)
            devices[name] = device if same else _device(name, wanted, device)
    for name in wanted.loads:
        if name not in devices:
            devices[name] = _device(name, wanted, None)
    site = settings.site.model_copy(update={"max_current_a": wanted.max_current_a})
    raw = {field: getattr(settings, field) for field in type(settings).model_fields}
    changed = {"site": site, "devices": devices, "gateways": dict(wanted.gateways), "boxes": dict(wanted.boxes)}
    return Settings.model_validate(raw | changed)


def socket_of(box: BoxSettings, number: int) -> tuple[int, str] | None:
    """On which part of the box's bus A point ``number`` is, and the letter of its input; ``None`` when unknown."""
    return dict(enumerate(sockets(box.parts), 1)).get(number)


def _owners(wanted: LoadConfiguration) -> Mapping[tuple[str, int], list[str]]:
    """The loads that have a point of a box, one as often as it names it."""
    found: dict[tuple[str, int], list[str]] = {}
    for name, load in wanted.loads.items():
        for point in load.points:
            found.setdefault((load.box, point.number), []).append(name)
    return found


def _nameless(wanted: LoadConfiguration) -> Iterator[Refusal]:
    """Names that no address of the API can have."""
    yield from (Refusal(Reason("rule.key", {"came": name}), name) for name in wanted.loads if not KEY.fullmatch(name))
    for name in (*wanted.gateways, *wanted.boxes):
        if not KEY.fullmatch(name):
            yield Refusal(Reason("rule.key", {"came": name}), box=name)


def _whole(name: str, load: Load, wanted: LoadConfiguration, settings: Settings, others: list[str]) -> Iterator[Reason]:
    """What is wrong with a load as a whole."""
    grid_type = settings.site.grid_type
    device = settings.devices.get(name)
    if name in settings.chargers or (device is not None and device.driver not in DRIVERS):
        yield Reason("rule.name_taken", {"load": name})
    if load.box not in wanted.boxes:
        yield Reason("rule.unknown_box", {"came": load.box, "known": ", ".join(wanted.boxes) or "–"})
    elif device is not None and device.driver in DRIVERS and device.driver != kind_of(wanted.boxes[load.box]):
        yield Reason("rule.other_kind", {"load": load.name})
    if not load.points:
        yield Reason("rule.no_point", {"load": load.name})
    if load.role is Role.GRID:
        first = [*others, *(each for each, one in wanted.loads.items() if one.role is Role.GRID)][0]
        if first != name:
            yield Reason("rule.second_grid", {"load": load.name, "first": first})
    yield from _parts(name, load, wanted)
    codes = [point.phase for point in load.points if point.phase is not None]
    if grid_type == "3x230" and len(codes) > 1 and not measures(codes):
        key = "rule.delta_third" if len(codes) > 2 else "rule.delta_pair"
        yield Reason(key, {"load": load.name, "came": ", ".join(codes)})


def _parts(name: str, load: Load, wanted: LoadConfiguration) -> Iterator[Reason]:
    if load.part_of is None:
        return
    seen, parent = {name}, load.part_of
    if parent not in wanted.loads:
        yield Reason("rule.part_of_nothing", {"load": load.name, "came": parent})
        return
    if load.role is not Role.LOAD or wanted.loads[parent].role is not Role.LOAD:
        yield Reason("rule.part_of_role", {"load": load.name, "parent": wanted.loads[parent].name})
    while parent in wanted.loads:
        if parent in seen:
            yield Reason("rule.part_of_itself", {"load": load.name})
            return
        seen.add(parent)
        parent = wanted.loads[parent].part_of or ""


def _points(
    name: str, load: Load, wanted: LoadConfiguration, grid_type: GridType, taken: Mapping[tuple[str, int], list[str]]
) -> Iterator[Refusal]:
    """What is wrong with single points; ``taken`` says which loads have each."""
    known = codes_of(grid_type)
    box = wanted.boxes.get(load.box)
    for point in load.points:
        owners = taken[load.box, point.number]
        number = {"point": point.number}
        if point.number > MOST_POINTS:
            yield Refusal(Reason("rule.point_beyond", {**number, "most": MOST_POINTS}), name, point.number)
        elif box is not None and point.number > box.points:
            yield Refusal(Reason("rule.point_nowhere", {**number, "has": box.points}), name, point.number)
        elif len(owners) > 1:
            other = next((each for each in owners if each != name), name)
            yield Refusal(Reason("rule.point_taken", {**number, "load": wanted.loads[other].name}), name, point.number)
        if point.phase is not None and point.phase not in known:
            params = {"came": point.phase, "known": ", ".join(known), "grid": grid_type}
            yield Refusal(Reason("rule.unknown_phase", params), name, point.number)
        elif point.phase is None and box is not None and (kind_of(box) == "samples" or point.reversed or point.model):
            yield Refusal(Reason("rule.no_phase", number), name, point.number)


def _box_of(device: DeviceSettings, boxes: dict[str, BoxSettings]) -> str:
    """The box that ``device`` is read from; one that nobody named joins ``boxes``."""
    for name, box in boxes.items():
        if (box.connect, box.unit) == (device.connect, device.unit):
            return name
    numbers = range(1, len(boxes) + 2)
    name = next(each for number in numbers if (each := f"box-{number}") not in boxes)
    boxes[name] = BoxSettings(connect=device.connect, unit=device.unit)
    return name


def _load(name: str, device: DeviceSettings, box: str) -> Load:
    points = tuple(_slots(device)) if device.slots else tuple(_columns(device))
    return Load(device.name or name, device.role, box, points, device.part_of)


def _columns(device: DeviceSettings) -> Iterator[LoadPoint]:
    written = device.points or ()
    for point, one in zip(written, wired(written, device.phases, device.rating_a), strict=True):
        yield LoadPoint(point.column, one.code, one.reversed, one.rating_a, point.ct)


def _slots(device: DeviceSettings) -> Iterator[LoadPoint]:
    for each in device.slots or ():
        yield LoadPoint(each.slot, each.phase, each.reversed, each.rating_a or device.rating_a, model=each.ct)


def _device(name: str, wanted: LoadConfiguration, before: DeviceSettings | None) -> DeviceSettings:
    load, box = wanted.loads[name], wanted.boxes[wanted.loads[name].box]
    raw: dict[str, Any] = {} if before is None else before.model_dump(exclude_unset=True)
    raw |= {"driver": kind_of(box), "connect": box.connect, "role": load.role, "name": load.name}
    raw |= {"unit": box.unit} if box.unit != 1 or "unit" in raw else {}
    for key in ("rating_a", "part_of", "points", "slots"):
        raw.pop(key, None)
    raw |= {"part_of": load.part_of} if load.part_of else {}
    if raw["driver"] == "power-box":
        raw["slots"] = [_slot(point) for point in load.points]
    else:
        raw.pop("phases", None)
        raw["points"] = [_column(point, before) for point in load.points]
    return DeviceSettings.model_validate(raw)


def _slot(point: LoadPoint) -> dict[str, Any]:
    told = {"phase": point.phase, "ct": point.model, "rating_a": point.rating_a}
    found = {key: value for key, value in told.items() if value is not None}
    return {"slot": point.number} | found | ({"reversed": True} if point.reversed else {})


def _column(point: LoadPoint, before: DeviceSettings | None) -> dict[str, Any]:
    """With its calibration, which belongs to the transformer that hangs there."""
    kept = {} if before is None else {each.column: each for each in before.points or ()}
    told: dict[str, Any] = {"phase": point.phase, "rating_a": point.rating_a, "ct": point.transformer}
    found = {key: value for key, value in told.items() if value is not None} | {"column": point.number}
    if point.number in kept:
        found |= kept[point.number].model_dump(include={"gain", "phase_error"}, exclude_defaults=True)
    return found | ({"reversed": True} if point.reversed else {})


def _reached(wanted: LoadConfiguration, name: str) -> tuple[str, int] | None:
    box = wanted.boxes.get(wanted.loads[name].box)
    return None if box is None else (box.connect, box.unit)


def _dumped(models: Mapping[str, Any]) -> dict[str, Any]:
    return {name: each.model_dump(mode="json", exclude_defaults=True) for name, each in models.items()}


def _plain(loads: Mapping[str, Load]) -> dict[str, Any]:
    return {name: asdict(each) for name, each in loads.items()}


def _hashed(content: Any) -> str:
    return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]
