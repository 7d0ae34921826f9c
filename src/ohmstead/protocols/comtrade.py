"""Recordings of waveforms in COMTRADE (IEC 60255-24, editions 1999 and 2013; 1991 is read too).

The text of a ``.cfg`` and the bytes of its ``.dat`` come in; primary volts and amperes come out. Data may be ASCII,
BINARY, BINARY32 or FLOAT32. What a player needs and the file does not give (one fixed rate, all channels at one
moment) is refused with the line, what came and what is allowed.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

CHANNELS_AT_MOST = 999
SAMPLES_AT_MOST = 50_000_000
SKEW_AT_MOST_US = 10.0
"""Two tenths of a degree of the mains."""
_MISSING_ASCII = 99_999
_UNITS: Mapping[str, tuple[Literal["V", "A"], float]] = {
    "v": ("V", 1.0),
    "kv": ("V", 1e3),
    "mv": ("V", 1e-3),
    "a": ("A", 1.0),
    "ka": ("A", 1e3),
    "ma": ("A", 1e-3),
}
_NUMBERS: Mapping[str, str] = {"BINARY": "<i2", "BINARY32": "<i4", "FLOAT32": "<f4"}


class BadRecording(ValueError):
    """A recording that cannot be used: where, what came, what is allowed."""

    def __init__(self, where: str, came: str, allowed: str) -> None:
        """All three are shown to a person."""
        super().__init__(f"{where}: got {came}; allowed: {allowed}")
        self.where, self.came, self.allowed = where, came, allowed


@dataclass(frozen=True, slots=True)
class Waveforms:
    """Samples (n, channels) in primary V and A, ``nan`` where one is missing; ``quantities`` says which is which."""

    rate_hz: float
    nominal_hz: int
    names: tuple[str, ...]
    quantities: tuple[Literal["V", "A"] | None, ...]
    values: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Channel:
    name: str
    quantity: Literal["V", "A"] | None
    factor: float
    offset: float


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a ``.cfg`` says."""

    station: str
    analog: tuple[_Channel, ...]
    digital: int
    nominal_hz: int
    rate_hz: float
    samples: int
    form: str


class _Lines:
    """The lines of a file with their numbers."""

    def __init__(self, text: str) -> None:
        self._lines = [line.strip("\r\x1a ") for line in text.split("\n")]
        self._at = 0

    def next(self, what: str, least: int) -> list[str]:
        """The fields of the next line, at least so many."""
        where = self.where
        if self._at >= len(self._lines):
            raise BadRecording(where, "the end of the file", what)
        fields = [field.strip() for field in self._lines[self._at].split(",")]
        self._at += 1
        if len(fields) < least:
            raise BadRecording(where, repr(",".join(fields))[:80], f"{what} ({least} fields)")
        return fields

    @property
    def where(self) -> str:
        """The line that comes next."""
        return f"cfg line {self._at + 1}"


def read_configuration(text: str) -> Configuration:
    """What ``text`` says. Raises BadRecording."""
    lines = _Lines(text)
    first = lines.next("station, device and edition", 2)
    where = lines.where
    counts = lines.next("numbers of channels, such as 6,4A,2D", 3)
    analog, digital = (_count(where, counts[n], letter) for n, letter in ((1, "A"), (2, "D")))
    channels = tuple(_channel(lines) for _ in range(analog))
    for _ in range(digital):
        lines.next("a status channel", 2)
    where = lines.where
    nominal = _number(where, lines.next("the mains frequency", 1)[0])
    if nominal not in (50.0, 60.0):
        raise BadRecording(where, f"{nominal:g} Hz", "a mains of 50 or 60 Hz")
    where = lines.where
    rates = _number(where, lines.next("how many rates", 1)[0])
    if rates != 1:
        raise BadRecording(where, f"{rates:g} sampling rates", "one fixed rate")
    where = lines.where
    rate, last = (_number(where, field) for field in lines.next("rate and last sample", 2)[:2])
    if not rate > 0 or not 0 < last <= SAMPLES_AT_MOST:
        raise BadRecording(where, f"{rate:g} Hz to sample {last:g}", f"a rate, and 1 to {SAMPLES_AT_MOST} samples")
    lines.next("when the first sample was taken", 2)
    lines.next("when the recording was triggered", 2)
    where = lines.where
    form = lines.next("the form of the data", 1)[0].upper()
    if form != "ASCII" and form not in _NUMBERS:
        raise BadRecording(where, repr(form)[:40], ", ".join(("ASCII", *_NUMBERS)))
    return Configuration(first[0], channels, digital, int(nominal), rate, int(last), form)


