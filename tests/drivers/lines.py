"""Fakes behind the ports' own ports: a clock that is set by hand, a line that answers from a table."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.time import Instant
from ohmstead.transport.address import TcpAddress
from ohmstead.transport.turns import Priority

START = datetime(2026, 6, 21, 10, tzinfo=UTC)


class HandClock:
    """A clock that moves when told to."""

    def __init__(self) -> None:
        self.monotonic_s = 1000.0

    def now(self) -> Instant:
        return Instant(START + timedelta(seconds=self.monotonic_s - 1000), self.monotonic_s)

    async def outside(self, work):
        return await work


class TableBus:
    """A bus whose registers are what ``answer(function, register, count)`` says, or raises."""

    address = TcpAddress("bus", 502)
    stray: Reason | None = None

    def __init__(self, answer: Callable[[int, int, int], Sequence[int]]) -> None:
        self.answer = answer
        self.asked: list[tuple[int, int, int, int, float, Priority]] = []
        self.written: list[tuple[int, int, tuple[int, ...]]] = []

    def unasked(self, unit):
        return self.stray

    async def read(self, unit, function, register, count, *, deadline_s, priority=Priority.LAST):
        self.asked.append((unit, function, register, count, deadline_s, priority))
        return tuple(self.answer(function, register, count))

    async def write(self, unit, register, values, *, deadline_s, priority=Priority.LAST):
        self.written.append((unit, register, values))


class TableLine:
    """A share of a :class:`TableBus`."""

    def __init__(self, answer) -> None:
        self.bus = TableBus(answer)
        self.closed = False

    async def close(self) -> None:
        self.closed = True


def image_answer(image: Callable[[], Sequence[tuple[int, Sequence[int]]]]):
    """Answers from an image, as a server would."""

    def answer(function: int, register: int, count: int) -> Sequence[int]:
        for start, words in image():
            if start <= register and register + count <= start + len(words):
                return words[register - start : register - start + count]
        raise AssertionError(f"{count} registers from {register} are not there")

    return answer
