"""Flicker against the test points of IEC 61000-4-15, and beside another implementation."""

import numpy as np
import pytest
from numpy.typing import NDArray
from pqopen.powerquality import VoltageFluctuation

from bench.waves import RATE_HZ
from ohmstead.core.metrology.flicker import INTERVAL_S, Flicker
from ohmstead.core.metrology.long_flicker import long_term
from ohmstead.core.model.sampled import FlickerSeverity

EUROPE, AMERICA = (230.0, 50), (120.0, 60)
RECTANGULAR: dict[tuple[float, int], tuple[tuple[float, float], ...]] = {
    EUROPE: ((1, 2.715), (2, 2.191), (7, 1.450), (39, 0.894), (110, 0.722), (1620, 0.407), (4000, 2.343)),
    AMERICA: ((1, 3.181), (2, 2.564), (7, 1.694), (39, 1.040), (110, 0.844), (1620, 0.548), (4800, 4.837)),
}
"""Changes a minute, and the depth in percent at which Pst is 1.00, within 5 % (Table 5)."""
POINTS = [(lamp, *row) for lamp, rows in RECTANGULAR.items() for row in rows]
BLOCK = 1_600
FIRST_S = 40.0
"""Where the streams below begin in their first ten minutes."""


def wave(
    lamp: tuple[float, int], changes: float, percent: float, seconds: float, rate_hz: float = RATE_HZ
) -> NDArray[np.float32]:
    volts, hertz = lamp
    time = np.arange(int(seconds * rate_hz)) / rate_hz
    deep = 1 + np.where((time * changes / 120) % 1 < 0.5, percent, -percent) / 200
    return (volts * np.sqrt(2) * deep * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


def severities(
    samples: NDArray[np.float32], lamp: tuple[float, int] = EUROPE, rate_hz: float = RATE_HZ, begin_s: float = 560.0
) -> list[FlickerSeverity]:
    """Of a stream whose first sample is of ``begin_s`` on the clock."""
    columns = samples.reshape(len(samples), -1)
    meter, told = Flicker(columns.shape[1], rate_hz, lamp[1], lamp[0]), []
    for at in range(0, len(columns), BLOCK):
        part = columns[at : at + BLOCK]
        told += [meter.add(part, begin_s + (at + len(part)) / rate_hz)]
    return [each for each in told if each is not None]


@pytest.mark.parametrize(("lamp", "changes", "percent"), POINTS)
def test_rectangular_changes_of_the_standards_table_have_a_severity_of_one(
    lamp: tuple[float, int], changes: float, percent: float
) -> None:
    first, second = severities(wave(lamp, changes, percent, 645.0), lamp)
    assert first.pst == (None,)
    assert second.ended_s == 2 * INTERVAL_S
    assert second.pst[0] == pytest.approx(1.0, rel=0.05)


@pytest.mark.parametrize("factor", [0.5, 2.0, 4.0])
def test_severity_grows_with_the_depth(factor: float) -> None:
    told = severities(wave(EUROPE, 39, 0.894 * factor, 645.0))
    assert told[-1].pst[0] == pytest.approx(factor, rel=0.05)


@pytest.mark.parametrize("rate_hz", [4_400.0, 5_333.3, 12_800.0])
def test_it_is_the_same_at_other_rates_of_samples(rate_hz: float) -> None:
    told = severities(wave(EUROPE, 110, 0.722, 645.0, rate_hz), rate_hz=rate_hz)
    assert told[-1].pst[0] == pytest.approx(1.0, rel=0.05)


def test_an_even_supply_has_next_to_none_also_beside_the_nominal_frequency_and_with_harmonics() -> None:
    time = np.arange(int(645 * RATE_HZ)) / RATE_HZ
    angle = 2 * np.pi * 49.87 * time
    volts = 325 * (np.cos(angle) + 0.04 * np.cos(5 * angle) + 0.02 * np.cos(9 * angle) + 0.02 * np.cos(11 * angle))
    assert severities(volts.astype(np.float32))[-1].pst[0] < 0.05


def test_each_voltage_has_its_own_severity_and_one_that_is_not_there_has_none_to_speak_of() -> None:
    quiet = wave(EUROPE, 39, 0.0, 645.0)
    told = severities(np.stack([wave(EUROPE, 39, 0.894, 645.0), quiet, 0 * quiet], axis=1))
    assert told[-1].pst[0] == pytest.approx(1.0, rel=0.05)
    assert told[-1].pst[1] < 0.05
    assert told[-1].pst[2] == 0.0


@pytest.mark.parametrize(("missing_s", "known"), [(0.5, True), (60.0, False)])
def test_a_gap_of_a_moment_leaves_a_value_and_a_longer_one_does_not(missing_s: float, known: bool) -> None:
    samples = wave(EUROPE, 39, 0.894, 1_245.0)
    meter, told, rate = Flicker(1, RATE_HZ, 50, 230.0), [], int(RATE_HZ)
    gap = 900 * rate
    for at in range(0, len(samples), BLOCK):
        if gap <= at < gap + missing_s * rate:
            meter.skip()
            continue
        part = samples[at : at + BLOCK, None]
        told += [meter.add(part, 560.0 + (at + len(part)) / RATE_HZ)]
    *_, last = [each for each in told if each is not None]
    assert (last.pst[0] is not None) is known
    if known:
        assert last.pst[0] == pytest.approx(1.0, rel=0.05)


def test_a_clock_that_is_set_begins_its_ten_minutes_anew() -> None:
    samples, meter = wave(EUROPE, 39, 0.894, 60.0)[:, None], Flicker(1, RATE_HZ, 50, 230.0)
    assert meter.add(samples, 590.0) is None
    assert meter.add(samples, 1_700_000_000.0) is None
    assert meter.add(samples[: int(RATE_HZ)], 1_700_000_001.0) is None


@pytest.mark.parametrize(("changes", "percent"), [(7, 1.9), (110, 0.5), (1620, 1.3)])
def test_another_implementation_says_the_same(changes: float, percent: float) -> None:
    samples = wave(EUROPE, changes, percent, 645.0)
    peer, cycle = VoltageFluctuation(RATE_HZ), int(RATE_HZ / 100)
    halves = np.sqrt((samples.reshape(-1, cycle).astype(float) ** 2).mean(axis=1))
    for at in range(0, len(samples), BLOCK):
        peer.process(at, halves[at // cycle : (at + BLOCK) // cycle], samples[at : at + BLOCK].astype(float))
    theirs = peer.calc_pst(int(FIRST_S * RATE_HZ), len(samples))
    assert severities(samples)[-1].pst[0] == pytest.approx(theirs, rel=0.02)


def test_the_long_term_severity_is_the_cubic_mean_of_two_hours_without_a_gap() -> None:
    assert long_term([0.5] * 12) == pytest.approx(0.5)
    assert long_term([0.0] * 11 + [1.2]) == pytest.approx(1.2 / 12 ** (1 / 3))
    assert long_term([0.5] * 11) is None
    assert long_term([0.5] * 11 + [None]) is None
