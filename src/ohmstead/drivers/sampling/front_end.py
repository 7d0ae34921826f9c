"""The site's side of a sampling front end: its worker process is started, listened to, and started again when it ends.

The circuits of one address share one worker and one connection. What the worker counted is added up over its lives, so
that one that was killed neither loses nor doubles what it had told.
"""

import asyncio
import contextlib
import itertools
import os
import sys
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import structlog

from ohmstead.core.model.errors import DeviceError, DeviceGarbled, DeviceUnreachable
from ohmstead.core.model.quantities import GridType, Role
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.sampled import (
    CLOCK_SET_S,
    CloseLook,
    FlickerSeverity,
    PointWiring,
    ProposedWiring,
    Second,
    VoltageEvent,
    Wiring,
)
from ohmstead.core.model.time import Instant
from ohmstead.drivers.clock import Clock
from ohmstead.drivers.sampling.talk import LINE_AT_MOST, Answer, Question, Topic, Trouble, heard, written
from ohmstead.transport.address import TcpAddress

WORKER = "ohmstead.drivers.sampling"
"""The module that a worker runs."""
PAUSE_S, LONGEST_PAUSE_S = 0.5, 10.0
ANSWER_S = 5.0
HANGS_S = 180.0
"""A worker says something every few seconds; only its very first start, which compiles, takes a minute or two."""
HAPPENED = 200
"""So many of the latest wait to be told."""
_END_S = 2.0
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Counted:
    """Joules of one circuit: of the workers that have ended, and of the one that runs."""

    before: tuple[int, int] = (0, 0)
    now: tuple[int, int] = (0, 0)

    def total(self) -> tuple[int, int]:
        return self.before[0] + self.now[0], self.before[1] + self.now[1]


