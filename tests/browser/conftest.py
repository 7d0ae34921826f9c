"""What browser tests share: one Chromium, a site that is fresh for each test, and pages of the app."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.browser import chromium, page
from tests.browser.building import Building
from tests.browser.demo import Demo
from tests.browser.server import Site

expect.set_options(timeout=15_000)
"""Milliseconds within which a page has to show what is expected: machines that test are busy."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here drives the browser."""
    for item in items:
        if "tests/browser" in item.nodeid:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    with chromium() as found:
        yield found


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    """The real demo, awake; a test leaves it as it found it."""
    running = Demo()
    try:
        yield running.start()
    finally:
        running.close()


@pytest.fixture
def building() -> Building:
    """The building behind the site; a test may change it."""
    return Building()


@pytest.fixture
def site(building: Building) -> Iterator[Site]:
    """A site that is served."""
    served = Site(building).start()
    yield served
    served.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens fresh pages: ``open_page(size="phone", theme="dark", language="it")``."""
    with ExitStack() as stack:
        yield lambda **choice: stack.enter_context(page(browser, **choice))


@pytest.fixture
def home(site: Site, open_page: Callable[..., Page]) -> Page:
    """The home screen of a desk, painted."""
    opened = open_page()
    opened.goto(site.url)
    opened.locator("section.flow a").first.wait_for()
    return opened
