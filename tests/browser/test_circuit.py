"""The page of one circuit: all that its meter tells, and what was decided while reading it."""

import pytest
from playwright.sync_api import expect

from ohmstead.core.model.details import Quantity
from ohmstead.core.model.readings import Battery, PhaseReading, Supply, UtilityCounter
from ohmstead.core.model.reasons import Reason

TOLD = {
    Quantity.APPARENT_POWER_VA: {"total": 3768.75, "L1": 1203.5, "L2": 350.5, "L3": 2215.0},
    Quantity.VOLTAGE_V: {"L1-L2": 400.5, "L2-L3": 399.5, "L3-L1": 398.2},
    Quantity.CURRENT_A: {"N": 7.75},
    Quantity.THD_VOLTAGE_PERCENT: {"L1": 1.5, "L2": 2.2, "L3": 1.3},
    Quantity.THD_CURRENT_PERCENT: {"L1": 10.5, "L2": 25.2, "L3": 8.8},
    Quantity.ENERGY_IMPORT_J: {"L1": 14_815_800_000, "L2": 7_408_080_000, "L3": 22_219_920_000},
    Quantity.REACTIVE_ENERGY_IMPORT_VARH: {"total": 512_500.0},
}
DECIDED = Reason("meter.other_direction", {"meter": "EMpro", "source": "OpenEMS"})


@pytest.fixture
def meter(building, site, open_page):
    """The page of a meter that tells all it can."""
    gas = Supply(1850.0, 3695.0, (UtilityCounter("gas", 981.443, 12_500_000),))
    building.more["grid"] = {"details": TOLD, "notes": (DECIDED,), "supply": gas}
    building.more["roof"] = {"battery": Battery(63.0, 97.5, 36_000_000, 22_680_000)}

    def opened(circuit="grid", **choice):
        page = open_page(**choice)
        page.goto(f"{site.url}/circuits/{circuit}")
        page.locator("article h1").wait_for()
        return page

    return opened


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_all_quantities_are_shown_grouped_and_per_phase(meter, size):
    page = meter(size=size)
    every = page.locator("details.more")
    every.locator("summary").click()
    expect(every.locator("h3")).to_have_text(["Power and conductors", "Harmonic distortion", "Counters of the meter"])
    row = every.locator("tr", has_text="Apparent power")
    expect(row.locator("td")).to_have_text(["3.77 kVA", "1.20 kVA", "350 VA", "2.21 kVA"])
    expect(every.locator("dl").first).to_contain_text("Voltage L1–L2")
    expect(every.locator("dl").first).to_contain_text("400.5 V")
    expect(every.locator("tr", has_text="Distortion of the current").locator("td").nth(1)).to_have_text("25.2 %")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.req("EM-239")
@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_power_reactive_power_voltages_current_and_factor_of_each_input_move_as_they_are_measured(
    meter, building, size
):
    page = meter("roof", size=size)
    table = page.locator("article table").first
    expect(table.locator("thead th")).to_have_text(["Phase", "P", "Q", "U", "I", "PF"])
    phases = {
        phase: PhaseReading(230.0 + n, 4.0 + n, 900.0 + n, 410.0 + n, 0.91 + n / 100)
        for n, phase in enumerate(("L1", "L2", "L3"))
    }
    lines = {Quantity.VOLTAGE_V: {"L1-L2": 400.5, "L2-L3": 399.5, "L3-L1": 398.2}}
    building.more["roof"] = {"phases": phases, "details": lines, "power_w": 2703.0, "reactive_power_var": 1233.0}
    second = table.locator("tbody tr").nth(1).locator("td")
    expect(second).to_have_text(["901 W", "411 var", "231.0 V", "5.00 A", "0.92"])
    expect(table.locator("tbody tr").last).to_contain_text("1.23 kvar")
    facts = page.locator("article > dl")
    for place, volts in (("L1–L2", "400.5"), ("L2–L3", "399.5"), ("L3–L1", "398.2")):
        expect(facts.locator("div", has_text=place).locator("dd")).to_have_text(f"{volts} V")


@pytest.mark.req("EM-237")
def test_active_power_of_each_input_stands_in_the_list_on_a_phone_and_moves(building, site, open_page):
    page = open_page(size="phone")
    page.goto(f"{site.url}/circuits")
    row = page.get_by_role("link", name="Oven")
    expect(row).to_be_visible()
    building.more["oven"] = {"power_w": 1234.0}
    expect(row).to_contain_text("1.23 kW")


def test_a_decided_conflict_is_told_in_the_language_of_the_reader(meter):
    section = meter(language="it").locator("article section", has_text="Deciso durante la lettura")
    expect(section.locator("li")).to_contain_text("EMpro")


def test_gas_is_shown_by_day(meter):
    figure = meter().locator("figure", has_text="Gas by day")
    expect(figure.locator("li")).to_have_count(14)
    expect(figure.locator("figcaption")).to_contain_text("m³")


def test_what_a_battery_holds_is_shown(meter):
    facts = meter("roof").locator("article > dl")
    expect(facts).to_contain_text("State of charge")
    expect(facts).to_contain_text("63 %")
    expect(facts).to_contain_text("6.30 kWh")


def test_a_plain_meter_shows_no_more_than_it_tells(site, open_page):
    page = open_page()
    page.goto(f"{site.url}/circuits/oven")
    page.locator("article h1").wait_for()
    expect(page.locator("details.more")).to_have_count(0)
