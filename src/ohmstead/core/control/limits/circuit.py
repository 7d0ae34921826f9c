"""The limits of the circuits below the supply, of unbalance, demand and grid operator: their names and their words."""

from collections.abc import Iterable, Mapping

from ohmstead.core.control.inputs import settled
from ohmstead.core.model.circuits import CircuitSettings
from ohmstead.core.model.grants import Limit, Notice
from ohmstead.core.model.quantities import MINIMUM_CURRENT_A, Phase
from ohmstead.core.model.reasons import Param, Reason
from ohmstead.core.model.settings import Settings

CIRCUIT = "circuit"
UNBALANCE = "unbalance"
DEMAND = "demand_limit"
OPERATOR = "grid_operator"
CLUSTER = "cluster"
_POWER = "power"


def on_phase(circuit: str, phase: Phase) -> str:
    """The name of the limit of ``circuit`` on ``phase``."""
    return f"{CIRCUIT}.{circuit}.{phase}"


def power(circuit: str) -> str:
    """The name of the power limit of ``circuit``."""
    return f"{CIRCUIT}.{circuit}.{_POWER}"


def unbalance(phase: Phase) -> str:
    """The name of the limit by how much ``phase`` may carry more than another."""
    return f"{UNBALANCE}.{phase}"


def cluster(phase: Phase) -> str:
    """The name of the limit of the whole cluster on ``phase``."""
    return f"{CLUSTER}.{phase}"


def of_circuit(limit_name: str) -> str | None:
    """The circuit that sets the limit of this name."""
    kind, _, rest = limit_name.partition(".")
    return rest.rpartition(".")[0] if kind == CIRCUIT else None


def params(name: str, circuits: Mapping[str, CircuitSettings]) -> tuple[str, dict[str, Param]]:
    """The kind of the limit ``name`` in keys of texts, and what its sentence names."""
    kind, _, rest = name.partition(".")
    circuit, _, phase = rest.rpartition(".")
    if kind == CIRCUIT:
        shown: dict[str, Param] = {"circuit": circuits[circuit].name or circuit} if circuit in circuits else {}
        return (f"{CIRCUIT}_{_POWER}", shown) if phase == _POWER else (CIRCUIT, shown | {"phase": phase})
    return kind, {"phase": rest} if rest else {}


def stale(held_a: float, circuit: str, settings: CircuitSettings) -> Limit:
    """The meter of a circuit is late or lost: nothing on it is raised until it is heard again."""
    return Limit(f"{CIRCUIT}.{circuit}", held_a, Reason("limit.circuit_stale", {"circuit": settings.name or circuit}))


def turn(wait_s: float, holder: str) -> Limit:
    """It is the turn of ``holder``."""
    return Limit("turn", 0.0, Reason("limit.turn_wait", {"charger": holder, "wait_s": max(0.0, wait_s)}))


def waking() -> Limit:
    """The pilot is taken away for a moment, so that a car that sleeps wakes up (G-059)."""
    return Limit("waking", 0.0, Reason("limit.waking"))


def behind(name: str, available_a: float, first: str) -> Limit:
    """Another goes first, by its priority or since it was there before; ``name`` is the limit they share."""
    current = settled(available_a)
    values: dict[str, Param] = {"charger": first, "available_a": max(0.0, current or available_a)}
    few = "" if available_a >= MINIMUM_CURRENT_A else "_too_little"
    return Limit(name, current, Reason(f"limit.behind{few}", values))


def in_turn(name: str, available_a: float, rest_s: float) -> Limit:
    """Its own turn; it ends in ``rest_s``."""
    current = settled(available_a)
    return Limit(name, current, Reason("limit.in_turn", {"available_a": current, "wait_s": max(0.0, rest_s)}))


def lost_notices(lost: Iterable[str], settings: Settings) -> tuple[Notice, ...]:
    """The circuits whose meter has been silent for so long that a person should look."""
    rows = []
    for name in lost:
        one = settings.circuits[name]
        device = one.meter or name
        shown = settings.devices[device].name if device in settings.devices else None
        values: dict[str, Param] = {"circuit": one.name or name, "device": shown or device}
        key = "control.circuit_meter_lost_stop"
        if one.fallback_current_a >= MINIMUM_CURRENT_A:
            key, values = "control.circuit_meter_lost", values | {"limit_a": one.fallback_current_a}
        rows.append(Notice("circuit_meter_lost", device, Reason(key, values), "fault"))
    return tuple(rows)


def asleep_notices(asleep: Iterable[str]) -> tuple[Notice, ...]:
    """The cars that slept through their turns (G-059)."""
    return tuple(Notice("asleep", name, Reason("control.asleep", {"charger": name}), "info") for name in asleep)
