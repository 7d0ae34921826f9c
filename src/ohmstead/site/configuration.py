"""A ``site.toml`` becomes Settings, or a list of mistakes that a person can mend.

Goes in: the path of a TOML file. Comes out: :class:`~ohmstead.core.model.settings.Settings`, whole or not at
all. Every mistake names the file and the key, what came, what is allowed, and a suggestion where one is near.
"""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from ohmstead.core.model.circuits import CircuitSettings, SharingSettings, circuit_conflicts
from ohmstead.core.model.clustering import ClusterSettings, cluster_conflicts
from ohmstead.core.model.errors import ConfigurationError, Mistake
from ohmstead.core.model.measuring import BoxSettings, GatewaySettings, ModuleSettings, PartSettings
from ohmstead.core.model.mistakes import kind_of, shown, unreadable, worded
from ohmstead.core.model.modes import GreenOptions, Program, SurplusSettings
from ohmstead.core.model.networks import NetworksSettings
from ohmstead.core.model.points import PointSettings, SlotSettings
from ohmstead.core.model.quantities import Role
from ohmstead.core.model.serving import ServeSettings
from ohmstead.core.model.settings import (
    BoardSettings,
    ChargerSettings,
    Conflicting,
    DeviceSettings,
    Settings,
    SiteSettings,
    conflicts,
    unservable,
)
from ohmstead.core.model.sources import ChannelSettings, OfflineSettings, without_secrets

ModelT = TypeVar("ModelT", bound=BaseModel)

_MODELS: tuple[tuple[tuple[str, ...], type[BaseModel]], ...] = (
    ((), Settings),
    (("site",), SiteSettings),
    (("site", "sharing"), SharingSettings),
    (("devices", "*"), DeviceSettings),
    (("devices", "*", "channels", "*"), ChannelSettings),
    (("devices", "*", "offline"), OfflineSettings),
    (("devices", "*", "points", "*"), PointSettings),
    (("chargers", "*"), ChargerSettings),
    (("chargers", "*", "board"), BoardSettings),
    (("circuits", "*"), CircuitSettings),
    (("cluster",), ClusterSettings),
    (("chargers", "*", "green"), GreenOptions),
    (("chargers", "*", "programs", "*"), Program),
    (("site", "surplus"), SurplusSettings),
    (("serve", "*"), ServeSettings),
    (("networks",), NetworksSettings),
    (("gateways", "*"), GatewaySettings),
    (("boxes", "*"), BoxSettings),
    (("boxes", "*", "parts", "*"), PartSettings),
    (("boxes", "*", "modules", "*"), ModuleSettings),
    (("devices", "*", "slots", "*"), SlotSettings),
)
"""Which model stands at which place of the file; ``*`` is a name the installer chose."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What of some settings is well by itself: all of them, or what mistakes elsewhere leave."""

    site: SiteSettings | None
    devices: Mapping[str, DeviceSettings]
    chargers: Mapping[str, ChargerSettings]
    serve: tuple[ServeSettings | None, ...] = ()
    """In their order; ``None`` for one that is not well."""
    circuits: Mapping[str, CircuitSettings] = field(default_factory=dict)
    gateways: Mapping[str, GatewaySettings] = field(default_factory=dict)
    boxes: Mapping[str, BoxSettings] = field(default_factory=dict)


def parts_of(settings: Settings) -> Parts:
    """All of them."""
    return Parts(
        settings.site,
        settings.devices,
        settings.chargers,
        settings.serve,
        settings.circuits,
        settings.gateways,
        settings.boxes,
    )


Examiner = Callable[[Parts], Iterable[Mistake]]
"""Finds mistakes that only show when the parts are put to use."""


def load(path: Path, examine: Examiner = lambda parts: ()) -> Settings:
    """The settings in the file at ``path``. Raises ConfigurationError with every mistake found."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        hint = "docs/configuration.md begins with an example."
        raise _mistake(str(path), unreadable(error), "a readable TOML file in UTF-8", hint) from error
    return parse(text, str(path), examine)


def parse(text: str, where: str, examine: Examiner = lambda parts: ()) -> Settings:
    """The settings in ``text``; ``where`` names its source in mistakes. Raises ConfigurationError."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _mistake(where, str(error), "TOML 1.0", "Texts stand in quotes; a section begins with [name].") from error
    return validate(raw, where, examine)


