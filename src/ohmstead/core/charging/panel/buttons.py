"""Both button models (EV-033 to EV-043, G-046, G-047): what pressing means, by how long.

=================  ================  =======================================================
held for           one button        five buttons
=================  ================  =======================================================
less than 1 s      a short press     a short press of that button
1 to 15 s          nothing           nothing
15 s, still held   restart           restart, for left and right together
30 s, still held   factory settings  factory settings, for left and right together
=================  ================  =======================================================

A short press counts when it is let go. Buttons that were held together are no short presses of their own. Who is not
heard for ``LEASE_S`` while a button is held has let go of nothing: that press is forgotten.
"""

from dataclasses import dataclass
from typing import Literal

from ohmstead.core.model.panel import Button

SHORT_S, RESTART_S, RESET_S = 1.0, 15.0, 30.0
LEASE_S = 2.0

Long = Literal["restart", "reset"]
Press = Button | Long

BOTH: frozenset[Button] = frozenset({"left", "right"})
ONE: frozenset[Button] = frozenset({"centre"})


@dataclass(frozen=True, slots=True)
class ButtonMemory:
    """``held`` since ``since_s``, heard last at ``heard_s``. ``spent``: these count no more until all are let go."""

    held: frozenset[Button] = frozenset()
    since_s: float = 0.0
    heard_s: float = 0.0
    spent: bool = False
    done: tuple[Long, ...] = ()


def press(
    memory: ButtonMemory, held: frozenset[Button], display: bool, now_s: float
) -> tuple[ButtonMemory, tuple[Press, ...]]:
    """``memory`` with these buttons ``held`` at ``now_s``, and what that means; ``display`` tells the model."""
    if not display:
        held &= ONE
    if memory.held and now_s - memory.heard_s > LEASE_S:
        memory = ButtonMemory()
    if held == memory.held:
        done, found = _thresholds(memory, display, now_s)
        return ButtonMemory(held, memory.since_s, now_s, memory.spent, done), found
    if not held:
        short = memory.held and not memory.spent and now_s - memory.since_s < SHORT_S and len(memory.held) == 1
        done, found = _thresholds(memory, display, now_s)
        return ButtonMemory(), (*found, *memory.held) if short else found
    return ButtonMemory(held, now_s, now_s, spent=bool(memory.held) or len(held) > 1), ()


def _thresholds(memory: ButtonMemory, display: bool, now_s: float) -> tuple[tuple[Long, ...], tuple[Press, ...]]:
    """The thresholds that were reached so far, and those of them that are new."""
    counts = memory.held == (BOTH if display else ONE)
    age_s = now_s - memory.since_s
    rows: tuple[tuple[Long, float], ...] = (("restart", RESTART_S), ("reset", RESET_S))
    reached: tuple[Long, ...] = tuple(name for name, after_s in rows if counts and age_s >= after_s - 1e-9)
    return reached, tuple(name for name in reached if name not in memory.done)
