"""The cluster in the app: making one, all of it at its master, and at a slave who leads it."""

import os

import pytest
from playwright.sync_api import expect

from ohmstead.core.model.events import Action
from tests.browser.browser import AXE
from tests.browser.clustered import Clustered, leading, led
from tests.browser.screens import sign_in
from tests.browser.server import Site

PICTURES = os.environ.get("OHMSTEAD_PICTURES")
"""A folder for pictures of what is tested; none are taken without."""


def seen(page, name):
    """A picture to look at, if wanted, and no trouble for those who cannot see it."""
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate(
        "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
    )
    assert [(v["id"], [node["html"] for node in v["nodes"]]) for v in found["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.fixture
def served():
    started = []

    def serve(building, **more):
        started.append(Site(building, **more).start())
        return started[-1]

    yield serve
    for site in started:
        site.close()


@pytest.mark.req("EV-140", "EV-141", "EV-145", "EV-291")
@pytest.mark.parametrize(("size", "theme"), [("phone", "dark"), ("desktop", "light")])
def test_a_lone_charger_becomes_the_master_of_a_cluster_and_takes_a_slave(site, building, open_page, size, theme):
    page = open_page(size=size, theme=theme, moving=False)
    page.goto(f"{site.url}/settings")
    page.get_by_role("link", name="Cluster").click()
    expect(page.locator("ol li")).to_contain_text(["Begin with them", "Lead others", "one after the other"])
    seen(page, f"cluster-alone-{size}-{theme}")
    page.get_by_label("Limit in A per phase").fill("5")
    page.get_by_role("button", name="Lead from now on").click()
    expect(page.locator("form [role=status]")).to_contain_text("limit_a")
    page.get_by_label("Limit in A per phase").fill("40")
    page.get_by_label("Name (may be empty)").fill("Car park")
    page.get_by_role("button", name="Lead from now on").click()
    expect(page.locator("h1")).to_have_text("Car park")
    page.get_by_role("button", name="Add a charger").click()
    form = page.get_by_role("form", name="Add a charger")
    form.get_by_label("Name", exact=True).fill("Back yard")
    form.get_by_label("IP address").fill("192.168.1.31")
    form.get_by_label("fixed current").fill("50")
    seen(page, f"cluster-add-{size}-{theme}")
    form.get_by_role("button", name="Add a charger").click()
    expect(form.get_by_role("status")).not_to_be_empty()
    form.get_by_label("fixed current").fill("6")
    form.get_by_role("button", name="Add a charger").click()
    added = page.locator("ul.members > li", has_text="Back yard")
    expect(added).to_contain_text("Without contact: It takes 6")
    assert building.settings.chargers["back-yard"].board.connect == "tcp://192.168.1.31:502"
    added.get_by_role("button", name="Change Back yard").click()
    added.get_by_role("button", name="Remove from the cluster").click()
    expect(added).to_have_count(0)
    page.get_by_role("button", name="Dissolve the cluster").click()
    page.get_by_role("button", name="Yes, dissolve it").click()
    expect(page.get_by_role("heading", name="Make a cluster")).to_be_visible()
    assert building.settings.cluster is None


@pytest.mark.req("EV-287", "EV-288", "EV-289", "EV-143", "EV-146")
@pytest.mark.parametrize(("size", "theme"), [("phone", "light"), ("desktop", "dark")])
def test_the_master_shows_who_has_what_and_is_kept_and_changes_it(served, open_page, size, theme):
    building = Clustered(leading())
    page = open_page(size=size, theme=theme, moving=False)
    page.goto(f"{served(building).url}/cluster")
    rows = page.locator("ul.members > li")
    expect(rows).to_have_count(3)
    expect(rows.nth(1)).to_contain_text("In contact")
    expect(rows.nth(2)).to_contain_text("No contact: 8")
    expect(page.locator("ul.legend")).to_contain_text("kept for chargers without contact")
    rows.nth(1).get_by_role("button", name="Change Carport").click()
    seen(page, f"cluster-master-{size}-{theme}")
    rows.nth(1).get_by_role("radiogroup").get_by_text("1", exact=True).click()
    expect(page.locator(".message")).to_contain_text("Carport: kept.")
    command = building.commands[-1]
    assert (command.target, command.action, command.value) == ("carport", Action.SET_PRIORITY, 1)
    rows.nth(1).get_by_label("fixed current").fill("39")
    rows.nth(1).get_by_role("button", name="Save").click()
    expect(rows.nth(1).get_by_role("status")).not_to_be_empty()
    rows.nth(1).get_by_label("fixed current").fill("0")
    rows.nth(1).get_by_label("Name", exact=True).fill("Street")
    rows.nth(1).get_by_role("button", name="Save").click()
    expect(rows.nth(1)).to_contain_text("Without contact: It stops")
    assert building.settings.chargers["carport"].name == "Street"
    whole = page.get_by_role("region", name="The whole cluster")
    whole.get_by_label("Limit in A per phase").fill("32")
    whole.get_by_role("button", name="Save").click()
    expect(page.locator(".sum")).to_contain_text("of 32")
    assert building.settings.cluster.limit_a == 32.0


@pytest.mark.req("EV-168", "EV-282", "EV-286", "G-070")
@pytest.mark.parametrize(("size", "theme", "language"), [("phone", "dark", "it"), ("desktop", "light", "en")])
def test_a_slave_tells_who_leads_it_and_what_holds_without_contact(served, open_page, size, theme, language):
    building = Clustered(led())
    page = open_page(size=size, theme=theme, language=language, moving=False)
    page.goto(f"{served(building).url}/cluster")
    facts = {
        "en": ["192.168.1.10", "Garage", "14", "It takes 6"],
        "it": ["192.168.1.10", "Garage", "14", "Assorbe 6"],
    }
    expect(page.locator("dd")).to_contain_text(facts[language], timeout=10_000)
    leave = page.get_by_role("button", name={"en": "Leave the cluster", "it": "Esci dal cluster"}[language])
    expect(leave).to_be_disabled()
    seen(page, f"cluster-slave-{size}-{theme}")
    building.connected = False
    building.later.ahead_s += 15.0
    expect(page.locator("p.lead")).to_contain_text("10 s")
    page.get_by_role("button", name={"en": "Wait for a master", "it": "Attendi un master"}[language]).click()
    expect(page.locator("main")).to_contain_text(
        {"en": "Waiting for a master", "it": "In attesa di un master"}[language]
    )


def test_who_is_no_installer_sees_the_cluster_and_changes_nothing(served, open_page):
    site = served(Clustered(leading()), locked=True)
    page = open_page(size="phone")
    sign_in(page, site, "user")
    expect(page.locator("h1")).to_contain_text("The sun covers")
    page.goto(f"{site.url}/cluster")
    expect(page.locator("ul.members > li")).to_have_count(3)
    expect(page.locator("main form")).to_have_count(0)
    expect(page.locator("main button")).to_have_count(0)


def test_a_charger_of_the_cluster_is_changed_by_keyboard_alone(served, open_page):
    page = open_page()
    page.goto(f"{served(Clustered(leading())).url}/cluster")
    page.get_by_role("button", name="Change Carport").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("radio", name="4")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".message")).to_contain_text("Carport: kept.")
