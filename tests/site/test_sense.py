"""A device that is late, wrong or missing is told once, asked ever less often, and blocks nobody."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from ohmstead.core.model.errors import DeviceGarbled, DeviceUnreachable
from ohmstead.core.model.events import Event
from ohmstead.core.model.quantities import Quality, Role
from ohmstead.core.model.readings import Reading
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.settings import DeviceSettings
from ohmstead.drivers.virtual_time import VirtualClock, run_virtual
from ohmstead.site.sense import Sense, Sensed

START = datetime(2026, 6, 21, tzinfo=UTC)


class Noting:
    """A meter that has decided something by itself, and says so with each reading."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock

    async def read(self) -> Reading:
        now = self.clock.now()
        params = {"meter": "DMG610", "quantity": "frequency_hz", "value": f"{now.monotonic_s:g}", "source": "openWB"}
        return Reading("oven", now, power_w=1.0, notes=(Reason("meter.other_source", params),))

    async def close(self) -> None:
        pass


async def noted(clock: VirtualClock) -> list[Event]:
    told: list[Event] = []
    sense = Sense({"oven": (device(Role.LOAD), Noting(clock))}, clock, lambda _: None, told.append)
    task = asyncio.create_task(sense.run(sense.devices["oven"]))
    await asyncio.sleep(30)
    task.cancel()
    return told


def test_what_a_driver_decided_by_itself_becomes_one_event_however_often_it_decides_it() -> None:
    (event,) = run_virtual(noted, START)
    assert (event.kind, event.target, event.severity) == ("device.note", "oven", "info")
    assert event.reason is not None
    assert event.reason.key == "meter.other_source"


class Scripted:
    """A meter that does at each second what the test says: a Reading, an error, or never an answer."""

    def __init__(self, name: str, clock: VirtualClock, at: Callable[[float], Quality | Exception | None]) -> None:
        self.name, self.clock, self.at = name, clock, at
        self.asked: list[float] = []

    async def read(self) -> Reading:
        now = self.clock.now()
        self.asked.append(now.monotonic_s)
        what = self.at(now.monotonic_s)
        if what is None:
            await asyncio.sleep(3600)
        if isinstance(what, Exception):
            raise what
        return Reading(self.name, now, what if isinstance(what, Quality) else Quality.GOOD, power_w=1.0)

    async def close(self) -> None:
        pass


def device(role: Role) -> DeviceSettings:
    return DeviceSettings(driver="sunspec", connect="tcp://127.0.0.1:1", role=role)


UNREACHABLE = DeviceUnreachable(Reason("device.unreachable", {"where": "tcp://127.0.0.1:1", "deadline_s": 1}))


async def watched(
    clock: VirtualClock, seconds: float, **scripts: Callable[[float], Quality | Exception | None]
) -> tuple[Sense, dict[str, Scripted], list[Event], list[str]]:
    meters = {name: Scripted(name, clock, script) for name, script in scripts.items()}
    told: list[Event] = []
    arrived: list[str] = []

    def on_reading(sensed: Sensed) -> None:
        arrived.append(sensed.name)

    roles = {name: (device(Role.GRID if name == "grid" else Role.LOAD), meter) for name, meter in meters.items()}
    sense = Sense(roles, clock, on_reading, told.append)
    tasks = [asyncio.create_task(sense.run(one)) for one in sense.devices.values()]
    await asyncio.sleep(seconds)
    for task in tasks:
        task.cancel()
    return sense, meters, told, arrived


@pytest.mark.req("EM-346")
def test_the_grid_meter_is_asked_ten_times_a_second_and_a_circuit_once() -> None:
    async def main(clock: VirtualClock) -> list[str]:
        return (await watched(clock, 9.95, grid=lambda _: Quality.GOOD, oven=lambda _: Quality.GOOD))[3]

    arrived = run_virtual(main, START)
    assert (arrived.count("grid"), arrived.count("oven")) == (100, 10)


def test_a_device_that_never_answers_delays_no_other() -> None:
    async def main(clock: VirtualClock) -> list[str]:
        return (await watched(clock, 9.95, grid=lambda _: Quality.GOOD, oven=lambda _: None))[3]

    assert run_virtual(main, START).count("grid") == 100


