"""A building's ``site.toml``: what an installer would have written for the devices that stand there."""

import json
from collections.abc import Mapping, Sequence

from ohmstead.core.model.quantities import PHASES, Role
from ohmstead.simulator.settings import BuildingSettings, Place, SourceSpec
from ohmstead.simulator.sources import CHANNELS, topic_of


def site_toml(settings: BuildingSettings, places: Mapping[str, Place]) -> str:
    """The text for a site on the running building; ``places`` as ``Building.start`` returned them."""
    world = settings.world
    lines = ["[site]", f"name = {_text(settings.site_name)}", f"timezone = {_text(settings.timezone)}"]
    lines.append('grid_type = "3x400+N"')
    if world.main_fuse_a:
        lines.append(f"main_fuse_a = {world.main_fuse_a:g}")
    if world.contract_w:
        lines.append(f"contract_power_w = {world.contract_w:g}")
    for meter in settings.meters:
        lines += ["", f"[devices.{meter.key}]", 'driver = "modbus"', f"meter = {_text(meter.table)}"]
        lines += _where(places[meter.key], meter.role, meter.name, meter.phases)
    for inverter in settings.inverters:
        lines += ["", f"[devices.{inverter.key}]", 'driver = "sunspec"']
        lines += _where(places[inverter.key], Role.PRODUCTION, inverter.name, PHASES)
    for source in settings.sources:
        lines += ["", f"[devices.{source.key}]", *_spoken(source)]
        lines += _where(places[source.key], source.role, source.name, _named_phases(source))
        lines += _channels(source)
    for ct in settings.cts:
        lines += ["", f"[devices.{ct.key}]", 'driver = "board-ct"', f"connect = {_text(f'board://{ct.charger}')}"]
        lines += [f"input = {_text(ct.input)}", 'role = "grid"', *_named(ct.name)]
    phases = {charger.name: charger.phases for charger in world.chargers}
    metered = {meter.point: meter.key for meter in settings.meters if meter.role is Role.VEHICLE}
    for board in settings.boards:
        place = places[board.charger]
        wire = f'{{ driver = "modbus-board", connect = {_text(place.connect)}, unit = {place.unit} }}'
        lines += ["", f"[chargers.{board.charger}]", f"board = {wire}", f"max_current_a = {board.max_current_a:g}"]
        lines += [f"phases = {json.dumps(phases[board.charger])}", *_named(board.name)]
        if board.charger in metered:
            lines.append(f"vehicle_meter = {_text(metered[board.charger])}")
    return "\n".join(lines) + "\n"


def somewhere(settings: BuildingSettings) -> dict[str, Place]:
    """Places for a building that is on no wire: one made-up address per device, for runs on virtual time."""
    keys = [meter.key for meter in settings.meters] + [inverter.key for inverter in settings.inverters]
    keys += [source.key for source in settings.sources]
    keys += [board.charger for board in settings.boards]
    return {key: Place("plant.invalid", 502, unit) for unit, key in enumerate(keys, start=1)}


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
