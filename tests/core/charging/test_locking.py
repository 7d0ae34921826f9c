"""The lock of a socket that does not move: by physics, and by what it is commanded at each look (D5)."""

from dataclasses import replace

import pytest

from ohmstead.core.charging.locking import RETRIES, RETRY_S, STILL, driven
from ohmstead.core.plant.board import MOTOR_S
from ohmstead.core.plant.flaws import Flaw
from tests.core.charging.rig import Rig


def jammed_shut() -> Rig:
    """A charge has ended, and the lock does not let the plug go."""
    rig = Rig(cable_a=32.0).charging().hurt(Flaw.JAMMED_LOCK).wish(paused=True)
    rig.until(lambda r: r.codes == ("D5",), 20)
    assert rig.board.locked
    return rig


@pytest.mark.req("EV-242", "EV-237")
def test_a_lock_that_does_not_move_is_driven_anew_every_five_seconds() -> None:
    rig = jammed_shut().run(7)
    rig.heal()
    assert 0 < rig.until(lambda r: not r.board.locked, 10) <= RETRY_S + MOTOR_S
    assert rig.run(1).codes == ("D5",)
    rig.attempt = True
    assert rig.run(1).codes == ()


@pytest.mark.req("EV-242", "G-038")
def test_after_five_tries_the_lock_rests_until_somebody_attempts_to_recover() -> None:
    rig = jammed_shut().run(RETRY_S * RETRIES + 2)
    rig.heal()
    rig.run(60)
    assert rig.board.locked
    assert rig.codes == ("D5",)
    rig.attempt = True
    assert rig.until(lambda r: not r.board.locked, 10) <= RETRY_S + MOTOR_S
    rig.attempt = True
    assert rig.run(1).codes == ()


def test_a_lock_that_is_where_it_should_be_or_holds_closed_contacts_is_left_alone() -> None:
    rig = Rig(cable_a=32.0).charging()
    assert rig.seen is not None
    board = replace(rig.seen, contactor_closed=False)
    told = [driven(STILL, wanted, board, 1000.0) for wanted in (True, False)]
    assert [lock for _, lock in told] == [True, False]
    memory, commands = STILL, []
    for second in range(60):
        memory, lock = driven(memory, False, rig.seen, float(second))
        commands.append(lock)
    assert not any(commands), "its contactor is closed"
    for second in range(60):
        memory, lock = driven(memory, False, board, float(second))
        commands.append(lock)
    assert [at - 60 for at, lock in enumerate(commands) if lock] == [5, 10, 15, 20, 25]
