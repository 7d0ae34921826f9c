"""Who may charge, and with which card: the question on the charger's card, the list of cards, learning one."""

import re

import pytest
from playwright.sync_api import expect

from ohmstead.core.model.authorization import Authorization
from ohmstead.core.model.events import Action
from tests.browser.charges import ANNA
from tests.browser.screens import sign_in
from tests.browser.server import Site


@pytest.fixture
def garage(home):
    return home.locator("article", has=home.get_by_role("heading", name="Garage"))


@pytest.mark.req("EV-190", "EV-189", "G-072")
def test_a_car_that_waits_is_authorised_or_rejected_where_it_is_shown(building, site, home, garage):
    building.options["garage"] = type(building.options["garage"])(authorization="both")
    building.given = Authorization("waiting", None, "requested")
    expect(garage.locator(".state")).to_have_text("Waiting for authorization")
    expect(garage).to_contain_text("May it charge?")
    garage.get_by_role("button", name="Reject").click()
    expect(garage).to_contain_text("You can still change your mind.")
    expect(garage.get_by_role("button", name="Reject")).to_have_count(0)
    garage.get_by_role("button", name="Authorize").click()
    expect(garage.locator(".state")).to_have_text("Charging")
    assert [command.action for command in building.commands] == [Action.REJECT, Action.AUTHORIZE]
    home.goto(f"{site.url}/chargers/garage")
    building.given = Authorization("waiting", None, "refused")
    expect(home.get_by_role("alert").first).to_have_text("The card that was shown is not valid.")
    expect(home.get_by_role("button", name="Authorize")).to_be_visible()


@pytest.mark.req("EV-187", "EV-192")
def test_what_a_charger_asks_for_is_chosen_in_the_settings_and_cards_only_with_a_reader(building, site, open_page):
    page = open_page()
    page.goto(f"{site.url}/settings")
    asks = page.get_by_role("radiogroup", name="Authorization, Garage")
    asks.get_by_text("Either").click()
    expect(page.locator(".message")).to_contain_text("Garage: Either.")
    expect(asks.get_by_label("Either")).to_be_checked()
    assert building.options["garage"].authorization == "both"
    without = page.get_by_role("radiogroup", name="Authorization, Carport")
    expect(without.get_by_role("radio")).to_have_count(2)
    expect(page.get_by_text("This charger has no card reader.")).to_be_visible()


@pytest.mark.req("EV-194", "EV-200", "EV-201")
def test_cards_are_listed_blocked_removed_and_brought_back(building, site, open_page):
    page = open_page(size="phone")
    page.goto(f"{site.url}/cards")
    anna = page.locator("main li").filter(has_text="Anna")
    expect(anna).to_contain_text(re.compile("04.A1.B2.C3.D4.E5.F6"))
    expect(page.locator("main li").filter(has_text="Ben")).to_contain_text("Blocked")
    anna.get_by_role("button", name="Block").click()
    expect(anna).to_contain_text("Blocked")
    anna.get_by_role("button", name="Remove Anna").click()
    expect(page.locator("main li")).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("main li")).to_have_count(2)
    expect(anna).to_contain_text("Blocked")


@pytest.mark.req("EV-196", "EV-197", "EV-199", "EV-200")
def test_a_card_is_learned_at_a_charger_within_a_countdown_and_gets_its_name(building, site, open_page):
    page = open_page()
    page.goto(f"{site.url}/cards")
    page.get_by_role("button", name="Add a card").click()
    page.get_by_role("button", name="Show it at Garage").click()
    expect(page.locator("section [role=status]")).to_contain_text("Hold the card to Garage, less than 5 cm away.")
    expect(page.locator(".left")).to_have_text(re.compile(r"(30|2\d) s"))
    site.call(building.cards.shown, "garage", ANNA)
    expect(page.locator("section [role=status]")).to_contain_text("is in the list already")
    page.get_by_role("button", name="Show it at Garage").click()
    expect(page.locator("section [role=status]")).to_contain_text("less than 5 cm")
    site.call(building.cards.shown, "garage", "0A0B0C0D")
    expect(page.get_by_label("Number")).to_have_value("0A 0B 0C 0D")
    page.get_by_label("Name (optional)").fill("Carla")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("main li").filter(has_text="Carla")).to_be_visible()


@pytest.mark.req("EV-197", "G-074")
def test_a_number_that_is_none_is_told_and_can_be_mended(building, site, open_page):
    page = open_page()
    page.goto(f"{site.url}/cards")
    page.get_by_role("button", name="Add a card").click()
    page.get_by_label("Number").fill("04:A1:B2")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("04:A1:B2 is not the number of a card")
    page.get_by_label("Number").fill("04:a1:b2:c3")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("main li")).to_have_count(3)


def test_who_is_not_the_owner_sees_cards_and_changes_none(building, open_page):
    site = Site(building, locked=True).start()
    try:
        page = open_page()
        sign_in(page, site, "user")
        expect(page.locator("h1")).to_contain_text("The sun covers")
        page.goto(f"{site.url}/cards")
        expect(page.locator("main li")).to_have_count(2)
        expect(page.get_by_role("button", name="Add a card")).to_have_count(0)
        expect(page.get_by_role("button", name="Block")).to_have_count(0)
    finally:
        site.close()
