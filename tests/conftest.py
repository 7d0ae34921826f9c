"""What every test gets: the plug-ins below, asyncio under each asynchronous test, and properties that repeat.

A property tries the same examples in every run, so that a run says something about the change and not about luck;
``./dev soak`` tries new ones, thousands of them (``OHMSTEAD_EXPLORE``).
"""

import os

import pytest
from hypothesis import settings

pytest_plugins = ["pytester", "checks.requirements.plugin", "checks.isolation", "checks.order"]

settings.register_profile("repeat", derandomize=True, database=None, deadline=None)
settings.register_profile("explore", database=None, deadline=None)
settings.load_profile("explore" if os.environ.get("OHMSTEAD_EXPLORE") else "repeat")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Asynchronous tests run on asyncio, as the program does."""
    return "asyncio"
