"""Beside another period: by the clocks on the wall, and in words."""

import re

from playwright.sync_api import expect

from tests.browser.browser import settled


def compared(site, page, address):
    page.goto(f"{site.url}/history?{address}")
    page.locator("[data-painted]").wait_for()
    settled(page)
    return page


def test_yesterday_is_a_choice_a_shadow_and_a_sentence(site, open_page):
    page = compared(site, open_page(), "channels=garage")
    with page.expect_request(lambda request: "from=2026-06-19T22" in request.url):
        page.get_by_label("Compare with").select_option(label="Day before")
    page.wait_for_url(re.compile("compare=day"))
    expect(page.locator(".sentence")).to_have_text(
        re.compile(r"^Garage: [\d.]+\skWh; nothing at the same hours of Sat 20 June\.$")
    )
    chart = page.get_by_role("slider")
    chart.focus()
    chart.press("Home")
    expect(chart).to_have_attribute("aria-valuetext", "21 June at 00:00, Garage 0\u00a0W, before: 0\u00a0W")
    page.get_by_label("Compare with").select_option(label="Compare …")
    expect(page.locator(".sentence")).to_have_count(0)


def test_the_greatest_change_is_told(site, open_page):
    page = compared(site, open_page(), "channels=grid,roof,kitchen&date=2026-06-20&compare=day")
    expect(page.locator(".sentence")).to_have_text(
        re.compile(
            r"^\w[\w ]+ changed most: [\d.]+\skWh, [\d.]+\skWh \(\d+ %\) (more|less)"
            r" than Fri 19 June \([\d.]+\skWh\)\.$"
        )
    )
    rows = page.get_by_role("list", name="What is shown").locator("li")
    expect(rows.filter(has_text="Solar roof")).to_contain_text(re.compile(r"(more|less) \(\d+ %\)"))
    expect(rows.filter(has_text="Kitchen")).to_contain_text("about the same")


def test_any_date_may_stand_beside(site, open_page):
    page = compared(site, open_page(), "channels=oven")
    page.get_by_label("Compare with").select_option(label="Other date …")
    beside = page.get_by_role("textbox", name="Other date …")
    expect(beside).to_have_value("2026-06-20")
    beside.fill("2026-06-15")
    page.wait_for_url(re.compile("compare=2026-06-15"))
    expect(page.locator(".sentence")).to_contain_text("Mon 15 June")


def test_what_the_other_period_has_not_recorded_is_said(site, open_page):
    page = compared(site, open_page(), "channels=oven&compare=year")
    expect(page.locator(".sentence")).to_have_text("Of Sat, 21 June 2025 nothing was recorded at the same hours.")


def test_a_stack_has_the_sum_of_the_other_period_beside_it(site, open_page):
    page = compared(site, open_page(), "channels=oven,kitchen&shape=stacked&compare=day")
    expect(page.locator(".sentence")).to_be_visible()
    without = page.evaluate("document.querySelector('.u-wrap canvas').toDataURL()")
    page.get_by_label("Compare with").select_option(label="Compare …")
    page.wait_for_timeout(300)
    assert page.evaluate("document.querySelector('.u-wrap canvas').toDataURL()") != without
