"""Pictures of every screen, phone and desktop, light and dark: ``python -m tests.browser.screens [NAME…]``.

They are taken of the real demo: its simulator, its site; those of measuring points of a real site on a Power Box. What
neither can show is taken of a building in memory, and its picture is called ``state-…``.
"""

import re
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page

from ohmstead.core.model.authorization import Authorization
from tests.browser.browser import SIZES, chromium, page, settled
from tests.browser.building import Building, settings
from tests.browser.charges import ended
from tests.browser.clustered import Clustered, leading, led
from tests.browser.demo import Demo
from tests.browser.large import MORE, large
from tests.browser.measured import MeasuredHouse
from tests.browser.server import PASSWORD, Site

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screens"


def _nothing(_: Page) -> None:
    """The screen is ready as it is."""


def _charted(page: Page) -> None:
    page.locator("[data-painted]").wait_for()


def _picking(page: Page) -> None:
    _charted(page)
    page.get_by_role("button", name="30").click()
    page.locator("dialog[open]").wait_for()


def _pointed(page: Page) -> None:
    _charted(page)
    page.get_by_role("slider").focus()
    for key in ("Home", *("Shift+ArrowRight",) * 11, "ArrowRight"):
        page.keyboard.press(key)


def _opened(page: Page) -> None:
    page.get_by_role("button", name="5").first.click()
    page.locator("[aria-expanded=true]").wait_for()


def _awake(page: Page) -> None:
    """The display sleeps while nobody has pressed for a while; the first press only wakes it."""
    power = page.locator("main .lcd .bottom b")
    page.wait_for_timeout(1_000)
    if not power.count():
        page.locator('[data-button="centre"]').press("Enter")
    power.wait_for()


def _in_the_menu(page: Page) -> None:
    """The menu stays open for a while, so it may be there already."""
    for _ in range(4):
        page.wait_for_timeout(700)
        if page.locator('[data-page="user"]').count():
            break
        page.locator('[data-button="centre"]').press("Enter")
    page.locator('[data-page="user"]').wait_for()


def _heard(page: Page) -> None:
    """The polls of the cluster go to and fro, so that somebody is given something."""
    page.locator("[data-heard]").first.wait_for()


def _compared(page: Page) -> None:
    settled(page)
    if not page.locator("main h2#found").count():
        page.get_by_role("radiogroup").locator("label").first.click()
        page.get_by_role("button", name=re.compile("^(Compare|Confronta)$")).click()
    page.locator("main h2#found").wait_for(timeout=60_000)


def _scanned(page: Page) -> None:
    page.locator("main section .row button").first.click()
    page.locator("main form, main li button").first.wait_for()


Shown = Site | Demo | MeasuredHouse


@dataclass(frozen=True)
class Screen:
    """One picture: its name, address, what must be seen first, and which site it shows."""

    name: str
    path: str
    seen: str
    ready: Callable[[Page], None] = _nothing
    site: str = "demo"
    languages: tuple[str, ...] = ("en",)


