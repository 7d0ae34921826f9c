"""``ohmstead export``: the settings in the store, with the modes people chose, written back out as a ``site.toml``."""

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import typer

from ohmstead.cli.output import plain_errors
from ohmstead.cli.site import Data, Database, kept_store_url
from ohmstead.site.toml_text import toml_key, toml_lines


def export(data: Data = Path("var"), database: Database = None) -> None:
    """Print the site's settings as TOML."""
    with plain_errors():
        typer.echo(asyncio.run(_exported(kept_store_url(data, database))))


async def _exported(url: str) -> str:
    from ohmstead.site.options import as_set, kept_options
    from ohmstead.site.start import kept_settings, open_known

    store = await open_known(url)
    try:
        settings = as_set(await kept_settings(store), await kept_options(store))
    finally:
        await store.close()
    return "\n".join(_lines(settings.model_dump(mode="json", exclude_none=True)))


def _lines(settings: Mapping[str, Any]) -> Iterator[str]:
    yield "[site]"
    yield from toml_lines(settings["site"])
    for group in ("gateways", "boxes", "devices", "chargers"):
        for name, values in settings[group].items():
            yield f"\n[{group}.{toml_key(name)}]"
            yield from toml_lines(values)
    for values in settings["serve"]:
        yield "\n[[serve]]"
        yield from toml_lines(values)
