"""Validate the installation: one question at a time, swaps in words, refusals, the report on paper, both languages."""

import json

import pytest
from playwright.sync_api import Page, expect

from tests.browser.browser import AXE
from tests.browser.screens import sign_in
from tests.browser.server import Site
from tests.web.memory_house import CONFIRMED


@pytest.fixture
def screen(site, home) -> Page:
    home.goto(f"{site.url}/settings")
    home.get_by_role("link", name="Open").click()
    expect(home.get_by_role("heading", name="Validate the installation")).to_be_visible()
    return home


def type_in(page: Page, volts: str) -> None:
    """Type what the multimeter shows, and enter it."""
    page.get_by_label("The multimeter shows").fill(volts)
    page.get_by_role("button", name="Enter").click()


def enter(page: Page, volts: str) -> None:
    """The same, and wait until the house has taken it."""
    with page.expect_response("**/validation/readings"):
        type_in(page, volts)
    page.wait_for_function("() => !document.querySelector('form input')?.value")


def readable(page: Page) -> None:
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate(
        "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice']})"
    )
    assert [(v["id"], [node["html"] for node in v["nodes"]]) for v in found["violations"]] == []


@pytest.mark.req("EM-230", "EM-231")
def test_it_says_why_and_asks_for_one_measurement_at_a_time(screen):
    main = screen.get_by_role("main")
    expect(main).to_contain_text("Colours and phase numbers in a panel may be wrong")
    expect(main).to_contain_text("gives a wrong power")
    expect(main).to_contain_text("the conductor in the grid's transformer L1")
    expect(main).to_contain_text("the voltage terminal L1 of the Power Box or meter")
    readable(screen)


@pytest.mark.req("EM-232", "G-098")
def test_crossed_wires_are_found_and_their_swap_is_told(screen, building):
    expect(screen.get_by_label("The multimeter shows")).to_be_visible()
    enter(screen, "398")
    expect(screen.get_by_role("main")).to_contain_text("398.0 V: another phase.")
    expect(screen.get_by_role("main")).to_contain_text("the voltage terminal L2 of the Power Box or meter")
    enter(screen, "120")
    expect(screen.get_by_role("main")).to_contain_text("120.0 V is neither")
    for _ in range(3):
        enter(screen, "0,3")
    card = screen.get_by_role("region", name="Swap wires at the voltage terminals")
    expect(card).to_contain_text("the wires on L1 and L2 change places")
    readable(screen)
    card.get_by_role("button", name="Swapped: measure again").click()
    expect(screen.get_by_role("main")).to_contain_text("the voltage terminal L1 of the Power Box or meter")
    assert [reading.counts for reading in building.validating.validation.readings] == [False] * 5


@pytest.mark.parametrize(
    ("typed", "said"),
    [("900", "Got 900.0 V; allowed: 0 V to 480.0 V"), ("much", "Got much; allowed: a number of volts"), ("", "Got –")],
)
def test_what_cannot_be_is_refused_in_words_and_what_was_typed_stays(screen, building, typed, said):
    type_in(screen, typed)
    expect(screen.get_by_role("alert")).to_contain_text(said)
    expect(screen.get_by_label("The multimeter shows")).to_have_value(typed)
    expect(screen.get_by_label("The multimeter shows")).to_have_attribute("aria-invalid", "true")
    assert building.validating.validation.readings == ()


@pytest.mark.req("EM-233", "EM-234", "EM-235")
def test_wire_by_wire_it_becomes_validated_and_the_report_goes_on_paper(screen, building, site):
    wires = len(building.validating.progress.points)
    for done in range(1, wires + 1):
        enter(screen, "0.2")
        expect(screen.locator("tbody tr")).to_have_count(done)
    expect(screen.get_by_role("main")).to_contain_text("Validated on 21 Jun 2026")
    expect(screen.get_by_text("Step 2: loads")).to_be_visible()
    expect(screen.get_by_text("Step 3: production and battery")).to_be_visible()
    with screen.expect_download() as download:
        screen.get_by_role("link", name="Report as JSON").click()
    report = json.loads(download.value.path().read_text("utf-8"))
    assert (report["validation"]["validated"], len(report["validation"]["readings"])) == (True, wires)
    screen.emulate_media(media="print")
    expect(screen.get_by_role("button", name="Print or save as PDF")).to_be_hidden()
    expect(screen.get_by_role("navigation")).to_be_hidden()
    expect(screen.get_by_text("Date, name and signature")).to_be_visible()
    assert screen.pdf(format="A4").startswith(b"%PDF-")
    screen.emulate_media(media="screen")
    screen.goto(f"{site.url}/settings")
    expect(screen.get_by_role("main")).to_contain_text("Validated on 21 Jun 2026")


