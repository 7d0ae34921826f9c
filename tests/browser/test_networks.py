"""The machine's networks in the app: how they are, joining a Wi-Fi, what is taken back, the wire, the modem."""

import re

import pytest
from playwright.sync_api import expect

from ohmstead.core.model.events import Action
from tests.browser.screens import sign_in
from tests.browser.server import Site


@pytest.fixture
def opened(site, open_page):
    page = open_page()
    page.goto(f"{site.url}/networks")
    page.locator("main ul.card li").first.wait_for()
    return page


def link(page, kind):
    return page.locator("main ul.card li").filter(has=page.get_by_text(kind, exact=True))


@pytest.mark.req("EV-204", "EV-205", "G-082")
def test_a_wifi_is_found_and_joined_and_a_wrong_key_is_told(building, opened):
    expect(link(opened, "Ethernet")).to_contain_text("in use")
    expect(link(opened, "Wi-Fi")).to_contain_text("No link")
    opened.get_by_role("button", name="Look for networks").click()
    expect(opened.locator("section li .name")).to_have_text(["Via Roma 12", "Guests", "Neighbour"])
    opened.get_by_role("button", name="Join Via Roma 12").click()
    wifi = opened.get_by_role("region", name="Wi-Fi", exact=True)
    wifi.get_by_label("Key").fill("moonlight")
    wifi.get_by_role("button", name="Join", exact=True).click()
    expect(wifi.get_by_role("status")).to_contain_text("Is the key right")
    wifi.get_by_label("Key").fill("sunshine")
    wifi.get_by_text("Fixed address").click()
    wifi.get_by_label("Address", exact=True).fill("192.168.1.90")
    wifi.get_by_label("Gateway").fill("192.168.2.1")
    wifi.get_by_role("button", name="Join", exact=True).click()
    expect(wifi.get_by_role("status")).to_contain_text("a gateway in 192.168.1.0/24")
    wifi.get_by_label("Gateway").fill("192.168.1.1")
    wifi.get_by_role("button", name="Join", exact=True).click()
    expect(opened.locator(".message")).to_contain_text("Joined Via Roma 12.")
    expect(link(opened, "Wi-Fi")).to_contain_text("192.168.1.90/24")
    assert [one.action for one in building.commands] == [Action.JOIN_WIFI]


@pytest.mark.req("EV-208", "EV-209", "EV-207")
def test_the_wire_has_its_link_mode_and_the_modem_its_apn(opened):
    wire = opened.get_by_role("region", name="Ethernet", exact=True)
    wire.get_by_label("Link mode").select_option("100 Full")
    wire.get_by_role("button", name="Save").click()
    expect(link(opened, "Ethernet")).to_contain_text("100\u00a0Mbit/s")
    modem = opened.get_by_role("region", name="Mobile", exact=True)
    expect(modem).to_contain_text("This month 0 of 200 MB.")
    modem.get_by_role("button", name="Save").click()
    expect(modem.get_by_role("status")).to_contain_text("the APN that the operator of the SIM names")
    modem.get_by_label("APN").fill("internet.it")
    modem.get_by_role("button", name="Save").click()
    expect(link(opened, "Mobile")).to_contain_text("Connected")


@pytest.mark.req("EV-208", "EV-209", "EV-210")
def test_the_forms_open_as_wire_and_modem_are_set(site, opened):
    wire = opened.get_by_role("region", name="Ethernet", exact=True)
    wire.get_by_label("Link mode").select_option("100 Half")
    wire.get_by_text("Fixed address").click()
    for field, value in (("Address", "192.168.1.77"), ("Gateway", "192.168.1.1")):
        wire.get_by_label(field, exact=True).fill(value)
    wire.get_by_role("button", name="Save").click()
    expect(link(opened, "Ethernet")).to_contain_text("192.168.1.77/24")
    modem = opened.get_by_role("region", name="Mobile", exact=True)
    modem.get_by_label("APN").fill("internet.it")
    modem.get_by_role("button", name="Save").click()
    expect(link(opened, "Mobile")).to_contain_text("Connected")
    opened.goto(f"{site.url}/networks")
    expect(wire.get_by_label("Link mode")).to_have_value("100-half")
    expect(wire.get_by_label("Fixed address")).to_be_checked()
    expect(wire.get_by_label("Address", exact=True)).to_have_value("192.168.1.77")
    expect(wire.get_by_label("Gateway", exact=True)).to_have_value("192.168.1.1")
    expect(modem.get_by_label("APN")).to_have_value("internet.it")


@pytest.mark.req("G-132")
def test_the_own_wifi_opens_with_a_key_and_closes(building, opened):
    own = opened.get_by_role("region", name="Own Wi-Fi")
    own.get_by_label("Key").fill("on the label")
    own.get_by_role("button", name="Open").click()
    expect(own).to_contain_text("“Ohmstead” is open.")
    own.get_by_role("button", name="Close").click()
    expect(own.get_by_label("Key")).to_be_visible()


def test_who_is_no_installer_sees_the_links_and_sets_nothing(building, open_page):
    site = Site(building, locked=True).start()
    try:
        page = open_page(size="phone")
        sign_in(page, site, "user")
        expect(page.locator("h1")).to_contain_text("The sun covers")
        page.goto(f"{site.url}/networks")
        expect(page.locator("main ul.card li")).to_have_count(3)
        expect(page.locator("main form")).to_have_count(0)
    finally:
        site.close()


@pytest.mark.req("EV-021", "EV-022", "EV-203")
def test_the_display_of_a_charger_shows_the_time_and_the_wifi_as_it_changes(building, site, opened):
    def tapped(deed):
        site.call(building.panels.knock, "garage")
        opened.goto(f"{site.url}/{deed}")

    tapped("chargers/garage/panel")
    links = opened.locator(".lcd .links")
    expect(links.get_by_role("img", name="Wi-Fi: no connection")).to_be_visible()
    expect(links.get_by_role("img", name="Mobile: no connection")).to_be_visible()
    expect(links).to_contain_text(re.compile(r"\d\d:\d\d"))
    tapped("networks")
    opened.get_by_role("button", name="Look for networks").click()
    opened.get_by_role("button", name="Join Via Roma 12").click()
    opened.get_by_role("region", name="Wi-Fi", exact=True).get_by_label("Key").fill("sunshine")
    opened.get_by_role("button", name="Join", exact=True).click()
    expect(opened.locator(".message")).to_contain_text("Joined Via Roma 12.")
    tapped("chargers/garage/panel")
    expect(links.get_by_role("img", name="Wi-Fi: connected", exact=True)).to_be_visible()
