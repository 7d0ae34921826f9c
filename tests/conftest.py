"""What every test gets: the plug-ins below, and asyncio under each asynchronous test."""

import pytest

pytest_plugins = ["pytester", "checks.requirements.plugin", "checks.isolation", "checks.order"]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Asynchronous tests run on asyncio, as the program does."""
    return "asyncio"
