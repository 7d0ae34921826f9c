"""Modes in the app: choosing one, Green's settings, the week's programs, and why a current is as it is."""

import pytest
from playwright.sync_api import expect

from ohmstead.core.model.events import Action
from ohmstead.core.model.modes import GreenOptions, SurplusSettings, WeekPlan
from tests.browser.browser import AXE, until


@pytest.fixture
def page(site, home):
    home.goto(f"{site.url}/chargers/garage")
    home.get_by_role("radiogroup", name="Charging mode of Garage").wait_for()
    return home


def choose(page, group: str, option: str) -> None:
    page.get_by_role("radiogroup", name=group).get_by_text(option, exact=True).click()


@pytest.mark.req("EV-096", "EV-095")
def test_the_four_modes_are_there_and_ocpp_is_refused_in_words(building, page):
    group = page.get_by_role("radiogroup", name="Charging mode of Garage")
    assert group.locator("label").all_inner_texts() == ["Off", "Fast", "Green", "Program", "OCPP"]
    choose(page, "Charging mode of Garage", "OCPP")
    expect(page.get_by_role("alert").or_(page.locator("[role=status]"))).to_contain_text(
        ["no central system is set up"]
    )
    assert building.options["garage"].mode == "fast"
    choose(page, "Charging mode of Garage", "Green")
    expect(page.locator(".reason")).to_contain_text("The sun leaves 2.60 kW")
    assert building.options["garage"].mode == "green"


@pytest.mark.req("EV-102", "EV-104", "EV-107", "EV-095")
def test_green_is_set_where_it_is_shown(building, page):
    choose(page, "Charging mode of Garage", "Green")
    expect(page.get_by_text("Starts at 1.40 kW of sun, and takes nothing from the grid.")).to_be_visible()
    choose(page, "Operating mode", "Hybrid")
    expect(page.get_by_text("Starts at 1.05 kW of sun; the grid adds at most 350 W.")).to_be_visible()
    slider = page.get_by_label("Least share of sun")
    slider.focus()
    slider.press("ArrowLeft")
    expect(page.get_by_text("Starts at 980 W of sun; the grid adds at most 420 W.")).to_be_visible()
    until(page, lambda: building.options["garage"].green == GreenOptions(operation="hybrid", minimum_percent=70))
    page.get_by_label("Always exported, in watts (all chargers)").fill("500")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Save")).to_be_disabled()
    assert building.commands[-1].value == SurplusSettings(minimum_export_w=500.0)
    page.get_by_label("Always exported, in watts (all chargers)").fill("-3")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Enter a number of watts, 0 or more.")).to_be_visible()


@pytest.mark.req("EV-110", "EV-113", "EV-114", "EV-115", "EV-117")
def test_a_program_is_written_and_the_week_shows_it(building, page):
    choose(page, "Charging mode of Garage", "Program")
    week = page.get_by_role("table", name="The week at a glance")
    expect(week.get_by_text("no program")).to_have_count(7)
    page.get_by_text("Not used").first.click()
    page.get_by_role("button", name="Monday").first.click()
    page.get_by_label("From").first.fill("22:00")
    page.get_by_label("To", exact=True).first.fill("00:00")
    page.get_by_label("At most").first.select_option("10")
    expect(week.get_by_text("Program 1, Fast, 22:00 to 24:00")).to_have_count(1)
    choose(page, "Outside the programs", "Off")
    page.get_by_role("button", name="Save the programs").click()
    expect(page.get_by_role("button", name="Save the programs")).to_have_count(0)
    plan = building.commands[-1].value
    assert isinstance(plan, WeekPlan)
    assert (building.commands[-1].action, plan.default_mode) == (Action.SET_PROGRAMS, "off")
    first = plan.programs[0]
    assert (first.days, first.start, first.end, first.limit_a) == (("mon",), "22:00", "24:00", 10)


@pytest.mark.req("EV-120", "G-027", "G-028")
def test_an_overlap_is_told_and_an_impossible_program_is_refused_in_words(building, page):
    choose(page, "Charging mode of Garage", "Program")
    for number in (0, 1):
        page.locator("li summary").nth(number).click()
        form = page.get_by_role("group", name=f"Program {number + 1}", exact=True)
        form.get_by_role("button", name="Monday").click()
    page.get_by_role("button", name="Save the programs").click()
    expect(page.get_by_text("Programs 1 and 2 overlap; there program 1 holds.")).to_be_visible()
    form.get_by_label("To", exact=True).fill("22:00")
    page.get_by_role("button", name="Save the programs").click()
    expect(page.get_by_text("Program 2 begins and ends at 22:00.")).to_be_visible()
    page.get_by_role("button", name="Discard").click()
    expect(page.get_by_text("Program 2 begins and ends at 22:00.")).to_have_count(0)
    assert len([command for command in building.commands if command.action is Action.SET_PROGRAMS]) == 1


@pytest.mark.req("EV-045", "G-023")
def test_waiting_for_the_sun_says_how_much_there_is_and_every_limit_can_be_read(building, page):
    building.sun_w = 1100.0
    choose(page, "Charging mode of Garage", "Green")
    expect(page.locator("article .state")).to_have_text("Waiting for sun")
    expect(page.get_by_text("Waiting: 1.10 kW of sun, 1.40 kW needed. Starts after 60 s above it.")).to_be_visible()
    page.get_by_text("All limits").click()
    wins = page.locator("li.wins")
    expect(wins).to_contain_text("0 A")
    expect(page.get_by_text("The wiring of this charger was set to at most 16.0 A")).to_be_visible()


def test_the_timeline_tells_the_day_under_the_chart(page):
    page.get_by_text("Why, today").click()
    lines = page.get_by_role("region", name="Why, today").locator("li")
    expect(lines).to_have_count(4)
    expect(lines.last).to_contain_text("Waiting: 900 W of sun")
    assert page.get_by_role("region", name="Why, today").locator(".band i").count() == 4


@pytest.mark.req("EV-083")
def test_a_limit_is_told_as_current_and_power(building, page):
    slider = page.get_by_label("Lasting limit")
    slider.focus()
    slider.press("Home")
    expect(page.get_by_text("6 A · 1.4 kW")).to_be_visible()


@pytest.mark.req("G-017", "EV-080")
def test_green_energy_stands_in_the_session_and_on_the_card(page, site):
    expect(page.get_by_text("Of it green")).to_be_visible()
    page.goto(site.url)
    card = page.locator("article", has=page.get_by_role("heading", name="Garage"))
    expect(card).to_contain_text("3.94")
    expect(card).to_contain_text("Of it green")


@pytest.mark.parametrize("mode", ["Green", "Program"])
@pytest.mark.parametrize("size, theme", [("phone", "light"), ("desktop", "dark")])
def test_everybody_can_use_them(site, open_page, building, mode, size, theme):
    page = open_page(size=size, theme=theme)
    page.goto(f"{site.url}/chargers/garage")
    choose(page, "Charging mode of Garage", mode)
    if mode == "Program":
        page.locator("li summary").first.click()
    page.get_by_text("All limits").click()
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate(
        "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
    )
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
