"""What does not go together in a scenario whose parts are well by themselves: names that lead nowhere, wires shared
by those that cannot share them, phases that the supply does not have."""

from collections.abc import Collection, Iterable, Iterator
from difflib import get_close_matches

from ohmstead.core.model.errors import Mistake
from ohmstead.core.model.quantities import PHASES, Phase, Role
from ohmstead.core.model.sampled import MOST_POINTS
from ohmstead.core.plant.flaws import Flaw
from ohmstead.core.plant.settings import DELTA, GRID, SUPPLIES
from ohmstead.protocols.meters import catalogue
from ohmstead.protocols.power_box.table import table as power_box
from ohmstead.protocols.sunspec.measuring import INVERTERS, METERS
from ohmstead.simulator.scenario import (
    ChargerPart,
    HeatPumpLoad,
    PlainLoad,
    Scenario,
)
from ohmstead.simulator.scenario_devices import (
    DevicePart,
    ModbusDevice,
    P1Device,
    PowerBoxDevice,
    SamplesDevice,
    SourcePart,
    SunspecPart,
    WiredPart,
)

BATTERY, SOLAR = "battery", "solar"
DELTA_PAIR: tuple[Phase, ...] = ("L1", "L2")
"""The transformers that measure all of a three-phase load without a neutral (EM-146)."""
FLAWS: tuple[str, ...] = tuple(str(flaw) for flaw in Flaw)


def conflicts(scenario: Scenario) -> Iterator[Mistake]:
    """Every such mistake."""
    if scenario.start.tzinfo is not None:
        yield Mistake("start", str(scenario.start), "a time without zone, that of the site", "Leave Z or +02:00 out.")
    yield from _points(scenario)
    yield from _phases(scenario)
    yield from _devices(scenario)
    if scenario.site.grid_type == DELTA:
        yield from _delta(scenario)
    yield from _wires(scenario)
    yield from _events(scenario)


def points(scenario: Scenario) -> set[str]:
    """What can be measured."""
    own = [name for name, part in ((SOLAR, scenario.solar), (BATTERY, scenario.battery)) if part is not None]
    return {GRID, *scenario.circuits, *own, *scenario.chargers}


def _points(scenario: Scenario) -> Iterator[Mistake]:
    seen: dict[str, str] = {GRID: "the head of the building", SOLAR: "the panels", BATTERY: "the battery"}
    for section, named in (("circuits", scenario.circuits), ("chargers", scenario.chargers)):
        for name in named:
            if name in seen:
                yield Mistake(f"{section}.{name}", f"{name}, which is {seen[name]}", "each name once")
            seen.setdefault(name, f"in {section} too")
    above = {GRID}
    for name, circuit in scenario.circuits.items():
        yield from _known(f"circuits.{name}.parent", circuit.parent, above)
        above.add(name)
    for name, load in scenario.loads.items():
        yield from _known(f"loads.{name}.circuit", load.circuit, above)
    for name, charger in scenario.chargers.items():
        yield from _known(f"chargers.{name}.parent", charger.parent, above)
    for name in scenario.counters:
        yield from _known(f"counters.{name}", name, points(scenario))


def _phases(scenario: Scenario) -> Iterator[Mistake]:
    """A phase that the supply, or the circuit it hangs on, does not have."""
    there = SUPPLIES[scenario.site.grid_type][2]
    circuits = {GRID: there, **{name: part.phases or there for name, part in scenario.circuits.items()}}
    wanted: list[tuple[str, Collection[Phase], Collection[Phase]]] = []
    for name, circuit in scenario.circuits.items():
        wanted.append((f"circuits.{name}.phases", circuit.phases or (), circuits.get(circuit.parent, there)))
    for name, load in scenario.loads.items():
        key, phases = _of_load(load)
        wanted.append((f"loads.{name}.{key}", phases, circuits.get(load.circuit, there)))
    for name, part in ((SOLAR, scenario.solar), (BATTERY, scenario.battery)):
        wanted.append((f"{name}.phases", (part and part.phases) or (), there))
    for section, parts in (("chargers", scenario.chargers), ("devices", scenario.devices)):
        wanted += [(f"{section}.{name}.phases", part.phases or (), there) for name, part in parts.items()]
    for where, phases, allowed in wanted:
        missing = [phase for phase in phases if phase not in allowed]
        if missing:
            yield Mistake(where, ", ".join(missing), f"{', '.join(allowed)}, which are there")


def _delta(scenario: Scenario) -> Iterator[Mistake]:
    """Without a neutral a car charges between two conductors or on three, and transformers are one, or L1 and L2."""
    for name, charger in scenario.chargers.items():
        if min(charger.car.phases, len(charger.phases or PHASES)) == 2:
            yield Mistake(f"chargers.{name}.car.phases", "2", "1 or 3 on a supply without a neutral")
    for name, device in scenario.devices.items():
        there = _there(scenario, device.point)
        clamped = isinstance(device, PowerBoxDevice | SamplesDevice) and len(there) > 1
        wanted = DELTA_PAIR if clamped else there
        if device.phases is not None and (len(device.phases) != len(wanted) or set(device.phases) != set(wanted)):
            hint = "Two transformers measure all of a three-phase load; one is for a load between two conductors alone."
            allowed = f"{', '.join(wanted)} at {device.point}"
            yield Mistake(f"devices.{name}.phases", ", ".join(device.phases), allowed, hint)


