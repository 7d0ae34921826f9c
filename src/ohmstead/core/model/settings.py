"""What an installer writes once: the shape of ``site.toml`` and of the settings kept in the store.

Models are frozen and refuse unknown keys; :func:`conflicts` compares parts; ``site.configuration`` reads files.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ohmstead.core.model.authorization import AuthorizedSettings
from ohmstead.core.model.boards import MEMBER, BoardDriver, unfit_inputs
from ohmstead.core.model.chargers import Earthing, WakeUp
from ohmstead.core.model.circuits import CircuitSettings, LoadSettings, MemberSettings, circuit_conflicts
from ohmstead.core.model.clustering import ClusterSettings, cluster_conflicts, slave_line_conflicts
from ohmstead.core.model.errors import Mistake
from ohmstead.core.model.evse import CtInput
from ohmstead.core.model.measuring import BoxSettings, GatewaySettings
from ohmstead.core.model.modes import PROGRAMS, SOLAR, ChargingMode, DefaultMode, GreenOptions, Program, SurplusSettings
from ohmstead.core.model.naming import Key
from ohmstead.core.model.networks import NetworksSettings
from ohmstead.core.model.panel import PanelSettings
from ohmstead.core.model.phases import PhaseSettings
from ohmstead.core.model.points import Slots, codes_of, unmeasurable
from ohmstead.core.model.quantities import MINIMUM_CURRENT_A, PHASES, GridType, Phase, Role
from ohmstead.core.model.serving import ServeSettings, serial_port, serving_conflicts
from ohmstead.core.model.setting_values import (
    BROKERS_AND_HOSTS,
    Address,
    AgreedCurrent,
    CipherKey,
    Phases,
    ZoneName,
    place,
)
from ohmstead.core.model.sources import SourceSettings, bare

GRID_LIMIT_W = (500.0, 2_000_000.0)
"""What the grid limit may be. Below 500 W kW were meant."""
SLOWEST_GRID_S = 10.0
"""No supply meter speaks more seldom (DSMR up to version 4), and control waits for none any longer (G-021)."""
SLOWEST_VEHICLE_S = 10.0
"""A session ends with the next word of its meter, and nobody waits for that any longer."""

START_S, SLOW_START_S = 90.0, 120.0
"""How long a meter may be silent after a start before that is a fault; the slow family begins with ``ivy`` (G-039)."""


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SiteSettings(LoadSettings):
    """The location and its supply."""

    name: str = Field(min_length=1, max_length=80)
    timezone: ZoneName
    grid_type: GridType = "3x400+N"
    main_fuse_a: float | None = Field(default=None, ge=MINIMUM_CURRENT_A, le=2000)
    """Rating of the main breaker per phase. Without it no per-phase limit is kept (G-020)."""
    max_current_a: float | None = Field(default=None, ge=MINIMUM_CURRENT_A, le=2000)
    """The maximum current of the installation per phase, where it is less than the main breaker's (EM-242)."""
    contract_power_w: float | None = Field(default=None, ge=GRID_LIMIT_W[0], le=GRID_LIMIT_W[1])
    """The grid limit: upper bound of the imported power (EV-178)."""
    surplus: SurplusSettings = SurplusSettings()
    """What of the surplus is not for cars in Green."""
    load_management: bool = True
    """Whether charging keeps the limits of the supply (EV-292); Green needs it."""

    @property
    def phase_limit_a(self) -> float | None:
        """What may flow in each conductor; ``None`` when nobody told."""
        told = [each for each in (self.main_fuse_a, self.max_current_a) if each is not None]
        return min(told, default=None)

    @property
    def id(self) -> str:
        """The name as an address: lower case, digits and dashes."""
        return re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-") or "site"

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The live conductors of the supply."""
        return codes_of(self.grid_type)


class DeviceSettings(SourceSettings):
    """One meter, inverter or other measuring device."""

    driver: Literal[
        "modbus",
        "sunspec",
        "power-box",
        "samples",
        "p1",
        "board-ct",
        "mqtt",
        "http",
        "shelly",
        "tasmota",
        "recording",
        "plant",
    ]
    meter: str | None = Field(default=None, min_length=1)
    """Name of a table in ``protocols/meters``; for the driver ``modbus``."""
    connect: Address
    unit: int = Field(default=1, ge=1, le=247)
    slots: Slots | None = None
    """The slots of a Power Box that measure this circuit together, counted from 1; for the driver ``power-box``."""
    role: Role
    name: str | None = Field(default=None, min_length=1, max_length=80)
    """What people read; the key when left out."""
    phases: Phases | None = None
    """Site phase behind each of the device's own terminals, in order; all in order when left out."""
    key: CipherKey | None = None
    """What the grid company encrypts telegrams with: 32 hexadecimal digits; for the driver ``p1``."""
    authentication_key: CipherKey | None = None
    """The second key of encrypted telegrams; when left out the one published for Luxembourg."""
    period_s: float | None = Field(default=None, ge=0.05, le=3600)
    """How often to ask; by default the grid meter as often as it answers (up to 10 a second), others once a second."""
    start_s: float | None = Field(default=None, ge=0, le=600)
    """How long it may be silent after a start before that is a fault (G-039)."""
    input: CtInput | None = None
    """Which current transformers of the board at ``connect``: its own, or a paired remote; for ``board-ct``."""

    @property
    def may_start_s(self) -> float:
        """``start_s``, or what its family is known to need."""
        if self.start_s is not None:
            return self.start_s
        return SLOW_START_S if (self.meter or "").startswith("ivy") else START_S

    @property
    def parts(self) -> tuple[str, ...]:
        """What of the device at its address this is: other parts of it may be devices of their own."""
        if self.driver == "sunspec" and self.role in (Role.GRID, Role.LOAD, Role.VEHICLE):
            return ("meter",)
        if self.driver == "sunspec" and self.role is Role.BATTERY:
            return ("battery",)
        if self.channels:
            return tuple(sorted({f"{one.topic or ''} {one.path}" for one in self.channels.values()}))
        if self.topic or self.component or self.channel:
            return (f"{self.topic or ''} {self.component or ''} {self.channel or ''}",)
        if self.input is not None:
            return (self.input,)
        if self.points:
            return tuple(f"point {point.column}" for point in self.points)
        return tuple(f"slot {each.slot}" for each in self.slots) if self.slots else ("",)

    @model_validator(mode="after")
    def _table_named(self) -> "DeviceSettings":
        if self.driver == "modbus" and self.meter is None:
            raise ValueError('meter is needed with driver = "modbus"')
        if self.key is not None and self.driver != "p1":
            raise ValueError('key belongs only to driver = "p1"')
        if self.authentication_key is not None and self.key is None:
            raise ValueError("authentication_key needs key beside it")
        if (self.driver == "power-box") is not (self.slots is not None):
            raise ValueError('slots is needed with driver = "power-box", and only there')
        if self.driver == "samples" and (self.points is None or not self.connect.startswith("samples:")):
            raise ValueError('points, and connect = "samples://HOST:PORT", are needed with driver = "samples"')
        if self.driver in ("mqtt", "http") and not self.channels:
            raise ValueError(f'channels is needed with driver = "{self.driver}"')
        for foreign in self.foreign_keys(self.driver):
            raise ValueError(foreign)
        if self.driver == "p1" and self.role is Role.VEHICLE:
            raise ValueError('a meter of the charger itself: driver = "p1" reads the meter of the supply')
        return self

    @model_validator(mode="after")
    def _at_a_board(self) -> "DeviceSettings":
        board = self.driver == "board-ct"
        if board is not self.connect.startswith("board:"):
            raise ValueError('connect = "board://CHARGER" with driver = "board-ct", and only there')
        if board is not (self.input is not None):
            raise ValueError('input, "wired" or "remote", is needed with driver = "board-ct", and only there')
        if board and (self.unit != 1 or self.meter is not None):
            raise ValueError("neither unit nor meter: the section of the charger tells them")
        if board and self.role is not Role.GRID:
            raise ValueError('role = "grid": the transformers of a board sit at the grid connection')
        return self

    @property
    def board(self) -> str | None:
        """The charger whose board measures; ``None`` for a device of its own."""
        return urlsplit(self.connect).netloc if self.driver == "board-ct" else None


