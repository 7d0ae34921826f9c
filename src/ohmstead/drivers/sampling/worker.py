"""The worker: connects to one front end, turns samples into seconds, says them on standard output.

It has an interpreter of its own, so that the loops of the site never wait for arithmetic. The first line of standard
input is its wiring, further ones are questions; where that ends, it ends.
"""

import asyncio
import contextlib
import math
import os
import sys
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from datetime import time as clock_time
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from ohmstead.core.commissioning.detection.evidence import Observation
from ohmstead.core.commissioning.detection.mains import MainsVerdict
from ohmstead.core.commissioning.detection.proposal import Knowledge, Proposal, propose
from ohmstead.core.metrology.analyser import Inputs
from ohmstead.core.metrology.seconds import Seconds
from ohmstead.core.model.errors import DeviceError
from ohmstead.core.model.quantities import PHASES, Role
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.sampled import (
    NOMINAL_V,
    PointWiring,
    ProposedPoint,
    ProposedWiring,
    Second,
    VoltageEvent,
    Wiring,
)
from ohmstead.drivers.sampling.talk import Answer, Question, Trouble, Word, asked, told_wiring, written
from ohmstead.protocols.samples import UNSYNCHRONISED, Block, Frames, SamplesBroken, columns_of, numbers
from ohmstead.transport.address import TcpAddress
from ohmstead.transport.sample_link import SampleLink

PAUSES_S = (0.5, 1.0, 2.0, 5.0)
"""Between attempts to connect."""
AHEAD_S, AHEAD = 5.0, 1.05
"""A front end that sends so much more than its rate is no front end."""
OBSERVED = 3_000
"""Windows that are kept for a proposal: ten minutes."""
LEAST_S = 60.0
NIGHT = (clock_time(23, 30), clock_time(3, 30))
"""Local time in which no sun shines, summer time and the width of zones considered."""
QUIET_A = 0.2
"""Below this no inverter or battery is at work."""
_SOURCES = (Role.PRODUCTION, Role.BATTERY)
WINDOW_S = 0.2

Say = Callable[[Word], None]


