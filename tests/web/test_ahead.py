"""The doors to what is ahead and what was: a target of departure, and other ways of charging on the past."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from ohmstead.core.control.departure import plan
from ohmstead.core.model.departure import Departure, DepartureTarget, Foresight
from ohmstead.core.model.grants import Explanation, Limit
from ohmstead.core.model.reasons import Reason
from ohmstead.web.render import _departure
from ohmstead.web.views.modes import DeparturePlanView
from ohmstead.web.views.site import Problem
from ohmstead.web.views.what_if import WhatIfView
from tests.web.memory_house import MemoryHouse

pytestmark = pytest.mark.anyio
COMMANDS = "/api/v1/chargers/garage/commands"


async def test_a_target_reaches_the_house_in_both_ways_and_is_taken_away(
    client: httpx2.AsyncClient, house: MemoryHouse
) -> None:
    by = "2026-06-22T07:00:00+02:00"
    bodies: tuple[dict[str, Any] | None, ...] = (
        {"by": by, "energy_kwh": 18.0},
        {"by": by, "from_percent": 45, "to_percent": 80, "battery_kwh": 60.0},
        None,
    )
    for value in bodies:
        answer = await client.post(COMMANDS, json={"action": "set_departure", "value": value})
        assert answer.status_code == 200, answer.text
    first, second, third = (command.value for command in house.commands)
    assert isinstance(first, DepartureTarget)
    assert isinstance(second, DepartureTarget)
    assert (first.by, first.wanted_kwh) == (datetime(2026, 6, 22, 5, tzinfo=UTC), 18.0)
    assert (second.to_percent, third) == (80, None)


@pytest.mark.parametrize(
    "value",
    [
        {"by": "2026-06-22T07:00:00", "energy_kwh": 18.0},
        {"by": 1_800_000_000, "energy_kwh": 18.0},
        {"by": "2026-06-22T05:00:00Z"},
        {"by": "2026-06-22T05:00:00Z", "energy_kwh": 18.0, "to_percent": 80},
        {"by": "2026-06-22T05:00:00Z", "energy_kwh": "18"},
        {"by": "2026-06-22T05:00:00Z", "energy_kwh": -1.0},
        {"by": "2026-06-22T05:00:00Z", "from_percent": True, "to_percent": 45, "battery_kwh": 60.0},
        {"energy_kwh": 18.0},
    ],
)
async def test_a_target_that_makes_no_sense_is_refused_with_its_place(
    client: httpx2.AsyncClient, house: MemoryHouse, value: dict[str, Any]
) -> None:
    answer = await client.post(COMMANDS, json={"action": "set_departure", "value": value})
    assert answer.status_code == 422, answer.text
    assert Problem.model_validate_json(answer.content).error.mistakes[0].where.startswith("body.set_departure.value")
    assert house.commands == []


async def test_a_state_of_charge_that_is_reached_already_is_refused_in_words(
    client: httpx2.AsyncClient, house: MemoryHouse
) -> None:
    value = {"by": "2026-06-22T05:00:00Z", "from_percent": 80, "to_percent": 45, "battery_kwh": 60.0}
    answer = await client.post(COMMANDS, json={"action": "set_departure", "value": value})
    assert answer.status_code == 409
    told = Problem.model_validate_json(answer.content).error.text
    assert told == "The state of charge wanted, 45 %, has to be above the present one, 80 %."
    assert house.commands == []


async def test_a_plan_is_shown_as_the_schema_says() -> None:
    now = datetime(2026, 6, 21, 18, 3, 7, tzinfo=UTC)
    departure = Departure(DepartureTarget(by=datetime(2026, 6, 22, 5, tzinfo=UTC), energy_kwh=18.0))
    made = plan(departure, 0, 7360.0, Foresight(), now)
    limit = Limit("departure", 0.0, Reason("limit.departure.nothing"))
    why = Explanation("fast", None, None, (limit,), limit, plan=made)
    from ohmstead.core.model.chargers import ChargerOptions

    shown = DeparturePlanView.model_validate(_departure(ChargerOptions(departure=departure), why))
    assert (shown.state, shown.left_kwh, shown.basis) == ("charging", 18.0, "nothing")
    assert [one.start for one in shown.stretches] == [now.replace(second=0)]
    unplanned = DeparturePlanView.model_validate(_departure(ChargerOptions(departure=departure), None))
    assert (unplanned.state, unplanned.stretches) == (None, ())


async def test_ways_are_compared_beside_the_loop_and_why_not_is_told(client: httpx2.AsyncClient) -> None:
    before = WhatIfView.model_validate_json((await client.get("/api/v1/what-if")).content)
    assert before.state == "none"
    begun = await client.post("/api/v1/what-if", json={"charger": "garage", "days": 1})
    assert begun.status_code == 200, begun.text
    second = await client.post("/api/v1/what-if", json={"charger": "garage", "days": 1})
    assert Problem.model_validate_json(second.content).error.key == "backtest.busy"
    for _ in range(200):
        seen = WhatIfView.model_validate_json((await client.get("/api/v1/what-if")).content)
        if seen.state in ("done", "failed"):
            break
        await asyncio.sleep(0.02)
    assert seen.state == "failed"
    assert seen.reason is not None
    assert seen.reason.key in ("backtest.nothing_recorded", "backtest.no_visits")


@pytest.mark.parametrize(
    "body, status",
    [
        ({"charger": "shed", "days": 7}, 404),
        ({"charger": "garage", "days": 0}, 422),
        ({"charger": "garage", "days": 367}, 422),
        ({"charger": "garage", "days": True}, 422),
        ({"charger": "garage"}, 422),
    ],
)
async def test_a_comparison_that_cannot_be_is_refused(
    client: httpx2.AsyncClient, body: dict[str, Any], status: int
) -> None:
    assert (await client.post("/api/v1/what-if", json=body)).status_code == status
