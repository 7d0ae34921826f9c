"""Recorded series as meters: a CSV file, and a small TOML file that says what its columns mean.

A row holds for ``step_s`` seconds from its time. Its energy is the recorded energy, or its mean power over the
step, in whole joules. A blank row is a gap: the meter then gives a missing Reading and its counter stands still.
Times are local to the file's zone, ascending, each once.
"""

import csv
import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from itertools import accumulate
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ohmstead.core.model.errors import ConfigurationError, Mistake
from ohmstead.core.model.quantities import Phase, Quality, Role
from ohmstead.core.model.readings import PhaseReading, Reading
from ohmstead.core.model.reasons import Reason
from ohmstead.drivers.clock import Clock

_FACTORS: Mapping[str, int] = {
    "W": 1,
    "kW": 1000,
    "var": 1,
    "kvar": 1000,
    "V": 1,
    "A": 1,
    "J": 1,
    "Wh": 3600,
    "kWh": 3_600_000,
}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Column(_Strict):
    column: str
    unit: Literal["W", "kW", "var", "kvar", "V", "A", "J", "Wh", "kWh"]


class _Time(_Strict):
    column: str
    format: str


class RecordedChannel(_Strict):
    """Which columns make one channel. Either ``power`` or ``energy`` (within the step) is needed."""

    role: Role
    phase: Phase
    name: str | None = None
    power: _Column | None = None
    energy: _Column | None = None
    reactive_power: _Column | None = None
    voltage: _Column | None = None
    current: _Column | None = None

    @model_validator(mode="after")
    def _measures(self) -> "RecordedChannel":
        if (self.power is None) == (self.energy is None):
            raise ValueError("either power or energy")
        return self


