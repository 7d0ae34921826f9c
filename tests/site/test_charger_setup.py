"""Restart, factory reset and another vehicle meter: what each takes, what it leaves, and when it is refused."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from ohmstead.core.model.authorization import CardReaderSettings
from ohmstead.core.model.chargers import ChargerOptions, ChargerState
from ohmstead.core.model.errors import CommandRefused
from ohmstead.core.model.events import AccessRole, Action, Command
from ohmstead.core.model.installation import Installation, VehicleMeterChoice
from ohmstead.core.model.modes import GreenOptions, Program, WeekPlan, six
from ohmstead.core.model.networks import JoinWifi
from ohmstead.core.model.quantities import Role
from ohmstead.core.model.settings import DeviceSettings, Settings
from ohmstead.core.plant.settings import ChargerSettings as PlantCharger
from ohmstead.core.plant.settings import CircuitSettings, WorldSettings
from ohmstead.core.plant.world import World
from ohmstead.drivers.plant import PlantMeter
from ohmstead.drivers.plant_networks import PlantNetworks
from ohmstead.drivers.ports import Meter
from ohmstead.drivers.virtual_time import VirtualClock, run_virtual
from ohmstead.site.start import kept_settings
from tests.site.staging import SETTINGS, START, Home, Wire, building, home

READER = CardReaderSettings(driver="plant", connect="plant://garage")
CHOICE = VehicleMeterChoice(model="eastron-sdm630", connect="tcp://192.168.1.40:502", unit=3)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'site.db'}"


def read_by_cards() -> Settings:
    garage = SETTINGS.chargers["garage"].model_copy(update={"reader": READER})
    return SETTINGS.model_copy(update={"chargers": {"garage": garage}})


async def ask(house: Home, action: Action, value: Any = None, role: AccessRole = "owner") -> None:
    await house.site.submit(Command("ada", role, "garage", action, value))


async def refusal(house: Home, action: Action, value: Any = None, role: AccessRole = "owner") -> str:
    with pytest.raises(CommandRefused) as caught:
        await ask(house, action, value, role)
    return caught.value.reason.key


@pytest.mark.req("EV-036", "G-131")
def test_a_restart_opens_the_contactor_and_goes_on_with_the_same_session(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, url) as house:
            await house.until(lambda: house.car_a() > 15)
            session = house.charger.session
            assert session is not None
            await ask(house, Action.SET_USER_LIMIT, 10.0)
            assert await refusal(house, Action.RESTART, role="user") == "command.role"
            await ask(house, Action.RESTART)
            await house.until(lambda: house.charger.state is ChargerState.INITIALISING)
            took_s = await house.until(lambda: not house.world.board("garage").contact)
            assert took_s < 2
            assert house.charger.state is ChargerState.INITIALISING, "it takes its time"
            await house.until(lambda: 9 < house.car_a() < 10.2)
            again = house.charger.session
            assert again is not None
            assert (again.id, again.connected_at.utc) == (session.id, session.connected_at.utc)
            told = [event.kind for event in await house.events()]
            assert told.count("charger.restart") == 1
            assert "session.ended" not in told

    run_virtual(main, START)


@pytest.mark.req("G-050", "G-031", "EV-037")
def test_a_factory_reset_takes_what_people_set_and_leaves_what_the_building_needs(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, url, settings=read_by_cards(), networks=PlantNetworks()) as house:
            await house.until(lambda: house.car_a() > 15)
            joined = JoinWifi(ssid="Via Roma 12", key="sunshine")
            await house.site.submit(Command("ada", "owner", "site", Action.JOIN_WIFI, joined))
            assert [link.ssid for link in house.site.networks.now.links] == [None, "Via Roma 12", None]
            await ask(house, Action.SET_NAME, "Left place")
            await ask(house, Action.SET_INSTALLATION, Installation(max_current_a=13.0, ventilated=True))
            await ask(house, Action.SET_USER_LIMIT, 8.0)
            await ask(house, Action.SET_GREEN, GreenOptions(operation="hybrid", minimum_percent=50))
            await ask(house, Action.SET_PRIORITY, 4)
            await ask(house, Action.SET_AUTHORIZATION, "both")
            await ask(house, Action.SET_PROGRAMS, WeekPlan(programs=six([Program(days=("mon",))]), default_mode="off"))
            await house.site.cards.add("04A1B2C3", "Anna", "ada", "owner")
            before = house.charger
            events = len(await house.events())
            assert await refusal(house, Action.FACTORY_RESET, role="installer") == "command.role"
            await ask(house, Action.FACTORY_RESET)
            assert house.site.modes.options_of("garage") == ChargerOptions()
            assert house.site.cards.cards == ()
            assert [link.ssid for link in house.site.networks.now.links] == [None, None, None]
            assert house.site.cards.name("04A1B2C3") == "Anna", "old sessions still tell whose they were"
            await house.until(lambda: house.charger.state is ChargerState.INITIALISING)
            await house.until(lambda: 12 < house.car_a() < 13.2)
            after, garage = house.charger, house.site.settings.chargers["garage"]
            assert (garage.name, garage.max_current_a, garage.ventilated) == (None, 13.0, True)
            assert garage.board == SETTINGS.chargers["garage"].board
            assert after.energy_j is not None
            assert before.energy_j is not None
            assert after.energy_j >= before.energy_j > 0
            assert after.session is not None
            assert before.session is not None
            assert after.session.id == before.session.id
            assert len(await house.events()) > events
            kept = await clock.outside(kept_settings(house.store))
            assert kept.chargers["garage"].name is None
            assert kept.chargers["garage"].max_current_a == 13.0
        async with home(clock, url, settings=read_by_cards()) as house:
            assert house.site.modes.options_of("garage") == ChargerOptions()
            assert house.site.cards.cards == ()

    run_virtual(main, START)


@pytest.mark.req("G-050")
def test_cards_stay_where_another_charger_reads_them(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        both = read_by_cards()
        carport = both.chargers["garage"].model_copy(
            update={"board": both.chargers["garage"].board.model_copy(update={"connect": "plant://carport"})}
        )
        two = both.model_copy(update={"chargers": {**both.chargers, "carport": carport}})
        chargers = (PlantCharger("garage"), PlantCharger("carport"))
        world = World(WorldSettings(start=START, circuits=(CircuitSettings("oven", ("L2",)),), chargers=chargers))
        async with home(clock, url, world, two) as house:
            await house.site.cards.add("04A1B2C3", "Anna", "ada", "owner")
            await ask(house, Action.FACTORY_RESET)
            assert [card.id for card in house.site.cards.cards] == ["04A1B2C3"]

    run_virtual(main, START)


class Meters:
    """Opens the meter of the garage's feeder, as any model."""

    def __init__(self) -> None:
        self.house: Home | None = None
        self.opened: list[DeviceSettings] = []
        self.silent = False

    def __call__(self, name: str, device: DeviceSettings) -> Meter:
        assert self.house is not None
        self.opened.append(device)
        wire = Wire(PlantMeter(self.house.stage, name, "garage", ("L1", "L2", "L3"), produces=False))
        wire.cut = self.silent
        self.house.wires[name] = wire
        return wire


