"""``ohmstead password``: who may sign in from another machine."""

import asyncio
from pathlib import Path
from typing import Annotated, get_args

import typer

from ohmstead.cli.output import plain_errors
from ohmstead.cli.site import Data, Database, kept_store_url, store_url
from ohmstead.core.model.events import AccessRole

Name = Annotated[str, typer.Option(help="Name to sign in with.")]
RoleName = Annotated[str, typer.Option(help="viewer, user, installer or owner.")]
ForSite = Annotated[Path | None, typer.Option("--config", help="The site.toml of a site that has not run yet.")]
FromInput = Annotated[bool, typer.Option("--stdin", help="Read the password from standard input, without asking.")]


def password(
    name: Name = "owner",
    role: RoleName = "owner",
    config: ForSite = None,
    data: Data = Path("var"),
    database: Database = None,
    from_input: FromInput = False,
) -> None:
    """Set a password, so that app and API can be opened beyond this machine."""
    roles = {known: known for known in get_args(AccessRole)}
    if role not in roles:
        raise typer.BadParameter(f"role: got {role!r}; allowed: {', '.join(roles)}")
    if from_input:
        secret = typer.get_text_stream("stdin").readline().rstrip("\n")
    else:
        secret = typer.prompt("New password", hide_input=True, confirmation_prompt=True)
    with plain_errors():
        url = kept_store_url(data, database) if config is None else store_url(data, database)
        asyncio.run(_set(config, url, name, roles[role], secret))
    typer.echo(f"{name} may now sign in as {role}.")


async def _set(config: Path | None, url: str, name: str, role: AccessRole, secret: str) -> None:
    from ohmstead.drivers.clock import SystemClock
    from ohmstead.services.accounts.accounts import Accounts
    from ohmstead.site.start import open_known, open_named

    store = await (open_known(url) if config is None else open_named(config, url))
    try:
        await Accounts(store.documents, SystemClock()).set_password(name, role, secret)
    finally:
        await store.close()
