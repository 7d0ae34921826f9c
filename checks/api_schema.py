"""``openapi.json`` is what the server says today: the app's types are made from it.

The file is written by ``python -m ohmstead.web.schema > openapi.json``, the types by ``npm run types`` in ``ui/``.
"""

import importlib.util
import json
from collections.abc import Iterator

from checks.tree import Finding, Tree

SCHEMA = "openapi.json"
MODULE = "ohmstead.web.schema"
REMEDY = f"run: .venv/bin/python -m {MODULE} > {SCHEMA}, then npm run types in ui/"


def check(tree: Tree) -> Iterator[Finding]:
    """One finding if the file and the server differ, or if the server has a schema and there is no file."""
    if importlib.util.find_spec("ohmstead.web") is None or importlib.util.find_spec(MODULE) is None:
        return
    from ohmstead.web.schema import openapi

    if SCHEMA not in tree.files:
        yield Finding(SCHEMA, 0, f"missing; {REMEDY}")
    else:
        yield from unlike(json.loads(tree.read(SCHEMA)), json.loads(json.dumps(openapi())))


def unlike(written: object, served: object) -> Iterator[Finding]:
    """A finding if the two schemas are not the same."""
    if written != served:
        yield Finding(SCHEMA, 0, f"not what the server says; {REMEDY}")
