"""A building's ``site.toml``: what an installer would have written for the devices that stand there."""

import json
from collections.abc import Iterator, Mapping, Sequence

from ohmstead.core.model.quantities import PHASES, Role
from ohmstead.core.plant.settings import GRID
from ohmstead.simulator.card_reader import reader_of
from ohmstead.simulator.settings import (
    BuildingSettings,
    ClampedSpec,
    InverterSpec,
    MeterSpec,
    Place,
    SlotsSpec,
    SourceSpec,
    SunspecMeterSpec,
)
from ohmstead.simulator.sources import CHANNELS, topic_of
from ohmstead.transport.pipe import HOST


def site_toml(settings: BuildingSettings, places: Mapping[str, Place]) -> str:
    """The text for a site on the running building; ``places`` as ``Building.start`` returned them."""
    world = settings.world
    lines = ["[site]", f"name = {_text(settings.site_name)}", f"timezone = {_text(settings.timezone)}"]
    lines.append(f"grid_type = {_text(world.grid_type)}")
    if world.main_fuse_a:
        lines.append(f"main_fuse_a = {world.main_fuse_a:g}")
    if world.contract_w:
        lines.append(f"contract_power_w = {world.contract_w:g}")
    if settings.networks:
        lines += ["", "[networks]", 'driver = "plant"']
    for key, about, role, name, phases in sorted(_devices(settings), key=lambda row: row[2] is not Role.GRID):
        lines += ["", f"[devices.{key}]", *about, *_where(places[key], role, name, phases)]
    for source in settings.sources:
        lines += ["", f"[devices.{source.key}]", *_spoken(source)]
        lines += _where(places[source.key], source.role, source.name, _named_phases(source))
        lines += _channels(source)
    for front_end in settings.front_ends:
        for circuit in front_end.circuits:
            lines += _sampled(circuit, places[circuit.key])
    for ct in settings.cts:
        lines += ["", f"[devices.{ct.key}]", 'driver = "board-ct"', f"connect = {_text(f'board://{ct.charger}')}"]
        lines += [f"input = {_text(ct.input)}", 'role = "grid"', *_named(ct.name)]
    return "\n".join([*lines, *_circuits(settings), *_chargers(settings, places)]) + "\n"


def _circuits(settings: BuildingSettings) -> Iterator[str]:
    meters = {device.point: device.key for device in _measuring(settings) if device.role is Role.CIRCUIT}
    above = {circuit.name: circuit.parent for circuit in settings.world.circuits}
    for limit in settings.limits:
        yield from ("", f"[circuits.{limit.key}]")
        if (parent := _limited(settings, above.get(limit.point, GRID))) is not None:
            yield f"parent = {_text(parent)}"
        if limit.point in meters:
            yield f"meter = {_text(meters[limit.point])}"
        for key in ("limit_a", "limit_w", "reserve_a", "fallback_current_a"):
            if value := getattr(limit, key):
                yield f"{key} = {value:g}"


def _measuring(settings: BuildingSettings) -> Iterator[MeterSpec | SunspecMeterSpec | SlotsSpec | SourceSpec]:
    yield from settings.meters
    yield from settings.sunspec_meters
    yield from settings.sources
    for box in settings.power_boxes:
        yield from box.circuits


def _limited(settings: BuildingSettings, point: str) -> str | None:
    """The circuit with a limit at ``point`` or the first above it."""
    named = {limit.point: limit.key for limit in settings.limits}
    above = {circuit.name: circuit.parent for circuit in settings.world.circuits}
    while point not in named and point in above:
        point = above[point]
    return named.get(point)


def _chargers(settings: BuildingSettings, places: Mapping[str, Place]) -> Iterator[str]:
    phases_of = {charger.name: charger.phases for charger in settings.world.chargers}
    parents = {charger.name: charger.parent for charger in settings.world.chargers}
    metered = {meter.point: meter.key for meter in settings.meters if meter.role is Role.VEHICLE}
    for board in settings.boards:
        place = places[board.charger]
        wire = f"{{ driver = {_text(board.driver)}, connect = {_text(place.connect)}, unit = {place.unit} }}"
        yield from ("", f"[chargers.{board.charger}]", f"board = {wire}", f"max_current_a = {board.max_current_a:g}")
        yield from (f"phases = {json.dumps(phases_of[board.charger])}", *_named(board.name))
        if (circuit := _limited(settings, parents[board.charger])) is not None:
            yield f"circuit = {_text(circuit)}"
        if board.mode != "fast":
            yield f"mode = {_text(board.mode)}"
        if board.phase_switching != "off":
            yield f"phase_switching = {_text(board.phase_switching)}"
        if (reader := places.get(reader_of(board.charger))) is not None:
            yield f"reader = {{ driver = {_text(str(board.card_reader))}, connect = {_text(reader.connect)} }}"
        if not board.display:
            yield "panel = { display = false }"
        if board.fallback_current_a:
            yield f"fallback_current_a = {board.fallback_current_a:g}"
        if board.charger in metered:
            yield f"vehicle_meter = {_text(metered[board.charger])}"


