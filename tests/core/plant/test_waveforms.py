"""Waveforms of a building: their sizes, their continuity, and what badly put clamps make of them."""

import numpy as np
import pytest

from ohmstead.core.plant.clamps import ClampSettings, Scene, WaveSettings
from ohmstead.core.plant.waveforms import Waves

RATE = 8000.0
SCENE = Scene(50.0, (230 + 0j,), (10 + 0j, 5j))


def drawn(*clamps: ClampSettings, seconds: float = 0.2, scene: Scene = SCENE, pieces: int = 1) -> np.ndarray:
    waves = Waves(WaveSettings(RATE, clamps, voltage_noise_v=0.0))
    count = int(seconds * RATE) // pieces
    return np.concatenate([waves.render(scene, count) for _ in range(pieces)])


def rms(wave: np.ndarray) -> float:
    return float(np.sqrt((wave**2).mean()))


quiet = {"noise_a": 0.0, "harmonics": {}}
plain = ClampSettings(**quiet)


def test_stretches_join_without_a_jump_and_the_story_is_the_same_again() -> None:
    whole, cut = drawn(ClampSettings(), plain), drawn(ClampSettings(), plain, pieces=8)
    assert whole == pytest.approx(cut, abs=1e-6)


def test_gain_direction_and_phase_error_are_in_the_wave() -> None:
    seen = drawn(plain, ClampSettings(**quiet, gain=1.1, reversed=True, phase_error_deg=90.0))
    assert rms(seen[:, 1]) == pytest.approx(10, rel=1e-6)
    assert rms(seen[:, 2]) == pytest.approx(5.5, rel=1e-6)
    assert (seen[:, 0] * seen[:, 2]).mean() == pytest.approx(230 * 5.5, rel=1e-6)


@pytest.mark.req("EM-347")
def test_swapped_open_and_clipped_transformers_show_what_they_would() -> None:
    swapped = drawn(ClampSettings(**quiet, sits_on=1), ClampSettings(**quiet, sits_on=0))
    assert (rms(swapped[:, 1]), rms(swapped[:, 2])) == (pytest.approx(5), pytest.approx(10))
    faulty = drawn(ClampSettings(open=True, noise_a=0.01), ClampSettings(**quiet, clips_at_a=4.0, dc_a=0.5))
    assert rms(faulty[:, 1]) == pytest.approx(0.01, rel=0.1)
    assert np.abs(faulty[:, 2]).max() == 4.0
    assert faulty[:, 2].mean() > 0.1


def test_harmonics_add_as_shares_and_an_inrush_fades() -> None:
    seen = drawn(ClampSettings(noise_a=0.0, harmonics={3: 0.3}), plain)
    assert rms(seen[:, 1]) == pytest.approx(10 * (1 + 0.09) ** 0.5, rel=1e-3)
    inrush = drawn(ClampSettings(**quiet, inrush=5.0), plain, seconds=1.0)[:, 1]
    assert np.abs(inrush[:80]).max() > 4 * 14.1
    assert rms(inrush[-800:]) == pytest.approx(10, rel=1e-3)
