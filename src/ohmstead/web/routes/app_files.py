"""The app's files: compressed ones where they stand beside, the page itself for every address of the app.

In: the folder the app was built into. An address below ``/api`` that no route knows is answered 404 as JSON.
"""

import mimetypes
import re
from pathlib import Path
from typing import Final

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import FileResponse
from fastapi.routing import APIRoute

from ohmstead.core.model.reasons import Reason
from ohmstead.web.access import needs
from ohmstead.web.problems import Refused

ENCODINGS: Final = (("br", ".br"), ("gzip", ".gz"))
HASHED: Final = re.compile(r"[-.][A-Za-z0-9_-]{8,}\.\w+$")
"""Names that change with the content, as the build makes them under ``assets``."""
METHODS: Final = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
TYPES: Final = {".js": "text/javascript", ".webmanifest": "application/manifest+json", ".woff2": "font/woff2"}


def router_for(folder: Path | None) -> APIRouter:
    """The last routes of the app: they answer whatever the API did not."""
    router = APIRouter(include_in_schema=False)
    root = folder.resolve() if folder else None

    @router.api_route("/api/{rest:path}", methods=METHODS, dependencies=[needs("public")])
    async def unknown_api(request: Request, rest: str) -> Response:
        """No such address in the API, or not with this method."""
        allowed = _methods_of(request)
        if allowed:
            raise HTTPException(405, headers={"Allow": ", ".join(allowed)})
        raise HTTPException(404)

    @router.api_route("/{path:path}", methods=["GET", "HEAD"], dependencies=[needs("public")])
    async def app_file(request: Request, path: str) -> Response:
        """A file of the app, or its page."""
        if root is None:
            raise Refused(404, Reason("web.no_app"))
        return _answer(request, root, path)

    return router


def _methods_of(request: Request) -> list[str]:
    """What the API's own routes at this address accept."""
    routes = [route for route in request.app.routes if isinstance(route, APIRoute) and route.include_in_schema]
    return sorted({m for route in routes if route.path_regex.match(request.url.path) for m in route.methods or ()})


def _answer(request: Request, root: Path, path: str) -> Response:
    found = _inside(root, path)
    if found is None and "." in path.rsplit("/", 1)[-1]:
        raise HTTPException(404)
    file = found or _inside(root, "index.html")
    if file is None:
        raise Refused(404, Reason("web.no_app"))
    media_type = TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    lasting = file.parent.name == "assets" and HASHED.search(file.name)
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable" if lasting else "no-cache",
        "Vary": "Accept-Encoding",
    }
    encoding, sent = _compressed(request, root, file)
    if encoding:
        headers["Content-Encoding"] = encoding
    answer = FileResponse(sent, media_type=media_type, headers=headers, stat_result=sent.stat())
    if answer.headers["etag"] in request.headers.get("if-none-match", ""):
        kept = {name: answer.headers[name] for name in ("cache-control", "vary", "etag")}
        return Response(status_code=304, headers=kept)
    return answer


def _inside(root: Path, path: str) -> Path | None:
    """The file at ``path`` below ``root``; never one outside, whatever dots or links say."""
    if not path or "\0" in path or "\\" in path:
        return None
    try:
        file = (root / path).resolve()
        return file if file.is_relative_to(root) and file.is_file() else None
    except OSError:
        return None


def _compressed(request: Request, root: Path, file: Path) -> tuple[str | None, Path]:
    accepted = {
        name.strip().lower()
        for name, _, weight in (part.partition(";") for part in request.headers.get("accept-encoding", "").split(","))
        if weight.replace(" ", "") not in ("q=0", "q=0.0")
    }
    for encoding, suffix in ENCODINGS:
        beside = _inside(root, str(file.relative_to(root)) + suffix) if encoding in accepted else None
        if beside is not None:
            return encoding, beside
    return None, file
