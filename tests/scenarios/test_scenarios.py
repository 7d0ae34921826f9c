"""Each row of ``*.yaml`` beside this file is a story of a house; this is where they are played."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.scenarios.harness import failures, prepare

ROWS: list[dict[str, Any]] = [
    row for file in sorted(Path(__file__).parent.glob("*.yaml")) for row in yaml.safe_load(file.read_text("utf-8"))
]


@pytest.mark.parametrize(
    "row", [pytest.param(row, id=row["title"], marks=pytest.mark.req(*row.get("req", ()))) for row in ROWS]
)
def test_the_house_fares_as_told(row: dict[str, Any]) -> None:
    run = prepare(row)
    run.go()
    assert failures(run) == []


def test_an_expectation_that_is_not_met_is_told() -> None:
    row = {
        "title": "A breaker that was chosen too small",
        "site": {"main_fuse_a": 25, "house_w": {"L1": 12000}},
        "chargers": {"garage": {"max_current_a": 16}},
        "expect": [{"at": "00:02:00", "grid_current_a": {"L1": "<= 25"}}, {"always": "breaker open"}],
    }
    run = prepare(row)
    run.go()
    assert len(failures(run)) == 2
