"""The wall clock is doubted while it stands before what was recorded, and trusted again when it is set."""

from datetime import UTC, datetime, timedelta

import pytest

from ohmstead.core.model.time import Instant
from ohmstead.site.time_of_day import TimeOfDay

LAST = datetime(2026, 6, 21, 12, tzinfo=UTC)


class Wall:
    """A clock that something keeps right, or nothing does."""

    right: bool | None = False

    def now(self) -> Instant:
        return Instant(LAST, 0.0)

    async def outside(self, work):
        return await work

    def synchronised(self) -> bool | None:
        return self.right


def seen(hours: float, monotonic_s: float) -> Instant:
    """So many hours after what was recorded last."""
    return Instant(LAST + timedelta(hours=hours), monotonic_s)


@pytest.mark.req("G-002", "G-028")
def test_a_clock_behind_the_record_is_doubted_also_when_it_has_crept_past_it() -> None:
    time = TimeOfDay(Wall())
    time.recorded(LAST)
    assert not time.known(seen(-2, 0))
    assert not time.known(seen(-0.5, 5400))
    assert not time.known(seen(0.5, 9000))


@pytest.mark.req("G-002")
def test_it_is_known_again_when_someone_sets_it_or_the_network_does() -> None:
    clock = Wall()
    time = TimeOfDay(clock)
    time.recorded(LAST)
    assert not time.known(seen(-2, 0))
    assert time.known(seen(3, 1))
    assert not time.known(seen(-2, 2))
    clock.right = True
    assert time.known(seen(0.1, 7562))


def test_without_a_record_only_a_time_before_this_program_is_doubted() -> None:
    time = TimeOfDay(Wall())
    assert not time.known(Instant(datetime(1970, 1, 1, tzinfo=UTC), 0.0))
    assert time.known(seen(0, 1))
    assert time.known(seen(-48, 2))
