"""A charger of the site as others see it over Modbus: the published register map, version 2.

``docs/protocols/charger-modbus.md`` is the reference; its tables and the rows here are one thing, and a test holds them
together. A row names its register, how the number is written, and where the value stands in a :class:`ChargerPicture`.
What is not known is all ones (``u``) or the largest positive number (``s``), never 0.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Literal, get_args

from ohmstead.core.model.chargers import ChargerOptions, ChargerReading, ChargerState, SuspensionReason
from ohmstead.core.model.cluster import Asking, Orders, Poll, Report, Standing
from ohmstead.core.model.faults import ErrorCode
from ohmstead.core.model.grants import Grant
from ohmstead.core.model.managers import TIMEOUTS_S, ManagerState, ManagerWrite
from ohmstead.core.model.modes import ChargingMode
from ohmstead.core.model.quantities import MINIMUM_CURRENT_A, PHASES, Phase
from ohmstead.protocols.registers import Image, NumberType, width, words_of, words_of_text

MAP_VERSION = 2
TEXT_WORDS = 8
CURRENT_STEPS = 100
"""Currents are written in 0.01 A."""
WITHDRAWN = 0xFFFF
"""As a setpoint: there is none, or it is taken back."""

Value = float | int | str | None
Kind = NumberType | Literal["letters", "text"]


@dataclass(frozen=True, slots=True)
class ChargerPicture:
    """All that is shown of one charger at one moment.

    ``plugged_s`` is the time since the vehicle was plugged in, ``None`` without one.
    """

    site: str
    charger: str
    software: str
    phases: tuple[Phase, ...]
    installation_a: float
    options: ChargerOptions
    manager: ManagerState
    reading: ChargerReading | None = None
    grant: Grant | None = None
    plugged_s: float | None = None
    slave: "SlavePicture | None" = None


@dataclass(frozen=True, slots=True)
class SlavePicture:
    """What a charger that is a slave of a cluster shows besides; its registers are ``protocols.cluster_map``."""

    report: Report
    asking: Asking
    standing: Standing
    told: Poll | None = None
    """The poll that it accepted last."""
    orders: Orders = field(default_factory=Orders)


@dataclass(frozen=True, slots=True)
class Row:
    """One value: ``steps`` to one unit of it, so 100 for a current in 0.01 A."""

    register: int
    kind: Kind
    content: str
    value: Callable[[ChargerPicture], Value]
    steps: int = 1

    @property
    def words(self) -> int:
        """How many registers it takes."""
        if self.kind == "letters":
            return 1
        return TEXT_WORDS if self.kind == "text" else width(self.kind)


OCPP_STATUS: Mapping[ChargerState, int] = {
    ChargerState.NOT_CONNECTED: 0,
    ChargerState.WAITING_AUTHORISATION: 1,
    ChargerState.WAITING_TRANSACTION_CONFIRMATION: 1,
    ChargerState.CONNECTED_NO_CURRENT: 3,
    ChargerState.CONNECTED_WAITING_VEHICLE: 4,
    ChargerState.PRE_CHARGE_TEST: 1,
    ChargerState.CHARGING: 2,
    ChargerState.SUSPENDED: 3,
    ChargerState.COMPLETE: 4,
    ChargerState.ERROR: 8,
}
"""0 available, 1 preparing, 2 charging, 3 suspended by the charger, 4 by the vehicle, 7 unavailable, 8 faulted."""
_UNAVAILABLE = 7

ERROR_BITS: tuple[ErrorCode, ...] = tuple(sorted(get_args(ErrorCode), key=lambda code: ("IVD".index(code[0]), code)))
"""Bit 0 is I1, then I2 to I4, V1 to V5, D1 to D9."""
MODES: tuple[ChargingMode, ...] = get_args(ChargingMode)
STATES: tuple[ChargerState, ...] = tuple(ChargerState)
SUSPENSIONS: tuple[SuspensionReason, ...] = tuple(SuspensionReason)
STANDINGS = ("nobody", "live", "lost")


def _reading(picture: ChargerPicture, name: str) -> Value:
    return None if picture.reading is None else getattr(picture.reading, name)


def _on_phase(number: int, name: str) -> Callable[[ChargerPicture], Value]:
    def value(picture: ChargerPicture) -> Value:
        phase = picture.reading.phases.get(PHASES[number]) if picture.reading is not None else None
        return None if phase is None else getattr(phase, name)

    return value


def _state(picture: ChargerPicture) -> ChargerState:
    return ChargerState.INITIALISING if picture.reading is None else picture.reading.state


def _suspended(picture: ChargerPicture) -> Value:
    why = picture.reading.suspended if picture.reading is not None else None
    return 0 if why is None else 1 + SUSPENSIONS.index(why)


def _errors(picture: ChargerPicture) -> int:
    errors = picture.reading.errors if picture.reading is not None else ()
    return sum(1 << ERROR_BITS.index(error.code) for error in errors)


def _first_error(picture: ChargerPicture) -> str:
    return picture.reading.errors[0].code if picture.reading is not None and picture.reading.errors else ""


def _session(picture: ChargerPicture, name: str) -> Value:
    session = picture.reading.session if picture.reading is not None else None
    return None if session is None else getattr(session, name)


def _wh(joules: Value) -> Value:
    return None if joules is None or isinstance(joules, str) else int(joules) // 3600


def _whole(seconds: Value) -> Value:
    return None if seconds is None or isinstance(seconds, str) else int(seconds)


INPUTS: tuple[Row, ...] = (
    Row(0, "u16", "version of this map, 2", lambda p: MAP_VERSION),
    Row(1, "u16", "phases that the charger is wired to, 1 to 3", lambda p: len(p.phases)),
    Row(2, "u16", "what its hardware is made for, 0.01 A", lambda p: _reading(p, "hardware_max_a"), CURRENT_STEPS),
    Row(3, "u16", "what the installation allows it, 0.01 A", lambda p: p.installation_a, CURRENT_STEPS),
    Row(8, "text", "the site's name in addresses", lambda p: p.site),
    Row(16, "text", "the charger's name in addresses", lambda p: p.charger),
    Row(24, "text", "version of the software", lambda p: p.software),
    Row(100, "letters", "IEC 61851 state, two ASCII characters such as `C2`", lambda p: _reading(p, "iec_state") or ""),
    Row(101, "u16", "status in the words of OCPP 1.6, see below", lambda p: OCPP_STATUS.get(_state(p), _UNAVAILABLE)),
    Row(102, "u16", "state, see below", lambda p: STATES.index(_state(p))),
    Row(103, "u16", "why it is suspended, see below; 0 when it is not", _suspended),
    Row(104, "u16", "granted, 0.01 A", lambda p: p.grant.current_a if p.grant else None, CURRENT_STEPS),
    Row(105, "u16", "offered to the vehicle now, 0.01 A", lambda p: _reading(p, "offered_a"), CURRENT_STEPS),
    Row(106, "u16", "rating of the cable, 0.01 A", lambda p: _reading(p, "cable_max_a"), CURRENT_STEPS),
    Row(107, "u16", "1: the contactor is closed", lambda p: int(p.reading.contactor_closed) if p.reading else None),
    Row(108, "u16", "phases that the grant holds for", lambda p: len(p.grant.phases) if p.grant else None),
    Row(110, "text", "`limited_by`: the limit that won", lambda p: p.grant.limited_by if p.grant else ""),
    Row(118, "u32", "errors that hold, one bit each, see below", _errors),
    Row(120, "letters", "code of the most severe error, such as `V2`; two NUL without one", _first_error),
    Row(130, "u16", "current on L1, 0.01 A", _on_phase(0, "current_a"), CURRENT_STEPS),
    Row(131, "u16", "current on L2, 0.01 A", _on_phase(1, "current_a"), CURRENT_STEPS),
    Row(132, "u16", "current on L3, 0.01 A", _on_phase(2, "current_a"), CURRENT_STEPS),
    Row(133, "u16", "voltage of L1, 0.1 V", _on_phase(0, "voltage_v"), 10),
    Row(134, "u16", "voltage of L2, 0.1 V", _on_phase(1, "voltage_v"), 10),
    Row(135, "u16", "voltage of L3, 0.1 V", _on_phase(2, "voltage_v"), 10),
    Row(136, "s32", "power on L1, W", _on_phase(0, "power_w")),
    Row(138, "s32", "power on L2, W", _on_phase(1, "power_w")),
    Row(140, "s32", "power on L3, W", _on_phase(2, "power_w")),
    Row(142, "s32", "power in all, W", lambda p: _reading(p, "power_w")),
    Row(144, "u64", "energy delivered in its life, Wh", lambda p: _wh(_reading(p, "energy_j"))),
    Row(148, "u32", "energy of this session, Wh", lambda p: _wh(_session(p, "energy_j"))),
    Row(150, "u32", "time of this session with the contactor closed, s", lambda p: _whole(_session(p, "charging_s"))),
    Row(152, "u32", "time since the vehicle was plugged in, s", lambda p: _whole(p.plugged_s)),
    Row(200, "u16", "energy manager: 0 nobody, 1 live, 2 lost", lambda p: STANDINGS.index(p.manager.standing)),
    Row(201, "u16", "what it allows now, 0.01 A", lambda p: p.manager.allowed_a, CURRENT_STEPS),
    Row(202, "u16", "time since it was heard, s", lambda p: _most(p.manager.heard_s)),
    Row(203, "u16", "time until it counts as lost, s", lambda p: _most(p.manager.left_s)),
)
"""Read with function 4."""

HOLDINGS: tuple[Row, ...] = (
    Row(0, "u16", "setpoint, 0.01 A per phase", lambda p: p.manager.setpoint_a, CURRENT_STEPS),
    Row(1, "u16", "validity of the setpoint, s", lambda p: _most(p.manager.left_s)),
    Row(2, "u16", "current agreed for a lost manager, 0.01 A", lambda p: p.manager.fallback_a, CURRENT_STEPS),
    Row(3, "u16", "time-out, s", lambda p: p.manager.timeout_s),
    Row(4, "u16", "1: fallback and time-out outlive a restart", lambda p: 1),
    Row(5, "u16", "heartbeat", lambda p: p.manager.heartbeat),
    Row(6, "u16", "1: enabled", lambda p: int(p.options.enabled)),
    Row(7, "u16", "phases: 0, the charger's own choice", lambda p: 0),
    Row(8, "u16", "charging mode, see below", lambda p: MODES.index(p.options.mode)),
    Row(9, "u16", "session: 1 runs, 2 paused", lambda p: 2 if p.options.paused else 1),
    Row(10, "u16", "write 1: a recovery attempt after an error", lambda p: 0),
)
"""Read with function 3, written with functions 6 and 16."""

_ABSENT = {"u16": 0xFFFF, "s16": 0x7FFF, "u32": 0xFFFF_FFFF, "s32": 0x7FFF_FFFF, "u64": 0xFFFF_FFFF_FFFF_FFFF}
_LONGEST_S = 0xFFFE


@dataclass(frozen=True, slots=True)
class ChargerWrite:
    """What one request asks for; ``None`` leaves a value as it is."""

    manager: ManagerWrite = field(default_factory=ManagerWrite)
    enabled: bool | None = None
    mode: ChargingMode | None = None
    paused: bool | None = None
    recover: bool = False


class WriteRefused(Exception):
    """A write of which nothing may be carried out; ``code`` is the Modbus exception that answers it."""

    def __init__(self, code: Literal[2, 3], why: str) -> None:
        """2: no such register can be written; 3: the value is out of range."""
        super().__init__(why)
        self.code = code


def encode(rows: Sequence[Row], picture: ChargerPicture) -> Image:
    """``picture`` in the registers of ``rows``, joined to blocks; registers between the rows of a block hold 0."""
    return tuple((first, tuple(_block(block, picture))) for first, block in _blocks(rows))


def decode(register: int, words: Sequence[int]) -> ChargerWrite:
    """The write of ``words`` from holding ``register`` on. Raises WriteRefused; then nothing of it counts."""
    asked: dict[str, object] = {}
    manager: dict[str, object] = {}
    for at, word in enumerate(words, register):
        if at not in _WRITES:
            raise WriteRefused(2, f"register {at} cannot be written; allowed: 0 to {max(_WRITES)}")
        for name, value in _WRITES[at](word).items():
            (manager if name in ManagerWrite.__slots__ else asked)[name] = value
    return ChargerWrite(ManagerWrite(**manager), **asked)  # type: ignore[arg-type]  # each name has its own type in _WRITES


def _setpoint(word: int) -> dict[str, object]:
    if word == WITHDRAWN:
        return {"withdraw": True}
    current = word / CURRENT_STEPS
    return {"setpoint_a": current if current >= MINIMUM_CURRENT_A else 0.0}


def _fallback(word: int) -> dict[str, object]:
    current = word / CURRENT_STEPS
    if 0 < current < MINIMUM_CURRENT_A or word == WITHDRAWN:
        raise WriteRefused(3, f"a fallback of {current:g} A; allowed: 0, or at least {MINIMUM_CURRENT_A:g} A")
    return {"fallback_a": current}


def _timeout(word: int) -> dict[str, object]:
    least, most = TIMEOUTS_S
    if word and not least <= word <= most:
        raise WriteRefused(3, f"a time-out of {word} s; allowed: 0 for none, or {least:g} to {most:g} s")
    return {"timeout_s": float(word)}


def _one_of(name: str, values: Mapping[int, object]) -> Callable[[int], dict[str, object]]:
    def decoded(word: int) -> dict[str, object]:
        if word not in values:
            raise WriteRefused(3, f"{name}: {word}; allowed: {', '.join(map(str, values))}")
        return {name: values[word]} if values[word] is not None else {}

    return decoded


_WRITES: Mapping[int, Callable[[int], dict[str, object]]] = {
    0: _setpoint,
    1: lambda word: {"valid_s": float(word)},
    2: _fallback,
    3: _timeout,
    4: _one_of("persist", {0: None, 1: None}),
    5: lambda word: {"heartbeat": word},
    6: _one_of("enabled", {0: False, 1: True}),
    7: _one_of("phases", {0: None}),
    8: _one_of("mode", dict(enumerate(MODES))),
    9: _one_of("paused", {1: False, 2: True}),
    10: _one_of("recover", {0: None, 1: True}),
}


def _blocks(rows: Sequence[Row]) -> Iterator[tuple[int, list[Row]]]:
    """Rows of the same hundred belong together."""
    block: list[Row] = []
    for row in rows:
        if block and row.register // 100 != block[0].register // 100:
            yield block[0].register, block
            block = []
        block.append(row)
    yield block[0].register, block


def _block(rows: Sequence[Row], picture: ChargerPicture) -> Iterator[int]:
    at = rows[0].register
    for row in rows:
        yield from (0,) * (row.register - at)
        yield from _written(row, row.value(picture))
        at = row.register + row.words


def _written(row: Row, value: Value) -> tuple[int, ...]:
    if row.kind in ("text", "letters"):
        text = str(value or "").encode("ascii", "replace").decode("ascii")[: 2 * row.words]
        return words_of_text(text, row.words)
    kind: NumberType = row.kind  # type: ignore[assignment]  # the two other kinds are texts
    if value is None or isinstance(value, str) or not isfinite(value):
        return words_of(_ABSENT[kind], kind)
    try:
        return words_of(value if isinstance(value, int) and row.steps == 1 else round(value * row.steps), kind)
    except OverflowError:
        return words_of(_ABSENT[kind], kind)


def _most(seconds: float | None) -> Value:
    return None if seconds is None else min(_LONGEST_S, int(seconds))
