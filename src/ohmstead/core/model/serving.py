"""The site as a meter for others: the shape of each ``[[serve]]`` in ``site.toml``."""

from collections.abc import Collection, Iterator, Sequence
from typing import Annotated, Literal
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ohmstead.core.model.errors import Mistake


def _listen(value: str) -> str:
    parts = urlsplit(value)
    try:
        port = parts.port
    except ValueError:
        port = None
    if parts.scheme != "serial" and not (parts.scheme == "tcp" and parts.hostname and port):
        raise ValueError("tcp://ADDRESS:PORT of this machine, or serial:///dev/NAME?baud=9600")
    return value


class ServeSettings(BaseModel):
    """One meter that the site pretends to be."""

    model_config = ConfigDict(extra="forbid", frozen=True, serialize_by_alias=True)

    looks_like: Literal["sdm630", "sunspec"] = Field(alias="as")
    """Which meter others see."""
    listen: Annotated[str, AfterValidator(_listen)] = "tcp://127.0.0.1:1502"
    """Where it answers; only this machine reaches it unless another address is named."""
    unit: int = Field(default=1, ge=1, le=247)
    channel: str | None = Field(default=None, min_length=1)
    """The device whose values it shows; the grid meter when left out."""
    floats: bool = False
    """For ``sunspec``: the models in floats instead of integers with scale factors."""


def serving_conflicts(
    serve: Sequence[ServeSettings | None], devices: Collection[str], grid: str | None, ports: Collection[str]
) -> Iterator[Mistake]:
    """What does not go with the rest: ``grid`` is the grid meter, ``ports`` the serial ports that devices hang on.

    An entry that is not well by itself is ``None``.
    """
    seen: dict[tuple[str, int], int] = {}
    for number, one in enumerate(serve):
        if one is None:
            continue
        where, channel = f"serve.{number}", one.channel or grid
        if channel not in devices:
            allowed = ", ".join(sorted(devices)) or "a device of this site"
            came = repr(channel) if channel else "no device with the role grid"
            yield Mistake(f"{where}.channel", came, allowed, "Name the device whose values others shall see.")
        other = seen.setdefault((one.listen, one.unit), number)
        if other != number:
            came = f"{one.listen} unit {one.unit}, as serve.{other} has"
            yield Mistake(f"{where}.unit", came, "each meter its own listen or unit")
        if serial_port(one.listen) in ports:
            allowed = "a serial port of its own: who is read there cannot ask there"
            yield Mistake(f"{where}.listen", f"{one.listen}, where devices are asked", allowed)
        if one.floats and one.looks_like != "sunspec":
            yield Mistake(f"{where}.floats", "true", 'false, or as = "sunspec"', "An SDM630 speaks in floats anyway.")


def serial_port(connect: str) -> str | None:
    """The path of the serial port in an address; ``None`` for another kind of line."""
    parts = urlsplit(connect)
    return unquote(parts.path) if parts.scheme == "serial" else None
