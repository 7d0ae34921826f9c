"""The grid-current inputs of an EVSE board, byte for byte; each number worked out by hand from the profile's table."""

import pytest

from ohmstead.core.model.evse import GridCt
from ohmstead.protocols.evse_board import BoardRefused, Capability, NotThisProfile, decode_identity
from ohmstead.protocols.evse_board_ct import (
    CT_CAPABILITY,
    CT_START,
    PAIRING_START,
    Pairing,
    decode_ct,
    decode_pairing,
    encode_ct,
    encode_pairing,
)

WIRED_BYTES = (
    "0102"  # sample 258
    "0000"  # on the board's own terminals
    "0003"  # 0.03 s old
    "7FFF"  # no radio
    "0000106D 000022C4 000000FA"  # 4205 mA, 8900 mA, 250 mA
    "0000251C FFFFB0E4 00000186"  # 950.0 W, -2025.2 W, 39.0 W
    "08FC 0906 08F7"  # 230.0 V, 231.0 V, 229.5 V
    "FFFFFFFF"  # no remote
    "0000000000000000000000000000000000000000"
    "0102"
)
WIRED = GridCt(
    link="wired",
    sample=258,
    age_s=0.03,
    currents_a=(4.205, 8.9, 0.25),
    powers_w=(950.0, -2025.2, 39.0),
    voltages_v=(230.0, 231.0, 229.5),
)
REMOTE_BYTES = (
    "FFFF"  # sample 65535, just before it wraps
    "0003"  # heard
    "0054"  # 0.84 s old
    "FFBD"  # -67 dBm
    "00004E84 000003E8 FFFFFFFF"  # 20.100 A, 1.000 A, not fitted
    "7FFFFFFF 7FFFFFFF 7FFFFFFF"  # no power without voltage
    "FFFF FFFF FFFF"
    "0047E259"  # remote 4711001
    "0000000000000000000000000000000000000000"
    "FFFF"
)
REMOTE = GridCt("heard", 65535, 0.84, (20.1, 1.0, None), remote=4_711_001, signal_dbm=-67)


def words(text: str) -> tuple[int, ...]:
    data = bytes.fromhex(text)
    return tuple(int.from_bytes(data[i : i + 2], "big") for i in range(0, len(data), 2))


@pytest.mark.req("G-133", "EV-177")
@pytest.mark.parametrize(("text", "ct"), [(WIRED_BYTES, WIRED), (REMOTE_BYTES, REMOTE)])
def test_an_input_is_these_bytes_and_is_read_from_them(text: str, ct: GridCt) -> None:
    assert encode_ct(ct) == words(text)
    assert decode_ct(words(text)) == ct


@pytest.mark.req("G-133")
def test_the_inputs_stand_where_the_profile_says_behind_their_capabilities() -> None:
    assert dict(CT_START) == {"wired": 200, "remote": 240}
    assert {name: int(bit) for name, bit in CT_CAPABILITY.items()} == {"wired": 64, "remote": 128}


def test_capabilities_that_a_later_board_may_have_do_not_disturb() -> None:
    identity = [0x4F45, 1, 0x8040, 320, 3, 1000, 0, 0, *(0,) * 32]
    assert decode_identity(identity)[1] == Capability.GRID_CT


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [(31, 7, "a torn block"), (1, 5, "link 5")],
)
def test_a_block_that_cannot_be_is_refused(place: int, value: int, said: str) -> None:
    block = list(words(WIRED_BYTES))
    block[place] = value
    with pytest.raises(NotThisProfile, match=said):
        decode_ct(block)
    with pytest.raises(NotThisProfile, match="32 registers"):
        decode_ct(block[:5])


@pytest.mark.req("EV-183")
def test_pairing_begins_with_these_registers_and_no_others() -> None:
    assert (PAIRING_START, encode_pairing(Pairing.BEGIN)) == (20, (1, 1))
    assert decode_pairing(20, (1, 1)) is Pairing.BEGIN
    for register, written, code in ((20, (1,), 2), (21, (1, 1), 2), (20, (1, 2), 3), (20, (2, 1), 3)):
        with pytest.raises(BoardRefused) as refused:
            decode_pairing(register, written)
        assert int(refused.value.code) == code


def test_an_age_beyond_the_register_is_the_oldest_it_can_tell() -> None:
    assert encode_ct(GridCt("lost", 1, 9000.0, (1.0, None, None)))[2] == 0xFFFE