class BoardSettings(_Settings):
    """The EVSE board of an own charger."""

    driver: BoardDriver = "modbus-board"
    connect: Address
    unit: int = Field(default=1, ge=1, le=247)


class ChargerSettings(MemberSettings, AuthorizedSettings, PhaseSettings):
    """One own charger."""

    board: BoardSettings
    name: str | None = Field(default=None, min_length=1, max_length=80)
    max_current_a: float = Field(ge=MINIMUM_CURRENT_A, le=80)
    """The installation limit per phase: wiring and breaker of this charger."""
    phases: Phases = PHASES
    """Site phase behind each of the board's terminals, in order."""
    mode: ChargingMode = "fast"
    green: GreenOptions = SOLAR
    programs: tuple[Program, ...] = Field(default=(), max_length=PROGRAMS)
    """The weekly programs, numbered from 1; those that are left out are disabled."""
    default_mode: DefaultMode = "fast"
    """What holds in the mode ``programmed`` while no program is active (G-029)."""
    enabled: bool = True
    fallback_current_a: AgreedCurrent = 0.0
    """What the charger may take while the grid meter is lost or control is silent (G-021); 0 stops it."""
    vehicle_meter: Key | None = None
    """The device with the role ``vehicle`` that accounts what this charger delivers; without, its board (EV-175)."""
    earthing: Earthing = "tn"
    ventilated: bool = False  # a vehicle that asks for it (state D) may charge (G-034)
    wake_up: WakeUp = "once"
    panel: PanelSettings = PanelSettings()

    @property
    def member(self) -> bool:
        """Whether it is a charger of another site that this one leads in a cluster."""
        return self.board.driver == MEMBER


