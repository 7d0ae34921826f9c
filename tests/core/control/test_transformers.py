"""Grid transformers without voltage: what cannot be known is taken at its worst."""

import pytest

from ohmstead.core.control import ControlMemory, ControlSettings, decide, excess
from ohmstead.core.control.memory import ChargerMemory
from ohmstead.core.model.chargers import ChargerOptions
from ohmstead.core.model.grants import Grant
from ohmstead.core.model.quantities import PHASES, GridType, Phase, Quality, Role
from ohmstead.core.model.readings import PhaseReading
from ohmstead.core.model.settings import Settings
from ohmstead.core.model.snapshot import Channel, Snapshot
from tests.core.control.builders import at, charger


def house(**site: object) -> ControlSettings:
    settings = Settings.model_validate(
        {
            "site": {"name": "House", "timezone": "Europe/Rome", **site},
            "devices": {"grid": {"driver": "board-ct", "connect": "board://garage", "input": "wired", "role": "grid"}},
            "chargers": {"garage": {"board": {"connect": "tcp://h:503"}, "max_current_a": 32.0, "phases": ["L1"]}},
        }
    )
    return ControlSettings(settings, {"garage": ChargerOptions()})


def transformers(amperes: dict[Phase, float]) -> Channel:
    phases = {phase: PhaseReading(current_a=a) for phase, a in amperes.items()}
    return Channel(Role.GRID, Quality.GOOD, 0.1, phases=phases)


def granted(settings: ControlSettings, amperes: dict[Phase, float]) -> Grant:
    memory = ControlMemory()
    for second in range(3):
        now = at(second)
        seen = Snapshot(now, {"grid": transformers(amperes)}, {"garage": charger(now)})
        allocation = decide(seen, settings, memory, now)
        memory = allocation.memory
    return allocation.grants["garage"]


@pytest.mark.req("G-133", "G-020")
def test_the_fuse_is_kept_per_phase_by_the_size_of_the_current() -> None:
    grant = granted(house(main_fuse_a=25.0), {"L1": 9.0, "L2": 0.0, "L3": 0.0})
    assert (grant.current_a, grant.limited_by) == (16.0, "main_fuse.L1")


@pytest.mark.req("G-133", "G-020")
def test_the_contract_is_kept_as_if_each_ampere_were_import_at_the_highest_voltage() -> None:
    grant = granted(house(contract_power_w=6000), {"L1": 5.0, "L2": 3.0, "L3": 2.0})
    assert grant.limited_by == "contract_power"
    assert grant.current_a == pytest.approx(6000 / 253 - 10, abs=0.1)


@pytest.mark.req("G-133")
def test_a_contract_over_phases_of_which_one_has_no_transformer_cannot_be_kept() -> None:
    grant = granted(house(contract_power_w=6000), {"L1": 5.0})
    assert (grant.current_a, grant.limited_by) in [(0.0, "grid_meter_stale"), (0.0, "grid_meter_lost")]


@pytest.mark.req("G-133", "G-018")
def test_an_excess_that_only_the_worst_case_shows_is_acted_on_at_once() -> None:
    memory = ControlMemory(chargers={"garage": ChargerMemory(granted_a=10.0)})
    settings = house(contract_power_w=6000)
    assert excess(transformers(dict.fromkeys(PHASES, 8.0)), settings, memory)
    assert not excess(transformers(dict.fromkeys(PHASES, 7.8)), settings, memory)


@pytest.mark.parametrize(("grid_type", "volts"), [("2x120/240", 132.0), ("3x230", 146.1), ("3x277/480", 304.7)])
def test_the_highest_voltage_is_that_of_the_supply(grid_type: GridType, volts: float) -> None:
    settings = house(contract_power_w=20_000, grid_type=grid_type)
    memory = ControlMemory(chargers={"garage": ChargerMemory(granted_a=10.0)})
    count = len(settings.site_phases)
    just = 20_000 / volts / count
    assert excess(transformers(dict.fromkeys(settings.site_phases, just + 0.1)), settings, memory)
    assert not excess(transformers(dict.fromkeys(settings.site_phases, just - 0.1)), settings, memory)
