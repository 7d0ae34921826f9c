"""A charger as other energy managers see it: they read it, and those who may steer it, on virtual time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ohmstead.core.model.chargers import ChargerState
from ohmstead.core.model.errors import ConfigurationError, DeviceRefused
from ohmstead.core.model.events import Action
from ohmstead.core.model.serving import ServeSettings
from ohmstead.core.model.settings import Settings
from ohmstead.drivers.clock import Clock
from ohmstead.drivers.virtual_time import VirtualClock, run_virtual
from ohmstead.protocols.registers import text
from ohmstead.site.configuration import parse
from ohmstead.transport.address import TcpAddress
from ohmstead.transport.modbus_client import Buses, Line
from ohmstead.transport.pipe import HOST
from tests.site.staging import SETTINGS, START, Home, home
from tests.site.test_configuration import GOOD

OWN, KEBA, MUTE = 1, 2, 3
HOLDING, INPUT = 3, 4


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'site.db'}"


def settings() -> Settings:
    def served(kind: str, unit: int, *writers: str) -> ServeSettings:
        one = ServeSettings.model_validate(
            {"as": kind, "listen": f"tcp://{HOST}:1502", "unit": unit, "charger": "garage"}
        )
        return one.model_copy(update={"writers": writers})

    serve = (served("charger", OWN, HOST), served("keba", KEBA, HOST), served("charger", MUTE, "192.168.1.40"))
    return SETTINGS.model_copy(update={"serve": serve})


@dataclass
class Manager:
    """An energy manager on the wire."""

    line: Line

    async def read(self, unit: int, function: int, register: int, count: int = 1) -> tuple[int, ...]:
        return await self.line.bus.read(unit, function, register, count, deadline_s=1.0)

    async def write(self, register: int, *words: int, unit: int = OWN) -> None:
        await self.line.bus.write(unit, register, words, deadline_s=1.0)

    async def granted_a(self) -> float:
        return (await self.read(OWN, INPUT, 104))[0] / 100


@asynccontextmanager
async def managed(clock: Clock, url: str, **more: Any) -> AsyncIterator[tuple[Home, Manager]]:
    async with home(clock, url, settings=settings(), **more) as house:
        await house.until(lambda: house.car_a() > 15)
        await asyncio.sleep(3)
        line = Buses().open(TcpAddress(HOST, 1502))
        try:
            yield house, Manager(line)
        finally:
            await line.close()


def test_a_setpoint_lowers_the_car_at_once_and_is_named_and_the_silent_manager_s_car_stops(url):
    async def main(clock: VirtualClock) -> None:
        async with managed(clock, url) as (house, manager):
            await manager.write(0, 1000)
            assert await house.until(lambda: house.duty() < 17) < 0.3
            await house.until(lambda: house.car_a() < 10.2)
            assert text(await manager.read(OWN, INPUT, 110, 8)) == "energy_manager"
            assert house.state.grants["garage"].reason.params == {"manager": f"modbus {HOST}", "limit_a": 10.0}
            await asyncio.sleep(55)
            assert house.car_a() > 9, "still within its time-out"
            await house.until(lambda: house.car_a() == 0)
            assert [notice.code for notice in house.state.attention] == ["manager.lost"]
            assert (await manager.read(OWN, INPUT, 200, 2)) == (2, 0)
            await manager.write(0, 1000)
            await house.until(lambda: house.car_a() > 9)
            kinds = [event.kind for event in await house.events()]
            assert [kind for kind in kinds if kind.startswith("manager")] == [
                "manager.began", "manager.lost", "manager.lost.over",
            ]  # fmt: skip

    run_virtual(main, START)


def test_the_agreed_current_holds_while_the_manager_is_silent_and_after_a_restart(url):
    async def main(clock: VirtualClock) -> None:
        async with managed(clock, url) as (house, manager):
            await manager.write(0, 1300, 0xFFFE, 700, 5)
            await house.until(lambda: 12 < house.car_a() < 13.3)
            await house.until(lambda: 6 < house.car_a() < 7.3)
            world = house.world
        async with home(clock, url, world, settings()) as house:
            await asyncio.sleep(100)
            assert 6 < house.car_a() < 7.3
            assert house.state.grants["garage"].limited_by == "energy_manager"
            await house.do(Action.RELEASE_MANAGER, None)
            await house.until(lambda: house.car_a() > 15)
            assert [event.author for event in await house.events() if event.kind == "manager.ended"] == ["ada"]

    run_virtual(main, START)


@pytest.mark.req("G-023")
def test_a_manager_only_narrows(url):
    async def main(clock: VirtualClock) -> None:
        async with managed(clock, url) as (house, manager):
            await house.do(Action.SET_USER_LIMIT, 8.0)
            await manager.write(0, 3200)
            await asyncio.sleep(20)
            assert house.car_a() < 8.2
            assert house.state.grants["garage"].limited_by == "user"
            await house.do(Action.PAUSE, True)
            await manager.write(0, 1600)
            await house.until(lambda: house.charger.state is ChargerState.SUSPENDED)

    run_virtual(main, START)


@pytest.mark.req("G-067")
def test_who_may_not_write_is_refused_and_what_is_wrong_changes_nothing(url):
    async def main(clock: VirtualClock) -> None:
        async with managed(clock, url) as (house, manager):
            refused = (
                (MUTE, 0, (1000,), "1"),
                (OWN, 0, (1000, 60, 300), "3"),
                (OWN, 2, (0, 601), "3"),
                (OWN, 6, (2,), "3"),
                (OWN, 8, (9,), "3"),
                (OWN, 7, (3,), "3"),
                (OWN, 10, (1,), "3"),
                (OWN, 11, (1,), "2"),
                (OWN, 100, (1,), "2"),
                (OWN, 5, (1, 0, 0, 99), "3"),
                (KEBA, 5004, (6000, 1), "2"),
                (KEBA, 5016, (5999,), "3"),
                (KEBA, 5010, (1,), "2"),
            )
            for unit, register, words, code in refused:
                with pytest.raises(DeviceRefused) as refusal:
                    await manager.write(register, *words, unit=unit)
                assert str(refusal.value.reason.params["code"]) == code, (unit, register, words)
            assert await manager.read(OWN, HOLDING, 0, 11) == (0xFFFF, 0xFFFF, 0, 60, 1, 0, 1, 0, 0, 1, 0)
            assert house.car_a() > 15
            assert not [event for event in await house.events() if event.kind.startswith("manager")]

    run_virtual(main, START)


def test_pause_and_enable_go_through_the_one_door_with_their_author(url):
    async def main(clock: VirtualClock) -> None:
        async with managed(clock, url) as (house, manager):
            await manager.write(9, 2)
            await house.until(lambda: house.car_a() == 0)
            assert house.state.options["garage"].paused
            await manager.write(9, 1)
            await house.until(lambda: house.car_a() > 9)
            await manager.write(6, 0)
            await house.until(lambda: house.charger.state is ChargerState.NOT_ENABLED)
            await asyncio.sleep(2)
            changes = [event for event in await house.events() if event.kind == "charger.options"]
            assert [(event.author, event.data["action"]) for event in changes] == [
                (f"modbus {HOST}", "pause"), (f"modbus {HOST}", "pause"), (f"modbus {HOST}", "enable"),
            ]  # fmt: skip
            house.world.unplug("garage")
            await house.until(lambda: house.charger.connected is False)
            with pytest.raises(DeviceRefused):
                await manager.write(9, 2, 1)

    run_virtual(main, START)


def test_the_common_map_drives_the_same_charger(url):
    async def main(clock: VirtualClock) -> None:
        async def number(register: int) -> int:
            high, low = await manager.read(KEBA, HOLDING, register, 2)
            return high << 16 | low

        async with managed(clock, url) as (house, manager):
            assert (await number(1000), await number(1004), await number(1006)) == (3, 7, 0)
            assert await number(1008) == pytest.approx(house.car_a() * 1000, abs=100)
            assert await number(1020) == pytest.approx(3 * 230 * house.car_a() * 1000, rel=0.02)
            assert (await number(1016), await number(1110), await number(1100)) == (312010, 32_000, 16_000)
            await manager.write(5004, 8000, unit=KEBA)
            await house.until(lambda: house.car_a() < 8.1)
            await manager.write(5016, 6000, unit=KEBA)
            await manager.write(5018, 10, unit=KEBA)
            for _ in range(4):
                await asyncio.sleep(5)
                await manager.write(5018, 10, unit=KEBA)
            assert house.car_a() > 7.5
            await house.until(lambda: house.car_a() < 6.1)
            assert (await number(1600), await number(1602)) == (6000, 10)
            await manager.write(5014, 0, unit=KEBA)
            await house.until(lambda: house.car_a() == 0)
            assert await number(1000) == 1

    run_virtual(main, START)


def test_what_is_shown_is_the_charger_and_unknown_is_not_0(url):
    async def main(clock: VirtualClock) -> None:
        async with managed(clock, url) as (house, manager):
            await asyncio.sleep(120)
            words = await manager.read(OWN, INPUT, 100, 21)
            assert (words[0].to_bytes(2, "big"), words[1], words[7]) == (b"C2", 2, 1)
            assert words[4] == round(100 * house.state.grants["garage"].current_a)
            amps, volts = await manager.read(OWN, INPUT, 130, 3), await manager.read(OWN, INPUT, 133, 3)
            assert amps[0] == pytest.approx(100 * house.car_a(), abs=5)
            assert all(2200 < volt < 2400 for volt in volts)
            session = house.charger.session
            assert session is not None
            assert session.energy_j is not None
            high, low = await manager.read(OWN, INPUT, 148, 2)
            assert (high << 16 | low) == pytest.approx(session.energy_j / 3600, abs=2)
            house.world.unplug("garage")
            await house.until(lambda: house.charger.connected is False)
            assert await manager.read(OWN, INPUT, 148, 2) == (0xFFFF, 0xFFFF)
            assert (await manager.read(OWN, INPUT, 101))[0] == 0
            assert text(await manager.read(OWN, INPUT, 16, 8)) == "garage"

    run_virtual(main, START)


@pytest.mark.parametrize(
    ("added", "said"),
    [
        (
            'as = "sdm630"\ncharger = "garage"',
            'serve.0.charger: got garage; allowed: only with as = "charger" or "keba"',
        ),
        ('as = "sdm630"\nwriters = ["127.0.0.1"]', 'serve.0.writers: got 127.0.0.1; allowed: only with as = "charger"'),
        ('as = "charger"', "serve.0.charger: got no charger; allowed: garage"),
        ('as = "keba"\ncharger = "yard"', "serve.0.charger: got 'yard'; allowed: garage"),
        ('as = "keba"\ncharger = "garage"\nchannel = "grid"', "serve.0.channel: got 'grid'; allowed: only for a meter"),
        (
            'as = "charger"\ncharger = "garage"\nwriters = ["line"]',
            "serve.0.writers: got line; allowed: the IP address of who may write",
        ),
        (
            'as = "charger"\ncharger = "garage"\nlisten = "serial:///dev/ttyUSB7"\nwriters = ["192.168.1.4"]',
            'serve.0.writers: got 192.168.1.4; allowed: "line": a serial line knows no addresses',
        ),
        (
            'as = "charger"\ncharger = "garage"\nwriters = ["ems.local"]',
            "serve.0.writers.0: got 'ems.local' (text); allowed: an IP address such as 192.168.1.40",
        ),
    ],
)
def test_a_charger_for_others_that_cannot_be_is_refused(added: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse(f"{GOOD}\n[[serve]]\n{added}\n", "site.toml")
    assert said in str(caught.value)
