"""Thirty channels: chosen, told apart, stacked, and decoded where no finger waits for it."""

import gzip
import re
import urllib.request

import pytest
from playwright.sync_api import expect

from tests.browser.browser import settled
from tests.browser.large import MORE, large
from tests.browser.server import Site

EVERY = "grid,roof,garage,carport,heat-pump,oven,kitchen,laundry,office," + ",".join(MORE)


@pytest.fixture(scope="module")
def many():
    site = Site(large()).start()
    yield site
    site.close()


def painted(page, address):
    page.goto(address)
    page.locator("[data-painted]").wait_for()
    settled(page)


def test_lines_are_found_by_name_and_taken_by_group(many, open_page):
    page = open_page(size="phone")
    painted(page, f"{many.url}/history?channels=grid")
    page.get_by_role("button", name="Choose lines (1 of 30)").click()
    search = page.get_by_role("searchbox", name="Search by name")
    search.fill("garden")
    expect(page.get_by_role("dialog").get_by_role("checkbox")).to_have_count(1)
    page.get_by_role("checkbox", name="Garden lights").check()
    search.fill("attic")
    expect(page.get_by_text("Nothing is called “attic”.")).to_be_visible()
    search.fill("")
    expect(page.get_by_role("group", name="Uses").get_by_role("checkbox")).to_have_count(26)
    page.get_by_role("button", name="All Uses").click()
    expect(page.get_by_role("status").filter(has_text="27 of at most 30 chosen")).to_be_visible()
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("button", name="Choose lines (27 of 30)")).to_be_visible()
    assert "channels=grid,heat-pump,oven," in page.url


def test_a_row_of_the_legend_brings_its_line_before_the_others(many, open_page):
    page = open_page()
    painted(page, f"{many.url}/history?channels=oven,kitchen")
    pixels = "document.querySelector('.u-wrap canvas').toDataURL()"
    before = page.evaluate(pixels)
    oven = page.get_by_role("list", name="What is shown").get_by_role("button", name="Oven")
    oven.focus()
    page.keyboard.press("Enter")
    expect(oven).to_have_attribute("aria-pressed", "true")
    page.wait_for_timeout(100)
    assert page.evaluate(pixels) != before
    page.keyboard.press("Enter")
    page.wait_for_timeout(100)
    assert page.evaluate(pixels) == before


def test_a_stack_tells_the_sum_and_what_lies_under_the_finger(many, open_page):
    page = open_page(size="phone")
    eight = "heat-pump,oven,kitchen,office,fridge,freezer,dryer,laundry"
    painted(page, f"{many.url}/history?channels={eight}&shape=stacked")
    expect(page.get_by_role("radio", name="Stacked")).to_be_checked()
    box = page.locator(".u-over").bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] * 0.53, box["y"] + box["height"] * 0.97)
    under = page.locator(".readout")
    expect(under).to_contain_text(re.compile(r"12:4\d.*Together.*kW"))
    expect(under.locator(".near")).to_have_count(1)
    expect(under).to_contain_text("and 2 more")


def test_an_answer_of_thirty_channels_is_decoded_beside_the_screens_thread(many, open_page):
    """The screen's own thread parses its words and live values; the 280 kB are the worker's."""
    page = open_page(size="phone")
    page.add_init_script(
        """window.parsed = 0;
        const parse = JSON.parse, json = Response.prototype.json;
        const measured = (text) => (text.includes('"carport"') ? text.length : 0);
        JSON.parse = (text, ...more) => ((parsed = Math.max(parsed, measured(String(text)))), parse(text, ...more));
        Response.prototype.json = function () {
          if (this.url.includes('/series')) parsed = Infinity;
          return json.call(this);
        };
        """
    )
    painted(page, f"{many.url}/history?channels={EVERY}")
    expect(page.get_by_role("list", name="What is shown").locator("li").last).to_contain_text("kWh")
    assert [worker.url.rsplit("/", 1)[-1].partition("-")[0] for worker in page.workers] == ["decoding.worker"]
    query = "&".join(f"channel={id}" for id in EVERY.split(","))
    asked = f"{many.url}/api/v1/series?{query}&span=5min&from=2026-06-19T22:00:00Z&to=2026-06-20T22:00:00Z"
    with urllib.request.urlopen(urllib.request.Request(asked, headers={"accept-encoding": "gzip"})) as answer:
        size = len(gzip.decompress(answer.read()))
    assert size > 250_000
    assert page.evaluate("parsed") < size / 4
