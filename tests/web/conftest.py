"""What tests of the web share: a house in memory, an application around it, and clients."""

import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import FastAPI

from ohmstead.drivers.clock import SystemClock
from ohmstead.services.accounts.accounts import Accounts
from ohmstead.web.application import create_app
from tests.services.accounts.memory_documents import MemoryDocuments
from tests.web.memory_house import MemoryHouse

PASSWORDS = {role: f"the {role} knows this" for role in ("viewer", "user", "installer", "owner")}


@pytest.fixture
def house() -> MemoryHouse:
    return MemoryHouse()


@pytest.fixture
def local_app(house: MemoryHouse) -> FastAPI:
    """As on the machine itself."""
    return create_app(house, None, local_only=True)


@pytest.fixture
def client(local_app: FastAPI) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(local_app, raise_app_exceptions=False)
    return httpx2.AsyncClient(transport=transport, base_url="http://localhost")


@pytest.fixture(scope="session")
def four_accounts() -> MemoryDocuments:
    """An account of each role, hashed once."""
    documents = MemoryDocuments()

    async def fill() -> None:
        accounts = Accounts(documents, SystemClock())
        for role, password in PASSWORDS.items():
            await accounts.set_password(role, role, password)

    asyncio.run(fill())
    return documents


@pytest.fixture
def accounts(house: MemoryHouse, four_accounts: MemoryDocuments) -> Accounts:
    documents = MemoryDocuments()
    documents.kept.update(four_accounts.kept)
    return Accounts(documents, house.clock)


@pytest.fixture
def open_app(house: MemoryHouse, accounts: Accounts) -> FastAPI:
    """As on a network: a password is needed."""
    return create_app(house, accounts, local_only=False)


@pytest.fixture
async def guest(open_app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    """A client on the network that has not signed in."""
    transport = httpx2.ASGITransport(open_app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://192.168.1.5:8080") as client:
        yield client
