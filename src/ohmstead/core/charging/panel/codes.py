"""Access codes of the display: who guesses is locked out, ever longer (EV-214, EV-215, G-049)."""

from dataclasses import dataclass, replace

TRIES = 5
"""Wrong entries before the lock."""
LOCK_S, LONGEST_LOCK_S = 60.0, 900.0


@dataclass(frozen=True, slots=True)
class CodeMemory:
    """``wrong`` entries in a row since the last lock, ``locks`` in a row; moments on the monotonic clock."""

    wrong: int = 0
    locks: int = 0
    locked_until_s: float = 0.0

    def left_s(self, now_s: float) -> float:
        """How long no code is taken yet."""
        return max(0.0, self.locked_until_s - now_s)


def entered(memory: CodeMemory, right: bool, now_s: float) -> CodeMemory:
    """``memory`` after an entry at ``now_s``, which is not taken while it is locked."""
    if memory.left_s(now_s) > 0:
        return memory
    if right:
        return CodeMemory()
    if memory.wrong + 1 < TRIES:
        return replace(memory, wrong=memory.wrong + 1)
    lock_s = min(LONGEST_LOCK_S, LOCK_S * 2**memory.locks)
    return CodeMemory(0, memory.locks + 1, now_s + lock_s)