def validate(raw: Mapping[str, Any], where: str, examine: Examiner = lambda parts: ()) -> Settings:
    """``raw`` as Settings. Raises ConfigurationError that lists every mistake, each once.

    One mistake hides no other: what is well by itself is compared with the rest and examined all the same.
    """
    mistakes: list[Mistake] = []
    try:
        settings = Settings.model_validate(raw)
        parts = parts_of(settings)
    except ValidationError as error:
        parts = _well(raw)
        mistakes += worded(error.errors(), _known_keys, _EXAMPLES, (Conflicting,), _shown)
        named = {name for section in ("devices", "chargers", "circuits") for name, _ in _named(raw.get(section))}
        unwell = named - parts.devices.keys() - parts.chargers.keys() - parts.circuits.keys()
        mistakes += conflicts(parts.site, parts.devices, parts.chargers, unwell)
        cluster = _one(ClusterSettings, raw.get("cluster"))
        mistakes += unservable(parts.serve, parts.devices, parts.chargers, cluster)
        if not unwell:
            mistakes += circuit_conflicts(parts.circuits, parts.devices, parts.chargers)
            mistakes += cluster_conflicts(cluster, parts.chargers)
    mistakes += examine(parts)
    if mistakes:
        placed = (replace(each, where=f"{where}: {each.where}" if each.where else where) for each in mistakes)
        raise ConfigurationError(tuple(placed))
    return settings


def _well(raw: Mapping[str, Any]) -> Parts:
    devices = {name: _one(DeviceSettings, part) for name, part in _named(raw.get("devices"))}
    chargers = {name: _one(ChargerSettings, part) for name, part in _named(raw.get("chargers"))}
    circuits = {name: _one(CircuitSettings, part) for name, part in _named(raw.get("circuits"))}
    return Parts(
        _one(SiteSettings, raw.get("site")),
        {name: device for name, device in devices.items() if device is not None},
        {name: charger for name, charger in chargers.items() if charger is not None},
        tuple(_one(ServeSettings, part) for part in _listed(raw.get("serve"))),
        {name: circuit for name, circuit in circuits.items() if circuit is not None},
        _each(GatewaySettings, raw.get("gateways")),
        _each(BoxSettings, raw.get("boxes")),
    )


def _each(model: type[ModelT], section: object) -> dict[str, ModelT]:
    found = {name: _one(model, part) for name, part in _named(section)}
    return {name: part for name, part in found.items() if part is not None}


def _named(section: object) -> Iterable[tuple[str, object]]:
    return section.items() if isinstance(section, Mapping) else ()


def _listed(section: object) -> Iterable[object]:
    return section if isinstance(section, list) else ()


def _one(model: type[ModelT], part: object) -> ModelT | None:
    with suppress(ValidationError):
        return model.model_validate(part)
    return None


def _mistake(where: str, came: str, allowed: str, hint: str = "") -> ConfigurationError:
    return ConfigurationError((Mistake(where, came, allowed, hint),))


def _known_keys(place: tuple[str, ...]) -> set[str]:
    for pattern, model in _MODELS:
        if len(pattern) == len(place) and all(p in ("*", q) for p, q in zip(pattern, place, strict=True)):
            return {field.alias or name for name, field in model.model_fields.items()}
    return set()


_SECRETS = frozenset({"password", "token", "headers", "username"})
"""Keys whose values nobody reads here, right or wrong."""


def _shown(value: object, place: tuple[str, ...]) -> str:
    if _SECRETS.isdisjoint(place[2:]):
        return without_secrets(shown(value, place))
    return f"a {kind_of(value)} that is not shown"


_EXAMPLES = {
    "main_fuse_a": "Ampere, without unit: main_fuse_a = 25.0",
    "contract_power_w": "Watt, not kW: contract_power_w = 10000",
    "max_current_a": "Ampere per phase, without unit: max_current_a = 16.0",
    "connect": 'For example connect = "tcp://192.168.1.20:502"',
    "role": f'One of {", ".join(Role)}, such as role = "{Role.LOAD}"',
    "timezone": 'For example timezone = "Europe/Rome"',
    "phases": 'A list: phases = ["L1", "L2", "L3"]',
    "channels": 'For example power_w = { topic = "home/meter", path = "power", unit = "kW" }',
}
