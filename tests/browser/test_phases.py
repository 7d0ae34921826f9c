"""One phase or three on the page of a charger that can switch them."""

import os

import pytest
from playwright.sync_api import expect

from ohmstead.core.model.events import Action
from ohmstead.core.model.phases import PhasesSeen
from tests.browser.browser import AXE, until

PICTURES = os.environ.get("OHMSTEAD_PICTURES")


def section(page, language="en"):
    name = {"en": "Phases", "it": "Fasi"}[language]
    return page.locator("section", has=page.get_by_role("heading", name=name, exact=True)).last


@pytest.mark.req("G-032")
@pytest.mark.parametrize(("size", "theme", "language"), [("phone", "dark", "it"), ("desktop", "light", "en")])
def test_what_is_connected_is_told_and_the_setting_changed_where_it_is_shown(
    building, site, open_page, size, theme, language
):
    building.switching = PhasesSeen(1, ("L1", "L2", "L3"), switched=2, begun=True)
    page = open_page(size=size, theme=theme, language=language, moving=False)
    page.goto(f"{site.url}/chargers/garage")
    told = {
        "en": "One phase is connected. Switched 2 of at most 10 times in this charge.",
        "it": "È collegata una fase. Cambiate 2 volte su 10 al massimo in questa ricarica.",
    }
    expect(section(page, language)).to_contain_text(told[language])
    chosen = {"en": "Automatic", "it": "Automatico"}[language]
    section(page, language).get_by_text(chosen, exact=True).click()
    expect(section(page, language).get_by_role("radio", name=chosen)).to_be_checked()
    keep = section(page, language).get_by_role("checkbox")
    keep.click()
    expect(keep).to_be_checked()
    asked = [(Action.SET_PHASES, "automatic"), (Action.KEEP_PHASES, True)]
    until(page, lambda: [(one.action, one.value) for one in building.commands] == asked)
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/phases-{size}-{theme}.png", full_page=True)
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'best-practice']})")
    assert [(v["id"], [node["html"] for node in v["nodes"]]) for v in found["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_while_it_switches_that_is_told(building, site, open_page):
    building.switching = PhasesSeen(None, switched=1, begun=True, to=3, pause_left_s=48.0)
    page = open_page()
    page.goto(f"{site.url}/chargers/garage")
    expect(section(page)).to_contain_text("Switching to three phases.")
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/phases-switching.png", full_page=True)


def test_a_charger_that_cannot_switch_shows_nothing_of_it(building, site, open_page):
    page = open_page()
    page.goto(f"{site.url}/chargers/garage")
    expect(page.get_by_role("heading", name="Garage")).to_be_visible()
    expect(page.get_by_role("heading", name="Phases", exact=True)).to_have_count(0)
