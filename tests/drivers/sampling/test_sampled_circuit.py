"""Circuits on a simulated front end, over its real socket and through a worker process of its own."""

import asyncio
import math
import os
import signal
from dataclasses import replace

import pytest

from ohmstead.core.model.details import Quantity
from ohmstead.core.model.errors import DeviceError, DeviceGarbled
from ohmstead.core.model.quantities import GridType, Quality
from ohmstead.core.model.readings import Reading
from ohmstead.core.model.sampled import VoltageEvent
from ohmstead.core.plant.clamps import ClampSettings, Scene, delta_currents
from ohmstead.simulator.settings import ClampedSpec, Trouble
from tests.drivers.sampling.houses import CIRCUITS, WORLD, failing, first, house, measured


@pytest.mark.anyio
@pytest.mark.req("EM-346", "G-096", "G-128")
async def test_what_circuits_show_is_the_truth_of_the_building_and_they_share_one_connection() -> None:
    async with measured(house()) as (building, meters):
        readings = {name: await first(meter) for name, meter in meters.items()}
        later = {name: await meter.read() for name, meter in meters.items()}
        for name, reading in readings.items():
            seen = building.sync().measure(name)
            assert reading.quality is Quality.GOOD
            assert reading.power_w == pytest.approx(seen.power_w, rel=1e-3)
            assert reading.reactive_power_var == pytest.approx(seen.reactive_power_var, rel=1e-2, abs=2)
            for phase, row in reading.phases.items():
                true = seen.phases[("L1", "L2", "L3").index(phase)]
                assert row.voltage_v == pytest.approx(true.voltage_v, rel=2e-3)
                assert row.current_a == pytest.approx(true.current_a, rel=0.02)
            assert later[name].energy_import_j > reading.energy_import_j
            assert later[name].counted_since == reading.counted_since
        details = readings["grid"].details
        assert details[Quantity.VOLTAGE_V]["L1-L2"] == pytest.approx(229.5 * 3**0.5, rel=0.01)
        assert details[Quantity.THD_CURRENT_PERCENT]["L2"] == pytest.approx(12.8, abs=0.5)
        assert readings["grid"].frequency_hz == pytest.approx(50.0, abs=0.03)
        assert building._front_ends[0]._server.connections == 1


@pytest.mark.anyio
@pytest.mark.req("G-096")
async def test_a_killed_worker_is_replaced_and_its_energy_is_neither_lost_nor_doubled() -> None:
    async with measured(house()) as (_, meters):
        oven = meters["oven"]
        before = await first(oven)
        front_end = oven._front_end
        os.kill(front_end._process.pid, signal.SIGKILL)
        await failing(oven, "samples.worker_ended")
        after = await first(oven)
        assert front_end.restarts == 1
        assert oven.reconnects == 1
        assert after.energy_import_j >= before.energy_import_j
        elapsed_s = after.at.since(before.at)
        assert after.energy_import_j - before.energy_import_j <= 2_000 * (elapsed_s + 1)
        assert after.power_w == pytest.approx(2_000, rel=1e-3)


TROUBLES = {
    Trouble.GARBAGE: "samples.noise",
    Trouble.REFUSED: "line.no_connection",
    Trouble.SILENT: "samples.silent",
}


@pytest.mark.anyio
async def test_each_trouble_of_a_front_end_is_named_and_it_comes_back() -> None:
    async with measured(house()) as (building, meters):
        oven = meters["oven"]
        await first(oven)
        for trouble, key in TROUBLES.items():
            await building.set_trouble("oven", trouble)
            error = await failing(oven, key)
            assert str(error.reason.params["where"]).startswith("samples://127.0.0.1:")
            await building.set_trouble("oven", None)
            assert (await first(oven)).quality is Quality.GOOD


@pytest.mark.anyio
async def test_spoiled_and_missing_blocks_are_counted_and_what_arrived_is_still_right() -> None:
    async with measured(house()) as (building, meters):
        oven = meters["oven"]
        await first(oven)
        await building.set_trouble("oven", Trouble.GARBLED)
        while not (oven._front_end.latest and oven._front_end.latest.spoiled and oven._front_end.latest.circuits):
            await oven.read()
        assert oven._front_end.latest.circuits["oven"].power_w == pytest.approx(2_000, rel=1e-3)
        assert oven._front_end.latest.lost > 0
        await building.set_trouble("oven", Trouble.SLOW)
        reading = await oven.read()
        while reading.quality is Quality.GOOD:
            reading = await oven.read()
        assert reading.problem.key == "samples.gaps"
        assert reading.power_w is None


