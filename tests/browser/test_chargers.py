"""What a person asks of a charger reaches the house, and can be taken back."""

from dataclasses import replace

import pytest
from playwright.sync_api import expect

from ohmstead.core.model.chargers import ChargerError, VehicleMeter
from ohmstead.core.model.events import Action
from ohmstead.core.model.quantities import Role
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.settings import DeviceSettings
from tests.browser.screens import sign_in
from tests.browser.server import Site


def asked(building):
    return [(command.target, command.action, command.value) for command in building.commands]


@pytest.fixture
def garage(home):
    return home.locator("article", has=home.get_by_role("heading", name="Garage"))


@pytest.mark.req("G-051")
def test_pause_reaches_the_house_and_resume_too(building, home, garage):
    garage.get_by_role("button", name="Pause").click()
    expect(garage).to_contain_text("Paused")
    garage.get_by_role("button", name="Resume").click()
    expect(garage).to_contain_text("Charging")
    assert asked(building) == [("garage", Action.PAUSE, True), ("garage", Action.PAUSE, False)]


@pytest.mark.req("G-023")
def test_a_pause_is_told_once_and_is_no_fault(building, site, home, garage):
    building.options["garage"] = replace(building.options["garage"], paused=True)
    expect(garage.get_by_text("You paused charging.")).to_have_count(1)
    expect(garage.locator(".problem")).to_have_count(0)
    home.goto(f"{site.url}/chargers/garage")
    expect(home.get_by_text("You paused charging.")).to_have_count(1)
    expect(home.locator(".problem")).to_have_count(0)


def test_a_charger_that_is_silent_is_told_plainly_and_its_wire_only_in_the_details(building, site, home, garage):
    building.lost.add("garage")
    expect(garage.locator(".problem")).to_have_text("The charger does not answer. Check whether it has power.")
    expect(garage).not_to_contain_text("tcp://")
    home.goto(f"{site.url}/chargers/garage")
    expect(home.locator("article .problem")).to_have_text("The charger does not answer. Check whether it has power.")
    expect(home.locator("article details[open]")).to_contain_text("No answer from tcp://127.0.0.1:1502")


def test_a_charger_that_is_off_offers_no_pause_and_no_session_limit(building, garage):
    building.options["garage"] = replace(building.options["garage"], enabled=False)
    expect(garage.locator(".state")).to_have_text("Off")
    expect(garage.get_by_role("button", name="Pause")).to_have_count(0)
    expect(garage.get_by_label("Limit for this session")).to_have_count(0)


@pytest.mark.req("G-024")
def test_a_session_limit_is_set_where_it_is_shown_and_undone_with_one_tap(building, home, garage):
    slider = garage.get_by_label("Limit for this session")
    expect(garage.locator("output")).to_have_text("No limit")
    slider.focus()
    for _ in range(6):
        slider.press("ArrowLeft")
    expect(garage.locator("output")).to_have_text("10 A · 2.3 kW")
    expect(garage).to_contain_text("You limited this session to 10.0 A.")
    expect(home.locator(".message")).to_contain_text("Limit set to 10")
    home.get_by_role("button", name="Undo").click()
    expect(garage.locator("output")).to_have_text("No limit")
    assert asked(building) == [("garage", Action.SET_SESSION_LIMIT, 10.0), ("garage", Action.SET_SESSION_LIMIT, None)]


@pytest.mark.req("G-023")
def test_the_card_says_why_this_current(garage):
    expect(garage.locator(".why")).to_contain_text("12.4 A")
    expect(garage.locator(".why")).to_contain_text("The main fuse leaves 12.4 A on L1")


def test_off_and_fast_are_one_tap_and_off_can_be_undone(building, home, garage):
    garage.get_by_text("Off", exact=True).click()
    expect(garage.locator(".state")).to_have_text("Off")
    home.get_by_role("button", name="Undo").click()
    expect(garage.locator(".state")).to_have_text("Charging")
    assert asked(building) == [("garage", Action.ENABLE, False), ("garage", Action.ENABLE, True)]


@pytest.mark.req("EV-097")
def test_the_lasting_limit_is_set_on_the_chargers_own_page(building, site, home):
    home.goto(f"{site.url}/chargers/garage")
    slider = home.get_by_label("Lasting limit")
    slider.fill("9")
    expect(home.locator("article")).to_contain_text("You set the charge limit to 9.0 A.")
    assert asked(building) == [("garage", Action.SET_USER_LIMIT, 9.0)]


