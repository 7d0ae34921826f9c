"""A supply meter that speaks, or is asked, every ten seconds: not lost between two readings, never decided on twice."""

from dataclasses import dataclass, field, replace
from itertools import pairwise

import pytest

from ohmstead.core.model.quantities import PHASES
from ohmstead.core.model.snapshot import Channel, Snapshot
from tests.core.control.builders import Car, House, controls, site

TELEGRAM_S = 0.3
"""What it takes from a telegram's first byte to the tick that uses it."""


@dataclass
class SlowHouse(House):
    """A house whose meter sends a telegram at 0, 10, 20 … seconds, unless it is one of ``dropped``."""

    rhythm_s: float | None = 10.0
    every_s: float = 10.0
    dropped: set[int] = field(default_factory=set)
    told: tuple[float, Channel] | None = None

    def snapshot(self) -> Snapshot:
        now = super().snapshot()
        number, since_s = divmod(self.now_s, self.every_s)
        if since_s == 0 and number not in self.dropped:
            self.told = self.now_s - TELEGRAM_S, now.channels["grid"]
        assert self.told is not None
        channel = replace(self.told[1], age_s=self.now_s - self.told[0], rhythm_s=self.rhythm_s)
        return replace(now, channels={"grid": channel})


def slow_house(load_a: float = 5.0, **values) -> SlowHouse:
    settings = controls(site({"garage": {"max_current_a": 32.0}}, main_fuse_a=25.0))
    return SlowHouse(settings, {"garage": Car()}, dict.fromkeys(PHASES, load_a), **values)


@pytest.mark.req("G-123")
def test_a_meter_that_speaks_every_ten_seconds_is_not_lost():
    home = slow_house()
    home.run(300)
    assert set(home.granted()) == {20.0}
    assert home.last.notices == ()


@pytest.mark.req("G-018", "G-123")
def test_a_kettle_lowers_the_current_with_the_next_telegram_and_once():
    home = slow_house()
    home.run(31)
    home.load_a["L1"] += 9.0
    home.run(60)
    granted = home.granted()
    assert granted[:40] == [20.0] * 40
    assert set(granted[40:]) == {11.0}


@pytest.mark.req("G-018")
def test_room_is_used_by_one_ampere_a_telegram():
    home = slow_house(load_a=15.0)
    home.run(20)
    home.load_a["L1"] = 5.0
    home.run(141)
    granted = home.granted()
    rises = [second for second, (one, two) in enumerate(pairwise(granted), start=1) if two > one]
    assert rises == list(range(30, 130, 10))
    assert granted[-1] == 20.0
    assert all(flowing["L1"] <= 25.0 for _, _, flowing in home.trail)


def test_one_lost_telegram_stops_the_car_after_fifteen_seconds_and_charging_resumes_by_itself():
    home = slow_house(dropped={4})
    home.run(200)
    granted = home.granted()
    assert granted[:45] == [20.0] * 45
    assert granted[45:100] == [0.0] * 55
    assert 6.0 in granted
    assert 0.0 not in granted[granted.index(6.0, 45) :]


def test_a_meter_that_falls_silent_is_reported_after_thirty_seconds():
    home = slow_house(dropped=set(range(3, 100)))
    home.run(49)
    assert home.last.notices == ()
    home.run(5)
    assert [(notice.code, notice.owner) for notice in home.last.notices] == [("D9", "grid")]


def test_a_rhythm_of_an_hour_is_not_believed():
    home = slow_house(rhythm_s=3600.0, dropped=set(range(1, 100)))
    home.run(30)
    assert home.granted()[16:] == [0.0] * 14


def test_a_meter_that_speaks_every_second_is_used_like_one_that_is_asked():
    class Quick(House):
        def snapshot(self) -> Snapshot:
            now = super().snapshot()
            return replace(now, channels={"grid": replace(now.channels["grid"], rhythm_s=1.0)})

    asked, speaking = (kind(slow_house().settings, {"garage": Car()}, {"L1": 15.0}) for kind in (House, Quick))
    for home in (asked, speaking):
        home.run(20)
        home.load_a["L1"] = 5.0
        home.run(40)
    assert speaking.granted() == asked.granted()


def asked_house(period_s: float, **values) -> SlowHouse:
    """A house whose meter says no rhythm of its own and is asked every ``period_s``."""
    home = slow_house(rhythm_s=None, every_s=period_s, **values)
    meter = home.settings.settings.devices["grid"].model_copy(update={"period_s": period_s})
    home.settings = replace(
        home.settings, settings=home.settings.settings.model_copy(update={"devices": {"grid": meter}})
    )
    return home


@pytest.mark.parametrize("period_s", [1.0, 2.0, 3.0, 5.0, 10.0])
def test_a_meter_that_is_asked_seldom_lets_a_car_charge(period_s: float):
    home = asked_house(period_s)
    home.run(120)
    assert set(home.granted()) == {20.0}
    assert home.last.notices == ()


@pytest.mark.req("G-018")
@pytest.mark.parametrize("period_s", [1.0, 2.0, 5.0, 10.0])
def test_a_meter_that_is_asked_seldom_is_lost_in_time_and_charging_comes_back_by_itself(period_s: float):
    silent = range(int(60 / period_s), int(90 / period_s))
    home = asked_house(period_s, dropped=set(silent))
    home.run(300)
    granted = home.granted()
    heard_last_s = int(60 - period_s)
    assert set(granted[: heard_last_s + 10]) == {20.0}
    assert set(granted[heard_last_s + 15 : 90 + 10 + 60]) == {0.0}
    if period_s <= 5:
        assert granted[heard_last_s + 11] == 0.0
    assert granted[-1] >= 15.0


def test_one_reading_that_failed_at_five_seconds_does_not_stop_charging_for_ever():
    home = asked_house(5.0, dropped={12, 13, 30})
    home.run(400)
    assert home.granted()[-1] == 20.0
