"""Looking ahead and back in the app: what is to be in the car by when, and other ways of charging on the past."""

import re

import pytest
from playwright.sync_api import expect

from ohmstead.core.model.events import Action
from tests.browser.browser import AXE


@pytest.fixture
def page(site, home):
    home.goto(f"{site.url}/chargers/garage")
    home.get_by_role("heading", name="Ready by").wait_for()
    return home


def test_a_target_in_kilowatt_hours_is_set_planned_and_taken_away(building, page):
    page.get_by_role("button", name="Set a target").click()
    page.get_by_label("Energy in kWh").fill("4,5")
    page.locator("input[type=time]").fill("18:00")
    page.get_by_role("button", name="Set", exact=True).click()
    expect(page.get_by_text("4.5 kWh by Sun 18:00.")).to_be_visible()
    expect(page.get_by_text("Planned by the sun of the last week:")).to_be_visible()
    told = building.commands[-1]
    assert (told.action, told.value.wanted_kwh) == (Action.SET_DEPARTURE, 4.5)
    assert told.value.by.isoformat() == "2026-06-21T16:00:00+00:00"
    page.get_by_role("button", name="Take the target away").click()
    expect(page.get_by_role("button", name="Set a target")).to_be_visible()
    assert building.options["garage"].departure is None


def test_a_target_by_states_of_charge_counts_what_the_charger_has_to_give(building, page):
    page.get_by_role("button", name="Set a target").click()
    page.get_by_role("radiogroup", name="How the target is told").get_by_text("State of charge").click()
    page.get_by_label("Now, in %").fill("50")
    page.get_by_label("Wanted, in %").fill("80")
    page.get_by_label("Battery in kWh").fill("60")
    page.get_by_role("button", name="Set", exact=True).click()
    expect(page.get_by_text("20.0 kWh by Mon 07:00.")).to_be_visible()
    assert building.options["garage"].departure.target.to_percent == 80


def test_what_is_no_number_or_cannot_be_is_said_and_stays_typed(building, page):
    page.get_by_role("button", name="Set a target").click()
    page.get_by_label("Energy in kWh").fill("much")
    page.get_by_role("button", name="Set", exact=True).click()
    expect(page.get_by_text("Enter numbers, and a time such as 07:00.")).to_be_visible()
    expect(page.get_by_label("Energy in kWh")).to_have_value("much")
    assert building.options["garage"].departure is None


def test_ways_of_charging_are_compared_on_the_past_of_the_charger(building, page):
    page.get_by_role("link", name="What if it charged another way?").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What if?")
    page.get_by_role("radiogroup", name="How many days back").get_by_text("7", exact=True).click()
    page.get_by_role("button", name="Compare").click()
    expect(page.locator("h2#found")).to_be_visible(timeout=30_000)
    assert page.locator("main h3").all_inner_texts() == ["Solar", "Hybrid 75 %", "Fast", "Night, 22:00 to 06:00"]
    expect(page.get_by_text(re.compile(r"In \d+ visits the cars got [\d.]+\skWh\."))).to_be_visible()
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'best-practice']})")
    assert [v["id"] for v in found["violations"]] == []
