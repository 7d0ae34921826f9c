"""History of another system, from CSV: columns by name, their units, and a zone for times without one.

In: a file and which column holds what. Out: intervals of one channel, in ascending order. Anything that is not as said
(a column that is not there, a unit nobody knows, a time that does not follow the one before, text for a number) raises
ConfigurationError with file, row, what came and what is allowed; then nothing of the file is used.
"""

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite, nan
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ohmstead.core.model.errors import ConfigurationError, Mistake
from ohmstead.core.model.mistakes import unreadable
from ohmstead.core.model.series import Span

if TYPE_CHECKING:
    from ohmstead.store.putting import Intervals

POWER_UNITS: Mapping[str, float] = {"W": 1.0, "kW": 1000.0}
ENERGY_UNITS: Mapping[str, float] = {"J": 1.0, "Wh": 3600.0, "kWh": 3_600_000.0}
LASTS_MS: Mapping[Span, int] = {
    Span.SECOND: 10_000,
    Span.FIVE_MINUTES: 300_000,
    Span.HOUR: 3_600_000,
    Span.DAY: 86_400_000,
}
"""How long a value holds at most when the next one is far."""
_LARGEST = 1e12
_TOLD_EACH = 5000


@dataclass(frozen=True, slots=True)
class Mapped:
    """Which column holds what; the energies are those of each interval, not counters."""

    time: str
    power: str | None = None
    power_unit: str = "W"
    imported: str | None = None
    exported: str | None = None
    energy_unit: str = "kWh"

    def wanted(self) -> Iterator[tuple[str, float]]:
        """Column and factor of power, import and export; the column is empty when there is none."""
        yield self.power or "", _factor("power unit", self.power_unit, POWER_UNITS)
        yield self.imported or "", _factor("energy unit", self.energy_unit, ENERGY_UNITS)
        yield self.exported or "", _factor("energy unit", self.energy_unit, ENERGY_UNITS)


def read_foreign(path: Path, mapped: Mapped, span: Span, zone: ZoneInfo, told: Callable[[float], None]) -> "Intervals":
    """The intervals of ``path``; ``told`` hears which part of the file is read, from 0 to 1."""
    import numpy as np

    from ohmstead.store.putting import Intervals

    wanted = tuple(mapped.wanted())
    if not any(column for column, _ in wanted):
        raise _wrong(path, "no column for power or energy", "at least one of them")
    starts: list[int] = []
    values: tuple[list[float], ...] = ([], [], [])
    for row, start, numbers in _rows(path, mapped.time, wanted, zone, told):
        if starts and start <= starts[-1]:
            came = f"{_iso(start)} after {_iso(starts[-1])}"
            raise _wrong(f"{path} row {row} column {mapped.time}", came, "times in ascending order, each once")
        starts.append(start)
        for kept, number in zip(values, numbers, strict=True):
            kept.append(number)
    if not starts:
        raise _wrong(path, "no rows", "a header row and at least one row")
    first = np.array(starts, np.int64)
    held = np.minimum(np.append(np.diff(first), LASTS_MS[span]), LASTS_MS[span])
    power, imported, exported = (np.array(each) for each in values)
    return Intervals(first, held, power, imported, exported)


def _rows(
    path: Path,
    time: str,
    wanted: tuple[tuple[str, float], ...],
    zone: ZoneInfo,
    told: Callable[[float], None],
) -> Iterator[tuple[int, int, tuple[float, ...]]]:
    """Number, time and values of each row; rows count from 1, the header being the first."""
    size, last = max(1, _size(path)), None
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            known = reader.fieldnames or []
            for column in (time, *(column for column, _ in wanted)):
                if column and column not in known:
                    raise _wrong(path, f"no column {column!r}", ", ".join(known) or "a header row")
            done = 0
            for row in reader:
                where = f"{path} row {reader.line_num}"
                done += sum(len(text or "") + 1 for text in row.values() if not isinstance(text, list))
                if reader.line_num % _TOLD_EACH == 0:
                    told(min(1.0, done / size))
                last = _time(f"{where} column {time}", row[time], zone, last)
                numbers = tuple(
                    _number(f"{where} column {column}", row.get(column), factor) for column, factor in wanted
                )
                yield reader.line_num, last, numbers
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise _wrong(path, unreadable(error), "a CSV file in UTF-8 with a header row") from error


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise _wrong(path, error.strerror or str(error), "a file that can be read") from error


def _time(where: str, text: str | None, zone: ZoneInfo, last: int | None) -> int:
    """Milliseconds UTC of ISO 8601 or seconds since 1970; a local hour that comes twice is first the earlier one."""
    allowed = "ISO 8601 such as 2025-03-12T14:05:00+01:00, or seconds since 1970"
    try:
        moment = datetime.fromtimestamp(float(text or ""), UTC)
    except (ValueError, OverflowError, OSError):
        try:
            moment = datetime.fromisoformat((text or "").strip())
        except ValueError as error:
            raise _wrong(where, repr(text), allowed) from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
        if last is not None and round(moment.timestamp() * 1000) <= last:
            moment = moment.replace(fold=1)
        if moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != moment.replace(tzinfo=None):
            raise _wrong(where, repr(text), f"a time that {zone.key} has; at that hour its clocks went forward")
    if not 2000 <= moment.year < 2100:
        raise _wrong(where, repr(text), "a time from 2000 to 2100")
    return round(moment.timestamp() * 1000)


def _number(where: str, text: str | None, factor: float) -> float:
    """The value in W or J; NaN for an empty field, or a column that is not mapped."""
    if text is None or not text.strip():
        return nan
    try:
        value = float(text) * factor
    except ValueError as error:
        raise _wrong(where, repr(text), "a number with a point, or nothing") from error
    if not isfinite(value) or abs(value) > _LARGEST:
        raise _wrong(where, repr(text), "a finite number that can be true")
    return value


def _factor(where: str, unit: str, units: Mapping[str, float]) -> float:
    if unit not in units:
        raise _wrong(where, repr(unit), ", ".join(units))
    return units[unit]


def _iso(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat()


def _wrong(where: object, came: str, allowed: str) -> ConfigurationError:
    return ConfigurationError((Mistake(str(where), came, allowed),))
