"""Our published Modbus profile of an EVSE board, version 1: registers to the words of ``core.model.evse``, and back.

``docs/protocols/evse-board.md`` is the reference; the tables there and the constants here are one thing. A host reads
the whole snapshot in one request and writes all commands in one request, so neither side ever acts on half a message.
"""

from binascii import crc_hqx
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import cast, get_args

from ohmstead.core.model.evse import (
    BoardCommands,
    BoardFault,
    BoardIdentity,
    BoardSnapshot,
    PhaseCount,
    PilotLevel,
    PilotMode,
    SelfTest,
    Triple,
)
from ohmstead.core.model.time import Instant
from ohmstead.protocols.registers import NumberType, number, text, words_of, words_of_text

PROFILE_VERSION = 1
MAGIC = 0x4F45
"""ASCII "OE", the first register of the identity block."""
LEASE_S = 1.0
"""A board opens when the lease counter has not changed for this long."""
FRAME_PERIOD_S = 0.05
"""A board refreshes its snapshot, and counts the frame, at least this often."""

SNAPSHOT_START, SNAPSHOT_COUNT = 0, 32
IDENTITY_START, IDENTITY_COUNT = 100, 40
COMMANDS_START, COMMANDS_COUNT = 0, 10
LEASE_REGISTER = 5
"""Holding register of the lease counter."""

PWM_MINIMUM_PERCENT, PWM_MAXIMUM_PERCENT = 10.0, 96.0
"""Duty cycles that stand for a current (IEC 61851-1 tables A.7 and A.8)."""

_ABSENT = {"u16": 0xFFFF, "s16": 0x7FFF, "s32": 0x7FFF_FFFF, "u64": 0xFFFF_FFFF_FFFF_FFFF}
_MODES: tuple[PilotMode, ...] = (PilotMode.STEADY, PilotMode.PWM, PilotMode.FAULT, PilotMode.OFF)
_CLOSED, _LOCKED, _ONE_PHASE, _THREE_PHASES = 1, 2, 4, 8
_TESTS: tuple[SelfTest, ...] = ("none", "running", "passed", "failed")
_DO_TEST, _DO_LOCK, _IS_VENTILATED, _NO_EARTH_TEST, _DO_ONE_PHASE = 1, 2, 4, 8, 16
"""Bits of holding register 6, each only for a board with the capability."""
_TEXTS = {"vendor": 8, "model": 16, "serial": 24, "firmware": 32}
_TEXT_WORDS = 8


class Capability(IntFlag):
    """What a board has besides pilot and contactor."""

    NONE = 0
    SOCKET = 1
    """A socket outlet with proximity reading, not a tethered cable."""
    CURRENTS = 2
    VOLTAGES = 4
    ENERGY = 8
    TEMPERATURE = 16
    STATE_E = 32
    """Can switch its pilot off without losing power."""
    GRID_CT = 64
    """Has terminals for current transformers at the grid connection (``evse_board_ct``)."""
    REMOTE_CT = 128
    """Has a radio link to transformers there."""
    SELF_TEST = 256
    """Tests sensor, contacts and earth when told, and can leave the earth out."""
    LOCK = 512
    """Locks the plug of its socket."""
    VENTILATION = 1024
    """Serves state D only when told that the place is ventilated."""
    RESIDUAL_CURRENT = 2048
    """Measures the DC residual current."""
    PROXIMITY_OHM = 4096
    """Measures the resistance of the proximity contact."""
    CHECKSUM = 8192
    """Ends its snapshot with a checksum, so that no bit that turned over on the way is taken for a fault."""
    PHASE_SWITCH = 16384
    """Can leave terminals 2 and 3 open by a contactor of their own, and tells how that stands."""


_BITS_OF = (
    (Capability.SELF_TEST, _DO_TEST | _NO_EARTH_TEST),
    (Capability.LOCK, _DO_LOCK),
    (Capability.VENTILATION, _IS_VENTILATED),
    (Capability.PHASE_SWITCH, _DO_ONE_PHASE),
)


class Refusal(IntEnum):
    """Modbus exception codes by which a board refuses commands."""

    ADDRESS = 2
    """Not all ten registers in one request."""
    VALUE = 3
    """A value outside its range, or another profile version."""


