"""The wires of a building: devices of one wire behind one server, with what goes wrong on it.

A serial wire is a pseudo terminal; where the network is the one inside the process (``transport.pipe.HOST``) it is a
gateway instead, for nothing waits for a terminal on virtual time.
"""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Mapping, Sequence

from ohmstead.core.plant.world import World
from ohmstead.simulator.devices import Device, Equipment
from ohmstead.simulator.settings import Place, Trouble, WireSpec
from ohmstead.simulator.supply_meter import SupplyMeter
from ohmstead.transport.modbus_server import (
    Fault,
    Mangle,
    ModbusServer,
    bit_errors,
    failure,
    flood,
    garbage,
    other_transaction,
    other_unit,
    short,
)
from ohmstead.transport.pipe import HOST
from ohmstead.transport.pty_server import PtyServer
from ohmstead.transport.rtu_gateway import RtuGateway, failure_rtu, other_unit_rtu
from ohmstead.transport.speaker import PtySpeaker, TcpSpeaker

SLOW_S = 2.0
_ANY: Mapping[Trouble, Callable[[], Mangle]] = {
    Trouble.GARBAGE: lambda: garbage,
    Trouble.GARBLED: bit_errors,
    Trouble.SHORT: lambda: short,
}
_MANGLES: Mapping[str, Mapping[Trouble, Callable[[], Mangle]]] = {
    "tcp": {
        **_ANY,
        Trouble.EXCEPTION: lambda: failure,
        Trouble.FLOOD: lambda: flood,
        Trouble.OTHER_UNIT: lambda: other_unit,
        Trouble.OTHER_TRANSACTION: lambda: other_transaction,
    },
    "tcp+rtu": {**_ANY, Trouble.EXCEPTION: lambda: failure_rtu, Trouble.OTHER_UNIT: lambda: other_unit_rtu},
    "serial": {**_ANY, Trouble.EXCEPTION: lambda: failure_rtu, Trouble.OTHER_UNIT: lambda: other_unit_rtu},
}
_CANNOT: Mapping[str, Mapping[Trouble, str]] = {
    "tcp": {},
    "tcp+rtu": {
        Trouble.OTHER_TRANSACTION: "frames of a serial line have no transaction",
        Trouble.FLOOD: "a serial line carries no more than its speed",
    },
    "serial": {
        Trouble.OTHER_TRANSACTION: "frames of a serial line have no transaction",
        Trouble.FLOOD: "a serial line carries no more than its speed",
        Trouble.REFUSED: "a serial line has no connection to refuse",
        Trouble.HALF_OPEN: "a serial line has no connection",
    },
}


class Wire(ABC):
    """One wire with its equipment."""

    def __init__(self, spec: WireSpec) -> None:
        """On no network yet."""
        self.spec = spec
        self.running = False

    @abstractmethod
    async def start(self, host: str, port: int) -> None:
        """Listen there; a serial wire has a path of its own. Raises OSError when that cannot be."""

    @abstractmethod
    async def open(self) -> None:
        """Listen again where it did before."""

    @abstractmethod
    async def shut(self) -> None:
        """Drop every connection and take no new one."""

    @abstractmethod
    def place(self, unit: int) -> Place:
        """Where its unit answers, once started."""

    @abstractmethod
    def afflict(self, lit: bool) -> None:
        """Let the troubles of its equipment show; without light nobody answers."""

    @abstractmethod
    def deafen(self) -> None:
        """Nothing on the present connections is answered any more."""

    def swap(self, one: int, other: int) -> None:
        """Exchange two units."""
        raise ValueError(f"wire {self.spec.name}: nothing on it has units {one} and {other}")

    def cannot(self, trouble: Trouble) -> str | None:
        """Why nothing on this wire can have that trouble."""
        return _CANNOT[self.spec.kind].get(trouble)

    def _kind(self, host: str, instead: str) -> str:
        return instead if self.spec.kind == "serial" and host == HOST else self.spec.kind


