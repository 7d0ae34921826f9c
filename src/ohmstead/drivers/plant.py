"""The ports over a world inside the process: no sockets, for runs on virtual time (``plant://`` addresses).

A :class:`Stage` keeps a world at the time of a clock: every read and command first moves the world to now, and
:meth:`Stage.run` moves it while nobody looks, so that breakers trip and leases end on time. Readings carry the
clock's own instants.
"""

import asyncio
from collections.abc import Sequence

from ohmstead.core.model.authorization import AuthorizationSignal
from ohmstead.core.model.errors import DeviceUnreachable
from ohmstead.core.model.evse import BoardCommands, BoardIdentity, BoardSnapshot, CtInput
from ohmstead.core.model.quantities import PHASES, Phase
from ohmstead.core.model.readings import PhaseReading, Reading
from ohmstead.core.model.reasons import Reason
from ohmstead.core.plant.measurement import PlantMeasurement
from ohmstead.core.plant.world import World
from ohmstead.drivers.board_ct import Samples
from ohmstead.drivers.clock import Clock


class Stage:
    """A world that follows a clock from the moment this is made."""

    def __init__(self, world: World, clock: Clock) -> None:
        """The world's present is the clock's present."""
        self.world = world
        self.clock = clock
        self._ahead_s = world.elapsed_s - clock.now().monotonic_s

    def sync(self) -> World:
        """The world, moved to the clock's now; unchanged when the clock went back."""
        behind = self.clock.now().monotonic_s + self._ahead_s - self.world.elapsed_s
        if behind > 0.0:
            self.world.step(behind)
        return self.world

    def need_power(self, where: str) -> World:
        """The world at now. Raises DeviceUnreachable while ``where`` is without supply."""
        world = self.sync()
        if not world.energised:
            raise DeviceUnreachable(Reason("plant.dark", {"where": where}))
        return world

    async def run(self, period_s: float = 1.0) -> None:
        """Keep the world moving every ``period_s`` until cancelled; what happens between is stepped finely."""
        while True:
            await asyncio.sleep(period_s)
            self.sync()


class PlantMeter:
    """An ideal meter at one point of the world, for the Meter port.

    ``phases`` are the site's phases that it measures; ``produces`` turns it round, so that what flows out of the
    point counts as import and positive power, as inverters show it.
    """

    def __init__(
        self, stage: Stage, device: str, point: str, phases: Sequence[Phase] = PHASES, produces: bool = False
    ) -> None:
        """Raises KeyError when the world has no such point."""
        if point not in stage.world.points:
            raise KeyError(point)
        self._stage = stage
        self._device = device
        self._point = point
        self._phases = tuple(phases)
        self._sign = -1.0 if produces else 1.0

    async def read(self) -> Reading:
        """The values of this moment. Raises DeviceUnreachable while the building is dark."""
        seen = self._stage.need_power(f"plant://{self._point}").measure(self._point)
        imported, exported = seen.energy_import_j, seen.energy_export_j
        return Reading(
            device=self._device,
            at=self._stage.clock.now(),
            power_w=self._sign * seen.power_w,
            reactive_power_var=self._sign * seen.reactive_power_var,
            power_factor=self._sign * seen.power_factor,
            frequency_hz=seen.frequency_hz,
            energy_import_j=imported if self._sign > 0 else exported,
            energy_export_j=exported if self._sign > 0 else imported,
            phases={phase: self._phase(seen, phase) for phase in self._phases},
        )

    async def close(self) -> None:
        """Nothing to give back."""

    def _phase(self, seen: PlantMeasurement, phase: Phase) -> PhaseReading:
        row = seen.phases[PHASES.index(phase)]
        return PhaseReading(
            row.voltage_v,
            abs(row.current_a),
            self._sign * row.power_w,
            self._sign * row.reactive_power_var,
            self._sign * row.power_factor,
        )


class PlantCt:
    """The transformers at the supply that report to one charger of the world, for the Meter and RadioMeter ports."""

    def __init__(
        self, stage: Stage, device: str, charger: str, source: CtInput, phases: Sequence[Phase] = PHASES
    ) -> None:
        """Raises KeyError when the charger has no such input."""
        stage.world.grid_ct(charger, source)
        self._stage, self._charger, self._input = stage, charger, source
        self._samples = Samples(device, f"plant://{charger}", phases)

    async def read(self) -> Reading:
        """The values of the last sample. Raises DeviceUnreachable while the building is dark or nothing is heard."""
        world = self._stage.need_power(f"plant://{self._charger}")
        return self._samples.reading(world.grid_ct(self._charger, self._input), self._stage.clock.now())

    async def pair(self) -> None:
        """The board accepts the next remote that asks."""
        self._stage.need_power(f"plant://{self._charger}").radio(self._charger).open()

    async def close(self) -> None:
        """Nothing to give back."""


class PlantBoard:
    """The board of one charger of the world, for the EvseBoard port."""

    def __init__(self, stage: Stage, charger: str) -> None:
        """Raises KeyError when the world has no such charger."""
        stage.world.board(charger)
        self._stage = stage
        self._charger = charger

    async def identify(self) -> BoardIdentity:
        """What the board is. Raises DeviceUnreachable while the building is dark."""
        return self._world().board(self._charger).identity()

    async def read(self) -> BoardSnapshot:
        """The board at this moment. Raises DeviceUnreachable while the building is dark."""
        return self._world().board(self._charger).snapshot(self._stage.clock.now())

    async def command(self, commands: BoardCommands) -> None:
        """Pass the commands and renew the lease. Raises DeviceUnreachable while the building is dark."""
        self._world().board(self._charger).command(commands)

    async def close(self) -> None:
        """Nothing to give back; the board opens when its lease ends."""

    def _world(self) -> World:
        return self._stage.need_power(f"plant://{self._charger}")


class PlantReader:
    """A card reader of the world, for the CardReader port: what is tapped on it is read."""

    def __init__(self) -> None:
        """No card is near."""
        self._cards: asyncio.Queue[str] = asyncio.Queue(maxsize=16)
        self.answers: list[AuthorizationSignal] = []

    def tap(self, uid: str) -> None:
        """Hold a card to it; raises asyncio.QueueFull where nobody reads."""
        self._cards.put_nowait(uid)

    async def next(self) -> str:
        """The next card."""
        return await self._cards.get()

    async def answer(self, signal: AuthorizationSignal) -> None:
        """Remembered in ``answers``."""
        self.answers.append(signal)

    async def close(self) -> None:
        """Nothing to give back."""