@pytest.mark.req("EV-295", "EV-186", "EV-175")
def test_a_vehicle_meter_is_read_first_and_then_accounts_sessions_until_it_is_taken_off(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        meters = Meters()
        async with home(clock, url, building(plugged=False), opener=meters) as house:
            meters.house = house
            meters.silent = True
            await asyncio.sleep(3)
            assert await refusal(house, Action.SET_VEHICLE_METER, CHOICE) == "device.unreachable"
            assert house.site.settings == SETTINGS
            meters.silent = False
            assert await refusal(house, Action.SET_VEHICLE_METER, CHOICE, role="user") == "command.role"
            await ask(house, Action.SET_VEHICLE_METER, CHOICE)
            device = house.site.settings.devices["garage-meter"]
            assert (device.meter, device.connect, device.unit, device.role) == (
                "eastron-sdm630",
                "tcp://192.168.1.40:502",
                3,
                Role.VEHICLE,
            )
            await asyncio.sleep(3)
            assert house.charger.meter is not None
            house.world.plug("garage")
            await house.until(lambda: house.car_a() > 15)
            assert await refusal(house, Action.SET_VEHICLE_METER) == "setting.unplug_first"
            await asyncio.sleep(30)
            house.world.unplug("garage")
            await asyncio.sleep(5)
            await ask(house, Action.SET_VEHICLE_METER)
            assert "garage-meter" not in house.site.settings.devices
            await asyncio.sleep(2)
            assert house.charger.meter is None
            house.world.plug("garage")
            await house.until(lambda: house.car_a() > 15)
            await asyncio.sleep(10)
            house.world.unplug("garage")
            await asyncio.sleep(8)
            ended = [event for event in await house.events() if event.kind == "session.ended"]
            assert [event.data["measured_by"] for event in ended] == ["vehicle_meter", "board"]
            assert all(event.data["energy_j"] > 50_000 for event in ended)
            total_j = house.charger.energy_j
            assert total_j == pytest.approx(house.world.measure("garage").energy_import_j, rel=0.01)

    run_virtual(main, START)


@pytest.mark.req("EV-295")
def test_a_meter_at_an_address_in_use_is_refused_and_nothing_is_opened(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        meters = Meters()
        taken = {"board": SETTINGS.chargers["garage"].board.model_copy(update={"connect": CHOICE.connect, "unit": 3})}
        garage = SETTINGS.chargers["garage"].model_copy(update=taken)
        async with home(clock, url, settings=SETTINGS.model_copy(update={"chargers": {"garage": garage}})) as house:
            house.world.unplug("garage")
            await asyncio.sleep(3)
            assert await refusal(house, Action.SET_VEHICLE_METER, CHOICE) == "setting.conflict"
            assert meters.opened == []

    run_virtual(main, START)
