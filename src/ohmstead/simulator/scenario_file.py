"""Scenario files: a name or a path in, a :class:`Scenario` out, or every mistake in it with what to do about it."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from ohmstead.core.model.errors import ConfigurationError, Mistake
from ohmstead.core.model.mistakes import unreadable, worded
from ohmstead.simulator.scenario import Scenario
from ohmstead.simulator.scenario_checks import conflicts

_TAGGED: Mapping[str, str] = {"loads": "kind", "devices": "driver"}
"""Sections whose parts have different keys by one of them."""
_LARGEST = 1_000_000
_EXAMPLES: Mapping[str, str] = {
    "start": "For example start = 2026-06-21T12:00:00, the time at the site",
    "timezone": 'For example timezone = "Europe/Rome"',
    "driver": 'For example driver = "modbus", with meter = "eastron-sdm630"',
    "main_fuse_a": "Ampere, without unit: main_fuse_a = 25.0",
    "contract_power_w": "Watt, not kW: contract_power_w = 10000",
    "phases": 'A list: phases = ["L1", "L2", "L3"]',
    "daily": 'A list: daily = ["07:10"] or, with a duration, daily = [{ at = "07:10", for_s = 600 }]',
    "visits": 'A list: visits = [{ comes = "17:40", leaves = "07:15" }]',
}


@cache
def names() -> tuple[str, ...]:
    """The scenarios that come with the house."""
    entries = (entry.name for entry in (files(__package__) / "scenarios").iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in entries if name.endswith(".toml")))


def load(wanted: str) -> Scenario:
    """The scenario that comes with the house under that name, else the one in the file. Raises ConfigurationError."""
    if wanted in names():
        return parse((files(__package__) / "scenarios" / f"{wanted}.toml").read_text("utf-8"), wanted)
    path = Path(wanted)
    if path.suffix != ".toml" and not path.exists():
        near = get_close_matches(wanted, names(), n=1)
        hint = f"Did you mean {near[0]}?" if near else "A file ends in .toml."
        raise ConfigurationError((Mistake("SCENARIO", repr(wanted), f"{', '.join(names())}, or a file", hint),))
    try:
        if path.stat().st_size > _LARGEST:
            raise OSError(f"larger than {_LARGEST} bytes")
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError((Mistake(wanted, unreadable(error), "a readable TOML file in UTF-8"),)) from error
    return parse(text, wanted)


def parse(text: str, where: str) -> Scenario:
    """The scenario in a TOML ``text``; ``where`` names its source in mistakes. Raises ConfigurationError."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        hint = "Texts stand in quotes; a section begins with [name]."
        raise ConfigurationError((Mistake(where, str(error), "TOML 1.0", hint),)) from error
    return validate(raw, where)


def validate(raw: Mapping[str, Any], where: str) -> Scenario:
    """The scenario in ``raw``, whole or not at all. Raises ConfigurationError that lists every mistake."""
    try:
        scenario = Scenario.model_validate(raw)
        mistakes = list(conflicts(scenario))
    except ValidationError as error:
        mistakes = list(_worded(error.errors()))
    if mistakes:
        named = (replace(each, where=f"{where}: {each.where}" if each.where else where) for each in mistakes)
        raise ConfigurationError(tuple(named))
    return scenario


def _worded(errors: Iterable[Any]) -> Iterable[Mistake]:
    """pydantic puts the kind of a load into its place; a person does not find it there."""
    kinds: dict[tuple[str, ...], str] = {}
    shown = []
    for error in errors:
        place, told = error["loc"], dict(error)
        if len(place) > 2 and place[0] in _TAGGED and place[2] != "[key]":
            kinds[place[:2]] = place[2]
            place = place[:2] + place[3:]
        elif error["type"].startswith("union_tag"):
            place = (*place, _TAGGED[place[0]])
            told |= {"input": error["ctx"]["tag"]} if "tag" in error["ctx"] else {"type": "missing"}
        shown.append({**told, "loc": place})
    return worded(shown, lambda place: _keys(place, kinds), _EXAMPLES)


def _keys(place: tuple[str, ...], kinds: Mapping[tuple[str, ...], str]) -> set[str]:
    """The keys of the section at ``place``."""
    here: Any = Scenario
    for depth, part in enumerate(place):
        if isinstance(here, type) and issubclass(here, BaseModel):
            here = _section(here.model_fields[part].annotation) if part in here.model_fields else None
        else:
            here = _of_kind(get_args(here), kinds.get(place[: depth + 1]))
    return set(here.model_fields) if isinstance(here, type) and issubclass(here, BaseModel) else set()


def _section(annotation: Any) -> Any:
    """A model, or something with names or numbers before its models."""
    if get_origin(annotation) in (Union, UnionType):
        return next((_section(part) for part in get_args(annotation) if part is not type(None)), None)
    return annotation


def _of_kind(parts: tuple[Any, ...], kind: str | None) -> Any:
    """The model behind a name or a number, of several the one whose tag is ``kind``."""
    models = [model for part in parts for model in _models(part)]
    for key in _TAGGED.values():
        for model in models:
            if kind and key in model.model_fields and kind in get_args(model.model_fields[key].annotation):
                return model
    return models[0] if models else None


def _models(annotation: Any) -> list[Any]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    inner = get_origin(annotation) in (Union, UnionType, Annotated)
    return [model for part in get_args(annotation) for model in _models(part)] if inner else []
