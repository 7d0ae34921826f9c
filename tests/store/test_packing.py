"""What is packed comes back unchanged."""

from math import isnan, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmstead.store.packing import NOTHING, Column, Layout, pack_column, pack_times, unpack_column, unpack_times
from ohmstead.store.values import Sample

counters = st.one_of(st.none(), st.integers(-(2**62), 2**62))
samples = st.builds(Sample, counters, counters, st.one_of(st.none(), st.floats(-(2**39), 2**39, width=32)))


@given(st.dictionaries(st.text(max_size=20), samples, max_size=20))
def test_a_row_comes_back(row: dict[str, Sample]) -> None:
    layout = Layout.load(Layout(tuple(row)).dump())
    assert layout.unpack(layout.pack(row)) == row


@given(st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_times_come_back(times: list[int]) -> None:
    assert unpack_times(pack_times(times)) == times


@given(st.integers(0, 50).flatmap(lambda n: st.lists(st.integers(-(2**63), 2**63 - 1), min_size=n + 1, max_size=n + 1)))
def test_a_block_comes_back(counter: list[int]) -> None:
    column = Column(counter, [NOTHING] * len(counter), [1.5] * (len(counter) - 1))
    assert unpack_column(pack_column(column)) == column


def test_a_missing_power_stays_missing() -> None:
    assert isnan(unpack_column(pack_column(Column([0, 1], [0, 1], [nan]))).power[0])


def test_five_quiet_minutes_of_a_channel_take_little_room() -> None:
    column = Column(list(range(10**11, 10**11 + 301 * 1000, 1000)), [NOTHING] * 301, [1000.0] * 300)
    assert len(pack_column(column)) < 150


def test_a_block_of_a_newer_program_is_refused() -> None:
    with pytest.raises(ValueError, match="version 03"):
        unpack_times(b"\x03" + pack_times([1])[1:])
