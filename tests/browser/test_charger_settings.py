"""All settings of a charger on one page: found, changed where they stand, undone, refused in words, begun anew."""

import pytest
from playwright.sync_api import expect

from ohmstead.core.model.events import Action
from tests.browser.browser import until
from tests.browser.screens import sign_in
from tests.browser.server import Site


def row(page, name):
    return page.locator("main .row").filter(has=page.get_by_text(name, exact=True))


@pytest.fixture
def opened(site, open_page):
    page = open_page()
    page.goto(f"{site.url}/chargers/garage/settings")
    row(page, "Charging mode").wait_for()
    return page


@pytest.mark.req("EV-272", "EV-274", "EV-273")
def test_a_choice_and_a_number_are_changed_where_they_stand_and_undone(building, opened):
    opened.get_by_role("radiogroup", name="Charging mode").get_by_text("Green").click()
    expect(opened.locator(".message")).to_contain_text("Charging mode: saved.")
    assert building.options["garage"].mode == "green"
    opened.get_by_role("button", name="Undo").click()
    expect(opened.get_by_role("radiogroup", name="Charging mode").get_by_label("Fast")).to_be_checked()
    limit = opened.get_by_role("textbox", name="Charge limit")
    expect(row(opened, "Charge limit")).to_contain_text("6 to 16 A")
    limit.fill("99")
    limit.press("Enter")
    expect(row(opened, "Charge limit").get_by_role("status")).to_contain_text("Got 99; allowed: 6 to 16 A.")
    limit.fill("10,5")
    row(opened, "Charge limit").get_by_role("button", name="Save").click()
    expect(limit).to_have_value("10.5")
    assert building.options["garage"].user_limit_a == 10.5
    limit.fill("")
    limit.press("Enter")
    expect(limit).to_have_attribute("placeholder", "no limit")
    expect(row(opened, "Charge limit").get_by_role("button", name="Save")).to_have_count(0)
    assert building.options["garage"].user_limit_a is None


@pytest.mark.req("EV-301", "EV-304", "EV-211")
def test_the_installation_and_the_name_are_told_and_seen_elsewhere_at_once(building, opened):
    name = opened.get_by_role("textbox", name="Name", exact=True)
    name.fill("Left place")
    name.press("Enter")
    expect(opened.locator("h1")).to_have_text("Settings of Left place")
    most = opened.get_by_role("textbox", name="Installation limit")
    most.fill("13")
    most.press("Enter")
    expect(row(opened, "Charge limit")).to_contain_text("6 to 13 A")
    opened.get_by_role("radiogroup", name="Earthing").get_by_text("IT").click()
    expect(opened.get_by_role("radiogroup", name="Earthing").get_by_label("IT")).to_be_checked()
    until(opened, lambda: building.settings.chargers["garage"].earthing == "it")


def test_a_setting_is_found_by_its_name(opened):
    opened.get_by_role("searchbox").fill("current")
    expect(opened.locator("main .row")).to_have_count(0)
    opened.get_by_role("searchbox").fill("LIMIT")
    expect(opened.locator("main .row .name")).to_have_text(["Charge limit", "Grid limit", "Installation limit"])
    opened.get_by_role("searchbox").fill("moon")
    expect(opened.get_by_text("No setting is called “moon”.")).to_be_visible()


@pytest.mark.req("EV-292")
def test_without_load_management_green_is_no_choice(building, opened):
    opened.get_by_role("radiogroup", name="Load management").get_by_text("Off").click()
    expect(opened.get_by_role("radiogroup", name="Load management").get_by_label("Off")).to_be_checked()
    expect(opened.get_by_role("radiogroup", name="Charging mode").get_by_text("Green")).to_have_count(0)
    assert not building.settings.site.load_management


@pytest.mark.req("G-050", "EV-036")
def test_a_restart_is_one_tap_and_a_factory_reset_is_asked_twice(building, opened):
    opened.get_by_role("button", name="Restart").click()
    expect(opened.locator(".message")).to_contain_text("Garage is restarting.")
    opened.get_by_role("button", name="Restore factory settings…").click()
    assert [one.action for one in building.commands] == [Action.RESTART]
    opened.get_by_role("button", name="Keep them").click()
    opened.get_by_role("button", name="Restore factory settings…").click()
    opened.get_by_role("button", name="Erase the settings").click()
    expect(opened.locator(".message")).to_contain_text("factory settings")
    assert [one.action for one in building.commands] == [Action.RESTART, Action.FACTORY_RESET]


def test_who_may_not_change_a_setting_sees_it_and_who_may(building, open_page):
    site = Site(building, locked=True).start()
    try:
        page = open_page(size="phone")
        sign_in(page, site, "user")
        expect(page.locator("h1")).to_contain_text("The sun covers")
        page.goto(f"{site.url}/chargers/garage/settings")
        expect(row(page, "Installation limit")).to_contain_text("For who has the role installer.")
        expect(page.get_by_role("textbox", name="Installation limit")).to_be_disabled()
        expect(page.get_by_role("textbox", name="Charge limit")).to_be_enabled()
        expect(page.get_by_role("button", name="Restart")).to_have_count(0)
    finally:
        site.close()
