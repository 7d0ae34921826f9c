"""One unit on a Modbus line: who is it? Questions in the order in which an answer leaves least doubt.

Our board's profile, a board's order designation, SunSpec's mark and the Power Box's model number speak for themselves;
then the codes that makers published for their models; last, what our tables make of the registers. Each block is asked
for once.
"""

from collections.abc import Iterable, Set
from itertools import chain

from ohmstead.core.model.errors import DeviceError, DeviceRefused, DeviceUnreachable
from ohmstead.core.model.reasons import Reason
from ohmstead.drivers.scanning.finding import Finding, Side, Sureness, presentable
from ohmstead.drivers.sunspec_map import find_models
from ohmstead.protocols.boards import phoenix_ev_cc
from ohmstead.protocols.boards.words import NotThisBoard
from ohmstead.protocols.evse_board import IDENTITY_COUNT, IDENTITY_START, NotThisProfile, decode_identity
from ohmstead.protocols.meters import catalogue
from ohmstead.protocols.meters.codec import decode
from ohmstead.protocols.meters.recognising import Fit, best, fit
from ohmstead.protocols.meters.table import Block, MeterTable
from ohmstead.protocols.power_box.codec import decode_bus, decode_setup
from ohmstead.protocols.power_box.table import table as power_box
from ohmstead.protocols.registers import READ_LIMIT
from ohmstead.protocols.sunspec.device import COMMON, Placed
from ohmstead.protocols.sunspec.measuring import INVERTERS, METERS, legs
from ohmstead.protocols.sunspec.models import decode as decode_model
from ohmstead.protocols.sunspec.models import model
from ohmstead.protocols.sunspec.storage import BATTERY, BATTERY_BASE, DC_PORTS, PANELS, STORAGE, dc_ports
from ohmstead.transport.modbus_client import ModbusBus

HOLDING, INPUT = 3, 4
DEADLINE_S = 0.5
SILENT_AT_MOST = 16
"""Some meters do not refuse registers they lack but stay silent; one that says nothing to so many has gone."""
_KWH_J = 3_600_000


class Unit:
    """One unit, asked for each block once. Whatever it refuses is ``None``."""

    def __init__(self, bus: ModbusBus, number: int) -> None:
        """Nothing is asked yet."""
        self.bus, self.number = bus, number
        self.where = f"{bus.address} unit {number}"
        self._known: dict[Block, tuple[int, ...] | DeviceError] = {}
        self._silent = 0

    @property
    def gone(self) -> bool:
        """Whether asking on makes no sense."""
        return self._silent >= SILENT_AT_MOST

    async def words(self, block: Block) -> tuple[int, ...]:
        """What stands in ``block``. Raises DeviceError."""
        if block not in self._known:
            if self.gone:
                raise DeviceUnreachable(Reason("scan.gone", {"where": self.where}))
            try:
                self._known[block] = await self.bus.read(
                    self.number, block.function, block.start, block.count, deadline_s=DEADLINE_S
                )
                self._silent = 0
            except DeviceError as error:
                self._silent = 0 if isinstance(error, DeviceRefused) else self._silent + 1
                self._known[block] = error
        known = self._known[block]
        if isinstance(known, DeviceError):
            raise known
        return known

    async def all(self, blocks: Iterable[Block]) -> list[tuple[int, ...]] | None:
        """What stands in ``blocks``; ``None`` as soon as one is not given."""
        try:
            return [await self.words(block) for block in blocks]
        except DeviceError:
            return None


async def recognise(unit: Unit) -> Finding | None:
    """Who the unit is; ``None`` for something that speaks Modbus and fits nothing we know."""
    for question in (_board, _phoenix, _sunspec, _power_box, _meter):
        finding = await question(unit)
        if finding is not None:
            return finding
    return None


async def turned_round(unit: Unit) -> Reason | None:
    """Which table would fit a unit that was not recognised, if its words or bytes stood the other way round."""
    for table in map(catalogue.load, catalogue.names()):
        blocks = await unit.all(table.blocks)
        problem = decode(table, blocks).problem if blocks is not None else None
        if problem is not None and problem.key == "meter.implausible_order":
            orders = {name: problem.params[name] for name in ("word_order", "byte_order")}
            return Reason("scan.turned_round", {"where": unit.where, "model": table.name, **orders})
    return None


async def other_model(unit: Unit, claimed: MeterTable) -> MeterTable | None:
    """The model that the unit says it is, where it says another than ``claimed``; ``None`` when it says nothing."""
    for table in (claimed, *_with_codes()):
        words = await unit.all((table.identify.block,)) if table.identify else None
        if words is not None and table.identify is not None and table.identify.fits(words[0]):
            return None if table == claimed else table
    return None


async def _board(unit: Unit) -> Finding | None:
    words = await unit.all((Block(INPUT, IDENTITY_START, IDENTITY_COUNT),))
    if words is None:
        return None
    try:
        plate, _ = decode_identity(words[0])
    except NotThisProfile:
        return None
    name = presentable(f"{plate.vendor} {plate.model}".strip())
    return Finding(
        *(str(unit.bus.address), unit.number, "modbus-board", name, Sureness.SURE),
        phases=plate.phases,
        rated_current_a=plate.rated_current_a,
        mark=plate.serial,
    )


async def _phoenix(unit: Unit) -> Finding | None:
    words = await unit.all((phoenix_ev_cc.PLATE,))
    if words is None:
        return None
    try:
        plate = phoenix_ev_cc.decode_plate(words[0])
    except NotThisBoard:
        return None
    preset = await unit.all((phoenix_ev_cc.PRESET,))
    return Finding(
        *(str(unit.bus.address), unit.number, "phoenix-ev-cc"),
        presentable(f"{phoenix_ev_cc.MAKER} {plate.designation}"),
        Sureness.SURE,
        rated_current_a=None if preset is None else float(preset[0][0]),
        mark=plate.serial,
    )


