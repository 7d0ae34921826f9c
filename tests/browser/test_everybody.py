"""The app is for everybody: every screen, size, theme and language, with eyes, ears, fingers or a keyboard."""

import pytest
from playwright.sync_api import expect

from tests.browser.browser import AXE
from tests.browser.screens import SCREENS, show, sign_in, sites

BACKGROUND = "getComputedStyle(document.body).backgroundColor"


@pytest.fixture(scope="module")
def shown(demo):
    started = {name: site.start() for name, site in sites().items()}
    yield {"demo": demo, **started}
    for site in started.values():
        site.close()


@pytest.mark.parametrize("size", ["phone", "desktop"])
@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_axe_finds_nothing_in_the_light_or_in_the_dark(screen, size, shown, open_page):
    page = open_page(size=size, theme="light", moving=False)
    show(page, screen, shown[screen.site])
    page.evaluate(AXE.read_text("utf-8"))
    light = page.evaluate(BACKGROUND)
    assert found(page) == []
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    page.wait_for_function(f"{BACKGROUND} !== '{light}'")
    assert found(page) == []


def found(page):
    """What is wrong for people with eyes, ears, fingers or a keyboard, by axe."""
    seen = page.evaluate(
        "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
    )
    return [(each["id"], [node["html"] for node in each["nodes"]]) for each in seen["violations"]]


@pytest.mark.parametrize("language", ["en", "it"])
@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_nothing_runs_off_a_small_phone(screen, language, shown, open_page):
    page = open_page(size="phone", language=language, moving=False)
    page.set_viewport_size({"width": 360, "height": 740})
    show(page, screen, shown[screen.site])
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_language_changes_at_once_and_stays(shown, open_page):
    page = open_page()
    page.goto(f"{shown['house'].url}/settings")
    page.get_by_text("Italiano").click()
    expect(page.locator("h1")).to_have_text("Opzioni")
    page.goto(shown["house"].url)
    expect(page.locator("h1")).to_contain_text("Il sole copre")
    expect(page.locator("html")).to_have_attribute("lang", "it")
    expect(page.locator("section.flow a[href='/chargers/garage'] .figure")).to_contain_text("2,8")


def test_an_italian_browser_is_met_in_italian(shown, open_page):
    page = open_page(language="it")
    page.goto(shown["house"].url)
    expect(page.locator("nav").get_by_text("Circuiti")).to_be_visible()


def test_a_theme_is_chosen_and_stays(shown, open_page):
    page = open_page()
    page.goto(f"{shown['house'].url}/settings")
    assert page.evaluate(BACKGROUND) == "rgb(250, 250, 247)"
    page.get_by_text("Dark", exact=True).click()
    assert page.evaluate(BACKGROUND) == "rgb(15, 18, 22)"
    page.reload()
    page.locator("h1").wait_for()
    assert page.evaluate(BACKGROUND) == "rgb(15, 18, 22)"


def test_everything_on_the_home_screen_is_reached_by_keyboard_in_the_order_it_stands(shown, open_page):
    page = open_page()
    page.goto(shown["house"].url)
    page.locator("section.flow a").first.wait_for()
    walked = []
    for _ in range(30):
        page.keyboard.press("Tab")
        walked.append(
            page.evaluate(
                "(e => e.getAttribute('href') || e.getAttribute('aria-label') || e.value || e.innerText.trim())"
                "(document.activeElement)"
            )
        )
    assert walked[:3] == ["#main", "/", "/circuits"]
    assert walked.index("/settings") < walked.index("/circuits/roof") < walked.index("/chargers/garage")
    assert "fast" in walked
    assert "Pause" in walked


def test_enter_follows_a_way_and_the_screen_takes_the_focus(shown, open_page):
    page = open_page()
    page.goto(shown["house"].url)
    page.locator("nav a[href='/events']").focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Events")
    expect(page.locator("main")).to_be_focused()
    expect(page).to_have_title("Events · Via Roma 12")
    page.go_back()
    expect(page).to_have_title("Home · Via Roma 12")


def test_an_address_of_nothing_says_so(shown, open_page):
    page = open_page()
    page.goto(f"{shown['house'].url}/circuits/attic")
    expect(page.locator("main")).to_contain_text("There is no circuit called attic.")
    page.goto(f"{shown['house'].url}/cellar")
    expect(page.locator("h1")).to_have_text("Nothing here")


def test_a_wrong_password_is_told_and_a_right_one_opens_what_was_asked_for(shown, open_page):
    page = open_page()
    page.goto(f"{shown['locked'].url}/circuits/oven")
    page.locator("input[name=name]").fill("owner")
    page.locator("input[name=password]").fill("guess")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text("Name and password do not fit together.")
    sign_in(page, shown["locked"], "owner")
    expect(page.locator("h1")).to_contain_text("The sun covers")
    page.goto(f"{shown['locked'].url}/settings")
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("h1")).to_have_text("Who is there?")


def test_events_are_told_by_day_and_older_ones_on_demand(open_page, site, building):
    page = open_page()
    page.goto(f"{site.url}/events")
    expect(page.locator("h2").first).to_have_text("Sunday 21 June")
    expect(page.locator("main")).to_contain_text("Garage was paused. by anna")
    expect(page.locator("main")).to_contain_text(
        "The car was unplugged: 11.2\u00a0kWh in 2:14\u00a0h of charging. Garage"
    )
    expect(page.locator("main")).to_contain_text("Laundry no longer answers. No answer from tcp://")
    expect(page.locator("li time")).to_have_count(len(building.record))
