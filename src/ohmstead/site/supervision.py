"""Loops that survive: one that ends by an unforeseen error begins again after a pause.

The error is logged with its trace when it is another than before (its type, or where it arose), not each time. A loop
that may wait pauses twice as long after each failure; one that has run well for a while counts as well again.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

from ohmstead.core.model.health import HealthPart
from ohmstead.core.model.reasons import Reason

PAUSE_S = 1.0
LONG_PAUSE_S = 10.0
"""The longest pause of a loop that may wait."""

WELL_AFTER_S = 10.0
"""A loop that failed counts as well again when it has run so long."""

_log = structlog.get_logger(__name__)


Loop = Callable[[], Coroutine[Any, Any, None]]


class _Failures:
    """The failures of one loop in a row."""

    def __init__(self, longest_pause_s: float) -> None:
        self._longest_pause_s = longest_pause_s
        self._last: tuple[type[Exception], tuple[str, int] | None] | None = None
        self.count = 0
        self.pause_s = PAUSE_S

    def add(self, error: Exception) -> bool:
        """One more; true when it is another than the one before."""
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        place = None if trace is None else (trace.tb_frame.f_code.co_filename, trace.tb_lineno)
        before, self._last = self._last, (type(error), place)
        self.count += 1
        self.pause_s = min(self._longest_pause_s, PAUSE_S * 2.0 ** min(self.count - 1, 16))
        return before != self._last

    def forget(self) -> None:
        """The loop is well."""
        self.count = 0
        self.pause_s = PAUSE_S
        self._last = None


class Supervisor:
    """Runs loops side by side and knows which of them are well."""

    def __init__(self) -> None:
        """Begins without loops."""
        self._parts: dict[str, HealthPart] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def start(self, name: str, loop: Loop, *, longest_pause_s: float = PAUSE_S) -> None:
        """Run ``loop()`` now and again each time it ends, until :meth:`stop`.

        The first pause is ``PAUSE_S``; each failure doubles it up to ``longest_pause_s``, which control and pilot leave
        as it is.
        """
        self._parts[name] = HealthPart(name, ok=True)
        self._tasks[name] = asyncio.create_task(self._keep(name, loop, longest_pause_s), name=name)

    def parts(self) -> tuple[HealthPart, ...]:
        """Each loop with its state."""
        return tuple(self._parts.values())

    async def end(self, name: str) -> None:
        """Cancel one loop for good."""
        task = self._tasks.pop(name)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        del self._parts[name]

    async def stop(self) -> None:
        """Cancel every loop and wait until the last is gone."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _keep(self, name: str, loop: Loop, longest_pause_s: float) -> None:
        failures = _Failures(longest_pause_s)
        while True:
            recovery = asyncio.get_running_loop().call_later(WELL_AFTER_S, self._well, name, failures)
            try:
                await loop()
            except Exception as error:
                if failures.add(error):
                    _log.exception("loop failed", loop=name, again_in_s=failures.pause_s)
                reason = Reason("health.loop_failed", {"loop": name, "error": repr(error)})
                self._parts[name] = HealthPart(name, ok=False, reason=reason)
            finally:
                recovery.cancel()
            await asyncio.sleep(failures.pause_s)

    def _well(self, name: str, failures: _Failures) -> None:
        if name not in self._parts:
            return
        if not self._parts[name].ok:
            _log.info("loop is well again", loop=name, failures=failures.count)
        failures.forget()
        self._parts[name] = HealthPart(name, ok=True)
