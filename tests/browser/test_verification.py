"""The section of the grid meter: what it is for, which meter and limit, and the test of its wiring."""

import pytest
from playwright.sync_api import expect

from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.verification import Findings
from tests.browser.browser import AXE
from tests.browser.screens import sign_in
from tests.browser.server import Site


@pytest.fixture
def section(site, home):
    home.goto(f"{site.url}/settings")
    return home.get_by_role("region", name="Grid meter (load management)")


@pytest.mark.req("EV-178")
def test_the_section_names_the_model_of_the_meter_and_the_grid_limit(section):
    expect(section.get_by_label("Model")).to_have_value("eastron-sdm630")
    expect(section.get_by_label("Model").locator("option:checked")).to_have_text("Eastron SDM630")
    expect(section.get_by_label("Grid limit in kW")).to_have_value("10")
    assert "Main fuse\n25\u00a0A" in section.locator("dl").inner_text().replace("\n\n", "\n")


@pytest.mark.req("EV-178")
def test_an_installer_sets_the_grid_limit_and_the_site_shows_it(section, home, building):
    field = section.get_by_label("Grid limit in kW")
    expect(section.get_by_role("button", name="Save")).to_be_disabled()
    field.fill("6,5")
    field.press("Enter")
    expect(home.locator(".message")).to_have_text("The grid limit is 6.50\u00a0kW now.")
    expect(field).to_have_value("6.5")
    assert building.settings.site.contract_power_w == 6500.0
    expect(home.get_by_role("main")).to_contain_text("6.50\u00a0kW")
    home.goto(home.url.replace("settings", "events"))
    expect(home.get_by_role("main")).to_contain_text("The grid limit was set to 6.50\u00a0kW.")


@pytest.mark.req("EV-178")
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("0,4", "Got 400\u00a0W; allowed: 500\u00a0W to 2000.00\u00a0kW."),
        ("much", "Got much; allowed: a number of watts"),
    ],
)
def test_a_limit_that_cannot_be_is_refused_in_words_and_what_was_typed_stays(section, building, typed, said):
    field = section.get_by_label("Grid limit in kW")
    field.fill(typed)
    section.get_by_role("button", name="Save").click()
    expect(section.get_by_role("status").filter(has_text="allowed")).to_contain_text(said.replace("\u00a0", " "))
    expect(field).to_have_value(typed)
    expect(field).to_have_attribute("aria-invalid", "true")
    assert building.settings.site.contract_power_w == 10_000.0


@pytest.mark.req("EV-178")
def test_another_model_is_tried_first_and_taken_over_only_when_it_fits(section, home, building):
    models = section.get_by_label("Model")
    models.select_option("eastron-sdm120")
    section.get_by_role("button", name="Try and take over").click()
    expect(section).to_contain_text("Read as eastron-sdm120, the meter shows 5.3 V on L1, which no grid has.")
    assert building.settings.devices["grid"].meter == "eastron-sdm630"
    models.select_option("abb-b23")
    section.get_by_role("button", name="Try and take over").click()
    expect(home.locator(".message")).to_contain_text("The meter is read as")
    expect(section.get_by_role("button", name="Try and take over")).to_be_disabled()
    assert building.settings.devices["grid"].meter == "abb-b23"


@pytest.mark.req("EV-179")
def test_the_section_says_what_it_is_for_warns_and_explains_the_limit(section):
    expect(section).to_contain_text("The grid meter measures what the whole house draws.")
    expect(section).to_contain_text("must really be installed at the supply and correctly set up")
    expect(section).to_contain_text("the most the house may draw from the grid while a car charges")


@pytest.mark.req("EV-180", "G-022")
def test_a_test_is_started_followed_in_words_and_ends_with_verdict_and_advice(section, home):
    section.get_by_role("button", name="Verify with Garage").click()
    running = section.get_by_role("status").first
    expect(running).to_contain_text("Step 2: lowered to 6.0 A")
    expect(section.get_by_role("button", name="Verify with Garage")).to_be_disabled()
    expect(running).to_contain_text("On the wrong conductor", timeout=10_000)
    expect(running).to_contain_text("What the charger draws on L1 is shown by the meter on L2.")
    expect(running).to_contain_text("Have an electrician move the clamp")
    assert section.locator("tbody tr").all_inner_texts() == ["L1\t−918\u00a0W\t4\u00a0W", "L2\t0\u00a0W\t−931\u00a0W"]
    expect(section.get_by_role("button", name="Verify with Garage")).to_be_enabled()
    home.evaluate(AXE.read_text("utf-8"))
    found = home.evaluate(
        "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice']})"
    )
    assert [(v["id"], [node["html"] for node in v["nodes"]]) for v in found["violations"]] == []


def test_a_second_test_is_refused_in_words_while_one_runs(section, home):
    section.get_by_role("button", name="Verify with Garage").click()
    expect(section.get_by_role("status").first).to_contain_text("Test running on Garage")
    section.get_by_role("button", name="Verify with Carport").click()
    expect(home.locator(".message.failed")).to_have_text("A test on garage is running. Wait until it has ended.")


@pytest.mark.req("EV-180")
def test_the_verdict_is_told_in_italian(building, site, open_page):
    building.findings = Findings("correct", Reason("verification.correct", {"phases": "L1"}), ("L1",))
    page = open_page(language="it", size="phone")
    page.goto(f"{site.url}/settings")
    section = page.get_by_role("region", name="Contatore di rete (gestione dei carichi)")
    section.get_by_role("button", name="Verifica con Garage").click()
    expect(section.get_by_role("status").first).to_contain_text("Verifica in corso su Garage")
    expect(section.get_by_role("status").first).to_contain_text("Corretto", timeout=10_000)
    expect(section).to_contain_text("Il contatore ha mostrato ogni variazione")


@pytest.mark.req("EV-180", "G-008")
def test_who_is_no_installer_does_not_see_the_section(building, open_page):
    site = Site(building, locked=True).start()
    try:
        page = open_page()
        sign_in(page, site, "viewer")
        page.locator("section.flow a").first.wait_for()
        page.goto(f"{site.url}/settings")
        expect(page.get_by_role("heading", name="This site")).to_be_visible()
        expect(page.get_by_role("button", name="Verify")).to_have_count(0)
        expect(page.get_by_role("heading", name="Grid meter")).to_have_count(0)
    finally:
        site.close()
