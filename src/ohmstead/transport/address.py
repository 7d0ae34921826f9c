"""Where a device is: the text of ``connect =`` in, an address out."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from ohmstead.core.model.errors import ConfigurationError, Mistake

_ALLOWED = "tcp://HOST:PORT"


@dataclass(frozen=True, slots=True)
class TcpAddress:
    """A host and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        """As it is written in the settings."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"tcp://{host}:{self.port}"


def parse(connect: str, where: str = "connect") -> TcpAddress:
    """The address in ``connect``; ``where`` names the setting. Raises ConfigurationError for any other."""
    parts = urlsplit(connect)
    if parts.scheme == "serial":
        hint = "A serial line is not supported yet; put a Modbus TCP gateway in front of it."
        raise ConfigurationError((Mistake(where, repr(connect), _ALLOWED, hint),))
    if parts.scheme == "plant":
        hint = "The world inside the process has no wire; it is bound where the site is started."
        raise ConfigurationError((Mistake(where, repr(connect), _ALLOWED, hint),))
    try:
        port = parts.port
    except ValueError:
        port = None
    rest = parts.path.strip("/") or parts.query or parts.fragment or parts.username
    if parts.scheme != "tcp" or not parts.hostname or not port or rest:
        hint = "Such as tcp://192.168.1.20:502, the port from 1 to 65535."
        raise ConfigurationError((Mistake(where, repr(connect), _ALLOWED, hint),))
    return TcpAddress(parts.hostname, port)
