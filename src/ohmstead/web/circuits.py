"""The circuits as people see them: the supply first, each with its limits, its load per phase, and who takes it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ohmstead.core.model.circuits import CircuitSettings, path
from ohmstead.core.model.quantities import Phase, Quality, Role
from ohmstead.core.model.settings import Settings
from ohmstead.core.model.snapshot import Channel, SiteState

Json = dict[str, Any]
SUPPLY = "supply"


def circuits(state: SiteState, settings: Settings) -> Json:
    """By name, a circuit behind the one that feeds it."""
    below = _below(settings)
    grid = next((name for name, device in settings.devices.items() if device.role is Role.GRID), None)
    site = settings.site
    whole = CircuitSettings.model_construct(
        name=None, parent=None, limit_a=site.phase_limit_a, limit_w=site.contract_power_w, meter=grid, reserve_a=0.0
    )
    shown = {SUPPLY: _circuit(whole, None, settings.chargers, state, settings)}
    for name in _ordered(settings.circuits):
        one = settings.circuits[name]
        shown[name] = _circuit(one, one.parent or SUPPLY, below[name], state, settings) | {"name": one.name or name}
    return shown


def _ordered(circuits: Mapping[str, CircuitSettings], parent: str | None = None) -> Iterator[str]:
    for name, one in circuits.items():
        if one.parent == parent:
            yield name
            yield from _ordered(circuits, name)


def _below(settings: Settings) -> dict[str, list[str]]:
    below: dict[str, list[str]] = {name: [] for name in settings.circuits}
    for charger, one in settings.chargers.items():
        for name in path(settings.circuits, one.circuit):
            below[name].append(charger)
    return below


def _circuit(
    one: CircuitSettings, parent: str | None, below: Iterable[str], state: SiteState, settings: Settings
) -> Json:
    channel = state.snapshot.channels.get(one.meter or "")
    chargers = [name for name in below if name in state.snapshot.chargers]
    taken = {phase: _taken(chargers, phase, state) for phase in settings.site.phases}
    phases: dict[Phase, Json] = {}
    for phase in settings.site.phases:
        cars_a = sum(taken[phase].values())
        current_a = one.reserve_a + cars_a if one.meter is None else _measured(channel, phase)
        phases[phase] = {
            "current_a": None if current_a is None else round(current_a, 2),
            "chargers_a": round(cars_a, 2),
        }
    return {
        "name": None,
        "parent": parent,
        "limit_a": one.limit_a,
        "limit_w": one.limit_w,
        "meter": one.meter,
        "quality": None if one.meter is None else (Quality.MISSING if channel is None else channel.quality),
        "power_w": None if channel is None or channel.power_w is None else round(channel.power_w, 1),
        "phases": phases,
        "chargers": {
            name: {phase: round(taken[phase][name], 2) for phase in settings.site.phases if name in taken[phase]}
            for name in chargers
        },
    }


def _measured(channel: Channel | None, phase: Phase) -> float | None:
    reading = None if channel is None else channel.phases.get(phase)
    return None if reading is None else reading.current_a


def _taken(chargers: Iterable[str], phase: Phase, state: SiteState) -> dict[str, float]:
    taken = {}
    for name in chargers:
        reading = state.snapshot.chargers[name].phases.get(phase)
        if reading is not None and reading.current_a is not None:
            taken[name] = reading.current_a
    return taken
