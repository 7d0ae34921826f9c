"""The link in use: the best that works, left after a minute, gone back to after five; mobile within its budget."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmstead.core.model.networks import KINDS, Link
from ohmstead.core.networks.budget import MONTH_BYTES, Traffic, dump, follow, load
from ohmstead.core.networks.choosing import LEAVE_S, RETURN_S, Choice, choose


def links(*working: str) -> tuple[Link, ...]:
    return tuple(Link(kind, kind, connected=kind in working, reaches=kind in working) for kind in KINDS)


def walked(*steps: tuple[float, tuple[str, ...]], allowed: bool = True) -> list[str | None]:
    memory, told = Choice(), []
    for at_s, working in steps:
        memory = choose(memory, links(*working), at_s, mobile_allowed=allowed)
        told.append(memory.using)
    return told


@pytest.mark.req("G-080")
@pytest.mark.parametrize(
    ("steps", "used"),
    [
        ([(0, ("wifi", "mobile"))], ["wifi"]),
        ([(0, ("ethernet", "wifi", "mobile"))], ["ethernet"]),
        ([(0, ())], [None]),
        ([(0, ("ethernet", "wifi")), (1, ("wifi",)), (60.9, ("wifi",)), (61, ("wifi",))], ["ethernet"] * 3 + ["wifi"]),
        ([(0, ("ethernet",)), (1, ()), (999, ())], ["ethernet"] * 3),
        ([(0, ("mobile",)), (1, ("wifi", "mobile")), (300.9, ("wifi", "mobile")), (301, ("wifi", "mobile"))],
         ["mobile"] * 3 + ["wifi"]),
        ([(0, ("mobile",)), (1, ("wifi", "mobile")), (200, ("mobile",)), (201, ("wifi", "mobile")),
          (400, ("wifi", "mobile")), (501, ("wifi", "mobile"))], ["mobile"] * 5 + ["wifi"]),
    ],
)  # fmt: skip
def test_the_best_that_works_is_used_without_haste(steps, used) -> None:
    assert walked(*steps) == used


@pytest.mark.req("EV-207")
def test_a_used_up_month_leaves_the_mobile_link_at_once() -> None:
    assert walked((0, ("mobile",)), allowed=False) == [None]
    before = choose(Choice(), links("mobile", "wifi"), 0)
    assert (
        choose(Choice("mobile", before.works_since), links("mobile", "wifi"), 1, mobile_allowed=False).using == "wifi"
    )


@pytest.mark.req("G-080")
@given(st.lists(st.tuples(st.floats(1, 200), st.sets(st.sampled_from(KINDS))), max_size=40))
def test_no_change_comes_sooner_than_the_rule_allows(steps) -> None:
    memory, now_s = Choice(), 0.0
    for wait_s, working in steps:
        now_s += wait_s
        before, memory = memory, choose(memory, links(*working), now_s)
        if before.using is not None and memory.using != before.using:
            silent_s = now_s - memory.silent_since.get(before.using, now_s)
            steady_s = now_s - memory.works_since[memory.using]
            assert silent_s >= LEAVE_S or steady_s >= RETURN_S
            assert memory.using in working


JUNE = datetime(2026, 6, 30, 23, 59, tzinfo=UTC)


@pytest.mark.req("EV-207", "G-081")
def test_traffic_is_counted_over_reconnections_and_begins_anew_with_the_month() -> None:
    memory = Traffic()
    for counter, used in ((1000, 1000), (5000, 5000), (None, 5000), (300, 5300), (200, 5500), (700, 6000)):
        memory = follow(memory, counter, JUNE)
        assert memory.used == used
    assert load(dump(memory)) == memory
    assert follow(memory, 900, JUNE + timedelta(minutes=2)) == Traffic("2026-07", 200, 900)
    assert Traffic("2026-06", MONTH_BYTES - 1).left
    assert not Traffic("2026-06", MONTH_BYTES).left
    with pytest.raises(ValueError, match="traffic"):
        load({"month": "2026-06"})
