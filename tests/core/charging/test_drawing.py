"""The handbook's page shows the table as it is in the program."""

import os
from pathlib import Path

from ohmstead.core.charging.table import TABLE
from tests.core.charging.drawing import diagram, page

PAGE = Path(__file__).parents[3] / "docs" / "charging.md"
BEGIN = "is set -->\n"


def test_the_page_is_drawn_from_the_table_as_it_is() -> None:
    written = PAGE.read_text("utf-8")
    before, _ = written.split(BEGIN)
    if os.environ.get("OHMSTEAD_DRAW"):
        PAGE.write_text(before + BEGIN + page(), "utf-8")
    assert written == before + BEGIN + page()


def test_every_state_and_every_row_stands_in_the_diagram() -> None:
    drawn = diagram()
    assert all(
        f"  {state} --> " in drawn or f"--> {state}" in drawn
        for state in ["A1", "B1", "B2", "C1", "C2", "D1", "D2", "E", "F"]
    )
    assert all(f"  {row.states.split()[0]} --> {row.to_state}" in drawn for row in TABLE)
