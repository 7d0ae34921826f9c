"""What a phone must fetch before it shows the house: all compressed bytes until flow and chart are painted.

The real daemon on the demo's building serves the built app to a real Chromium with an empty cache. Counted are the
bytes as transferred, headers included: page, code, styles, texts, fonts, icons. What the API answers (the house's own
values, which every app must fetch) is a figure of its own.
"""

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from bench.broken import Broken
from bench.browser import look_around, page
from bench.daemon import site
from bench.figures import Figure
from bench.waiting import until_good
from ohmstead.cli.demo import building
from ohmstead.cli.serving import APP

GOAL = "<= 100"


def run() -> list[Figure]:
    """The app's bytes, and the API's beside it, in kB of 1,000 bytes."""
    if not (APP / "index.html").is_file():
        raise Broken("the app is not built; ./dev bench builds it")
    with tempfile.TemporaryDirectory(prefix="ohmstead-bench-") as name:
        folder = Path(name)
        with building(folder, 1, datetime.now(UTC)) as config, site(config, folder) as daemon:
            until_good(daemon)
            with page() as (opened, traffic):
                look_around(opened, daemon.url)
    return [
        Figure("app-size.first_load", traffic.app_bytes / 1000, "kB", GOAL),
        Figure("app-size.api", traffic.api_bytes / 1000, "kB"),
    ]