def _there(scenario: Scenario, point: str) -> tuple[Phase, ...]:
    """What hangs at ``point``."""
    fed = {SOLAR: scenario.solar, BATTERY: scenario.battery}.get(point)
    part = fed or scenario.circuits.get(point) or scenario.chargers.get(point)
    if part is None:
        return SUPPLIES[scenario.site.grid_type][2]
    return part.phases or _there(scenario, getattr(part, "parent", GRID))


def _of_load(load: object) -> tuple[str, Collection[Phase]]:
    if isinstance(load, PlainLoad):
        return "power_w", load.power_w
    if isinstance(load, HeatPumpLoad):
        return "phases", load.phases or ()
    return "phase", (getattr(load, "phase", PHASES[0]),)


def _devices(scenario: Scenario) -> Iterator[Mistake]:
    grids = [name for name, device in scenario.devices.items() if device.role is Role.GRID]
    for name in grids[1:]:
        yield Mistake(f"devices.{name}.role", f"'grid', as {grids[0]} has", "one device has the role grid")
    for name in scenario.devices.keys() & scenario.chargers.keys():
        yield Mistake(f"devices.{name}", f"{name}, which is a charger too", "each name once")
    for name, device in scenario.devices.items():
        where = f"devices.{name}"
        yield from _known(f"{where}.point", device.point, points(scenario))
        yield from _model(where, device, scenario)
        limited = {key for key, part in scenario.circuits.items() if part.limited}
        if device.role is Role.CIRCUIT and device.point not in limited:
            allowed = f"at a circuit with limit_a or limit_w: {', '.join(sorted(limited)) or 'none has one'}"
            yield Mistake(f"{where}.role", f"'circuit' at {device.point}", allowed)
    for name, circuit in scenario.circuits.items():
        if circuit.limit_a is not None and circuit.fallback_current_a > circuit.limit_a:
            where = f"circuits.{name}.fallback_current_a"
            yield Mistake(where, f"{circuit.fallback_current_a:g}", f"at most limit_a, {circuit.limit_a:g} A")


def _model(where: str, device: DevicePart, scenario: Scenario) -> Iterator[Mistake]:
    if isinstance(device, ModbusDevice):
        if device.meter not in catalogue.names():
            yield from _known(f"{where}.meter", device.meter, catalogue.names())
        elif device.phases is not None and len(device.phases) > catalogue.load(device.meter).phases:
            allowed = f"at most {catalogue.load(device.meter).phases}: the terminals of {device.meter}"
            yield Mistake(f"{where}.phases", f"{len(device.phases)} phases", allowed)
    elif isinstance(device, SunspecPart) and device.model is not None:
        allowed_models = INVERTERS if device.role in (Role.PRODUCTION, Role.BATTERY) else METERS
        if device.model not in allowed_models:
            yield Mistake(f"{where}.model", str(device.model), ", ".join(str(one) for one in sorted(allowed_models)))
    elif isinstance(device, SourcePart):
        yield from _source(where, device, scenario)
    elif isinstance(device, P1Device):
        for utility in device.utilities:
            yield from _known(f"{where}.utilities", utility, scenario.utilities)
    elif isinstance(device, SamplesDevice):
        if device.wire in scenario.wires:
            came = f"{device.wire}, which is a wire of another kind"
            yield Mistake(f"{where}.wire", came, "a name that only front ends use, without a section of its own")
        sharing = [d for d in scenario.devices.values() if isinstance(d, SamplesDevice) and d.wire == device.wire]
        if device.wire is not None and sum(len(d.phases or PHASES) for d in sharing) > MOST_POINTS:
            yield Mistake(f"{where}.wire", f"more than {MOST_POINTS} points", f"at most {MOST_POINTS} on one front end")
    elif isinstance(device, PowerBoxDevice):
        yield from _known(f"{where}.ct_type", device.ct_type, power_box().ct_types.values())
        phases = device.phases or _there(scenario, device.point)
        if scenario.site.grid_type == DELTA and device.phases is None and len(phases) > 1:
            phases = DELTA_PAIR
        if len(device.slots) != len(phases):
            yield Mistake(f"{where}.slots", f"{len(device.slots)} slots", f"one for each phase: {', '.join(phases)}")
        for slot in set(device.reversed) - set(device.slots):
            yield Mistake(f"{where}.reversed", str(slot), f"one of its slots: {', '.join(map(str, device.slots))}")


