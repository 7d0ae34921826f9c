"""The system's Chromium, and how a page of the app is opened and waited for."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from playwright.sync_api import Browser, Page, TimeoutError, sync_playwright

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
AXE = Path(__file__).resolve().parents[2] / "ui" / "node_modules" / "axe-core" / "axe.min.js"
NO_TEXT = "no text for "
"""What the app says in the console when a screen asks for a text that is not among its own."""
SIZES = {"phone": (390, 844), "desktop": (1360, 860)}


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless browser for as long as the block lasts."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), headless=True, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def page(
    browser: Browser, *, size: str = "desktop", theme: str = "light", language: str = "en", moving: bool = True
) -> Iterator[Page]:
    """A fresh page of one ``size`` (phone, desktop), theme and language; without motion when it should stand still.

    Raises:
        AssertionError: a screen said something whose text it had not brought.
    """
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if theme == "dark" else "light",
        locale={"en": "en-GB", "it": "it-IT"}[language],
        reduced_motion="no-preference" if moving else "reduce",
        has_touch=size == "phone",
        is_mobile=size == "phone",
    )
    unsaid: list[str] = []
    context.on("console", lambda told: unsaid.append(told.text) if told.text.startswith(NO_TEXT) else None)
    try:
        yield context.new_page()
        assert not unsaid, unsaid
    finally:
        context.close()


def settled(page: Page) -> None:
    """Wait until nothing is fetched any more.

    Chromium does not always tell the end of a request that a worker broke off, so not for ever.
    """
    with suppress(TimeoutError):
        page.wait_for_load_state("networkidle", timeout=4_000)


def until(page: Page, holds: Callable[[], bool]) -> None:
    """Wait for something in the building."""
    for _ in range(100):
        if holds():
            return
        page.wait_for_timeout(100)
    assert holds()
