"""From settings to open devices: each with the adapter of its driver, neighbours sharing their connection.

Nothing is asked of a device here, so one that is off delays nobody's start.
"""

from collections.abc import Mapping

from ohmstead.core.model.errors import ConfigurationError, Mistake
from ohmstead.core.model.measuring import BoxSettings
from ohmstead.core.model.points import wired
from ohmstead.core.model.quantities import PHASES, Role
from ohmstead.core.model.settings import BoardSettings, ChargerSettings, DeviceSettings
from ohmstead.drivers.board_ct import BoardCt
from ohmstead.drivers.clock import Clock
from ohmstead.drivers.cluster_member import ClusterMember
from ohmstead.drivers.evse_din import EvseDin
from ohmstead.drivers.modbus_board import ModbusBoard
from ohmstead.drivers.modbus_meter import ModbusMeter, Wiring
from ohmstead.drivers.open_source import open_recording, open_source
from ohmstead.drivers.p1_meter import P1Meter
from ohmstead.drivers.phoenix_ev_cc import PhoenixEvCc
from ohmstead.drivers.ports import EvseBoard, Installation, Meter
from ohmstead.drivers.power_box import PowerBoxCircuit
from ohmstead.drivers.power_box_setup import PowerBoxInstallation
from ohmstead.drivers.sampling.circuit import SampledCircuit
from ohmstead.drivers.sampling.front_end import FrontEnds
from ohmstead.drivers.sunspec import SunspecDevice
from ohmstead.protocols.meters.catalogue import load
from ohmstead.transport.address import parse, parse_line, parse_samples
from ohmstead.transport.modbus_client import Buses, Line
from ohmstead.transport.mqtt_client import Brokers


def open_meter(
    name: str,
    settings: DeviceSettings,
    buses: Buses,
    clock: Clock,
    chargers: Mapping[str, ChargerSettings] | None = None,
    brokers: Brokers | None = None,
    front_ends: FrontEnds | None = None,
) -> Meter:
    """The meter or inverter called ``name``; of ``chargers`` the boards are known, for one that is an input there.

    Devices that are given the same ``brokers`` or ``front_ends`` share their connections; without it this one has its
    own. Raises
    ConfigurationError for a model, wiring or address it cannot use.
    """
    where = f"devices.{name}"
    if settings.driver in ("mqtt", "http", "shelly", "tasmota"):
        return open_source(_wiring(name, settings, 3), settings, brokers or Brokers(), clock)
    if settings.driver == "samples":
        return _open_samples(name, settings, front_ends or FrontEnds(), clock)
    if settings.driver == "recording":
        return open_recording(name, settings, clock)
    if settings.board is not None and settings.input is not None:
        charger = (chargers or {})[settings.board]
        line = _line(charger.board.connect, f"chargers.{settings.board}.board.connect", buses)
        phases = settings.phases or charger.phases
        return BoardCt(name, settings.input, phases, charger.board.unit, line, clock)
    if settings.driver == "p1":
        address = parse_line(settings.connect, f"{where}.connect")
        return P1Meter(_wiring(name, settings, 3), address, clock, settings.key, settings.authentication_key)
    if settings.driver == "sunspec":
        wiring = _wiring(name, settings, 3)
        return SunspecDevice(wiring, _line(settings.connect, f"{where}.connect", buses), clock)
    if settings.driver == "power-box":
        slots = tuple(each.slot - 1 for each in settings.slots or ())
        ratings = {each.slot - 1: each.rating_a or settings.rating_a for each in settings.slots or ()}
        line = _line(settings.connect, f"{where}.connect", buses)
        delta = front_ends is not None and front_ends.grid_type == "3x230"
        return PowerBoxCircuit(_wiring(name, settings, 3), slots, line, clock, ratings, delta)
    try:
        table = load(settings.meter or "")
    except ConfigurationError as error:
        named = (Mistake(f"{where}.{m.where}", m.came, m.allowed, m.hint) for m in error.mistakes)
        raise ConfigurationError(tuple(named)) from error
    if settings.role is Role.VEHICLE and not any(point.quantity == "energy_import" for point in table.points):
        mistake = Mistake(f"{where}.meter", f"{settings.meter}, which counts no energy", "a meter with a counter")
        raise ConfigurationError((mistake,))
    wiring = _wiring(name, settings, table.phases)
    return ModbusMeter(wiring, table, _line(settings.connect, f"{where}.connect", buses), clock)


def _open_samples(name: str, settings: DeviceSettings, front_ends: FrontEnds, clock: Clock) -> Meter:
    points = wired(settings.points or (), settings.phases, settings.rating_a)
    front_end = front_ends.open(parse_samples(settings.connect, f"devices.{name}.connect"))
    return SampledCircuit(name, settings.role, points, front_end, front_ends, clock)


def open_board(name: str, settings: BoardSettings, buses: Buses, clock: Clock) -> EvseBoard:
    """The board of the charger called ``name``. Raises ConfigurationError for an address it cannot use."""
    kind = _BOARDS.get(settings.driver, ModbusBoard)
    return kind(settings.unit, _line(settings.connect, f"chargers.{name}.board.connect", buses), clock)


def open_member(name: str, settings: BoardSettings, buses: Buses) -> ClusterMember:
    """The slave that is the charger called ``name`` here. Raises ConfigurationError for an address it cannot use."""
    return ClusterMember(settings.unit, _line(settings.connect, f"chargers.{name}.board.connect", buses))


_BOARDS: Mapping[str, type[ModbusBoard | PhoenixEvCc | EvseDin]] = {"phoenix-ev-cc": PhoenixEvCc, "evse-din": EvseDin}


def open_box(name: str, settings: BoxSettings, buses: Buses) -> Installation:
    """The Power Box called ``name``, for who installs it. Raises ConfigurationError for an address it cannot use."""
    return PowerBoxInstallation(_line(settings.connect, f"boxes.{name}.connect", buses), settings.unit)


def _line(connect: str, where: str, buses: Buses) -> Line:
    address = parse(connect, where)
    other = buses.unlike(address)
    if other is not None:
        hint = "All devices on one serial port speak alike."
        raise ConfigurationError((Mistake(where, str(address), f"{other}, as another device there", hint),))
    return buses.open(address)


def _wiring(name: str, settings: DeviceSettings, terminals: int) -> Wiring:
    phases = settings.phases or PHASES[:terminals]
    if len(phases) > terminals:
        hint = "Name one phase per terminal, in the order of the terminals."
        mistake = Mistake(f"devices.{name}.phases", f"{len(phases)} phases", f"at most {terminals}", hint)
        raise ConfigurationError((mistake,))
    return Wiring(name, settings.unit, settings.role, phases)
