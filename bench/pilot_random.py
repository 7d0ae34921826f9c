"""How many random steps a minute go through the state machine of a charger without a violated property.

Each process walks from seeds of its own (``bench.pilot_walk``); a violated property ends the benchmark as broken, with
the seed that shows it.
"""

import os
import time
from concurrent.futures import ProcessPoolExecutor

from bench.broken import Broken
from bench.figures import Figure
from bench.pilot_walk import Violated, Walk

SECONDS = 20.0
PIECE = 2_000
GOAL = ">= 1000000"


def run(seconds: float = SECONDS, workers: int | None = None) -> list[Figure]:
    """Walk on all processors for so long. Raises Broken."""
    count = workers or len(os.sched_getaffinity(0))
    began_s = time.perf_counter()
    with ProcessPoolExecutor(count) as pool:
        walked = list(pool.map(walk, range(count), [seconds] * count))
    took_s = time.perf_counter() - began_s
    told = next((text for _, _, text in walked if text), None)
    if told is not None:
        raise Broken(f"pilot-random: {told}")
    steps, closings = sum(one[0] for one in walked), sum(one[1] for one in walked)
    if not closings:
        raise Broken("pilot-random: the contactor never closed, so nothing was tried")
    per_minute = 60.0 * steps / took_s
    return [Figure("pilot-random.steps_per_minute", per_minute, "1/min", GOAL, runs=steps)]


def walk(worker: int, seconds: float) -> tuple[int, int, str]:
    """Steps, closings of the contactor, and the first violation of the walks of one process."""
    steps = closings = 0
    seed = worker * 1_000_000
    until_s = time.perf_counter() + seconds
    while time.perf_counter() < until_s:
        one, seed = Walk(seed), seed + 1
        try:
            one.walk(PIECE)
        except Violated as violated:
            return steps, closings, str(violated)
        steps, closings = steps + one.steps, closings + one.closings
    return steps, closings, ""
