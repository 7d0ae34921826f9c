"""What a meter of samples promises: values within their limits at every frequency, and no energy between windows."""

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from bench.waves import RANGE_A, RATE_HZ, Wave, house
from ohmstead.core.metrology.analyser import Analyser, Inputs, Window
from ohmstead.core.metrology.energy import Counters
from ohmstead.core.metrology.points import Point, Transformer, voltages_of
from ohmstead.core.metrology.quantities import Circuits

FIFTY = (42.5, 43.17, 46.9, 49.77, 50.0, 50.123, 53.3, 57.43, 57.5)
SIXTY = (57.0, 58.31, 59.94, 60.0, 61.7, 63.0)
PERCENT = 0.01


@dataclass(frozen=True)
class Second:
    """Windows of about a second, on the mean."""

    windows: tuple[Window, ...]

    def mean(self, name: str) -> NDArray[np.float64]:
        return np.asarray(np.mean([getattr(window, name) for window in self.windows], axis=0))

    @property
    def rms(self) -> NDArray[np.float64]:
        return np.asarray(np.sqrt(np.mean([window.rms**2 for window in self.windows], axis=0)))


def listen(wave: Wave, nominal_hz: int) -> Second:
    analyser = Analyser(Inputs(3, wave.samples.shape[1] - 3, RATE_HZ, nominal_hz))
    found: list[Window] = []
    for begin in range(0, len(wave.samples), 1_000):
        found += analyser.feed(wave.samples[begin : begin + 1_000])
    return Second(tuple(found[:5]))


@pytest.mark.parametrize(("frequency", "nominal"), [(f, 50) for f in FIFTY] + [(f, 60) for f in SIXTY])
def test_values_of_a_second_hold_their_limits_at_every_frequency(frequency: float, nominal: int) -> None:
    wave = house(frequency, 1.4, seed=round(frequency * 100))
    second = listen(wave, nominal)
    assert all(window.followed for window in second.windows)
    assert max(abs(window.frequency_hz - frequency) for window in second.windows) < 0.005

    volts, amperes = np.abs(second.rms / wave.rms - 1)[:3], np.abs(second.rms - wave.rms)[3:]
    assert volts.max() < 0.05 * PERCENT
    assert np.all(amperes < 0.05 * PERCENT * wave.rms[3:] + 0.005 * PERCENT * RANGE_A)

    power = np.abs(second.mean("products")[:, 3:] - wave.power_w)
    floor = 0.005 * PERCENT * RANGE_A * 230
    assert np.all(power < 0.05 * PERCENT * wave.apparent_va + floor)
    large = wave.rms[3:] >= RANGE_A / 100
    assert np.max((power / wave.apparent_va)[:, large]) < 0.05 * PERCENT

    reactive = [np.imag(w.phasors[:3, 1, None] * w.phasors[3:, 1].conj()[None, :]) for w in second.windows]
    assert np.max((np.abs(np.mean(reactive, axis=0) - wave.reactive_var) / wave.apparent_va)[:, large]) < 0.05 * PERCENT


@pytest.mark.parametrize("frequency", [42.5, 47.31, 50.0, 57.5])
def test_harmonics_and_distortion_are_right_within_a_tenth_of_a_point(frequency: float) -> None:
    wave = house(frequency, 0.8, seed=7, amperes=(1.0, RANGE_A))
    for window in listen(wave, 50).windows:
        thd = np.sqrt((window.groups[:, 2:].astype(float) ** 2).sum(1)) / window.groups[:, 1]
        assert np.max(np.abs(thd - wave.thd)) < 0.001
        fundamental = np.abs(wave.phasors[:, 1])
        assert np.max(np.abs(window.groups[:, 1:] - np.abs(wave.phasors[:, 1:])) / fundamental[:, None]) < 0.001


@pytest.mark.parametrize("frequency", [43.17, 50.0, 57.43])
def test_without_noise_the_windows_themselves_add_no_error_to_speak_of(frequency: float) -> None:
    wave = house(frequency, 0.8, converter=False)
    for window in listen(wave, 50).windows:
        assert np.max(np.abs(window.rms / wave.rms - 1)) < 1e-5
        assert np.max(np.abs(window.products[:, 3:] - wave.power_w) / wave.apparent_va) < 1e-5


def test_the_same_samples_give_the_same_windows_whatever_the_size_of_the_blocks() -> None:
    wave = house(49.3, 1.0, currents=2)
    stories = []
    for size in (1, 7, 160, 8_000):
        analyser = Analyser(Inputs(3, 2, RATE_HZ))
        stories.append(
            [w for at in range(0, len(wave.samples), size) for w in analyser.feed(wave.samples[at : at + size])]
        )
    assert len({len(story) for story in stories}) == 1
    for story in stories[1:]:
        for one, other in zip(story, stories[0], strict=True):
            np.testing.assert_allclose(one.rms, other.rms, rtol=1e-9)
            assert one.start == pytest.approx(other.start, abs=1e-6)


def test_windows_follow_a_frequency_that_drifts() -> None:
    time = np.arange(int(20 * RATE_HZ)) / RATE_HZ
    frequency = 50 + 2.0 * np.sin(2 * np.pi * time / 20)
    angle = 2 * np.pi * np.cumsum(frequency) / RATE_HZ
    samples = (230 * np.sqrt(2) * np.cos(angle[:, None] - np.array([0, 2.0944, 4.18879]))).astype(np.float32)
    for window in Analyser(Inputs(3, 0, RATE_HZ)).feed(samples):
        middle = window.start + window.duration_s * RATE_HZ / 2
        assert window.frequency_hz == pytest.approx(frequency[int(middle)], abs=0.005)
        assert window.rms == pytest.approx(230.0, rel=2e-4)


def test_energy_of_a_day_closes_below_one_part_in_a_million() -> None:
    """A quarter of an hour of windows, played on over the minutes of a day: what drifts would show as well."""
    wave = house(50.07, 12.0, currents=3, amperes=(0.1, 40.0), converter=False)
    points = [Point(column, "L1", Transformer(RANGE_A)) for column in range(3)]
    circuits = Circuits(points, voltages_of(points, "3x400+N", 3))
    windows = Analyser(Inputs(3, 3, RATE_HZ)).feed(wave.samples)
    values = [(circuits.quantities(window).power_w, window.duration_s) for window in windows]
    counters, seconds = Counters(3), 0.0
    while seconds < 86_400:
        for power_w, duration_s in values:
            counters.add(power_w, duration_s)
            seconds += duration_s
    truth = wave.power_w[0] * seconds
    counted = counters.import_j - counters.export_j
    assert np.max(np.abs(counted - truth) / (wave.apparent_va[0] * seconds)) < 1e-6


def test_a_load_is_summed_before_its_sign_is_split() -> None:
    counters = Counters(3, [(0, 1, 2)])
    for _ in range(18_000):
        counters.add(np.array([1_000.0, -400.0, -100.0]), 0.2)
    assert counters.import_j.tolist() == [3_600_000, 0, 0, 1_800_000]
    assert counters.export_j.tolist() == [0, 1_440_000, 360_000, 0]
