"""What if: other ways of charging on a site's own past, one comparison at a time, beside its loops.

History is read bit by bit, and the decisions are taken in a process of its own that goes behind everything else.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from ohmstead.core.backtest.comparison import Comparison
from ohmstead.core.backtest.days import prices
from ohmstead.core.backtest.running import Stopped
from ohmstead.core.backtest.strategies import FAST, SOLAR, hybrid, night
from ohmstead.core.model.errors import CommandRefused, StoreError
from ohmstead.core.model.events import AccessRole
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.settings import Settings
from ohmstead.drivers.clock import Clock
from ohmstead.site.commands import reaches
from ohmstead.site.looking_back import LONGEST_DAYS, Past, Read, look_back
from ohmstead.site.sessions import Sessions

STRATEGIES = (SOLAR, hybrid(75), FAST, night())
_READING = 0.2
"""The part of the work that is reading."""


class WhatIf:
    """Owner of the comparison that runs, or ran last."""

    def __init__(
        self, settings: Callable[[], Settings], clock: Clock, read: Read, sessions: Sessions, workers: int = 1
    ) -> None:
        """``read`` is the site's. With ``workers`` 0 the decisions are taken in a thread of this process."""
        self._settings, self._clock, self._read, self._sessions = settings, clock, read, sessions
        self._workers = workers
        self._task: asyncio.Task[None] | None = None
        self._over = False
        self.comparison = Comparison()

    def begin(self, charger: str, days: int, role: AccessRole) -> None:
        """Compare the last ``days`` of ``charger``. Raises CommandRefused."""
        reaches(role, "user")
        if self._task is not None and not self._task.done():
            raise CommandRefused(Reason("backtest.busy"))
        if not 1 <= days <= LONGEST_DAYS:
            raise CommandRefused(Reason("backtest.days", {"came": days, "most": LONGEST_DAYS}))
        self.comparison = Comparison("reading", charger, days)
        self._task = asyncio.create_task(self._compare(charger, days), name="what if")

    async def close(self) -> None:
        """Stop what runs."""
        self._over = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _compare(self, charger: str, days: int) -> None:
        try:
            past = await self._clock.outside(self._look_back(charger, days))
            await self._clock.outside(asyncio.to_thread(self._side_by_side, charger, past))
        except (CommandRefused, StoreError) as error:
            self.comparison = replace(self.comparison, state="failed", reason=error.reason)
        except Stopped:
            self.comparison = Comparison()
        except Exception:
            self.comparison = replace(self.comparison, state="failed", reason=Reason("backtest.failed"))
            raise

    async def _look_back(self, charger: str, days: int) -> Past:
        end = self._clock.now().utc.replace(second=0, microsecond=0)
        start = end - timedelta(days=days)
        charges = await self._sessions.ended([charger], start, end)
        return await look_back(self._settings(), charger, self._read, charges, start, end, self._told_reading)

    def _side_by_side(self, charger: str, past: Past) -> None:
        """Blocks; runs in a thread that waits for the process."""
        from ohmstead.site.side_by_side import side_by_side

        days, tariff = past.days, self._sessions.tariff
        self.comparison = replace(
            self.comparison,
            state="running",
            start=days.start,
            end=days.at(days.minutes),
            visits=len(past.visits),
            wanted_j=sum(visit.wanted_j for visit in past.visits),
        )
        if not past.visits:
            raise CommandRefused(Reason("backtest.no_visits"))
        place = (self._settings(), charger)
        found = side_by_side(
            STRATEGIES, days, past.visits, prices(tariff, days), place, self._workers, self._told, lambda: self._over
        )
        self.comparison = replace(self.comparison, state="done", share=1.0, outcomes=found, currency=tariff.currency)

    def _told_reading(self, share: float) -> None:
        self.comparison = replace(self.comparison, share=_READING * share)

    def _told(self, share: float) -> None:
        self.comparison = replace(self.comparison, share=_READING + (1 - _READING) * share)
