"""What an installer says of the circuits that chargers hang on, and of how they share (EV-133, EV-145, G-063)."""

from collections.abc import Iterator, Mapping
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from ohmstead.core.model.errors import Mistake
from ohmstead.core.model.quantities import MINIMUM_CURRENT_A, Role

TurnMinutes = Literal[5, 10, 15]

SLOWEST_CIRCUIT_S = 1.0
"""What is older than two seconds is not used for a decision (G-018)."""


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SharingSettings(_Settings):
    """How chargers of one priority share."""

    power_sharing: bool = True
    """Equally; otherwise first come, first served (EV-150, EV-152)."""
    slot_min: TurnMinutes = 5
    """The length of a turn where not all can have 6 A (EV-151). Longer ones spare contactors."""


class LoadSettings(_Settings):
    """The limits of the supply besides main fuse and contract, and how is shared."""

    sharing: SharingSettings = SharingSettings()
    unbalance_limit_a: float | None = Field(default=None, ge=MINIMUM_CURRENT_A, le=2000)
    """By how much one phase may carry more than another on account of cars that use only some of them."""
    demand_limit_w: float | None = Field(default=None, ge=500, le=2_000_000)
    """Upper bound of the imported power on average over any quarter of an hour."""


class MemberSettings(_Settings):
    """Where a charger stands among others."""

    priority: int = Field(default=2, ge=0, le=4)
    """4 goes first, 0 last (EV-146)."""
    circuit: str | None = None
    """The circuit it hangs on; the supply itself when left out."""
    rotation_known: bool = True
    """Whether ``phases`` was checked at the terminals. If not, a car counts on every phase (G-063)."""


class CircuitSettings(_Settings):
    """One circuit below the supply, behind its own breaker, or a group of chargers with a common limit."""

    name: str | None = Field(default=None, min_length=1, max_length=80)
    parent: str | None = None
    """The circuit that feeds it; the supply itself when left out."""
    limit_a: float | None = Field(default=None, ge=MINIMUM_CURRENT_A, le=2000)
    """Rating of its breaker, or what its chargers may take together; per phase."""
    limit_w: float | None = Field(default=None, ge=500, le=2_000_000)
    meter: str | None = None
    """The device with the role ``circuit`` that measures all that flows into it."""
    reserve_a: float = Field(default=0.0, ge=0, le=2000)
    """Without a meter: what else may flow there, per phase."""
    fallback_current_a: float = Field(default=0.0, ge=0, le=2000)
    """While its meter is lost: what its chargers may take together, per phase."""


class Member(Protocol):
    """A charger, as far as circuits see it."""

    @property
    def circuit(self) -> str | None:
        """The circuit it hangs on."""
        ...


class Device(Protocol):
    """A device, as far as circuits see it."""

    @property
    def role(self) -> Role:
        """What it measures."""
        ...

    @property
    def period_s(self) -> float | None:
        """How often it is asked."""
        ...


def path(circuits: Mapping[str, CircuitSettings], name: str | None) -> tuple[str, ...]:
    """The circuits from ``name`` up to the supply; ends where one comes again or does not exist."""
    found: list[str] = []
    while name is not None and name in circuits and name not in found:
        found.append(name)
        name = circuits[name].parent
    return tuple(found)


def circuit_conflicts(
    circuits: Mapping[str, CircuitSettings], devices: Mapping[str, Device], chargers: Mapping[str, Member]
) -> Iterator[Mistake]:
    """What does not go together between circuits, meters and chargers."""
    known = ", ".join(circuits) or "none is set up"
    for name, charger in chargers.items():
        if charger.circuit is not None and charger.circuit not in circuits:
            yield Mistake(f"chargers.{name}.circuit", f"{charger.circuit!r}, which is no circuit", f"one of: {known}")
    measured: dict[str, str] = {}
    for name, circuit in circuits.items():
        where = f"circuits.{name}"
        if name in devices or name in chargers:
            yield Mistake(where, f"{name}, which is a device or charger too", "each name once", "Give it another name.")
        if circuit.limit_a is None and circuit.limit_w is None:
            yield Mistake(where, "neither limit_a nor limit_w", "one of them, or both")
        yield from _parent(name, circuits, known)
        if circuit.meter is not None:
            yield from _meter(name, circuit, devices, measured)
        if circuit.limit_a is not None and max(circuit.reserve_a, circuit.fallback_current_a) > circuit.limit_a:
            key = "reserve_a" if circuit.reserve_a > circuit.limit_a else "fallback_current_a"
            came = f"{getattr(circuit, key):g}"
            yield Mistake(f"{where}.{key}", came, f"at most limit_a, {circuit.limit_a:g} A")
    for name, device in devices.items():
        if device.role is Role.CIRCUIT and (device.period_s or 0.0) > SLOWEST_CIRCUIT_S:
            allowed = f"at most {SLOWEST_CIRCUIT_S:g} s for the meter of a circuit"
            yield Mistake(f"devices.{name}.period_s", f"{device.period_s:g}", allowed, "Without it: once a second.")
        if device.role is Role.CIRCUIT and name not in measured:
            hint = f'Write meter = "{name}" into the section of its circuit.'
            yield Mistake(f"devices.{name}.role", "'circuit', but no circuit names it", "one circuit names it", hint)


def _parent(name: str, circuits: Mapping[str, CircuitSettings], known: str) -> Iterator[Mistake]:
    parent, where = circuits[name].parent, f"circuits.{name}.parent"
    if parent is None:
        return
    if parent not in circuits:
        yield Mistake(where, f"{parent!r}, which is no circuit", f"one of: {known}; or leave it out for the supply")
    elif name in path(circuits, parent):
        chain = " → ".join((name, *path(circuits, parent)))
        yield Mistake(where, f"{parent!r}: {chain}", "a circuit that is not fed by this one", "Circuits form a tree.")


def _meter(
    name: str, circuit: CircuitSettings, devices: Mapping[str, Device], measured: dict[str, str]
) -> Iterator[Mistake]:
    meter, where = circuit.meter or "", f"circuits.{name}.meter"
    fitting = ", ".join(key for key, device in devices.items() if device.role is Role.CIRCUIT) or "none is set up"
    if meter not in devices or devices[meter].role is not Role.CIRCUIT:
        other = f", which has the role {devices[meter].role.value}" if meter in devices else ", which is no device"
        yield Mistake(where, f"{meter!r}{other}", f'a device with role = "circuit": {fitting}')
    elif (owner := measured.setdefault(meter, name)) != name:
        yield Mistake(where, f"{meter!r}, as {owner} has", "each circuit its own meter")
    if circuit.reserve_a > 0:
        allowed = "0, since a meter tells what else flows there"
        yield Mistake(f"circuits.{name}.reserve_a", f"{circuit.reserve_a:g} beside a meter", allowed)
