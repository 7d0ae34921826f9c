"""Which transformer fits, and which rules a bus cable breaks, through the API; what is not understood is refused."""

import httpx2
import pytest

pytestmark = pytest.mark.anyio


@pytest.mark.req("G-089", "EM-075")
@pytest.mark.parametrize(
    ("asked", "kind", "numbers"),
    [
        ({"breaker_a": 16}, "split-core", ["AC-CT-50A", "AC-CT-S-50A"]),
        ({"breaker_a": 63}, "split-core", ["AC-CT-100A"]),
        ({"breaker_a": 250}, "split-core", ["AC-CT-400A"]),
        ({"breaker_a": 630}, "rogowski", ["AC-RSCT-12CM"]),
        ({"breaker_a": 100, "bus_bar": "true"}, "rogowski", ["AC-RSCT-4CM"]),
    ],
)
async def test_the_smallest_that_fits(client: httpx2.AsyncClient, asked, kind, numbers) -> None:
    found = (await client.get("/api/v1/wiring/transformer", params=asked)).json()
    assert (found["kind"], [one["number"] for one in found["articles"]]) == (kind, numbers)
    assert found["solid_core"] is None


async def test_a_solid_core_is_offered_for_a_new_three_phase_circuit(client: httpx2.AsyncClient) -> None:
    asked = {"breaker_a": 40, "new_three_phase": "true"}
    found = (await client.get("/api/v1/wiring/transformer", params=asked)).json()
    assert found["solid_core"]["number"] == "I1-IAC-2"


@pytest.mark.parametrize("breaker_a", ["0", "-16", "10001", "nan", "inf", "many"])
async def test_a_breaker_that_cannot_be_is_refused_at_its_place(client: httpx2.AsyncClient, breaker_a: str) -> None:
    answer = await client.get("/api/v1/wiring/transformer", params={"breaker_a": breaker_a})
    assert answer.status_code == 422
    assert answer.json()["error"]["mistakes"][0]["where"] == "query.breaker_a"


@pytest.mark.req("EM-169", "EM-163", "EM-165", "EM-167")
@pytest.mark.parametrize(
    ("cable", "broken"),
    [
        ({}, []),
        ({"shielded": True}, []),
        ({"twisted": False, "straight": False}, ["pairs", "straight"]),
        (
            {"pin_1_with": 2, "awg": 26, "impedance_ohm": 84.9, "connector": "RJ11"},
            ["pins", "impedance", "style", "connector"],
        ),
    ],
)
async def test_each_broken_rule_of_a_cable_is_named(client: httpx2.AsyncClient, cable, broken) -> None:
    judged = (await client.post("/api/v1/wiring/cable", json=cable)).json()
    assert [one["key"] for one in judged["broken"]] == [f"rule.cable.{name}" for name in broken]
    assert judged["usable"] == (broken == [])


@pytest.mark.parametrize("cable", [{"pairs": -1}, {"pin_1_with": 1}, {"connector": "USB"}, {"colour": "red"}])
async def test_a_cable_that_is_not_understood_is_refused(client: httpx2.AsyncClient, cable) -> None:
    assert (await client.post("/api/v1/wiring/cable", json=cable)).status_code == 422
