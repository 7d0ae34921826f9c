"""What each room may know, as tables: the rules of ``docs/architecture.md`` that layers alone do not show.

The layers themselves stand in ``pyproject.toml`` and are kept by import-linter.
"""

from collections.abc import Iterator

from checks.imports import Imported, imports
from checks.tree import Finding, Source, Tree

PACKAGE = "ohmstead"

# A room on the left knows, of this package, only itself and what stands on the right.
KNOWS_ONLY: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("protocols", ("core.model",)),
    ("simulator", ("core.model", "core.plant", "protocols", "transport")),
)

# A room on the left is known only by itself and by those on the right.
KNOWN_ONLY_BY: tuple[tuple[str, tuple[str, ...]], ...] = (("simulator", ("cli", "web.bench")),)

# Only the rooms on the right know the libraries on the left.
LIBRARIES: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("sqlalchemy", "aiosqlite", "asyncpg", "alembic", "sqlite3"), ("store",)),
    (("pymodbus", "serialx", "aiomqtt", "httpx2", "websockets", "zeroconf", "dbus_fast"), ("transport",)),
    (("fastapi", "starlette"), ("web",)),
    (("uvicorn",), ("web", "cli")),
)

# Core is pure.
CORE_NEVER: tuple[str, ...] = (
    "asyncio",
    "socket",
    "threading",
    "sqlite3",
    "logging",
    "random",
    "structlog",
    "secrets",
    "time",
)

NAMES_THAT_SAY_NOTHING = frozenset({"utils", "util", "helpers", "helper", "common", "misc"})


def check(tree: Tree) -> Iterator[Finding]:
    """Every import that a room must not have, and every room whose name says nothing."""
    for source in tree.python("src"):
        for imported in imports(source):
            for text in _broken(source, imported):
                yield Finding(source.path, imported.line, text)
    yield from _names(tree)


def _broken(source: Source, imported: Imported) -> Iterator[str]:
    for room, allowed in KNOWS_ONLY:
        if _lives_in(source, room) and _is_ours(imported) and not _within(imported, (room, *allowed)):
            yield f"{room} knows of {PACKAGE} only {', '.join(allowed)}, not {imported.name}"
    for room, allowed in KNOWN_ONLY_BY:
        if _within(imported, (room,)) and not any(_lives_in(source, name) for name in (room, *allowed)):
            yield f"{room} is known only by {', '.join(allowed)}"
    for libraries, rooms in LIBRARIES:
        for library in libraries:
            if imported.within(library) and not any(_lives_in(source, room) for room in rooms):
                yield f"only {' and '.join(rooms)} may import {library}"
    if _lives_in(source, "core"):
        for module in CORE_NEVER:
            if imported.within(module):
                yield f"core is pure: it never imports {module}"


def _lives_in(source: Source, room: str) -> bool:
    return f"{source.module}.".startswith(f"{PACKAGE}.{room}.")


def _is_ours(imported: Imported) -> bool:
    return imported.within(PACKAGE)


def _within(imported: Imported, rooms: tuple[str, ...]) -> bool:
    return any(imported.within(f"{PACKAGE}.{room}") for room in rooms)


def _names(tree: Tree) -> Iterator[Finding]:
    for path in tree.files:
        if path.startswith(("src/", "ui/src/")):
            for part in path.split("/"):
                if part.split(".")[0].lower() in NAMES_THAT_SAY_NOTHING:
                    yield Finding(path, 0, f"{part!r} says nothing: name the room after what lives in it")