def somewhere(settings: BuildingSettings) -> dict[str, Place]:
    """Places for a building that is on no wire: one made-up address per device, for runs on virtual time."""
    keys = [key for key, *_ in _devices(settings)] + [source.key for source in settings.sources]
    keys += [board.charger for board in settings.boards]
    return {key: Place(HOST, 502, unit) for unit, key in enumerate(keys, start=1)}


_Row = tuple[str, list[str], Role, str, Sequence[str]]
"""Key, driver and what it needs, role, name, phases."""


def _devices(settings: BuildingSettings) -> Iterator[_Row]:
    for meter in settings.meters:
        yield meter.key, ['driver = "modbus"', f"meter = {_text(meter.table)}"], meter.role, meter.name, meter.phases
    sunspec: tuple[InverterSpec | SunspecMeterSpec, ...] = (*settings.inverters, *settings.sunspec_meters)
    for speaking in sunspec:
        yield speaking.key, ['driver = "sunspec"'], speaking.role, speaking.name, speaking.phases
    for supply in settings.supply_meters:
        yield supply.key, ['driver = "p1"'], Role.GRID, supply.name, supply.phases
    for box in settings.power_boxes:
        for circuit in box.circuits:
            slots = f"slots = {json.dumps(circuit.slots)}"
            yield circuit.key, ['driver = "power-box"', slots], circuit.role, circuit.name, PHASES


def _sampled(circuit: ClampedSpec, place: Place) -> list[str]:
    told: Sequence[Mapping[str, object]] = circuit.told or ({},) * len(circuit.points)
    points = [
        f"{{ column = {column}, phase = {_text(phase)}"
        + "".join(f", {key} = {json.dumps(value)}" for key, value in one.items())
        + " }"
        for column, phase, one in zip(circuit.points, circuit.phases, told, strict=True)
    ]
    about = ["", f"[devices.{circuit.key}]", 'driver = "samples"', f"connect = {_text(place.connect)}"]
    about += [f"points = [{', '.join(points)}]", f"rating_a = {circuit.rating_a:g}"]
    return [*about, f"role = {_text(circuit.role.value)}", *_named(circuit.name)]


def _spoken(source: SourceSpec) -> list[str]:
    drivers = {"shelly": "shelly", "tasmota": "tasmota", "json": "mqtt" if source.broker else "http"}
    lines = [f"driver = {_text(drivers[source.speaks])}"]
    lines += [f"password = {_text(source.password)}"] if source.password and not source.broker else []
    if source.speaks == "shelly":
        lines.append(f"component = {_text(source.component)}")
    return [*lines, f"topic = {_text(source.key)}"] if source.broker and source.speaks != "json" else lines


def _named_phases(source: SourceSpec) -> Sequence[str]:
    """The phases, where they do not stand in channels."""
    return PHASES if source.speaks == "json" else source.phases


def _channels(source: SourceSpec) -> list[str]:
    if source.speaks != "json":
        return []
    topic = f"topic = {_text(topic_of(source))}, " if source.broker else ""
    rows = [(name, path, unit) for name, path, unit in CHANNELS if "{n}" not in path]
    for index, phase in enumerate(source.phases):
        rows += [(f"{name}.{phase}", path.format(n=index), unit) for name, path, unit in CHANNELS if "{n}" in path]
    said = [f"{_text(name)} = {{ {topic}path = {_text(path)}, unit = {_text(unit)} }}" for name, path, unit in rows]
    return [f"[devices.{source.key}.channels]", *said]


def _where(place: Place, role: Role, name: str, phases: Sequence[str]) -> list[str]:
    lines = [f"connect = {_text(place.connect)}", f"unit = {place.unit}", f"role = {_text(role.value)}", *_named(name)]
    return lines if tuple(phases) == PHASES else [*lines, f"phases = {json.dumps(phases)}"]


def _named(name: str) -> list[str]:
    return [f"name = {_text(name)}"] if name else []


def _text(value: str) -> str:
    """A TOML basic string; JSON's escapes are a part of TOML's."""
    return json.dumps(value, ensure_ascii=False)
