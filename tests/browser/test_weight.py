"""The app is light: each screen brings what it shows, in one language."""

import re

import pytest

from tests.browser.browser import page, settled
from tests.browser.weight import first_load_bytes


def test_flow_and_chart_are_painted_within_100_kb(browser, site):
    weights = first_load_bytes(browser, site.url)
    assert sum(weights.values()) <= 100_000, weights


def test_home_and_history_load_their_own_texts_of_one_language(browser, site):
    assert texts_of(first_load_bytes(browser, site.url)) == ["en-first", "en-history"]


def test_a_screen_brings_its_texts_and_the_other_language_as_much(site, home):
    fetched: list[str] = []
    home.on("request", lambda request: fetched.append(request.url))
    home.goto(f"{site.url}/settings")
    home.get_by_text("Italiano").click()
    home.get_by_role("heading", name="Opzioni", exact=True).wait_for()
    assert texts_of(fetched) == ["en-first", "en-settings", "it-first", "it-settings"]


def test_a_sentence_of_the_server_brings_the_rest_and_never_shows_its_key(building, home):
    """Whenever the page changes, there is either nothing or the sentence."""
    home.evaluate(
        """() => {
          globalThis.seen = [];
          new MutationObserver(() => globalThis.seen.push(document.body.innerText))
            .observe(document.body, { subtree: true, childList: true, characterData: true });
        }"""
    )
    building.lost.add("kitchen")
    home.get_by_text("Kitchen no longer answers.").wait_for()
    assert not [
        text for text in home.evaluate("globalThis.seen") if re.search(r"\b(device|modbus|meter)\.[a-z_]+", text)
    ]


def test_a_screen_that_lacks_a_text_is_noticed(browser, site):
    """What all browser tests watch for."""
    with pytest.raises(AssertionError, match=r"no text for ui\.skip"):
        lack_a_text(browser, site.url)


def lack_a_text(browser, url):
    """Open a page that says in the console what a screen without one of its texts says."""
    with page(browser) as opened:
        opened.goto(url)
        opened.evaluate("console.error('no text for ui.skip on this screen')")
        settled(opened)


def texts_of(addresses):
    """The parts of the texts among what was fetched, in order of their names."""
    found = (re.search(r"/assets/((?:en|it)-[\w-]+?)-[\w-]{8}\.js$", address) for address in addresses)
    return sorted({match[1] for match in found if match})
