"""The app on the real thing: the simulated building on its wire protocols, a site that reads it, and a person."""

import re

import pytest
from playwright.sync_api import Page, expect


@pytest.fixture
def demo_page(demo, open_page) -> Page:
    page = open_page()
    page.goto(demo.url)
    page.locator("section.flow a").first.wait_for(timeout=30_000)
    return page


def test_the_simulated_house_is_shown_as_it_moves(demo_page):
    expect(demo_page.locator("h1")).to_contain_text(re.compile(r"sun|grid"))
    for name in ("Sun", "House", "Garage", "Oven"):
        figure = demo_page.locator("section.flow .node", has_text=name).locator(".figure")
        expect(figure).to_have_text(re.compile(r"\d"))


@pytest.mark.req("G-051", "G-023")
def test_pause_stops_the_simulated_car_and_resume_starts_it_again(demo_page):
    garage = demo_page.locator("article", has=demo_page.get_by_role("heading", name="Garage"))
    expect(garage.locator(".state")).to_have_text("Charging", timeout=60_000)
    garage.get_by_role("button", name="Pause").click()
    expect(garage.locator(".state")).to_have_text("Paused", timeout=15_000)
    expect(garage.locator(".power .figure")).to_have_text("0", timeout=30_000)
    expect(garage.locator(".why")).to_contain_text("You paused charging.")
    expect(garage.get_by_text("You paused charging.")).to_have_count(1)
    garage.get_by_role("button", name="Resume").click()
    expect(garage.locator(".state")).to_have_text("Charging", timeout=60_000)
    demo_page.locator("nav a[href='/events']").click()
    expect(demo_page.locator("main")).to_contain_text("Garage was paused.")
    expect(demo_page.locator("main")).to_contain_text("A car was plugged in.")
