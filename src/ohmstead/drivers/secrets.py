"""Secrets that do not stand in ``site.toml``: ``env:NAME`` or ``file:/PATH`` in, the secret out.

What is wrong is told by the name of the variable or file, never by what it holds.
"""

import os
from pathlib import Path

from ohmstead.core.model.errors import ConfigurationError, Mistake
from ohmstead.core.model.sources import SourceSettings
from ohmstead.transport.opening import cause
from ohmstead.transport.web_address import Credentials

_LONGEST = 4096


def credentials(settings: SourceSettings, where: str) -> Credentials:
    """Who we are, by the settings of a device. Raises ConfigurationError with every secret that cannot be had."""
    mistakes: list[Mistake] = []

    def had(key: str, text: str | None) -> str | None:
        try:
            return None if text is None else resolved(text, f"{where}.{key}")
        except ConfigurationError as error:
            mistakes.extend(error.mistakes)
            return None

    username, password = had("username", settings.username), had("password", settings.password)
    token = had("token", settings.token)
    headers = [(name, had(f"headers.{name}", value) or "") for name, value in (settings.headers or {}).items()]
    if settings.ca is not None and not Path(settings.ca).is_file():
        mistakes.append(Mistake(f"{where}.ca", repr(settings.ca), "a file with certificates (PEM)"))
    if mistakes:
        raise ConfigurationError(tuple(mistakes))
    return Credentials(username, password, token, tuple(headers), settings.ca)


def resolved(text: str, where: str) -> str:
    """The secret that ``text`` is or refers to. Raises ConfigurationError."""
    kind, _, name = text.partition(":")
    if kind == "env":
        secret = os.environ.get(name, "")
        if not secret:
            hint = "Set it for the service, such as with EnvironmentFile= of its unit."
            raise ConfigurationError((Mistake(where, f"env:{name}, which is not set", "a variable that is set", hint),))
        return secret
    if kind == "file":
        return _from_file(Path(name), where)
    return text


def _from_file(path: Path, where: str) -> str:
    allowed = "a readable text file that holds the secret alone"
    try:
        with path.open("rb") as file:
            secret = file.read(_LONGEST + 1).decode("utf-8").strip("\r\n")
    except OSError as error:
        raise ConfigurationError((Mistake(where, f"file:{path} ({cause(error)})", allowed),)) from error
    except UnicodeDecodeError:
        raise ConfigurationError((Mistake(where, f"file:{path}, which is not UTF-8", allowed),)) from None
    if not secret or len(secret) > _LONGEST:
        came = "which is empty" if not secret else f"which has more than {_LONGEST} characters"
        raise ConfigurationError((Mistake(where, f"file:{path}, {came}", allowed),))
    return secret
