"""The OpenAPI schema of the API: ``python -m ohmstead.web.schema`` prints it; the app's types are made from it.

The frames of the live socket are not a route of OpenAPI; their shape ``LiveChange`` stands among the schemas.
"""

import json
import sys
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from ohmstead.web.routes import history, live, observe, sign_in, site
from ohmstead.web.views.snapshot import LiveChange

DESCRIPTION = """What an Ohmstead site measures and does, live and recorded, and the one door for changes.

Units end the names (`power_w`, `current_a`, `energy_j`); energies are whole joules; missing is `null`, never 0.
Every error has the shape `Problem`. `GET /api/v1/live` is a WebSocket: its first frame is a `SnapshotView`, each
following one a `LiveChange`; a frame that carries `site` is a whole snapshot again.
"""


def operation_id(route: APIRoute) -> str:
    """The name of the function that answers, so that generated clients read well and stay stable."""
    return route.name


def bare_app() -> FastAPI:
    """An application with every route of the API and nothing behind it."""
    app = FastAPI(
        title="Ohmstead",
        version="1",
        description=DESCRIPTION,
        generate_unique_id_function=operation_id,
        openapi_url=None,
        redirect_slashes=False,
        max_body_size=65_536,
    )
    for router in (live.router, history.router, site.router, sign_in.router, observe.router):
        for route in router.routes:
            if isinstance(route, APIRoute):
                route.operation_id = route.operation_id or operation_id(route)
                route.unique_id = route.operation_id
            app.router.routes.append(route)
    return app


def openapi(app: FastAPI | None = None) -> dict[str, Any]:
    """The schema, with the shapes of the live frames."""
    app = app or bare_app()
    schema = app.openapi()
    schemas = schema["components"]["schemas"]
    if "LiveChange" not in schemas:
        change = LiveChange.model_json_schema(ref_template="#/components/schemas/{model}")
        for name, definition in change.pop("$defs").items():
            schemas.setdefault(name, definition)
        schemas["LiveChange"] = change
    return schema


if __name__ == "__main__":
    json.dump(openapi(), sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")
