"""Windows of samples to all quantities, as fast as one core goes, beside pqopen-lib; and how far off they are.

Three voltages and 28 currents at 8,000 samples a second, with harmonics, noise and 16-bit steps. *All quantities* are
RMS, active, reactive, apparent and non-active power, both factors, THD, 40 harmonics and their groups of each column,
unbalance, line voltages, dips, flicker, energy of each point and of two loads. The speed is the worst over the
frequencies.

pqopen-lib gets the same samples and computes RMS, power, 40 harmonics and interharmonics and unbalance. It takes a
voltage with each current, so it looks at the three voltages again for each of the 28; ``metrology.per_column`` leaves
that out of the comparison: the time for one column of ours against one of its own.
"""

import os
import time
from collections.abc import Callable

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from daqopen.channelbuffer import AcqBuffer
from numpy.typing import NDArray
from pqopen.powersystem import PowerSystem

from bench.figures import Figure
from bench.waves import RANGE_A, RATE_HZ, Wave, house
from ohmstead.core.metrology.analyser import Analyser, Inputs, Window
from ohmstead.core.metrology.disturbances import Watch
from ohmstead.core.metrology.energy import Counters
from ohmstead.core.metrology.flicker import Flicker
from ohmstead.core.metrology.points import Point, Transformer, voltages_of
from ohmstead.core.metrology.quantities import Circuits, line_voltages, unbalance
from ohmstead.core.model.quantities import PHASES

SPEEDS_HZ = (42.5, 46.9, 47.31, 50.0, 53.3, 57.5)
ERRORS_HZ = (
    *((hertz, 50) for hertz in (42.5, 45.2, 49.77, 50.0, 53.3, 57.5)),
    *((hertz, 60) for hertz in (57.0, 60.0, 63.0)),
)
"""Frequencies, each with the nominal one of the mains."""
SECONDS = 10.0
PEER_SECONDS = 4.0
REPEATS = 3
BLOCK = 8_000
COLUMNS = 31
LARGE = 0.01
"""Part of a transformer's range from which power is judged against its apparent power."""


def run() -> list[Figure]:
    """Speeds at each frequency beside the peer's at the worst, and errors over all of them."""
    speeds = {hertz: _speed(house(hertz, SECONDS, seed=3)) for hertz in SPEEDS_HZ}
    worst = min(speeds, key=speeds.__getitem__)
    wave = house(worst, PEER_SECONDS, seed=3)
    peer = _peer_speed(wave, 28)
    peer_column = 1 / (_peer_speed(wave, 3) * 6)
    figures = [
        Figure(
            "metrology.speed",
            speeds[worst],
            "x real time",
            ">= 500",
            f"pqopen-lib 0.10.5, 28 currents, at {worst:g} Hz: {peer:.1f}",
            round(speeds[worst] / peer, 1),
            REPEATS,
        ),
        Figure(
            "metrology.per_column",
            1e6 / (speeds[worst] * COLUMNS),
            "us per second of samples",
            None,
            f"pqopen-lib 0.10.5, 3 voltages and 3 currents: {1e6 * peer_column:.0f}",
            round(1 / (speeds[worst] * COLUMNS * peer_column), 4),
            REPEATS,
        ),
    ]
    figures += [Figure(f"metrology.speed_{hertz:g}Hz", speed, "x real time") for hertz, speed in speeds.items()]
    return figures + _errors()


Shone = Callable[[NDArray[np.float32], float], object]


def _whole(wave: Wave, nominal_hz: int = 50) -> tuple[Analyser, Callable[[Window], object], Shone]:
    """An analyser for ``wave``, all that is made of each window, and what is made of each block."""
    points = [Point(column, PHASES[column % 3], _crooked()) for column in range(28)]
    circuits = Circuits(points, voltages_of(points, "3x400+N", 3))
    counters, watch = Counters(28, [(0, 1, 2), (3, 4, 5)]), Watch(230.0)
    flicker = Flicker(3, RATE_HZ, nominal_hz, 230.0)

    def shone(samples: NDArray[np.float32], ends_s: float) -> object:
        return flicker.add(samples[:, :3], ends_s)

    def made(window: Window) -> object:
        values = circuits.quantities(window)
        counters.add(values.power_w, window.duration_s)
        watch.add(window.half_cycles_v, window.start / RATE_HZ, window.duration_s)
        return values, unbalance(window), line_voltages(window)

    return Analyser(Inputs(3, 28, RATE_HZ, nominal_hz)), made, shone


