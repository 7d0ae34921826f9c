"""What an installer writes once: the shape of ``site.toml`` and of the settings kept in the store.

Every model refuses unknown keys and is frozen. Reading a file, and wording its mistakes, is done in
``ohmstead.site.configuration``.
"""

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from ohmstead.core.model.chargers import ChargingMode
from ohmstead.core.model.quantities import MINIMUM_CURRENT_A, PHASES, GridType, Phase, Role

SCHEMES: tuple[str, ...] = ("tcp", "tcp+rtu", "serial", "file", "plant")
"""``file`` is a recording, ``plant`` the simulated world inside the process for replays on virtual time."""


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("an IANA time zone such as Europe/Rome") from error
    return name


def _address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in SCHEMES:
        raise ValueError("tcp://HOST:PORT, tcp+rtu://HOST:PORT or serial:///dev/NAME?baud=19200")
    if parts.scheme in ("tcp", "tcp+rtu"):
        try:
            port = parts.port
        except ValueError:
            port = None
        if not parts.hostname or port is None:
            raise ValueError(f"{parts.scheme}://HOST:PORT with a port from 1 to 65535")
    return value


def _distinct(phases: tuple[Phase, ...]) -> tuple[Phase, ...]:
    if len(set(phases)) != len(phases):
        raise ValueError("each phase once")
    return phases


def _once(slots: tuple[int, ...]) -> tuple[int, ...]:
    if len(set(slots)) != len(slots):
        raise ValueError("each slot once")
    return slots


Slot = Annotated[int, Field(ge=1, le=28)]
Address = Annotated[str, AfterValidator(_address)]
Phases = Annotated[tuple[Phase, ...], Field(min_length=1, max_length=3), AfterValidator(_distinct)]


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SiteSettings(_Settings):
    """The location and its supply."""

    name: str = Field(min_length=1, max_length=80)
    timezone: Annotated[str, AfterValidator(_known_zone)]
    grid_type: GridType = "3x400+N"
    main_fuse_a: float | None = Field(default=None, gt=0, le=2000)
    """Rating of the main breaker per phase. Without it no per-phase limit is kept (G-020)."""
    contract_power_w: float | None = Field(default=None, gt=0, le=2_000_000)
    """The grid limit: upper bound of the imported power (EV-178)."""

    @property
    def id(self) -> str:
        """The name as an address: lower case, digits and dashes."""
        return re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-") or "site"


class DeviceSettings(_Settings):
    """One meter, inverter or other measuring device."""

    driver: Literal["modbus", "sunspec", "power-box", "p1", "recording", "plant"]
    meter: str | None = Field(default=None, min_length=1)
    """Name of a table in ``protocols/meters``; for the driver ``modbus``."""
    connect: Address
    unit: int = Field(default=1, ge=1, le=247)
    slots: Annotated[tuple[Slot, ...], Field(min_length=1, max_length=28), AfterValidator(_once)] | None = None
    """The slots of a Power Box that measure this circuit together, counted from 1; for the driver ``power-box``."""
    role: Role
    name: str | None = Field(default=None, min_length=1, max_length=80)
    """What people read; the key when left out."""
    phases: Phases | None = None
    """Site phase behind each of the device's own terminals, in order; all in order when left out."""
    period_s: float | None = Field(default=None, ge=0.05, le=3600)
    """How often to ask; by default the grid meter as often as it answers (up to 10 a second), others once a second."""

    @property
    def parts(self) -> tuple[str, ...]:
        """What of the device at its address this is: other parts of it may be devices of their own."""
        if self.driver == "sunspec" and self.role in (Role.GRID, Role.LOAD):
            return ("meter",)
        return tuple(f"slot {slot}" for slot in self.slots) if self.slots else ("",)

    @model_validator(mode="after")
    def _table_named(self) -> "DeviceSettings":
        if self.driver == "modbus" and self.meter is None:
            raise ValueError('meter is needed with driver = "modbus"')
        if (self.driver == "power-box") is not (self.slots is not None):
            raise ValueError('slots is needed with driver = "power-box", and only there')
        return self


class BoardSettings(_Settings):
    """The EVSE board of an own charger."""

    driver: Literal["modbus-board", "plant"] = "modbus-board"
    connect: Address
    unit: int = Field(default=1, ge=1, le=247)


class ChargerSettings(_Settings):
    """One own charger."""

    board: BoardSettings
    name: str | None = Field(default=None, min_length=1, max_length=80)
    max_current_a: float = Field(ge=MINIMUM_CURRENT_A, le=80)
    """The installation limit per phase: wiring and breaker of this charger."""
    phases: Phases = PHASES
    """Site phase behind each of the board's terminals, in order."""
    mode: ChargingMode = "fast"
    enabled: bool = True
    fallback_current_a: float = Field(default=0.0, ge=0, le=80)
    """What the charger may take while the grid meter is lost or control is silent (G-021); 0 stops it."""


class Settings(_Settings):
    """The whole of a ``site.toml``."""

    site: SiteSettings
    devices: dict[str, DeviceSettings] = Field(default_factory=dict)
    chargers: dict[str, ChargerSettings] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _consistent(self) -> "Settings":
        both = set(self.devices) & set(self.chargers)
        if both:
            raise ValueError(f"a name stands once; {min(both)} is a device and a charger")
        seen: dict[tuple[str, int, str], str] = {}
        places = [(name, d.connect, d.unit, part) for name, d in self.devices.items() for part in d.parts]
        places += [(name, c.board.connect, c.board.unit, "") for name, c in self.chargers.items()]
        for name, connect, unit, part in places:
            other = seen.setdefault((connect, unit, part), name)
            if other != name:
                raise ValueError(f"{name} and {other} have the same address {connect} unit {unit}; each device its own")
        if sum(d.role is Role.GRID for d in self.devices.values()) > 1:
            raise ValueError("one device has the role grid")
        return self
