"""Charging sessions in the app: tiles, the list of a month, groups, one session, the file, and the price."""

import csv
import io

import pytest
from playwright.sync_api import expect


@pytest.mark.req("EV-076", "EV-077", "EV-078")
def test_a_charger_shows_its_charge_and_its_month_and_both_lead_on(site, open_page):
    page = open_page(size="phone")
    page.goto(f"{site.url}/chargers/garage")
    current = page.locator(".tiles a").filter(has_text="Current charge")
    expect(current).to_contain_text("5.52 kWh")
    expect(current).to_contain_text("2:11:30")
    month = page.locator(".tiles a").filter(has_text="This month")
    expect(month).to_contain_text("kWh")
    expect(month).to_contain_text("€")
    month.click()
    expect(page).to_have_url(f"{site.url}/chargers/garage/sessions/2026-06")
    page.go_back()
    page.locator(".tiles a").filter(has_text="Current charge").click()
    expect(page.locator("dl")).to_contain_text("Effective charging time")


@pytest.mark.req("EV-090", "EV-091", "EV-092", "G-075")
def test_a_month_is_listed_grouped_and_saved_and_the_others_are_a_step_away(site, open_page):
    page = open_page()
    page.goto(f"{site.url}/sessions/2026-06")
    expect(page.locator("main li a")).to_have_count(8)
    page.get_by_text("By authorization").click()
    expect(page.locator("main li").filter(has_text="Card Anna")).to_contain_text("€")
    expect(page.locator("main li").filter(has_text="Card Ben")).to_be_visible()
    expect(page.locator("main li").filter(has_text="App")).to_be_visible()
    page.get_by_text("By charger").click()
    expect(page.locator("main li").filter(has_text="Garage")).to_contain_text("Sessions: 8")
    with page.expect_download() as saved:
        page.get_by_role("link", name="Save as CSV").click()
    rows = list(csv.DictReader(io.StringIO(saved.value.path().read_text("utf-8"))))
    assert len(rows) == 8
    page.get_by_role("link", name="Month before").click()
    expect(page).to_have_url(f"{site.url}/sessions/2026-05")
    expect(page.get_by_role("heading", name="May 2026")).to_be_visible()
    page.goto(f"{site.url}/sessions/2024-02")
    expect(page.locator("main")).to_contain_text("No charge in this month.")


@pytest.mark.req("EV-079", "EV-080", "EV-083")
def test_a_session_shows_all_of_it(site, open_page):
    page = open_page()
    page.goto(f"{site.url}/chargers/garage/sessions/2026-06")
    page.locator("main li a").nth(1).click()
    facts = page.locator("dl")
    for text in ("Start 19/06/26, 18:05", "End 19/06/26, 19:40", "Effective charging time 1:35:00", "Card Anna"):
        expect(facts).to_contain_text(text)
    for text in ("Green energy", "Cost €", "16 A / 11.0 kW", "the car was unplugged"):
        expect(facts).to_contain_text(text)
    expect(page.get_by_role("img", name="Power by the minute")).to_be_visible()


@pytest.mark.req("EV-081", "EV-082")
def test_the_session_that_runs_is_paused_and_limited_on_its_page(building, site, open_page):
    page = open_page()
    page.goto(f"{site.url}/chargers/garage")
    page.locator(".tiles a").filter(has_text="Current charge").click()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    assert building.options["garage"].paused
    expect(page.get_by_label("Limit for this session")).to_be_visible()


@pytest.mark.req("G-053")
def test_partial_counters_begin_anew_after_a_question(building, site, open_page):
    page = open_page()
    page.goto(f"{site.url}/chargers/garage/sessions/2026-06")
    page.get_by_role("button", name="Begin anew").click()
    expect(page.get_by_text("Begin the partial counters at zero?")).to_be_visible()
    page.get_by_role("button", name="Begin anew").click()
    expect(page.get_by_text("Begin the partial counters at zero?")).to_have_count(0)
    assert building.sessions.counters("garage")["partial"].sessions == 0


@pytest.mark.req("G-004", "G-005")
def test_the_owner_sets_what_a_kilowatt_hour_costs(building, site, open_page):
    page = open_page()
    page.goto(f"{site.url}/settings")
    expect(page.locator(".holds")).to_have_text("€0.45/kWh since 1 Jan 2026")
    page.get_by_label("Price of a kWh").fill("dear")
    page.get_by_role("button", name="Set price").click()
    expect(page.get_by_role("alert").filter(has_text="Got dear")).to_be_visible()
    page.get_by_label("Price of a kWh").fill("0,30")
    page.get_by_label("Of green energy (optional)").fill("0.1")
    page.get_by_role("button", name="Set price").click()
    expect(page.locator(".holds")).to_contain_text("€0.30/kWh, green €0.10/kWh")
    assert str(building.sessions.tariff.prices[-1].per_kwh) == "0.30"
