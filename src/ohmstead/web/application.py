"""The web application of a site: routes, gate, live stream and the app's files around one House."""

import json
from pathlib import Path

from fastapi import FastAPI, Response

from ohmstead.services.accounts.accounts import Accounts
from ohmstead.transport.web_forward import FarServer
from ohmstead.web import problems
from ohmstead.web.access import Doorway, needs
from ohmstead.web.gate import Gate
from ohmstead.web.house import House
from ohmstead.web.live import Live
from ohmstead.web.routes.app_files import router_for
from ohmstead.web.schema import SiteApp, openapi
from ohmstead.web.series import Answers
from ohmstead.web.summing import Summing


def create_app(
    house: House,
    accounts: Accounts | None,
    *,
    local_only: bool,
    app_folder: Path | None = None,
    bench: FarServer | None = None,
) -> FastAPI:
    """The application, to be given to :func:`ohmstead.web.server.serve`.

    ``local_only`` says that it listens on this machine alone: then nobody signs in and every caller is the owner.
    Otherwise ``accounts`` is needed, and ValueError is raised without. ``app_folder`` holds the built app, ``bench``
    reaches the test bench of a simulated building.
    """
    if not local_only and accounts is None:
        raise ValueError("beyond the machine itself accounts are needed")
    app = SiteApp(lambda inner: Gate(inner, local_only))
    app.state.doorway = Doorway(house, accounts, local_only, Summing(house), Answers(house), bench)
    app.state.live = Live(house)
    problems.install(app)
    schema: list[bytes] = []

    @app.get("/api/v1/openapi.json", include_in_schema=False, dependencies=[needs("public")])
    async def get_schema() -> Response:
        """What this page of the handbook is made from."""
        if not schema:
            schema.append(json.dumps(openapi(app), ensure_ascii=False).encode())
        return Response(schema[0], media_type="application/json")

    app.router.routes.extend(router_for(app_folder).routes)
    return app