class BoardRefused(Exception):
    """Commands that a board must not carry out; ``code`` is the exception it answers with."""

    def __init__(self, code: Refusal, why: str) -> None:
        """``why`` is for the log of the board's maker."""
        super().__init__(why)
        self.code = code


class NotThisProfile(ValueError):
    """Registers that are not this profile; the text says what came and what was expected."""


@dataclass(frozen=True, slots=True)
class BoardFrame:
    """A snapshot with what shows that it is fresh: the frame count, and the lease counter last accepted."""

    snapshot: BoardSnapshot
    frame: int
    lease_counter: int
    latched: BoardFault = BoardFault.NONE
    """Faults seen since the last clearing, the lease excepted."""
    capabilities: Capability = Capability.NONE
    """By which registers 7 and 28 to 30 are read."""

    @property
    def uptime_s(self) -> float:
        """Seconds since the board began; every board of this profile tells them."""
        return self.snapshot.uptime_s or 0.0


def encode_frame(frame: BoardFrame) -> tuple[int, ...]:
    """Input registers 0 to 31 of a board. Raises OverflowError where a value does not fit."""
    s = frame.snapshot
    words = [PROFILE_VERSION, frame.frame & 0xFFFF, *words_of(round(frame.uptime_s * 10), "u32")]
    words += [ord(s.pilot), _MODES.index(s.pilot_mode), *_put(s.duty_percent, "u16", 100)]
    words += [_closed(s), *_put(s.proximity_a, "u16", 10)]
    words += [word for current in s.currents_a for word in _put(current, "u16", 100)]
    words += [word for voltage in s.voltages_v for word in _put(voltage, "u16", 10)]
    words += [*_put(s.power_w, "s32", 10), *_put(s.energy_j, "u64", 1)]
    words += [*words_of(int(s.present), "u32"), *words_of(int(frame.latched), "u32")]
    words += [
        *_put(s.temperature_c, "s16", 10),
        *_put(max(s.lease_left_s or 0.0, 0.0), "u16", 1000),
        frame.lease_counter,
    ]
    words += _put(s.residual_ma, "u16", 10) if frame.capabilities & Capability.RESIDUAL_CURRENT else (0,)
    words += [_TESTS.index(s.self_test or "none")]
    words += _put(s.proximity_ohm, "u16", 1) if frame.capabilities & Capability.PROXIMITY_OHM else (0,)
    checked = bool(frame.capabilities & Capability.CHECKSUM)
    return (*words, _checksum(words) if checked else frame.frame & 0xFFFF)


def decode_frame(words: Sequence[int], at: Instant, capabilities: Capability = Capability.NONE) -> BoardFrame:
    """The frame in input registers 0 to 31 of a board with ``capabilities``, read at ``at``. Raises NotThisProfile.

    Faults that are latched count as present: the board has not forgotten them, so the host must not either.
    """
    if len(words) != SNAPSHOT_COUNT:
        raise NotThisProfile(f"{SNAPSHOT_COUNT} registers expected, got {len(words)}")
    _version(words[0])
    if capabilities & Capability.CHECKSUM:
        if words[31] != _checksum(words[:31]):
            raise NotThisProfile(f"checksum {words[31]} in register 31, {_checksum(words[:31])} expected: damaged")
    elif words[1] != words[31]:
        raise NotThisProfile(f"frame {words[1]} in register 1 but {words[31]} in register 31: a torn snapshot")
    if words[4] > 0x7F or chr(words[4]) not in get_args(PilotLevel):
        raise NotThisProfile(f"register 4 holds {words[4]}, a pilot level is the letter A to F")
    if words[5] >= len(_MODES):
        raise NotThisProfile(f"register 5 holds {words[5]}, a pilot mode is 0 to {len(_MODES) - 1}")
    if words[7] & _ONE_PHASE and words[7] & _THREE_PHASES and capabilities & Capability.PHASE_SWITCH:
        raise NotThisProfile(f"register 7 holds {words[7]}, terminals 2 and 3 are not open and closed at once")
    if words[6] > 10_000:
        raise NotThisProfile(f"register 6 holds {words[6]}, a duty is 0 to 10000")
    if capabilities & Capability.SELF_TEST and words[29] >= len(_TESTS):
        raise NotThisProfile(f"register 29 holds {words[29]}, a test stands at 0 to {len(_TESTS) - 1}")
    active, latched = (BoardFault(_whole(words[i : i + 2], "u32") & _ALL_FAULTS) for i in (21, 23))
    energy = _take(words[17:21], "u64", 1)
    snapshot = BoardSnapshot(
        at=at,
        pilot=cast(PilotLevel, chr(words[4])),
        pilot_mode=_MODES[words[5]],
        duty_percent=words[6] / 100,
        contactor_closed=bool(words[7] & _CLOSED),
        proximity_a=_take(words[8:9], "u16", 10),
        currents_a=_triple(words[9:12], 100),
        voltages_v=_triple(words[12:15], 10),
        power_w=_take(words[15:17], "s32", 10),
        energy_j=None if energy is None else _whole(words[17:21], "u64"),
        faults=active | latched,
        temperature_c=_take(words[25:26], "s16", 10),
        lease_left_s=words[26] / 1000,
        uptime_s=_whole(words[2:4], "u32") / 10,
        present=active,
        locked=bool(words[7] & _LOCKED) if capabilities & Capability.LOCK else None,
        self_test=_TESTS[words[29]] if capabilities & Capability.SELF_TEST else None,
        residual_ma=_take(words[28:29], "u16", 10) if capabilities & Capability.RESIDUAL_CURRENT else None,
        proximity_ohm=_take(words[30:31], "u16", 1) if capabilities & Capability.PROXIMITY_OHM else None,
        phases=_phases(words[7]) if capabilities & Capability.PHASE_SWITCH else None,
    )
    return BoardFrame(snapshot, words[1], words[27], latched, capabilities)


