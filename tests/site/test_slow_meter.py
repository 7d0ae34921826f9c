"""A supply meter that speaks every ten seconds, sensed on virtual time from its bytes on."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from ohmstead.core.model.quantities import Quality, Role
from ohmstead.core.model.settings import DeviceSettings
from ohmstead.drivers.modbus_meter import Wiring
from ohmstead.drivers.p1_meter import P1Meter
from ohmstead.drivers.virtual_time import VirtualClock, run_virtual
from ohmstead.site.sense import Sense
from ohmstead.transport.address import TcpAddress
from tests.protocols.p1.telegrams import made

START = datetime(2026, 6, 21, tzinfo=UTC)
SETTINGS = DeviceSettings(driver="p1", connect="tcp://127.0.0.1:1", role=Role.GRID)


class TenSeconds:
    """A line with a telegram every ten seconds; ``spoilt`` says what becomes of the n-th."""

    def __init__(self, heard: Callable[[bytes], None], spoilt: Callable[[int, bytes], bytes]) -> None:
        self.heard, self.spoilt = heard, spoilt

    async def speak(self) -> None:
        for n in range(10_000):
            await asyncio.sleep(10)
            self.heard(
                self.spoilt(
                    n, made(f"0-0:1.0.0(2606211{n // 360:01}{n // 6 % 60:02}{n % 6 * 10:02}S)", "1-0:1.7.0(1*kW)")
                )
            )

    async def wait(self) -> None:
        await asyncio.sleep(0.5)

    async def close(self) -> None:
        pass


async def sensed(clock: VirtualClock, seconds: float, spoilt: Callable[[int, bytes], bytes]):
    """The qualities each second, what was told, and the sense loop after ``seconds``."""
    told: list[str] = []
    meter = P1Meter(Wiring("grid", 1, Role.GRID), TcpAddress("127.0.0.1", 1), clock)
    meter._line = line = TenSeconds(meter._heard, spoilt)
    sense = Sense({"grid": (SETTINGS, meter)}, clock, lambda _: None, lambda event: told.append(event.kind))
    tasks = [asyncio.create_task(line.speak()), asyncio.create_task(sense.run(sense.devices["grid"]))]
    qualities = []
    for _ in range(round(seconds)):
        await asyncio.sleep(1)
        qualities.append(sense.devices["grid"].quality(clock.now()))
    for task in tasks:
        task.cancel()
    return qualities, told, sense


@pytest.mark.req("G-123")
def test_a_meter_that_speaks_every_ten_seconds_is_good_all_the_time() -> None:
    async def main(clock: VirtualClock):
        return await sensed(clock, 300, lambda n, telegram: telegram)

    qualities, told, sense = run_virtual(main, START)
    assert (set(qualities[10:]), told) == ({Quality.GOOD}, [])
    assert sense.statistics()["grid"].failures == {}
    assert sense.devices["grid"].latest.rhythm_s == pytest.approx(10, abs=0.01)


def test_a_telegram_that_is_lost_or_damaged_is_counted_and_loses_no_meter() -> None:
    def spoilt(n: int, telegram: bytes) -> bytes:
        return b"" if n == 7 else telegram.replace(b"(1*kW)", b"(9*kW)") if n == 12 else telegram

    async def main(clock: VirtualClock):
        return await sensed(clock, 300, spoilt)

    qualities, told, sense = run_virtual(main, START)
    assert (set(qualities[10:]), told) == ({Quality.GOOD}, ["device.garbled"])
    assert sense.statistics()["grid"].failures == {"unreachable": 1, "garbled": 1}


def test_a_meter_that_falls_silent_is_lost_after_three_of_its_rhythms_and_told_once() -> None:
    async def main(clock: VirtualClock):
        return await sensed(clock, 300, lambda n, telegram: telegram if n < 10 else b"")

    qualities, told, _ = run_virtual(main, START)
    assert qualities[128] is Quality.GOOD
    assert set(qualities[131:]) == {Quality.STALE}
    assert told == ["device.lost"]
