"""Whose turn it is on a wire: the important go first, and nobody waits for ever."""

import asyncio
from collections import Counter
from itertools import pairwise

import pytest

from ohmstead.transport.turns import PASSED_AT_MOST, Priority, Turns

pytestmark = pytest.mark.anyio
PATIENCE_S = 5.0


async def asks_again_and_again(turns: Turns, name: str, priority: Priority, order: list[str]) -> None:
    while True:
        async with turns.turn(priority, PATIENCE_S):
            order.append(name)
            await asyncio.sleep(0)


async def order_of(rounds: int, **askers: Priority) -> list[str]:
    turns, order = Turns(), list[str]()
    tasks = [asyncio.create_task(asks_again_and_again(turns, *one, order)) for one in askers.items()]
    while len(order) < rounds:
        await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return order


async def test_busy_meters_and_boards_leave_every_circuit_its_turn() -> None:
    loads = {f"load-{n}": Priority.LAST for n in range(5)}
    order = await order_of(400, grid=Priority.FIRST, garage=Priority.SECOND, yard=Priority.SECOND, **loads)
    shares = Counter(order)
    assert set(shares) == {"grid", "garage", "yard", *loads}
    assert max(shares[load] for load in loads) - min(shares[load] for load in loads) <= 1
    assert shares["grid"] >= 100


async def test_the_grid_meter_waits_for_two_turns_at_most() -> None:
    loads = {f"load-{n}": Priority.LAST for n in range(20)}
    order = await order_of(300, grid=Priority.FIRST, garage=Priority.SECOND, **loads)
    asked = [turn for turn, name in enumerate(order) if name == "grid"]
    assert max(b - a for a, b in pairwise(asked)) <= 3


async def test_among_equals_whoever_waits_longest_is_next() -> None:
    order = await order_of(9, a=Priority.LAST, b=Priority.LAST, c=Priority.LAST)
    assert order[:9] == ["a", "b", "c"] * 3


async def test_whoever_has_waited_longest_is_passed_over_only_so_often() -> None:
    order = await order_of(60, grid=Priority.FIRST, garage=Priority.SECOND, oven=Priority.LAST)
    turns = [turn for turn, name in enumerate(order) if name == "oven"]
    assert turns
    longest = 2 * (PASSED_AT_MOST + 1)  # the board may have waited longest once before
    assert max(b - a for a, b in pairwise(turns)) <= longest


async def test_the_wire_is_not_lost_with_a_waiter_that_gave_up() -> None:
    turns = Turns()
    async with turns.turn(Priority.LAST, PATIENCE_S):
        with pytest.raises(TimeoutError):
            async with turns.turn(Priority.FIRST, 0.01):
                raise AssertionError
    async with turns.turn(Priority.LAST, 0.01):
        pass
