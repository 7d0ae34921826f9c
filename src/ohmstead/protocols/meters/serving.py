"""A house as a meter of a known model: values in, the registers that others read out.

What the house does not know is NaN, as are the registers of the model that the table does not name: a 0 there would be
taken for a measurement. Only tables of nothing but 32-bit floats can say so.
"""

import math

from ohmstead.protocols.meters.codec import MeterValues, encode
from ohmstead.protocols.meters.table import MeterTable
from ohmstead.protocols.registers import Image, words_of


def meter_image(table: MeterTable, values: MeterValues) -> Image:
    """The registers of ``table`` that show ``values``. Raises ValueError for a table that cannot say missing."""
    kinds = {(point.type, point.register % 2) for point in table.points}
    if kinds != {("f32", table.blocks[0].start % 2)}:
        raise ValueError(f"{table.key} cannot say that a value is missing")
    return encode(table, values, words_of(math.nan, "f32", table.word_order, table.byte_order))
