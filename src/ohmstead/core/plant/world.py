"""The world: everything of a building that has physics, moved on by ``step``.

Use::

    world = World(WorldSettings(start=..., loads=(...), chargers=(ChargerSettings("garage"),)))
    world.plug("garage")
    world.step(0.05)                              # any dt; moves by 50 ms inside while a charger is busy
    world.measure("grid").phases[0].current_a     # points: "grid", circuits, "solar", "battery", chargers, by name
    world.board("garage").command(BoardCommands(PilotMode.PWM, 26.7, permit_close=True))
    world.board("garage").snapshot(world.instant)
    world.switch("kettle", True); world.set_watts("house", {"L1": 2300.0})
    world.energised, world.breaker.closed, world.supply.closed, world.events

Commands act at once: the network is solved again before the call returns. The same settings and the same calls
tell the same story (G-129): the log of ``events`` and all measurements are equal.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta

from ohmstead.core.model.evse import CtInput, GridCt
from ohmstead.core.model.quantities import PHASES, Phase
from ohmstead.core.model.time import Instant
from ohmstead.core.plant.battery import Battery
from ohmstead.core.plant.board import Board
from ohmstead.core.plant.car import Car
from ohmstead.core.plant.charger import Charger
from ohmstead.core.plant.drawing import Drawing
from ohmstead.core.plant.grid_ct import RadioCt, Transformers, WiredCt
from ohmstead.core.plant.household import Appliance, Now
from ohmstead.core.plant.loads import Load, powers
from ohmstead.core.plant.machines import machine
from ohmstead.core.plant.measurement import DeltaPoint, MeasuringPoint, PlantMeasurement
from ohmstead.core.plant.network import ROTATIONS, Network, Node
from ohmstead.core.plant.noise import drift, label
from ohmstead.core.plant.protection import Breaker, ContractSwitch
from ohmstead.core.plant.settings import DELTA, GRID, SUPPLIES, ChargerSettings, Cue, WorldSettings
from ohmstead.core.plant.solar import Inverter
from ohmstead.core.plant.utility import Utility
from ohmstead.core.plant.weather import outside_c

FINE_US = 50_000
"""Longest step, in microseconds, while a board or a car is moving."""
_SECOND_US = 1_000_000
_NOTHING = (0j, 0j, 0j)
_FREQUENCY_WANDER_HZ = 0.02


@dataclass(frozen=True, slots=True)
class PlantEvent:
    """Something that happened in the world, ``at_s`` seconds after its start."""

    at_s: float
    kind: str
    target: str


class World:
    """A building. ``breaker``, ``supply`` and ``battery`` are ``None`` where the settings leave them out.

    ``revision`` grows whenever a voltage or a current may have changed; ``elapsed_s`` is how long ago it began.
    """

    def __init__(self, settings: WorldSettings) -> None:
        """Build it at its start. Raises ValueError for names that stand twice or lead nowhere."""
        self.settings = settings
        self.events: list[PlantEvent] = []
        self.breaker = Breaker(settings.main_fuse_a, settings.breaker_curve) if settings.main_fuse_a else None
        self.supply = ContractSwitch(settings.contract_w, settings.contract_table) if settings.contract_w else None
        self.revision, self._us, self.elapsed_s = 0, 0, 0.0
        self._second = self._second_of_day = -1
        self._start_second = round(settings.start.timestamp())
        self._mains, self._voltage = True, 1.0
        self._nominal_v, self._nominal_hz, self.phases = SUPPLIES[settings.grid_type]
        self._delta, ohm = settings.grid_type == DELTA, settings.supply_r_ohm
        self._network = Network(GRID, ohm, ohm, self._nominal_v, ROTATIONS[len(self.phases)], self._delta)
        self._nodes = {GRID: self._network.root}
        self._loads = {load.name: Load(load, settings.seed) for load in settings.loads}
        self._appliances: dict[str, Appliance] = {one.name: machine(one) for one in settings.appliances}
        self._again_us: int | None = None
        self._drawing = Drawing(self._loads, self._appliances, self._nodes, self._tell)
        self._flowing, self._counting = list[Node](), list[MeasuringPoint]()
        self._cues: list[Cue] = sorted(settings.story, key=lambda cue: cue.at_s)
        self._chargers: dict[str, Charger] = {}
        self._wired: dict[str, WiredCt] = {}
        self._radios: dict[str, RadioCt] = {}
        self._inverter: Inverter | None = None
        self.battery = Battery(settings.battery) if settings.battery else None
        self.utilities = {one.name: Utility(one, settings.seed) for one in settings.utilities}
        self._feeds: dict[str, tuple[list[complex], tuple[int, ...]]] = {}
        self._volt_seed, self._hertz_seed = settings.seed ^ label("volt"), settings.seed ^ label("hertz")
        self._build()
        wired = {part.name: part.phases for part in (*settings.circuits, settings.solar, settings.battery) if part}
        point = DeltaPoint if self._delta else MeasuringPoint
        self._points = {
            name: point(node, settings.counters_j.get(name, (0, 0)), wired.get(name, self.phases))
            for name, node in self._nodes.items()
        }
        self._each_second()
        self._solve()

    def _build(self) -> None:
        settings = self.settings
        for circuit in settings.circuits:
            self._hang(circuit.name, circuit.parent, circuit.cable_r_ohm)
        if settings.solar:
            self._hang(settings.solar.name, GRID, 0.0, settings.solar.phases)
            self._inverter = Inverter(
                settings.solar, settings.start, settings.latitude, settings.longitude, settings.seed
            )
        if settings.battery:
            self._hang(settings.battery.name, GRID, 0.0, settings.battery.phases)
        for charger in settings.chargers:
            self._hang(charger.name, charger.parent, charger.cable_r_ohm)
            energy_j, _ = settings.counters_j.get(charger.name, (0, 0))
            self._chargers[charger.name] = Charger(charger, self._nodes[charger.name], energy_j, self._delta)
            self._chargers[charger.name].board.uptime_s = settings.boards_on_s
            if charger.plugged:
                self._chargers[charger.name].plug()
            self._fit(charger)
        wired = {circuit.name: circuit.phases for circuit in settings.circuits}
        names = {**self._loads, **self._appliances}
        if len(names) != len(settings.loads) + len(settings.appliances):
            raise ValueError("loads: a name stands once")
        for each in (*settings.loads, *settings.appliances):
            self._known(each.circuit, self._nodes, f"loads.{each.name}.circuit")
        for load in settings.loads:
            for phase in load.watts:
                self._known(phase, wired.get(load.circuit, PHASES), f"loads.{load.name}.watts")
        known: Mapping[str, Collection[str]] = {
            **dict.fromkeys(("plug", "unplug", "hurt", "heal"), self._chargers),
            "draw": self._loads,
            **dict.fromkeys(("cut", "restore"), (GRID,)),
        }
        for cue in settings.story:
            self._known(cue.target, known.get(cue.action, names), f"story at {cue.at_s:g} s")

    def _fit(self, charger: ChargerSettings) -> None:
        """The current transformers at the supply that report to ``charger``."""
        lines = [PHASES.index(phase) for phase in charger.phases]
        mains, place = self._network.root, self._nodes[charger.name]
        if charger.ct:
            self._wired[charger.name] = WiredCt(Transformers(charger.name, charger.ct, lines, mains, place))
        if charger.radio_ct:
            far = Transformers(f"{charger.name} radio", charger.radio_ct, lines, mains, place)
            self._radios[charger.name] = RadioCt(far, charger.radio_ct.paired)

    def _hang(self, name: str, parent: str, ohm: float, feeds: Collection[Phase] = ()) -> None:
        if name in self._nodes:
            raise ValueError(f"{name}: stands twice; each measuring point its own name")
        self._known(parent, self._nodes, f"{name}.parent")
        node = self._nodes[name] = self._network.add(name, self._nodes[parent], ohm, ohm)
        used = tuple(k for k in (0, 1, 2) if PHASES[k] in feeds and PHASES[k] in self.phases)
        self._feeds[name] = (node.powers, used)

    @staticmethod
    def _known(name: str, known: Collection[str], where: str) -> None:
        if name not in known:
            raise ValueError(f"{where}: got {name!r}; allowed: {', '.join(sorted(known)) or 'none exist'}")

    @property
    def instant(self) -> Instant:
        """The world's own time: UTC, and seconds since its start as the monotonic one."""
        return Instant(self.settings.start + timedelta(microseconds=self._us), self._us / _SECOND_US)

    def _outside_c(self) -> float:
        settings, second = self.settings, self._second
        return outside_c(settings.weather, settings.seed, second, self._second_of_day, settings.longitude)

    @property
    def energised(self) -> bool:
        """Whether there is voltage behind the main breaker."""
        supply, breaker = self.supply, self.breaker
        return self._mains and (supply is None or supply.closed) and (breaker is None or breaker.closed)

    @property
    def points(self) -> tuple[str, ...]:
        """The names that can be measured."""
        return tuple(self._points)

    def step(self, dt_s: float) -> None:
        """Let ``dt_s`` seconds pass, in whole microseconds."""
        end = self._us + round(dt_s * _SECOND_US)
        while self._us < end:
            step = min(end - self._us, _SECOND_US - self._us % _SECOND_US)
            if self._again_us is not None:
                step = min(step, self._again_us - self._us)
            for charger in self._chargers.values():
                if step <= FINE_US:
                    break
                if (calm := charger.calm_s() * _SECOND_US) < step:
                    step = max(FINE_US, int(calm))
            self._advance(step)

    def measure(self, point: str) -> PlantMeasurement:
        """What an ideal meter at ``point`` shows now. Raises KeyError for an unknown point."""
        hertz = self._nominal_hz + _FREQUENCY_WANDER_HZ * drift(self._hertz_seed, self._second, 20.0)
        return self._points[point].measure(hertz if self.energised else 0.0)

    def phasors(self, point: str) -> tuple[tuple[complex, ...], tuple[complex, ...]]:
        """Voltages and currents of the conductors at ``point``. Raises KeyError for an unknown point."""
        return tuple(self._points[point].node.head_voltages), tuple(self._points[point].node.currents)

    def board(self, charger: str) -> Board:
        """The board of ``charger``: commands in, snapshots out. Raises KeyError for an unknown charger."""
        return self._chargers[charger].board

    def car(self, charger: str) -> Car:
        """The car that visits ``charger``. Raises KeyError for an unknown charger."""
        return self._chargers[charger].car

    def grid_ct(self, charger: str, source: CtInput) -> GridCt:
        """What the board of ``charger`` knows of the grid connection. Raises KeyError when it has no such input."""
        inputs: Mapping[str, WiredCt | RadioCt] = self._wired if source == "wired" else self._radios
        return inputs[charger].look(self._us / _SECOND_US)

    def radio(self, charger: str) -> RadioCt:
        """The remote transformers of ``charger`` and its receiver. Raises KeyError when it has none."""
        return self._radios[charger]

    def charger(self, name: str) -> Charger:
        """Board and car at ``name``, to hurt and heal them. Raises KeyError for an unknown charger."""
        return self._chargers[name]

    @property
    def voltage(self) -> float:
        """The share of the nominal voltage that the street delivers."""
        return self._voltage

    def set_voltage(self, share: float) -> None:
        """Let the street deliver ``share`` of the nominal voltage."""
        self._voltage = share
        self._solve()

    def plug(self, charger: str) -> None:
        """Put the car's cable in."""
        if self._chargers[charger].plug():
            self._tell("car.plugged", charger)

    def unplug(self, charger: str) -> None:
        """Pull the car's cable out, under load if need be."""
        if self._chargers[charger].unplug():
            self._tell("car.unplugged", charger)
            self._solve()

    def switch(self, load: str, on: bool | None) -> None:
        """Switch ``load`` on or off by hand; ``None`` gives it back to its own pattern.

        A machine begins its program when it is switched on, with the next second.
        """
        self._hand(load, on)
        self._set_loads()
        self._solve()

    def set_watts(self, load: str, watts: Mapping[Phase, float], vars_: Mapping[Phase, float] | None = None) -> None:
        """Let ``load`` draw these watts per phase (and var, else by its power factor), as from a recording.

        Raises KeyError for one that does not exist, or is a machine and draws what its job takes.
        """
        self._loads[load].set_powers(powers(watts, self._loads[load].settings.power_factor, vars_))
        self._drawing.look_again()
        self._set_loads()
        self._solve()

    def cut_mains(self) -> None:
        """The street goes dark."""
        self._mains = False
        self._tell("mains.cut", GRID)
        self._solve()

    def restore_mains(self) -> None:
        """The street is lit again, and a person closes the supply meter's switch and the main breaker."""
        self._mains = True
        if self.supply:
            self.supply.close()
        if self.breaker:
            self.breaker.close()
        self._tell("mains.restored", GRID)
        self._solve()

    def _advance(self, step_us: int) -> None:
        """Count what flowed during the step, then let everything move to the end of it."""
        dt_s = step_us / _SECOND_US
        changed, energised = False, self.energised
        if energised:
            for point in self._counting:
                point.count(dt_s)
            if changed := self._protect(dt_s):
                energised = self.energised
        self._us += step_us
        self.elapsed_s = self._us / _SECOND_US
        if self._inverter:
            self._inverter.watch(energised, dt_s)
        if self.battery:
            self.battery.hold(energised, dt_s)
        if self._us == self._again_us:
            self._set_loads()
            changed = True
        if self._us // _SECOND_US != self._second:
            self._each_second()
            changed = True
        for name, charger in self._chargers.items():
            board = charger.board
            contact, faults = board.contact, board.faults
            changed = charger.step(dt_s, energised) or changed
            if board.contact is not contact:
                self._tell("contactor.closed" if board.contact else "contactor.opened", name)
            if board.faults != faults and board.faults & ~faults:
                self._tell(f"board.{(board.faults & ~faults).names}", name)
        if changed:
            self._solve()

    def _protect(self, dt_s: float) -> bool:
        tripped = False
        if self.supply and self.supply.step(self._grid_w(), dt_s):
            self._tell("supply.tripped", GRID)
            tripped = True
        if self.breaker and self.breaker.step([abs(i) for i in self._network.root.currents], dt_s):
            self._tell("breaker.tripped", GRID)
            tripped = True
        return tripped

    def _grid_w(self) -> float:
        root = self._network.root
        (u1, u2, u3), (i1, i2, i3) = root.voltages, root.currents
        return (u1 * i1.conjugate() + u2 * i2.conjugate() + u3 * i3.conjugate()).real

    def _each_second(self) -> None:
        second = self._second = self._us // _SECOND_US
        self._second_of_day = (self._start_second + second) % 86_400
        if self.battery:
            self.battery.correct(self._grid_w())
        while self._cues and self._cues[0].at_s <= second:
            self._act(self._cues.pop(0))
        for utility in self.utilities.values():
            utility.step(second, self._second_of_day)
        self._set_loads()
        if self.energised:
            for radio in self._radios.values():
                radio.second(second)

    def _act(self, cue: Cue) -> None:
        match cue.action:
            case "plug":
                self.plug(cue.target)
            case "unplug":
                self.unplug(cue.target)
            case "draw":
                load = self._loads[cue.target]
                load.set_powers(powers(cue.watts, load.settings.power_factor))
                self._drawing.look_again()
            case "hurt" | "heal":
                self._chargers[cue.target].suffer(cue.flaw)
            case "cut":
                self.cut_mains()
            case "restore":
                self.restore_mains()
            case _:
                self._hand(cue.target, {"on": True, "off": False}.get(cue.action))

    def _hand(self, name: str, on: bool | None) -> None:
        if name in self._appliances:
            self._appliances[name].forced = on
        else:
            self._loads[name].forced = on
        self._drawing.look_again()

    def _set_loads(self) -> None:
        second, second_of_day = self._second, self._second_of_day
        self._drawing.put(second, second_of_day)
        if self._appliances:
            again_s = self._drawing.run(Now(second, second_of_day, self.elapsed_s, self._outside_c(), self.energised))
            self._again_us = None if again_s is None else round(again_s * _SECOND_US)
        if self._inverter and self.settings.solar:
            self._feed(self.settings.solar.name, -self._inverter.power_w(second))
        if self.battery:
            self._feed(self.battery.settings.name, self.battery.power_w)

    def _feed(self, name: str, power_w: float) -> None:
        """Put the power of an inverter on its phases, as far as the supply has them."""
        powers, used = self._feeds[name]
        for k in used:
            powers[k] = complex(power_w / len(used))

    def _solve(self) -> None:
        settings = self.settings
        volts = 0.0
        if self.energised:
            volts = self._nominal_v * self._voltage
            if settings.voltage_wander:
                volts *= 1.0 + settings.voltage_wander * drift(self._volt_seed, self._second, 30.0)
        self._network.solve(volts)
        if self._flowing is not self._network.flowing:
            self._flowing = self._network.flowing
            self._counting = [self._points[node.name] for node in self._flowing]
        self.revision += 1

    def _tell(self, kind: str, target: str) -> None:
        self.events.append(PlantEvent(self._us / _SECOND_US, kind, target))