def test_loss_and_return_are_told_once_each_and_a_lost_device_is_asked_less_often() -> None:
    def gone_for_a_minute(second: float) -> Quality | Exception:
        return UNREACHABLE if 10 <= second < 70 else Quality.GOOD

    async def main(clock: VirtualClock) -> tuple[list[str], int, Quality]:
        sense, meters, told, _ = await watched(clock, 120, oven=gone_for_a_minute)
        during = [second for second in meters["oven"].asked if 10 <= second < 70]
        return [event.kind for event in told], len(during), sense.devices["oven"].quality(clock.now())

    kinds, asked, quality = run_virtual(main, START)
    assert kinds == ["device.lost", "device.back"]
    assert asked <= 10
    assert quality is Quality.GOOD


def test_a_lost_grid_meter_is_asked_every_second_so_that_its_return_is_noticed() -> None:
    async def main(clock: VirtualClock) -> list[float]:
        _, meters, _, _ = await watched(clock, 60, grid=lambda _: UNREACHABLE)
        return meters["grid"].asked

    asked = run_virtual(main, START)
    assert max(b - a for a, b in pairwise(asked[5:])) <= 1.01


def test_a_silent_device_turns_stale_and_a_garbled_one_is_counted_as_such() -> None:
    async def main(clock: VirtualClock) -> tuple[Quality, dict[str, int], Quality]:
        garbled = DeviceGarbled(Reason("device.unreachable", {"where": "x", "deadline_s": 1}))
        sense, _, _, _ = await watched(clock, 10, oven=lambda s: Quality.GOOD if s < 2 else garbled, tap=lambda _: None)
        return (
            sense.devices["oven"].quality(clock.now()),
            dict(sense.statistics()["oven"].failures),
            sense.devices["tap"].quality(clock.now()),
        )

    oven, failures, tap = run_virtual(main, START)
    assert (oven, tap) == (Quality.STALE, Quality.MISSING)
    assert set(failures) == {"garbled"}


def test_what_made_no_sense_is_told_once_however_often_it_comes() -> None:
    async def main(clock: VirtualClock) -> list[Event]:
        telegram = DeviceGarbled(Reason("p1.crc", {"where": "tcp://p1:23", "came": "12AB"}))
        _, _, told, _ = await watched(clock, 60, grid=lambda s: telegram if int(s) % 2 else Quality.GOOD)
        return told

    told = run_virtual(main, START)
    assert [(event.kind, event.target, event.severity) for event in told] == [("device.garbled", "grid", "info")]


class Slow(Scripted):
    """A meter that gets its turn on a busy line every four seconds."""

    async def read(self) -> Reading:
        reading = await super().read()
        await asyncio.sleep(4)
        return reading


@pytest.mark.parametrize("role, seen", [(Role.LOAD, {Quality.GOOD}), (Role.GRID, {Quality.STALE})])
def test_a_circuit_that_waits_for_its_turn_on_a_busy_line_is_good_and_a_grid_meter_would_be_stale(role, seen) -> None:
    async def main(clock: VirtualClock) -> set[Quality]:
        sense = Sense(
            {"oven": (device(role), Slow("oven", clock, lambda _: Quality.GOOD))}, clock, lambda _: None, lambda _: None
        )
        task = asyncio.create_task(sense.run(sense.devices["oven"]))
        await asyncio.sleep(15)
        qualities = set()
        for _ in range(40):
            await asyncio.sleep(0.5)
            qualities.add(sense.devices["oven"].quality(clock.now()))
        task.cancel()
        return qualities

    assert run_virtual(main, START) == seen


def test_an_implausible_reading_is_bad_and_loses_the_device_when_it_lasts() -> None:
    async def main(clock: VirtualClock) -> tuple[Quality, list[str]]:
        sense, _, told, _ = await watched(clock, 10, oven=lambda s: Quality.GOOD if s < 2 else Quality.BAD)
        return sense.devices["oven"].quality(clock.now()), [event.kind for event in told]

    assert run_virtual(main, START) == (Quality.BAD, ["device.lost"])