class FrontEnd:
    """One of them. :meth:`wire` its circuits before the first :meth:`start`."""

    def __init__(self, address: TcpAddress, grid_type: GridType, timezone: str = "UTC") -> None:
        """Nothing runs yet."""
        self.address = address
        self.latest: Second | None = None
        self.at: Instant | None = None
        self.restarts = 0
        self.happened: deque[VoltageEvent | FlickerSeverity] = deque(maxlen=HAPPENED)
        """What nobody was told yet, dated by the site's clock where the front end's is not set."""
        self.flicker: tuple[FlickerSeverity, Instant] | None = None
        """The latest, with when it came by the site's clock."""
        self.grid_type, self._timezone = grid_type, timezone
        self._circuits: dict[str, tuple[PointWiring, ...]] = {}
        self._roles: dict[str, Role] = {}
        self._counted: dict[str, _Counted] = {}
        self._began: Instant | None = None
        self._failure: Trouble | None = None
        self._news = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._numbers = itertools.count(1)
        self._questions: dict[int, asyncio.Future[Answer]] = {}

    @property
    def where(self) -> str:
        """As it stands in the settings."""
        return str(self.address).replace("tcp:", "samples:", 1)

    @property
    def spokesman(self) -> str:
        """The circuit that tells what concerns all of them: the supply's own, or the first."""
        return next((name for name, role in self._roles.items() if role is Role.GRID), next(iter(self._roles), ""))

    @property
    def began(self) -> Instant | None:
        """When its counters were zero."""
        return self._began

    def wire(self, name: str, points: tuple[PointWiring, ...], role: Role) -> None:
        """The circuit ``name`` hangs on ``points`` from now on; a worker that knows it otherwise is replaced."""
        same = self._circuits.get(name) == points and self._roles.get(name) == role
        self._circuits[name], self._roles[name] = points, role
        self._counted.setdefault(name, _Counted())
        if not same:
            self._replace_worker()

    def unwire(self, name: str, points: tuple[PointWiring, ...]) -> None:
        """The circuit ``name`` hangs here no more, unless it was wired anew since it got these very ``points``."""
        if self._circuits.get(name) is points:
            del self._circuits[name], self._roles[name]
            self._replace_worker()

    def _replace_worker(self) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()

    def start(self, clock: Clock) -> None:
        """Begin to measure, unless it has begun."""
        if self._task is None:
            self._began = clock.now()
            self._task = asyncio.get_running_loop().create_task(self._keep(clock), name=f"samples {self.address}")

    async def next(self, after: Instant | None, within_s: float) -> tuple[Second, Instant]:
        """The first second that came after ``after``. Raises DeviceError when none comes in time."""
        try:
            async with asyncio.timeout(within_s), self._news:
                await self._news.wait_for(lambda: self.at not in (None, after) or self._failure is not None)
        except TimeoutError as error:
            raise self._unreachable("samples.starting" if self.latest is None else "samples.late") from error
        if self._failure is not None:
            raise _error(self._failure)
        if self.latest is None or self.at is None:
            raise self._unreachable("samples.starting")
        return self.latest, self.at

    def energies_j(self, circuit: str) -> tuple[int, int]:
        """Import and export since :attr:`began`."""
        return self._counted[circuit].total()

    async def look(self, circuit: str) -> CloseLook:
        """Harmonics, phasors and waveforms of this moment. Raises DeviceError."""
        answer = await self._ask("look", circuit)
        if answer.look is None:
            raise self._refused(answer)
        return answer.look

    async def proposal(self, mains_known: bool, heaters: tuple[str, ...]) -> ProposedWiring:
        """Phases and directions as the data show them. Raises DeviceError."""
        answer = await self._ask("proposal", "", mains_known, heaters)
        if answer.proposal is None:
            raise self._refused(answer)
        return answer.proposal

    async def close(self) -> None:
        """Stop the worker."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _ask(
        self, topic: Topic, circuit: str, mains_known: bool = False, heaters: tuple[str, ...] = ()
    ) -> Answer:
        process, number = self._process, next(self._numbers)
        if process is None or process.stdin is None or process.stdin.is_closing():
            raise _error(self._failure) if self._failure else self._unreachable("samples.starting")
        waiting: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._questions[number] = waiting
        try:
            process.stdin.write(written(Question(number, topic, circuit, mains_known, heaters)))
            async with asyncio.timeout(ANSWER_S):
                return await waiting
        except TimeoutError as error:
            raise self._unreachable("samples.late") from error
        finally:
            del self._questions[number]

    async def _keep(self, clock: Clock) -> None:
        pause_s = PAUSE_S
        while True:
            said = await self._live(clock)
            pause_s = PAUSE_S if said else min(2 * pause_s, LONGEST_PAUSE_S)
            for counted in self._counted.values():
                counted.before, counted.now = counted.total(), (0, 0)
            self.restarts += 1
            _log.warning("worker ended, starting another", of=self.where, again_in_s=pause_s)
            await self._fail(Trouble("unreachable", Reason("samples.worker_ended", {"where": self.where})))
            await asyncio.sleep(pause_s)

    async def _live(self, clock: Clock) -> bool:
        """One worker from its start to its end; whether it measured anything."""
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", WORKER),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=LINE_AT_MOST,
                env={**os.environ, **_ONE_THREAD},
                start_new_session=True,
            )
        except OSError:
            _log.exception("worker does not start", of=self.where)
            return False
        self._process = process
        try:
            return await self._listen(process, clock)
        finally:
            self._process = None
            await _ended(process)

    async def _listen(self, process: asyncio.subprocess.Process, clock: Clock) -> bool:
        assert process.stdin is not None
        assert process.stdout is not None
        where = self.address
        wiring = Wiring(where.host, where.port, self.grid_type, self._circuits, self._roles, self._timezone)
        process.stdin.write(written(wiring))
        measured = False
        while True:
            try:
                async with asyncio.timeout(HANGS_S):
                    line = await process.stdout.readline()
                if not line:
                    return measured
                word = heard(line)
            except TimeoutError:
                _log.warning("worker hangs", of=self.where)
                return measured
            except (ValueError, KeyError, TypeError):
                _log.exception("worker not understood", of=self.where)
                return measured
            if isinstance(word, Answer):
                waiting = self._questions.get(word.number)
                if waiting is not None and not waiting.done():
                    waiting.set_result(word)
            elif isinstance(word, Trouble):
                self._note(word.disturbances, clock)
                await self._fail(word)
            else:
                measured = True
                await self._take(word, clock)

    async def _take(self, second: Second, clock: Clock) -> None:
        for name, values in second.circuits.items():
            if name in self._counted:
                self._counted[name].now = (values.energy_import_j, values.energy_export_j)
        self._note((*second.disturbances, *((second.flicker,) if second.flicker else ())), clock)
        async with self._news:
            self.latest, self.at, self._failure = second, clock.now(), None
            self._news.notify_all()

    def _note(self, happened: Iterable[VoltageEvent | FlickerSeverity], clock: Clock) -> None:
        now_s = clock.now().utc.timestamp()
        for each in happened:
            dated = _dated(each, now_s)
            self.happened.append(dated)
            if isinstance(dated, FlickerSeverity):
                self.flicker = dated, clock.now()

    async def _fail(self, failure: Trouble) -> None:
        async with self._news:
            self._failure = failure
            self._news.notify_all()

    def _unreachable(self, key: str) -> DeviceUnreachable:
        return DeviceUnreachable(Reason(key, {"where": self.where}))

    def _refused(self, answer: Answer) -> DeviceError:
        return DeviceUnreachable(answer.refusal or Reason("samples.nothing_yet", {"where": self.where}))


def _dated(happened: VoltageEvent | FlickerSeverity, now_s: float) -> VoltageEvent | FlickerSeverity:
    """By the site's clock where the front end's is not set."""
    if isinstance(happened, FlickerSeverity):
        return happened if happened.ended_s > CLOCK_SET_S else replace(happened, ended_s=now_s)
    return happened if happened.began_s > CLOCK_SET_S else replace(happened, began_s=now_s - happened.duration_s)


def _error(trouble: Trouble) -> DeviceError:
    return (DeviceGarbled if trouble.kind == "garbled" else DeviceUnreachable)(trouble.reason)


async def _ended(process: asyncio.subprocess.Process) -> None:
    """``process`` ends since nobody writes to it any longer; one that does not is told to, and then made to."""
    if process.stdin is not None:
        process.stdin.close()
    for insist in (process.terminate, process.kill):
        try:
            async with asyncio.timeout(_END_S):
                await process.wait()
                return
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                insist()
    await process.wait()


@dataclass
class FrontEnds:
    """Those in use: circuits with the same address share one."""

    grid_type: GridType = "3x400+N"
    timezone: str = "UTC"
    _users: dict[TcpAddress, tuple[FrontEnd, int]] = field(default_factory=dict)

    def open(self, address: TcpAddress) -> FrontEnd:
        """The front end at ``address``; nothing runs yet."""
        front_end, users = self._users.get(address, (None, 0))
        front_end = front_end or FrontEnd(address, self.grid_type, self.timezone)
        self._users[address] = (front_end, users + 1)
        return front_end

    async def release(self, front_end: FrontEnd) -> None:
        """Called once by each that opened it; the last one stops it."""
        _, users = self._users.pop(front_end.address)
        if users > 1:
            self._users[front_end.address] = (front_end, users - 1)
        else:
            await front_end.close()
