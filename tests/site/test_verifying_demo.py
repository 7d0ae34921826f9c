"""The guided test of the grid meter in the house of ``ohmstead demo``: oven, kettle, heat pump and clouds go on.

A right installation gets its verdict, and each wrong one its own; what one car cannot tell, no verdict claims. As the
real one, the inverter tells its power only as a whole.
"""

import asyncio
import cmath
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ohmstead.core.model.quantities import PHASES
from ohmstead.core.model.readings import PhaseReading, Reading
from ohmstead.core.model.settings import BoardSettings, ChargerSettings, DeviceSettings, Settings, SiteSettings
from ohmstead.core.model.verification import Findings
from ohmstead.core.plant.world import World
from ohmstead.drivers.virtual_time import VirtualClock, run_virtual
from ohmstead.simulator.demo import START, demo
from tests.site.staging import home
from tests.site.test_verifying import Miswired, mistreat, only_sum, open_clamp, summed, turned

LONGEST_S = 700


def plant(name: str, role: str, *phases: str) -> DeviceSettings:
    return DeviceSettings(driver="plant", connect=f"plant://{name}", role=role, phases=phases or None)


SETTINGS = Settings(
    site=SiteSettings(name="Demo", timezone="Europe/Rome", main_fuse_a=25.0, contract_power_w=10_000.0),
    devices={
        "grid": plant("grid", "grid"),
        "oven": plant("oven", "load", "L2"),
        "heat-pump": plant("heat-pump", "load"),
        "solar": plant("solar", "production"),
    },
    chargers={
        "garage": ChargerSettings(board=BoardSettings(driver="plant", connect="plant://garage"), max_current_a=16.0),
        "yard": ChargerSettings(
            board=BoardSettings(driver="plant", connect="plant://yard"), max_current_a=32.0, phases=("L2", "L3", "L1")
        ),
    },
)


def exchanged(reading: Reading) -> Reading:
    """L1 and L2 of the meter are in each other's place, voltage and clamp."""
    seen = reading.phases
    return summed(reading, {"L1": seen["L2"], "L2": seen["L1"], "L3": seen["L3"]})


def swapped(reading: Reading) -> Reading:
    """The clamps of L1 and L2 are in each other's place, the voltages are not."""

    def seen(voltage: str, current: str) -> PhaseReading:
        row = reading.phases[current]
        angle = (PHASES.index(current) - PHASES.index(voltage)) * math.tau / 3
        power = cmath.rect(1.0, angle) * complex(row.power_w or 0.0, row.reactive_power_var or 0.0)
        return replace(row, voltage_v=reading.phases[voltage].voltage_v, power_w=power.real)

    return summed(reading, {"L1": seen("L1", "L2"), "L2": seen("L2", "L1"), "L3": reading.phases["L3"]})


def found(
    tmp_path: Path, seed: int, charger: str, rewire: Callable[[Reading], Reading] | None, begin_s: float
) -> Findings:
    plan = demo(seed)

    async def main(clock: VirtualClock) -> Findings:
        async with home(clock, f"sqlite:///{tmp_path / 'd.db'}", World(plan.world), SETTINGS, pilot_s=0.25) as house:
            house.wires["solar"].meter = Miswired(house.wires["solar"].meter, only_sum)
            if rewire is not None:
                mistreat(house, rewire)
            await asyncio.sleep(begin_s)
            house.site.verify(charger, "ines", "installer")
            began = house.clock.now()
            while house.site.verification(charger).doing is not None:
                assert house.clock.now().since(began) < LONGEST_S
                await asyncio.sleep(1)
            report = house.site.verification(charger).report
            assert report is not None
            return report.findings

    return run_virtual(main, START)


@pytest.mark.req("EV-180", "G-022")
@pytest.mark.parametrize("charger, phases", [("garage", PHASES), ("yard", ("L2",))])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_right_installation_is_found_correct_while_the_house_lives_on(
    tmp_path: Path, seed: int, charger: str, phases: tuple[str, ...]
) -> None:
    findings = found(tmp_path, seed, charger, None, 90)
    assert (findings.verdict, findings.phases) == ("correct", phases)


@pytest.mark.req("EV-180", "G-022")
@pytest.mark.parametrize(
    ("charger", "rewire", "verdict", "phases", "moved_on"),
    [
        ("yard", exchanged, "wrong_phase", ("L2",), ("L1",)),
        ("yard", swapped, "wrong_phase", ("L2",), ("L1",)),
        ("garage", swapped, "wrong_phase", ("L1", "L2"), ()),
        ("yard", turned, "reversed", ("L2",), ()),
        ("garage", turned, "reversed", PHASES, ()),
        ("garage", open_clamp, "unplugged", ("L1",), ()),
    ],
)
def test_each_wrong_installation_gets_its_own_verdict(
    tmp_path: Path,
    charger: str,
    rewire: Callable[[Reading], Reading],
    verdict: str,
    phases: tuple[str, ...],
    moved_on: tuple[str, ...],
) -> None:
    findings = found(tmp_path, 2, charger, rewire, 90)
    assert (findings.verdict, findings.phases, findings.moved_on) == (verdict, phases, moved_on)


@pytest.mark.req("EV-180")
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_conductors_exchanged_under_a_three_phase_car_are_never_vouched_for(tmp_path: Path, seed: int) -> None:
    """Such a car cannot see the order; it says so, unless the oven has shown where it is."""
    findings = found(tmp_path, seed, "garage", exchanged, 90)
    if findings.verdict == "correct":
        assert findings.hint is not None
        assert findings.hint.key == "verification.phase_order_unseen"
    else:
        assert (findings.verdict, findings.reason.key) == ("inconclusive", "verification.circuit_elsewhere")
        assert findings.reason.params == {"device": "oven", "phase": "L2", "moved_on": "L1"}
