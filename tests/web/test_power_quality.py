"""Power quality through the API: what is told, who may ask for a proposal, what is refused."""

from dataclasses import replace
from datetime import timedelta

import httpx2
import pytest

from ohmstead.core.commissioning.confirming import ConfirmedPoint
from ohmstead.web.views.power_quality import PowerQualityView, ProposalView
from ohmstead.web.views.site import Problem
from tests.web.conftest import PASSWORDS
from tests.web.memory_house import CONFIRMED
from tests.web.quality import QUALITY

pytestmark = pytest.mark.anyio
PATH = "/api/v1/power-quality/oven"


async def test_harmonics_phasors_and_disturbances_are_told_and_what_does_not_flow_has_none(client: httpx2.AsyncClient):
    view = PowerQualityView.model_validate_json((await client.get(PATH)).content)
    assert [signal.angle_deg for signal in view.voltages] == [0.0, -120.0, pytest.approx(120.0, abs=0.01)]
    assert view.currents[0].thd_percent == pytest.approx(11.18)
    assert (view.currents[1].thd_percent, view.currents[1].angle_deg) == (None, None)
    assert view.band_v == (207.0, 253.0)
    assert view.unbalance_percent == 0.4
    assert view.line_voltages_v == (398.9, 399.4, None)
    assert view.points[0].point == 4


async def test_disturbances_that_run_stand_before_those_that_are_over(client: httpx2.AsyncClient):
    view = PowerQualityView.model_validate_json((await client.get(PATH)).content)
    assert view.supply == "grid"
    assert [(each.kind, each.phases, each.over, each.whole) for each in view.disturbances] == [
        ("swell", ("L3",), False, True),
        ("dip", ("L2",), True, True),
        ("swell", ("L1",), True, False),
        ("interruption", ("L1", "L2", "L3"), True, True),
    ]
    running, dip, *_ = view.disturbances
    assert running.began == view.at - timedelta(seconds=2.5)
    assert (dip.duration_s, dip.extreme_v, dip.extreme_percent) == (0.12, 171.3, 74.5)


async def test_flicker_is_told_of_ten_minutes_the_last_day_and_two_hours(client: httpx2.AsyncClient):
    flicker = PowerQualityView.model_validate_json((await client.get(PATH)).content).flicker
    assert flicker is not None
    assert flicker.pst == (0.4, 0.38, 0.52)
    assert flicker.highest_pst == (0.78, 0.38, 0.52)
    assert flicker.plt == (pytest.approx(0.52, abs=0.02), 0.38, None)


async def test_ten_minutes_with_a_dip_are_flagged_and_count_for_nothing_longer(client: httpx2.AsyncClient, monkeypatch):
    first, *rest = QUALITY.flicker
    flagged = (replace(first, pst=(9.0, 9.0, 9.0), flagged=True), *rest)
    monkeypatch.setattr("tests.web.memory_house.QUALITY", replace(QUALITY, flicker=flagged))
    flicker = PowerQualityView.model_validate_json((await client.get(PATH)).content).flicker
    assert flicker is not None
    assert (flicker.flagged, flicker.pst) == (True, (9.0, 9.0, 9.0))
    assert flicker.highest_pst == (0.78, 0.38, 0.52)
    assert flicker.plt == (None, None, None)


async def test_a_gap_in_two_hours_leaves_no_long_term_flicker(client: httpx2.AsyncClient, monkeypatch):
    later = tuple(replace(each, ended_s=each.ended_s - 600 * (n > 5)) for n, each in enumerate(QUALITY.flicker))
    monkeypatch.setattr("tests.web.memory_house.QUALITY", replace(QUALITY, flicker=later))
    flicker = PowerQualityView.model_validate_json((await client.get(PATH)).content).flicker
    assert flicker is not None
    assert flicker.plt == (None, None, None)


@pytest.mark.req("G-097", "G-008")
@pytest.mark.parametrize("role, status", [("viewer", 403), ("user", 403), ("installer", 200), ("owner", 200)])
async def test_a_proposal_is_for_installers_and_changes_nothing(guest: httpx2.AsyncClient, role: str, status: int):
    await guest.post("/api/v1/login", json={"name": role, "password": PASSWORDS[role]})
    answer = await guest.get(f"{PATH}/proposal")
    assert answer.status_code == status
    assert (await guest.get(PATH)).status_code == 200
    if status == 200:
        assert ProposalView.model_validate_json(answer.content).points[0].phase == "L2"


@pytest.mark.req("G-097", "G-008")
@pytest.mark.parametrize("role, status", [("viewer", 403), ("user", 403), ("installer", 200), ("owner", 200)])
async def test_only_an_installer_confirms_what_was_proposed(guest: httpx2.AsyncClient, role: str, status: int):
    CONFIRMED.clear()
    await guest.post("/api/v1/login", json={"name": role, "password": PASSWORDS[role]})
    body = {"points": [{"device": "oven", "point": 4, "phase": "L2", "reversed": True}]}
    answer = await guest.post(f"{PATH}/proposal", json=body)
    assert answer.status_code == status
    assert len(CONFIRMED) == (status == 200)
    if status == 200:
        assert CONFIRMED[0] == ((ConfirmedPoint("oven", 4, "L2", True),), role, role)


@pytest.mark.parametrize("wrong", [{"point": 29}, {"phase": "N"}, {"rating": 3.0}, {"volts": 1}])
async def test_a_point_that_cannot_be_is_not_confirmed(client: httpx2.AsyncClient, wrong: dict[str, object]):
    CONFIRMED.clear()
    point = {"device": "oven", "point": 4, "phase": "L2", "reversed": True, **wrong}
    assert (await client.post(f"{PATH}/proposal", json={"points": [point]})).status_code == 422
    assert CONFIRMED == []


async def test_a_proposal_tells_the_mains_what_is_left_and_what_is_set_up(client: httpx2.AsyncClient):
    view = ProposalView.model_validate_json((await client.get(f"{PATH}/proposal", params={"heater": "oven"})).content)
    assert [(point.device, point.phase, point.sure) for point in view.mains] == [
        ("grid", phase, True) for phase in ("L1", "L2", "L3")
    ]
    assert (view.coverage["L3"], view.residual_a["L3"]) == (0.41, 0.9)
    unsure = ProposalView.model_validate_json((await client.get(f"{PATH}/proposal")).content)
    assert not any(point.sure for point in (*unsure.mains, *unsure.points))


async def test_a_device_without_waveforms_and_one_that_is_not_there_are_told_apart(client: httpx2.AsyncClient):
    for path in ("", "/proposal"):
        assert (await client.get(f"/api/v1/power-quality/attic{path}")).status_code == 404
        answer = await client.get(f"/api/v1/power-quality/grid{path}")
        assert answer.status_code == 409
        assert "does not sample" in Problem.model_validate_json(answer.content).error.text
