"""The site as a meter or a charger for others: the shape of each ``[[serve]]`` in ``site.toml``."""

from collections.abc import Collection, Iterator, Sequence
from ipaddress import ip_address
from typing import Annotated, Literal
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ohmstead.core.model.errors import Mistake

LINE = "line"
"""As a writer: whoever is wired to the serial line."""


def listening(value: str) -> str:
    """``value`` where it is an address to listen at. Raises ValueError."""
    parts = urlsplit(value)
    try:
        port = parts.port
    except ValueError:
        port = None
    if parts.scheme != "serial" and not (parts.scheme == "tcp" and parts.hostname and port):
        raise ValueError("tcp://ADDRESS:PORT of this machine, or serial:///dev/NAME?baud=9600")
    return value


def writing(value: str) -> str:
    """``value`` where it names who may write. Raises ValueError."""
    if value == LINE:
        return value
    try:
        return str(ip_address(value))
    except ValueError as error:
        raise ValueError(f'an IP address such as 192.168.1.40, or "{LINE}" for whoever is on a serial line') from error


class ServeSettings(BaseModel):
    """One device that the site shows itself as: a meter, or a charger."""

    model_config = ConfigDict(extra="forbid", frozen=True, serialize_by_alias=True)

    looks_like: Literal["sdm630", "sunspec", "charger", "keba"] = Field(alias="as")
    """Which meter others see, or by which register map a charger."""
    listen: Annotated[str, AfterValidator(listening)] = "tcp://127.0.0.1:1502"
    """Where it answers; only this machine reaches it unless another address is named."""
    unit: int = Field(default=1, ge=1, le=247)
    channel: str | None = Field(default=None, min_length=1)
    """The device whose values it shows; the grid meter when left out."""
    floats: bool = False
    """For ``sunspec``: the models in floats instead of integers with scale factors."""
    charger: str | None = Field(default=None, min_length=1)
    """For ``charger`` and ``keba``: which of the chargers."""
    writers: tuple[Annotated[str, AfterValidator(writing)], ...] = Field(default=(), max_length=16)
    """Whose writes are taken; without any nobody's."""

    @property
    def of_charger(self) -> bool:
        """Whether a charger is shown, not a meter."""
        return self.looks_like in ("charger", "keba")


def serving_conflicts(
    serve: Sequence[ServeSettings | None],
    devices: Collection[str],
    chargers: Collection[str],
    grid: str | None,
    ports: Collection[str],
) -> Iterator[Mistake]:
    """What does not go with the rest: ``grid`` is the grid meter, ``ports`` the serial ports that devices hang on.

    An entry that is not well by itself is ``None``.
    """
    seen: dict[tuple[str, int], int] = {}
    for number, one in enumerate(serve):
        if one is None:
            continue
        where, channel = f"serve.{number}", one.channel or grid
        yield from _of_a_charger(one, where, chargers)
        if not one.of_charger and channel not in devices:
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


def _of_a_charger(one: ServeSettings, where: str, chargers: Collection[str]) -> Iterator[Mistake]:
    """What belongs only to a meter, or only to a charger, and who may write on which line."""
    known = ", ".join(sorted(chargers)) or "no charger is set up"
    if not one.of_charger:
        for key, value in (("charger", one.charger), ("writers", ", ".join(one.writers))):
            if value:
                hint = f'A meter is only read. Leave {key} out, or write as = "charger".'
                yield Mistake(f"{where}.{key}", value, 'only with as = "charger" or "keba"', hint)
        return
    if one.charger not in chargers:
        came = repr(one.charger) if one.charger else "no charger"
        yield Mistake(f"{where}.charger", came, known, "Name the charger that others shall see.")
    if one.channel is not None:
        yield Mistake(f"{where}.channel", repr(one.channel), "only for a meter", "Leave it out.")
    serial = serial_port(one.listen) is not None
    for writer in one.writers:
        if serial is not (writer == LINE):
            allowed = f'"{LINE}": a serial line knows no addresses' if serial else "the IP address of who may write"
            yield Mistake(f"{where}.writers", writer, allowed)


def serial_port(connect: str) -> str | None:
    """The path of the serial port in an address; ``None`` for another kind of line."""
    parts = urlsplit(connect)
    return unquote(parts.path) if parts.scheme == "serial" else None
