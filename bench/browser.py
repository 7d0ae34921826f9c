"""The app in a real Chromium: opened as a person would, and every byte that came over the wire counted.

Home is open when its live flow is drawn, history when its chart is painted; the way between them is a click.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import CDPSession, Page, sync_playwright

from bench.broken import Broken

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")
FLOW = "section.flow a"
CHART = "[data-painted]"
_API = "/api/"


@dataclass
class Traffic:
    """Bytes as transferred, headers and compression included, by path."""

    paths: dict[str, str] = field(default_factory=dict)
    transferred: dict[str, int] = field(default_factory=dict)
    socket_bytes: int = 0

    def watch(self, session: CDPSession) -> None:
        """Count from now on."""
        session.on("Network.requestWillBeSent", self._asked)
        session.on("Network.loadingFinished", self._came)
        session.on("Network.webSocketFrameReceived", self._frame)
        session.send("Network.enable")

    @property
    def app_bytes(self) -> int:
        """All that is the app itself: page, code, styles, texts, fonts, icons."""
        return sum(count for path, count in self.transferred.items() if not path.startswith(_API))

    @property
    def api_bytes(self) -> int:
        """Answers of the API and frames of the live stream."""
        answers = sum(count for path, count in self.transferred.items() if path.startswith(_API))
        return answers + self.socket_bytes

    def _asked(self, event: dict[str, Any]) -> None:
        self.paths[event["requestId"]] = urlsplit(event["request"]["url"]).path

    def _came(self, event: dict[str, Any]) -> None:
        path = self.paths[event["requestId"]]
        self.transferred[path] = self.transferred.get(path, 0) + int(event["encodedDataLength"])

    def _frame(self, event: dict[str, Any]) -> None:
        self.socket_bytes += len(event["response"]["payloadData"].encode())


@contextmanager
def page() -> Iterator[tuple[Page, Traffic]]:
    """A fresh page without a cache, and its traffic. Raises Broken without a Chromium."""
    chromium = shutil.which("chromium")
    if chromium is None:
        raise Broken("no Chromium; on Debian: sudo apt-get install --yes --no-install-recommends chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, headless=True, args=list(FLAGS))
        try:
            context = browser.new_context(viewport={"width": 1360, "height": 860}, locale="en-GB")
            opened, traffic = context.new_page(), Traffic()
            traffic.watch(context.new_cdp_session(opened))
            yield opened, traffic
        finally:
            browser.close()


def look_around(opened: Page, url: str) -> None:
    """Home until its flow is drawn, then history until its chart is painted."""
    opened.goto(url)
    opened.locator(FLOW).first.wait_for()
    opened.wait_for_load_state("networkidle")
    opened.locator("a[href^='/history']:visible").first.click()
    opened.locator(CHART).first.wait_for()
    opened.wait_for_load_state("networkidle")
