"""Every meter table against a block of registers transcribed by hand from a second source."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from ohmstead.core.model.quantities import Quality
from ohmstead.protocols.meters.catalogue import load, names
from ohmstead.protocols.meters.codec import MeterValues, decode

HERE = Path(__file__).parent
pytestmark = pytest.mark.wire


def golden(key: str) -> dict[str, Any]:
    return tomllib.loads((HERE / f"{key}.toml").read_text("utf-8"))


def decoded(key: str) -> MeterValues:
    table, block = load(key), golden(key)
    cells = {row["at"] + i: int(word, 16) for row in block["rows"] for i, word in enumerate(row["words"].split())}
    assert {b.function for b in table.blocks} == {block["function"]}
    return decode(table, [[cells.get(b.start + i, 0) for i in range(b.count)] for b in table.blocks])


@pytest.mark.req("G-128")
@pytest.mark.parametrize("key", names())
def test_a_table_reads_the_golden_block_of_its_second_source(key: str) -> None:
    values = decoded(key)
    assert values.quality is Quality.GOOD
    for row in golden(key)["rows"]:
        of = values if row["terminal"] == 0 else values.terminals[row["terminal"] - 1]
        assert getattr(of, row["quantity"]) == pytest.approx(row["value"], rel=1e-6), row


@pytest.mark.parametrize("key", names())
def test_a_golden_block_names_every_register_of_its_table(key: str) -> None:
    assert {point.register for point in load(key).points} == {row["at"] for row in golden(key)["rows"]}
