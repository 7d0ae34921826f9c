"""Sampling front ends of a building: what flows in its conductors as waveforms, sent as samples over a real socket."""

import asyncio
import cmath
import contextlib
import math
from collections.abc import Mapping
from dataclasses import replace

from ohmstead.core.model.quantities import PHASES, GridType, Phase
from ohmstead.core.plant.clamps import ClampSettings, Scene, WaveSettings
from ohmstead.core.plant.measurement import CLAMPED
from ohmstead.core.plant.settings import DELTA, GRID, SUPPLIES
from ohmstead.core.plant.waveforms import Waves
from ohmstead.core.plant.world import World
from ohmstead.protocols.samples import Block, Hello, block_frame, hello_frame, steps_of
from ohmstead.simulator.devices import Now, Sampler
from ohmstead.simulator.settings import FrontEndSpec, Place, Trouble
from ohmstead.simulator.wiring import AS_IT_SHOULD_BE, OPEN_SHARE, BoxWiring, ClampWiring
from ohmstead.transport.sample_link import SampleServer

BEAT_S = 0.05
BEHIND_S = 1.0
"""One that has fallen so far behind leaves samples out, as a converter whose buffer is full."""
_FULL_V = 1.8
_TROUBLES = frozenset({Trouble.SILENT, Trouble.REFUSED, Trouble.GARBAGE, Trouble.GARBLED, Trouble.SHORT, Trouble.SLOW})
_LOST_EVERY = 4


