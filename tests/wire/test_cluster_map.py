"""The registers of a slave of a cluster: their document, their bytes, and what is refused (G-067)."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from ohmstead.core.model.cluster import Asking, Orders, Poll, Report
from ohmstead.protocols.charger_map import SlavePicture, WriteRefused, encode
from ohmstead.protocols.cluster_map import (
    HOLDINGS,
    INPUTS,
    POLL_COUNT,
    POLL_START,
    REPORT_COUNT,
    REPORT_START,
    decode_poll,
    decode_report,
    encode_poll,
)
from tests.wire.test_charger_map import PICTURE, shown, words

DOCUMENT = (Path(__file__).parents[2] / "docs/protocols/charger-modbus.md").read_text("utf-8")
FRAMES = {name: bytes.fromhex(text) for name, text in re.findall(r"```hex (\S+)\n(.*?)```", DOCUMENT, re.S)}
REPORT = Report(42, 123_456, 8000, 50_000, 1111, 65_539, 16.0, 16.0, 6.0)
ASKING = Asking(32.0, "waiting", 0x5EED_F00D, 7, "04A1B2C3")
POLL = Poll(123_456, 1111, 8000, 50_000, 65_540, 10.0, 6.0)
ORDERS = Orders("card", 7, True, 0x5EED_F00D)
SLAVE = replace(PICTURE, slave=SlavePicture(REPORT, ASKING, "led", POLL, ORDERS))


@pytest.mark.req("G-067")
@pytest.mark.parametrize("row", [*INPUTS, *HOLDINGS], ids=lambda row: str(row.register))
def test_each_register_stands_in_the_document(row):
    assert shown(row) in DOCUMENT


@pytest.mark.wire
@pytest.mark.req("G-067")
def test_the_documented_report_is_what_a_slave_writes_and_a_master_reads():
    said = words(FRAMES["report-answer"][9:])
    assert said == list(dict(encode(INPUTS, SLAVE))[REPORT_START])
    assert len(said) == REPORT_COUNT
    assert decode_report(said) == (REPORT, ASKING, "led")


@pytest.mark.wire
@pytest.mark.req("G-067")
def test_the_documented_poll_is_what_a_master_writes_and_a_slave_reads():
    frame = FRAMES["poll-request"]
    asked = words(frame[13:])
    assert tuple(asked) == encode_poll(POLL, ORDERS)
    assert int.from_bytes(frame[8:10], "big") == POLL_START
    assert decode_poll(POLL_START, asked) == (POLL, ORDERS)
    assert asked == list(dict(encode(HOLDINGS, SLAVE))[POLL_START])


def test_what_is_promised_is_never_rounded_down_on_the_wire():
    slave = replace(SLAVE.slave, report=replace(REPORT, allowed_a=10.001, hold_a=10.0049))
    block = dict(encode(INPUTS, replace(SLAVE, slave=slave)))[REPORT_START]
    assert (block[10], block[11]) == (1001, 1001)


@pytest.mark.req("G-067")
@pytest.mark.parametrize(
    ("register", "change", "code"),
    [
        (POLL_START + 1, {}, 2),
        (POLL_START, {"short": True}, 2),
        (POLL_START, {8: 599}, 3),
        (POLL_START, {8: 0xFFFF}, 3),
        (POLL_START, {9: 1}, 3),
        (POLL_START, {10: 4}, 3),
        (POLL_START, {12: 3}, 3),
        (POLL_START, {15: 3}, 3),
        (POLL_START, {16: 2}, 3),
    ],
)
def test_a_poll_that_cannot_be_is_refused_whole(register, change, code):
    asked = list(encode_poll(POLL, ORDERS))
    if change.pop("short", False):
        asked.pop()
    for at, word in change.items():
        asked[at] = word
    with pytest.raises(WriteRefused) as refusal:
        decode_poll(register, asked)
    assert refusal.value.code == code
    assert "allowed" in str(refusal.value)


@pytest.mark.parametrize("change", [{10: 0xFFFF}, {13: 3}, {15: 4}, {19: 11}])
def test_a_report_that_cannot_be_is_none(change):
    said = list(dict(encode(INPUTS, SLAVE))[REPORT_START])
    for at, word in change.items():
        said[at] = word
    with pytest.raises(ValueError, match="allowed"):
        decode_report(said)


def test_a_charger_that_is_no_slave_shows_nothing_of_it():
    said = dict(encode(INPUTS, PICTURE))[REPORT_START]
    with pytest.raises(ValueError, match="allowed"):
        decode_report(said)
    assert len(dict(encode(HOLDINGS, PICTURE))[POLL_START]) == POLL_COUNT
