"""What a charger is granted, and which limit is named."""

from typing import Any

import pytest

from ohmstead.core.control import ControlMemory, ControlSettings, decide
from ohmstead.core.control.limits.supply import overdue
from ohmstead.core.model.chargers import ChargerOptions, ChargerState
from ohmstead.core.model.grants import Grant
from ohmstead.core.model.quantities import PHASES
from ohmstead.core.model.snapshot import Channel, Snapshot
from ohmstead.texts import LANGUAGES, word
from tests.core.control.builders import at, charger, controls, grid, site


def first(settings: ControlSettings, channel: Channel | None = None, **reading: Any) -> Grant:
    """The first grant after plug-in."""
    channels = {} if channel is None else {"grid": channel}
    snapshot = Snapshot(at(0), channels, {"garage": charger(at(0), **reading)})
    grant = decide(snapshot, settings, ControlMemory(), at(0)).grants["garage"]
    for language in LANGUAGES:
        assert word(grant.reason, language)
    return grant


@pytest.mark.req("EV-182", "EV-178", "EV-181", "G-033")
@pytest.mark.parametrize(
    ("limit_w", "other_w", "granted_a"),
    [(3000, 1500, 6.5), (3000, 1620, 6.0), (3000, 1630, 0.0), (6000, 1000, 21.7), (6000, 5000, 0.0)],
)
def test_the_contract_leaves_what_the_house_does_not_draw(limit_w: float, other_w: float, granted_a: float) -> None:
    settings = controls(site(grid_type="1x230", contract_power_w=limit_w))
    grant = first(settings, grid({"L1": other_w}, phases=("L1",)))
    assert (grant.current_a, grant.limited_by) == (granted_a, "contract_power")


@pytest.mark.req("EV-098", "G-023")
@pytest.mark.parametrize(
    ("reading", "options", "current_a", "limited_by"),
    [
        ({"hardware_max_a": 16.0}, {}, 16.0, "hardware"),
        ({"cable_max_a": 13.0}, {}, 13.0, "cable"),
        ({}, {}, 25.0, "installation"),
        ({}, {"user_limit_a": 10.0}, 10.0, "user"),
        ({}, {"user_limit_a": 10.0, "session_limit_a": 8.0}, 8.0, "session"),
        ({"cable_max_a": 20.0}, {"user_limit_a": 22.0}, 20.0, "cable"),
        ({}, {"user_limit_a": 5.9}, 0.0, "user"),
        ({}, {"session_limit_a": 12.37}, 12.3, "session"),
        ({"hardware_max_a": None}, {}, 0.0, "hardware"),
        ({}, {"paused": True}, 0.0, "paused"),
        ({}, {"enabled": False}, 0.0, "not_enabled"),
        ({"connected": False, "state": ChargerState.NOT_CONNECTED}, {}, 0.0, "not_connected"),
        ({"iec_state": "D1"}, {}, 0.0, "ventilation"),
        ({"state": ChargerState.ERROR}, {}, 0.0, "unavailable"),
    ],
)
def test_the_smallest_limit_wins_and_is_named(
    reading: dict[str, Any], options: dict[str, Any], current_a: float, limited_by: str
) -> None:
    settings = controls(site({"garage": {"max_current_a": 25.0}}), garage=ChargerOptions(**options))
    grant = first(settings, **reading)
    assert (grant.current_a, grant.limited_by) == (current_a, limited_by)


@pytest.mark.req("EV-097")
def test_a_user_limit_above_the_installation_limit_changes_nothing() -> None:
    settings = controls(site({"garage": {"max_current_a": 16.0}}), garage=ChargerOptions(user_limit_a=32.0))
    assert first(settings).current_a == 16.0


@pytest.mark.req("G-020")
def test_a_phase_loaded_to_its_fuse_bounds_a_three_phase_car_although_the_total_is_low() -> None:
    settings = controls(site({"garage": {"phases": PHASES}}, main_fuse_a=25.0, contract_power_w=17000))
    grant = first(settings, grid({"L1": 230 * 15.0, "L2": 0.0, "L3": 0.0}))
    assert (grant.current_a, grant.limited_by) == (10.0, "main_fuse.L1")
    assert grant.reason.params == {"phase": "L1", "available_a": 10.0}


