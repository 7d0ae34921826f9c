"""Real time for a world: it is moved to now whenever someone looks, and in between by a beat.

Time is taken from the loop's clock and never added up from sleeps, so nothing drifts. After a pause of the whole
machine the world goes on from where it was, a few seconds later at most, instead of living through it all at once.

Who looks moves everything there is, so many boards that are read twenty times a second each would move all the others
at every read. A large world therefore moves in steps as long as its chargers are many, 10 ms for a hundred.
"""

import asyncio
from collections.abc import Callable

from ohmstead.core.plant.world import World

BEAT_S = 0.02
CATCH_UP_S = 5.0
_LEAST_S, _LEAST_S_PER_CHARGER = 0.001, 0.0001


class Pace:
    """Keeps ``world`` at ``now()``."""

    def __init__(self, world: World, now: Callable[[], float], beat_s: float = BEAT_S) -> None:
        """The world's present is now. A longer beat is for virtual time, where what happens between costs nothing."""
        self._world = world
        self._now = now
        self._beat_s = beat_s
        self._catch_up_s = max(CATCH_UP_S, 2 * beat_s)
        self._ahead_s = world.elapsed_s - now()
        self._least_s = max(_LEAST_S, _LEAST_S_PER_CHARGER * len(world.settings.chargers))

    def sync(self) -> World:
        """The world, moved to now (to the millisecond; a large one to 10 ms)."""
        behind = self._now() + self._ahead_s - self._world.elapsed_s
        if behind > self._catch_up_s:
            self._ahead_s -= behind - self._catch_up_s
            behind = self._catch_up_s
        if behind >= self._least_s:
            self._world.step(behind)
        return self._world

    async def run(self, each: Callable[[], None]) -> None:
        """Move the world each beat until cancelled, and call ``each`` after it."""
        due = self._now()
        while True:
            self.sync()
            each()
            due = max(due + self._beat_s, self._now())
            await asyncio.sleep(due - self._now())
