"""The grid-current inputs of our EVSE board profile: current transformers at the grid connection (EV-177, G-133).

Registers to :class:`~ohmstead.core.model.evse.GridCt` and back; ``docs/protocols/evse-board.md`` is the reference. A
board has these registers only if its capabilities say so, and a host asks no other board for them.
"""

from collections.abc import Mapping, Sequence
from enum import IntEnum

from ohmstead.core.model.evse import CtInput, CtLink, GridCt, Triple
from ohmstead.protocols.evse_board import PROFILE_VERSION, BoardRefused, Capability, NotThisProfile, Refusal
from ohmstead.protocols.registers import NumberType, number, words_of

CT_START: Mapping[CtInput, int] = {"wired": 200, "remote": 240}
"""First input register of each input's block."""
CT_COUNT = 32
CT_CAPABILITY: Mapping[CtInput, Capability] = {"wired": Capability.GRID_CT, "remote": Capability.REMOTE_CT}
PAIRING_START, PAIRING_COUNT = 20, 2
"""Holding registers of the remote."""

_ABSENT = {"u16": 0xFFFF, "s16": 0x7FFF, "u32": 0xFFFF_FFFF, "s32": 0x7FFF_FFFF}
_LINKS: tuple[CtLink, ...] = ("wired", "unpaired", "pairing", "heard", "lost")
_OLDEST = 0xFFFE
_UNUSED = 10


class Pairing(IntEnum):
    """What may be written about the remote."""

    BEGIN = 1
    """Accept the next remote that asks, for two minutes; the one that is paired stays until then."""


def encode_ct(ct: GridCt) -> tuple[int, ...]:
    """The block of one input. Raises OverflowError where a value does not fit."""
    age = _put(None, "u16", 1) if ct.age_s is None else (min(_OLDEST, round(max(0.0, ct.age_s) * 100)),)
    words = [ct.sample & 0xFFFF, _LINKS.index(ct.link), *age, *_put(ct.signal_dbm, "s16", 1)]
    words += [word for current in ct.currents_a for word in _put(current, "u32", 1000)]
    words += [word for power in ct.powers_w for word in _put(power, "s32", 10)]
    words += [word for voltage in ct.voltages_v for word in _put(voltage, "u16", 10)]
    return (*words, *_put(ct.remote, "u32", 1), *(0,) * _UNUSED, ct.sample & 0xFFFF)


def decode_ct(words: Sequence[int]) -> GridCt:
    """What the block of one input says. Raises NotThisProfile."""
    if len(words) != CT_COUNT:
        raise NotThisProfile(f"{CT_COUNT} registers expected, got {len(words)}")
    if words[0] != words[-1]:
        raise NotThisProfile(f"sample {words[0]} at the begin but {words[-1]} at the end: a torn block")
    if words[1] >= len(_LINKS):
        raise NotThisProfile(f"link {words[1]}, allowed: 0 to {len(_LINKS) - 1}")
    signal, remote = _take(words[3:4], "s16", 1), _take(words[19:21], "u32", 1)
    return GridCt(
        link=_LINKS[words[1]],
        sample=words[0],
        age_s=_take(words[2:3], "u16", 100),
        currents_a=_triple(words[4:10], "u32", 1000),
        powers_w=_triple(words[10:16], "s32", 10),
        voltages_v=_triple(words[16:19], "u16", 10),
        remote=None if remote is None else int(remote),
        signal_dbm=None if signal is None else int(signal),
    )


def encode_pairing(action: Pairing) -> tuple[int, ...]:
    """Holding registers 20 and 21, to be written in one request."""
    return (PROFILE_VERSION, int(action))


def decode_pairing(register: int, words: Sequence[int]) -> Pairing:
    """What a write asks of the remote; how a board reads it. Raises BoardRefused with the exception to answer."""
    if register != PAIRING_START or len(words) != PAIRING_COUNT:
        raise BoardRefused(Refusal.ADDRESS, f"{len(words)} registers from {register}: both from 20 in one request")
    if words[0] != PROFILE_VERSION or words[1] != Pairing.BEGIN:
        raise BoardRefused(Refusal.VALUE, f"version {words[0]}, action {words[1]}")
    return Pairing(words[1])


def _triple(words: Sequence[int], kind: NumberType, divisor: int) -> Triple:
    size = len(words) // 3
    first, second, third = (_take(words[i * size : (i + 1) * size], kind, divisor) for i in range(3))
    return first, second, third


def _take(words: Sequence[int], kind: NumberType, divisor: int) -> float | None:
    raw = int(number(words, kind))
    return None if raw == _ABSENT[kind] else raw / divisor


def _put(value: float | None, kind: NumberType, divisor: int) -> tuple[int, ...]:
    if value is None:
        return words_of(_ABSENT[kind], kind)
    raw = round(value * divisor)
    if raw == _ABSENT[kind]:
        raise OverflowError(f"{value} does not fit into {kind}")
    return words_of(raw, kind)
