"""Load configuration in the app, on a real site with a simulated Power Box: see, change, apply, undo, blink."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from ohmstead.protocols.power_box.table import Association
from ohmstead.simulator.wiring import BoxWiring, ClampWiring
from tests.browser.browser import until
from tests.browser.measured import MeasuredHouse
from tests.browser.test_validation import readable


@pytest.fixture
def house() -> Iterator[MeasuredHouse]:
    running = MeasuredHouse()
    try:
        yield running.start()
    finally:
        running.close()


@pytest.fixture
def screen(house, open_page) -> Page:
    page = open_page()
    page.goto(f"{house.url}/settings")
    section = page.locator("section", has=page.get_by_role("heading", name="Load configuration"))
    section.get_by_role("link", name="Open").click()
    expect(page.get_by_role("heading", level=1, name="Load configuration")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="Every box has this version")).to_be_visible()
    return page


def open_load(page: Page, name: str) -> None:
    page.get_by_role("link", name=re.compile(f"^{name}")).click()
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()


@pytest.mark.req("EM-237", "EM-238", "EM-239", "EM-240")
def test_each_point_shows_what_it_measures_while_one_looks(screen, house):
    expect(screen.get_by_role("link", name=re.compile("^Oven"))).to_contain_text(re.compile(r"[12]\.\d\d\s*kW"))
    readable(screen)
    open_load(screen, "Oven")
    article = screen.get_by_role("article")
    expect(article).to_contain_text("Point 4")
    for label in ("Reactive power", "Current", "Phase voltage", "Line voltage", "Power factor"):
        expect(article.get_by_text(label, exact=True)).to_be_visible()
    expect(article).to_contain_text(re.compile(r"8\.\d\d\s*A"))
    expect(article).to_contain_text(re.compile(r"2[23]\d\.\d\s*V"))
    readable(screen)


@pytest.mark.req("EM-222", "G-127")
def test_the_point_that_is_open_blinks_and_only_that(screen, house):
    open_load(screen, "Heat pump")
    first, second = (screen.get_by_role("button", name=re.compile(f"Point {n}")) for n in (5, 6))
    first.press("Enter")
    expect(first).to_have_attribute("aria-expanded", "true")
    screen.wait_for_timeout(500)
    assert house.box.showing == {4}
    readable(screen)
    second.click()
    expect(second).to_have_attribute("aria-expanded", "true")
    until(screen, lambda: house.box.showing == {5})
    screen.get_by_role("navigation").get_by_role("link", name="Home").click()
    until(screen, lambda: house.box.showing == set())
    screen.go_back()
    first.click()
    until(screen, lambda: house.box.showing == {4})
    screen.close(run_before_unload=True)
    house.wait(house.site.happens(lambda: house.box.showing == set()))


@pytest.mark.req("EM-236", "EM-238", "EM-241", "G-115")
def test_a_change_is_drafted_undone_applied_and_taken_back(screen, house):
    open_load(screen, "Oven")
    bar = screen.get_by_role("group", name="Changes")
    expect(bar.get_by_role("button", name="Send again")).to_be_enabled()
    screen.get_by_role("button", name=re.compile("Point 4")).click()
    screen.get_by_role("radio", name="L3").check(force=True)
    expect(bar).to_contain_text("Changed: 1")
    bar.get_by_role("button", name="Undo").click()
    expect(screen.get_by_role("radio", name="as in the box")).to_be_checked()
    expect(bar).to_contain_text("Every box has this version")
    screen.get_by_role("radio", name="L3").check(force=True)
    screen.get_by_role("radio", name="turned round").check(force=True)
    assert house.box.setup.slots[3].association == Association(1)
    bar.get_by_role("button", name="Apply changes").click()
    expect(screen.get_by_text("Applied. The boxes are being told.")).to_be_visible()
    until(screen, lambda: house.box.setup.slots[3].association == Association(2, reversed=True))
    expect(bar).to_contain_text("Every box has this version")
    expect(screen.get_by_role("article")).not_to_contain_text("Still measured on")
    bar.get_by_role("button", name="Send again").click()
    expect(screen.get_by_text("Sent to every box again.")).to_be_visible()


@pytest.mark.req("EM-153", "EM-013", "EM-155")
def test_conflicts_are_explained_in_place_and_nothing_can_be_applied(screen, house):
    open_load(screen, "Oven")
    screen.get_by_role("button", name=re.compile("Point 4")).click()
    screen.get_by_label("Point", exact=True).select_option("5")
    expect(screen.get_by_role("alert")).to_contain_text("Point 5 already belongs to")
    bar = screen.get_by_role("group", name="Changes")
    expect(bar).to_contain_text("To be solved first: ")
    expect(bar.get_by_role("button", name="Apply changes")).to_be_disabled()
    readable(screen)
    bar.get_by_role("button", name="Undo").click()
    screen.get_by_role("article").get_by_role("link", name="Load configuration").or_(
        screen.locator("p.title a")
    ).first.click(force=True)
    for _ in range(8):
        screen.get_by_role("button", name="Add a CT Hub").click()
    expect(screen.get_by_role("alert")).to_contain_text("would have 32 measuring points; it can have 28")
    readable(screen)


@pytest.mark.req("EM-243")
def test_a_load_is_added_from_the_keyboard_and_measured(screen, house):
    screen.get_by_role("button", name="Add a load").press("Enter")
    expect(screen.get_by_role("heading", level=1, name="New load")).to_be_visible()
    screen.get_by_label("Name").fill("Fridge")
    screen.get_by_label("Name").press("Tab")
    expect(screen.get_by_role("heading", level=1, name="Fridge")).to_be_visible()
    screen.get_by_role("group", name="Changes").get_by_role("button", name="Apply changes").press("Enter")
    expect(screen.get_by_text("Applied. The boxes are being told.")).to_be_visible()
    held = house.wait(house.site.get("load-configuration"))
    assert (held["loads"]["new-load"]["name"], held["loads"]["new-load"]["points"][0]["number"]) == ("Fridge", 8)


@pytest.mark.req("G-116", "EM-296")
def test_of_a_load_that_shows_nothing_a_person_says_that_it_runs(house, open_page):
    page = open_page(size="phone")
    page.goto(f"{house.url}/loads/oven")
    runs = page.get_by_role("button", name="It runs, but shows nothing")
    expect(page.get_by_role("article")).to_contain_text(re.compile(r"8\.\d\d\s*A"))
    expect(runs).to_have_count(0)
    rewired(house, BoxWiring(clamps={4: ClampWiring(unplugged=True)}))
    expect(runs).to_be_visible(timeout=15_000)
    readable(page)
    house.wait(house.site.until(lambda seen: seen["channels"]["oven"]["power_w"] == 0))
    with page.expect_response(lambda answer: answer.url.endswith("/load-configuration/running")) as told:
        runs.press("Enter")
    assert (told.value.status, told.value.request.post_data_json) == (200, {"load": "oven", "running": True})
    expect(page.get_by_text("If it still shows nothing after ten minutes, it will want attention.")).to_be_visible()
    rewired(house, BoxWiring())
    expect(runs).to_have_count(0, timeout=15_000)


def rewired(house: MeasuredHouse, wiring: BoxWiring) -> None:
    """In the building, on its own loop."""

    async def work() -> None:
        house.site.building.door.rewire("oven", wiring)

    house.wait(work())


@pytest.mark.req("EM-018")
def test_on_a_phone_in_italian_and_dark_it_fits(house, open_page):
    page = open_page(size="phone", language="it", theme="dark")
    page.goto(f"{house.url}/loads")
    expect(page.get_by_role("heading", level=1, name="Configurazione dei carichi")).to_be_visible()
    readable(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("link", name=re.compile("^Oven")).click()
    page.get_by_role("button", name=re.compile("Punto 4")).click()
    expect(page.get_by_text("Potenza reattiva")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    readable(page)
