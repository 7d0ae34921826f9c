"""Gas and water: what is taken each day is counted in whole pulses, and never runs back."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ohmstead.core.plant.settings import Draw, UtilitySettings
from ohmstead.core.plant.utility import Utility

GAS = UtilitySettings("gas", "gas", 100.0, 0.01, (Draw(3600.0, 600.0, 0.5), Draw(85_000.0, 3000.0, 1.0)))


def after(seconds: int, own: UtilitySettings = GAS, seed: int = 1) -> Utility:
    utility = Utility(own, seed)
    for second in range(seconds):
        utility.step(second, second % 86_400)
    return utility


def test_a_day_takes_about_what_its_draws_say() -> None:
    utility = after(2 * 86_400)
    assert 100 + 0.8 * 2.5 < utility.volume_m3 < 100 + 1.2 * 3.0
    assert utility.pulses == int((utility.volume_m3 - 100) / 0.01 + 1e-9)


def test_the_same_seed_takes_the_same_and_each_day_is_a_little_different() -> None:
    assert after(90_000).volume_m3 == after(90_000).volume_m3
    first, second = after(80_000).volume_m3 - 100, after(2 * 86_400 - 5_000).volume_m3 - after(86_400 + 1700).volume_m3
    assert first != second


@given(st.integers(0, 7200), st.integers(1, 2000))
@settings(max_examples=20, deadline=None)
def test_pulses_never_run_back_and_lag_the_volume_by_less_than_one(start: int, seconds: int) -> None:
    utility = Utility(GAS, 3)
    last = 0
    for second in range(start, start + seconds):
        utility.step(second, second % 86_400)
        assert last <= utility.pulses <= (utility.volume_m3 - 100) / 0.01 + 1e-6 < utility.pulses + 1.001
        last = utility.pulses