def test_a_refusal_is_told_in_words_and_nothing_looks_changed(home, garage):
    body = '{"error": {"key": "x", "params": {}, "text": "The wiring allows 16.0 A.", "mistakes": []}}'
    home.route("**/commands", lambda route: route.fulfill(status=409, content_type="application/json", body=body))
    garage.get_by_role("button", name="Pause").click()
    expect(home.locator(".message.failed")).to_have_text("The wiring allows 16.0 A.")
    expect(garage.locator(".state")).to_have_text("Charging")


def test_who_may_only_look_sees_everything_and_changes_nothing(building, open_page):
    site = Site(building, locked=True).start()
    try:
        page = open_page()
        sign_in(page, site, "viewer")
        expect(page.locator("article").first).to_contain_text("Your account may look, but not change anything here.")
        expect(page.get_by_role("button", name="Pause")).to_be_disabled()
    finally:
        site.close()


@pytest.mark.req("EV-184")
def test_without_a_vehicle_meter_the_energy_is_marked_as_indicative(garage):
    expect(garage).to_contain_text("Measured by the charger itself, indicative")


@pytest.mark.req("EV-175")
@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("good", "Measured by garage-meter"),
        ("starting", "garage-meter is starting"),
        ("lost", "garage-meter does not answer"),
    ],
)
def test_a_charger_says_which_meter_measured_and_how_it_is(building, site, home, garage, state, said):
    building.meter = VehicleMeter("garage-meter", state)
    expect(garage.get_by_text(said, exact=True)).to_be_visible()
    home.goto(f"{site.url}/chargers/garage")
    expect(home.get_by_text(said, exact=True)).to_be_visible()


@pytest.mark.req("EV-183")
def test_an_installer_pairs_remote_transformers_with_a_button(building, site, home):
    expect(home.get_by_role("heading", name="Garage")).to_be_visible()
    remote = DeviceSettings(driver="board-ct", connect="board://garage", input="remote", role=Role.GRID, name="Grid")
    devices = {**building.settings.devices, "grid": remote}
    building.settings = building.settings.model_copy(update={"devices": devices})
    home.goto(f"{site.url}/settings")
    home.get_by_role("button", name="Pair the remote").click()
    expect(home.get_by_text("Waiting for the remote: press its button now.")).to_be_visible()
    assert asked(building) == [("garage", Action.PAIR_CT, None)]


OVERLOAD = Reason("fault.overload", {"drawn_a": 20.8, "offered_a": 16.0})


@pytest.mark.req("EV-226", "EV-227", "EV-233")
def test_an_error_says_its_code_what_to_do_and_who_and_is_tried_again_when_the_car_is_unplugged(
    building, site, home, garage
):
    building.errors = (ChargerError("V1", building.clock.now(), OVERLOAD),)
    expect(garage.locator(".state")).to_have_text("Fault")
    expect(garage.locator(".errors")).to_contain_text("V1Overload")
    expect(garage.locator(".errors")).to_contain_text("The car drew 20.8 A although it was offered 16.0 A.")
    expect(garage.locator(".unplug")).to_have_text("Unplug the car")
    expect(garage.get_by_role("button", name="Try again")).to_be_disabled()
    building.errors = (
        ChargerError("D3", building.clock.now(), Reason("fault.hardware"), gone=True),
        *building.errors,
    )
    home.goto(f"{site.url}/chargers/garage")
    errors = home.locator(".errors")
    expect(errors.get_by_role("heading")).to_have_text(["D3Internal hardware error", "V1Overload"])
    expect(errors).to_contain_text("For qualified personnel")
    expect(errors).to_contain_text("Have boards and contactor checked.")
    expect(errors).to_contain_text("contact technical support")
    expect(home.locator("article details", has_text="Electrical values")).to_contain_text("V1 × 3")
    errors.get_by_role("button", name="Try again").click()
    expect(home.locator(".message")).to_contain_text("recovery attempt made")
    assert asked(building) == [("garage", Action.RECOVER, None)]


def test_control_is_taken_back_from_an_energy_manager(building, site, home, garage):
    building.managed_a = 8.0
    expect(garage).to_contain_text("The energy manager at modbus 192.168.1.40 allows 8.0 A.")
    home.goto(f"{site.url}/chargers/garage")
    home.get_by_role("button", name="Take back control").click()
    expect(home.get_by_text("Control of Garage was taken back")).to_be_visible()
    expect(home.get_by_role("button", name="Take back control")).to_have_count(0)
    assert asked(building) == [("garage", Action.RELEASE_MANAGER, None)]
