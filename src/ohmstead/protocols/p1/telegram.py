"""A telegram's lines as objects: identification, OBIS codes, and the bracketed values behind each.

In a telegram that no CRC vouches for, one unreadable line makes the whole worthless: it is refused. In a checked one
such a line is the meter's own word that this reader does not know; it is kept aside.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from ohmstead.protocols.p1.framing import Frame

_OBJECT = re.compile(r"(?:(\d{1,3})-(\d{1,3}):)?(\d{1,3}\.\d{1,3}\.\d{1,3})(?:[.*]255)?((?:\([^()]*\))+)", re.ASCII)
_GROUP = re.compile(r"\(([^()]*)\)")
_MEASURE = re.compile(r"([-+]?\d{1,12}(?:\.\d{1,6})?)(?:\*([A-Za-z0-9]{1,6}))?", re.ASCII)
_STAMP = re.compile(r"(\d{12})([SW]?)", re.ASCII)
_VERSIONED = ((3, "0.2.8"), (0, "0.2.8"), (0, "96.1.4"))
"""Where DSMR and eMUCS tell their version, since the version that brought the CRC."""


class TelegramError(ValueError):
    """Not a telegram: ``key`` names what is wrong, ``came`` shows it."""

    def __init__(self, key: str, came: str) -> None:
        """``key`` is the reason's text."""
        super().__init__(f"{key}: {came}")
        self.key = key
        self.came = came


@dataclass(frozen=True, slots=True)
class Measure:
    """A number as it was sent; ``unit`` is empty where none stood."""

    value: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class Stamp:
    """The meter's own wall clock. ``summer`` is None where it does not tell."""

    local: datetime
    summer: bool | None


@dataclass(frozen=True, slots=True)
class Telegram:
    """Objects by channel (0 is the electricity meter, 1 and up the M-Bus devices) and code (``1.8.1``)."""

    identification: str
    objects: Mapping[tuple[int, str], tuple[str, ...]]
    checked: bool
    unknown_lines: tuple[str, ...] = ()

    def text(self, code: str, channel: int = 0) -> str | None:
        """The first value of an object as it stands; None where it is not sent or empty."""
        groups = self.objects.get((channel, code), ())
        return groups[0].strip() or None if groups else None

    def measure(self, code: str, channel: int = 0) -> Measure | None:
        """The last value of an object as a number; None where it is not sent or no number."""
        groups = self.objects.get((channel, code), ())
        return measure(groups[-1]) if groups else None

    def stamp(self, code: str, channel: int = 0) -> Stamp | None:
        """The first value of an object as a time; None where it is not sent or no time."""
        groups = self.objects.get((channel, code), ())
        return stamp(groups[0]) if groups else None

    @property
    def version(self) -> str | None:
        """The version of the standard it names: ``42`` or ``50`` of DSMR, ``50217`` of eMUCS; None where none."""
        return next((text for channel, code in _VERSIONED if (text := self.text(code, channel))), None)


def parse(frame: Frame) -> Telegram:
    """The objects of ``frame``. Raises TelegramError for what cannot be trusted."""
    head, *lines = frame.data.decode("latin-1").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if not frame.checked and (len(lines) < 2 or lines[0].strip()):
        raise TelegramError("p1.no_header", head[:40])
    objects: dict[tuple[int, str], tuple[str, ...]] = {}
    unknown: list[str] = []
    for line in _joined(lines):
        found = _OBJECT.fullmatch(line)
        if found is None:
            if not frame.checked:
                raise TelegramError("p1.unreadable", _shown(line))
            unknown.append(_shown(line))
            continue
        key = (int(found[2] or 0), ".".join(str(int(part)) for part in found[3].split(".")))
        groups = tuple(_GROUP.findall(found[4]))
        if objects.setdefault(key, groups) != groups and not frame.checked:
            raise TelegramError("p1.unreadable", _shown(line))
    if not frame.checked and any(key in objects for key in _VERSIONED):
        raise TelegramError("p1.no_crc", _shown(head))
    return Telegram(head[1:].strip(), objects, frame.checked, tuple(unknown))


def measure(text: str) -> Measure | None:
    """``00.170*kW`` as a number and its unit."""
    found = _MEASURE.fullmatch(text.strip())
    return Measure(Decimal(found[1]), found[2] or "") if found else None


def stamp(text: str) -> Stamp | None:
    """``200426223325S`` as a time; S is summer time, W winter time."""
    found = _STAMP.fullmatch(text.strip())
    if found is None:
        return None
    try:
        local = datetime.strptime(found[1], "%y%m%d%H%M%S")  # noqa: DTZ007 — the meter tells wall time and no zone
    except ValueError:
        return None
    return Stamp(local, {"S": True, "W": False}.get(found[2]))


def _joined(lines: list[str]) -> list[str]:
    """Lines with content; one that begins with a bracket goes on with the line before (DSMR 2.2, gas)."""
    joined: list[str] = []
    for line in (each.strip() for each in lines):
        if line.startswith("(") and joined:
            joined[-1] += line
        elif line and line != "!":
            joined.append(line)
    return joined


def _shown(line: str) -> str:
    return line[:60].encode("ascii", "backslashreplace").decode("ascii")
