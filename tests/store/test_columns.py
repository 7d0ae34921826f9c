"""What is packed into a column comes back unchanged, and takes little room."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmstead.store.columns import Times, milliwatts, pack, times_of, unpack, unpack_scaled
from ohmstead.store.packing import NOTHING

numbers = st.lists(st.one_of(st.just(NOTHING), st.integers(-(2**62), 2**62), st.integers(-300, 300)), max_size=60)


@given(numbers, st.booleans())
def test_whole_numbers_come_back(values: list[int], deflated: bool) -> None:
    assert unpack(pack(np.array(values, np.int64), deflated=deflated))[1].tolist() == values


@given(st.lists(st.one_of(st.none(), st.integers(-(10**7), 10**7)), max_size=60), st.booleans())
def test_power_comes_back_to_a_tenth_of_a_watt(tenths: list[int | None], deflated: bool) -> None:
    power = np.array([np.nan if each is None else each / 10 for each in tenths])
    found = unpack_scaled(pack(milliwatts(power), deflated=deflated), 1000)[1]
    assert np.array_equal(found, power, equal_nan=True)


@given(st.lists(st.integers(-(2**50), 2**50), unique=True, max_size=200).map(sorted))
def test_times_come_back(times: list[int]) -> None:
    own = times_of(Times(np.array(times, np.int64)).dump()).own
    assert own is not None
    assert own.tolist() == times


def test_a_month_of_regular_times_takes_next_to_no_room() -> None:
    assert len(Times(300_000 * np.arange(9000, dtype=np.int64)).dump()) < 30


def test_a_column_of_a_newer_program_is_refused() -> None:
    with pytest.raises(ValueError, match="version 03"):
        unpack(b"\x03" + pack(np.arange(3, dtype=np.int64))[1:])
