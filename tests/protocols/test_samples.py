"""What a front end may send: anything. Samples come out, or a named refusal, and nothing is kept."""

import json
from dataclasses import replace
from zlib import crc32

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmstead.protocols.samples import (
    BODY_AT_MOST,
    Block,
    Frames,
    Hello,
    SamplesBroken,
    block_frame,
    columns_of,
    hello_frame,
    numbers,
    read_hello,
    steps_of,
)

HELLO = Hello(8000.0, 50, 1, 2, "i16", (0.02, 0.01, -0.01), "F-1")


def block(first: int, values: list[list[float]], hello: Hello = HELLO) -> bytes:
    data, clipped = steps_of(hello, np.array(values))
    return block_frame(Block(first, 0, len(values), data, clipped))


def said(**changes: object) -> bytes:
    fields = json.loads(hello_frame(HELLO)[12:-4]) | changes
    return json.dumps(fields).encode()


@given(st.lists(st.integers(1, 40), min_size=1, max_size=20))
def test_frames_may_come_in_pieces_of_any_size(sizes: list[int]) -> None:
    stream = hello_frame(HELLO) + b"".join(block(n, [[n, n, -n]]) for n in range(10))
    frames, found = Frames(), []
    at = 0
    while at < len(stream):
        size = sizes[len(found) % len(sizes)]
        found += frames.feed(stream[at : at + size])
        at += size
    assert [each.first for each in found] == list(range(10))
    assert numbers(HELLO, found[3]).tolist() == [pytest.approx([3.0, 3.0, -3.0], abs=0.011)]


@pytest.mark.parametrize("form", ["i16", "i24", "f32"])
def test_numbers_come_out_as_they_went_in_on_both_sides_of_zero(form) -> None:
    hello = replace(HELLO, format=form, scale=(0.02, 0.01, 0.01) if form != "f32" else (1.0, 1.0, 1.0))
    values = np.array([[230.0, -12.34, 0.0], [-325.0, 99.99, -0.01]])
    data, clipped = steps_of(hello, values)
    assert clipped == 0
    assert numbers(hello, Block(0, 0, 2, data)) == pytest.approx(values, abs=1e-4)


def test_a_converter_at_its_end_is_told_by_column() -> None:
    data, clipped = steps_of(HELLO, np.array([[1.0, 400.0, 1.0], [1.0, 1.0, 1.0]]))
    assert columns_of(clipped, HELLO.columns) == [1]
    assert numbers(HELLO, Block(0, 0, 2, data))[0, 1] == pytest.approx(327.67)


def test_a_frame_with_a_wrong_checksum_is_left_out_and_counted() -> None:
    spoiled = bytearray(block(1, [[1, 1, 1]]))
    spoiled[-6] ^= 1
    frames = Frames()
    found = frames.feed(hello_frame(HELLO) + block(0, [[0, 0, 0]]) + bytes(spoiled) + block(2, [[2, 2, 2]]))
    assert [each.first for each in found] == [0, 2]
    assert frames.spoiled == 1


REFUSED = {
    "another protocol": (b"HTTP/1.1 400 Bad Request\r\n", "samples.noise"),
    "samples before the hello": (block(0, [[0, 0, 0]]), "samples.no_hello"),
    "a length beyond the limit": (hello_frame(HELLO) + b"OSMP\2\0\0\0\xff\xff\xff\x7f", "samples.frame"),
    "a kind nobody knows": (hello_frame(HELLO) + b"OSMP\7\0\0\0\1\0\0\0", "samples.frame"),
    "another front end on the same line": (
        hello_frame(HELLO) + hello_frame(replace(HELLO, serial="other")),
        "samples.changed",
    ),
    "a block shorter than it says": (
        hello_frame(HELLO) + block_frame(Block(0, 0, 7, b"\0" * 6)),
        "samples.block",
    ),
    "an empty block": (hello_frame(HELLO) + block_frame(Block(0, 0, 0, b"")), "samples.block"),
}


@pytest.mark.parametrize(("data", "key"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_the_protocol_is_refused_by_name(data: bytes, key: str) -> None:
    with pytest.raises(SamplesBroken) as refused:
        Frames().feed(data)
    assert refused.value.reason.key == key


HELLOS = {
    "another version": (said(version=2), "samples.version"),
    "no JSON": (b"\xff\xfe", "samples.hello"),
    "a list": (b"[1]", "samples.hello"),
    "nested without end": (b"[" * 16_000, "samples.hello"),
    "four voltages": (said(voltages=4), "samples.hello"),
    "29 currents": (said(currents=29), "samples.hello"),
    "a rate too low for harmonics": (said(rate_hz=4000), "samples.hello"),
    "a rate that is none": (said(rate_hz="fast"), "samples.hello"),
    "an infinite rate": (said(rate_hz=float("inf")), "samples.hello"),
    "a scale too short": (said(scale=[1.0]), "samples.hello"),
    "a scale of zero": (said(scale=[1.0, 0.0, 1.0]), "samples.hello"),
    "another mains": (said(nominal_hz=400), "samples.hello"),
    "numbers of another form": (said(format="f64"), "samples.hello"),
    "control characters": (said(serial="\x1b[2J"), "samples.hello"),
}


@pytest.mark.parametrize(("body", "key"), HELLOS.values(), ids=HELLOS)
def test_an_impossible_hello_names_what_came_and_what_is_allowed(body: bytes, key: str) -> None:
    with pytest.raises(SamplesBroken) as refused:
        read_hello(body)
    assert refused.value.reason.key == key
    assert "came" in refused.value.reason.params


def test_samples_that_are_no_numbers_are_refused() -> None:
    hello = replace(HELLO, format="f32")
    data = np.array([1.0, np.nan, 1.0], "<f4").tobytes()
    with pytest.raises(SamplesBroken):
        numbers(hello, Block(0, 0, 1, data))


@given(st.binary(max_size=400), st.booleans())
def test_whatever_comes_ends_in_blocks_or_a_refusal_and_little_is_held(noise: bytes, greeted: bool) -> None:
    frames = Frames()
    try:
        frames.feed(hello_frame(HELLO) if greeted else b"")
        for at in range(0, len(noise), 7):
            frames.feed(noise[at : at + 7])
    except SamplesBroken:
        return
    assert len(noise) < BODY_AT_MOST


@given(st.dictionaries(st.sampled_from(list(json.loads(said()))), st.none() | st.integers() | st.text() | st.floats()))
def test_any_field_of_a_hello_may_be_anything(changes: dict[str, object]) -> None:
    try:
        hello = read_hello(said(**changes))
    except SamplesBroken:
        return
    assert len(hello.scale) == hello.columns


def test_a_checksum_covers_the_head_too() -> None:
    whole = bytearray(block(0, [[0, 0, 0]]))
    whole[5] ^= 1
    frames = Frames()
    assert frames.feed(hello_frame(HELLO) + bytes(whole)) == []
    assert frames.spoiled == 1
    assert crc32(bytes(whole[:-4])) != int.from_bytes(whole[-4:], "little")
