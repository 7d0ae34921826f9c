"""The OpenAPI schema of the API: ``python -m ohmstead.web.schema`` prints it; the app's types are made from it.

The frames of the live socket are not a route of OpenAPI; their shape ``LiveChange`` stands among the schemas.
"""

import json
import sys
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from ohmstead.web.access import COOKIE, operation_id, role_of
from ohmstead.web.gate import Application
from ohmstead.web.routes import (
    balance,
    bench,
    breakdown,
    cards,
    cluster,
    corrections,
    heat_map,
    history,
    labels,
    live,
    loads,
    modes,
    networks,
    observe,
    panel,
    power_quality,
    sessions,
    settings,
    setup,
    sign_in,
    site,
    validation,
    verification,
    what_if,
    wiring,
)
from ohmstead.web.views.snapshot import LiveChange

DESCRIPTION = """What an Ohmstead site measures and does, live and recorded, and the one door for changes.

Units end the names (`power_w`, `current_a`, `energy_j`); energies are whole joules; missing is `null`, never 0.
Every error has the shape `Problem`. `GET /api/v1/live` is a WebSocket: its first frame is a `SnapshotView`, each
following one a `LiveChange`; a frame that carries `site` is a whole snapshot again.

`x-role` is the least role that may call.
"""

SECURITY_SCHEMES: dict[str, dict[str, str]] = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "The token of a sign-in. On the machine itself nobody signs in.",
    },
    "cookie": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "The same token, for browsers."},
}


class SiteApp(FastAPI):
    """An application with every route of the API; ``gate`` stands outside everything, errors included."""

    def __init__(self, gate: Callable[[Application], Application] | None = None) -> None:
        super().__init__(
            title="Ohmstead",
            version="1",
            description=DESCRIPTION,
            generate_unique_id_function=operation_id,
            openapi_url=None,
            redirect_slashes=False,
        )
        self._gate = gate
        measured = (live, history, heat_map, balance, breakdown, corrections, power_quality)
        setting_up = (networks, setup, settings, loads, verification, validation, wiring, what_if)
        going = (site, modes, panel, cards, labels, cluster, sessions)
        for routes in (*measured, *going, *setting_up, sign_in, observe, bench):
            self.router.routes.extend(routes.router.routes)

    def build_middleware_stack(self) -> Application:
        """The stack with the gate around it."""
        stack = super().build_middleware_stack()
        return self._gate(stack) if self._gate else stack


def openapi(app: FastAPI | None = None) -> dict[str, Any]:
    """The schema, with the shapes of the live frames."""
    app = app or SiteApp()
    schema = app.openapi()
    schemas = schema["components"]["schemas"]
    if "LiveChange" not in schemas:
        change = LiveChange.model_json_schema(ref_template="#/components/schemas/{model}")
        for name, definition in change.pop("$defs").items():
            schemas.setdefault(name, definition)
        schemas["LiveChange"] = change
    schema["components"]["securitySchemes"] = SECURITY_SCHEMES
    for route in app.routes:
        if isinstance(route, APIRoute) and route.include_in_schema:
            role = role_of(route)
            for method in route.methods or ():
                operation = schema["paths"][route.path][method.lower()]
                operation["x-role"] = role
                operation["security"] = [] if role == "public" else [{name: []} for name in SECURITY_SCHEMES]
    return schema


if __name__ == "__main__":
    json.dump(openapi(), sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")
