"""``ohmstead export``: the settings in the store, with the modes people chose, written back out as a ``site.toml``."""

import asyncio
from pathlib import Path

import typer

from ohmstead.cli.output import plain_errors
from ohmstead.cli.site import Data, Database, kept_store_url
from ohmstead.site.toml_text import settings_lines


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
    return "\n".join(settings_lines(settings.model_dump(mode="json", exclude_none=True)))
