"""Commands run inside the test process here: their logs are left as they are, since streams of a test end with it."""

import sys

import pytest


@pytest.fixture(autouse=True)
def logs_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in sys.modules.copy().values():
        if module.__name__.startswith("ohmstead.cli.") and hasattr(module, "configure_logs"):
            monkeypatch.setattr(module, "configure_logs", lambda **_: None)