async def _sunspec(unit: Unit) -> Finding | None:
    async def words(register: int, count: int) -> tuple[int, ...]:
        return await unit.words(Block(HOLDING, register, count))

    try:
        seen = await find_models(words, unit.where)
    except DeviceError:
        return None
    sides = _sources({place.id for place in seen}, await _port_kinds(unit, seen))
    sides += ["meter"] if any(place.id in METERS for place in seen) else []
    if not sides:
        return None
    maker, name, serial = await _plate(unit, seen)
    shown = f"{maker} {name}".strip() or "SunSpec"
    return Finding(
        *(str(unit.bus.address), unit.number, "sunspec", shown, Sureness.SURE),
        phases=max((legs(place.id) for place in seen if place.id in (*INVERTERS, *METERS)), default=3),
        sides=tuple(sides),
        mark=serial,
    )


def _sources(ids: Set[int], kinds: Set[int | None]) -> list[Side]:
    """What its models and its ports of direct current say stands there; inverters list model 124 without a battery."""
    inverter, battery = not ids.isdisjoint(INVERTERS), not ids.isdisjoint((STORAGE, BATTERY_BASE))
    if {PANELS, BATTERY} <= kinds:
        return ["inverter", "battery"]
    if BATTERY in kinds or (battery and not inverter):
        return ["battery"]
    if battery and PANELS not in kinds:
        return ["either"]
    return ["inverter"] if inverter else []


async def _port_kinds(unit: Unit, seen: list[Placed]) -> Set[int | None]:
    """What hangs on the ports of direct current; nothing where the device tells nothing of them."""
    place = next((place for place in seen if place.id == DC_PORTS), None)
    if place is None:
        return frozenset()
    whole = place.length + 2
    words = await unit.all(
        Block(HOLDING, place.register + begin, min(READ_LIMIT, whole - begin)) for begin in range(0, whole, READ_LIMIT)
    )
    try:
        return frozenset() if words is None else {port.kind for port in dc_ports(tuple(chain(*words)))[1]}
    except ValueError:
        return frozenset()


async def _plate(unit: Unit, seen: list[Placed]) -> tuple[str, str, str]:
    about = next((place for place in seen if place.id == COMMON), None)
    if about is None:
        return "", "", ""
    words = await unit.all((Block(HOLDING, about.register, about.length + 2),))
    points = decode_model(model(COMMON), words[0], 0) if words else {}

    def shown(name: str) -> str:
        text = points.get(name)
        return presentable(text) if isinstance(text, str) else ""

    return shown("Mn"), shown("Md"), shown("SN")


async def _power_box(unit: Unit) -> Finding | None:
    words = await unit.all(power_box().blocks(live=False))
    if words is None:
        return None
    try:
        setup = decode_setup(words)
    except ValueError:
        return None
    placed = [index + 1 for index, slot in enumerate(setup.slots) if slot.association is not None]
    devices = await unit.all(power_box().bus_blocks())
    together = [tuple(slot + 1 for slot in one.slots) for one in decode_bus(devices or [])] if devices else []
    groups = [group for group in together if len(group) == 3 and set(group) <= set(placed)]
    taken = {slot for group in groups for slot in group}
    circuits = (*groups, *((slot,) for slot in placed if slot not in taken))
    return Finding(
        *(str(unit.bus.address), unit.number, "power-box", power_box().name, Sureness.SURE),
        circuits=tuple(sorted(circuits)),
        mark=setup.serial,
    )


async def _meter(unit: Unit) -> Finding | None:
    strangers: set[str] = set()
    for table in _with_codes():
        words = await unit.all((table.identify.block,)) if table.identify else None
        if words is None or table.identify is None:
            continue
        if table.identify.fits(words[0]):
            return await _known(unit, (table,), Sureness.SURE)
        strangers.add(table.key)
    fits: list[Fit] = []
    mute: list[Fit] = []
    for table in map(catalogue.load, catalogue.names()):
        blocks = None if table.key in strangers else await unit.all(table.blocks)
        found = fit(table, blocks) if blocks is not None else None
        if found is not None:
            (fits if table.identify is None else mute).append(found)
    top = best(fits) or best(mute)  # one that has a code and does not give it is less likely
    if not top:
        return None
    sure = Sureness.LIKELY if len(top) == 1 and top[0].telling else Sureness.POSSIBLE
    return await _known(unit, tuple(each.table for each in top), sure)


def _with_codes() -> tuple[MeterTable, ...]:
    return tuple(table for table in map(catalogue.load, catalogue.names()) if table.identify is not None)


async def _known(unit: Unit, tables: tuple[MeterTable, ...], sure: Sureness) -> Finding:
    blocks = await unit.all(tables[0].blocks)
    counters = () if blocks is None else _counters(tables[0], blocks)
    return Finding(
        *(str(unit.bus.address), unit.number, "modbus", " / ".join(table.name for table in tables), sure),
        meters=tuple(table.key for table in tables),
        phases=tables[0].phases,
        mark=" ".join(f"{each} kWh" for each in counters) if any(counters) else "",
    )


def _counters(table: MeterTable, blocks: list[tuple[int, ...]]) -> tuple[int, ...]:
    values = decode(table, blocks)
    return tuple((each or 0) // _KWH_J for each in (values.energy_import_j, values.energy_export_j))
