"""What the sections of a scenario file are made of: their common base, and values that are written as text, such as
times, dates, zones, brokers, bounded numbers (pydantic validators)."""

import re
from collections.abc import Mapping
from datetime import datetime, time
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Discriminator, Field

from ohmstead.core.model.errors import ConfigurationError
from ohmstead.core.model.quantities import MINIMUM_CURRENT_A
from ohmstead.transport.web_address import Credentials, parse_broker

_SINCE = re.compile(r"(\d{1,4}):([0-5]\d):([0-5]\d(?:\.\d{1,3})?)")
_OF_DAY = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?")


class Part(BaseModel):
    """A section: what it does not know it refuses."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def tagged(key: str, otherwise: str | None = None) -> Discriminator:
    """Which model a part is of, told by its ``key``."""

    def tag(value: Any) -> Any:
        return value.get(key, otherwise) if isinstance(value, Mapping) else getattr(value, key, otherwise)

    return Discriminator(tag)


Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _since(value: object) -> float:
    found = _SINCE.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError('time since the start as text, HH:MM:SS, such as "00:05:00"')
    return int(found[1]) * 3600 + int(found[2]) * 60 + float(found[3])


def _of_day(value: object) -> int:
    if isinstance(value, time) and value.tzinfo is None:
        return value.hour * 3600 + value.minute * 60 + value.second
    found = _OF_DAY.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError('time of day at the site as text, HH:MM, such as "07:30"')
    return int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3] or 0)


def _start(value: object) -> datetime:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            value = None
    if not isinstance(value, datetime):
        raise ValueError("date and time at the site, such as 2026-06-21T12:00:00")
    return value


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("an IANA time zone such as Europe/Rome") from error
    return name


def _broker(value: object) -> tuple[str, int]:
    allowed = "a broker that asks for no password, such as mqtt://127.0.0.1:1883"
    try:
        address = parse_broker(str(value), Credentials())
    except ConfigurationError as error:
        raise ValueError(allowed) from error
    if address.tls or address.credentials != Credentials():
        raise ValueError(allowed)
    return address.host, address.port


def _one_or_more(value: object) -> object:
    return (value,) if isinstance(value, str) else value


SinceStart = Annotated[float, BeforeValidator(_since)]
"""Seconds since the start, written ``HH:MM:SS`` as in the rows of ``tests/scenarios``."""
TimeOfDay = Annotated[int, BeforeValidator(_of_day)]
"""Seconds of the site's day."""
Start = Annotated[datetime, BeforeValidator(_start)]
Watts = Annotated[float, Field(ge=-1e6, le=1e6, allow_inf_nan=False)]
Amps = Annotated[float, Field(ge=MINIMUM_CURRENT_A, le=80)]
Ohms = Annotated[float, Field(ge=0, le=2)]
Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0, le=1e6)]
Celsius = Annotated[float, Field(ge=-50, le=60)]
Broker = Annotated[tuple[str, int], BeforeValidator(_broker)]
"""Host and port of an MQTT broker, written ``mqtt://HOST:PORT``."""
Zone = Annotated[str, AfterValidator(_zone)]
Name = Annotated[str, Field(min_length=1, max_length=80)]
Names = Annotated[tuple[str, ...], BeforeValidator(_one_or_more)]
