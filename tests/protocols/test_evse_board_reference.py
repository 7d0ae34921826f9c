"""The published frames of ``docs/protocols/evse-board.md``, byte for byte, and served over a socket."""

import asyncio
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ohmstead.core.model.evse import BoardCommands, BoardFault, BoardIdentity, BoardSnapshot, PilotMode
from ohmstead.core.model.time import Instant
from ohmstead.protocols.evse_board import (
    LEASE_S,
    BoardFrame,
    BoardRefused,
    Capability,
    decode_commands,
    decode_frame,
    encode_commands,
    encode_frame,
    encode_identity,
)
from ohmstead.protocols.evse_board_ct import PAIRING_START, decode_ct, decode_pairing, encode_ct
from ohmstead.transport.modbus_server import ModbusServer, RegisterRefused, ServedUnit

DOCUMENT = (Path(__file__).parents[2] / "docs/protocols/evse-board.md").read_text("utf-8")
FRAMES = {name: bytes.fromhex(text) for name, text in re.findall(r"```hex (\S+)\n(.*?)```", DOCUMENT, re.S)}

NOW = Instant(datetime(2026, 6, 21, tzinfo=UTC), 0.0)
CHARGING = BoardSnapshot(
    at=NOW,
    pilot="C",
    pilot_mode=PilotMode.PWM,
    duty_percent=26.67,
    contactor_closed=True,
    proximity_a=None,
    currents_a=(15.98, 16.01, None),
    voltages_v=(230.1, 231.0, None),
    power_w=7372.5,
    energy_j=36_000_000,
    faults=BoardFault.NONE,
    temperature_c=41.5,
    lease_left_s=0.87,
    uptime_s=3600.5,
)
FRAME = BoardFrame(CHARGING, 0x1234, 0x0102)
IDENTITY = BoardIdentity(1, "Example", "EVB-22", "0001-42", "1.0.3", 32.0, 3)
CAPABILITIES = Capability.CURRENTS | Capability.VOLTAGES | Capability.ENERGY | Capability.TEMPERATURE
SWITCHING = CAPABILITIES | Capability.PHASE_SWITCH
ON_ONE = replace(CHARGING, currents_a=(15.98, 0.0, 0.0), voltages_v=(230.1, 231.0, 229.5), power_w=3677.0, phases=1)
OFFER = BoardCommands(PilotMode.PWM, 26.67, permit_close=True)


def words(name: str, skip: int) -> list[int]:
    data = FRAMES[name][skip:]
    return [int.from_bytes(data[i : i + 2], "big") for i in range(0, len(data), 2)]


def test_the_documented_snapshot_is_what_the_codec_writes_and_reads():
    assert words("snapshot-answer", 9) == list(encode_frame(FRAME))
    assert decode_frame(words("snapshot-answer", 9), NOW) == FRAME


def test_the_documented_identity_is_what_the_codec_writes():
    assert words("identity-answer", 9) == list(encode_identity(IDENTITY, CAPABILITIES))


def test_the_documented_offer_is_what_the_codec_writes_and_reads():
    assert words("offer-request", 13) == list(encode_commands(OFFER, 0x0103))
    assert decode_commands(0, words("offer-request", 13)) == (OFFER, 0x0103)


@pytest.mark.req("G-032")
def test_the_documented_board_on_one_phase_is_what_the_codec_writes_and_reads():
    frame = BoardFrame(ON_ONE, 0x1234, 0x0102, capabilities=SWITCHING)
    assert words("one-phase-snapshot", 9) == list(encode_frame(frame))
    assert decode_frame(words("one-phase-snapshot", 9), NOW, SWITCHING) == frame
    assert decode_frame(words("one-phase-snapshot", 9), NOW).snapshot.phases is None


@pytest.mark.req("G-032")
def test_the_documented_opening_of_terminals_2_and_3_is_what_the_codec_writes_and_reads():
    opening = BoardCommands(PilotMode.STEADY, 100.0, permit_close=False, one_phase=True)
    assert words("one-phase-request", 13) == list(encode_commands(opening, 0x0104, SWITCHING))
    assert decode_commands(0, words("one-phase-request", 13), SWITCHING) == (opening, 0x0104)
    assert encode_commands(opening, 0x0104)[6] == 0


@pytest.mark.anyio
@pytest.mark.parametrize("name", ["snapshot", "identity", "offer", "half", "ct", "remote", "pair", "one-phase"])
async def test_a_board_answers_each_documented_request_byte_for_byte(name):
    def write(register, values):
        try:
            if register == PAIRING_START:
                decode_pairing(register, values)
            else:
                decode_commands(register, values, SWITCHING)
        except BoardRefused as refused:
            raise RegisterRefused(refused.code) from refused

    inputs = (
        (200, encode_ct(decode_ct(words("ct-answer", 9)))),
        (240, encode_ct(decode_ct(words("remote-answer", 9)))),
    )
    image = ((0, encode_frame(FRAME)), (100, encode_identity(IDENTITY, CAPABILITIES)), *inputs)
    server = ModbusServer([ServedUnit(1, lambda: image, lambda: ((0, (0,) * 10), (20, (0,) * 2)), write)])
    await server.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(FRAMES[f"{name}-request"])
    assert (await reader.readexactly(len(FRAMES[f"{name}-answer"]))).hex() == FRAMES[f"{name}-answer"].hex()
    writer.transport.abort()
    await server.stop()


def test_the_document_lists_every_fault_with_its_bit():
    listed = {int(value) for value in re.findall(r"^\| \d+ \| (\d+) \|", DOCUMENT, re.M)}
    assert listed == {fault.value for fault in BoardFault if fault and fault is not BoardFault.PILOT}


def test_the_document_names_the_lease():
    assert f"| 105 | u16 | lease, ms: {LEASE_S * 1000:.0f} |" in DOCUMENT
