"""The history answers questions: closer, at this moment, of these, beside another time, as a file."""

import re
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.browser import settled


@pytest.fixture
def history(site, open_page):
    page = open_page()
    page.goto(f"{site.url}/history?channels=grid,roof")
    page.locator("[data-painted]").wait_for()
    return page


def middle(page):
    box = page.locator(".u-over").bounding_box()
    return box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.5


def row(page, name):
    return page.get_by_role("list", name="What is shown").locator("li", has_text=name)


def test_the_wheel_zooms_and_one_tap_shows_all_again(history):
    whole = history.get_by_role("button", name="Show all")
    expect(whole).to_have_count(0)
    history.mouse.move(*middle(history))
    history.mouse.wheel(0, -400)
    expect(whole).to_be_visible()
    whole.click()
    expect(whole).to_have_count(0)


def test_a_closer_look_fetches_seconds_and_stands_in_the_address(site, history, open_page):
    history.mouse.move(*middle(history))
    with history.expect_request(lambda request: "span=1s" in request.url) as asked:
        for _ in range(2):
            history.mouse.wheel(0, -1000)
    seconds = [datetime.fromisoformat(parse_qs(urlsplit(asked.value.url).query)[end][0]) for end in ("from", "to")]
    assert timedelta(minutes=10) < seconds[1] - seconds[0] < timedelta(hours=2.5)
    history.wait_for_url(re.compile(r"&date=2026-06-21&from=[\d:TZ-]+&to=[\d:TZ-]+$"))
    expect(history.locator(".values .moment")).to_contain_text(re.compile(r"\d\d:\d\d:\d\d"))
    again = open_page()
    with again.expect_request(lambda request: "span=1s" in request.url) as shared:
        again.goto(history.url)
    assert shared.value.url == asked.value.url
    again.get_by_role("button", name="Show all").click()
    again.wait_for_url(lambda url: "from=" not in url)


def test_dragging_zooms(history):
    x, y = middle(history)
    history.mouse.move(x - 100, y)
    history.mouse.down()
    history.mouse.move(x, y, steps=4)
    history.mouse.up()
    expect(history.get_by_role("button", name="Show all")).to_be_visible()


def test_values_stand_beside_their_names_and_under_the_pointer(history):
    roof = row(history, "Solar roof").locator(".value")
    expect(roof).to_contain_text("kWh")
    history.mouse.move(*middle(history))
    expect(roof).to_contain_text("kW")
    expect(roof).not_to_contain_text("kWh")
    expect(history.locator(".values .moment")).to_contain_text("12:")
    under = history.locator(".readout")
    expect(under).to_contain_text(re.compile(r"12:\d\d.*Solar roof.*kW"))


def test_the_keyboard_walks_along_the_chart_zooms_and_moves_on(history):
    chart = history.get_by_role("slider")
    chart.focus()
    chart.press("Home")
    chart.press("ArrowRight")
    expect(chart).to_have_attribute("aria-valuetext", "21 June at 00:05, Grid 1.05\u00a0kW, Solar roof 0\u00a0W")
    chart.press("+")
    expect(history.get_by_role("button", name="Show all")).to_be_visible()
    history.wait_for_url(re.compile("from=2026-06-21T04:00:00Z&to=2026-06-21T16:00:00Z"))
    chart.press("PageUp")
    history.wait_for_url(re.compile("from=2026-06-20T22:00:00Z&to=2026-06-21T10:00:00Z"))
    chart.press("Escape")
    history.wait_for_url(lambda url: "from=" not in url)


def test_a_gap_in_the_record_has_no_value(history):
    chart = history.get_by_role("slider")
    chart.focus()
    chart.press("Home")
    for _ in range(4):
        chart.press("Shift+ArrowRight")
    expect(chart).to_have_attribute("aria-valuetext", "21 June at 04:00, Grid –, Solar roof –")


def test_a_gap_is_drawn_as_a_gap(site, open_page):
    """No ink of the line between 03:20 and 04:35, and ink on both sides."""
    page = open_page()
    page.goto(f"{site.url}/history?channels=heat-pump")
    page.locator("[data-painted]").wait_for()
    page.wait_for_timeout(300)
    inked = page.evaluate(
        """() => {
          const canvas = document.querySelector('.u-wrap canvas'), over = document.querySelector('.u-over');
          const scale = canvas.width / canvas.clientWidth, left = over.offsetLeft * scale;
          const ink = (from, to) => {
            const hour = over.clientWidth * scale / 24, pen = canvas.getContext('2d');
            const { data } = pen.getImageData(left + hour * from, 0, hour * (to - from), over.clientHeight * scale);
            return data.some((alpha, i) => i % 4 === 3 && alpha > 200 && data[i - 1] - data[i - 3] > 120);
          };
          return [ink(2.5, 3.2), ink(3.45, 4.5), ink(4.7, 6)];
        }"""
    )
    assert inked == [True, False, True]


