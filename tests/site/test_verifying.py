"""The guided test of the grid meter on a whole site: a clamp turned round, on another conductor, or not there."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ohmstead.core.model.errors import CommandRefused
from ohmstead.core.model.events import Action
from ohmstead.core.model.quantities import PHASES
from ohmstead.core.model.readings import PhaseReading, Reading
from ohmstead.core.model.settings import BoardSettings
from ohmstead.core.model.verification import Report
from ohmstead.core.plant.settings import (
    CAR_7_KW,
    CAR_11_KW,
    CarSettings,
    CircuitSettings,
    Cycle,
    LoadSettings,
    WorldSettings,
)
from ohmstead.core.plant.settings import ChargerSettings as PlantCharger
from ohmstead.core.plant.world import World
from ohmstead.drivers.plant import PlantMeter
from ohmstead.drivers.virtual_time import VirtualClock, run_virtual
from tests.site.staging import SETTINGS, START, Home, home

NIGHT = datetime(2026, 6, 21, 23, 30, tzinfo=UTC)
LONGEST_S = 700


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'site.db'}"


class Miswired:
    """A meter whose terminals were connected otherwise: ``rewire`` makes its reading of the true one."""

    def __init__(self, meter: PlantMeter, rewire: Callable[[Reading], Reading]) -> None:
        self._meter = meter
        self._rewire = rewire

    async def read(self) -> Reading:
        return self._rewire(await self._meter.read())

    async def close(self) -> None:
        await self._meter.close()


def turned(reading: Reading) -> Reading:
    """Every clamp the other way round."""
    return summed(
        reading, {phase: replace(one, power_w=-(one.power_w or 0.0)) for phase, one in reading.phases.items()}
    )


def rotated(reading: Reading) -> Reading:
    """Each clamp on the next conductor: what flows in L1 is shown on L2."""
    return summed(reading, {PHASES[(n + 1) % 3]: reading.phases[phase] for n, phase in enumerate(PHASES)})


def open_clamp(reading: Reading) -> Reading:
    """The clamp of L1 is not plugged into the meter."""
    return summed(reading, {**reading.phases, "L1": PhaseReading(reading.phases["L1"].voltage_v, 0.0, 0.0)})


def only_sum(reading: Reading) -> Reading:
    """A meter that measures power only as a whole."""
    return replace(reading, phases={phase: replace(one, power_w=None) for phase, one in reading.phases.items()})


def summed(reading: Reading, phases: dict) -> Reading:
    return replace(reading, phases=phases, power_w=sum(one.power_w for one in phases.values()))


def garage(
    car: CarSettings = CAR_7_KW,
    plugged: bool = True,
    start: datetime = START,
    loads: tuple[LoadSettings, ...] = (),
    chargers: tuple[PlantCharger, ...] = (),
) -> World:
    house = LoadSettings("house", {"L1": 230.0, "L2": 350.0, "L3": 120.0}, noise=0.02)
    return World(
        WorldSettings(
            start=start,
            circuits=(CircuitSettings("oven", ("L2",)),),
            loads=(house, *loads),
            chargers=chargers or (PlantCharger("garage", car=car, plugged=plugged),),
        )
    )


def mistreat(house: Home, rewire: Callable[[Reading], Reading]) -> None:
    wire = house.wires["grid"]
    wire.meter = Miswired(wire.meter, rewire)  # type: ignore[assignment]  # — stands behind the same port


async def report_of(house: Home) -> Report:
    """Start the test and wait for its report."""
    house.site.verify("garage", "ines", "installer")
    began = house.clock.now()
    while house.site.verification("garage").doing is not None:
        assert house.clock.now().since(began) < LONGEST_S
        await asyncio.sleep(1)
    report = house.site.verification("garage").report
    assert report is not None
    return report


def verdict_of(url: str, rewire: Callable[[Reading], Reading] | None, **world: object) -> Report:
    async def main(clock: VirtualClock) -> Report:
        async with home(clock, url, garage(**world)) as house:  # type: ignore[arg-type]  # — the parameters of garage
            if rewire is not None:
                mistreat(house, rewire)
            await asyncio.sleep(20)
            return await report_of(house)

    return run_virtual(main, START)


@pytest.mark.req("EV-180", "G-022")
def test_a_meter_that_is_wired_right_is_found_correct_with_the_numbers(url: str) -> None:
    report = verdict_of(url, None)
    assert (report.findings.verdict, report.findings.phases, report.author) == ("correct", ("L1",), "ines")
    assert report.findings.hint is None
    down, up = report.steps
    assert -1000 < down.charger_w["L1"] < -850
    assert 850 < up.charger_w["L1"] < 1000
    assert all(step.grid_w["L1"] == pytest.approx(step.charger_w["L1"], rel=0.15) for step in (down, up))


@pytest.mark.req("EV-180", "G-022")
def test_a_clamp_turned_round_is_found_reversed(url: str) -> None:
    report = verdict_of(url, turned)
    assert (report.findings.verdict, report.findings.phases) == ("reversed", ("L1",))
    assert report.steps[0].grid_w["L1"] > 800


@pytest.mark.req("EV-180", "G-022")
def test_a_clamp_on_another_conductor_is_found_and_that_conductor_named(url: str) -> None:
    report = verdict_of(url, rotated)
    assert (report.findings.verdict, report.findings.phases, report.findings.moved_on) == (
        "wrong_phase",
        ("L1",),
        ("L2",),
    )


@pytest.mark.req("EV-180", "G-022")
def test_a_meter_that_gives_no_values_is_found_unplugged(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, url, garage()) as house:
            await house.until(lambda: house.car_a() > 10)
            house.wires["grid"].cut = True
            report = await report_of(house)
            assert report.findings.verdict == "unplugged"
            assert report.findings.reason.params["device"] == "grid"

    run_virtual(main, START)


def test_a_clamp_that_is_not_plugged_into_the_meter_is_found_unplugged(url: str) -> None:
    findings = verdict_of(url, open_clamp).findings
    assert (findings.verdict, findings.phases) == ("unplugged", ("L1",))


def test_a_meter_without_phases_is_judged_by_its_sum(url: str) -> None:
    async def main(clock: VirtualClock) -> Report:
        settings = SETTINGS.model_copy(
            update={"site": SETTINGS.site.model_copy(update={"main_fuse_a": None, "contract_power_w": 15_000.0})}
        )
        async with home(clock, url, garage(CAR_11_KW), settings) as house:
            mistreat(house, only_sum)
            await asyncio.sleep(20)
            return await report_of(house)

    report = run_virtual(main, START)
    assert (report.findings.verdict, list(report.steps[0].grid_w)) == ("correct", ["sum"])


def test_a_three_phase_car_tells_that_it_cannot_see_the_order_of_phases(url: str) -> None:
    findings = verdict_of(url, None, car=CAR_11_KW).findings
    assert (findings.verdict, findings.phases) == ("correct", PHASES)
    assert findings.hint is not None


def test_one_clamp_of_three_turned_round_is_named(url: str) -> None:
    def third(reading: Reading) -> Reading:
        return summed(reading, {**reading.phases, "L3": turned(reading).phases["L3"]})

    findings = verdict_of(url, third, car=CAR_11_KW).findings
    assert (findings.verdict, findings.phases) == ("reversed", ("L3",))


@pytest.mark.req("G-022")
def test_export_at_night_without_production_is_found_reversed_without_a_car(url: str) -> None:
    async def main(clock: VirtualClock) -> Report:
        async with home(clock, url, garage(plugged=False, start=NIGHT)) as house:
            mistreat(house, turned)
            await asyncio.sleep(5)
            return await report_of(house)

    findings = run_virtual(main, NIGHT).findings
    assert (findings.verdict, findings.phases) == ("reversed", PHASES)
    assert findings.reason.key == "verification.reversed_night"


def test_without_a_car_there_is_no_result_and_the_reason_says_so(url: str) -> None:
    findings = verdict_of(url, None, plugged=False).findings
    assert (findings.verdict, findings.reason.key) == ("inconclusive", "verification.no_car")


def test_a_big_load_that_switches_all_the_time_gives_no_false_verdict(url: str) -> None:
    kettle = LoadSettings("kettle", {"L1": 1000.0}, pattern=Cycle(9, 9))
    findings = verdict_of(url, None, loads=(kettle,)).findings
    assert (findings.verdict, findings.reason.key) in [
        ("inconclusive", "verification.restless"),
        ("correct", "verification.correct"),
    ]


@pytest.mark.req("EV-180")
def test_the_test_never_gives_the_car_more_than_it_had(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, url, garage()) as house:
            await house.do(Action.SET_USER_LIMIT, 9.0)
            await asyncio.sleep(20)
            offered: list[float] = []
            reasons: set[str] = set()
            house.site.verify("garage", "ines", "installer")
            while house.site.verification("garage").doing is not None:
                offered.append(house.charger.offered_a or 0.0)
                reasons.add(house.state.grants["garage"].limited_by)
                await asyncio.sleep(0.5)
            report = house.site.verification("garage").report
            assert report is not None
            assert report.findings.verdict == "correct"
            assert max(offered) <= 9.01
            assert min(offered) == pytest.approx(6.0, abs=0.1)
            assert {"user", "verification"} <= reasons

    run_virtual(main, START)


@pytest.mark.req("EV-180")
def test_another_charger_takes_nothing_that_the_test_leaves_free_and_gets_it_back_afterwards(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        both = {name: SETTINGS.chargers["garage"].model_copy() for name in ("garage", "yard")}
        both["yard"] = both["yard"].model_copy(update={"board": BoardSettings(connect="plant://yard")})
        chargers = tuple(PlantCharger(name, car=CAR_7_KW, plugged=True) for name in both)
        async with home(clock, url, garage(chargers=chargers), SETTINGS.model_copy(update={"chargers": both})) as house:

            def yard_a() -> float:
                return house.state.snapshot.chargers["yard"].offered_a or 0.0

            await asyncio.sleep(60)
            before, most = yard_a(), 0.0
            assert 9 < before < 14
            house.site.verify("garage", "ines", "installer")
            while house.site.verification("garage").doing is not None:
                most = max(most, yard_a())
                await asyncio.sleep(0.5)
            report = house.site.verification("garage").report
            assert report is not None
            assert report.findings.verdict == "correct"
            assert most <= before + 0.1
            await house.do(Action.PAUSE, True)
            await house.until(lambda: yard_a() > before + 2)

    run_virtual(main, START)


def test_where_nothing_above_six_ampere_comes_back_one_clear_step_is_enough(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, url, garage()) as house:
            await asyncio.sleep(20)
            house.site.verify("garage", "ines", "installer")
            await house.until(lambda: (house.charger.offered_a or 99) < 6.1)
            await house.do(Action.SET_USER_LIMIT, 6.0)
            while house.site.verification("garage").doing is not None:
                await asyncio.sleep(1)
            report = house.site.verification("garage").report
            assert report is not None
            assert (report.findings.verdict, len(report.steps)) == ("correct", 1)

    run_virtual(main, START)


@pytest.mark.req("EV-180")
def test_the_report_is_kept_with_its_author_told_as_an_event_and_there_after_a_restart(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        world = garage()
        async with home(clock, url, world) as house:
            await asyncio.sleep(20)
            report = await report_of(house)
            await asyncio.sleep(3)
            kept = await clock.outside(house.store.documents.get("verification", "garage"))
            assert kept is not None
            assert kept.author == "ines"
            done = [event for event in await house.events() if event.kind == "verification.done"]
            assert [(event.author, event.target, event.data["verdict"]) for event in done] == [
                ("ines", "garage", "correct")
            ]
            await house.until(lambda: house.car_a() > 14)
        async with home(clock, url, world) as house:
            assert house.site.verification("garage").report == report

    run_virtual(main, START)


def test_a_test_cut_short_by_a_restart_leaves_no_limit_behind(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        world = garage()
        async with home(clock, url, world) as house:
            await asyncio.sleep(20)
            house.site.verify("garage", "ines", "installer")
            await house.until(lambda: (house.charger.offered_a or 99) < 6.1)
        async with home(clock, url, world) as house:
            assert house.site.verification("garage").doing is None
            await house.until(lambda: house.car_a() > 14)

    run_virtual(main, START)


def test_a_test_is_for_installers_needs_a_meter_and_runs_alone(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, url, garage()) as house:

            def refused(charger: str, role: str) -> str:
                with pytest.raises(CommandRefused) as caught:
                    house.site.verify(charger, "ines", role)  # type: ignore[arg-type]  # — the roles of the rows
                return caught.value.reason.key

            assert refused("garage", "user") == "command.role"
            assert refused("attic", "installer") == "command.unknown_charger"
            house.site.verify("garage", "ines", "owner")
            assert refused("garage", "installer") == "verification.running"
        blind = SETTINGS.model_copy(update={"devices": {}})
        async with home(clock, url, garage(), blind) as house:
            assert refused("garage", "installer") == "verification.no_grid_meter"

    run_virtual(main, START)
