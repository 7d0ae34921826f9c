"""Where a broker or an HTTP device is: the text of ``connect =`` and its credentials in, an address out.

Secrets are kept apart from what is shown: ``str()`` of an address has neither user nor password nor query.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit

from ohmstead.core.model.errors import ConfigurationError, Mistake
from ohmstead.core.model.sources import bare, without_secrets

_BROKER = "mqtt://HOST, mqtt://HOST:PORT or mqtts://HOST:PORT"
_WEB = "http://HOST, http://HOST:PORT/PATH or https://HOST/PATH"
MQTT_PORT, MQTTS_PORT = 1883, 8883


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who we are to a broker or device. Nothing of it is ever shown."""

    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    ca: str | None = None
    """A file with the certificates to trust."""


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """An MQTT broker. Devices whose address and credentials are equal share one connection."""

    host: str
    port: int
    tls: bool = False
    credentials: Credentials = Credentials()

    def __str__(self) -> str:
        """As it is written in the settings, without credentials."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'mqtts' if self.tls else 'mqtt'}://{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class WebAddress:
    """A place that answers HTTP."""

    url: str = field(repr=False)
    """Without credentials; its query may still hold a secret."""
    credentials: Credentials = Credentials()

    def __str__(self) -> str:
        """What people may read of it."""
        return bare(self.url)

    def at(self, path: str) -> str:
        """The URL of another ``path`` on the same host."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}{path}"


def parse_broker(connect: str, given: Credentials, where: str = "connect") -> BrokerAddress:
    """The address of a broker. Raises ConfigurationError, which never shows credentials."""
    parts = urlsplit(connect)
    port = _port(parts)
    if parts.scheme not in ("mqtt", "mqtts") or port is None or parts.path.strip("/") or parts.query or parts.fragment:
        raise _mistake(where, connect, _BROKER, "Topics stand in the channels, not in the address.")
    tls = parts.scheme == "mqtts"
    host = parts.hostname or ""
    return BrokerAddress(host, port or (MQTTS_PORT if tls else MQTT_PORT), tls, _merged(parts, given, where))


def parse_web(connect: str, given: Credentials, where: str = "connect") -> WebAddress:
    """The address of an HTTP device. Raises ConfigurationError, which never shows credentials."""
    parts = urlsplit(connect)
    if parts.scheme not in ("http", "https") or _port(parts) is None or parts.fragment or not _printable(connect):
        raise _mistake(where, connect, _WEB)
    for name, value in given.headers:
        if not _printable(name + value) or not name or ":" in name:
            raise ConfigurationError(
                (Mistake(f"{where.rpartition('.')[0]}.headers", f"header {name!r}", "printable ASCII, no colon"),)
            )
    url = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    return WebAddress(url, _merged(parts, given, where))


def _merged(parts: SplitResult, given: Credentials, where: str) -> Credentials:
    """Credentials of the address, or of their own keys; each once."""
    inside: Mapping[str, str | None] = {"username": parts.username, "password": parts.password}
    values: dict[str, str | None] = {}
    for name, own in inside.items():
        beside: str | None = getattr(given, name)
        if own and beside:
            hint = "Keep the key; an address is copied more easily than one thinks."
            raise ConfigurationError((Mistake(where, f"{name} here and in its own key", "one of both", hint),))
        values[name] = unquote(own) if own else beside
    return Credentials(values["username"], values["password"], given.token, given.headers, given.ca)


def _port(parts: SplitResult) -> int | None:
    """The port, 0 when it is left out; ``None`` when the host or the port is none."""
    try:
        port = parts.port
    except ValueError:
        return None
    return None if not parts.hostname or port == 0 else port or 0


def _printable(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _mistake(where: str, connect: str, allowed: str, hint: str = "") -> ConfigurationError:
    return ConfigurationError((Mistake(where, repr(without_secrets(connect)), allowed, hint),))
