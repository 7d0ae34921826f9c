"""What is kept of a session's explanations: each change, and never too many."""

from ohmstead.core.control.timeline import MOST, Timeline, follow
from ohmstead.core.model.grants import Explanation, Grant, Limit
from ohmstead.core.model.reasons import Reason
from tests.core.control.builders import at


def told(line: Timeline | None, second: float, name: str, current_a: float = 6.0, session: str = "s1") -> Timeline:
    """One more second in which the limit ``name`` won."""
    limit = Limit(name, current_a, Reason(f"limit.{name}"))
    now = at(second)
    grant = Grant(current_a, ("L1",), name, limit.reason, now.plus(10))
    return follow(line, session, grant, Explanation("green", None, None, (limit,), limit), now)


def test_only_changes_are_kept_and_a_new_session_begins_anew() -> None:
    line = None
    for second in range(100):
        line = told(line, second, "user" if second < 50 else "session", 6 + second / 100)
    assert line is not None
    assert [(one.limited_by, one.at) for one in line.told] == [("user", at(0).utc), ("session", at(50).utc)]
    assert len(told(line, 101, "user", session="s2").told) == 1


def test_what_lasts_a_moment_is_replaced_by_what_follows() -> None:
    line = told(told(told(None, 0, "user"), 60, "ramp"), 63, "session")
    assert [(one.limited_by, one.at) for one in line.told] == [("user", at(0).utc), ("session", at(63).utc)]
    line = told(told(line, 100, "ramp"), 104, "session")
    assert [one.limited_by for one in line.told] == ["user", "session"]


def test_it_never_grows_beyond_its_bound_and_keeps_begin_end_and_what_lasted_long() -> None:
    line, second = None, 0
    for turn in range(500):
        line = told(line, second, "user" if turn % 2 else "session")
        second += 1000 if turn in (7, 300) else 15
    assert line is not None
    assert len(line.told) == MOST
    assert line.told[0].at == at(0).utc
    gaps = sorted((b.at - a.at).total_seconds() for a, b in zip(line.told, line.told[1:], strict=False))
    assert gaps[-2] >= 1000
