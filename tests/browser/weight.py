"""How heavy the app is: all bytes on the wire until flow and today's chart are painted, from an empty cache."""

from playwright.sync_api import Browser

from tests.browser.browser import page


def first_load_bytes(browser: Browser, url: str) -> dict[str, int]:
    """Bytes received of each address, headers included, compressed as sent; the live socket does not count."""
    weights: dict[str, int] = {}
    names: dict[str, str] = {}
    with page(browser, size="phone") as opened:
        wire = opened.context.new_cdp_session(opened)
        wire.send("Network.enable")
        wire.on("Network.responseReceived", lambda event: names.update({event["requestId"]: event["response"]["url"]}))
        wire.on(
            "Network.loadingFinished",
            lambda event: weights.update({names.get(event["requestId"], "?"): int(event["encodedDataLength"])}),
        )
        opened.goto(url)
        opened.locator("section.flow path.dots").first.wait_for(state="attached")
        opened.locator("path.sun[d^=M]").wait_for(state="attached")
        opened.wait_for_timeout(200)
    return weights
