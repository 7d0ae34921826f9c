"""Strategies side by side over the same days, in processes of their own: the loops of a site never wait for them."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from multiprocessing import get_context

from ohmstead.core.backtest.days import Days, Prices, Visit
from ohmstead.core.backtest.outcome import Outcome, joined
from ohmstead.core.backtest.parts import Part, parts
from ohmstead.core.backtest.running import Job, Stopped
from ohmstead.core.backtest.strategies import Strategy
from ohmstead.core.model.settings import Settings

PART_MIN = 5 * 1440
"""About so long is a part: short enough for a bar that moves, long enough to be worth sending."""
POLITE = 10
"""Niceness of the workers: whatever steers goes first."""


def side_by_side(
    strategies: Sequence[Strategy],
    days: Days,
    visits: Sequence[Visit],
    prices: Prices | None,
    place: tuple[Settings, str],
    workers: int,
    told: Callable[[float], object] = lambda share: None,
    stopped: Callable[[], bool] = lambda: False,
) -> tuple[Outcome, ...]:
    """An outcome per strategy, for the charger that ``place`` names in its settings.

    Blocks until all is done. With ``workers`` 0 it happens in this process. ``told`` hears the share that is done,
    0 to 1. Raises Stopped soon after ``stopped`` says so.
    """
    pieces = parts(days, visits, prices, max(1, workers, days.minutes // PART_MIN))
    settings, charger = place
    wanted = [(strategy, piece) for strategy in strategies for piece in pieces]
    jobs = [Job(strategy, piece, settings, charger) for strategy, piece in wanted]
    found = _here(jobs, told, stopped) if workers == 0 else _elsewhere(jobs, workers, told, stopped)
    return tuple(joined(strategy.name, _of(strategy, wanted, found), days.minutes) for strategy in strategies)


def _of(
    strategy: Strategy, wanted: Sequence[tuple[Strategy, Part]], found: Sequence[Outcome]
) -> list[tuple[int, Outcome]]:
    return [(piece.first, outcome) for (of, piece), outcome in zip(wanted, found, strict=True) if of is strategy]


def _here(jobs: Sequence[Job], told: Callable[[float], object], stopped: Callable[[], bool]) -> list[Outcome]:
    found = []
    for number, job in enumerate(jobs, start=1):
        if stopped():
            raise Stopped
        found.append(job.run())
        told(number / len(jobs))
    return found


def _elsewhere(
    jobs: Sequence[Job], workers: int, told: Callable[[float], object], stopped: Callable[[], bool]
) -> list[Outcome]:
    pool = ProcessPoolExecutor(workers, get_context("spawn"), initializer=os.nice, initargs=(POLITE,))
    try:
        futures: list[Future[Outcome]] = [pool.submit(Job.run, job) for job in jobs]
        for number, _ in enumerate(as_completed(futures), start=1):
            told(number / len(jobs))
            if stopped():
                raise Stopped
        return [future.result() for future in futures]
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
