"""The latest value for any number of listeners; a slow one skips to the newest."""

import asyncio
from collections.abc import AsyncIterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Broadcast(Generic[T]):
    """Holds the newest value and wakes those who wait for it."""

    def __init__(self) -> None:
        """Begins empty."""
        self.latest: T | None = None
        self._sent = 0
        self._news = asyncio.Event()
        self._closed = False

    def send(self, value: T) -> None:
        """Make ``value`` the newest."""
        self.latest = value
        self._sent += 1
        self._wake()

    def close(self) -> None:
        """End every listener."""
        self._closed = True
        self._wake()

    async def listen(self) -> AsyncIterator[T]:
        """Each value sent from now on, except those overtaken while the listener was busy."""
        seen = self._sent
        while not self._closed:
            if self._sent == seen:
                await self._news.wait()
            elif self.latest is not None:
                seen = self._sent
                yield self.latest

    def _wake(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()
