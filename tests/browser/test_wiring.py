"""The installer chooses a transformer by the breaker, and checks a bus cable of his own, in both languages."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_validation import readable


@pytest.fixture
def screen(site, home) -> Page:
    home.goto(f"{site.url}/settings")
    home.locator("main a[href='/wiring']").click()
    home.wait_for_url("**/wiring")
    expect(home.get_by_role("heading", name="Which transformer?")).to_be_visible()
    return home


@pytest.mark.req("G-089", "EM-075")
def test_the_smallest_transformer_comes_as_one_types(screen: Page) -> None:
    card = screen.get_by_role("region", name="Which transformer?")
    expect(card).to_contain_text("Split core, 50 A")
    expect(card.locator("code")).to_have_text(["AC-CT-50A", "AC-CT-S-50A"])
    breaker = card.get_by_label("Breaker of the circuit in A")
    breaker.fill("63")
    expect(card).to_contain_text("Split core, 100 A")
    expect(card.locator("code")).to_have_text(["AC-CT-100A"])
    card.get_by_label("It is a bus bar").check()
    expect(card.locator("code")).to_have_text(["AC-RSCT-4CM"])
    card.get_by_label("It is a bus bar").uncheck()
    card.get_by_label("A new three-phase circuit").check()
    expect(card.locator("code")).to_have_text(["AC-CT-100A", "I1-IAC-2"])
    breaker.fill("0")
    expect(card.get_by_role("alert")).to_contain_text("at most 10000 A")
    expect(card.locator("code")).to_have_count(0)
    readable(screen)


@pytest.mark.req("EM-169", "EM-164", "EM-166", "EM-168")
def test_every_rule_that_a_cable_breaks_is_named_and_a_mended_one_may_be_used(screen: Page) -> None:
    card = screen.get_by_role("region", name="A bus cable of your own")
    expect(card).to_contain_text("The cable may be used.")
    card.get_by_label("Pin 1 shares a pair with pin").select_option("2")
    card.get_by_label("Connector").select_option("RJ45")
    card.get_by_label("Impedance").fill("150")
    expect(card.locator("li")).to_have_count(3)
    expect(card).to_contain_text("Pins 1 and 4 must share a twisted pair")
    expect(card).to_contain_text("Do not use this cable")
    readable(screen)
    card.get_by_label("Wire gauge").fill("")
    expect(card.get_by_role("alert")).to_have_text("A number is missing.")
    card.get_by_label("Wire gauge").fill("24")
    card.get_by_label("Pin 1 shares a pair with pin").select_option("4")
    card.get_by_label("Connector").select_option("RJ10")
    card.get_by_label("Impedance").fill("100")
    expect(card).to_contain_text("The cable may be used.")


@pytest.mark.parametrize(("size", "theme"), [("phone", "dark"), ("desktop", "light")])
def test_both_cards_speak_italian(site, open_page, size: str, theme: str) -> None:
    opened = open_page(size=size, theme=theme, language="it")
    opened.goto(f"{site.url}/wiring")
    expect(opened.get_by_role("heading", name="Quale trasformatore?")).to_be_visible()
    expect(opened.get_by_role("main")).to_contain_text("Il cavo può essere usato.")
    expect(opened.get_by_role("main")).to_contain_text("Nucleo apribile, 50 A")
    readable(opened)
    assert opened.evaluate("document.documentElement.scrollWidth <= innerWidth")
