"""The picture follows the house without being asked, and says so when it cannot."""

import re

from playwright.sync_api import expect


def test_values_change_without_loading_the_page_again(home):
    home.evaluate("window.stays = true")
    kitchen = home.locator("section.flow a[href='/circuits/kitchen'] .figure")
    before = kitchen.inner_text()
    expect(kitchen).not_to_have_text(before, timeout=20_000)
    assert home.evaluate("window.stays")


def test_the_sentence_says_what_the_flow_shows(home):
    expect(home.locator("h1")).to_have_text("The sun covers the house and 56 % of the car.")


def test_each_end_of_the_flow_opens_what_it_is(home):
    targets = home.locator("section.flow a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    assert {"/circuits/roof", "/circuits/grid", "/circuits", "/chargers/garage", "/circuits/oven"} <= set(targets)
    home.locator("section.flow a[href='/chargers/garage']").click()
    expect(home.locator("h1")).to_have_text("Garage")


def test_a_lost_connection_shows_when_the_picture_was_true_and_comes_back_by_itself(site, home):
    site.stop()
    expect(home.locator("[role=status]").first).to_contain_text("As of 14:4")
    expect(home.locator("section.flow")).to_have_class(re.compile(r"\bstale\b"))
    expect(home.locator("article button", has_text="Pause")).to_be_disabled()
    site.start()
    expect(home.locator("[role=status]").first).not_to_contain_text("As of", timeout=15_000)
    expect(home.locator("article button", has_text="Pause")).to_be_enabled()


def test_a_house_that_never_answered_says_what_to_do(site, open_page):
    page = open_page()
    page.route("**/api/**", lambda route: route.abort())
    page.route_web_socket("**/api/v1/live", lambda socket: socket.close())
    page.goto(site.url)
    expect(page.locator("h1")).to_have_text("The house does not answer")


def test_a_device_that_is_lost_is_named_and_shows_no_number(building, home):
    building.lost.add("kitchen")
    expect(home.locator("section[aria-labelledby=attention]")).to_contain_text("Kitchen no longer answers.")
    home.goto(home.url + "circuits/kitchen")
    expect(home.locator("article .figure").first).to_have_text("–")
    expect(home.locator("article .quality")).to_have_text("Does not answer")
    detail = home.locator("article details")
    expect(detail.locator("p")).to_be_hidden()
    detail.locator("summary").click()
    expect(detail.locator("p")).to_contain_text("No answer from tcp://127.0.0.1:1502 unit 4")
    expect(home.locator(".list .note")).to_have_text("Does not answer")


def test_lines_stand_still_for_who_wants_no_motion(site, open_page):
    calm, lively = open_page(moving=False), open_page()
    for page in (calm, lively):
        page.goto(site.url)
        page.locator("section.flow path.dots").first.wait_for(state="attached")
    moving = "document.getAnimations().filter(a => a.effect.target.matches('.dots')).length"
    assert (calm.evaluate(moving), lively.evaluate(moving) > 0) == (0, True)


def test_more_power_moves_faster(home):
    rates = home.evaluate(
        "[...document.querySelectorAll('path.dots')].map("
        "dots => [dots.getAttribute('stroke-width'), dots.getAnimations()[0].playbackRate])"
    )
    by_width = sorted((float(width), abs(rate)) for width, rate in rates)
    assert by_width == sorted(by_width, key=lambda row: row[1])
    assert by_width[0][1] < by_width[-1][1]
