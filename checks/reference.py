"""Every key of the files people write, every command and every package is documented, and nothing documented has gone.

Keys of ``site.toml`` stand in ``docs/configuration.md`` as ``devices.NAME.unit`` in code marks, those of scenarios in
``docs/simulator.md``; commands in ``docs/commands.md`` as headings (``## ohmstead site``) with their options in code
marks below; what exists is asked of the program itself.
Packages of ``requirements/*.in`` stand with their reasons in the decision on dependencies.
"""

import importlib
import importlib.util
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args, get_origin

import typer
from pydantic import BaseModel

from checks.tree import Finding, Tree

CONFIGURATION = "docs/configuration.md"
COMMANDS = "docs/commands.md"
DEPENDENCIES = "docs/adr/0002-dependencies.md"
REQUIRED = ("requirements/runtime.in", "requirements/dev.in")
SIMULATOR = "docs/simulator.md"
SETTINGS = ("ohmstead.core.model.settings", "Settings")
SCENARIO = ("ohmstead.simulator.scenario", "Scenario")
APP = ("ohmstead.cli.main", "app")
KEY = re.compile(r"^\|\s*`([a-z0-9_.]+(?:\.NAME\.[a-z0-9_.]+)*)`", re.M)
HEADING = re.compile(r"^##+ `?(ohmstead(?: [a-z][\w-]*)+)`?\s*$", re.M)
PACKAGE = re.compile(r"^([a-z0-9][a-z0-9-]*)", re.M)
PACKAGE_ROW = re.compile(r"^\| ([a-z0-9-]+(?:, [a-z0-9-]+)*) \|", re.M)
OPTION = re.compile(r"`(--[a-z][\w-]*)")


def check(tree: Tree) -> Iterator[Finding]:
    """Compares the pages with the program, as far as the program exists."""
    for found, page in ((SETTINGS, CONFIGURATION), (SCENARIO, SIMULATOR)):
        model = _find(*found)
        if model is not None:
            for text in unlike_keys(set(keys(model)), _page(tree, page)):
                yield Finding(page, 0, text)
    app = _find(*APP)
    if app is not None:
        for text in unlike_commands(dict(commands(typer.main.get_command(app))), _page(tree, COMMANDS)):
            yield Finding(COMMANDS, 0, text)
    required = {name for path in REQUIRED for name in PACKAGE.findall(_page(tree, path))}
    for text in unlike_packages(required, _page(tree, DEPENDENCIES)):
        yield Finding(DEPENDENCIES, 0, text)


def keys(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """The dotted keys of a settings model; NAME stands for a name the user gives."""
    for name, field in model.model_fields.items():
        key = f"{prefix}{field.alias or name}"
        inner, named = _inner(field.annotation)
        for each in inner:
            yield from keys(each, f"{key}.NAME." if named else f"{key}.")
        if not inner:
            yield key


def commands(command: Any, path: str = "ohmstead") -> Iterator[tuple[str, set[str]]]:
    """Each command in full with its long options; groups are only ways to their commands."""
    children = getattr(command, "commands", None)
    if children is not None:
        for name, child in children.items():
            if not child.hidden:
                yield from commands(child, f"{path} {name}")
    else:
        options = [each for each in command.params if each.param_type_name == "option" and not each.hidden]
        yield path, {name for option in options for name in option.opts if name.startswith("--")} - {"--help"}


def unlike_keys(real: Iterable[str], page: str) -> Iterator[str]:
    """Keys without a row, and rows without a key."""
    documented = set(KEY.findall(page))
    for key in sorted(set(real) - documented):
        yield f"the key `{key}` is not documented"
    for key in sorted(documented - set(real)):
        yield f"the key `{key}` is documented but does not exist"


def unlike_commands(real: Mapping[str, set[str]], page: str) -> Iterator[str]:
    """Commands without a heading, headings without a command, and options missing below a heading."""
    parts = HEADING.split(page)
    documented = dict(zip(parts[1::2], parts[2::2], strict=True))
    for name in sorted(set(real) - set(documented)):
        yield f"the command `{name}` is not documented"
    for name in sorted(set(documented) - set(real)):
        yield f"the command `{name}` is documented but does not exist"
    for name in sorted(set(real) & set(documented)):
        for option in sorted(real[name] - set(OPTION.findall(documented[name]))):
            yield f"the option `{option}` of `{name}` is not documented"


def unlike_packages(real: Iterable[str], page: str) -> Iterator[str]:
    """Packages without a row of reasons, and rows without a package."""
    documented = {name for row in PACKAGE_ROW.findall(page) for name in row.split(", ")} - {"package"}
    for name in sorted(set(real) - documented):
        yield f"the package {name} has no reason"
    for name in sorted(documented - set(real)):
        yield f"the package {name} has a reason but is not required"


def _inner(annotation: Any) -> tuple[list[type[BaseModel]], bool]:
    """The models inside an annotation (several where one of them is chosen), and whether the user names them."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation], False
    parts = [_inner(part) for part in get_args(annotation)]
    named = get_origin(annotation) is dict or any(deeper for _, deeper in parts)
    return [model for models, _ in parts for model in models], named


def _find(module: str, name: str) -> Any:
    """The thing itself, or None while its module is not written."""
    for part in (module.rsplit(".", 1)[0], module):
        if importlib.util.find_spec(part) is None:
            return None
    return getattr(importlib.import_module(module), name)


def _page(tree: Tree, path: str) -> str:
    return tree.read(path) if path in tree.files else ""
