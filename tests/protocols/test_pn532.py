"""Frames of a PN532, by the bytes of its user manual (UM0701-02), and what damaged ones do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmstead.protocols.pn532 import (
    ACK,
    FIRMWARE,
    LIST_ONE_CARD,
    SAM_NORMAL,
    Framer,
    Pn532Error,
    card_answer,
    card_of,
    firmware,
    frame,
)

# UM0701-02, 7.2.2 and the frames of 6.2.1: host -> chip and chip -> host, written out by hand.
GET_FIRMWARE = bytes.fromhex("00 00 FF 02 FE D4 02 2A 00")
FIRMWARE_ANSWER = bytes.fromhex("00 00 FF 06 FA D5 03 32 01 06 07 E8 00")
SAM_COMMAND = bytes.fromhex("00 00 FF 05 FB D4 14 01 00 01 16 00")
LIST_COMMAND = bytes.fromhex("00 00 FF 04 FC D4 4A 01 00 E1 00")
CARD_ANSWER = bytes.fromhex("00 00 FF 0C F4 D5 4B 01 01 00 04 08 04 04 A1 B2 C3 B4 00")


def frames(data: bytes) -> list[bytes]:
    return [found.data for found in Framer().feed(data) if not found.ack]


def test_commands_are_written_as_the_manual_shows_them() -> None:
    assert frame(FIRMWARE) == GET_FIRMWARE
    assert frame(SAM_NORMAL) == SAM_COMMAND
    assert frame(LIST_ONE_CARD) == LIST_COMMAND


def test_an_answer_is_found_behind_its_acknowledgement_however_it_is_cut() -> None:
    stream = b"\x00\x55" + ACK + FIRMWARE_ANSWER
    framer, found = Framer(), []
    for each in stream:
        found += framer.feed(bytes((each,)))
    assert [one.ack for one in found] == [True, False]
    assert firmware(found[1].data) == "PN532 1.6"


@pytest.mark.req("G-074")
def test_a_card_is_read_with_its_number_and_without_one_there_is_none() -> None:
    assert [card_of(each) for each in frames(CARD_ANSWER)] == [bytes.fromhex("04A1B2C3")]
    assert card_of(b"\x4b\x00") is None
    for length in (4, 7, 10):
        uid = bytes(range(1, length + 1))
        assert card_of(card_answer(uid)) == uid


@pytest.mark.req("G-074")
@pytest.mark.parametrize("uid", [b"", b"\x04\xa1\xb2", bytes(5), bytes(11)])
def test_a_number_of_another_length_is_refused_and_named(uid: bytes) -> None:
    with pytest.raises(Pn532Error) as refused:
        card_of(card_answer(uid))
    assert refused.value.kind == "uid"


@pytest.mark.parametrize("answer", [b"", b"\x4b", b"\x4b\x02", b"\x15", b"\x4b\x01\x01\x00", CARD_ANSWER[6:-4]])
def test_an_answer_that_is_none_is_told(answer: bytes) -> None:
    with pytest.raises(Pn532Error):
        card_of(answer)


@pytest.mark.parametrize("place", [3, 4, 5, 6, 10, 11])
def test_a_damaged_frame_is_skipped_and_the_next_one_is_found(place: int) -> None:
    broken = bytearray(FIRMWARE_ANSWER)
    broken[place] ^= 0x10
    framer = Framer()
    found = [one.data for one in framer.feed(bytes(broken) + bytes(300) + CARD_ANSWER) if not one.ack]
    assert found[-1:] == frames(CARD_ANSWER)


@given(st.lists(st.binary(max_size=40), max_size=20))
def test_no_bytes_break_the_framer_or_let_it_grow(chunks: list[bytes]) -> None:
    framer = Framer()
    for chunk in chunks:
        list(framer.feed(chunk))
    assert len(framer._bytes) <= 262