def test_the_choice_stands_in_the_address(history):
    history.get_by_text("Week", exact=True).click()
    history.get_by_role("button", name="Choose lines").click()
    history.get_by_role("checkbox", name="Oven").check()
    history.keyboard.press("Escape")
    expect(history.locator("[data-painted]")).to_be_visible()
    assert "span=week" in history.url
    assert "channels=grid,roof,oven" in history.url
    history.get_by_role("button", name="Earlier").click()
    expect(history.locator(".date .title")).to_have_text("8 Jun – 14 Jun")
    assert "date=2026-06-08" in history.url
    history.get_by_label("Choose a date").fill("2026-06-18")
    expect(history.locator(".date .title")).to_have_text("15 Jun – 21 Jun")


def test_a_year_is_shown_by_day(history):
    with history.expect_request(lambda request: "span=1d" in request.url) as asked:
        history.get_by_text("Year", exact=True).click()
    assert "from=2025-12-31T23%3A00" in asked.value.url
    expect(history.locator(".date .title")).to_have_text("2026")
    expect(row(history, "Solar roof")).to_contain_text("kWh")


def test_the_energy_of_the_period_is_named_over_its_numbers(site, open_page):
    for size in ("phone", "desktop"):
        page = open_page(size=size)
        page.goto(f"{site.url}/history")
        page.locator("[data-painted]").wait_for()
        settled(page)
        label = page.get_by_text("Energy in this period").bounding_box()
        first = page.get_by_role("list", name="What is shown").locator("button").first.bounding_box()
        assert 0 <= first["y"] - label["y"] - label["height"] < 24
        assert abs(first["x"] - label["x"]) < 4


def test_what_was_not_recorded_is_said(history):
    history.goto(history.url + "&date=2026-05-01")
    expect(history.get_by_role("heading", name="Nothing was recorded")).to_be_visible()


def test_the_record_is_saved_as_a_file(history):
    with history.expect_download() as download:
        history.get_by_role("button", name="Save as CSV").click()
    assert download.value.suggested_filename == "via-roma-12-day-2026-06-21.csv"
    rows = download.value.path().read_text().splitlines()
    assert rows[0].startswith("start,channel,power_mean_w")
    assert rows[1].startswith("2026-06-20T22:00:00.000Z,grid,")


def test_a_file_holds_what_is_in_view(site, open_page):
    page = open_page()
    page.goto(f"{site.url}/history?channels=grid&date=2026-06-21&from=2026-06-21T10:00:00Z&to=2026-06-21T10:10:00Z")
    page.locator("[data-painted]").wait_for()
    settled(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as CSV").click()
    rows = download.value.path().read_text().splitlines()
    assert len(rows) == 1 + 600
    assert (rows[1][:19], rows[-1][:19]) == ("2026-06-21T10:00:00", "2026-06-21T10:09:59")


def test_the_picture_is_saved_with_its_legend(history):
    with history.expect_download() as download:
        history.get_by_role("button", name="Save as picture").click()
    assert download.value.suggested_filename == "via-roma-12-day-2026-06-21.png"
    content = download.value.path().read_bytes()
    assert content.startswith(b"\x89PNG")
    assert int.from_bytes(content[20:24], "big") > history.locator(".u-wrap canvas").bounding_box()["height"] + 40


def test_the_same_is_read_in_a_table(history):
    history.get_by_text("As a table").click()
    table = history.get_by_role("table")
    expect(table.get_by_role("columnheader")).to_have_text(["From", "Grid", "Solar roof"])
    expect(table.get_by_role("row")).to_have_count(1 + 48)
    expect(table.get_by_role("row", name="12:00")).to_contain_text("kW")
    expect(table.get_by_role("row", name="04:00").get_by_role("cell")).to_have_text(["–", "–"])


def test_two_fingers_zoom(site, open_page):
    page = open_page(size="phone")
    page.goto(f"{site.url}/history?channels=grid")
    page.locator("[data-painted]").wait_for()
    page.evaluate(
        """() => {
          const over = document.querySelector('.u-over'), box = over.getBoundingClientRect();
          const touch = (name, id, part) => over.dispatchEvent(new PointerEvent(name, {
            pointerId: id, pointerType: 'touch', bubbles: true, clientY: box.top + 40,
            clientX: box.left + box.width * part}));
          touch('pointerdown', 1, 0.45); touch('pointerdown', 2, 0.55);
          touch('pointermove', 1, 0.2); touch('pointermove', 2, 0.8);
          touch('pointerup', 1, 0.2); touch('pointerup', 2, 0.8);
        }"""
    )
    expect(page.get_by_role("button", name="Show all")).to_be_visible()


def test_when_the_house_is_gone_the_chart_stays_and_says_of_when_it_is(site, history):
    site.stop()
    expect(history.locator(".stale .plot")).to_be_visible(timeout=20_000)
    expect(history.get_by_role("status").filter(has_text="As of")).to_be_visible()
    history.get_by_text("Week", exact=True).click()
    expect(history.get_by_role("heading", name="That did not work")).to_be_visible()
    site.start()
    expect(history.locator("[data-painted]")).to_be_visible(timeout=20_000)


def test_an_address_of_nothing_says_so(site, open_page):
    page = open_page()
    page.goto(f"{site.url}/history/attic")
    expect(page.get_by_role("heading", name="Nothing here")).to_be_visible()
