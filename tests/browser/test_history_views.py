"""A year as a heat map, any period by load, and what else a meter told by phase."""

import re

import pytest
from playwright.sync_api import expect


@pytest.fixture
def heat(site, open_page):
    page = open_page()
    page.goto(f"{site.url}/history/heatmap?channels=oven")
    page.locator("canvas[data-painted]").wait_for()
    return page


def test_a_year_tells_its_highest_hour(heat):
    expect(heat.locator(".said")).to_contain_text(re.compile(r"Highest hour: 1\.\d+\skW, .* June, 12:00–13:00"))


def test_the_keyboard_walks_through_days_and_hours(heat):
    year = heat.get_by_role("slider")
    expect(year).to_have_attribute("aria-label", "Heat map: Oven, 2026")
    year.focus()
    year.press("End")
    year.press("Home")
    expect(year).to_have_attribute("aria-valuetext", re.compile(r"^Thu 1 January, 12:00–13:00: not measured$"))
    for _ in range(5):
        year.press("PageDown")
    for _ in range(17):
        year.press("ArrowRight")
    expect(heat.locator(".said")).to_contain_text(re.compile(r"Wed 17 June, 12:00–13:00: \d"))
    year.press("ArrowUp")
    expect(heat.locator(".said")).to_contain_text("Wed 17 June, 11:00–12:00: 2\u00a0W")
    heat.get_by_role("link", name="Show this day").click()
    expect(heat.locator(".date .title")).to_have_text("Wed 17 June")
    assert "channels=oven" in heat.url


def test_a_finger_reads_a_cell_on_a_phone(site, open_page):
    page = open_page(size="phone")
    page.goto(f"{site.url}/history/heatmap?channels=oven")
    page.locator("canvas[data-painted]").wait_for()
    box = page.locator(".touch").bounding_box()
    hour = (box["width"] - 44) / 24
    page.locator(".touch").tap(position={"x": 44 + hour * 12.5, "y": 24 + 12 * 16 + 5})
    expect(page.locator(".said")).to_contain_text("Wed 17 June, 12:00–13:00")


def test_another_channel_and_year_stand_in_the_address(heat):
    heat.get_by_label("Of what").select_option(label="Solar roof")
    heat.wait_for_url(re.compile("channels=roof"))
    heat.get_by_role("button", name="Earlier").click()
    heat.wait_for_url(re.compile(r"date=2025-01-01"))
    expect(heat.get_by_role("heading", name="Nothing was recorded")).to_be_visible()


def test_a_year_is_read_in_a_table_and_saved(heat):
    heat.get_by_text("As a table: mean of each hour by month").click()
    june = heat.get_by_role("row", name="June")
    expect(june.get_by_role("cell")).to_have_count(24)
    expect(june.get_by_role("cell").nth(12)).to_contain_text("kW")
    with heat.expect_download() as download:
        heat.get_by_role("button", name="Save as CSV").click()
    assert download.value.suggested_filename == "via-roma-12-heatmap-oven-2026.csv"
    rows = download.value.path().read_text().splitlines()
    assert len(rows) == 1 + 365 * 24
    assert re.fullmatch(r"2026-06-17,12,oven,1\d{3}(\.\d)?", rows[1 + 167 * 24 + 12])


def test_a_week_is_broken_down_by_load_with_the_rest_that_nobody_measured(site, open_page):
    page = open_page()
    page.goto(f"{site.url}/history/breakdown?span=week")
    rows = page.get_by_role("table").locator("tbody tr")
    expect(rows.first).to_contain_text(re.compile(r"Heat pump.*kWh.*%"))
    expect(rows.last).to_contain_text(re.compile(r"Not measured.*kWh.*%"))
    cells = page.locator("tbody td:last-child").all_inner_texts()
    shares = [float(cell.rstrip("%\u00a0 ").lstrip("< ")) for cell in cells]
    assert sum(shares) == pytest.approx(100, abs=2)
    expect(page.locator(".total")).to_contain_text(re.compile(r"Heat pump used most: [\d.]+\skWh"))
    page.get_by_role("link", name="Garage").click()
    expect(page.locator("h1")).to_have_text("Garage")


def test_the_breakdown_leads_to_its_circuits_and_to_curves(site, open_page):
    page = open_page(size="phone")
    page.goto(f"{site.url}/history/breakdown?span=day")
    page.get_by_role("link", name="Oven").click()
    expect(page).to_have_url(re.compile("/circuits/oven$"))
    page.go_back()
    page.get_by_role("link", name="Show as curves").click()
    page.locator("[data-painted]").wait_for()
    expect(page.get_by_role("radio", name="Stacked")).to_be_checked()
    expect(page.get_by_role("list", name="What is shown")).to_contain_text("Heat pump")


def test_a_breakdown_of_any_length_is_asked_for_and_saved(site, open_page):
    page = open_page()
    page.goto(f"{site.url}/history/breakdown")
    with page.expect_request(lambda request: "/breakdown?from=2025-12-31T23" in request.url):
        page.get_by_text("Year", exact=True).click()
    expect(page.get_by_role("row", name="Oven")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as CSV").click()
    assert download.value.suggested_filename == "via-roma-12-breakdown-year-2026-01-01.csv"
    rows = download.value.path().read_text().splitlines()
    assert rows[0] == "load,name,energy_j,share"
    assert rows[-1].startswith("unmeasured,Not measured,")


def test_voltage_current_and_power_factor_are_drawn_by_phase(site, open_page):
    page = open_page()
    page.goto(f"{site.url}/history?channels=grid")
    page.locator("[data-painted]").wait_for()
    for name, figure in (
        ("Voltage", r"2[23]\d\.\d\sV"),
        ("Current", r"\d+\.\d\d\sA"),
        ("Power factor", r"0\.96\d"),
        ("Power by phase", r"W"),
    ):
        page.get_by_label("Quantity").select_option(label=name)
        legend = page.get_by_role("list", name="What is shown").locator("li")
        expect(legend).to_have_count(3)
        for phase in ("L1", "L2", "L3"):
            expect(legend.filter(has_text=phase)).to_contain_text(re.compile(rf"{figure}.* to "))
    page.get_by_label("Quantity").select_option(label="Voltage")
    page.wait_for_url(re.compile("quantity=voltage"))
    chart = page.get_by_role("slider")
    chart.focus()
    chart.press("Home")
    expect(chart).to_have_attribute(
        "aria-valuetext", re.compile(r"^21 June at 00:00, L1 2\d\d\.\d\sV, L2 2\d\d\.\d\sV, L3 2\d\d\.\d\sV$")
    )
    expect(page.locator(".readout")).to_contain_text(re.compile(r"2\d\d\.\d\sV to 2\d\d\.\d\sV"))
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as CSV").click()
    assert download.value.path().read_text().splitlines()[0] == "start,channel,phase,quantity,mean,min,max"
