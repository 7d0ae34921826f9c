"""Recorded series as meters: a CSV or Parquet file, and a small TOML file that says what its columns mean.

A row holds for ``step_s`` seconds from its time. Its energy is the recorded energy, or its mean power over the
step, in whole joules. A blank row is a gap: the meter then gives a missing Reading and its counter stands still.
Times are local to the file's zone, ascending, each once.
"""

import csv
import math
import tomllib
from collections.abc import Awaitable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from itertools import accumulate
from pathlib import Path
from typing import Annotated, Literal, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ohmstead.core.model.errors import ConfigurationError, Mistake
from ohmstead.core.model.mistakes import unreadable, worded
from ohmstead.core.model.quantities import Phase, Quality, Role
from ohmstead.core.model.readings import PhaseReading, Reading
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.time import Instant
from ohmstead.drivers.clock import Clock

T = TypeVar("T")

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


class PlayedMeter:
    """One channel of a recording as a device of a running site: it begins now, and goes on at its own pace.

    Powers are as recorded. The counter counts them for as long as they really last here, so that both agree whatever
    the pace.
    """

    def __init__(self, name: str, channel: str, recording: Recording, speed: float, clock: Clock) -> None:
        """``speed`` seconds of ``recording`` go by in one second of ``clock``."""
        self._name, self._channel, self._speed, self._clock = name, channel, speed, clock
        self._pace = _Pace(recording.start, speed, clock)
        self._end = recording.end
        self._meter = RecordedMeter(channel, recording, self._pace)

    async def read(self) -> Reading:
        """What the meter shows now. After the end of the recording it is missing."""
        now, shown = self._clock.now(), self._pace.now().utc
        seen = replace(await self._meter.read(), device=self._name, at=now)
        if shown >= self._end + timedelta(seconds=self._pace.speed):
            reason = Reason("recording.ended", {"device": self._name})
            return Reading(self._name, now, Quality.MISSING, problem=reason)
        counted = None if seen.energy_import_j is None else round(seen.energy_import_j / self._speed)
        problem = None if seen.problem is None else replace(seen.problem, params={"device": self._name})
        return replace(seen, energy_import_j=counted, problem=problem)

    async def close(self) -> None:
        """Nothing to give back."""


class _Pace:
    """A clock that begins where a recording does, and runs ``speed`` times as fast as another."""

    def __init__(self, start: datetime, speed: float, clock: Clock) -> None:
        self.speed = speed
        self._start, self._clock = start, clock
        self._began: Instant | None = None

    def now(self) -> Instant:
        now = self._clock.now()
        self._began = self._began or now
        return Instant(self._start + timedelta(seconds=now.since(self._began) * self.speed), now.monotonic_s)

    async def outside(self, work: Awaitable[T]) -> T:
        return await self._clock.outside(work)


def load(path: Path) -> Recording:
    """The recording described by the TOML file at ``path``. Raises ConfigurationError naming line and column."""
    try:
        description = _Description.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _mistake(
            str(path), unreadable(error), "a readable TOML file; see data/household/recording.toml"
        ) from error
    except ValidationError as error:
        told = worded(error.errors(), _known_keys, _EXAMPLES)
        raise ConfigurationError(tuple(replace(each, where=f"{path}: {each.where}") for each in told)) from error
    file = path.parent / description.file
    if file.suffix == ".parquet":
        return _read(description, str(file), _parquet(description, file), "row")
    try:
        with file.open(newline="", encoding="utf-8") as lines:
            return _read(description, str(file), csv.DictReader(lines))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise _mistake(str(file), unreadable(error), "a CSV file in UTF-8 with a header row") from error


def _parquet(description: _Description, file: Path) -> "_Rows":
    """The rows of a Parquet file as a CSV would have them. Its library is an extra, loaded only here."""
    try:
        from pyarrow import ArrowException, parquet
    except ImportError as error:
        hint = "Install ohmstead[parquet], or save the file as CSV."
        raise _mistake(str(file), "a Parquet file, and no pyarrow to read it", "CSV", hint) from error
    try:
        table = parquet.ParquetFile(file)
        batches = list(table.iter_batches(columns=[*dict.fromkeys(_all_columns(description))]))
    except (OSError, ArrowException) as error:
        raise _mistake(str(file), str(error), "a readable Parquet file") from error
    zone = ZoneInfo(description.timezone)
    rows = (
        {name: _as_text(value, description.time.format, zone) for name, value in row.items()}
        for batch in batches
        for row in batch.to_pylist()
    )
    return _Rows(tuple(table.schema_arrow.names), rows)


@dataclass(frozen=True, slots=True)
class _Rows:
    fieldnames: tuple[str, ...]
    rows: Iterable[Mapping[str, str]]

    def __iter__(self) -> Iterator[Mapping[str, str]]:
        return iter(self.rows)


def _as_text(value: object, time_format: str, zone: ZoneInfo) -> str:
    if isinstance(value, datetime):
        return (value.astimezone(zone) if value.tzinfo else value).strftime(time_format)
    return "" if value is None else str(value)


def _read(
    description: _Description, where: str, lines: "csv.DictReader[str] | _Rows", counted: str = "line"
) -> Recording:
    known = set(lines.fieldnames or ())
    for column in _all_columns(description):
        if column not in known:
            raise _mistake(where, f"no column {column!r}", ", ".join(sorted(known)) or "a header row")
    zone, start = ZoneInfo(description.timezone), None
    rows: dict[str, list[RecordedRow]] = {name: [] for name in description.channels}
    first = 2 if counted == "line" else 1
    for number, line in enumerate(lines, start=first):
        at = _time(line, description, zone, f"{where} {counted} {number}")
        start = start or at
        expected = start + timedelta(seconds=(number - first) * description.step_s)
        if at != expected:
            raise _mistake(
                f"{where} {counted} {number}",
                f"time {at:%Y-%m-%d %H:%M:%S} UTC",
                f"{expected:%Y-%m-%d %H:%M:%S} UTC",
                "Rows follow each other by step_s, each once; write missing ones as blank rows.",
            )
        for name, channel in description.channels.items():
            rows[name].append(_row(channel, line, description.step_s, f"{where} {counted} {number}"))
    if start is None:
        raise _mistake(where, "no rows", "at least one row")
    done = {name: tuple(values) for name, values in rows.items()}
    return Recording(start, description.timezone, description.step_s, description.channels, done)


def _all_columns(description: _Description) -> Iterable[str]:
    return (description.time.column, *_columns(description))


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


_EXAMPLES = {
    "file": 'For example file = "power.csv", beside the description',
    "timezone": 'For example timezone = "Europe/Paris"',
    "step_s": "Seconds from row to row: step_s = 60",
    "time": 'For example time = { column = "time", format = "%Y-%m-%d %H:%M:%S" }',
    "power": 'For example power = { column = "kitchen", unit = "W" }',
}


def _known_keys(place: tuple[str, ...]) -> set[str]:
    models: Mapping[int, type[BaseModel]] = {0: _Description, 1: _Time, 2: RecordedChannel, 3: _Column}
    return set(models[len(place)].model_fields)


def _mistake(where: str, came: str, allowed: str, hint: str = "") -> ConfigurationError:
    return ConfigurationError((Mistake(where, came, allowed, hint),))