def read(text: str, data: bytes) -> Waveforms:
    """The recording of a ``.cfg`` and its ``.dat``. Raises BadRecording."""
    configuration = read_configuration(text)
    raw = _ascii(configuration, data) if configuration.form == "ASCII" else _binary(configuration, data)
    factors = np.array([channel.factor for channel in configuration.analog])
    offsets = np.array([channel.offset for channel in configuration.analog])
    return Waveforms(
        configuration.rate_hz,
        configuration.nominal_hz,
        tuple(channel.name for channel in configuration.analog),
        tuple(channel.quantity for channel in configuration.analog),
        raw * factors + offsets,
    )


def _count(where: str, field: str, letter: str) -> int:
    digits = field.rstrip().upper().removesuffix(letter)
    if not digits.isascii() or not digits.isdigit() or int(digits[:6]) > CHANNELS_AT_MOST:
        raise BadRecording(where, repr(field)[:40], f"0 to {CHANNELS_AT_MOST} and the letter {letter}")
    return int(digits)


def _channel(lines: _Lines) -> _Channel:
    where = lines.where
    fields = lines.next("an analog channel", 10)
    unit = _UNITS.get(fields[4].lower())
    size = unit[1] if unit else 1.0
    factor, offset = _number(where, fields[5]), _number(where, fields[6])
    skew_us = _number(where, fields[7] or "0")
    if abs(skew_us) > SKEW_AT_MOST_US:
        raise BadRecording(where, f"a skew of {skew_us:g} µs", f"channels sampled within {SKEW_AT_MOST_US:g} µs")
    if len(fields) >= 13 and fields[12].upper() == "S":
        primary, secondary = _number(where, fields[10]), _number(where, fields[11])
        if not secondary:
            raise BadRecording(where, "a secondary of 0", "primary and secondary of the transformer")
        size *= primary / secondary
    return _Channel(fields[1] or f"channel {fields[0]}", unit[0] if unit else None, factor * size, offset * size)


def _number(where: str, field: str) -> float:
    try:
        value = float(field)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise BadRecording(where, repr(field)[:40], "a number")
    return value


def _ascii(configuration: Configuration, data: bytes) -> NDArray[np.float64]:
    count = len(configuration.analog)
    rows = list(_ascii_rows(data, count, configuration.samples))
    _enough(len(rows), configuration)
    return np.array(rows, float).reshape(-1, count)


def _ascii_rows(data: bytes, count: int, most: int) -> Iterator[list[float]]:
    for number, line in enumerate(data.split(b"\n"), start=1):
        fields = line.strip(b"\r\x1a \t").split(b",")
        if number > most or (len(fields) == 1 and not fields[0]):
            return
        if len(fields) < count + 2:
            raise BadRecording(f"dat line {number}", f"{len(fields)} fields", f"at least {count + 2}")
        try:
            row = [float(field) if field.strip() else math.nan for field in fields[2 : count + 2]]
        except ValueError:
            raise BadRecording(f"dat line {number}", repr(line[:60]), "numbers between commas") from None
        yield [math.nan if value == _MISSING_ASCII else value for value in row]


def _binary(configuration: Configuration, data: bytes) -> NDArray[np.float64]:
    count, form = len(configuration.analog), _NUMBERS[configuration.form]
    words = (configuration.digital + 15) // 16
    row = np.dtype([("number", "<u4"), ("time", "<u4"), ("analog", form, (count,)), ("digital", "<u2", (words,))])
    whole = min(len(data) // row.itemsize, configuration.samples)
    _enough(whole, configuration)
    raw = np.frombuffer(data, row, whole)["analog"]
    values = raw.astype(float)
    if form == "<f4":
        values[~np.isfinite(values) | (raw <= np.finfo(np.float32).min)] = math.nan
    else:
        values[raw == np.iinfo(raw.dtype).min] = math.nan
    return np.asarray(values)


def _enough(came: int, configuration: Configuration) -> None:
    if came < configuration.samples:
        raise BadRecording("dat", f"{came} samples", f"the {configuration.samples} that the cfg announces")
