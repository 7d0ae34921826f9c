"""A process killed at any instant loses at most the row it was writing, and corrupts and doubles nothing."""

import sys
from datetime import timedelta
from pathlib import Path

import pytest

from tests.store.child import BEGIN, METERS, counter_j
from tests.store.kill import Round, examine, kill_rounds

CHILD = Path(__file__).with_name("child.py")


def check(rounds: list[Round]) -> None:
    for each in rounds:
        found = each.found
        assert found.complaints == ()
        assert found.last_at is not None
        assert each.promised is not None
        assert each.promised <= found.last_at <= each.promised + timedelta(seconds=1)
        assert found.rows == (found.last_at - BEGIN).total_seconds()
        assert found.counters == {meter: counter_j(meter, found.last_at) for meter in METERS}


@pytest.mark.req("G-009")
def test_ten_kills_lose_nothing_that_was_kept(tmp_path: Path) -> None:
    database = tmp_path / "site.db"
    check(kill_rounds([sys.executable, str(CHILD), f"sqlite:///{database}"], database, 10, seed=1, lives_s=(0.0, 0.3)))


@pytest.mark.soak
@pytest.mark.req("G-009")
def test_a_thousand_kills_lose_nothing_that_was_kept(tmp_path: Path) -> None:
    for part in range(20):
        database = tmp_path / f"site{part}.db"
        command = [sys.executable, str(CHILD), f"sqlite:///{database}"]
        check(kill_rounds(command, database, 50, seed=part, lives_s=(0.0, 0.6)))


def test_the_harness_sees_a_row_that_is_doubled_or_missing(tmp_path: Path) -> None:
    import sqlite3

    database = tmp_path / "site.db"
    command = [sys.executable, str(CHILD), f"sqlite:///{database}"]
    kill_rounds(command, database, 1, seed=3, lives_s=(1.2, 1.2))
    assert examine(database).complaints == ()
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE rollup SET import_j = import_j + 1 WHERE channel = 1")
        connection.execute("UPDATE tail SET body = zeroblob(length(body)) WHERE at = (SELECT max(at) FROM tail)")
    connection.close()
    assert any("from" in complaint for complaint in examine(database).complaints)
    assert "grid" in " ".join(examine(database).complaints)


def test_a_command_that_ends_by_itself_is_told(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="ended by itself"):
        kill_rounds([sys.executable, "-c", "pass"], tmp_path / "site.db", 1, seed=1)
