"""The lock of a socket, driven anew while it is not where it was told to be (D5, EV-242).

A lock's motor runs for a moment after each command; a plug that was pulled at that moment, or sat askew, keeps it from
its end. So the command is taken back for one look and given again every 5 s, five times at most; a person's recovery
attempt begins anew. Closed contacts, welded ones too, keep the plug: then nothing is driven.
"""

from dataclasses import dataclass

from ohmstead.core.model.evse import BoardSnapshot

RETRY_S = 5.0
RETRIES = 5


@dataclass(frozen=True, slots=True)
class Driving:
    """``since`` the last command the lock has not been where it should; ``None`` while it is."""

    wanted: bool = False
    since: float | None = None
    tries: int = 0


STILL = Driving()


def driven(memory: Driving, wanted: bool, board: BoardSnapshot, now_s: float) -> tuple[Driving, bool]:
    """What the lock is commanded at this look so that it comes to ``wanted``."""
    if board.locked is None or board.locked is wanted or board.contactor_closed:
        return (memory if memory is STILL else STILL), wanted
    if memory.since is None or memory.wanted is not wanted:
        return Driving(wanted, now_s), wanted
    if memory.tries < RETRIES and now_s - memory.since >= RETRY_S - 1e-9:
        return Driving(wanted, now_s, memory.tries + 1), not wanted
    return memory, wanted
