from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmstead.core.model.evse import BoardCommands, BoardFault, BoardIdentity, BoardSnapshot, PilotMode
from ohmstead.core.model.time import Instant
from ohmstead.protocols.evse_board import (
    BoardFrame,
    BoardRefused,
    Capability,
    NotThisProfile,
    Refusal,
    decode_commands,
    decode_frame,
    decode_identity,
    encode_commands,
    encode_frame,
    encode_identity,
)
from tests.exploring import examples

NOW = Instant(datetime(2026, 6, 21, tzinfo=UTC), 100.0)


def hundredths(low, high):
    return st.integers(low * 100, high * 100).map(lambda n: n / 100)


def tenths(low, high):
    return st.integers(low * 10, high * 10).map(lambda n: n / 10)


def triple(values):
    return st.tuples(st.none() | values, st.none() | values, st.none() | values)


SNAPSHOTS = st.builds(
    BoardSnapshot,
    at=st.just(NOW),
    pilot=st.sampled_from("ABCDEF"),
    pilot_mode=st.sampled_from(PilotMode),
    duty_percent=hundredths(0, 100),
    contactor_closed=st.booleans(),
    proximity_a=st.none() | st.sampled_from([13.0, 20.0, 32.0, 63.0]),
    currents_a=triple(hundredths(0, 600)),
    voltages_v=triple(tenths(0, 500)),
    power_w=st.none() | tenths(-50_000, 50_000),
    energy_j=st.none() | st.integers(0, 2**63),
    faults=st.sampled_from([fault for fault in BoardFault if fault is not BoardFault.PILOT]),
    temperature_c=st.none() | tenths(-40, 120),
    lease_left_s=st.integers(0, 1000).map(lambda n: n / 1000),
    uptime_s=tenths(0, 10_000_000),
    locked=st.booleans(),
    phases=st.sampled_from([None, 1, 3]),
    self_test=st.sampled_from(["none", "running", "passed", "failed"]),
    residual_ma=st.none() | tenths(0, 300),
    proximity_ohm=st.none() | st.integers(0, 60_000).map(float),
).map(lambda snapshot: replace(snapshot, present=snapshot.faults))
EVERYTHING = Capability(sum(Capability))
COMMANDS = st.builds(
    BoardCommands,
    pilot_mode=st.sampled_from(PilotMode),
    duty_percent=hundredths(10, 96),
    permit_close=st.booleans(),
    clear_faults=st.booleans(),
)
IDENTITY = BoardIdentity(1, "Ohmstead", "sim-11", "SN-0042", "1.0.3", 16.0, 3, socket=True)


@examples(60)
@given(SNAPSHOTS, st.integers(0, 65_535), st.integers(0, 65_535))
def test_a_frame_comes_back_from_its_registers(snapshot, frame, lease):
    given_frame = BoardFrame(snapshot, frame, lease, capabilities=EVERYTHING)
    words = encode_frame(given_frame)
    assert len(words) == 32
    assert decode_frame(words, NOW, EVERYTHING) == given_frame


@examples(60)
@given(SNAPSHOTS)
def test_a_board_without_a_capability_says_nothing_of_it(snapshot):
    seen = decode_frame(encode_frame(BoardFrame(snapshot, 1, 1)), NOW).snapshot
    assert (seen.locked, seen.self_test, seen.residual_ma, seen.proximity_ohm, seen.phases) == (None,) * 5


def test_a_board_without_a_capability_is_asked_nothing_of_it_and_refuses_what_it_does_not_know():
    everything = BoardCommands(
        PilotMode.PWM, 20.0, True, False, self_test=True, lock=True, ventilated=True, earth_test=False, one_phase=True
    )
    assert decode_commands(0, encode_commands(everything, 1, EVERYTHING), EVERYTHING) == (everything, 1)
    assert encode_commands(everything, 1)[6] == 0
    words = encode_commands(everything, 1, EVERYTHING)
    with pytest.raises(BoardRefused) as refused:
        decode_commands(0, words, Capability.LOCK)
    assert refused.value.code is Refusal.VALUE


@examples(20)
@given(SNAPSHOTS)
def test_terminals_that_are_open_and_connected_at_once_are_no_frame(snapshot):
    seen = replace(snapshot, phases=1)
    words = list(encode_frame(BoardFrame(seen, 1, 1, capabilities=Capability.PHASE_SWITCH)))
    words[7] |= 8
    with pytest.raises(NotThisProfile, match="register 7"):
        decode_frame(words, NOW, Capability.PHASE_SWITCH)


