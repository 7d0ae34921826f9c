"""The sample protocol byte by byte, as ``docs/protocols/samples.md`` shows it, against a checksum of another making."""

import json

import pytest

from ohmstead.protocols.samples import Block, Frames, Hello, block_frame, hello_frame

HELLO_TEXT = (
    '{"version":1,"rate_hz":8000.0,"nominal_hz":50,"voltages":1,"currents":1,'
    '"format":"i16","scale":[0.01,0.002],"serial":"A1"}'
)
HELLO = bytes.fromhex("4f534d50 01 000000 7a000000") + HELLO_TEXT.encode() + bytes.fromhex("f65504ab")
BLOCK = bytes.fromhex(
    "4f534d50 02 000000 1c000000 0500000000000000 0000000000000000 0100 0000 02000000 e803 18fc f10abe4e"
)


def crc_32(data: bytes) -> int:
    """IEEE 802.3, bit by bit."""
    rest = 0xFFFFFFFF
    for byte in data:
        rest ^= byte
        for _ in range(8):
            rest = rest >> 1 ^ (0xEDB88320 if rest & 1 else 0)
    return rest ^ 0xFFFFFFFF


@pytest.mark.wire
@pytest.mark.parametrize("frame", [HELLO, BLOCK], ids=["hello", "block"])
def test_the_golden_frames_end_with_their_crc_32(frame: bytes) -> None:
    assert int.from_bytes(frame[-4:], "little") == crc_32(frame[:-4])


@pytest.mark.wire
@pytest.mark.req("EM-346")
def test_a_hello_and_a_block_are_read_from_golden_bytes_and_written_the_same() -> None:
    frames = Frames()
    assert frames.feed(HELLO + BLOCK) == [Block(5, 0, 1, b"\xe8\x03\x18\xfc", clipped=2)]
    assert frames.hello == Hello(8000.0, 50, 1, 1, "i16", (0.01, 0.002), "A1")
    assert hello_frame(frames.hello) == HELLO
    assert block_frame(Block(5, 0, 1, b"\xe8\x03\x18\xfc", clipped=2)) == BLOCK
    assert json.loads(HELLO_TEXT)["version"] == 1