def encode_identity(identity: BoardIdentity, capabilities: Capability) -> tuple[int, ...]:
    """Input registers 100 to 139 of a board. Raises OverflowError for texts above 16 ASCII characters."""
    socket = Capability.SOCKET if identity.socket else Capability.NONE
    switch = Capability.PHASE_SWITCH if identity.switches_phases else Capability.NONE
    told = capabilities & ~(Capability.SOCKET | Capability.PHASE_SWITCH) | socket | switch
    words = [MAGIC, identity.profile_version, int(told)]
    words += [*_put(identity.rated_current_a, "u16", 10), identity.phases, round(LEASE_S * 1000), 0, 0]
    for value in (identity.vendor, identity.model, identity.serial, identity.firmware):
        words += words_of_text(value, _TEXT_WORDS)
    return tuple(words)


def decode_identity(words: Sequence[int]) -> tuple[BoardIdentity, Capability]:
    """The identity in input registers 100 to 139. Raises NotThisProfile."""
    if len(words) != IDENTITY_COUNT:
        raise NotThisProfile(f"{IDENTITY_COUNT} registers expected, got {len(words)}")
    if words[0] != MAGIC:
        raise NotThisProfile(f"register 100 holds {words[0]}, a board of this profile holds {MAGIC}")
    _version(words[1])
    if words[4] not in (1, 3):
        raise NotThisProfile(f"register 104 holds {words[4]}, a board has 1 or 3 phases")
    if not 60 <= words[3] <= 800:
        raise NotThisProfile(f"register 103 holds {words[3]}, a rated current is 60 to 800 tenths of an ampere")
    capabilities = Capability(words[2] & _ALL_CAPABILITIES)
    texts = {name: text(words[start : start + _TEXT_WORDS]) for name, start in _TEXTS.items()}
    identity = BoardIdentity(
        profile_version=words[1],
        rated_current_a=words[3] / 10,
        phases=words[4],
        socket=Capability.SOCKET in capabilities,
        switches_phases=Capability.PHASE_SWITCH in capabilities and words[4] == 3,
        vendor=texts["vendor"],
        model=texts["model"],
        serial=texts["serial"],
        firmware=texts["firmware"],
    )
    return identity, capabilities


def encode_commands(
    commands: BoardCommands, lease_counter: int, capabilities: Capability = Capability.NONE
) -> tuple[int, ...]:
    """Holding registers 0 to 9 for a board with ``capabilities``, to be written in one request.

    Raises OverflowError for a duty outside 0 to 100 %.
    """
    duty = round(commands.duty_percent * 100)
    if not 0 <= duty <= 10_000:
        raise OverflowError(f"a duty of {commands.duty_percent} % does not exist")
    flags = (int(commands.permit_close), int(commands.clear_faults))
    wished = (
        (_DO_TEST if commands.self_test else 0)
        | (_DO_LOCK if commands.lock else 0)
        | (_IS_VENTILATED if commands.ventilated else 0)
        | (0 if commands.earth_test else _NO_EARTH_TEST)
        | (_DO_ONE_PHASE if commands.one_phase else 0)
    )
    more = wished & _bits_known(capabilities)
    return (PROFILE_VERSION, _MODES.index(commands.pilot_mode), duty, *flags, lease_counter & 0xFFFF, more, 0, 0, 0)


