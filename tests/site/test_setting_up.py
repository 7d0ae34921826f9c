"""The installer's changes on a running site: one door, at once, kept with their author, or nothing at all."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from ohmstead.core.model.errors import CommandRefused, ConfigurationError, DeviceUnreachable, Mistake
from ohmstead.core.model.events import AccessRole, Action, Command
from ohmstead.core.model.readings import PhaseReading, Reading
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.settings import DeviceSettings
from ohmstead.core.model.time import Instant
from ohmstead.drivers.virtual_time import VirtualClock, run_virtual
from ohmstead.site.curtailing import Curtailing
from ohmstead.texts import LANGUAGES, word
from tests.site.staging import SETTINGS, START, Home, Refusing, Wire, home

METERED = SETTINGS.model_copy(
    update={
        "devices": {
            **SETTINGS.devices,
            "grid": SETTINGS.devices["grid"].model_copy(update={"driver": "modbus", "meter": "old", "name": "Meter"}),
        }
    }
)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'site.db'}"


async def ask(house: Home, action: Action, value: object, role: AccessRole = "installer", target: str = "site") -> None:
    await house.site.submit(Command("ines", role, target, action, value))  # type: ignore[arg-type]  # wrong ones too


async def refusal(house: Home, action: Action, value: object, **more: str) -> Reason:
    with pytest.raises(CommandRefused) as caught:
        await ask(house, action, value, **more)  # type: ignore[arg-type]  # roles and targets of the rows
    assert all(word(caught.value.reason, language) for language in LANGUAGES)
    return caught.value.reason


@pytest.mark.req("EV-178", "EV-176")
def test_a_grid_limit_lowers_the_car_at_once_and_is_kept_with_its_author_and_history(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, url) as house:
            await house.until(lambda: house.car_a() > 15.5)
            await ask(house, Action.SET_GRID_LIMIT, 8_000)
            assert house.state.grants["garage"].limited_by == "contract_power"
            assert house.site.settings.site.contract_power_w == 8_000.0
            await house.until(lambda: house.world.measure("grid").power_w <= 8_000.0)
            await ask(house, Action.SET_GRID_LIMIT, 9_000.0)
            kept = await clock.outside(house.store.documents.history("site.settings", "site"))
            assert [(one.author, one.body["site"]["contract_power_w"]) for one in kept] == [
                ("ines", 9_000.0),
                ("ines", 8_000.0),
            ]
            told = [event for event in await house.events() if event.kind == "site.settings"]
            assert [(event.author, event.target, event.data["value"]) for event in told] == [
                ("ines", "site", 8_000),
                ("ines", "site", 9_000.0),
            ]

    run_virtual(main, START)


@pytest.mark.req("EV-178")
@pytest.mark.parametrize(
    ("value", "key"),
    [
        (499.9, "command.grid_limit_range"),
        (6, "command.grid_limit_range"),
        (-6_000.0, "command.grid_limit_range"),
        (2_000_001.0, "command.grid_limit_range"),
        (float("nan"), "command.watts"),
        (float("inf"), "command.watts"),
        (True, "command.watts"),
        ("6000", "command.watts"),
        (None, "command.watts"),
    ],
)
def test_a_limit_that_cannot_be_is_refused_and_nothing_changes(url: str, value: object, key: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, url) as house:
            assert (await refusal(house, Action.SET_GRID_LIMIT, value)).key == key
            assert house.site.settings == SETTINGS
            assert await clock.outside(house.store.documents.get("site.settings", "site")) is None

    run_virtual(main, START)


def test_it_is_for_installers_for_the_site_and_needs_a_grid_meter(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, url) as house:
            for role in ("viewer", "user"):
                assert (await refusal(house, Action.SET_GRID_LIMIT, 6_000, role=role)).key == "command.role"
            wrong = await refusal(house, Action.SET_GRID_LIMIT, 6_000, target="garage")
            assert wrong.key == "command.target_site"
            assert (await refusal(house, Action.SET_GRID_METER, "x")).key == "command.no_other_model"
        async with home(clock, url, settings=SETTINGS.model_copy(update={"devices": {}})) as house:
            assert (await refusal(house, Action.SET_GRID_LIMIT, 6_000)).key == "verification.no_grid_meter"

    run_virtual(main, START)


def test_while_the_disk_is_full_a_limit_holds_and_is_kept_later(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, url) as house:
            disk = Refusing(house.store)
            disk.refuses = True
            await ask(house, Action.SET_GRID_LIMIT, 8_000)
            assert house.site.settings.site.contract_power_w == 8_000
            disk.refuses = False
            await asyncio.sleep(10)
            kept = await clock.outside(house.store.documents.get("site.settings", "site"))
            assert kept is not None
            assert kept.author == "ines"

    run_virtual(main, START)


class Bench:
    """Opens meters at the grid meter's place: what they show, whether they answer, who was closed."""

    def __init__(self) -> None:
        self.house: Home | None = None
        self.shows = lambda reading: reading
        self.silent = False
        self.opened: list[str] = []
        self.closed: list[str] = []

    def __call__(self, name: str, device: DeviceSettings) -> "Model":
        if device.meter == "unknown":
            raise ConfigurationError((Mistake("devices.grid.meter", "'unknown'", "a model"),))
        self.opened.append(device.meter or "")
        return Model(self, device.meter or "")