class _Description(_Strict):
    file: str
    timezone: str
    step_s: Annotated[int, Field(gt=0, le=86_400)]
    time: _Time
    channels: Annotated[dict[str, RecordedChannel], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class RecordedRow:
    """One step of one channel; all ``None`` where the file is blank."""

    power_w: float | None
    energy_j: int | None
    reactive_power_var: float | None
    voltage_v: float | None
    current_a: float | None


@dataclass(frozen=True, slots=True)
class Recording:
    """A whole file: the same steps for every channel."""

    start: datetime
    timezone: str
    step_s: int
    channels: Mapping[str, RecordedChannel]
    rows: Mapping[str, tuple[RecordedRow, ...]]

    @property
    def steps(self) -> int:
        """Number of rows, blank ones included."""
        return len(next(iter(self.rows.values())))

    @property
    def end(self) -> datetime:
        """When the last row's step is over (UTC)."""
        return self.start + timedelta(seconds=self.steps * self.step_s)

    def row(self, channel: str, at: datetime) -> RecordedRow | None:
        """The row that holds at ``at``, or None outside the recording."""
        step = math.floor((at - self.start).total_seconds() / self.step_s)
        return self.rows[channel][step] if 0 <= step < self.steps else None


class RecordedMeter:
    """One channel of a recording as a meter port: what a meter would have shown when a step is over."""

    def __init__(self, name: str, recording: Recording, clock: Clock) -> None:
        """``name`` is a channel of ``recording``."""
        self._name = name
        self._recording = recording
        self._clock = clock
        self._counters = (0, *accumulate(row.energy_j or 0 for row in recording.rows[name]))

    async def read(self) -> Reading:
        """The last finished step: its powers in W, and the counter in J at its end."""
        now, recording = self._clock.now(), self._recording
        done = math.floor((now.utc - recording.start).total_seconds() / recording.step_s)
        if done == 0:
            return Reading(self._name, now, energy_import_j=0)
        row = recording.rows[self._name][done - 1] if 0 < done <= recording.steps else None
        if row is None or row.energy_j is None:
            reason = Reason("recording.gap", {"device": self._name})
            return Reading(self._name, now, Quality.MISSING, problem=reason)
        values = PhaseReading(row.voltage_v, row.current_a, row.power_w, row.reactive_power_var)
        return Reading(
            self._name,
            now,
            power_w=row.power_w,
            reactive_power_var=row.reactive_power_var,
            energy_import_j=self._counters[done],
            phases={recording.channels[self._name].phase: values},
        )

    async def close(self) -> None:
        """Nothing to give back."""


def load(path: Path) -> Recording:
    """The recording described by the TOML file at ``path``. Raises ConfigurationError naming line and column."""
    try:
        description = _Description.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _mistake(str(path), str(error), "a readable TOML file; see data/household/recording.toml") from error
    except ValidationError as error:
        raise ConfigurationError(
            tuple(
                Mistake(f"{path}: {'.'.join(map(str, e['loc']))}", repr(e["input"]), e["msg"]) for e in error.errors()
            )
        ) from error
    file = path.parent / description.file
    try:
        with file.open(newline="", encoding="utf-8") as lines:
            return _read(description, str(file), csv.DictReader(lines))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise _mistake(str(file), str(error), "a CSV file in UTF-8 with a header row") from error


def _read(description: _Description, where: str, lines: "csv.DictReader[str]") -> Recording:
    known = set(lines.fieldnames or ())
    for column in (description.time.column, *_columns(description)):
        if column not in known:
            raise _mistake(where, f"no column {column!r}", ", ".join(sorted(known)) or "a header row")
    zone, start = ZoneInfo(description.timezone), None
    rows: dict[str, list[RecordedRow]] = {name: [] for name in description.channels}
    for number, line in enumerate(lines, start=2):
        at = _time(line, description, zone, f"{where} line {number}")
        start = start or at
        expected = start + timedelta(seconds=(number - 2) * description.step_s)
        if at != expected:
            raise _mistake(
                f"{where} line {number}",
                f"time {at:%Y-%m-%d %H:%M:%S} UTC",
                f"{expected:%Y-%m-%d %H:%M:%S} UTC",
                "Rows follow each other by step_s, each once; write missing ones as blank rows.",
            )
        for name, channel in description.channels.items():
            rows[name].append(_row(channel, line, description.step_s, f"{where} line {number}"))
    if start is None:
        raise _mistake(where, "no rows", "at least one row")
    done = {name: tuple(values) for name, values in rows.items()}
    return Recording(start, description.timezone, description.step_s, description.channels, done)


def _columns(description: _Description) -> Iterable[str]:
    for channel in description.channels.values():
        for column in (channel.power, channel.energy, channel.reactive_power, channel.voltage, channel.current):
            if column is not None:
                yield column.column


def _time(line: Mapping[str, str], description: _Description, zone: ZoneInfo, where: str) -> datetime:
    text = line[description.time.column]
    try:
        return datetime.strptime(text, description.time.format).replace(tzinfo=zone).astimezone(UTC)
    except (TypeError, ValueError) as error:
        raise _mistake(f"{where} column {description.time.column}", repr(text), description.time.format) from error


def _row(channel: RecordedChannel, line: Mapping[str, str], step_s: int, where: str) -> RecordedRow:
    power, energy = _value(channel.power, line, where), _value(channel.energy, line, where)
    if energy is None and power is not None:
        energy = power * step_s
    elif power is None and energy is not None:
        power = energy / step_s
    return RecordedRow(
        _float(power),
        None if energy is None else round(energy),
        _float(_value(channel.reactive_power, line, where)),
        _float(_value(channel.voltage, line, where)),
        _float(_value(channel.current, line, where)),
    )


def _value(column: _Column | None, line: Mapping[str, str], where: str) -> Decimal | None:
    if column is None:
        return None
    text = (line[column.column] or "").strip()
    if not text or text == "?":
        return None
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise _mistake(f"{where} column {column.column}", repr(text), "a number, or nothing for a gap") from error
    if not value.is_finite():
        raise _mistake(f"{where} column {column.column}", repr(text), "a finite number, or nothing for a gap")
    return value * _FACTORS[column.unit]


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _mistake(where: str, came: str, allowed: str, hint: str = "") -> ConfigurationError:
    return ConfigurationError((Mistake(where, came, allowed, hint),))
