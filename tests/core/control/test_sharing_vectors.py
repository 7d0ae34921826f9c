"""The manual's tables and their boundaries, each row as it is written in ``sharing.yaml``."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from ohmstead.core.control.filling import Demand
from ohmstead.core.control.inputs import settled
from ohmstead.core.control.sharing import Rules, allocate
from ohmstead.core.control.turns import SLOT_S, Turns

ROWS: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("sharing.yaml").read_text("utf-8"))


def slot_by_slot(row: dict[str, Any], sharing: bool, slots: int) -> list[list[float]]:
    demands = [
        Demand(str(number), 0.0 if wish == "done" else wish, {"limit": 1.0}, priority)
        for number, (priority, wish) in enumerate(row["chargers"])
    ]
    turns, seen = Turns(), []
    for slot in range(slots):
        shares, turns = allocate(demands, {"limit": row["limit"]}, Rules(sharing), turns, 7.0 + SLOT_S * slot)
        seen.append([settled(shares[demand.name].current_a) for demand in demands])
    return seen


def check(row: dict[str, Any]) -> None:
    expected = {int(slot): amounts for slot, amounts in row.get("slots", {}).items()}
    for sharing in {"on": [True], "off": [False], "any": [True, False]}[row["sharing"]]:
        seen = slot_by_slot(row, sharing, 6)
        for slot in range(6):
            assert seen[slot] == expected.get(slot, row.get("expect", seen[slot]))


def rows(*starts: str) -> Any:
    chosen = [row for row in ROWS if row["id"].startswith(starts)]
    assert chosen
    return pytest.mark.parametrize("row", chosen, ids=[row["id"] for row in chosen])


@pytest.mark.req("EV-153", "EV-154", "EV-155", "EV-148", "EV-146")
@rows("T1-")
def test_the_higher_priority_takes_what_it_asks_for(row: dict[str, Any]) -> None:
    check(row)


@pytest.mark.req("EV-156", "EV-157", "EV-158", "EV-149")
@rows("T2-")
def test_a_charge_that_is_complete_leaves_all_to_the_next(row: dict[str, Any]) -> None:
    check(row)


@pytest.mark.req("EV-159", "EV-160", "EV-161", "EV-150", "EV-151")
@rows("T3-")
def test_equals_share_equally_or_in_turns(row: dict[str, Any]) -> None:
    check(row)


@pytest.mark.req("EV-162", "EV-163", "EV-164", "EV-152", "G-062")
@rows("T4-", "B12", "B13")
def test_without_power_sharing_the_first_to_come_is_served_first(row: dict[str, Any]) -> None:
    check(row)


@pytest.mark.req("EV-165", "EV-147", "G-055", "G-056", "G-057")
@rows("B")
def test_the_boundaries_hold(row: dict[str, Any]) -> None:
    check(row)


def test_every_row_is_there() -> None:
    assert len(ROWS) == 12 + 29