def _source(where: str, device: SourcePart, scenario: Scenario) -> Iterator[Mistake]:
    """A meter that speaks JSON answers HTTP, or publishes: what belongs to the other way is a mistake."""
    if device.driver == "mqtt" and device.broker is None:
        hint = "The broker is yours, such as Mosquitto; it must run before the simulator."
        yield Mistake(f"{where}.broker", "nothing", "mqtt://HOST:PORT; this key is needed", hint)
    if device.driver == "http" and device.broker is not None:
        yield Mistake(f"{where}.broker", "a broker", "none with driver http", "A meter that publishes is driver mqtt.")
    odd = {"port", "password"} if device.broker is not None else {"publish_s"}
    for key in sorted(odd & device.model_fields_set):
        allowed = f"left out with{'' if device.broker is not None else 'out'} a broker"
        yield Mistake(f"{where}.{key}", "a value", allowed)
    if device.driver == "http" and device.password:
        yield Mistake(
            f"{where}.password", "a value", "left out with driver http", "It is a shelly or a tasmota that asks."
        )
    phases = device.phases or SUPPLIES[scenario.site.grid_type][2]
    if len(phases) == 2:
        yield Mistake(f"{where}.phases", "2 phases", "one phase, or three: such meters have no other")


def wire_of(name: str, device: WiredPart | ChargerPart) -> str:
    """A device that names no wire has one of its own."""
    return device.wire or name


def wired(scenario: Scenario) -> dict[str, WiredPart]:
    """The devices that hang on a wire."""
    return {name: device for name, device in scenario.devices.items() if not isinstance(device, SourcePart)}


def _wires(scenario: Scenario) -> Iterator[Mistake]:
    everything: list[tuple[str, str, WiredPart | ChargerPart]] = []
    everything += [(f"devices.{name}", wire_of(name, device), device) for name, device in wired(scenario).items()]
    everything += [(f"chargers.{name}", wire_of(name, charger), charger) for name, charger in scenario.chargers.items()]
    used = {wire for _, wire, _ in everything}
    for name in scenario.wires:
        if name not in used:
            yield Mistake(f"wires.{name}", "a wire without devices", "one that a device or charger names as its wire")
    for wire in sorted(used):
        on_it = [(where, device) for where, name, device in everything if name == wire]
        speakers = [where for where, device in on_it if isinstance(device, P1Device)]
        if speakers and len(on_it) > 1:
            others = ", ".join(where for where, _ in on_it if where != speakers[0])
            yield Mistake(f"{speakers[0]}.wire", f"{wire!r}, shared with {others}", "a wire of its own for a p1 meter")
        elif speakers and wire in scenario.wires and scenario.wires[wire].kind == "tcp+rtu":
            yield Mistake(f"wires.{wire}.kind", "'tcp+rtu' with a p1 meter", "tcp, serial")
        yield from _units(wire, on_it)


def _units(wire: str, on_it: Iterable[tuple[str, WiredPart | ChargerPart]]) -> Iterator[Mistake]:
    seen: dict[tuple[int, object], tuple[str, bool]] = {}
    for where, device in on_it:
        box = isinstance(device, PowerBoxDevice | SamplesDevice)
        first, first_box = seen.setdefault((device.unit, None), (where, box))
        if first != where and not (box and first_box):
            came = f"{device.unit} on wire {wire!r}, as {first} has"
            yield Mistake(f"{where}.unit", came, "each device its own unit on a wire")
        for slot in device.slots if isinstance(device, PowerBoxDevice) else ():
            first, _ = seen.setdefault((device.unit, slot), (where, box))
            if first != where:
                yield Mistake(f"{where}.slots", f"{slot}, as {first} has", "each slot once in a box")


def _events(scenario: Scenario) -> Iterator[Mistake]:
    known: dict[str, Collection[str]] = {
        "switch": scenario.loads,
        "power_w": [name for name, load in scenario.loads.items() if isinstance(load, PlainLoad)],
        **dict.fromkeys(("plug", "unplug", "hurt", "heal"), scenario.chargers),
        **{key: [*scenario.devices, *scenario.chargers] for key in ("trouble", "mend", "reset_counter")},
    }
    for index, event in enumerate(scenario.events):
        if not event.model_fields_set - {"at"}:
            yield Mistake(f"events.{index}", "a moment without anything", f"one or more of {', '.join(known)}, mains")
        for key, names in known.items():
            for name in getattr(event, key):
                yield from _known(f"events.{index}.{key}", name, names)
        for charger, flaw in event.hurt.items():
            yield from _known(f"events.{index}.hurt.{charger}", flaw, FLAWS)


def _known(where: str, name: str, known: Collection[str]) -> Iterator[Mistake]:
    if name not in known:
        near = get_close_matches(name, known, n=1)
        hint = f"Did you mean {near[0]}?" if near else ""
        yield Mistake(where, repr(name), ", ".join(sorted(known)) or "none: there is nothing of that kind", hint)
