"""Circuits and who takes them, the priority of a charger, and how chargers share."""

import os

import pytest
from playwright.sync_api import expect

from ohmstead.core.model.settings import Settings
from tests.browser.browser import AXE
from tests.browser.building import settings

PICTURES = os.environ.get("OHMSTEAD_PICTURES")
"""A folder for pictures of what is tested; none are taken without."""


@pytest.fixture
def tree(building):
    """The building with a garage circuit and a box below it."""
    raw = settings().model_dump(mode="json", exclude_none=True)
    raw["circuits"] = {
        "annex": {"name": "Annex", "limit_a": 20.0, "reserve_a": 2.0},
        "wallboxes": {"name": "Wallboxes", "limit_a": 16.0, "parent": "annex"},
    }
    raw["chargers"]["garage"]["circuit"] = "wallboxes"
    building.settings = Settings.model_validate(raw)


def seen(page, name):
    """A picture to look at, if wanted, and no trouble for those who cannot see it."""
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate(
        "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
    )
    assert [(v["id"], [node["html"] for node in v["nodes"]]) for v in found["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize(("size", "theme", "language"), [("phone", "dark", "it"), ("desktop", "light", "en")])
def test_the_tree_shows_each_circuit_with_its_load_and_its_cars(tree, site, open_page, size, theme, language):
    page = open_page(size=size, theme=theme, language=language, moving=False)
    page.goto(f"{site.url}/circuits")
    names = {"en": ["The supply", "Annex", "Wallboxes"], "it": ["La fornitura", "Annex", "Wallboxes"]}[language]
    section = page.locator("section.card", has=page.locator("#branches"))
    expect(section.locator("h3")).to_have_text(names)
    expect(section.locator(".tree > li").nth(1)).to_contain_text("L1")
    expect(section.locator(".tree > li").nth(2)).to_contain_text("Garage")
    seen(page, f"tree-{size}-{theme}-{language}")


def test_without_circuits_the_phases_of_the_supply_are_shown_as_ever(site, open_page):
    page = open_page()
    page.goto(f"{site.url}/circuits")
    expect(page.locator("#phases")).to_be_visible()
    expect(page.locator("#branches")).to_have_count(0)


@pytest.mark.req("EV-146")
@pytest.mark.parametrize(("size", "theme"), [("phone", "light"), ("desktop", "dark")])
def test_a_charger_s_priority_is_set_on_its_page_and_undone_with_one_tap(building, site, open_page, size, theme):
    page = open_page(size=size, theme=theme, moving=False)
    page.goto(f"{site.url}/chargers/garage")
    group = page.get_by_role("radiogroup", name="Priority")
    expect(group.get_by_role("radio", name="2")).to_be_checked()
    seen(page, f"priority-{size}-{theme}")
    group.get_by_text("4", exact=True).click()
    expect(page.locator(".message")).to_contain_text("Garage has priority 4 now.")
    expect(group.get_by_role("radio", name="4")).to_be_checked()
    assert building.options["garage"].priority == 4
    page.get_by_role("button", name="Undo").click()
    expect(group.get_by_role("radio", name="2")).to_be_checked()


@pytest.mark.req("EV-145")
@pytest.mark.parametrize(("size", "theme"), [("phone", "dark"), ("desktop", "light")])
def test_an_installer_chooses_how_chargers_share(building, site, open_page, size, theme):
    page = open_page(size=size, theme=theme, moving=False)
    page.goto(f"{site.url}/settings")
    section = page.get_by_role("region", name="Sharing among chargers")
    section.get_by_text("15 min").click()
    expect(page.locator(".message")).to_contain_text("A turn lasts 15 minutes now.")
    seen(page, f"sharing-{size}-{theme}")
    section.get_by_text("First come, first served").click()
    expect(section).to_contain_text("The car that was plugged in first gets what it asks for")
    expect(section.get_by_text("15 min")).to_have_count(0)
    assert building.settings.site.sharing.model_dump() == {"power_sharing": False, "slot_min": 15}
