"""Every row of a charger's settings does what it says, seen at the car, its pilot, its card, never in the store.

A row first shows the house without the change, then sets it through the one door, then what is different.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ohmstead.core.model.authorization import CardReaderSettings
from ohmstead.core.model.chargers import ChargerState
from ohmstead.core.model.errors import CommandRefused
from ohmstead.core.model.events import AccessRole, Action
from ohmstead.core.model.modes import GreenOptions
from ohmstead.core.model.parameters import PARAMETERS, Now, asked
from ohmstead.core.model.quantities import PHASES, Role
from ohmstead.core.model.settings import BoardSettings, ChargerSettings, DeviceSettings, Settings
from ohmstead.core.plant.settings import (
    CAR_11_KW,
    BatterySettings,
    CarSettings,
    CircuitSettings,
    LoadSettings,
    WorldSettings,
)
from ohmstead.core.plant.settings import ChargerSettings as PlantCharger
from ohmstead.core.plant.world import World
from ohmstead.drivers.virtual_time import VirtualClock, run_virtual
from ohmstead.web.render import picture
from tests.site.staging import SETTINGS, START, Home, home
from tests.site.test_setting_up import METERED, Bench

ROWS = {parameter.key: parameter for parameter in PARAMETERS}
READER = CardReaderSettings(driver="plant", connect="plant://garage")
CARD = "04A1B2C3"
Story = Callable[["Stand"], Awaitable[None]]


@dataclass
class Stand:
    """A running house, the hand at its settings, and the meters that can be opened."""

    house: Home
    bench: Bench

    async def set(self, key: str, value: Any, role: AccessRole = "owner") -> None:
        now = Now(self.house.site.settings, "garage", self.house.site.modes.options_of("garage"))
        await self.house.site.submit(asked(ROWS[key], now, value, "ada", role))

    async def stays(self, holds: Callable[[], bool], seconds: float) -> None:
        for _ in range(round(seconds)):
            assert holds()
            await asyncio.sleep(1)

    async def comes(self, holds: Callable[[], bool], seconds: float = 60) -> None:
        for _ in range(round(seconds)):
            if holds():
                return
            await asyncio.sleep(1)
        raise AssertionError("it never came")

    def car_a(self, charger: str = "garage") -> float:
        return max(phase.current_a for phase in self.house.world.measure(charger).phases)

    @property
    def phases(self) -> int:
        """How many carry current to the car."""
        return sum(abs(phase.current_a) > 1.0 for phase in self.house.world.measure("garage").phases)

    @property
    def charges(self) -> bool:
        return self.car_a() > 5.5

    @property
    def state(self) -> ChargerState:
        return self.house.charger.state

    def surplus(self, watts: float) -> None:
        self.house.world.set_watts("house", dict.fromkeys(PHASES, -watts / 3))
        self.house.world.set_watts("oven", {"L2": 0.0})

    async def own_mode(self, **more: Any) -> None:
        await self.house.do(Action.SET_GREEN, GreenOptions(**more))
        await self.house.do(Action.SET_MODE, "green")


@dataclass(frozen=True)
class Place:
    """The building of a row where it is not the usual one."""

    car: CarSettings = CAR_11_KW
    plugged: bool = True
    settings: dict[str, Any] = field(default_factory=dict)
    """Of the garage."""
    base: Settings = SETTINGS
    chargers: tuple[str, ...] = ("garage",)
    battery: bool = False
    fuse_a: float = 25.0
    switches: bool = False


async def mode(stand: Stand) -> None:
    await stand.comes(lambda: stand.charges)
    await stand.set("mode", "green")
    await stand.comes(lambda: stand.car_a() == 0, 400)


async def user_limit(stand: Stand) -> None:
    await stand.comes(lambda: stand.car_a() > 15)
    await stand.set("user_limit", 8)
    await stand.comes(lambda: stand.car_a() < 8.2)
    await stand.set("user_limit", None)
    await stand.comes(lambda: stand.car_a() > 15, 120)


async def green_operation(stand: Stand) -> None:
    await stand.own_mode()
    stand.surplus(3400)
    await stand.stays(lambda: not stand.charges, 150)
    await stand.set("green_operation", "hybrid")
    await stand.comes(lambda: stand.charges, 150)


async def green_percent(stand: Stand) -> None:
    await stand.own_mode(operation="hybrid")
    stand.surplus(2500)
    await stand.stays(lambda: not stand.charges, 150)
    await stand.set("green_percent", 50)
    await stand.comes(lambda: stand.charges, 150)


async def minimum_export(stand: Stand) -> None:
    await stand.own_mode()
    await stand.set("minimum_export", 1500)
    stand.surplus(5000)
    await stand.stays(lambda: not stand.charges, 150)
    await stand.set("minimum_export", 0)
    await stand.comes(lambda: stand.charges, 150)


async def surplus_order(stand: Stand) -> None:
    await stand.own_mode()
    stand.surplus(5500)
    await stand.stays(lambda: not stand.charges, 150)
    await stand.set("surplus_order", "car_first")
    await stand.comes(lambda: stand.charges, 150)


async def default_mode(stand: Stand) -> None:
    await stand.house.do(Action.SET_MODE, "programmed")
    await stand.comes(lambda: stand.charges)
    await stand.set("default_mode", "off")
    await stand.comes(lambda: stand.car_a() == 0)


async def priority(stand: Stand) -> None:
    await stand.comes(lambda: abs(stand.car_a() - stand.car_a("carport")) < 0.5 and stand.charges, 120)
    await stand.set("priority", 4)
    await stand.comes(lambda: stand.car_a() > stand.car_a("carport") + 2, 120)


async def power_sharing(stand: Stand) -> None:
    await stand.comes(lambda: abs(stand.car_a() - stand.car_a("carport")) < 0.5 and stand.charges, 120)
    await stand.set("power_sharing", False)
    await stand.comes(lambda: abs(stand.car_a() - stand.car_a("carport")) > 3, 120)


async def load_management(stand: Stand) -> None:
    stand.house.world.set_watts("house", dict.fromkeys(PHASES, 3000.0))
    await stand.comes(lambda: stand.house.state.grants["garage"].limited_by.startswith("main_fuse"))
    await stand.set("load_management", False)
    await stand.comes(lambda: stand.house.state.grants["garage"].limited_by == "installation")
    assert "load_management_off" in [one.code for one in stand.house.state.attention]
    with pytest.raises(CommandRefused) as refused:
        await stand.set("mode", "green")
    assert refused.value.reason.key == "command.green_without_load_management"
    await stand.set("load_management", True)
    await stand.comes(lambda: stand.car_a() < 13)
    assert "load_management_off" not in [one.code for one in stand.house.state.attention]


async def grid_meter(stand: Stand) -> None:
    stand.bench.house = stand.house
    await stand.set("grid_meter", "new")
    stand.house.wires["grid"].cut = True
    await asyncio.sleep(5)
    assert stand.house.state.snapshot.channels["grid"].quality == "good"


async def grid_limit(stand: Stand) -> None:
    await stand.comes(lambda: stand.car_a() > 15)
    await stand.set("grid_limit", 8000)
    await stand.comes(lambda: stand.house.world.measure("grid").power_w <= 8000, 10)


async def authorize_app(stand: Stand) -> None:
    await stand.set("authorize_app", True)
    stand.house.world.plug("garage")
    await stand.comes(lambda: stand.state is ChargerState.WAITING_AUTHORISATION)
    await stand.stays(lambda: stand.car_a() == 0, 30)
    await stand.house.do(Action.AUTHORIZE, None)
    await stand.comes(lambda: stand.charges)


async def authorize_card(stand: Stand) -> None:
    await stand.house.site.cards.add(CARD, "Anna", "ada", "owner")
    await stand.set("authorize_card", True)
    stand.house.world.plug("garage")
    await stand.comes(lambda: stand.state is ChargerState.WAITING_AUTHORISATION)
    await stand.stays(lambda: stand.car_a() == 0, 30)
    stand.house.readers["garage"].tap(CARD)
    await stand.comes(lambda: stand.charges)


async def name(stand: Stand) -> None:
    await stand.set("name", "  Left  place ")
    shown = picture(stand.house.state, stand.house.site.settings)["chargers"]["garage"]
    assert shown["name"] == "Left place"
    await stand.set("name", None)
    assert picture(stand.house.state, stand.house.site.settings)["chargers"]["garage"]["name"] == "garage"


async def max_current(stand: Stand) -> None:
    await stand.comes(lambda: stand.car_a() > 15)
    await stand.set("max_current", 10)
    await stand.comes(lambda: stand.car_a() < 10.2, 8)
    assert stand.house.state.grants["garage"].limited_by == "installation"


async def fallback_current(stand: Stand) -> None:
    await stand.comes(lambda: stand.car_a() > 15)
    await stand.set("fallback_current", 7)
    stand.house.wires["grid"].cut = True
    await stand.comes(lambda: stand.car_a() < 7.2)
    await stand.stays(lambda: 6.8 < stand.car_a() < 7.2, 30)
    await stand.set("fallback_current", 0)
    await stand.comes(lambda: stand.car_a() == 0)


async def earthing(stand: Stand) -> None:
    board = stand.house.world.board("garage")
    await stand.comes(lambda: stand.charges)
    assert board._commands.earth_test
    await stand.set("earthing", "it")
    await stand.comes(lambda: not board._commands.earth_test, 3)


async def ventilated(stand: Stand) -> None:
    await stand.stays(lambda: stand.car_a() == 0, 40)
    await stand.set("ventilated", True)
    await stand.comes(lambda: stand.charges)


async def wake_up(stand: Stand) -> None:
    await stand.set("wake_up", "off")
    await stand.house.do(Action.ENABLE, False)
    stand.house.world.plug("garage")
    await asyncio.sleep(60)
    await stand.house.do(Action.ENABLE, True)
    await stand.stays(lambda: not stand.charges, 90)
    await stand.set("wake_up", "once")
    await stand.comes(lambda: stand.charges, 120)


async def phase_switching(stand: Stand) -> None:
    await stand.comes(lambda: stand.phases == 3, 120)
    await stand.set("phase_switching", "one")
    await stand.comes(lambda: stand.phases == 1, 120)


async def phase_pause(stand: Stand) -> None:
    await stand.comes(lambda: stand.phases == 3, 120)
    await stand.set("phase_pause", 20)
    await stand.set("phase_switching", "one")
    await stand.stays(lambda: stand.phases != 1, 20)
    await stand.comes(lambda: stand.phases == 1, 30)


async def phase_switchings(stand: Stand) -> None:
    await stand.comes(lambda: stand.phases == 3, 120)
    await stand.set("phase_pause", 10)
    await stand.set("phase_switchings", 1)
    await stand.set("phase_switching", "one")
    await stand.comes(lambda: stand.phases == 1, 60)
    await stand.set("phase_switching", "three")
    await stand.stays(lambda: stand.phases == 1, 40)


BOTH = Place(chargers=("garage", "carport"), fuse_a=24.0)
ABLE = Place(switches=True)
EFFECTS: dict[Story, Place] = {
    mode: Place(),
    user_limit: Place(),
    green_operation: Place(),
    green_percent: Place(),
    minimum_export: Place(),
    surplus_order: Place(battery=True),
    default_mode: Place(),
    priority: BOTH,
    power_sharing: BOTH,
    load_management: Place(),
    grid_meter: Place(base=METERED),
    grid_limit: Place(),
    authorize_app: Place(plugged=False),
    authorize_card: Place(plugged=False, settings={"reader": READER}),
    name: Place(),
    max_current: Place(),
    fallback_current: Place(),
    earthing: Place(),
    ventilated: Place(car=CarSettings(ventilation=True)),
    wake_up: Place(car=CarSettings(sleeps_s=20.0), plugged=False),
    phase_switching: ABLE,
    phase_pause: ABLE,
    phase_switchings: ABLE,
}


def world(place: Place) -> World:
    return World(
        WorldSettings(
            start=START,
            main_fuse_a=None,
            circuits=(CircuitSettings("oven", ("L2",)),),
            loads=(
                LoadSettings("house", dict.fromkeys(PHASES, 230.0)),
                LoadSettings("oven", {"L2": 1000.0}, circuit="oven"),
            ),
            battery=BatterySettings(10.0, 3000.0, 3000.0, charge=0.3) if place.battery else None,
            chargers=tuple(
                PlantCharger(name, plugged=place.plugged, car=place.car, switches_phases=place.switches)
                for name in place.chargers
            ),
        )
    )


def settings(place: Place) -> Settings:
    garage = place.base.chargers["garage"].model_copy(update=place.settings)
    carport = ChargerSettings(board=BoardSettings(connect="plant://carport"), max_current_a=16.0)
    battery = {"battery": DeviceSettings(driver="plant", connect="plant://battery", role=Role.BATTERY)}
    chargers = {"garage": garage, "carport": carport}
    return place.base.model_copy(
        update={
            "site": place.base.site.model_copy(update={"main_fuse_a": place.fuse_a}),
            "devices": place.base.devices | (battery if place.battery else {}),
            "chargers": {name: chargers[name] for name in place.chargers},
        }
    )


def test_every_row_has_its_effect_and_its_words() -> None:
    assert {effect.__name__ for effect in EFFECTS} == ROWS.keys()


@pytest.mark.parametrize(
    ("effect", "place"),
    [
        pytest.param(*row, id=row[0].__name__, marks=pytest.mark.req(ROWS[row[0].__name__].requirement))
        for row in EFFECTS.items()
    ],
)
def test_a_setting_does_what_it_says(effect: Story, place: Place, tmp_path: Path) -> None:
    async def main(clock: VirtualClock) -> None:
        bench = Bench()
        url = f"sqlite:///{tmp_path / 'site.db'}"
        async with home(clock, url, world(place), settings(place), opener=bench, pilot_s=0.25) as house:
            await effect(Stand(house, bench))

    run_virtual(main, START)