class Conflicting(ValueError):
    """Parts of the settings that are well by themselves but not together."""

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        """``mistakes`` holds at least one."""
        super().__init__("; ".join(str(mistake) for mistake in mistakes))
        self.mistakes = mistakes


class Settings(_Settings):
    """The whole of a ``site.toml``."""

    site: SiteSettings
    devices: dict[Key, DeviceSettings] = Field(default_factory=dict)
    chargers: dict[Key, ChargerSettings] = Field(default_factory=dict)
    circuits: dict[Key, CircuitSettings] = Field(default_factory=dict)
    cluster: ClusterSettings | None = None
    """What this site is in a cluster of chargers; without it stands alone."""
    serve: tuple[ServeSettings, ...] = Field(default=(), max_length=16)
    """Meters that others see in this site."""
    gateways: dict[Key, GatewaySettings] = Field(default_factory=dict)
    boxes: dict[Key, BoxSettings] = Field(default_factory=dict)
    """The measuring hardware, for who wires it; the devices on it are read without."""
    networks: NetworksSettings | None = None

    @property
    def green_possible(self) -> bool:
        """Whether there is a grid meter, and load management goes by it (EV-100)."""
        metered = any(device.role is Role.GRID for device in self.devices.values())
        return metered and _managed(self.site) and self.site.load_management

    @model_validator(mode="after")
    def _consistent(self) -> "Settings":
        if found := (
            *conflicts(self.site, self.devices, self.chargers),
            *unservable(self.serve, self.devices, self.chargers, self.cluster),
            *circuit_conflicts(self.circuits, self.devices, self.chargers),
            *cluster_conflicts(self.cluster, self.chargers),
        ):
            raise Conflicting(found)
        return self


