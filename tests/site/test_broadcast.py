"""A listener gets the newest value, never an old one twice, and ends when the house closes."""

import asyncio

import pytest

from ohmstead.site.broadcast import Broadcast


@pytest.mark.anyio
async def test_a_slow_listener_skips_to_the_newest_and_ends_at_close() -> None:
    news: Broadcast[int] = Broadcast()
    heard: list[int] = []

    async def listen() -> None:
        async for value in news.listen():
            heard.append(value)
            if value == 1:
                news.send(2)
                news.send(3)

    listening = asyncio.create_task(listen())
    await asyncio.sleep(0)
    news.send(1)
    for _ in range(5):
        await asyncio.sleep(0)
    news.close()
    await asyncio.wait_for(listening, 1)
    assert heard == [1, 3]