def _crooked() -> Transformer:
    return Transformer(RANGE_A, 1.002, ((0.1, 2.0), (1.0, 1.2), (100.0, 0.4)))


def _speed(wave: Wave) -> float:
    """Seconds of samples in a second of computing, the median of some runs."""
    taken = []
    for _ in range(REPEATS):
        analyser, made, shone = _whole(wave)
        for window in analyser.feed(wave.samples[:BLOCK]):
            made(window)
        begin = time.perf_counter()
        for at in range(BLOCK, len(wave.samples), BLOCK):
            block = wave.samples[at : at + BLOCK]
            shone(block, (at + len(block)) / RATE_HZ)
            for window in analyser.feed(block):
                made(window)
        taken.append(time.perf_counter() - begin)
    return (len(wave.samples) - BLOCK) / RATE_HZ / sorted(taken)[REPEATS // 2]


def _peer_speed(wave: Wave, currents: int) -> float:
    """The same of pqopen-lib, for the first ``currents``."""
    size = len(wave.samples) + BLOCK
    buffers = [AcqBuffer(size=size) for _ in range(3 + currents)]
    system = PowerSystem(zcd_channel=buffers[0], input_samplerate=RATE_HZ)
    for column in range(currents):
        system.add_phase(u_channel=buffers[column % 3], i_channel=buffers[3 + column])
    system.enable_harmonic_calculation(num_harmonics=40)
    taken = 0.0
    for at in range(0, len(wave.samples), BLOCK):
        begin = time.perf_counter()
        for buffer, column in zip(buffers, wave.samples[at : at + BLOCK].T, strict=False):
            buffer.put_data(column)
        system.process()
        taken += time.perf_counter() - begin if at else 0.0
    return (len(wave.samples) - BLOCK) / RATE_HZ / taken


def _errors() -> list[Figure]:
    """The worst of each quantity over all frequencies: percent of S, of the reading, mHz, points."""
    worst = dict.fromkeys(("power", "reactive", "voltage", "current", "frequency", "thd"), 0.0)
    for hertz, nominal in ERRORS_HZ:
        wave = house(hertz, 1.4, seed=round(hertz * 10))
        windows = Analyser(Inputs(3, 28, RATE_HZ, nominal)).feed(wave.samples)[:5]
        for name, error in _error(wave, windows).items():
            worst[name] = max(worst[name], error)
    limits = {
        "power": ("% of S", "<= 0.05"),
        "reactive": ("% of S", "<= 0.05"),
        "voltage": ("%", "<= 0.05"),
        "current": ("of its limit", "<= 1"),
        "frequency": ("mHz", "<= 5"),
        "thd": ("points", "<= 0.1"),
    }
    return [Figure(f"metrology.{name}_error", worst[name], *limits[name]) for name in worst]


def _error(wave: Wave, windows: list[Window]) -> dict[str, float]:
    rms = np.sqrt(np.mean([window.rms**2 for window in windows], axis=0))
    power = np.mean([window.products[:, 3:] for window in windows], axis=0)
    pairs = [window.phasors[:3, 1, None] * window.phasors[3:, 1].conj()[None, :] for window in windows]
    large = wave.rms[3:] >= LARGE * RANGE_A
    limit_a = 0.0005 * wave.rms[3:] + 0.00005 * RANGE_A
    loud = np.concatenate([[True] * 3, large])
    thd = [np.sqrt((w.groups[:, 2:].astype(float) ** 2).sum(1)) / w.groups[:, 1] for w in windows]
    return {
        "power": 100 * float(np.max((np.abs(power - wave.power_w) / wave.apparent_va)[:, large])),
        "reactive": 100
        * float(np.max((np.abs(np.mean(pairs, axis=0).imag - wave.reactive_var) / wave.apparent_va)[:, large])),
        "voltage": 100 * float(np.max(np.abs(rms / wave.rms - 1)[:3])),
        "current": float(np.max(np.abs(rms - wave.rms)[3:] / limit_a)),
        "frequency": 1000 * max(abs(window.frequency_hz - wave.frequency_hz) for window in windows),
        "thd": 100 * float(np.max(np.abs(np.mean(thd, axis=0) - wave.thd)[loud])),
    }
