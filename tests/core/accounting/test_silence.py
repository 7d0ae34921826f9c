"""A load that shows nothing is off, unless power is missing all the while or somebody sees it run."""

from datetime import UTC, datetime, timedelta

import pytest

from ohmstead.core.accounting.silence import Silence, listened
from ohmstead.core.model.quantities import Quality, Role
from ohmstead.core.model.readings import PhaseReading
from ohmstead.core.model.snapshot import Channel, Flows, Snapshot
from ohmstead.core.model.time import Instant

BEGIN = datetime(2026, 6, 21, 8, tzinfo=UTC)
EMPTY = Channel(Role.LOAD, Quality.GOOD, power_w=0.0, phases={"L1": PhaseReading(230.0, 0.0, 0.0)})
OVEN = Channel(Role.LOAD, Quality.GOOD, power_w=800.0)


def seen(now_s: float, hob: Channel, rest_w: float | None, consumption_w: float | None = 2000.0) -> Snapshot:
    flows = Flows(consumption_w=consumption_w, unmeasured_w=rest_w)
    at = Instant(BEGIN + timedelta(seconds=now_s), now_s)
    return Snapshot(at, {"hob": hob, "oven": OVEN}, flows=flows)


@pytest.mark.req("G-116")
@pytest.mark.parametrize(
    ("hob", "rest_w", "seconds", "running", "evidence"),
    [
        (EMPTY, 0.0, 3600, False, {}),
        (EMPTY, None, 3600, False, {}),
        (EMPTY, 600.0, 600, False, {}),
        (EMPTY, 600.0, 605, False, {"hob": "balance"}),
        (EMPTY, 499.0, 3600, False, {}),
        (EMPTY, 0.0, 600, True, {}),
        (EMPTY, 0.0, 605, True, {"hob": "confirmed"}),
        (EMPTY, 600.0, 605, True, {"hob": "confirmed"}),
        (Channel(Role.LOAD, Quality.GOOD, power_w=0.1), 600.0, 3600, True, {}),
        (Channel(Role.LOAD, Quality.BAD, power_w=None), 600.0, 3600, True, {}),
        (Channel(Role.PRODUCTION, Quality.GOOD, power_w=0.0), 600.0, 3600, True, {}),
        (
            Channel(Role.LOAD, Quality.GOOD, power_w=0.0, phases={"L1": PhaseReading(230.0, 0.3, 0.0)}),
            600.0,
            3600,
            True,
            {},
        ),
    ],
)
def test_nothing_is_evidence_only_with_power_missing_or_a_person(hob, rest_w, seconds, running, evidence) -> None:
    memory = Silence()
    for now_s in range(0, seconds + 1, 5):
        memory = listened(memory, seen(float(now_s), hob, rest_w))
    assert memory.evidence(frozenset({"hob"} if running else ()), float(seconds)) == evidence


@pytest.mark.req("G-116")
def test_one_look_at_a_value_or_at_a_closed_balance_begins_the_ten_minutes_anew() -> None:
    for between in (seen(500.0, OVEN, 600.0), seen(500.0, EMPTY, 10.0)):
        memory = listened(listened(Silence(), seen(0.0, EMPTY, 600.0)), between)
        memory = listened(memory, seen(505.0, EMPTY, 600.0))
        assert memory.evidence(frozenset(), 1100.0) == {}
        assert memory.evidence(frozenset(), 1106.0) == {"hob": "balance"}
