"""What one room must not know is caught, and what it may know is let through."""

import pytest

from checks import rooms

FORBIDDEN = [
    # file, its import, words of the finding
    ("protocols/sunspec.py", "from ohmstead.core import plant", "protocols knows of ohmstead only core.model"),
    ("protocols/meters/table.py", "from ...transport import modbus", "protocols knows of ohmstead only core.model"),
    ("simulator/world.py", "import ohmstead.core.control", "simulator knows of ohmstead only"),
    ("simulator/world.py", "from ohmstead import store", "simulator knows of ohmstead only"),
    ("site/daemon.py", "from ohmstead.simulator import world", "simulator is known only by cli, web.bench"),
    ("web/routes/door.py", "from ohmstead.simulator import door", "simulator is known only by cli, web.bench"),
    ("site/daemon.py", "import sqlalchemy.ext.asyncio", "only store may import sqlalchemy"),
    ("web/app.py", "import sqlite3", "only store may import sqlite3"),
    ("drivers/meter.py", "import aiosqlite", "only store may import aiosqlite"),
    ("drivers/meter.py", "import asyncpg", "only store may import asyncpg"),
    ("cli/main.py", "from alembic import command", "only store may import alembic"),
    ("drivers/modbus.py", "from pymodbus.client import AsyncModbusTcpClient", "only transport may import pymodbus"),
    ("drivers/port.py", "import serialx", "only transport may import serialx"),
    ("site/mqtt.py", "import aiomqtt", "only transport may import aiomqtt"),
    ("site/ocpp.py", "import websockets", "only transport may import websockets"),
    ("site/api.py", "from fastapi import FastAPI", "only web may import fastapi"),
    ("cli/main.py", "import starlette", "only web may import starlette"),
    ("site/api.py", "import uvicorn", "only web and cli may import uvicorn"),
    *((("core/model/x.py"), f"import {name}", f"core is pure: it never imports {name}") for name in rooms.CORE_NEVER),
    ("core/model/x.py", "def f():\n    from asyncio import sleep", "core is pure: it never imports asyncio"),
]

ALLOWED = [
    ("protocols/sunspec.py", "from ohmstead.core.model.readings import Reading"),
    ("simulator/world.py", "from ohmstead.core.plant import network\nfrom ohmstead.transport import modbus"),
    ("cli/simulate.py", "from ohmstead.simulator import world"),
    ("web/bench.py", "from ohmstead.simulator import door"),
    ("store/sql.py", "import sqlalchemy, sqlite3, aiosqlite, asyncpg, alembic"),
    ("transport/modbus.py", "import pymodbus, serialx, aiomqtt, websockets"),
    ("web/app.py", "import fastapi, starlette, uvicorn"),
    ("cli/main.py", "import uvicorn"),
    ("core/model/x.py", "from datetime import datetime, time"),
]


@pytest.mark.parametrize("path, code, words", FORBIDDEN)
def test_an_import_that_a_room_must_not_have_is_caught(said, path, code, words):
    findings = said(rooms.check, {f"src/ohmstead/{path}": code})
    assert any(words in finding for finding in findings)


@pytest.mark.parametrize("path, code", ALLOWED)
def test_an_import_that_a_room_may_have_is_let_through(said, path, code):
    assert said(rooms.check, {f"src/ohmstead/{path}": code}) == []


@pytest.mark.parametrize("name", sorted(rooms.NAMES_THAT_SAY_NOTHING))
@pytest.mark.parametrize("place", ["src/ohmstead/core/{}/x.py", "src/ohmstead/site/{}.py", "ui/src/{}/a.ts"])
def test_a_room_whose_name_says_nothing_is_caught(said, place, name):
    (finding,) = said(rooms.check, {place.format(name): ""})
    assert "says nothing" in finding


def test_the_line_of_the_import_is_named(said):
    (finding,) = said(rooms.check, {"src/ohmstead/site/a.py": '"""A."""\n\nimport sqlite3\n'})
    assert finding == "src/ohmstead/site/a.py:3: only store may import sqlite3"
