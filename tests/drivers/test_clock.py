"""The clock tells whether something keeps it right, as far as the system knows."""

import asyncio
import ctypes
import sys
from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import TypeVar

import pytest

from ohmstead.core.model.time import Instant
from ohmstead.drivers import clock as room
from ohmstead.drivers.clock import SystemClock, clock_part
from ohmstead.drivers.virtual_time import VirtualClock, run_virtual
from ohmstead.texts import LANGUAGES, word

T = TypeVar("T")
STATUS_AT = 4 * ctypes.sizeof(ctypes.c_long) + max(4, ctypes.sizeof(ctypes.c_long))
"""Where the kernel's header has the status: after the modes, padded to a long, and four longs."""

PLL, UNSYNCHRONISED = 0x0001, 0x0040


class Plain:
    """A clock that cannot tell."""

    def now(self) -> Instant:
        return Instant(datetime(2026, 6, 21, tzinfo=UTC), 0.0)

    async def outside(self, work: Awaitable[T]) -> T:
        return await work


@pytest.mark.req("G-002")
@pytest.mark.parametrize(
    "returned, status, expected",
    [(0, PLL, True), (5, PLL | UNSYNCHRONISED, False), (5, UNSYNCHRONISED, False), (-1, 0, None)],
)
def test_the_flag_of_the_kernel_says_whether_the_clock_is_synchronised(
    monkeypatch: pytest.MonkeyPatch, returned: int, status: int, expected: bool | None
) -> None:
    def adjtimex(pointer: object) -> int:
        asked = pointer._obj  # type: ignore[attr-defined] # — what ctypes.byref wraps
        assert asked.modes == 0
        ctypes.c_int.from_buffer(asked, STATUS_AT).value = status
        return returned

    monkeypatch.setattr(room, "_adjtimex", lambda: adjtimex)
    assert SystemClock().synchronised() is expected


def test_where_the_kernel_cannot_be_asked_nothing_is_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_adjtimex", lambda: None)
    assert SystemClock().synchronised() is None
    assert clock_part(SystemClock()) is None
    assert clock_part(Plain()) is None


def test_every_linux_can_be_asked() -> None:
    assert (room._adjtimex() is not None) == (sys.platform == "linux")


@pytest.mark.req("G-002")
def test_an_unsynchronised_clock_is_a_part_that_is_not_well_and_asks_for_no_restart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(SystemClock, "synchronised", lambda _: False)
    part = clock_part(SystemClock())
    assert part is not None
    assert (part.name, part.ok, part.essential) == ("clock", False, False)
    assert part.reason is not None
    assert len({word(part.reason, language) for language in LANGUAGES}) == len(LANGUAGES)


def test_virtual_time_is_right() -> None:
    async def main(clock: VirtualClock) -> bool:
        await asyncio.sleep(1)
        part = clock_part(clock)
        return part is not None and part.ok

    assert run_virtual(main, datetime(2026, 6, 21, tzinfo=UTC))
