"""In which language a command speaks: what was asked for, or the machine's, or English."""

import os
from typing import Annotated

import typer

Language = Annotated[str | None, typer.Option("--language", help="en or it; this machine's when left out.")]


def tongue(asked: str | None) -> str:
    """One of the languages there are. Raises typer.BadParameter for another that was asked for."""
    from ohmstead.texts import LANGUAGES

    if asked is not None:
        if asked not in LANGUAGES:
            raise typer.BadParameter(f"got {asked!r}; allowed: {', '.join(LANGUAGES)}", param_hint="--language")
        return asked
    spoken = (os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    first = next((each for each in spoken if each), "")
    return first[:2] if first[:2] in LANGUAGES else LANGUAGES[0]