@pytest.mark.anyio
@pytest.mark.req("EM-347")
async def test_wiring_faults_show_as_they_would_and_settings_make_up_for_them() -> None:
    oven, pump = CIRCUITS[1], CIRCUITS[2]
    wrong = replace(oven, clamps=(ClampSettings(reversed=True),))
    clipped = replace(pump, clamps=(ClampSettings(clips_at_a=4.0), ClampSettings(), ClampSettings()))
    async with measured(house(CIRCUITS[0], wrong, clipped)) as (_, meters):
        turned, cut = await first(meters["oven"]), await first(meters["pump"])
        assert turned.power_w == pytest.approx(-2_000, rel=1e-3)
        assert (cut.quality, cut.problem.key) == (Quality.BAD, "samples.clipped")
        assert cut.problem.params["points"] == "5"
    clamp = ClampSettings(reversed=True, gain=1 / 1.02, phase_error_deg=2.0)
    told = ({"reversed": True, "gain": 1.02, "phase_error": [[1.0, 2.0], [50.0, 2.0]]},)
    async with measured(house(CIRCUITS[0], replace(oven, clamps=(clamp,), told=told), pump)) as (_, meters):
        right = await first(meters["oven"])
        assert right.power_w == pytest.approx(2_000, rel=1e-3)
        assert right.reactive_power_var == pytest.approx(0.0, abs=5.0)


@pytest.mark.anyio
async def test_dips_of_the_waveform_are_told_once_by_the_circuit_of_the_supply() -> None:
    async with measured(house()) as (building, meters):
        await first(meters["grid"])
        building.door.disturb({"L1": 0.6, "L2": 0.8}, 0.2)
        told: list[VoltageEvent] = []
        async with asyncio.timeout(20):
            while not told:
                await meters["oven"].read()
                assert meters["oven"].happened() == ()
                told = list(meters["grid"].happened())
        (dip,) = told
        assert (dip.kind, dip.terminals, dip.whole) == ("dip", (0, 1), True)
        assert dip.duration_s == pytest.approx(0.2, abs=0.031)
        assert dip.extreme_v == pytest.approx(0.6 * 229.5, rel=0.01)
        assert dip.began_s == pytest.approx(building.sync().instant.utc.timestamp(), abs=20)
        assert meters["grid"].happened() == ()


@pytest.mark.anyio
@pytest.mark.req("EM-347")
async def test_each_fault_of_a_transformer_shows_what_it_is_and_no_value_is_made_up() -> None:
    oven, pump = CIRCUITS[1], CIRCUITS[2]
    direct = replace(oven, clamps=(ClampSettings(dc_a=4.0),))
    unplugged = replace(pump, clamps=(ClampSettings(), ClampSettings(open=True), ClampSettings()))
    async with measured(house(CIRCUITS[0], direct, unplugged)) as (_, meters):
        await first(meters["oven"])
        async with asyncio.timeout(40):
            while not (warned := (await meters["oven"].read()).warnings):
                pass
            while not (missing := (reading := await meters["pump"].read()).warnings):
                pass
        assert [each.key for each in warned] == ["samples.direct_current"]
        assert [(each.key, each.params["phase"]) for each in missing] == [("samples.open_transformer", "L2")]
        assert reading.power_w == pytest.approx(1_400, rel=5e-3)
        assert (await meters["oven"].read()).power_w == pytest.approx(2_000, rel=5e-3)


def settled(reading: Reading, power_w: float) -> bool:
    """Whether nothing of the inrush is left."""
    return reading.quality is Quality.GOOD and reading.power_w == pytest.approx(power_w, rel=1e-3)


@pytest.mark.anyio
@pytest.mark.req("EM-347")
async def test_an_inrush_beyond_the_converter_marks_its_second_and_swapped_plugs_show_each_others_power() -> None:
    world = replace(WORLD, loads=(*WORLD.loads[:1], replace(WORLD.loads[1], pattern=False), WORLD.loads[2]))
    starting = replace(CIRCUITS[1], rating_a=12.0, clamps=(ClampSettings(inrush=6.0),))
    swapped = replace(CIRCUITS[2], clamps=(ClampSettings(sits_on=5), ClampSettings(sits_on=4), ClampSettings()))
    async with measured(house(CIRCUITS[0], starting, swapped, world=world)) as (building, meters):
        assert (await first(meters["oven"])).power_w == pytest.approx(0.0, abs=2.0)
        pump = await meters["pump"].read()
        lag = math.acos(0.8)
        shown = [875 * math.cos(lag + math.tau / 3), 875 * math.cos(lag - math.tau / 3), 700]
        assert [pump.phases[phase].power_w for phase in ("L1", "L2", "L3")] == pytest.approx(shown, rel=5e-3)
        building.door.switch("oven", True)
        qualities = []
        async with asyncio.timeout(20):
            while not settled(reading := await meters["oven"].read(), 2_000):
                qualities.append(reading)
        cut = [each for each in qualities if each.quality is Quality.BAD]
        assert [each.problem.key for each in cut] == ["samples.clipped"] * len(cut)
        assert cut
        believed = [each.power_w for each in qualities if each.quality is Quality.GOOD and each.power_w > 1_000]
        assert believed == pytest.approx([2_000] * len(believed), rel=0.02)


