"""Other ways of charging on a site's own past: read from its store, decided in a process of its own."""

from datetime import timedelta
from pathlib import Path

import pytest

from ohmstead.core.backtest.comparison import Comparison
from ohmstead.core.model.errors import CommandRefused
from ohmstead.drivers.virtual_time import VirtualClock, run_virtual
from ohmstead.site.start import kept_settings
from ohmstead.site.what_if import WhatIf
from ohmstead.store.store import Store
from tests.cli.test_backtest import NOON, lived

LATER = NOON + timedelta(hours=3)


def compared(url: str, days: int, workers: int = 0) -> Comparison:
    async def main(clock: VirtualClock) -> Comparison:
        await clock.outside(lived(url))
        store = await clock.outside(Store.open(url, "test-house", "Europe/Rome"))
        settings = await clock.outside(kept_settings(store))

        async def read(channels, span, start, end, kinds):  # type: ignore[no-untyped-def]  # — as House.read
            return await store.read(channels, span, start, end, quantities=kinds)

        from ohmstead.site.sessions import Sessions

        async def keep() -> None:
            """Nothing changes."""

        sessions = Sessions(settings, clock, lambda event: None, keep, lambda: store)
        what_if = WhatIf(lambda: settings, clock, read, sessions, workers)
        what_if.begin("garage", days, "user")
        with pytest.raises(CommandRefused):
            what_if.begin("garage", days, "user")
        assert what_if._task is not None
        await what_if._task
        await clock.outside(store.close())
        return what_if.comparison

    return run_virtual(main, LATER)


@pytest.mark.parametrize("workers", [0, 1])
def test_each_way_is_told_with_what_it_would_have_made_of_the_visit(tmp_path: Path, workers: int) -> None:
    seen = compared(f"sqlite:///{tmp_path / 'ohmstead.sqlite'}", 1, workers)
    assert (seen.state, seen.visits, seen.share) == ("done", 1, 1.0)
    ways = {one.name: one for one in seen.outcomes}
    assert list(ways) == ["solar", "hybrid-75", "fast", "night"]
    assert ways["fast"].missed_j == pytest.approx(0.0, abs=1.0)
    assert ways["night"].energy_j == 0
    assert ways["solar"].solar_share == pytest.approx(1.0)
    assert seen.start is not None
    assert timedelta() <= NOON - seen.start <= timedelta(minutes=5)
