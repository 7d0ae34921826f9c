"""Phases and directions of clamps, found from a house that lives; never a wrong claim that sounds sure."""

from dataclasses import replace

import numpy as np
import pytest

from bench.houses import House, build
from ohmstead.core.commissioning.detection.evidence import Observation, steps
from ohmstead.core.commissioning.detection.mains import MainsVerdict
from ohmstead.core.commissioning.detection.proposal import Finding, Knowledge, Proposal, propose
from ohmstead.core.model.quantities import PHASES

CONFIRMED = Knowledge(MainsVerdict((0, 1, 2), (1.0, 1.0, 1.0), float("inf")))
HOUSES = 12


def right(finding: Finding, house: House) -> bool:
    truth = house.terminal[finding.column], house.factor[finding.column]
    return (finding.phase, finding.reversed, finding.rating) == (PHASES[truth[0]], truth[1] < 0, abs(truth[1]))


def active(house: House) -> list[int]:
    return np.flatnonzero(steps(house.seen).active).tolist()


def score(houses: list[tuple[House, Proposal]]) -> tuple[float, int]:
    """Part of active circuits that are right, and how many sure claims are wrong."""
    judged = [right(proposal.findings[c], house) for house, proposal in houses for c in active(house)]
    wrong = sum(f.sure and not right(f, house) for house, proposal in houses for f in proposal.findings)
    return float(np.mean(judged)), wrong


@pytest.mark.req("G-097")
@pytest.mark.parametrize("sun", [False, True])
def test_with_known_mains_nearly_every_active_circuit_is_right_after_ten_minutes(sun: bool) -> None:
    houses = [build(seed, sun=sun) for seed in range(HOUSES)]
    part, wrong = score([(house, propose(house.seen, CONFIRMED)) for house in houses])
    assert part >= 0.995
    assert wrong == 0


@pytest.mark.req("G-097")
@pytest.mark.parametrize("sun", [False, True])
def test_mains_on_any_conductor_and_turned_are_found_too(sun: bool) -> None:
    houses = [build(seed, sun=sun, mains_known=False) for seed in range(HOUSES)]
    part, wrong = score([(house, propose(house.seen, Knowledge())) for house in houses])
    assert part >= 0.97
    assert wrong == 0


@pytest.mark.parametrize("rating", [2.0, 0.5])
def test_a_transformer_of_another_rating_than_configured_is_told(rating: float) -> None:
    house = build(3)
    loudest = int(np.argmax((np.abs(steps(house.seen).circuits) ** 2).sum(axis=0)))
    circuits = house.seen.circuits.copy()
    circuits[:, loudest] /= rating
    finding = propose(replace(house.seen, circuits=circuits), CONFIRMED).findings[loudest]
    assert (finding.rating, finding.sure, finding.reason.key) == (rating, True, "detection.rating")
    assert finding.phase == PHASES[house.terminal[loudest]]


def test_circuits_that_do_nothing_or_that_nothing_explains_get_no_claim() -> None:
    house = build(5)
    circuits = house.seen.circuits.copy()
    chance = np.random.default_rng(1)
    circuits[:, 0] = 3.0
    stray = np.repeat(chance.integers(0, 2, len(circuits) // 50 + 1), 50)[: len(circuits)]
    circuits[:, 1] = 4.0 * stray
    findings = propose(replace(house.seen, circuits=circuits), CONFIRMED).findings
    assert (findings[0].phase, findings[0].reason.key) == (None, "detection.idle")
    assert not findings[1].sure


def test_swapped_channels_are_found_as_the_phases_they_now_are_on() -> None:
    house = build(2)
    one, other = next((a, b) for a in active(house) for b in active(house) if house.terminal[a] != house.terminal[b])
    circuits = house.seen.circuits.copy()
    circuits[:, [one, other]] = circuits[:, [other, one]]
    findings = propose(replace(house.seen, circuits=circuits), CONFIRMED).findings
    assert findings[one].phase == PHASES[house.terminal[other]]
    assert findings[other].phase == PHASES[house.terminal[one]]


def test_coverage_says_how_much_no_circuit_measures() -> None:
    house = build(7)
    all_of_it = propose(house.seen, CONFIRMED).coverage
    loudest = int(np.argmax((np.abs(steps(house.seen).circuits) ** 2).sum(axis=0)))
    fewer = np.delete(house.seen.circuits, loudest, axis=1)
    less = propose(replace(house.seen, circuits=fewer), CONFIRMED).coverage
    phase = PHASES[house.terminal[loudest]]
    assert less[phase] < all_of_it[phase] - 0.1


def test_known_heaters_make_mains_sure_sooner() -> None:
    house = build(14, sun=True, minutes=3.0, mains_known=False)
    plain = propose(house.seen, Knowledge()).mains
    resistive = [c for c in active(house) if abs(np.angle(_on(house, c), deg=True)) < 4]
    helped = propose(house.seen, Knowledge(heaters=frozenset(resistive))).mains
    assert helped.margin > plain.margin


@pytest.mark.req("G-097")
def test_what_the_supply_carried_by_night_makes_mains_sure_in_a_house_with_sun_and_is_never_wrong() -> None:
    surer = 0
    for seed in range(8):
        house = build(seed, sun=True, minutes=5.0, mains_known=False)
        dark = build(seed, minutes=5.0).seen.mains.mean(axis=0)
        night = dark[house.mains_terminal] * house.mains_sign
        plain, told = propose(house.seen, Knowledge()), propose(house.seen, Knowledge(night=night))
        surer += told.mains.margin > plain.mains.margin
        if told.mains_sure:
            assert told.mains.terminals == tuple(house.mains_terminal)
            assert told.mains.signs == tuple(house.mains_sign)
    assert surer >= 6


def test_a_night_without_a_current_votes_for_nothing() -> None:
    house = build(3, sun=True, minutes=2.0, mains_known=False)
    still = np.full(3, 0.01j)
    assert propose(house.seen, Knowledge(night=still)).mains == propose(house.seen, Knowledge()).mains


def _on(house: House, column: int) -> complex:
    """The circuit's largest current against its own voltage."""
    flowing = house.seen.circuits[:, column] * house.factor[column]
    loud = int(np.argmax(np.abs(flowing)))
    return complex(flowing[loud] * house.seen.volts[loud, house.terminal[column]].conj())


def test_arrays_that_do_not_belong_together_are_refused() -> None:
    n = 10
    with pytest.raises(ValueError, match="wanted"):
        Observation(np.zeros((n, 3), complex), np.zeros((n, 2), complex), np.zeros((n, 4), complex), np.zeros(n, bool))


def test_a_quiet_house_leads_to_no_claim_at_all() -> None:
    n = 300
    volts = np.tile(230 * np.exp(-2j * np.pi / 3 * np.arange(3)), (n, 1))
    seen = Observation(volts, np.ones((n, 3), complex), np.ones((n, 5), complex), np.ones(n, bool))
    proposal = propose(seen, Knowledge())
    assert [(finding.phase, finding.sure) for finding in proposal.findings] == [(None, False)] * 5
    assert all(part == 0.0 or part <= 1.0 for part in proposal.coverage.values())
