"""What every test gets: the plug-ins below, asyncio under each asynchronous test, and properties that repeat.

How many examples a property tries, and which, is said in ``tests.exploring``.
"""

import pytest
from hypothesis import settings

from tests.exploring import examples

pytest_plugins = ["pytester", "checks.requirements.plugin", "checks.isolation", "checks.order"]

settings.register_profile("ohmstead", examples())
settings.load_profile("ohmstead")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Asynchronous tests run on asyncio, as the program does."""
    return "asyncio"
