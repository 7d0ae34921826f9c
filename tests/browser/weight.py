"""How heavy the app is: all its bytes on the wire, from an empty cache until flow and history's chart are painted."""

from playwright.sync_api import Browser

from tests.browser.browser import page, settled


def first_load_bytes(browser: Browser, url: str) -> dict[str, int]:
    """Bytes received of each address, headers included, compressed as sent; what the API answers does not count."""
    weights: dict[str, int] = {}
    names: dict[str, str] = {}

    def add(address: str, weight: int) -> None:
        weights[address] = weights.get(address, 0) + weight

    with page(browser, size="phone") as opened:
        wire = opened.context.new_cdp_session(opened)
        wire.send("Network.enable")
        wire.on("Network.responseReceived", lambda event: names.update({event["requestId"]: event["response"]["url"]}))
        wire.on(
            "Network.loadingFinished",
            lambda event: add(names.get(event["requestId"], "?"), int(event["encodedDataLength"])),
        )
        opened.goto(url)
        opened.locator("section.flow path.dots").first.wait_for(state="attached")
        opened.locator("path.sun[d^=M]").wait_for(state="attached")
        settled(opened)
        opened.locator("a[href^='/history']:visible").first.click()
        opened.locator("[data-painted]").wait_for()
        settled(opened)
    return {address: weight for address, weight in weights.items() if "/api/" not in address}
