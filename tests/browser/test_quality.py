"""The power quality screen, reached from a sampled circuit: it shows what the front end saw, or says why it cannot."""

import pytest
from playwright.sync_api import expect


@pytest.fixture
def sampled(building):
    """The oven's waveforms are sampled."""
    devices = dict(building.settings.devices)
    oven = {"driver": "samples", "connect": "samples://127.0.0.1:1", "points": [4], "phases": ["L2"], "role": "load"}
    devices["oven"] = type(devices["oven"]).model_validate({**oven, "name": devices["oven"].name})
    building.settings = building.settings.model_copy(update={"devices": devices})
    return building


@pytest.fixture
def quality(sampled, site, home):
    home.goto(f"{site.url}/circuits/oven")
    home.get_by_role("link", name="Power quality").click()
    expect(home.get_by_role("heading", level=1)).to_have_text("Power quality")
    return home


def test_the_voltage_band_the_unbalance_and_the_order_of_phases_are_shown(quality):
    section = quality.get_by_role("region", name="Voltage")
    expect(section).to_contain_text("231.4\u00a0V")
    expect(section).to_contain_text("within the band")
    expect(section).to_contain_text("207\u00a0V to 253\u00a0V are allowed")
    expect(section).to_contain_text("L1 – L2 – L3")
    expect(section).to_contain_text("0.40\u00a0%")


def test_harmonics_are_chosen_by_signal_and_told_in_figures_too(quality):
    section = quality.get_by_role("region", name="Harmonics")
    section.get_by_label("Voltage or current").select_option("4")
    expect(section.get_by_role("img", name="Harmonics 2 to 25: Current, point 4 (L2)")).to_be_visible()
    section.get_by_text("Figures").click()
    expect(section).to_contain_text("3. 10.0\u00a0%")
    section.get_by_label("Voltage or current").select_option("5")
    expect(section).to_contain_text("Nothing flows here")


def test_waveforms_phasors_and_the_last_dip_are_there(quality):
    expect(quality.get_by_role("img", name="Waveforms: Voltage L1, Voltage L2")).to_be_visible()
    expect(quality.get_by_role("region", name="Phasors")).to_contain_text("−120\u00a0°")
    dips = quality.get_by_role("region", name="Dips and swells")
    expect(dips).to_contain_text("Dip L2 171\u00a0V 120\u00a0ms")
    expect(dips).to_contain_text("Swell L1")


def test_a_circuit_without_waveforms_has_no_such_link_and_its_page_says_why(site, home):
    home.goto(f"{site.url}/circuits/office")
    expect(home.get_by_role("link", name="Show in history")).to_be_visible()
    expect(home.get_by_role("link", name="Power quality")).to_have_count(0)
    home.goto(f"{site.url}/quality/office")
    expect(home.get_by_role("main")).to_contain_text("does not sample waveforms")