@pytest.mark.req("EM-233")
def test_a_load_on_another_phase_is_told_and_can_be_measured_again(screen, building):
    for _ in range(3):
        enter(screen, "0.1")
    expect(screen.get_by_role("main")).to_contain_text("Heat pump: its wire L1")
    enter(screen, "400")
    expect(screen.get_by_role("main")).to_contain_text("phase L2 of the grid measurement")
    enter(screen, "0.1")
    expect(screen.locator("li.wrong")).to_contain_text("found on L2")
    while building.validating.progress.next is not None:
        enter(screen, "0.1")
    card = screen.get_by_role("region", name="To be mended")
    expect(card).to_contain_text("Heat pump: set up on L1, but its wire is on L2.")
    screen.get_by_role("button", name="Measure Heat pump L1").click()
    expect(screen.get_by_role("main")).to_contain_text("Heat pump: its wire L1")
    expect(screen.get_by_role("main")).to_contain_text("phase L1 of the grid measurement")
    enter(screen, "0.1")
    expect(screen.get_by_role("main")).to_contain_text("Validated on")


def test_on_a_phone_in_italian_and_dark_it_fits(site, open_page):
    page = open_page(size="phone", language="it", theme="dark")
    page.goto(f"{site.url}/validation")
    expect(page.get_by_role("heading", name="Validare l'impianto")).to_be_visible()
    page.get_by_label("Il multimetro mostra").fill("398,4")
    page.get_by_role("button", name="Inserire").click()
    expect(page.get_by_role("main")).to_contain_text("398,4 V: un'altra fase.")
    expect(page.locator("tbody tr")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    readable(page)


@pytest.fixture
def sampled(building):
    """The oven hangs on a sampling front end, as if on L1."""
    devices = dict(building.settings.devices)
    oven = {"driver": "samples", "connect": "samples://127.0.0.1:1", "points": [4], "phases": ["L1"], "role": "load"}
    devices["oven"] = type(devices["oven"]).model_validate({**oven, "name": devices["oven"].name})
    building.settings = building.settings.model_copy(update={"devices": devices})
    return building


@pytest.mark.req("G-097")
def test_what_the_data_say_is_shown_and_only_what_is_picked_is_confirmed(sampled, site, home):
    CONFIRMED.clear()
    home.goto(f"{site.url}/validation")
    section = home.get_by_role("region", name="What the data say")
    section.get_by_role("button", name="Look at the data").click()
    row = section.get_by_role("listitem").filter(has_text="Oven 4")
    expect(row).to_contain_text("L2, turned round")
    expect(row).to_contain_text("set up: L1")
    expect(row).to_contain_text("not sure yet")
    expect(section.get_by_role("button", name="as proposed")).to_have_count(0)
    section.get_by_role("button", name="Oven").click()
    expect(row).to_contain_text("sure")
    expect(section).to_contain_text("L3: circuits explain 41")
    section.get_by_label("Set Oven 4 as proposed").check()
    assert CONFIRMED == []
    section.get_by_role("button", name="Set 1 as proposed").click()
    expect(home.get_by_text("Set as confirmed")).to_be_visible()
    assert [each.device for points, *_ in CONFIRMED for each in points] == ["oven"]


@pytest.mark.req("EM-235")
def test_a_report_that_is_done_is_kept_and_can_be_had_as_pdf(screen, building, site):
    while building.validating.progress.next is not None:
        expect(screen.get_by_role("button", name="Enter")).to_be_enabled()
        screen.get_by_label("The multimeter shows").fill("0")
        screen.get_by_role("button", name="Enter").click()
        screen.wait_for_timeout(50)
    kept = screen.get_by_role("region", name="Kept reports")
    expect(kept).to_contain_text("holds today")
    link = kept.get_by_role("link", name="PDF").get_attribute("href")
    assert link is not None
    answer = screen.request.get(f"{site.url}{link}")
    assert answer.body().startswith(b"%PDF")


@pytest.mark.req("G-008")
def test_who_is_no_installer_sees_how_far_it_is_but_enters_nothing(building, open_page):
    site = Site(building, locked=True).start()
    try:
        page = open_page()
        sign_in(page, site, "viewer")
        page.locator("section.flow a").first.wait_for()
        page.goto(f"{site.url}/validation")
        expect(page.get_by_role("main")).to_contain_text("An installer enters the readings.")
        expect(page.get_by_role("button", name="Enter")).to_have_count(0)
        expect(page.get_by_role("button", name="Measure")).to_have_count(0)
    finally:
        site.close()
