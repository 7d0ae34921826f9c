"""A file of another system's history: while it is read, it is told how far."""

from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

from ohmstead.core.model.series import Span
from ohmstead.site.foreign import Mapped, read_foreign

START_S = 1_780_000_200


def test_it_is_told_how_much_of_the_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "old.csv"
    rows = [f"{START_S + 300 * i},{i % 977}.5,a remark with ünusual letters" for i in range(20_000)]
    file.write_text("\n".join(["time,power,remark", *rows]) + "\n", "utf-8")
    heard: list[float] = []
    found = read_foreign(file, Mapped("time", power="power"), Span.FIVE_MINUTES, ZoneInfo("Europe/Rome"), heard.append)
    assert len(found.start_ms) == 20_000
    assert len(heard) >= 4
    assert all(before < after for before, after in pairwise(heard))
    assert heard[0] < 0.3
    assert 0.9 < heard[-1] <= 1.0
