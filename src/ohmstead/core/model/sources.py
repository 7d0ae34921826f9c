"""Settings of devices that are reached by MQTT or HTTP or that replay a recording: what they have beside the others.

What is allowed among them is data: each key names the drivers it is for. Secrets may be written as ``env:NAME`` or
``file:/PATH``; :func:`without_secrets` takes out of an address what nobody but its owner may read.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from ohmstead.core.model.points import Points, Rating

_PHASES = frozenset({"L1", "L2", "L3"})
_TEXT = Field(default=None, min_length=1, max_length=1000)
_CREDENTIALS = re.compile(r"(?<=://)[^/?#\s'\"]*@")
_QUERY = re.compile(r"(?<=[?&])(?!(?:baud|parity|stop|bits)=[a-z0-9]{1,6}(?:[&#\s'\"]|$))([^=&#\s'\"]+)=[^&#\s'\"]*")
"""What a query tells but how a serial line speaks, which everybody may know."""


def without_secrets(text: str) -> str:
    """``text`` whose addresses have neither user nor password, and whose queries tell their names only.

    How the characters of a serial line look is told.
    """
    return _QUERY.sub(r"\1=…", _CREDENTIALS.sub("", text))


def bare(connect: str) -> str:
    """The address without user, password and query: what people may read."""
    parts = urlsplit(connect)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class ChannelSettings(_Settings):
    """One value of a device that speaks JSON or plain numbers."""

    topic: str | None = _TEXT
    """Where it is published; for the driver ``mqtt``."""
    path: str = Field(default="", max_length=500)
    """Where it stands in the document; empty when the whole of it is the number."""
    unit: str | None = Field(default=None, min_length=1, max_length=10)
    scale: float = Field(default=1.0, ge=-1e9, le=1e9, allow_inf_nan=False)
    """It is multiplied by this, after its unit; negative where the device counts the other way round."""


class OfflineSettings(_Settings):
    """How the broker tells that a device is gone: its last will."""

    topic: str = Field(min_length=1, max_length=1000)
    payload: str = Field(default="offline", max_length=200)


def _flat(channels: Any) -> Any:
    """``voltage_v.L1 = {…}`` without quotes is a table in a table to TOML; here it is one name."""
    if not isinstance(channels, Mapping):
        return channels
    return dict(_flattened(channels))


def _flattened(channels: Mapping[Any, Any]) -> Iterator[tuple[Any, Any]]:
    for name, value in channels.items():
        if isinstance(value, Mapping) and value and _PHASES.issuperset(value):
            yield from ((f"{name}.{phase}", inner) for phase, inner in value.items())
        else:
            yield name, value


Channels = Annotated[dict[str, ChannelSettings], Field(max_length=40), BeforeValidator(_flat)]

OF_DRIVERS: Mapping[str, tuple[str, ...]] = {
    "username": ("mqtt", "http", "tasmota", "shelly"),
    "password": ("mqtt", "http", "tasmota", "shelly"),
    "token": ("http",),
    "headers": ("http",),
    "ca": ("mqtt", "http", "tasmota", "shelly"),
    "channels": ("mqtt", "http"),
    "offline": ("mqtt",),
    "component": ("shelly",),
    "topic": ("tasmota", "shelly"),
    "channel": ("recording",),
    "speed": ("recording",),
    "points": ("samples",),
    "rating_a": ("samples", "power-box"),
    "part_of": ("samples", "power-box"),
}
"""Which drivers a key of :class:`SourceSettings` is for."""


class SourceSettings(_Settings):
    """The keys that only some drivers know."""

    username: str | None = _TEXT
    password: str | None = Field(default=None, min_length=1, max_length=1000, repr=False)
    token: str | None = Field(default=None, min_length=1, max_length=4000, repr=False)
    """Sent as ``Authorization: Bearer``."""
    headers: Annotated[dict[str, str], Field(max_length=20)] | None = Field(default=None, repr=False)
    ca: str | None = _TEXT
    """A file with the certificates to trust, for a broker or device that signs its own."""
    channels: Channels | None = None
    offline: OfflineSettings | None = None
    component: str | None = Field(default=None, pattern=r"^(em|em1|pm1|switch):\d{1,3}$")
    """What of a Shelly device; the first that measures when left out."""
    topic: str | None = Field(default=None, min_length=1, max_length=500, pattern=r"^[^+#\x00]+$")
    """What a Shelly or Tasmota device calls itself at its broker."""
    channel: str | None = _TEXT
    """Which channel of a recording."""
    speed: float | None = Field(default=None, gt=0, le=100_000, allow_inf_nan=False)
    """How many seconds of a recording go by in one."""

    points: Points | None = None
    """The columns of a sampling front end that measure this circuit together, counted from 1."""
    rating_a: Rating | None = None
    """What its current transformers are made for."""
    part_of: str | None = Field(default=None, min_length=1, max_length=80)
    """The load that this one is a part of."""

    def foreign_keys(self, driver: str) -> Iterator[str]:
        """Keys that were written but mean nothing to ``driver``."""
        for key, drivers in OF_DRIVERS.items():
            if driver not in drivers and getattr(self, key) is not None:
                yield f"{key} is for driver = {', '.join(drivers)}; leave it out with {driver}"
