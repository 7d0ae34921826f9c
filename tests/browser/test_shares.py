"""Own power on the home screen: shares by day, week and month, what no circuit measures, what is always on."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.browser import AXE


@pytest.fixture
def card(home):
    return home.get_by_role("region", name="Own power")


@pytest.mark.req("EM-244")
def test_the_day_shows_how_much_was_own_and_what_no_circuit_measures(card):
    expect(card).to_contain_text(re.compile(r"Self-sufficiency\s*\d+\u00a0%"))
    expect(card).to_contain_text(re.compile(r"Self-consumption\s*\d+\u00a0%"))
    expect(card).to_contain_text(re.compile(r"Not measured\s*\d+\.\d+\u00a0kWh"))


@pytest.mark.req("EM-244")
def test_a_week_is_more_than_a_day(card):
    unmeasured = card.locator("dl > div").filter(has_text="Not measured").locator("dd.value")
    expect(unmeasured).to_contain_text("kWh")
    day = unmeasured.inner_text()
    card.get_by_text("Week", exact=True).click()
    expect(unmeasured).not_to_have_text(day)
    assert float(unmeasured.inner_text().split()[0]) > float(day.split()[0])


@pytest.mark.req("EM-245", "G-114")
def test_what_is_always_on_is_shown_with_what_it_makes_in_a_year(card):
    always_on = card.locator("dl > div").filter(has_text="Always on")
    expect(always_on).to_contain_text(re.compile(r"Always on\s*\d{3}\u00a0W\s*makes \d+ ?\d*\u00a0kWh in a year"))


def test_on_a_phone_in_italian_it_fits_and_everybody_can_read_it(site, open_page):
    page = open_page(size="phone", language="it")
    page.goto(site.url)
    card = page.get_by_role("region", name="Energia propria")
    expect(card).to_contain_text("Autosufficienza")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']})")
    assert [(v["id"], [node["html"] for node in v["nodes"]]) for v in found["violations"]] == []
