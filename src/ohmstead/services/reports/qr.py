"""QR codes by segno, which is loaded when the first one is asked for: an outline to draw, or lines of a terminal."""

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import segno

QUIET_MODULES = 4
"""The empty border that a reader needs (ISO/IEC 18004, 9.1)."""


def outline(text: str) -> tuple[int, str]:
    """The width in modules, with its border, and the dark modules as the ``d`` of an SVG path in such units."""
    rows = [tuple(row) for row in _code(text).matrix_iter(border=QUIET_MODULES)]
    strokes = [f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark]
    return len(rows), "".join(strokes)


def lines(text: str) -> str:
    """The code for a terminal, dark on light or light on dark: readers take both."""
    drawn = io.StringIO()
    _code(text).terminal(drawn, compact=True)
    return drawn.getvalue()


def _code(text: str) -> "segno.QRCode":
    """With a quarter of it spoilt it can still be read (level Q): labels are scratched and get wet."""
    import segno

    return segno.make_qr(text, error="q", boost_error=False)
