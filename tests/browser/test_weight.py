"""The app is light."""

from tests.browser.weight import first_load_bytes


def test_flow_and_chart_are_painted_within_100_kb(browser, site):
    weights = first_load_bytes(browser, site.url)
    assert sum(weights.values()) <= 100_000, weights


def test_only_one_language_is_loaded(browser, site):
    assert (
        sum("/assets/en-" in address or "/assets/it-" in address for address in first_load_bytes(browser, site.url))
        == 1
    )