def decode_commands(
    register: int, words: Sequence[int], capabilities: Capability = Capability.NONE
) -> tuple[BoardCommands, int]:
    """The commands and the lease counter in a write from ``register`` on; how a board with ``capabilities`` reads them.

    Raises BoardRefused with the exception code to answer; nothing of a refused write may be carried out.
    """
    if register != COMMANDS_START or len(words) != COMMANDS_COUNT:
        raise BoardRefused(Refusal.ADDRESS, f"{len(words)} registers from {register}: all ten from 0 in one request")
    version, mode, duty, permit, clear, lease, more, *rest = words
    unknown = any(rest) or more & ~_bits_known(capabilities)
    if version != PROFILE_VERSION or mode >= len(_MODES) or permit > 1 or clear > 1 or unknown:
        raise BoardRefused(Refusal.VALUE, f"version {version}, mode {mode}, flags {permit} {clear}, rest {more} {rest}")
    percent = duty / 100
    if _MODES[mode] is PilotMode.PWM and not PWM_MINIMUM_PERCENT <= percent <= PWM_MAXIMUM_PERCENT:
        raise BoardRefused(Refusal.VALUE, f"{percent} % stands for no current")
    if duty > 10_000:
        raise BoardRefused(Refusal.VALUE, f"{percent} % does not exist")
    wished = {"self_test": bool(more & _DO_TEST), "lock": bool(more & _DO_LOCK)}
    place = {"ventilated": bool(more & _IS_VENTILATED), "earth_test": not more & _NO_EARTH_TEST}
    place["one_phase"] = bool(more & _DO_ONE_PHASE)
    return BoardCommands(_MODES[mode], percent, bool(permit), bool(clear), **wished, **place), lease


_ALL_FAULTS = sum(BoardFault) & ~BoardFault.PILOT
"""Boards of this profile name what is wrong at the pilot."""
_ALL_CAPABILITIES = sum(Capability)


def _bits_known(capabilities: Capability) -> int:
    return sum(bits for capability, bits in _BITS_OF if capabilities & capability)


def _closed(snapshot: BoardSnapshot) -> int:
    """Register 7: how the contactors and the lock stand."""
    terminals = {None: 0, 1: _ONE_PHASE, 3: _THREE_PHASES}[snapshot.phases]
    return (_CLOSED if snapshot.contactor_closed else 0) | (_LOCKED if snapshot.locked else 0) | terminals


def _phases(bits: int) -> PhaseCount | None:
    return 1 if bits & _ONE_PHASE else 3 if bits & _THREE_PHASES else None


def _version(found: int) -> None:
    if found != PROFILE_VERSION:
        raise NotThisProfile(f"profile version {found}, this host speaks {PROFILE_VERSION}")


def _checksum(words: Sequence[int]) -> int:
    """CRC-16 of the registers as bytes, polynomial 0x1021 from 0xFFFF (CCITT)."""
    return crc_hqx(b"".join(word.to_bytes(2, "big") for word in words), 0xFFFF)


def _whole(words: Sequence[int], kind: NumberType) -> int:
    return int(number(words, kind))


def _take(words: Sequence[int], kind: NumberType, divisor: int) -> float | None:
    raw = _whole(words, kind)
    return None if raw == _ABSENT[kind] else raw / divisor


def _triple(words: Sequence[int], divisor: int) -> Triple:
    first, second, third = (_take((word,), "u16", divisor) for word in words)
    return first, second, third


def _put(value: float | None, kind: NumberType, divisor: int) -> tuple[int, ...]:
    if value is None:
        return words_of(_ABSENT[kind], kind)
    raw = round(value * divisor)
    if raw == _ABSENT[kind]:
        raise OverflowError(f"{value} does not fit into {kind}")
    return words_of(raw, kind)
