"""Each row of ``*.yaml`` beside this file is a story of a house; this is where they are played."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.scenarios.harness import failures
from tests.scenarios.playing import on_virtual_time, over_sockets

ROWS: list[dict[str, Any]] = [
    row for file in sorted(Path(__file__).parent.glob("*.yaml")) for row in yaml.safe_load(file.read_text("utf-8"))
]


@pytest.mark.parametrize(
    "row", [pytest.param(row, id=row["title"], marks=pytest.mark.req(*row.get("req", ()))) for row in ROWS]
)
def test_the_house_fares_as_told(row: dict[str, Any], tmp_path: Path) -> None:
    assert failures(on_virtual_time(row, f"sqlite:///{tmp_path}/house.sqlite")) == []


def test_over_sockets_the_same_rows_tell_the_same_story(tmp_path: Path) -> None:
    rows = [row for row in ROWS if row.get("also") == "sockets"]

    async def all_at_once() -> list[list[str]]:
        urls = [f"sqlite:///{tmp_path}/{number}.sqlite" for number, _ in enumerate(rows)]
        return [
            failures(s) for s in await asyncio.gather(*(over_sockets(r, u) for r, u in zip(rows, urls, strict=True)))
        ]

    told = asyncio.run(all_at_once())
    assert {row["title"]: found for row, found in zip(rows, told, strict=True) if found} == {}
    assert len(rows) >= 6


def test_an_expectation_that_is_not_met_is_told(tmp_path: Path) -> None:
    row = {
        "title": "A breaker that was chosen too small",
        "site": {"main_fuse_a": 25, "house_w": {"L1": 12000}},
        "chargers": {"garage": {"max_current_a": 16}},
        "expect": [{"at": "00:02:00", "grid_current_a": {"L1": "<= 25"}}, {"always": "breaker open"}],
    }
    assert len(failures(on_virtual_time(row, f"sqlite:///{tmp_path}/house.sqlite"))) == 2
