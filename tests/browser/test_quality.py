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
    expect(section).to_contain_text("L1–L2 398.9\u00a0V")


def test_at_a_glance_the_supply_stands_against_its_limits(quality):
    section = quality.get_by_role("region", name="The supply at a glance")
    expect(section).to_contain_text("Beyond its limit: Distortion of the voltage.")
    expect(section.get_by_role("listitem").filter(has_text="Unbalance")).to_contain_text("within the band")
    expect(section.get_by_role("listitem").filter(has_text="Unbalance")).to_contain_text("2\u00a0% at most")
    expect(section.get_by_role("listitem").filter(has_text="Distortion")).to_contain_text("outside the band")


def test_each_point_is_told_in_figures(quality):
    table = quality.get_by_role("region", name="Measuring points").get_by_role("table")
    expect(table.get_by_role("row", name="Displacement factor")).to_contain_text("1.000")
    expect(table.get_by_role("row", name="Non-active power")).to_contain_text("110")


def test_what_is_held_stands_still_until_it_goes_on(quality):
    asked = []
    quality.on("request", lambda request: asked.append(request.url) if "/power-quality/" in request.url else None)
    quality.get_by_role("button", name="Hold").click()
    quality.wait_for_timeout(3_500)
    assert asked == []
    with quality.expect_request("**/power-quality/oven", timeout=8_000):
        quality.get_by_role("button", name="Go on").click()
    expect(quality.get_by_role("button", name="Hold")).to_be_visible()


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
    dip = dips.get_by_role("listitem").filter(has_text="Dip L2")
    expect(dip).to_contain_text("171\u00a0V")
    expect(dip).to_contain_text("120\u00a0ms")
    expect(dips.get_by_role("listitem").filter(has_text="Swell L3")).to_contain_text("still runs")
    expect(dips.get_by_role("listitem").filter(has_text="Swell L1")).to_contain_text("more than 40\u00a0ms")
    expect(dips.get_by_role("listitem").filter(has_text="Interruption L1, L2, L3")).to_contain_text("42\u00a0s")
    expect(dips.get_by_role("img", name="4 disturbances by length")).to_be_visible()


def test_flicker_is_told_by_phase_with_the_highest_of_the_day_and_two_hours(quality):
    table = quality.get_by_role("region", name="Flicker").get_by_role("table")
    expect(table.get_by_role("row", name="Last ten minutes")).to_contain_text("0.40")
    expect(table.get_by_role("row", name="Highest of the day")).to_contain_text("0.78")
    expect(table.get_by_role("row", name="Two hours")).to_contain_text("–")


def test_a_circuit_without_waveforms_has_no_such_link_and_its_page_says_why(site, home):
    home.goto(f"{site.url}/circuits/office")
    expect(home.get_by_role("link", name="Show in history")).to_be_visible()
    expect(home.get_by_role("link", name="Power quality")).to_have_count(0)
    home.goto(f"{site.url}/quality/office")
    expect(home.get_by_role("main")).to_contain_text("does not sample waveforms")