class FrontEndDevice(Sampler):
    """One of them. Its converters run for ever; without supply it is off.

    Troubles: ``garbled`` flips a bit in each tenth block, ``slow`` leaves every fourth block out, ``short`` breaks off.
    """

    def __init__(self, spec: FrontEndSpec, now: Now) -> None:
        """Nothing listens yet. Raises ValueError for a column that stands twice or is missing."""
        super().__init__(spec.circuits[0].key, now)
        self.keys = tuple(circuit.key for circuit in spec.circuits)
        self._spec, self._lit, self._host = spec, True, ""
        columns = sorted(
            (column, number, place)
            for number, circuit in enumerate(spec.circuits)
            for place, column in enumerate(circuit.points)
        )
        if [column for column, _, _ in columns] != list(range(1, len(columns) + 1)):
            raise ValueError(f"points {[column for column, _, _ in columns]}; each from 1 on once")
        self._columns = [(spec.circuits[n], place) for _, n, place in columns]
        clamps = tuple(
            circuit.clamps[place] if place < len(circuit.clamps) else ClampSettings()
            for circuit, place in self._columns
        )
        self._clamps, self._wiring = clamps, AS_IT_SHOULD_BE
        self._waves = Waves(WaveSettings(spec.rate_hz, clamps))
        self._sample = 0
        self._blocks = 0
        self._server: SampleServer | None = None
        self._sending: asyncio.Task[None] | None = None
        self._hello = self._made_hello()

    @property
    def place(self) -> Place | None:
        """Where it sends; ``None`` before its start."""
        return None if self._server is None else Place(self._host, self._server.port, 1, "samples")

    @property
    def troubles(self) -> frozenset[Trouble]:
        """What it can suffer."""
        return _TROUBLES

    async def start(self, host: str, port: int = 0) -> None:
        """Send from now on. Raises OSError for a taken port."""
        self._host = host
        self._server = SampleServer(lambda: hello_frame(self._hello), host, port)
        await self._server.start()
        self._sending = asyncio.get_running_loop().create_task(self._send())

    async def stop(self) -> None:
        """Send no more."""
        sending, self._sending = self._sending, None
        if sending is not None:
            sending.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await sending
        server, self._server = self._server, None
        if server is not None:
            await server.stop()

    async def suffer(self, trouble: Trouble | None) -> None:
        """Have a trouble, or none. Raises ValueError for one it cannot have; OSError if its port is taken now."""
        if trouble is not None and trouble not in _TROUBLES:
            raise ValueError(f"{trouble.value} is no trouble of {self.key}; it can have {', '.join(sorted(_TROUBLES))}")
        before, self.trouble = self.trouble, trouble
        if self._server is not None and trouble is Trouble.REFUSED:
            await self._server.stop()
        elif self._server is not None and before is Trouble.REFUSED:
            await self._server.start()

    def rewire(self, wiring: BoxWiring) -> None:
        """Let it hang there like that. Raises ValueError for what its wires cannot be: it has no bus of hubs."""
        if wiring != BoxWiring(wiring.terminals, wiring.clamps):
            raise ValueError(f"{self.key} has no hubs; its terminals and clamps can be wired otherwise")
        self._wiring = wiring
        told = (wiring.clamps.get(number, ClampWiring()) for number in range(1, len(self._clamps) + 1))
        self._waves.reclamp(tuple(_clamped(clamp, one) for clamp, one in zip(self._clamps, told, strict=True)))

    def power(self, lit: bool) -> None:
        """Its supply comes or goes."""
        self._lit = lit

    def disturb(self, voltage: Mapping[Phase, float], seconds: float) -> None:
        """Its voltages stand at these parts of what they are, for so long."""
        self._waves.disturb({PHASES.index(phase): level for phase, level in voltage.items()}, seconds)

    def reset_counter(self) -> None:
        """It has none."""

    async def _send(self) -> None:
        loop = asyncio.get_running_loop()
        began_s, rate = loop.time(), self._spec.rate_hz
        while True:
            due = int((loop.time() - began_s) * rate)
            if due - self._sample > BEHIND_S * rate:
                self._sample = due - int(BEAT_S * rate)
            self._emit(due - self._sample)
            await asyncio.sleep(BEAT_S)

    def _emit(self, count: int) -> None:
        if count <= 0 or self._server is None:
            return
        world = self._now()
        first, self._sample = self._sample, self._sample + count
        if not self._lit or not self._server.connections or self.trouble in (Trouble.SILENT, Trouble.REFUSED):
            return
        scene = self._spec.scene or self._scene(world)
        data, clipped = steps_of(self._hello, self._waves.render(scene, count))
        utc_ns = int(world.instant.utc.timestamp() * 1e9) - int(count / self._spec.rate_hz * 1e9)
        frame = block_frame(Block(first, utc_ns, count, data, clipped | self._at_the_end(scene)))
        self._blocks += 1
        if self.trouble is Trouble.SLOW and self._blocks % _LOST_EVERY == 0:
            return
        self._server.send(self._troubled(frame))

    def _troubled(self, frame: bytes) -> bytes:
        if self.trouble is Trouble.GARBAGE:
            return bytes((0xA5 ^ (index * 37)) & 0xFF for index in range(64))
        if self.trouble is Trouble.SHORT:
            return frame[: len(frame) // 2]
        if self.trouble is Trouble.GARBLED and self._blocks % 10 == 0:
            middle = len(frame) // 2
            return frame[:middle] + bytes((frame[middle] ^ 1,)) + frame[middle + 1 :]
        return frame

    def _at_the_end(self, scene: Scene) -> int:
        """Columns whose clamps cut the peaks off, as the converter's own comparator tells."""
        bits = 0
        for number, (circuit, place) in enumerate(self._columns):
            if place < len(circuit.clamps):
                clamp = circuit.clamps[place]
                on = number if clamp.sits_on is None else clamp.sits_on
                if math.sqrt(2) * abs(scene.currents[on]) > clamp.clips_at_a:
                    bits |= 1 << (len(scene.voltages) + number)
        return bits

    def _scene(self, world: World) -> Scene:
        """The world's present, as phasors that give each conductor the power that an ideal meter sees there."""
        grid_type = world.settings.grid_type
        if grid_type == DELTA:
            return self._between_conductors(world)
        count = len(SUPPLIES[grid_type][2])
        seen = world.measure(GRID)
        angles = _angles(grid_type)
        volts = tuple(cmath.rect(row.voltage_v, angle) for row, angle in zip(seen.phases, angles, strict=False))
        stand = tuple(0j if one is None else volts[PHASES.index(one)] for one in self._wiring.terminals[:count])
        currents = []
        for number, (circuit, place) in enumerate(self._columns, 1):
            clamp = self._wiring.clamps.get(number, ClampWiring())
            index = PHASES.index(clamp.on or circuit.phases[place])
            row = world.measure(circuit.point).phases[index]
            turned = cmath.rect(1.0, angles[index])
            power = complex(row.power_w, row.reactive_power_var)
            currents.append((power / (row.voltage_v * turned)).conjugate() if row.voltage_v else 0j)
        return Scene(seen.frequency_hz, stand, tuple(currents))

    def _between_conductors(self, world: World) -> Scene:
        """As ``_scene`` on a delta grid: each clamp sits on the conductor that its code asks for (EM-148 to EM-150)."""
        volts, _ = world.phasors(GRID)
        currents = []
        for number, (circuit, place) in enumerate(self._columns, 1):
            clamp = self._wiring.clamps.get(number, ClampWiring())
            own = PHASES.index(circuit.phases[place])
            conductor = CLAMPED[own] if clamp.on is None else PHASES.index(clamp.on)
            currents.append(world.phasors(circuit.point)[1][conductor])
        stand = tuple(0j if one is None else volts[PHASES.index(one)] for one in self._wiring.terminals)
        return Scene(world.measure(GRID).frequency_hz, stand, tuple(currents))

    def _made_hello(self) -> Hello:
        spec = self._spec
        scene = spec.scene or self._scene(self._now())
        full = {"i16": 2.0**15, "i24": 2.0**23, "f32": 1.0}[spec.format]
        grid_v = max((abs(volts) for volts in scene.voltages), default=0.0) or SUPPLIES["3x400+N"][0]
        peak_v = _FULL_V * math.sqrt(2) * grid_v
        steps = [peak_v / full] * len(scene.voltages)
        steps += [spec.reach * math.sqrt(2) * circuit.rating_a / full for circuit, _ in self._columns]
        if spec.format == "f32":
            steps = [1.0] * len(steps)
        nominal = spec.nominal_hz if spec.scene else round(SUPPLIES[self._now().settings.grid_type][1])
        serial = f"SIM-{self.key}"
        return Hello(spec.rate_hz, nominal, len(scene.voltages), len(self._columns), spec.format, tuple(steps), serial)


def _clamped(clamp: ClampSettings, wiring: ClampWiring) -> ClampSettings:
    gain = clamp.gain * (OPEN_SHARE if wiring.open else 1.0)
    return replace(clamp, gain=gain, reversed=clamp.reversed != wiring.turned, open=clamp.open or wiring.unplugged)


def _angles(grid_type: GridType) -> tuple[float, float, float]:
    """Of the terminals, in radians."""
    if grid_type == "2x120/240":
        return 0.0, math.pi, 0.0
    return 0.0, -math.tau / 3, math.tau / 3