SCREENS: Sequence[Screen] = (
    Screen("settings", "/settings", "main dl"),
    Screen("state-quality", "/quality/oven", "main svg circle", site="house"),
    Screen("state-what-if", "/what-if/garage", "main h1", _compared, site="house", languages=("en", "it")),
    Screen("state-login", "/", "form", site="locked"),
    Screen("state-empty", "/", "main h1", site="empty"),
    Screen("state-lost", "/", "main h2#attention", site="lost"),
    Screen("state-history-week", "/history?span=week&channels=grid,roof,oven", "main .chart", _charted, site="house"),
    Screen(
        "state-history-stacked",
        f"/history?shape=stacked&channels=heat-pump,oven,kitchen,laundry,office,{','.join(MORE)}",
        "main .chart",
        _pointed,
        site="large",
    ),
    Screen(
        "state-history-compare",
        "/history?channels=kitchen,roof&date=2026-06-20&compare=day",
        "main .sentence",
        _pointed,
        site="house",
        languages=("en", "it"),
    ),
    Screen("state-history-voltage", "/history?channels=grid&quantity=voltage", "main .chart", _charted, site="house"),
    Screen("state-history-picker", "/history?channels=grid,roof", "main .chart", _picking, site="large"),
    Screen("state-history-none", "/history?date=2026-05-01", "main h2", site="house"),
    Screen(
        "state-history-heatmap",
        "/history/heatmap?channels=roof",
        "main canvas[data-painted]",
        site="large",
        languages=("en", "it"),
    ),
    Screen(
        "state-history-breakdown", "/history/breakdown?span=week", "main table", site="house", languages=("en", "it")
    ),
    Screen("history", "/history?span=day", "main .chart", _charted, languages=("en", "it")),
    Screen("circuits", "/circuits", "main li a"),
    Screen("circuit", "/circuits/oven", "main table"),
    Screen("charger", "/chargers/garage", "main article", languages=("en", "it")),
    Screen("panel", "/chargers/garage/panel", "main .lcd", _awake, languages=("en", "it")),
    Screen("panel-socket", "/chargers/yard/panel", "main svg .socket"),
    Screen("state-panel-menu", "/chargers/garage/panel", "main .lcd", _in_the_menu, site="house"),
    Screen("charger-settings", "/chargers/garage/settings", "main .row", site="house", languages=("en", "it")),
    Screen("label", "/chargers/garage/label", "main .label svg", site="house", languages=("en", "it")),
    Screen("networks", "/networks", "main li strong", _scanned, site="house", languages=("en", "it")),
    Screen("cluster", "/cluster", "main ul.members", _heard, site="master", languages=("en", "it")),
    Screen("state-cluster-slave", "/cluster", "main dl", _heard, site="slave", languages=("en", "it")),
    Screen("state-cluster-alone", "/cluster", "main form", site="house", languages=("en", "it")),
    Screen("cards", "/cards", "main li", site="house", languages=("en", "it")),
    Screen("sessions", "/chargers/garage/sessions/2026-06", "main li a", site="house", languages=("en", "it")),
    Screen("session", f"/chargers/garage/sessions/{next(ended())}", "main svg path", site="house"),
    Screen("wiring", "/wiring", "main code", site="house", languages=("en", "it")),
    Screen("state-waiting", "/chargers/garage", "main article .waiting", site="waiting"),
    Screen("loads", "/loads", "main li a", site="measured", languages=("en", "it")),
    Screen("load", "/loads/pump", "main article", _opened, site="measured"),
    Screen("validation", "/validation", "main h1", site="measured"),
    Screen("home", "/", "section.flow a", languages=("en", "it")),
    Screen("events", "/events", "main li time"),
)


def sites() -> dict[str, Site | MeasuredHouse]:
    """Every site but the demo that a screen shows."""
    return {
        "house": Site(Building()),
        "large": Site(large()),
        "lost": Site(Building(lost={"heat-pump", "garage"})),
        "empty": Site(Building(settings(empty=True))),
        "waiting": Site(Building(given=Authorization("waiting", None, "requested"))),
        "locked": Site(Building(), locked=True),
        "master": Site(Clustered(leading())),
        "slave": Site(Clustered(led())),
        "measured": MeasuredHouse(),
    }


def show(page: Page, screen: Screen, site: Shown) -> None:
    """Open ``screen`` and wait until all of it stands there."""
    page.goto(site.url + screen.path)
    page.locator(screen.seen).first.wait_for()
    screen.ready(page)
    settled(page)
    page.evaluate("document.fonts.ready")


def sign_in(page: Page, site: Site, name: str) -> None:
    """Fill the sign-in form."""
    page.goto(site.url)
    page.locator("input[name=name]").fill(name)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("form button").click()


def picture(browser: Browser, screen: Screen, site: Shown, size: str, theme: str, language: str) -> Path:
    """One picture, written into the folder."""
    tongue = "" if language == "en" else f"-{language}"
    file = FOLDER / f"{screen.name}{tongue}-{size}-{theme}.png"
    with page(browser, size=size, theme=theme, language=language, moving=False) as opened:
        if isinstance(site, Demo):
            site.wait()
        show(opened, screen, site)
        if size == "phone":
            width, least = SIZES[size]
            height = opened.evaluate("document.documentElement.scrollHeight")
            opened.set_viewport_size({"width": width, "height": max(least, height)})
        opened.wait_for_timeout(300)
        opened.screenshot(path=file)
    return file


def main(names: Sequence[str]) -> int:
    """Make the pictures of the screens named, or all of them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    wanted = [screen for screen in SCREENS if not names or screen.name in names]
    needed = {screen.site for screen in wanted}
    with ExitStack() as running:
        shown: dict[str, Shown] = {}
        for name, site in {"demo": Demo(), **sites()}.items():
            if name in needed:
                running.callback(site.close)
                shown[name] = site.start()
        with chromium() as browser:
            for screen in wanted:
                for language in screen.languages:
                    for size in ("phone", "desktop"):
                        for theme in ("light", "dark"):
                            file = picture(browser, screen, shown[screen.site], size, theme, language)
                            print(f"{file.name}  {file.stat().st_size // 1000} kB", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
