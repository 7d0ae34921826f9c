"""Recordings of waveforms as CSV or NumPy arrays: columns of samples at one rate that is told beside them.

A CSV has a header; a column whose name begins with ``u`` or ``v`` is a voltage, with ``i`` a current; one called
``time`` (seconds) is not a channel, and proves the rate. A ``.npy`` array is (samples, channels), voltages first.
"""

import io
from collections.abc import Mapping
from typing import Literal

import numpy as np

from ohmstead.protocols.comtrade import SAMPLES_AT_MOST, BadRecording, Waveforms

_TIMES = ("time", "time_s", "t")
_ASTRAY = 1e-3
_NPY = b"\x93NUMPY"
_KINDS: Mapping[str, Literal["V", "A"]] = {"u": "V", "v": "V", "i": "A"}


def read_csv(text: str, rate_hz: float, nominal_hz: int) -> Waveforms:
    """The recording. Raises BadRecording for a cell that is no number, or times of another rate."""
    header, _, body = text.partition("\n")
    names = [name.strip() for name in header.split(",")]
    rows = [line.split(",") for line in body.splitlines() if line.strip()]
    for number, row in enumerate(rows, start=2):
        if len(row) != len(names):
            raise BadRecording(f"line {number}", f"{len(row)} cells", f"{len(names)}, as the header has")
    try:
        values = np.array(rows, float).reshape(-1, len(names))
    except ValueError as error:
        raise BadRecording("csv", str(error), "numbers under a header of names") from None
    times = [place for place, name in enumerate(names) if name.lower() in _TIMES]
    for place in times:
        _prove(values[:, place], rate_hz)
    kept = [place for place in range(len(names)) if place not in times]
    shown = tuple(names[place] for place in kept)
    kinds = tuple(_KINDS.get(name[:1].lower()) for name in shown)
    return Waveforms(rate_hz, nominal_hz, shown, kinds, values[:, kept])


def read_npy(data: bytes, rate_hz: float, nominal_hz: int, voltages: int) -> Waveforms:
    """The recording; nothing in it is executed. Raises BadRecording for anything but one array of numbers."""
    if not data.startswith(_NPY):
        raise BadRecording("npy", repr(data[:6]), "an array of numbers as numpy.save writes it")
    try:
        array = np.load(io.BytesIO(data), allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise BadRecording("npy", str(error)[:80], "an array of numbers as numpy.save writes it") from None
    if not isinstance(array, np.ndarray) or array.ndim != 2 or array.dtype.kind not in "iuf":
        raise BadRecording("npy", f"shape {getattr(array, 'shape', None)}", "numbers as (samples, channels)")
    if not 0 < len(array) <= SAMPLES_AT_MOST or voltages > array.shape[1]:
        raise BadRecording("npy", f"shape {array.shape}", f"samples of at least {voltages} channels")
    count = array.shape[1]
    names = tuple(f"u{n + 1}" if n < voltages else f"i{n - voltages + 1}" for n in range(count))
    kinds: tuple[Literal["V", "A"], ...] = tuple("V" if n < voltages else "A" for n in range(count))
    return Waveforms(rate_hz, nominal_hz, names, kinds, array.astype(float))


def _prove(times_s: np.typing.NDArray[np.float64], rate_hz: float) -> None:
    steps = np.diff(times_s)
    odd = np.flatnonzero(np.abs(steps * rate_hz - 1.0) > 0.5)
    if len(odd):
        where = int(odd[0])
        raise BadRecording(f"line {where + 3}", f"a step of {steps[where]:g} s", f"{1 / rate_hz:g} s throughout")
    if len(steps) and abs(steps.mean() * rate_hz - 1.0) > _ASTRAY:
        raise BadRecording("time", f"{1 / steps.mean():g} samples a second", f"the {rate_hz:g} that were told")