def conflicts(
    site: SiteSettings | None,
    devices: Mapping[str, DeviceSettings],
    chargers: Mapping[str, ChargerSettings],
    unwell: Collection[str] = (),
) -> Iterator[Mistake]:
    """What does not go together among the parts that are well by themselves; ``site`` is ``None`` when it is not.

    ``unwell`` names the devices and chargers with mistakes of their own: they are there, but nothing is known of them.
    """
    for name in devices.keys() & chargers.keys():
        yield Mistake(f"chargers.{name}", f"{name}, which is a device too", "each name once", "Give it another name.")
    grids = [name for name, device in devices.items() if device.role is Role.GRID]
    for name in grids[1:]:
        yield Mistake(f"devices.{name}.role", f"'grid', as {grids[0]} has", "one device has the role grid")
    yield from _at_one_place(devices, chargers)
    yield from _vehicle_meters(devices, chargers, unwell)
    inputs = ((name, device.connect, device.board) for name, device in devices.items())
    yield from unfit_inputs(inputs, {name: one.board.driver for name, one in chargers.items()}, unwell)
    if site is not None and not unwell:
        yield from mode_conflicts(site, chargers, bool(grids))
    for name, device in devices.items():
        if device.role is Role.GRID and chargers and (device.period_s or 0.0) > SLOWEST_GRID_S:
            hint = "Without period_s it is asked as often as it answers."
            allowed = f"at most {SLOWEST_GRID_S:g} s for the grid meter that chargers follow"
            yield Mistake(f"devices.{name}.period_s", f"{device.period_s:g}", allowed, hint)
        if site is not None and device.points is not None:
            yield from unmeasurable(f"devices.{name}", device.points, device.phases, site.grid_type)
        elif site is not None and device.phases is not None:
            yield from _without_wire(f"devices.{name}.phases", device.phases, site)
    for name, charger in chargers.items():
        if charger.fallback_current_a > charger.max_current_a:
            allowed = f"at most max_current_a, {charger.max_current_a:g} A"
            yield Mistake(f"chargers.{name}.fallback_current_a", f"{charger.fallback_current_a:g}", allowed)
        if site is not None and charger.phases != PHASES:
            yield from _without_wire(f"chargers.{name}.phases", charger.phases, site)


def mode_conflicts(site: SiteSettings, chargers: Mapping[str, ChargerSettings], measured: bool) -> Iterator[Mistake]:
    """Modes and programs that cannot be carried out here; ``measured`` tells whether there is a grid meter."""
    possible = measured and _managed(site)
    needs = "a grid meter and, in [site], main_fuse_a or contract_power_w"
    for name, charger in chargers.items():
        where = f"chargers.{name}"
        if charger.mode == "ocpp":
            yield Mistake(f"{where}.mode", "'ocpp'", "fast, green, programmed: no central system is set up")
        if charger.mode == "green" and not possible:
            yield Mistake(f"{where}.mode", "'green' without what it goes by", needs)
        if charger.mode == "programmed" and charger.default_mode == "green" and not possible:
            yield Mistake(f"{where}.default_mode", "'green' without what it goes by", needs)
        for number, program in enumerate(charger.programs):
            there = f"{where}.programs.{number}"
            match program.invalid(green_possible=possible):
                case "equal_times":
                    hint = 'A whole day is start = "00:00", end = "24:00".'
                    yield Mistake(f"{there}.end", f"{program.end}, as the start", "another time than the start", hint)
                case "limit_too_low":
                    allowed = f"at least the {MINIMUM_CURRENT_A:g} A that a car needs"
                    yield Mistake(f"{there}.limit_a", f"{program.limit_a:g}", allowed)
                case "green_impossible":
                    yield Mistake(f"{there}.mode", "'green' without what it goes by", needs)


def _managed(site: SiteSettings) -> bool:
    return site.main_fuse_a is not None or site.contract_power_w is not None


