"""Dips, swells, interruptions; a mains that goes away; samples that are missing."""

import numpy as np
import pytest
from numpy.typing import NDArray

from bench.waves import RATE_HZ
from ohmstead.core.metrology.analyser import Analyser, Inputs
from ohmstead.core.metrology.disturbances import Disturbance, Watch

Levels = tuple[float, float, float]
TURN_RAD = 2 * np.pi / 3


def mains(seconds: float, *changes: Levels, hertz: float = 50.0) -> NDArray[np.float32]:
    """A voltage of 230 V, from and to so many seconds at another one."""
    return supply(seconds, changes, hertz=hertz)


def supply(seconds: float, *phases: tuple[Levels, ...], hertz: float = 50.0) -> NDArray[np.float32]:
    """The same for each phase."""
    time = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    columns = []
    for number, changes in enumerate(phases):
        volts = np.full_like(time, 230.0)
        for begin, end, level in changes:
            volts[(time >= begin) & (time < end)] = level
        columns.append(np.sqrt(2) * volts * np.cos(2 * np.pi * hertz * time - number * TURN_RAD))
    return np.stack(columns, axis=1).astype(np.float32)


def watch(samples: NDArray[np.float32], watching: Watch | None = None) -> list[Disturbance]:
    watching, seen = watching or Watch(230.0), []
    for window in Analyser(Inputs(samples.shape[1], 0, RATE_HZ)).feed(samples):
        seen += watching.add(window.half_cycles_v, window.start / RATE_HZ, window.duration_s)
    return seen


@pytest.mark.parametrize(("level", "kind"), [(184.0, "dip"), (11.5, "interruption"), (264.5, "swell")])
@pytest.mark.parametrize("cycles", [2, 5, 25])
def test_a_disturbance_is_told_with_its_time_length_and_depth(level: float, kind: str, cycles: int) -> None:
    (seen,) = watch(mains(3.0, (1.0, 1.0 + cycles * 0.02, level)))
    assert seen.kind == kind
    assert seen.terminals == (0,)
    assert seen.whole
    assert seen.began_s == pytest.approx(1.0, abs=0.021)
    assert seen.duration_s == pytest.approx(cycles * 0.02, abs=0.031)
    assert seen.extreme_v == pytest.approx(level, rel=0.01)


@pytest.mark.parametrize("hertz", [42.7, 49.83, 57.3])
def test_a_dip_is_measured_right_at_other_frequencies(hertz: float) -> None:
    (seen,) = watch(mains(3.0, (1.0, 1.3, 161.0), hertz=hertz))
    assert seen.kind == "dip"
    assert seen.duration_s == pytest.approx(0.3, abs=0.031)
    assert seen.extreme_v == pytest.approx(161.0, rel=0.005)


def test_a_dip_that_wanders_over_the_phases_is_one() -> None:
    """IEC 61000-4-30: it begins with the first voltage below the threshold and is over when all are back."""
    samples = supply(3.0, ((1.0, 1.2, 190.0),), ((1.1, 1.4, 170.0),), ())
    (seen,) = watch(samples)
    assert (seen.kind, seen.terminals) == ("dip", (0, 1))
    assert seen.began_s == pytest.approx(1.0, abs=0.021)
    assert seen.duration_s == pytest.approx(0.4, abs=0.031)
    assert seen.extreme_v == pytest.approx(170.0, rel=0.01)


def test_it_is_an_interruption_only_where_all_voltages_are_gone_together() -> None:
    (lost,) = watch(supply(2.0, ((1.0, 1.3, 0.0),), (), ()))
    assert (lost.kind, lost.terminals) == ("dip", (0,))
    (dark,) = watch(supply(3.0, ((1.0, 1.5, 0.0),), ((1.2, 1.5, 0.0),), ((1.1, 1.7, 0.0),)))
    assert (dark.kind, dark.terminals) == ("interruption", (0, 1, 2))
    assert dark.duration_s == pytest.approx(0.7, abs=0.031)


def test_behind_a_broken_neutral_a_dip_and_a_swell_run_at_the_same_time() -> None:
    seen = watch(supply(3.0, ((1.0, 2.0, 120.0),), ((1.0, 2.1, 300.0),), ()))
    assert [(one.kind, one.terminals) for one in seen] == [("dip", (0,)), ("swell", (1,))]
    assert [round(one.extreme_v) for one in seen] == [120, 300]


@pytest.mark.parametrize(("back", "count"), [(210.0, 1), (213.0, 2)])
def test_it_is_over_only_two_percent_beyond_the_threshold(back: float, count: int) -> None:
    """92 % of 230 V are 211.6 V: what comes back to less between two dips keeps them one."""
    assert len(watch(mains(3.0, (1.0, 1.2, 190.0), (1.2, 1.5, back), (1.5, 1.8, 190.0)))) == count


def test_one_that_runs_is_told_so_far_and_cut_where_samples_go_missing() -> None:
    watching = Watch(230.0)
    assert watch(mains(2.5, (1.0, 9.0, 190.0)), watching) == []
    (running,) = watching.running
    assert (running.kind, running.whole) == ("dip", False)
    assert running.duration_s == pytest.approx(1.4, abs=0.2)
    assert watching.cut() == [running]
    assert watching.cut() == []
    assert watch(mains(1.0), watching) == []


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
