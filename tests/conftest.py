"""What every test gets: the plug-ins below, asyncio under each asynchronous test, and properties that repeat.

How many examples a property tries, and which, is said in ``tests.exploring``.
"""

import os
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import settings

from tests.exploring import examples

pytest_plugins = ["pytester", "checks.requirements.plugin", "checks.isolation", "checks.order"]

settings.register_profile("ohmstead", examples())
settings.load_profile("ohmstead")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Asynchronous tests run on asyncio, as the program does."""
    return "asyncio"


@pytest.fixture
def ordinary_user() -> Iterator[None]:
    """Nobody in particular, where the tests run as the superuser, who may open everything."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(65_534)
    yield
    os.seteuid(before)


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """A command sets up logging for its process; the next test finds it as it was."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)
