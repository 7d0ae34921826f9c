"""Dips, swells, interruptions; a mains that goes away; samples that are missing."""

import numpy as np
import pytest
from numpy.typing import NDArray

from bench.waves import RATE_HZ
from ohmstead.core.metrology.analyser import Analyser, Inputs
from ohmstead.core.metrology.disturbances import Disturbance, Watch


def mains(seconds: float, *changes: tuple[float, float, float], hertz: float = 50.0) -> NDArray[np.float32]:
    """A voltage of 230 V, from and to so many seconds at another one."""
    time = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    volts = np.full_like(time, 230.0)
    for begin, end, level in changes:
        volts[(time >= begin) & (time < end)] = level
    return np.asarray(np.sqrt(2) * volts * np.cos(2 * np.pi * hertz * time), np.float32)[:, None]


def watch(samples: NDArray[np.float32]) -> list[Disturbance]:
    watching, seen = Watch(230.0), []
    for window in Analyser(Inputs(1, 0, RATE_HZ)).feed(samples):
        seen += watching.add(window.half_cycles_v, window.start / RATE_HZ, window.duration_s)
    return seen


@pytest.mark.parametrize(("level", "kind"), [(184.0, "dip"), (11.5, "interruption"), (264.5, "swell")])
@pytest.mark.parametrize("cycles", [2, 5, 25])
def test_a_disturbance_is_told_with_its_time_length_and_depth(level: float, kind: str, cycles: int) -> None:
    (seen,) = watch(mains(3.0, (1.0, 1.0 + cycles * 0.02, level)))
    assert seen.kind == kind
    assert seen.began_s == pytest.approx(1.0, abs=0.021)
    assert seen.duration_s == pytest.approx(cycles * 0.02, abs=0.031)
    assert seen.extreme_v == pytest.approx(level, rel=0.01)


def test_an_even_mains_and_one_within_its_band_tell_nothing() -> None:
    assert watch(mains(3.0)) == []
    assert watch(mains(3.0, (1.0, 2.0, 215.0))) == []


def test_windows_go_on_without_a_mains_and_say_so() -> None:
    windows = Analyser(Inputs(1, 0, RATE_HZ)).feed(mains(4.0, (1.0, 3.0, 0.0), hertz=49.0))
    dark = [window for window in windows if not window.followed]
    assert dark
    assert all(1.0 <= window.start / RATE_HZ < 3.0 for window in dark)
    assert windows[-1].followed
    assert windows[-1].rms[0] == pytest.approx(230.0, rel=1e-4)
    ends = [window.start + window.duration_s * RATE_HZ for window in windows]
    assert [window.start for window in windows[1:]] == pytest.approx(ends[:-1])


def test_no_window_is_made_over_samples_that_are_missing() -> None:
    analyser, samples = Analyser(Inputs(1, 0, RATE_HZ)), mains(4.0)
    first = analyser.feed(samples[:12_000])
    analyser.skip(4_000)
    rest = analyser.feed(samples[16_000:])
    assert first[-1].start + first[-1].duration_s * RATE_HZ <= 12_000
    assert rest[0].start >= 16_000
    assert all(window.rms[0] == pytest.approx(230.0, rel=1e-4) for window in first + rest)


@pytest.mark.parametrize(
    "inputs", [(0, 4, 8_000.0, 50), (4, 4, 8_000.0, 50), (3, 29, 8_000.0, 50), (3, 4, 4_000.0, 50), (3, 4, 8_000.0, 55)]
)
def test_inputs_that_cannot_be_measured_are_refused(inputs: tuple[int, int, float, int]) -> None:
    with pytest.raises(ValueError, match=r"allowed|nominal|need"):
        Inputs(*inputs)


def test_samples_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match=r"this stream has \(n, 4\)"):
        Analyser(Inputs(3, 1, RATE_HZ)).feed(np.zeros((100, 3), np.float32))
