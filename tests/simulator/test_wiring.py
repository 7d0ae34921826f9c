"""How a box was really wired, as its own bus and a front end's samples tell it."""

from types import SimpleNamespace

import pytest

from ohmstead.core.model.quantities import Role
from ohmstead.simulator.building import Building
from ohmstead.simulator.power_box_device import PowerBoxDevice
from ohmstead.simulator.settings import BuildingSettings, PowerBoxSpec, SlotsSpec
from ohmstead.simulator.wiring import AS_IT_SHOULD_BE, BoxWiring, ClampWiring
from tests.drivers.sampling.houses import WORLD, first, house, measured

SPEC = PowerBoxSpec("box", 61, (SlotsSpec("grid", "grid", (1, 2, 3), Role.GRID), SlotsSpec("pump", "pump", (4, 5, 6))))


def hubs(wiring: BoxWiring, at_s: float = 0.0) -> list[tuple[int, ...]]:
    """The slots of each hub that answers."""
    device = PowerBoxDevice(SPEC, lambda: SimpleNamespace(instant=SimpleNamespace(monotonic_s=at_s)))
    device.rewire(wiring)
    return [one.slots for one in device.found[1:]]


@pytest.mark.req("EM-347", "EM-161")
@pytest.mark.parametrize(
    ("wiring", "found"),
    [
        (AS_IT_SHOULD_BE, [(0, 1, 2, 3), (4, 5)]),
        (BoxWiring(broken_at=2), [(0, 1, 2, 3)]),
        (BoxWiring(broken_at=1), []),
        (BoxWiring(port="B"), []),
        (BoxWiring(hubs_more=1), [(0, 1, 2, 3), (4, 5), ()]),
    ],
)
def test_what_answers_on_the_bus(wiring, found):
    assert hubs(wiring) == found


@pytest.mark.req("EM-347", "EM-015")
def test_without_its_plug_the_bus_is_heard_now_and_then():
    heard = [bool(hubs(BoxWiring(terminated=False), at_s)) for at_s in (0.0, 19.9, 20.0, 39.9, 40.0)]
    assert heard == [True, True, False, False, True]


@pytest.mark.req("EM-162")
@pytest.mark.parametrize("at_s", [0.0, 19.9, 20.0, 39.9])
def test_a_box_alone_needs_no_plug_elsewhere_to_be_heard(at_s):
    spec = PowerBoxSpec("box", 61, (SlotsSpec("spare", "grid", (), phases=()),))
    alone = PowerBoxDevice(spec, lambda: SimpleNamespace(instant=SimpleNamespace(monotonic_s=at_s)))
    alone.rewire(BoxWiring(terminated=False))
    assert [one.serial for one in alone.found] == [alone.setup.serial]


def test_only_what_hangs_on_a_box_can_be_wired_otherwise():
    building = Building(BuildingSettings("House", "Europe/Rome", WORLD, power_boxes=(SPEC,)))
    with pytest.raises(KeyError):
        building.door.rewire("attic", AS_IT_SHOULD_BE)
    building = Building(house())
    with pytest.raises(ValueError, match="no hubs"):
        building.door.rewire("oven", BoxWiring(broken_at=1))
    with pytest.raises(ValueError, match="keeps settings"):
        building.door.forget("oven")


@pytest.mark.anyio
@pytest.mark.req("EM-347", "EM-348")
async def test_a_front_end_shows_its_faults_in_its_samples() -> None:
    async with measured(house()) as (building, meters):
        oven = meters["oven"]

        async def shows(watts: float) -> None:
            for _ in range(120):  # a worker that has just begun works off what came meanwhile
                reading = await first(oven)
                if abs((reading.power_w or 0.0) - watts) < 40.0:
                    return
            raise AssertionError(reading)

        await shows(2_000.0)
        for clamp, watts in (
            (ClampWiring(turned=True), -2_000.0),
            (ClampWiring(on="L1"), 0.0),
            (ClampWiring(unplugged=True), 0.0),
            (ClampWiring(open=True), 200.0),
        ):
            building.door.rewire("oven", BoxWiring(clamps={4: clamp}))
            await shows(watts)
        building.door.rewire("oven", BoxWiring(terminals=("L2", "L1", "L3")))
        await shows(-1_000.0)
        building.door.rewire("oven", BoxWiring(terminals=("L1", None, "L3")))
        await shows(0.0)
        building.door.rewire("oven", AS_IT_SHOULD_BE)
        await shows(2_000.0)