@pytest.mark.req("G-020")
def test_a_single_phase_car_is_checked_on_its_own_phase_only() -> None:
    settings = controls(site({"garage": {"phases": PHASES}}, main_fuse_a=25.0))
    grant = first(settings, grid({"L1": 230 * 15.0, "L2": 230 * 24.0, "L3": 0.0}), phases_used=("L3",))
    assert (grant.current_a, grant.phases, grant.limited_by) == (25.0, ("L3",), "main_fuse.L3")


@pytest.mark.req("EV-176")
def test_the_car_s_own_draw_is_not_counted_as_house() -> None:
    settings = controls(site(main_fuse_a=25.0))
    memory = ControlMemory()
    for second, (load_a, drawn_a) in enumerate([(5.0, 0.0), (25.0, 20.0), (25.0, 20.0)]):
        reading = charger(at(second), drawn={"L1": drawn_a}, offered_a=20.0 if drawn_a else 0.0)
        snapshot = Snapshot(at(second), {"grid": grid({"L1": load_a * 230})}, {"garage": reading})
        allocation = decide(snapshot, settings, memory, at(second))
        memory = allocation.memory
        assert allocation.grants["garage"].current_a == 20.0


@pytest.mark.req("EV-176")
def test_what_the_sun_exports_is_there_for_the_car_but_reactive_current_is_not() -> None:
    settings = controls(site(main_fuse_a=16.0))
    assert first(settings, grid({"L1": -230 * 10.0})).current_a == 26.0
    reactive = grid({"L1": -1.0})
    phase = reactive.phases["L1"]
    mostly_reactive = Channel(
        reactive.role,
        reactive.quality,
        0.2,
        power_w=-1.0,
        phases={"L1": type(phase)(230.0, 9.0, -1.0)},
    )
    assert first(settings, mostly_reactive).current_a == 7.0


@pytest.mark.req("G-019")
def test_the_house_alone_above_the_limit_gives_zero_and_a_notice_after_a_minute() -> None:
    settings = controls(site(grid_type="1x230", contract_power_w=3000))
    memory, codes = ControlMemory(), []
    for second in range(63):
        snapshot = Snapshot(at(second), {"grid": grid({"L1": 3400.0}, phases=("L1",))}, {"garage": charger(at(second))})
        allocation = decide(snapshot, settings, memory, at(second))
        memory = allocation.memory
        assert allocation.grants["garage"].current_a == 0.0
        codes.append([notice.code for notice in allocation.notices])
    assert codes[60] == []
    assert codes[61] == ["house_over.contract_power"]
    assert word(allocation.notices[0].reason, "it")


def test_a_limit_without_any_grid_meter_gives_only_the_fallback_and_says_so() -> None:
    stopped = controls(site(meter=False, main_fuse_a=25.0))
    agreed = controls(site({"garage": {"fallback_current_a": 8.0}}, meter=False, main_fuse_a=25.0))
    assert first(stopped).limited_by == "grid_meter_lost"
    assert [first(one).current_a for one in (stopped, agreed)] == [0.0, 8.0]
    allocation = decide(Snapshot(at(0), {}), stopped, ControlMemory(), at(0))
    assert [notice.code for notice in allocation.notices] == ["no_grid_meter"]


def test_without_limits_of_the_supply_no_grid_meter_is_needed() -> None:
    assert first(controls(site(meter=False))).current_a == 32.0


@pytest.mark.req("G-020")
@pytest.mark.parametrize("missing", ["current_a", "power_w"])
def test_a_phase_that_lacks_a_value_is_missing_and_not_zero(missing: str) -> None:
    channel = grid({"L1": 230.0})
    values = {"voltage_v": 230.0, "current_a": 1.0, "power_w": 230.0, missing: None}
    lacking = Channel(channel.role, channel.quality, 0.2, 230.0, phases={"L1": type(channel.phases["L1"])(**values)})
    assert first(controls(site(main_fuse_a=25.0)), lacking).current_a == 0.0