class Stream:
    """One connection's bytes to seconds."""

    def __init__(self, wiring: Wiring, where: str, now: Callable[[], float]) -> None:
        """``now`` gives seconds that only go on."""
        self.seconds: Seconds | None = None
        self._wiring, self._where, self._now = wiring, where, now
        self._frames = Frames()
        self._began_s = now()
        self._taken = 0
        self._phasors: deque[NDArray[np.complex64]] = deque(maxlen=OBSERVED)
        self._night: NDArray[np.complex128] = np.zeros(3, complex)
        self._nights = 0
        self._zone = ZoneInfo(wiring.timezone)
        mains = [name for name, role in wiring.roles.items() if role is Role.GRID and len(wiring.circuits[name]) == 3]
        self._mains = mains[0] if mains else None

    def feed(self, data: bytes) -> list[Second]:
        """What ``data`` completes. Raises SamplesBroken."""
        blocks = self._frames.feed(data)
        found: list[Second] = []
        for block in blocks:
            found += self._take(block)
        return [replace(second, spoiled=self._frames.spoiled) for second in found]

    def proposal(self, mains_known: bool, heaters: Sequence[str] = ()) -> ProposedWiring | Reason:
        """Phases and directions by what was observed, or why there is none."""
        hello = self._frames.hello
        if self._mains is None or hello is None or hello.voltages != 3 or self._wiring.grid_type == "3x230":
            return Reason("samples.no_mains")
        if len(self._phasors) * WINDOW_S < LEAST_S:
            return Reason(
                "samples.too_early", {"seconds": round(len(self._phasors) * WINDOW_S), "needed": round(LEAST_S)}
            )
        return self._proposed(self._mains, mains_known, heaters)

    def _proposed(self, mains: str, known: bool, heaters: Sequence[str]) -> ProposedWiring:
        circuits = {name: points for name, points in self._wiring.circuits.items() if name != mains}
        columns = [(name, point.column) for name, points in circuits.items() for point in points]
        seen = np.array(self._phasors, complex)
        gains = {point.column: point.gain for points in self._wiring.circuits.values() for point in points}

        def of(numbers_: list[int]) -> NDArray[np.complex128]:
            return np.asarray(seen[:, [3 + n for n in numbers_]] * np.array([gains[n] for n in numbers_]))

        producing = self._places(columns, [n for n, role in self._wiring.roles.items() if role in _SOURCES])
        observation = Observation(
            seen[:, :3],
            of([point.column for point in self._wiring.circuits[mains]]),
            of([column for _, column in columns]),
            np.zeros(len(seen), bool),
        )
        confirmed = _confirmed(self._wiring.circuits[mains]) if known else None
        night = np.asarray(self._night / self._nights) if self._nights * WINDOW_S >= LEAST_S else None
        found = propose(observation, Knowledge(confirmed, producing, self._places(columns, heaters), night))
        return _told(
            found,
            columns,
            [(mains, point.column) for point in self._wiring.circuits[mains]],
            len(seen) * WINDOW_S,
            self._nights * WINDOW_S,
        )

    def _places(self, columns: Sequence[tuple[str, int]], circuits: Sequence[str]) -> frozenset[int]:
        return frozenset(place for place, (name, _) in enumerate(columns) if name in circuits)

    def _take(self, block: Block) -> list[Second]:
        hello = self._frames.hello
        if hello is None:
            return []
        if self.seconds is None:
            nominal_v = NOMINAL_V[self._wiring.grid_type]
            inputs = Inputs(hello.voltages, hello.currents, hello.rate_hz, hello.nominal_hz, nominal_v)
            try:
                self.seconds = Seconds(inputs, self._wiring.grid_type, self._wiring.circuits)
            except ValueError as error:
                raise SamplesBroken("samples.unlike", detail=str(error)) from error
        self._taken += block.count
        if self._taken > hello.rate_hz * AHEAD * (self._now() - self._began_s + AHEAD_S):
            raise SamplesBroken("samples.flood", rate=hello.rate_hz)
        utc_s = None if block.flags & UNSYNCHRONISED or block.utc_ns <= 0 else block.utc_ns / 1e9
        clipped = columns_of(block.clipped, hello.columns)
        try:
            found = self.seconds.add(block.first, numbers(hello, block), clipped, utc_s)
        except ValueError as error:
            raise SamplesBroken("samples.backwards", detail=str(error)) from error
        self._observe(self.seconds, self._dark(utc_s))
        return found

    def _dark(self, utc_s: float | None) -> bool:
        """Whether nothing can shine at the site, by the front end's clock, or by ours where that is not set."""
        now = datetime.now(UTC) if utc_s is None else datetime.fromtimestamp(utc_s, UTC)
        local = now.astimezone(self._zone).time()
        return local >= NIGHT[0] or local < NIGHT[1]

    def _observe(self, seconds: Seconds, dark: bool) -> None:
        for window in seconds.windows:
            first = complex(window.phasors[0, 1])
            if abs(first) > 0:
                turned = window.phasors[:, 1] * np.complex64(first.conjugate() / abs(first))
                self._phasors.append(turned)
                if dark and self._mains is not None:
                    self._watch_by_night(self._mains, turned, seconds.inputs.voltages)

    def _watch_by_night(self, mains: str, turned: NDArray[np.complex64], voltages: int) -> None:
        """What the supply carries in the dark, unless a battery of this front end gives or takes."""
        still = all(
            abs(turned[voltages + point.column]) < QUIET_A
            for name, points in self._wiring.circuits.items()
            if self._wiring.roles.get(name) in _SOURCES
            for point in points
        )
        if still:
            points = self._wiring.circuits[mains]
            flowing = np.array([turned[voltages + point.column] * point.gain for point in points], complex)
            self._night += flowing
            self._nights += 1


