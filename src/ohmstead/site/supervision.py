"""Loops that survive: one that ends by an unforeseen error is told once, and begins again after a pause."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

from ohmstead.core.model.health import HealthPart
from ohmstead.core.model.reasons import Reason

PAUSE_S = 1.0
WELL_AFTER_S = 10.0
"""A loop that failed counts as well again when it has run so long."""

_log = structlog.get_logger(__name__)


class Supervisor:
    """Runs loops side by side and knows which of them are well."""

    def __init__(self) -> None:
        """Begins without loops."""
        self._parts: dict[str, HealthPart] = {}
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, name: str, loop: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run ``loop()`` now and again each time it ends, until :meth:`stop`."""
        self._parts[name] = HealthPart(name, ok=True)
        self._tasks.append(asyncio.create_task(self._keep(name, loop), name=name))

    def parts(self) -> tuple[HealthPart, ...]:
        """Each loop with its state."""
        return tuple(self._parts.values())

    async def stop(self) -> None:
        """Cancel every loop and wait until the last is gone."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _keep(self, name: str, loop: Callable[[], Coroutine[Any, Any, None]]) -> None:
        while True:
            recovery = asyncio.get_running_loop().call_later(WELL_AFTER_S, self._well, name)
            try:
                await loop()
            except Exception as error:
                _log.exception("loop failed", loop=name, again_in_s=PAUSE_S)
                reason = Reason("health.loop_failed", {"loop": name, "error": repr(error)})
                self._parts[name] = HealthPart(name, ok=False, reason=reason)
            finally:
                recovery.cancel()
            await asyncio.sleep(PAUSE_S)

    def _well(self, name: str) -> None:
        if not self._parts[name].ok:
            _log.info("loop is well again", loop=name)
        self._parts[name] = HealthPart(name, ok=True)
