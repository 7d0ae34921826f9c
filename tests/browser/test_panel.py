"""The front panel in the hand: a real site on a real simulated building, its cars, cards, mains and faults."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.fresh import Fresh

GARAGE = "/chargers/garage/panel"


@pytest.fixture(scope="module")
def house():
    running = Fresh()
    try:
        yield running.start()
    finally:
        running.close()


@pytest.fixture
def panel(house, open_page):
    """The garage's panel with no car at it, whole and awake."""
    house.do("unplug", charger="garage")
    house.do("heal", charger="garage")
    house.ask("POST", "chargers/garage/commands", {"action": "set_mode", "value": "fast"})
    house.ask("POST", "chargers/garage/panel", {"hand": "test", "held": [], "knock": True})
    page = open_page()
    page.goto(house.url + GARAGE)
    light(page, "off", 20)
    return page


def light(page, name, seconds=30):
    """Wait until the light says ``name``."""
    expect(page.locator(f'[data-light="{name}"]')).to_have_count(1, timeout=seconds * 1000)


@pytest.mark.req("EV-001", "EV-015", "EV-024", "EV-050", "EV-057")
def test_a_car_is_plugged_in_and_light_and_display_follow_what_the_site_reports(panel):
    expect(panel.locator(".lcd")).to_contain_text("Vehicle not connected")
    panel.get_by_label("A car comes").select_option("one_phase")
    panel.get_by_role("button", name="Plug in").click()
    expect(panel.locator("svg .car:not(.away)")).to_have_count(1, timeout=10_000)
    light(panel, "charging")
    expect(panel.locator(".lcd")).to_contain_text("Charging")
    expect(panel.locator(".lcd .bottom")).to_contain_text(re.compile(r"[1-9].*kW"), timeout=20_000)
    expect(panel.get_by_role("status").filter(has_text="green")).to_have_count(1)


@pytest.mark.req("EV-027", "EV-041", "EV-042", "G-046")
def test_buttons_work_by_mouse_and_by_key(panel, house):
    panel.get_by_role("button", name="Up", exact=True).click()
    expect(panel.locator(".lcd")).to_contain_text("Centre confirms")
    panel.get_by_role("button", name="Centre", exact=True).press("Enter")
    expect(panel.locator(".lcd .mode")).to_contain_text("Green")
    house.until(lambda: house.ask("GET", "snapshot")["chargers"]["garage"]["mode"] == "green")
    panel.keyboard.press("Enter")
    expect(panel.locator('[data-page="menu"]')).to_have_count(1)
    panel.keyboard.press("ArrowDown")
    expect(panel.locator(".lcd .chosen")).to_contain_text("Info")
    panel.keyboard.press("ArrowLeft")
    expect(panel.locator('[data-page="home"]')).to_have_count(1)


@pytest.mark.req("EV-063", "EV-226", "EV-224")
def test_a_broken_earth_is_found_told_and_gone_after_mending(panel):
    panel.get_by_label("Earth wire broken").check()
    light(panel, "error")
    expect(panel.locator(".lcd")).to_contain_text("I1")
    expect(panel.get_by_role("status").filter(has_text="Error, red")).to_have_count(1)
    panel.get_by_role("button", name="Mend everything").click()
    light(panel, "off")


@pytest.mark.req("EV-202", "EV-198")
def test_a_strange_card_is_answered_in_red(panel, house):
    house.ask("POST", "chargers/garage/commands", {"action": "set_authorization", "value": "card"})
    try:
        panel.evaluate(
            "window.seen = new Set(); new MutationObserver(() => document.querySelectorAll('[data-light]')"
            ".forEach(one => window.seen.add(one.dataset.light)))"
            ".observe(document, {subtree: true, attributes: true, attributeFilter: ['data-light']})"
        )
        panel.get_by_label("Show a card").fill("04FFFFFF")
        panel.locator("button.reader").click()
        house.until(lambda: panel.evaluate("window.seen.has('refused')"))
    finally:
        house.ask("POST", "chargers/garage/commands", {"action": "set_authorization", "value": "none"})


def test_the_mains_voltage_is_turned_and_the_site_measures_it(panel, house):
    panel.get_by_label("Mains voltage").fill("205")
    house.until(lambda: house.ask("GET", "snapshot")["channels"]["grid"]["phases"]["L1"]["voltage_v"] < 210)
    panel.get_by_role("button", name="Mend everything").click()
    house.until(lambda: house.ask("GET", "bench")["voltage_share"] == 1)


@pytest.mark.req("EV-002", "EV-033")
def test_the_other_model_has_one_button_and_no_display(house, open_page):
    page = open_page(size="phone")
    page.goto(f"{house.url}/chargers/yard")
    page.get_by_role("link", name="Front panel").click()
    expect(page.get_by_role("button", name="Button", exact=True)).to_be_visible()
    expect(page.locator(".lcd")).to_have_count(0)
    expect(page.locator("svg .socket")).to_have_count(1, timeout=10_000)
    expect(page.get_by_label("Cable codes no current")).to_have_count(1)


def test_on_a_real_site_there_is_no_bench_and_the_panel_works(site, open_page, building):
    page = open_page()
    page.goto(site.url + GARAGE)
    page.get_by_role("button", name="Left", exact=True).click()
    for _ in range(100):
        if building.commands:
            break
        page.wait_for_timeout(50)
    expect(page.get_by_role("heading", name="Test bench")).to_have_count(0)
    assert [(one.author, one.action) for one in building.commands] == [("panel:local", "pause")]


@pytest.mark.req("G-047")
def test_a_button_is_held_by_key_for_as_long_as_the_key_is_down(site, open_page, building):
    page = open_page()
    page.goto(site.url + GARAGE)
    left = page.get_by_role("button", name="Left", exact=True)
    left.focus()
    page.keyboard.down("Enter")
    expect(page.get_by_text("Held for 2 s")).to_be_visible()
    page.wait_for_timeout(600)
    assert site.call(building.panels.seen, "garage").held == {"left"}, "longer than the house believes without a word"
    page.keyboard.up("Enter")
    expect(page.get_by_text("Held for")).to_have_count(0)
    page.wait_for_timeout(300)
    assert site.call(building.panels.seen, "garage").held == set()
    assert building.commands == [], "it was no short press"


def test_with_the_site_gone_the_panel_is_stale(site, open_page):
    page = open_page()
    page.goto(site.url + GARAGE)
    light(page, "charging")
    site.stop()
    expect(page.get_by_text("Not of now: the site does not answer.")).to_be_visible(timeout=15_000)
    expect(page.locator('[data-on="true"]')).to_have_count(0)
    expect(page.get_by_role("button", name="Centre", exact=True)).to_be_disabled()
    site.start()
    light(page, "charging")
    expect(page.get_by_role("button", name="Centre", exact=True)).to_be_enabled(timeout=15_000)
