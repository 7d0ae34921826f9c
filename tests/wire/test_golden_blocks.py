"""Every meter table against a block of registers transcribed by hand from a second source."""

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ohmstead.core.model.details import Quantity
from ohmstead.core.model.quantities import Quality
from ohmstead.protocols.meters.catalogue import load, names
from ohmstead.protocols.meters.codec import MeterValues, decode, decode_details
from ohmstead.protocols.meters.table import Block

HERE = Path(__file__).parent
pytestmark = pytest.mark.wire


def golden(key: str) -> dict[str, Any]:
    return tomllib.loads((HERE / f"{key}.toml").read_text("utf-8"))


def words(key: str, blocks: tuple[Block, ...]) -> dict[Block, list[int]]:
    block = golden(key)
    cells = {row["at"] + i: int(word, 16) for row in block["rows"] for i, word in enumerate(row["words"].split())}
    assert {b.function for b in blocks} <= {block["function"]}
    return {b: [cells.get(b.start + i, 0) for i in range(b.count)] for b in blocks}


def decoded(key: str) -> MeterValues:
    """All that a meter of the golden block shows, what is read at a slower turn too."""
    table = load(key)
    details, _ = decode_details(table, words(key, (*table.blocks, *table.detail_blocks)))
    return replace(decode(table, list(words(key, table.blocks).values())), details=details)


@pytest.mark.req("G-128")
@pytest.mark.parametrize("key", names())
def test_a_table_reads_the_golden_block_of_its_second_source(key: str) -> None:
    values = decoded(key)
    assert values.quality is Quality.GOOD
    for row in (row for row in golden(key)["rows"] if "quantity" in row):
        of = values if row["terminal"] == 0 else values.terminals[row["terminal"] - 1]
        assert getattr(of, row["quantity"]) == pytest.approx(row["value"], rel=1e-6), row


@pytest.mark.parametrize("key", names())
def test_a_golden_block_names_every_register_of_its_table(key: str) -> None:
    table = load(key)
    assert {point.register for point in (*table.points, *table.details)} == {row["at"] for row in golden(key)["rows"]}


@pytest.mark.req("G-128")
@pytest.mark.parametrize("key", names())
def test_what_is_read_at_a_slower_turn_agrees_with_the_golden_block_too(key: str) -> None:
    table = load(key)
    details, notes = decode_details(table, words(key, (*table.blocks, *table.detail_blocks)))
    rows = [row for row in golden(key)["rows"] if "detail" in row]
    assert not notes
    assert sum(len(row) for row in details.values()) == len(rows) > 0
    for row in rows:
        assert details[Quantity(row["detail"])][row["place"]] == pytest.approx(row["value"], rel=1e-6), row


def test_the_slower_turn_adds_nothing_to_the_requests_for_the_power() -> None:
    for table in (load(key) for key in names()):
        bare = replace(table, details=())
        assert bare.blocks == table.blocks
        assert not bare.detail_blocks