class RegisterWire(Wire):
    """Devices that are asked."""

    def __init__(self, spec: WireSpec, devices: Sequence[Device]) -> None:
        """All of one wire, each with its own unit."""
        super().__init__(spec)
        self._devices = tuple(devices)
        self._server: ModbusServer | PtyServer | None = None
        self._mangles = _MANGLES["tcp"]
        self._host = ""

    async def start(self, host: str, port: int) -> None:
        """As the port says."""
        units, kind = [device.served() for device in self._devices], self._kind(host, "tcp+rtu")
        server: ModbusServer | PtyServer
        if kind == "serial":
            server = PtyServer(units, self.spec.baud, self.spec.parity)
        elif kind == "tcp+rtu":
            server = RtuGateway(units, host, port, self.spec.character_s)
        else:
            server = ModbusServer(units, host, port)
        self._server, self._host, self._mangles = server, host, _MANGLES[kind]
        await self.open()

    async def open(self) -> None:
        """As the port says."""
        if self._server is not None:
            await self._server.start()
            self.running = True

    async def shut(self) -> None:
        """As the port says."""
        self.running = False
        if self._server is not None:
            await self._server.stop()

    def place(self, unit: int) -> Place:
        """As the port says."""
        server = self._server
        if server is None:
            raise ValueError(f"wire {self.spec.name} is not started")
        if isinstance(server, PtyServer):
            return Place(server.path, 0, unit, "serial", _line(self.spec))
        return Place(self._host, server.port, unit, "tcp+rtu" if isinstance(server, RtuGateway) else "tcp")

    def afflict(self, lit: bool) -> None:
        """As the port says."""
        if self._server is None:
            return
        faults = self._server.faults.units
        for device in self._devices:
            fault = self._fault(device, lit)
            if fault is None:
                faults.pop(device.unit, None)
            else:
                faults[device.unit] = fault

    def deafen(self) -> None:
        """As the port says."""
        if isinstance(self._server, ModbusServer):
            self._server.deafen()

    def swap(self, one: int, other: int) -> None:
        """As the port says."""
        if self._server is not None:
            self._server.swap(one, other)

    def _fault(self, device: Device, lit: bool) -> Fault | None:
        if not lit or any(each.trouble is Trouble.BUS_SHORT for each in self._devices):
            return Fault(lost=True)
        if device.trouble is Trouble.SILENT:
            return Fault(silent=True)
        if device.trouble is Trouble.SLOW:
            return Fault(delay_s=SLOW_S)
        mangle = self._mangles.get(device.trouble) if device.trouble else None
        return Fault(mangle=mangle()) if mangle else None


class TelegramWire(Wire):
    """A supply meter that speaks by itself."""

    def __init__(self, spec: WireSpec, meter: SupplyMeter) -> None:
        """The meter alone."""
        super().__init__(spec)
        self._meter = meter
        self._speaker: TcpSpeaker | PtySpeaker | None = None
        self._host = ""
        self._lit = True
        self._said = -1
        self._late: deque[tuple[float, bytes]] = deque(maxlen=4)
        self._mangle: Mangle | None = None

    async def start(self, host: str, port: int) -> None:
        """As the port says."""
        serial = self._kind(host, "tcp") == "serial"
        self._host, self._speaker = host, PtySpeaker(self.spec.baud) if serial else TcpSpeaker(host, port)
        await self.open()

    async def open(self) -> None:
        """As the port says."""
        if self._speaker is not None:
            await self._speaker.start()
            self.running = True

    async def shut(self) -> None:
        """As the port says."""
        self.running = False
        if self._speaker is not None:
            await self._speaker.stop()

    def place(self, unit: int) -> Place:
        """As the port says."""
        if isinstance(self._speaker, PtySpeaker):
            return Place(self._speaker.path, 0, unit, "serial", _line(self.spec))
        if self._speaker is None:
            raise ValueError(f"wire {self.spec.name} is not started")
        return Place(self._host, self._speaker.port, unit)

    def afflict(self, lit: bool) -> None:
        """As the port says."""
        self._lit = lit
        mangle = _ANY.get(self._meter.trouble) if self._meter.trouble else None
        self._mangle = mangle() if mangle else None

    def deafen(self) -> None:
        """As the port says."""
        if self._speaker is not None:
            self._speaker.deafen()

    def speak(self, world: World) -> None:
        """Say what is due at the world's time; called several times a rhythm."""
        now_s, trouble = world.instant.monotonic_s, self._meter.trouble
        while self._late and self._late[0][0] <= now_s:
            self._say(self._late.popleft()[1])
        turn = int(now_s // self._meter.rhythm_s)
        if turn == self._said:
            return
        self._said = turn
        if not self._lit or trouble in (Trouble.SILENT, Trouble.BUS_SHORT):
            return
        said = self._meter.telegram()
        if trouble is Trouble.SLOW:
            self._late.append((now_s + SLOW_S, said))
        else:
            self._say(said)

    def _say(self, telegram: bytes) -> None:
        if self._speaker is not None:
            self._speaker.say(self._mangle(telegram) if self._mangle else telegram)


def wired(specs: Sequence[WireSpec], equipment: Sequence[Equipment]) -> dict[str, Wire]:
    """Each piece of equipment on its wire. Raises ValueError for a supply meter that is not alone."""
    known = {spec.name: spec for spec in specs}
    found: dict[str, Wire] = {}
    for name in dict.fromkeys(each.wire for each in equipment):
        spec = known.get(name, WireSpec(name))
        on_it = [each for each in equipment if each.wire == name]
        devices = [each for each in on_it if isinstance(each, Device)]
        meters = [each for each in on_it if isinstance(each, SupplyMeter)]
        if meters and len(on_it) > 1:
            raise ValueError(f"wire {name}: a supply meter speaks by itself and needs a wire of its own")
        found[name] = TelegramWire(spec, meters[0]) if meters else RegisterWire(spec, devices)
    return found


def _line(spec: WireSpec) -> str:
    return f"baud={spec.baud}" + (f"&parity={spec.parity}" if spec.parity != "none" else "")