def _vehicle_meters(
    devices: Mapping[str, DeviceSettings], chargers: Mapping[str, ChargerSettings], unwell: Collection[str]
) -> Iterator[Mistake]:
    """Each charger its own meter, and no meter in two roles (EV-175)."""
    vehicles = {name: device for name, device in devices.items() if device.role is Role.VEHICLE}
    known = ", ".join(vehicles) or "none is set up"
    taken: dict[str, str] = {}
    for name, charger in chargers.items():
        meter, where = charger.vehicle_meter, f"chargers.{name}.vehicle_meter"
        if meter is None or meter in unwell:
            continue
        if meter not in devices:
            yield Mistake(where, f"{meter!r}, which is no device", f'a device with role = "vehicle": {known}')
        elif devices[meter].role is not Role.VEHICLE:
            came = f"{meter!r}, which has the role {devices[meter].role.value}"
            hint = "It measures the charger alone; give that meter a section of its own."
            yield Mistake(where, came, f'a device with role = "vehicle": {known}', hint)
        elif (other := taken.setdefault(meter, name)) != name:
            yield Mistake(where, f"{meter!r}, as {other} has", "each charger its own vehicle meter")
    for name, device in vehicles.items():
        if name not in taken and not unwell:
            hint = f'Write vehicle_meter = "{name}" into the section of its charger.'
            yield Mistake(f"devices.{name}.role", "'vehicle', but no charger names it", "one charger names it", hint)
        if (device.period_s or 0.0) > SLOWEST_VEHICLE_S:
            allowed = f"at most {SLOWEST_VEHICLE_S:g} s for a vehicle meter"
            yield Mistake(f"devices.{name}.period_s", f"{device.period_s:g}", allowed, "Without it: once a second.")


def unservable(
    serve: Sequence[ServeSettings | None],
    devices: Mapping[str, DeviceSettings],
    chargers: Mapping[str, ChargerSettings],
    cluster: ClusterSettings | None,
) -> Iterator[Mistake]:
    """What does not go together between what others see, where a master leads this site, and the rest."""
    grid = next((name for name, device in devices.items() if device.role is Role.GRID), None)
    asked = [device.connect for device in devices.values()] + [one.board.connect for one in chargers.values()]
    ports = {port for port in map(serial_port, asked) if port is not None}
    yield from serving_conflicts(serve, devices.keys(), chargers.keys(), grid, ports)
    yield from slave_line_conflicts(cluster, serve, ports)


def _at_one_place(devices: Mapping[str, DeviceSettings], chargers: Mapping[str, ChargerSettings]) -> Iterator[Mistake]:
    seen: dict[tuple[str, int, str], str] = {}
    places = [(name, f"devices.{name}", d.connect, d.unit, d.parts) for name, d in devices.items()]
    places += [(name, f"chargers.{name}.board", c.board.connect, c.board.unit, ("",)) for name, c in chargers.items()]
    for name, where, connect, unit, parts in places:
        others = [(seen.setdefault((place(connect), unit, part), name), part) for part in parts]
        other, part = next((each for each in others if each[0] != name), (None, ""))
        if other is not None:
            shown = bare(connect) if urlsplit(connect).scheme in BROKERS_AND_HOSTS else connect
            shown += f" {part}" if part.startswith("point") else f" unit {unit}"
            came = f"{shown}; {name} and {other} have the same address"
            yield Mistake(f"{where}.connect", came, "each device its own address or unit")


def _without_wire(where: str, phases: tuple[Phase, ...], site: SiteSettings) -> Iterator[Mistake]:
    """Phases that the supply does not have. Three in order are the default and mean as many as there are."""
    beyond = [phase for phase in phases if phase not in site.phases]
    if beyond:
        yield Mistake(where, ", ".join(phases), f"{', '.join(site.phases)}: the grid_type is {site.grid_type}")
