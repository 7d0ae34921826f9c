"""The published register map of a charger: its document, its bytes, and every register of it."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ohmstead.core.model.chargers import (
    ChargerError,
    ChargerOptions,
    ChargerReading,
    ChargerState,
    Session,
    SuspensionReason,
)
from ohmstead.core.model.grants import Grant
from ohmstead.core.model.managers import ManagerState, ManagerWrite
from ohmstead.core.model.quantities import PHASES, Quality
from ohmstead.core.model.readings import PhaseReading
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.time import Instant
from ohmstead.protocols import charger_keba
from ohmstead.protocols.charger_map import (
    ERROR_BITS,
    HOLDINGS,
    INPUTS,
    MODES,
    STATES,
    SUSPENSIONS,
    ChargerPicture,
    ChargerWrite,
    Row,
    WriteRefused,
    decode,
    encode,
)

DOCUMENT = (Path(__file__).parents[2] / "docs/protocols/charger-modbus.md").read_text("utf-8")
FRAMES = {name: bytes.fromhex(text) for name, text in re.findall(r"```hex (\S+)\n(.*?)```", DOCUMENT, re.S)}
NOW = Instant(datetime(2026, 6, 21, 10, 0, tzinfo=UTC), 100.0)
READING = ChargerReading(
    charger="garage",
    at=NOW,
    quality=Quality.GOOD,
    state=ChargerState.CHARGING,
    iec_state="C2",
    connected=True,
    contactor_closed=True,
    offered_a=10.0,
    hardware_max_a=32.0,
    phases={phase: PhaseReading(230.5, 9.87, 2275.4) for phase in PHASES},
    power_w=6826.2,
    energy_j=36_000_000,
    session=Session("1", "garage", NOW, energy_j=7_200_000, charging_s=1234.5),
)
PICTURE = ChargerPicture(
    site="via-roma-12",
    charger="garage",
    software="0.1.0",
    phases=PHASES,
    installation_a=16.0,
    options=ChargerOptions(),
    manager=ManagerState("live", 10.0, 10.0, 6.0, 60.0, 513, 12.4, 47.6, "modbus 192.168.1.40"),
    reading=READING,
    grant=Grant(10.0, PHASES, "energy_manager", Reason("limit.energy_manager"), NOW),
    plugged_s=1300.9,
)
TROUBLED = replace(
    PICTURE,
    reading=replace(
        READING,
        state=ChargerState.ERROR,
        errors=tuple(ChargerError(code, NOW, Reason("error.v2.name")) for code in ("V2", "I1", "D9")),
    ),
)


def words(data: bytes) -> list[int]:
    return [int.from_bytes(data[i : i + 2], "big") for i in range(0, len(data), 2)]


def shown(row: Row) -> str:
    last = row.register + row.words - 1
    at = str(row.register) if row.words == 1 else f"{row.register}–{last}"
    return f"| {at} | {row.kind} | {row.content} |"


@pytest.mark.req("G-067")
@pytest.mark.parametrize("rows", [INPUTS, charger_keba.ROWS], ids=["own", "common"])
def test_each_register_stands_in_the_document(rows):
    missing = [shown(row) for row in rows if shown(row) not in DOCUMENT]
    assert not missing, "\n".join(missing)


def test_the_numbers_of_states_modes_suspensions_and_errors_stand_in_the_document():
    for number, state in enumerate(STATES):
        assert f"{number} `{state.value}`" in DOCUMENT
    for number, reason in enumerate(SUSPENSIONS, 1):
        assert f"{number} `{reason.value}`" in DOCUMENT
    for number, mode in enumerate(MODES):
        assert f"{number} `{mode}`" in DOCUMENT
    for bit, code in enumerate(ERROR_BITS):
        assert f"{bit} `{code}`" in DOCUMENT
    for register in (*(row.register for row in HOLDINGS), *charger_keba.WRITES):
        assert re.search(rf"^\| {register} \|", DOCUMENT, re.M), register


@pytest.mark.wire
@pytest.mark.req("G-067", "G-128")
def test_the_documented_answers_are_what_the_codec_writes():
    blocks = dict(encode(INPUTS, PICTURE))
    assert words(FRAMES["state-answer"][9:]) == list(blocks[100])[:21]
    assert words(FRAMES["electrical-answer"][9:]) == list(blocks[100])[30:54]
    assert words(FRAMES["setpoint-answer"][9:]) == list(dict(encode(HOLDINGS, PICTURE))[0])
    assert words(FRAMES["common-current-answer"][9:]) == list(dict(charger_keba.encode(PICTURE))[1008])


@pytest.mark.wire
def test_the_documented_writes_are_understood():
    frame = FRAMES["setpoint-request"]
    assert decode(0, words(frame[13:])) == ChargerWrite(
        ManagerWrite(setpoint_a=10.0, valid_s=120.0, fallback_a=6.0, timeout_s=60.0, heartbeat=513)
    )
    one = FRAMES["common-setpoint-request"]
    asked = charger_keba.decode(int.from_bytes(one[8:10], "big"), tuple(words(one[10:])))
    assert asked == ChargerWrite(ManagerWrite(setpoint_a=10.0))


def test_errors_are_bits_and_the_most_severe_comes_first():
    blocks = dict(encode(INPUTS, TROUBLED))[100]
    assert (blocks[18] << 16 | blocks[19]) == 1 << 0 | 1 << 5 | 1 << 17
    assert blocks[20].to_bytes(2, "big") == b"V2"
    assert (blocks[1], STATES[blocks[2]]) == (8, ChargerState.ERROR)
    quiet = replace(PICTURE, reading=replace(READING, state=ChargerState.SUSPENDED, suspended=SuspensionReason.PAUSED))
    assert dict(encode(INPUTS, quiet))[100][3] == 1 + SUSPENSIONS.index(SuspensionReason.PAUSED)


def test_what_is_not_known_is_all_ones_and_a_text_is_cut():
    bare = replace(PICTURE, charger="x" * 40 + "é", reading=None, grant=None, manager=ManagerState(), plugged_s=None)
    blocks = dict(encode(INPUTS, bare))
    assert blocks[0][16:24] == (0x7878,) * 8
    assert blocks[100][4:7] == (0xFFFF,) * 3
    assert blocks[100][30:36] == (0xFFFF,) * 6
    assert blocks[100][42:44] == (0x7FFF, 0xFFFF)
    assert dict(encode(HOLDINGS, bare))[0][:2] == (0xFFFF, 0xFFFF)
    beyond = replace(READING, phases={"L1": PhaseReading(230.0, 9000.0, 2.0e12)}, energy_j=1 << 90)
    blocks = dict(encode(INPUTS, replace(PICTURE, reading=beyond)))
    assert (blocks[100][30], blocks[100][36:38], blocks[100][44]) == (0xFFFF, (0x7FFF, 0xFFFF), 0xFFFF)


@pytest.mark.parametrize(
    ("register", "values", "write"),
    [
        (0, [599], ManagerWrite(setpoint_a=0.0)),
        (0, [600], ManagerWrite(setpoint_a=6.0)),
        (0, [0xFFFF], ManagerWrite(withdraw=True)),
        (3, [0], ManagerWrite(timeout_s=0.0)),
        (5, [7], ManagerWrite(heartbeat=7)),
    ],
)
def test_a_write_is_read_as_documented(register, values, write):
    assert decode(register, values) == ChargerWrite(write)


@pytest.mark.parametrize(
    ("register", "values", "code"),
    [
        (2, [1], 3),
        (2, [0xFFFF], 3),
        (3, [4], 3),
        (3, [601], 3),
        (6, [2], 3),
        (9, [0], 3),
        (9, [1, 1, 1], 2),
        (99, [0], 2),
    ],
)
def test_what_cannot_be_is_refused_whole(register, values, code):
    with pytest.raises(WriteRefused) as refusal:
        decode(register, values)
    assert refusal.value.code == code
    assert "allowed" in str(refusal.value)