def _confirmed(mains: Sequence[PointWiring]) -> MainsVerdict | None:
    """What the settings say of the mains; ``None`` where they do not name each phase once."""
    one, two, three = mains
    places = (PHASES.index(one.code), PHASES.index(two.code), PHASES.index(three.code))
    if len(set(places)) < 3:
        return None
    signs = (_sign(one), _sign(two), _sign(three))
    return MainsVerdict(places, signs, math.inf)


def _sign(point: PointWiring) -> float:
    return -1.0 if point.reversed else 1.0


def _told(
    found: Proposal,
    columns: list[tuple[str, int]],
    supply: list[tuple[str, int]],
    seconds: float,
    night_s: float,
) -> ProposedWiring:
    points = tuple(
        ProposedPoint(
            columns[each.column][0],
            columns[each.column][1],
            each.phase,
            each.reversed,
            each.rating,
            each.sure,
            each.reason,
        )
        for each in found.findings
    )
    margin = {"margin": round(found.mains.margin, 1)} if math.isfinite(found.mains.margin) else {}
    mains = tuple(
        ProposedPoint(
            *supply[clamp],
            PHASES[found.mains.terminals[clamp]],
            found.mains.signs[clamp] < 0,
            1.0,
            found.mains_sure,
            Reason("detection.mains" if found.mains_sure else "detection.mains_perhaps", margin),
        )
        for clamp in range(3)
    )
    return ProposedWiring(seconds, points, found.coverage, found.residual_a, mains, night_s)


class Worker:
    """All of it: one wiring, one connection after the other."""

    def __init__(self, wiring: Wiring, say: Say) -> None:
        """``say`` puts a line on the pipe."""
        self._wiring, self._say = wiring, say
        self._address = TcpAddress(wiring.host, wiring.port)
        self._where = str(self._address).replace("tcp:", "samples:", 1)
        self._stream: Stream | None = None

    async def run(self) -> None:
        """Measure for ever."""
        failures = 0
        while True:
            link = SampleLink(self._address)
            try:
                await link.connect()
                self._stream = Stream(self._wiring, self._where, asyncio.get_running_loop().time)
                while True:
                    for second in self._stream.feed(await link.next()):
                        failures = 0
                        self._say(second)
                    await asyncio.sleep(0)
            except DeviceError as error:
                self._say(Trouble("unreachable", self._placed(error.reason), self._cut()))
            except SamplesBroken as error:
                self._say(Trouble("garbled", self._placed(error.reason), self._cut()))
            finally:
                link.close()
            await asyncio.sleep(PAUSES_S[min(failures, len(PAUSES_S) - 1)])
            failures += 1

    def _cut(self) -> tuple[VoltageEvent, ...]:
        seconds = self._stream.seconds if self._stream is not None else None
        return () if seconds is None else seconds.cut()

    def _placed(self, reason: Reason) -> Reason:
        return Reason(reason.key, {**reason.params, "where": self._where})

    def answer(self, question: Question) -> Answer:
        """What ``question`` wants to know, from what there is."""
        nothing = Answer(question.number, refusal=Reason("samples.nothing_yet", {"where": self._where}))
        stream = self._stream
        if stream is None or stream.seconds is None:
            return nothing
        if question.topic == "proposal":
            found = stream.proposal(question.mains_known, question.heaters)
            if isinstance(found, Reason):
                return Answer(question.number, refusal=found)
            return Answer(question.number, proposal=found)
        if question.circuit not in self._wiring.circuits:
            return nothing
        look = stream.seconds.look(question.circuit)
        return nothing if look is None else Answer(question.number, look=look)


def _say(word: Word) -> None:
    line = memoryview(written(word))
    while line:
        line = line[os.write(1, line) :]


async def main() -> None:
    """Until standard input ends."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=1 << 20)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    worker = Worker(told_wiring(await reader.readline()), _say)
    work = loop.create_task(worker.run())
    work.add_done_callback(lambda task: None if task.cancelled() else reader.feed_eof())
    while line := await reader.readline():
        _say(worker.answer(asked(line)))
    work.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await work