def test_a_charger_without_wishes_stays_off() -> None:
    assert first(ControlSettings(site(), {})).limited_by == "not_enabled"


@pytest.mark.req("G-023")
def test_a_grant_runs_out_after_ten_seconds() -> None:
    assert first(controls(site())).expires == at(10)


def lost(values: dict[str, float | None], fallback_a: float, seconds: int = 95):
    """The allocation and its sentences in Italian after a meter called Contatore gave only ``values`` of L1 so long."""
    house = site({"garage": {"fallback_current_a": fallback_a}}, main_fuse_a=25.0, contract_power_w=9000)
    house = house.model_copy(
        update={"devices": {"grid": house.devices["grid"].model_copy(update={"name": "Contatore"})}}
    )
    whole = grid({"L1": 230.0})
    phase = {"voltage_v": 230.0, "current_a": 1.0, "power_w": 230.0} | values
    power_w = phase.pop("total_w", 230.0)
    channel = Channel(whole.role, whole.quality, 0.2, power_w, phases={"L1": type(whole.phases["L1"])(**phase)})
    if not values:
        channel = Channel(whole.role, whole.quality)
    memory = ControlMemory()
    for second in range(seconds):
        now = at(second)
        allocation = decide(Snapshot(now, {"grid": channel}, {"garage": charger(now)}), controls(house), memory, now)
        memory = allocation.memory
    grant = allocation.grants["garage"]
    return grant.current_a, word(grant.reason, "it"), [word(notice.reason, "it") for notice in allocation.notices]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "Contatore non risponde."),
        ({"total_w": None}, "Contatore risponde, ma non fornisce la potenza."),
        ({"power_w": None}, "Contatore risponde, ma non fornisce corrente o potenza di L1."),
        ({"voltage_v": None}, "Contatore risponde, ma non fornisce la tensione di L1."),
    ],
)
def test_a_lost_meter_is_told_by_its_name_and_what_it_lacks_in_the_readers_language(values, said: str) -> None:
    current_a, why, (notice,) = lost(values, 0.0)
    assert current_a == 0.0
    assert f"D9: {said}" in notice
    assert "La ricarica è ferma." in notice
    assert "Energia non disponibile" in why
    assert not {"answer", "power_w", "current_a", "None"} & set(f"{why} {notice}".replace(".", " ").split())


def test_a_lost_meter_does_not_say_that_charging_stopped_where_a_current_was_agreed() -> None:
    current_a, why, (notice,) = lost({}, 8.0)
    assert current_a == 8.0
    assert "8,0 A" in why
    assert "solo la corrente concordata" in notice
    assert "ferma" not in notice


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("main_fuse.L2", "l'interruttore generale su L2 da 8 s"),
        ("contract_power", "la potenza contrattuale da 8 s"),
    ],
)
def test_a_supply_above_its_limit_is_told_in_words(name: str, said: str) -> None:
    assert said in word(overdue(name, 6.0, 8.0, site()).reason, "it")


@pytest.mark.req("G-039", "EV-247")
def test_a_grid_meter_that_never_answered_since_the_start_is_starting_for_ninety_seconds_and_no_fault() -> None:
    current_a, _, (notice,) = lost({}, 0.0, seconds=89)
    assert current_a == 0.0
    assert "D9" not in notice
    assert "Contatore non ha ancora risposto dall'avvio" in notice
    _, _, (notice,) = lost({}, 0.0, seconds=170)
    assert notice == "D9: Contatore non risponde. La ricarica è ferma. Riprende da sola quando torna."
    _, _, (notice,) = lost({}, 0.0, seconds=182)
    assert "Controllare alimentazione, cavo e indirizzo" in notice, "a person is asked only when it lasts"
