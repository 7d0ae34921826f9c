"""What a charger says of itself, and what it leaves to its grant."""

import pytest

from ohmstead.core.charging import observe
from ohmstead.core.model.chargers import ChargerReading, ChargerState
from tests.core.charging.builders import IDENTITY, Bench


def seen(bench: Bench) -> ChargerReading:
    """The reading after the next step."""
    return observe(bench.step(), bench.snapshot(), IDENTITY, bench.settings)


@pytest.mark.req("G-023")
def test_a_pause_is_left_to_the_grant_to_tell() -> None:
    bench = Bench().charging()
    bench.wish(paused=True)
    bench.pilot, bench.closed = "B", False
    bench.run(8)
    reading = seen(bench)
    assert (reading.state, reading.problem) == (ChargerState.SUSPENDED, None)


@pytest.mark.req("EV-045")
def test_too_little_supply_is_left_to_the_grant_to_tell() -> None:
    bench = Bench(granted_a=0.0, limited_by="main_fuse.L1", pilot="B")
    bench.run(8)
    reading = seen(bench)
    assert (reading.state, reading.problem) == (ChargerState.CONNECTED_NO_CURRENT, None)


def test_what_only_the_charger_knows_is_told_by_it() -> None:
    bench = Bench(granted_a=16.0, pilot="D")
    bench.run(8)
    reading = seen(bench)
    assert reading.state is ChargerState.SUSPENDED
    assert reading.problem is not None
    assert reading.problem.key == "limit.ventilation"
