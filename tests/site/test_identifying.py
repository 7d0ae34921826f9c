"""One transformer of a box blinks while it is selected, two minutes at most, also when the box is deaf for a while."""

import asyncio
from datetime import UTC, datetime

import pytest

from ohmstead.core.model.errors import CommandRefused, DeviceUnreachable
from ohmstead.core.model.measuring import BoxSettings
from ohmstead.core.model.reasons import Reason
from ohmstead.drivers.virtual_time import VirtualClock, run_virtual
from ohmstead.site.identifying import LONGEST_S, Identifying

START = datetime(2026, 6, 21, tzinfo=UTC)
BOX = BoxSettings(connect="tcp://127.0.0.1:502", unit=61)


class Lights:
    """The lights of every box, as their bus shows them."""

    def __init__(self) -> None:
        self.on: set[tuple[str, int]] = set()
        self.deaf = False
        self.open = 0

    def hand(self, name: str, settings: BoxSettings) -> "Hand":
        self.open += 1
        return Hand(self, name)


class Hand:
    """Behind the port of a box; only its lights can be reached."""

    def __init__(self, lights: Lights, box: str) -> None:
        self._lights, self._box = lights, box

    async def identify(self, slot: int, on: bool) -> None:
        if self._lights.deaf:
            raise DeviceUnreachable(Reason("device.unreachable", {"where": self._box, "deadline_s": "1 s"}))
        (self._lights.on.add if on else self._lights.on.discard)((self._box, slot))

    async def close(self) -> None:
        self._lights.open -= 1


@pytest.mark.req("G-127", "EM-222", "EM-349")
def test_it_ends_by_itself_after_two_minutes() -> None:
    async def main(clock: VirtualClock) -> None:
        lights = Lights()
        showing = Identifying(lights.hand, clock)
        loop = asyncio.create_task(showing.run())
        await showing.show("cellar", BOX, 4)
        await asyncio.sleep(LONGEST_S - 1.0)
        assert (lights.on, dict(showing.blinking)) == ({("cellar", 3)}, {"cellar": 4})
        await asyncio.sleep(2.5)
        assert (lights.on, dict(showing.blinking), lights.open) == (set(), {}, 0)
        loop.cancel()

    run_virtual(main, START)


@pytest.mark.req("G-127")
def test_only_one_of_a_bus_blinks_but_each_bus_has_its_own() -> None:
    async def main(clock: VirtualClock) -> None:
        lights = Lights()
        showing = Identifying(lights.hand, clock)
        await showing.show("cellar", BOX, 4)
        await showing.show("attic", BOX, 1)
        await showing.show("cellar", BOX, 5)
        assert lights.on == {("cellar", 4), ("attic", 0)}
        await showing.show("cellar", BOX, None)
        await showing.close()
        assert lights.on == set()

    run_virtual(main, START)


@pytest.mark.req("G-127")
def test_a_box_that_is_deaf_at_the_end_is_asked_again_until_it_has_stopped() -> None:
    async def main(clock: VirtualClock) -> None:
        lights = Lights()
        showing = Identifying(lights.hand, clock)
        loop = asyncio.create_task(showing.run())
        await showing.show("cellar", BOX, 4)
        lights.deaf = True
        with pytest.raises(CommandRefused):
            await showing.show("cellar", BOX, 5)
        await asyncio.sleep(LONGEST_S + 10.0)
        assert lights.on == {("cellar", 3)}
        lights.deaf = False
        await asyncio.sleep(2.0)
        assert (lights.on, lights.open) == (set(), 0)
        loop.cancel()

    run_virtual(main, START)


def test_a_front_end_has_no_lights_and_no_box_a_29th_point() -> None:
    async def main(clock: VirtualClock) -> None:
        showing = Identifying(Lights().hand, clock)
        for settings, point, key in (
            (BoxSettings(connect="samples://127.0.0.1:5390"), 4, "loads.no_light"),
            (BOX, 29, "rule.point_beyond"),
        ):
            with pytest.raises(CommandRefused) as refused:
                await showing.show("cellar", settings, point)
            assert refused.value.reason.key == key

    run_virtual(main, START)
