"""The handbook's table of the light is the one in the program."""

import os
from pathlib import Path

from ohmstead.core.charging.panel.lights import LIGHTS, LightRow
from ohmstead.texts import load

PAGE = Path(__file__).parents[4] / "docs" / "panel.md"
BEGIN, END = "is set -->\n", "<!-- end of the drawn table -->"


def row(light: LightRow) -> str:
    """One line of the page."""
    pattern = "groups by category" if light.pattern == "category" else light.pattern
    kind = f"{pattern}, over it" if light.transient else pattern
    duration = "–" if light.duration_ms is None else f"{light.duration_ms} ms"
    name = f"`{light.signal}`"
    return f"| {name} | {load('en')[f'panel.light.{light.signal}']} | {light.colour or '–'} | {kind} | {duration} |"


def test_the_page_is_drawn_from_the_table_as_it_is() -> None:
    lines = [
        "",
        "| name | means | colour | pattern | duration |",
        "|---|---|---|---|---|",
        *map(row, LIGHTS.values()),
        "",
        "",
    ]
    written = PAGE.read_text("utf-8")
    before, rest = written.split(BEGIN)
    after = rest.split(END)[1]
    drawn = before + BEGIN + "\n".join(lines) + END + after
    if os.environ.get("OHMSTEAD_DRAW"):
        PAGE.write_text(drawn, "utf-8")
    assert written == drawn