class Model:
    """The grid meter read as a model."""

    def __init__(self, bench: Bench, model: str) -> None:
        self.bench, self.model = bench, model

    async def read(self) -> Reading:
        assert self.bench.house is not None
        await asyncio.sleep(0.05)
        if self.bench.silent:
            raise DeviceUnreachable(Reason("device.unreachable", {"where": "here", "deadline_s": "1 s"}))
        return self.bench.shows(await self.bench.house.wires["grid"].meter.read())

    async def close(self) -> None:
        self.bench.closed.append(self.model)


def millivolts(reading: Reading) -> Reading:
    return replace(reading, phases={phase: PhaseReading(0.23, 1.0, 230.0) for phase in reading.phases})


@pytest.mark.req("EV-178")
def test_a_model_is_read_twice_before_it_is_taken_over_and_kept(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        bench = Bench()
        async with home(clock, url, settings=METERED, opener=bench) as house:
            bench.house = house
            await house.until(lambda: house.car_a() > 15)
            await ask(house, Action.SET_GRID_METER, "new")
            assert house.site.settings.devices["grid"].meter == "new"
            wire: Wire = house.wires["grid"]
            wire.cut = True
            await asyncio.sleep(5)
            assert house.state.snapshot.channels["grid"].quality == "good"
            assert house.car_a() > 15
            kept = await clock.outside(house.store.documents.get("site.settings", "site"))
            assert kept is not None
            assert (kept.author, kept.body["devices"]["grid"]["meter"]) == ("ines", "new")
            (event,) = [event for event in await house.events() if event.kind == "site.settings"]
            assert event.reason == Reason("event.set_grid_meter", {"device": "Meter", "model": "new"})
            assert bench.closed == []
        assert bench.closed == ["new"]

    run_virtual(main, START)


@pytest.mark.req("EV-178")
def test_a_model_that_is_silent_or_shows_what_no_grid_has_changes_nothing(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        bench = Bench()
        async with home(clock, url, settings=METERED, opener=bench) as house:
            bench.house = house
            await house.until(lambda: house.car_a() > 15)
            bench.silent = True
            assert (await refusal(house, Action.SET_GRID_METER, "new")).key == "device.unreachable"
            bench.silent, bench.shows = False, millivolts
            assert (await refusal(house, Action.SET_GRID_METER, "new")).key == "meter_trial.voltage"
            assert (await refusal(house, Action.SET_GRID_METER, "unknown")).key == "command.meter_model"
            assert (await refusal(house, Action.SET_GRID_METER, 7.0)).key == "command.meter_model"
            assert bench.closed == ["new", "new"]
            assert house.site.settings == METERED
            assert house.car_a() > 15
            assert await clock.outside(house.store.documents.get("site.settings", "site")) is None

    run_virtual(main, START)


def test_one_model_is_tried_at_a_time_and_none_while_the_wiring_is_tested(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        bench = Bench()
        async with home(clock, url, settings=METERED, opener=bench) as house:
            bench.house = house
            first = asyncio.create_task(ask(house, Action.SET_GRID_METER, "new"))
            await asyncio.sleep(0.1)
            assert (await refusal(house, Action.SET_GRID_METER, "other")).key == "command.trying"
            await first
            house.site.verify("garage", "ines", "installer")
            assert (await refusal(house, Action.SET_GRID_METER, "other")).key == "command.verifying"
            await ask(house, Action.SET_GRID_LIMIT, 9_000)

    run_virtual(main, START)


def test_who_gives_up_while_a_model_is_tried_leaves_nothing_behind(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        bench = Bench()
        async with home(clock, url, settings=METERED, opener=bench) as house:
            bench.house = house
            trying = asyncio.create_task(ask(house, Action.SET_GRID_METER, "new"))
            await asyncio.sleep(0.1)
            trying.cancel()
            await asyncio.sleep(0.5)
            assert bench.closed == ["new"]
            assert house.site.settings == METERED
            await ask(house, Action.SET_GRID_METER, "new")

    run_virtual(main, START)


@pytest.mark.req("EV-145", "EV-151")
def test_how_chargers_share_is_set_at_once_and_kept_with_its_author(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, url) as house:
            await ask(house, Action.SET_POWER_SHARING, False)
            await ask(house, Action.SET_TURN, 15)
            sharing = house.site.settings.site.sharing
            assert (sharing.power_sharing, sharing.slot_min) == (False, 15)
            (kept, *_) = await clock.outside(house.store.documents.history("site.settings", "site"))
            assert kept.author == "ines"
            assert kept.body["site"]["sharing"] == {"power_sharing": False, "slot_min": 15}
            for action, value, key in (
                (Action.SET_TURN, 7, "command.turn"),
                (Action.SET_TURN, True, "command.turn"),
                (Action.SET_POWER_SHARING, "yes", "command.switch"),
            ):
                assert (await refusal(house, action, value)).key == key
            assert (await refusal(house, Action.SET_TURN, 5, role="user")).key == "command.role"
            assert house.site.settings.site.sharing == sharing

    run_virtual(main, START)


@pytest.mark.req("G-023")
def test_the_grid_operator_s_curtailment_lowers_the_car_at_once_and_ends_in_its_time(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, url) as house:
            await house.until(lambda: house.car_a() > 15.5)
            until = clock.now().plus(100).utc
            curtail = Command("ines", "installer", "site", Action.CURTAIL, 4_200.0, until=until)
            await house.site.submit(curtail)
            grant = house.state.grants["garage"]
            assert grant.limited_by == "grid_operator"
            assert (len(grant.phases), grant.current_a) in ((3, 6.0), (3, 6.1))
            await house.until(lambda: house.state.grants["garage"].limited_by != "grid_operator")
            assert clock.now().utc >= until
            past = replace(curtail, until=until)
            for wrong, key in (
                (past, "command.until_past"),
                (replace(curtail, value=-1.0), "command.curtail_range"),
                (replace(curtail, value=True), "command.watts"),
                (replace(curtail, role="user"), "command.role"),
                (replace(curtail, target="garage"), "command.target_site"),
            ):
                with pytest.raises(CommandRefused) as caught:
                    await house.site.submit(wrong)
                assert caught.value.reason.key == key
                assert all(word(caught.value.reason, language) for language in LANGUAGES)

    run_virtual(main, START)


def test_a_curtailment_outlives_a_restart_and_one_that_cannot_be_read_stops_charging() -> None:
    now = Instant(START, 50.0)
    first, second = Curtailing(), Curtailing()
    first.change(Command("ines", "installer", "site", Action.CURTAIL, 4_200.0, until=now.plus(60).utc), now)
    (document,) = first.take()
    second.recall(document.body)
    assert (second.limit_w(now), second.limit_w(now.plus(60))) == (4_200.0, None)
    with pytest.raises(ValueError, match="curtailment"):
        second.recall({"limit_w": "much"})
    assert second.limit_w(now) == 0.0
    second.change(Command("ines", "installer", "site", Action.CURTAIL, None), now)
    assert second.limit_w(now) is None