@examples(60)
@given(COMMANDS, st.integers(0, 65_535))
def test_commands_come_back_from_their_registers(commands, lease):
    assert decode_commands(0, encode_commands(commands, lease)) == (commands, lease)


@examples(60)
@given(st.lists(st.integers(0, 65_535), min_size=32, max_size=32))
def test_any_registers_are_a_frame_or_refused(words):
    with suppress(NotThisProfile):
        assert decode_frame(words, NOW).snapshot.pilot in "ABCDEF"


def test_the_identity_comes_back_with_its_capabilities():
    words = encode_identity(IDENTITY, Capability.CURRENTS | Capability.ENERGY)
    assert len(words) == 40
    assert decode_identity(words) == (IDENTITY, Capability.CURRENTS | Capability.ENERGY | Capability.SOCKET)


def frame_words(**changes):
    snapshot = BoardSnapshot(
        NOW,
        "C",
        PilotMode.PWM,
        26.67,
        True,
        None,
        (16.0, 15.9, 16.1),
        (230.1, 231.0, 229.4),
        11_040.0,
        3_600_000,
        BoardFault.NONE,
        41.5,
        0.8,
        12.3,
    )  # fmt: skip — one record
    seen = replace(snapshot, **changes)
    return list(encode_frame(BoardFrame(replace(seen, present=seen.faults), 7, 9, BoardFault.PILOT_SHORT)))


def test_a_latched_fault_counts_as_present():
    frame = decode_frame(frame_words(faults=BoardFault.OVER_TEMPERATURE), NOW)
    assert frame.snapshot.faults == BoardFault.OVER_TEMPERATURE | BoardFault.PILOT_SHORT
    assert frame.latched == BoardFault.PILOT_SHORT


@pytest.mark.parametrize(
    "at, word, says",
    [
        (0, 2, "profile version 2, this host speaks 1"),
        (31, 6, "frame 7 in register 1 but 6 in register 31"),
        (4, 0x47, "a pilot level is the letter A to F"),
        (4, 0xFFFF, "a pilot level is the letter A to F"),
        (5, 4, "a pilot mode is 0 to 3"),
        (6, 10_001, "a duty is 0 to 10000"),
    ],
)
def test_a_frame_that_is_not_of_the_profile_says_why(at, word, says):
    words = frame_words()
    words[at] = word
    with pytest.raises(NotThisProfile, match=says):
        decode_frame(words, NOW)


@pytest.mark.parametrize(
    "at, word, says",
    [
        (0, 0, "register 100 holds 0"),
        (1, 9, "profile version 9"),
        (3, 59, "a rated current is 60 to 800"),
        (3, 0xFFFF, "a rated current is 60 to 800"),
        (4, 2, "a board has 1 or 3 phases"),
    ],
)
def test_an_identity_that_is_not_of_the_profile_says_why(at, word, says):
    words = list(encode_identity(IDENTITY, Capability.NONE))
    words[at] = word
    with pytest.raises(NotThisProfile, match=says):
        decode_identity(words)


@pytest.mark.parametrize("register, count", [(0, 9), (1, 9), (5, 1), (0, 11)])
def test_half_a_command_is_refused_as_an_address(register, count):
    words = (*encode_commands(BoardCommands(PilotMode.STEADY, 0.0, False), 1), 0)
    with pytest.raises(BoardRefused) as refused:
        decode_commands(register, words[:count])
    assert refused.value.code is Refusal.ADDRESS


@pytest.mark.req("G-033")
@pytest.mark.parametrize("at, word", [(0, 2), (1, 4), (2, 999), (2, 9601), (2, 65_535), (3, 2), (4, 2), (6, 1), (9, 1)])
def test_a_value_out_of_range_is_refused_as_a_value(at, word):
    words = list(encode_commands(BoardCommands(PilotMode.PWM, 26.67, True), 1))
    words[at] = word
    with pytest.raises(BoardRefused) as refused:
        decode_commands(0, words)
    assert refused.value.code is Refusal.VALUE


def test_a_duty_that_does_not_exist_is_not_sent():
    with pytest.raises(OverflowError):
        encode_commands(BoardCommands(PilotMode.PWM, 100.01, True), 1)
