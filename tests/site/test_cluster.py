"""A master and slaves as whole sites on virtual time: sharing, cards, the app's word, members that come and go."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ohmstead.core.model.chargers import ChargerState
from ohmstead.core.model.errors import CommandRefused, ConfigurationError, DeviceUnreachable
from ohmstead.core.model.events import Action, Command
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.settings import BoardSettings, Settings
from ohmstead.drivers.cluster_member import ClusterMember, MemberWords
from ohmstead.drivers.virtual_time import VirtualClock, run_virtual
from ohmstead.site.configuration import validate
from ohmstead.transport.address import parse
from ohmstead.transport.modbus_client import Buses
from ohmstead.transport.pipe import HOST
from tests.site.staging import START, Home, building, home

CARD, STRANGE = "04A1B2C3", "0405060708090A"


def slave(port: int, fallback_a: float = 0.0, led_from: str | None = HOST, **more: Any) -> Settings:
    """A site whose one charger is led from there, or from whoever it is paired with."""
    charger = {"board": {"connect": "plant://garage", "driver": "plant"}, "max_current_a": 16.0, **more}
    cluster = {"role": "slave", "listen": f"tcp://{HOST}:{port}", "fallback_current_a": fallback_a}
    body = {"site": {"name": f"Slave {port}", "timezone": "Europe/Rome"}, "chargers": {"garage": charger}}
    settings = Settings.model_validate({**body, "cluster": cluster})
    assert settings.cluster is not None
    return settings.model_copy(update={"cluster": settings.cluster.model_copy(update={"master": led_from})})


def member(port: int, **more: Any) -> dict[str, Any]:
    return {"board": {"driver": "cluster-member", "connect": f"tcp://{HOST}:{port}"}, "max_current_a": 16.0, **more}


def master(limit_a: float, members: dict[str, dict[str, Any]], own: bool = True) -> Settings:
    chargers = {"garage": {"board": {"connect": "plant://garage", "driver": "plant"}, "max_current_a": 16.0}}
    return Settings.model_validate(
        {
            "site": {"name": "Master", "timezone": "Europe/Rome"},
            "chargers": {**(chargers if own else {}), **members},
            "cluster": {"role": "master", "limit_a": limit_a, "name": "Yard"},
        }
    )


@dataclass
class Yard:
    """A master and its slaves."""

    master: Home
    slaves: dict[str, Home]
    cut: set[str]

    def cars_a(self) -> list[float]:
        return [self.master.car_a(), *(one.car_a() for one in self.slaves.values())]

    async def until(self, holds: Callable[[], bool]) -> float:
        return await self.master.until(holds)

    async def do(self, charger: str, action: Action, value: bool | float | str | None = None) -> None:
        await self.master.site.submit(Command("ada", "owner", charger, action, value))


class Cuttable(ClusterMember):
    """A slave whose answers are lost while its name is in ``cut``."""

    def __init__(self, name: str, board: BoardSettings, cut: set[str]) -> None:
        super().__init__(board.unit, Buses().open(parse(board.connect, name)))
        self._name, self._cut = name, cut

    async def read(self) -> MemberWords:
        if self._name in self._cut:
            raise DeviceUnreachable(Reason("device.unreachable", {"where": "here", "deadline_s": "1 s"}))
        return await super().read()


@asynccontextmanager
async def yard(
    clock: VirtualClock, folder: Path, settings: Settings, slaves: dict[str, Settings]
) -> AsyncIterator[Yard]:
    async with AsyncExitStack() as stack:
        led = {}
        for name, one in slaves.items():
            url = f"sqlite:///{folder / name}.db"
            led[name] = await stack.enter_async_context(home(clock, url, building(), one))
        cut: set[str] = set()

        def opener(name: str, board: BoardSettings) -> ClusterMember:
            return Cuttable(name, board, cut)

        house = await stack.enter_async_context(
            home(clock, f"sqlite:///{folder / 'master'}.db", building(), settings, member_opener=opener)
        )
        yield Yard(house, led, cut)


def played(folder: Path, settings: Settings, slaves: dict[str, Settings], play: Callable[[Yard], Any]) -> None:
    async def main(clock: VirtualClock) -> None:
        async with yard(clock, folder, settings, slaves) as at:
            await play(at)

    run_virtual(main, START)


@pytest.mark.req("EV-134", "EV-144", "EV-146", "EV-148", "G-063")
def test_the_higher_priority_is_served_first_and_what_is_left_goes_to_the_slave(tmp_path: Path) -> None:
    async def play(at: Yard) -> None:
        await at.do("garage", Action.SET_PRIORITY, 4)
        await at.do("yard", Action.SET_PRIORITY, 1)
        await at.until(lambda: at.cars_a()[0] > 15.5 and 7.5 < at.cars_a()[1] < 8.1)
        await asyncio.sleep(30)
        assert sum(at.cars_a()) <= 24.1
        await at.do("yard", Action.SET_PRIORITY, 4)
        await at.do("garage", Action.SET_PRIORITY, 1)
        await at.until(lambda: at.cars_a()[1] > 15.5 and 7.5 < at.cars_a()[0] < 8.1)

    played(tmp_path, master(24.0, {"yard": member(1502)}), {"yard": slave(1502)}, play)


@pytest.mark.req("EV-143", "EV-174", "G-064", "G-065")
def test_slaves_that_lose_the_master_stop_or_take_their_fixed_current_and_come_back(tmp_path: Path) -> None:
    members = {"off": member(1502), "fixed": member(1503, fallback_current_a=6.0)}

    async def play(at: Yard) -> None:
        await at.until(lambda: min(at.cars_a()) > 9.5)
        at.cut |= {"off", "fixed"}
        await asyncio.sleep(17)
        assert (at.slaves["off"].car_a(), round(at.slaves["fixed"].car_a())) == (0.0, 6)
        notices = {notice.code for notice in at.slaves["off"].state.attention}
        assert notices == {"cluster.master_lost"}
        assert at.slaves["off"].charger.state is ChargerState.SUSPENDED
        assert {notice.code for notice in at.master.state.attention} == {"cluster.silent"}
        await at.until(lambda: at.master.car_a() > 15.5)
        assert at.master.state.grants["off"].limited_by == "no_contact"
        at.cut.clear()
        await at.until(lambda: min(at.cars_a()) > 9.5)
        assert not at.master.state.attention
        assert sum(at.cars_a()) <= 30.1

    played(tmp_path, master(30.0, members), {"off": slave(1502), "fixed": slave(1503)}, play)


@pytest.mark.req("EV-171", "EV-172", "EV-173", "EV-174", "G-069")
def test_cards_of_the_master_let_a_slave_s_car_charge_and_without_contact_none_does(tmp_path: Path) -> None:
    reader = {"driver": "plant", "connect": "plant://garage"}

    async def tap(at: Yard, card: str) -> None:
        at.slaves["yard"].readers["garage"].tap(card)
        await asyncio.sleep(6)

    async def play(at: Yard) -> None:
        there = at.slaves["yard"]
        await at.master.site.cards.add(CARD, "Anna", "ada", "owner")
        await there.until(lambda: there.charger.state is ChargerState.WAITING_AUTHORISATION)
        await at.until(lambda: not at.master.site.cluster.shown().members[0].silent)
        await tap(at, STRANGE)
        assert there.charger.state is ChargerState.WAITING_AUTHORISATION
        at.cut.add("yard")
        await asyncio.sleep(20)
        await tap(at, CARD)
        assert there.car_a() == 0.0
        assert [e.kind for e in await there.events() if e.kind == "card.refused"] == ["card.refused"] * 2
        at.cut.clear()
        await asyncio.sleep(10)
        await tap(at, CARD)
        await there.until(lambda: there.car_a() > 10)
        seen = at.master.state.snapshot.chargers["yard"]
        assert seen.session is not None
        assert (seen.session.authorization, seen.authorization.verdict) == (f"RFID:{CARD}", "granted")

    settings = master(32.0, {"yard": member(1502, authorization="card")})
    played(tmp_path, settings, {"yard": slave(1502, reader=reader)}, play)


@pytest.mark.req("G-069", "EV-171")
def test_the_app_of_the_master_decides_for_a_slave_s_car_and_may_change_its_mind(tmp_path: Path) -> None:
    async def play(at: Yard) -> None:
        there = at.slaves["yard"]
        await there.until(lambda: there.charger.state is ChargerState.WAITING_AUTHORISATION)
        await at.until(lambda: not at.master.site.cluster.shown().members[0].silent)
        await at.do("yard", Action.REJECT)
        await there.until(lambda: there.charger.authorization.verdict == "rejected")
        await at.do("yard", Action.AUTHORIZE)
        await there.until(lambda: there.car_a() > 10)
        with pytest.raises(CommandRefused) as refused:
            await there.do(Action.AUTHORIZE, None, "owner")
        assert refused.value.reason.key == "command.locked_by_master"

    played(tmp_path, master(32.0, {"yard": member(1502, authorization="app")}), {"yard": slave(1502)}, play)


@pytest.mark.req("EV-168", "EV-169", "EV-170", "G-070")
def test_what_the_master_governs_is_locked_at_the_slave_and_the_rest_is_its_own(tmp_path: Path) -> None:
    async def play(at: Yard) -> None:
        there = at.slaves["yard"]
        await there.until(lambda: there.car_a() > 10)
        for action, value in ((Action.SET_MODE, "green"), (Action.SET_PRIORITY, 3), (Action.SET_AUTHORIZATION, "app")):
            with pytest.raises(CommandRefused) as refused:
                await there.do(action, value, "owner")
            assert refused.value.reason.key == "command.locked_by_master"
        await there.do(Action.SET_USER_LIMIT, 8.0)
        await there.until(lambda: 7 < there.car_a() < 8.1)
        await asyncio.sleep(10)
        assert at.master.state.grants["yard"].limited_by == "hardware"
        await at.do("yard", Action.ENABLE, False)
        await there.until(lambda: there.car_a() == 0.0)

    played(tmp_path, master(32.0, {"yard": member(1502)}), {"yard": slave(1502)}, play)


@pytest.mark.req("EV-135", "EV-138", "EV-291", "G-071")
def test_members_come_and_go_while_the_master_runs(tmp_path: Path) -> None:
    async def play(at: Yard) -> None:
        there, door = at.slaves["yard"], at.master.site.cluster
        await at.until(lambda: at.master.car_a() > 15.5)
        await door.add("yard", member(1502), "ada", "installer")
        await at.until(lambda: there.car_a() > 8 and at.master.car_a() < 9.2)
        await asyncio.sleep(10)
        assert sum(at.cars_a()) <= 18.1
        for name, body, why in (
            ("yard", member(1503), "cluster.name_taken"),
            ("again", member(1502), "cluster.settings"),
            ("high", member(1504, fallback_current_a=19.0), "cluster.settings"),
        ):
            with pytest.raises(CommandRefused) as refused:
                await door.add(name, body, "ada", "installer")
            assert refused.value.reason.key == why
        with pytest.raises(CommandRefused):
            await door.remove("yard", "ben", "user")
        await door.share({"limit_a": 12.0}, "ada", "installer")
        await at.until(lambda: sum(at.cars_a()) <= 12.1)
        await door.remove("yard", "ada", "installer")
        await there.until(lambda: there.car_a() > 15.5)
        assert there.site.cluster.shown().standing == "unpaired"
        assert "yard" not in at.master.state.snapshot.chargers
        kinds = [e.kind for e in await at.master.events() if e.kind.startswith("cluster.")]
        assert {"cluster.added", "cluster.limit", "cluster.removed"} <= set(kinds)

    async def paired(at: Yard) -> None:
        at.slaves["yard"].site.cluster.open_pairing("ada", "installer")
        await play(at)

    played(tmp_path, master(18.0, {}), {"yard": slave(1502, led_from=None)}, paired)


@pytest.mark.req("G-067")
def test_a_slave_takes_polls_only_from_the_address_of_its_master(tmp_path: Path) -> None:
    async def play(at: Yard) -> None:
        await asyncio.sleep(30)
        assert at.slaves["yard"].car_a() == 0.0
        assert at.slaves["yard"].site.cluster.shown().standing == "unpaired"
        assert {notice.code for notice in at.master.state.attention} == {"cluster.silent"}

    played(tmp_path, master(32.0, {"yard": member(1502)}), {"yard": slave(1502, led_from="192.168.1.99")}, play)


@pytest.mark.req("EV-135", "EV-138", "G-064", "G-071")
@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"five": True}, "at most 4"),
        ({"same": True}, "have the same address"),
        ({"fallback": 12.0}, "of fixed current in all"),
        ({"role": None}, 'only with role = "master"'),
        ({"served": "tcp://0.0.0.0:502"}, "cluster.unit: got tcp://0.0.0.0:502 unit 1, as serve.0 has"),
        ({"listen": "serial:///dev/ttyUSB0"}, "cluster.listen: got serial:///dev/ttyUSB0, where devices are asked"),
    ],
)
def test_a_cluster_that_cannot_be_is_refused_with_what_to_do(change: dict[str, Any], told: str) -> None:
    members = {f"m{n}": member(1502 + n) for n in range(5 if "five" in change else 3)}
    if "same" in change:
        members["m1"] = member(1502)
    if "fallback" in change:
        members = {name: {**one, "fallback_current_a": change["fallback"]} for name, one in members.items()}
    raw: dict[str, Any] = {
        "site": {"name": "Master", "timezone": "Europe/Rome"},
        "chargers": {"garage": {"board": {"connect": "plant://garage"}, "max_current_a": 16.0}, **members},
        "cluster": {"role": "master", "limit_a": 32.0},
    }
    if "role" in change:
        del raw["cluster"]
    if "served" in change or "listen" in change:
        raw["chargers"] = {"garage": {"board": {"connect": "serial:///dev/ttyUSB0"}, "max_current_a": 16.0}}
        raw["cluster"] = {"role": "slave", "listen": change.get("listen", change.get("served"))}
        raw["serve"] = [{"as": "charger", "charger": "garage", "listen": "tcp://0.0.0.0:502"}]
    with pytest.raises(ConfigurationError) as refused:
        validate(raw, "site.toml")
    assert told in str(refused.value)


def test_a_gateway_without_a_charger_leads_more_than_four(tmp_path: Path) -> None:
    assert len(master(100.0, {f"m{n}": member(1502 + n) for n in range(8)}, own=False).chargers) == 8
