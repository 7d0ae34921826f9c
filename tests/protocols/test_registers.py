import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmstead.protocols.registers import number, text, width, words_of, words_of_text
from tests.exploring import examples

RANGES = {
    f"{sign}{bits}": ((0, 2**bits - 1) if sign == "u" else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1))
    for sign in "us"
    for bits in (16, 32, 64)
}  # fmt: skip — one table
ORDERS = st.sampled_from(["big", "little"])


@examples(50)
@given(st.sampled_from(sorted(RANGES)), st.data(), ORDERS, ORDERS)
def test_a_whole_number_comes_back_from_its_words_in_every_order(kind, data, word_order, byte_order):
    value = data.draw(st.integers(*RANGES[kind]))
    words = words_of(value, kind, word_order, byte_order)
    assert len(words) == width(kind)
    assert number(words, kind, word_order, byte_order) == value


@examples(50)
@given(st.floats(width=32, allow_nan=False), ORDERS, ORDERS)
def test_a_float_comes_back_from_its_words_in_every_order(value, word_order, byte_order):
    assert number(words_of(value, "f32", word_order, byte_order), "f32", word_order, byte_order) == value


def test_orders_move_words_and_bytes():
    assert words_of(0x01020304, "u32") == (0x0102, 0x0304)
    assert words_of(0x01020304, "u32", word_order="little") == (0x0304, 0x0102)
    assert words_of(0x01020304, "u32", byte_order="little") == (0x0201, 0x0403)


def test_not_a_number_stays_one():
    assert math.isnan(number(words_of(math.nan, "f32"), "f32"))


@pytest.mark.parametrize("value, kind", [(65_536, "u16"), (-1, "u32"), (2**63, "s64"), (1e39, "f32")])
def test_a_number_that_does_not_fit_is_refused(value, kind):
    with pytest.raises(OverflowError, match=kind):
        words_of(value, kind)


def test_the_wrong_count_of_words_is_refused():
    with pytest.raises(ValueError, match="u32 takes 2 registers, got 1"):
        number([1], "u32")


def test_text_is_cut_at_nul_and_refused_when_too_long_or_not_ascii():
    assert text(words_of_text("SN-0042", 8)) == "SN-0042"
    assert text((0x4100, 0x4242)) == "A"
    for value in ("x" * 17, "Würfel"):
        with pytest.raises(OverflowError):
            words_of_text(value, 8)
