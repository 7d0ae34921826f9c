"""What is packed into a column comes back unchanged, and takes little room."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmstead.store.columns import Times, milliwatts, pack, times_of, unpack, unpack_scaled
from ohmstead.store.packing import NOTHING

numbers = st.lists(st.one_of(st.just(NOTHING), st.integers(-(2**62), 2**62), st.integers(-300, 300)), max_size=60)


@given(numbers, st.booleans())
def test_whole_numbers_come_back(values: list[int], squeezed: bool) -> None:
    assert unpack(pack(np.array(values, np.int64), squeezed=squeezed))[1].tolist() == values


@given(st.lists(st.one_of(st.none(), st.integers(-(10**7), 10**7)), max_size=60), st.booleans())
def test_power_comes_back_to_a_tenth_of_a_watt(tenths: list[int | None], squeezed: bool) -> None:
    power = np.array([np.nan if each is None else each / 10 for each in tenths])
    found = unpack_scaled(pack(milliwatts(power), squeezed=squeezed), 1000)[1]
    assert np.array_equal(found, power, equal_nan=True)


@given(st.lists(st.integers(-(2**50), 2**50), unique=True, max_size=200).map(sorted))
def test_times_come_back(times: list[int]) -> None:
    own = times_of(Times(np.array(times, np.int64)).dump()).own
    assert own is not None
    assert own.tolist() == times


def test_a_month_of_regular_times_takes_next_to_no_room() -> None:
    assert len(Times(300_000 * np.arange(9000, dtype=np.int64)).dump()) < 30


def test_a_column_of_a_newer_program_is_refused() -> None:
    with pytest.raises(ValueError, match="version 04"):
        unpack(b"\x04" + pack(np.arange(3, dtype=np.int64))[1:])


def test_a_deflated_column_of_an_older_program_is_read() -> None:
    gaps = bytes.fromhex(
        "0207012800000071feffffffffffff0000000000000000010000000000000000100000000000000000000000e09304002800000"
        "00d000000789c6b6462e110000002be00a0789c63606665e7e46690111416159764b090575456556708d1d53734366528b0b6b"
        "5777466e8f1f4f605004f6f05f1"
    )
    before, values = unpack(gaps)
    assert values.tolist() == [(i * i) % 70_000 - 400 if i % 7 else NOTHING for i in range(40)]
    own = times_of(before).own
    assert own is not None
    assert own.tolist() == [300_000 * i for i in range(40)]
    rising = bytes.fromhex(
        "020301280000000000000000000000a00f000000000000401f0000000000000000000000789c6360646266616563e7e0e4e2e6e"
        "1e5e31710141216111513979094929691959357505452565155030026bf02e6"
    )
    assert unpack(rising)[1].tolist() == [1000 * i * i for i in range(0, 80, 2)]


def test_a_byte_that_turned_on_the_disk_is_noticed() -> None:
    body = bytearray(pack(np.random.default_rng(1).integers(0, 200, 4000)))
    for at in (len(body) - 1, len(body) - 1500, len(body) // 2):
        turned = body.copy()
        turned[at] ^= 4
        with pytest.raises(ValueError, match="frame"):
            unpack(bytes(turned))
