"""``ohmstead export``: the settings in the store, written back out as a ``site.toml``."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import typer

from ohmstead.cli.output import plain_errors
from ohmstead.cli.site import Data, Database, kept_store_url


def export(data: Data = Path("var"), database: Database = None) -> None:
    """Print the site's settings as TOML."""
    with plain_errors():
        typer.echo(asyncio.run(_exported(kept_store_url(data, database))))


async def _exported(url: str) -> str:
    from ohmstead.site.start import kept_settings, open_known

    store = await open_known(url)
    try:
        settings = await kept_settings(store)
    finally:
        await store.close()
    return "\n".join(_lines(settings.model_dump(mode="json", exclude_none=True)))


def _lines(settings: Mapping[str, Any]) -> Iterator[str]:
    yield "[site]"
    yield from _values(settings["site"])
    for group in ("devices", "chargers"):
        for name, values in settings[group].items():
            yield f"\n[{group}.{_key(name)}]"
            yield from _values(values)
    for values in settings["serve"]:
        yield "\n[[serve]]"
        yield from _values(values)


def _values(values: Mapping[str, Any]) -> Iterator[str]:
    return (f"{key} = {_toml(value)}" for key, value in values.items())


def _key(name: str) -> str:
    bare = name.replace("-", "").replace("_", "")
    return name if bare.isascii() and bare.isalnum() else json.dumps(name)


def _toml(value: Any) -> str:
    """A value that our settings can hold; JSON's texts, numbers, truths and lists are TOML's too."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(_values(value)) + " }"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
