"""Virtual time: an event loop whose clock jumps to the next timer, and the clock port on top of it (EM-349).

A day of sleeping takes as long as the work between the sleeps. While a thread of the loop's own works, virtual time
stands still, so that the same run tells the same story on any machine; work of other threads (the store) is awaited
through :meth:`VirtualClock.outside` to the same end. On this loop ``transport.pipe.HOST`` is a network of its own, so
that real clients and servers talk without sockets: the same bytes as on a wire, in no time.
"""

import asyncio
import selectors
import socket
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any, TypeVar, TypeVarTuple, Unpack

from ohmstead.core.model.time import Instant
from ohmstead.transport.pipe import HOST, Factory, PipeNetwork

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

_PATIENCE_S = 1.0
"""How long one real wait for outside work lasts before the loop looks again."""


class _JumpingSelector(selectors.DefaultSelector):
    """Instead of waiting for a timer, moves the clock to it; waits for real only while outside work is held."""

    def __init__(self) -> None:
        super().__init__()
        self.time_s = 0.0
        self.held = 0
        self._watches = False

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        """As its base; the first file is the loop's own, by which threads wake it while it waits for them."""
        self._watches = len(self.get_map()) > 0
        return super().register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        """As its base."""
        key = super().unregister(fileobj)
        self._watches = len(self.get_map()) > 1
        return key

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Ready files at once; otherwise hold (outside work) or jump ``timeout`` seconds.

        Where there is no file but the loop's own, nobody is asked: what a thread calls stands in the loop already.
        """
        if self.held or timeout is None:
            return super().select(_PATIENCE_S if timeout is None or timeout > 0 else 0)
        ready = super().select(0) if self._watches else []
        if not ready and timeout > 0:
            self.time_s += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose ``time()`` is virtual seconds since it began."""

    def __init__(self) -> None:
        """Begins at 0 s."""
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)
        self._network = PipeNetwork(self)

    async def create_connection(
        self, protocol_factory: Factory, host: Any = None, port: Any = None, **more: Any
    ) -> Any:
        """As asyncio; a connection to ``HOST`` is a pipe."""
        if host == HOST:
            return self._network.connect(protocol_factory, port or 0)
        return await super().create_connection(protocol_factory, host, port, **more)

    async def create_server(self, protocol_factory: Factory, host: Any = None, port: Any = None, **more: Any) -> Any:
        """As asyncio; who listens on ``HOST`` is found by pipe."""
        if host == HOST:
            return self._network.listen(protocol_factory, port or 0)
        return await super().create_server(protocol_factory, host, port, **more)

    async def getaddrinfo(self, host: Any, port: Any, **more: Any) -> Any:
        """As asyncio; ``HOST`` is its own address, for libraries that look a name up before they connect."""
        if host in (HOST, HOST.encode()):
            return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (HOST, port))]
        return await super().getaddrinfo(host, port, **more)

    def run_in_executor(self, executor: Any, func: Callable[[Unpack[Ts]], T], *args: *Ts) -> asyncio.Future[T]:
        """As asyncio; virtual time stands still while a thread works."""
        future = super().run_in_executor(executor, func, *args)
        self.hold()
        future.add_done_callback(lambda _: self.release())
        return future

    def time(self) -> float:
        """Virtual seconds."""
        return self._jumping.time_s

    def hold(self) -> None:
        """Stop the clock until the matching :meth:`release`."""
        self._jumping.held += 1

    def release(self) -> None:
        """Let the clock run again."""
        self._jumping.held -= 1


class VirtualClock:
    """The clock port over the running :class:`VirtualLoop`, whose second 0 is ``start`` (UTC)."""

    def __init__(self, loop: VirtualLoop, start: datetime) -> None:
        """``start`` must be aware."""
        self._loop = loop
        self._start = start
        self._last = Instant(start, 0.0)

    def now(self) -> Instant:
        """Virtual UTC and virtual monotonic seconds."""
        elapsed_s = self._loop.time()
        if elapsed_s != self._last.monotonic_s:
            self._last = Instant(self._start + timedelta(seconds=elapsed_s), elapsed_s)
        return self._last

    def synchronised(self) -> bool:
        """Virtual time is right by definition."""
        return True

    async def outside(self, work: Awaitable[T]) -> T:
        """Await ``work`` while virtual time stands still."""
        self._loop.hold()
        try:
            return await work
        finally:
            self._loop.release()


def run_virtual(main: Callable[[VirtualClock], Coroutine[Any, Any, T]], start: datetime) -> T:
    """Run ``main(clock)`` to its end on virtual time that begins at ``start``, and return its result."""
    loops: list[VirtualLoop] = []

    def factory() -> VirtualLoop:
        loops.append(VirtualLoop())
        return loops[-1]

    async def body() -> T:
        return await main(VirtualClock(loops[0], start))

    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(body())