@pytest.mark.anyio
@pytest.mark.req("EM-146", "EM-151")
async def test_a_delta_grid_is_measured_over_the_socket_with_two_transformers() -> None:
    third = complex(-0.5, -math.sqrt(3) / 2)
    volts = (133 + 0j, 133 * third, 133 * third**2)
    between = {(0, 1): 30 + 4j, (1, 2): 20 + 0j, (2, 0): 25 - 3j}
    flowing = delta_currents(volts, between)
    truth = sum(abs((volts[a] - volts[b]) / ohm) ** 2 * ohm.real for (a, b), ohm in between.items())
    whole = ClampedSpec("grid", "grid", (1, 2), ("L1", "L2"), clamps=(ClampSettings(harmonics={}),) * 2)
    spec = house(whole, scene=Scene(50.0, volts, flowing[:2]))
    async with measured(spec, "3x230") as (_, meters):
        reading = await first(meters["grid"])
        assert reading.power_w == pytest.approx(truth, rel=2e-3)
        assert reading.phases["L3"].current_a == pytest.approx(abs(flowing[2]), rel=0.02)


STARS: dict[GridType, tuple[float, int, tuple[complex, ...]]] = {
    "1x230": (230, 50, (1 + 0j,)),
    "2x120/240": (120, 60, (1 + 0j, -1 + 0j)),
    "3x347/600": (347, 60, tuple(complex(-0.5, -math.sqrt(3) / 2) ** n for n in range(3))),
}


@pytest.mark.anyio
@pytest.mark.req("EM-115")
@pytest.mark.parametrize("grid", STARS)
async def test_each_grid_with_a_neutral_is_measured_over_the_socket(grid: GridType) -> None:
    volts, hertz, turns = STARS[grid]
    phases = ("L1", "L2", "L3")[: len(turns)]
    flowing = tuple(8 * turn * complex(0.9, -0.3) for turn in turns)
    scene = Scene(float(hertz), tuple(volts * turn for turn in turns), flowing)
    spec = house(ClampedSpec("all", "grid", tuple(range(1, len(turns) + 1)), phases), scene=scene, nominal_hz=hertz)
    async with measured(spec, grid) as (_, meters):
        reading = await first(meters["all"])
        assert reading.power_w == pytest.approx(len(turns) * volts * 8 * 0.9, rel=2e-3)
        assert reading.frequency_hz == pytest.approx(hertz, abs=0.01)


@pytest.mark.anyio
async def test_a_front_end_with_fewer_points_than_the_settings_is_refused_with_a_reason() -> None:
    async with measured(house()) as (_, meters):
        oven = meters["oven"]
        await first(oven)
        wired = oven._points
        oven._front_end.wire("oven", (replace(wired[0], column=20),), meters["oven"]._front_end._roles["oven"])
        error = await failing(oven, "samples.unlike")
        assert isinstance(error, DeviceGarbled)
        assert "point 21" in str(error.reason.params["detail"])


@pytest.mark.anyio
async def test_a_close_look_is_asked_for_and_a_proposal_needs_some_time_first() -> None:
    async with measured(house()) as (_, meters):
        await first(meters["oven"])
        look = await meters["oven"]._front_end.look("oven")
        assert [each.name for each in look.voltages] == ["U1", "U2", "U3"]
        assert look.currents[0].harmonics[3] == pytest.approx(0.12 * look.currents[0].harmonics[1], rel=0.02)
        with pytest.raises(DeviceError) as refused:
            await meters["oven"].proposal(True)
        assert refused.value.reason.key == "samples.too_early"


@pytest.mark.anyio
async def test_the_worker_ends_with_the_site() -> None:
    async with measured(house()) as (_, meters):
        await first(meters["oven"])
        process = meters["oven"]._front_end._process
        process.stdin.close()
        async with asyncio.timeout(10):
            assert await process.wait() == 0
