"""Every error in one shape: ``{"error": {key, params, text, mistakes}}``, worded in the caller's language.

In: what routes raise (Refused, CommandRefused, StoreError), what the framework raises (unknown route, bad body),
and anything unforeseen. Out: JSON for HTTP, and a refusal before the handshake for a WebSocket.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, HTTPException, Request, WebSocket
from fastapi.exceptions import RequestValidationError, WebSocketRequestValidationError
from fastapi.responses import Response

from ohmstead.core.model.errors import CommandRefused, StoreError
from ohmstead.core.model.reasons import Reason
from ohmstead.services.accounts.accounts import SignInRefused, TooManyAttempts
from ohmstead.texts import LANGUAGES, load, word
from ohmstead.web.mistakes import worded
from ohmstead.web.views.site import ErrorView, MistakeView, Problem

MEANINGS: Mapping[int, str] = {
    400: "The body is not text",
    401: "Nobody is signed in, or name and password do not fit",
    403: "The caller's role does not reach",
    404: "No such thing",
    409: "Understood and refused; the reason says why",
    411: "The body has no length",
    413: "The body is too large",
    415: "The body is not said to be JSON",
    422: "Not understood: `mistakes` says where, what came and what is allowed",
    429: "Too many attempts; Retry-After says how long to wait",
    503: "Not ready, or the store is in trouble",
}

_STATUS_REASONS: Mapping[int, str] = {
    400: "web.bad_request",
    404: "web.not_found",
    405: "web.method_not_allowed",
    415: "web.media_type",
}


class Refused(Exception):
    """A request that a route or a guard turns away."""

    def __init__(
        self,
        status: int,
        reason: Reason,
        headers: Mapping[str, str] | None = None,
        mistakes: Sequence[MistakeView] = (),
    ) -> None:
        super().__init__(reason.key)
        self.status = status
        self.reason = reason
        self.headers = dict(headers or {})
        self.mistakes = tuple(mistakes)


def bad_request(*mistakes: MistakeView) -> Refused:
    """422 with each mistake."""
    return Refused(422, Reason("web.not_understood", {"where": mistakes[0].where}), mistakes=mistakes)


def told(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The ``responses`` of a route that can fail with ``statuses``."""
    return {status: {"model": Problem, "description": MEANINGS[status]} for status in statuses}


def language_of(headers: Mapping[str, str]) -> str:
    """The best of our languages for ``Accept-Language``; English when none fits."""
    best, best_weight = LANGUAGES[0], 0.0
    for part in headers.get("accept-language", "")[:400].split(","):
        tag, _, rest = part.strip().partition(";")
        try:
            weight = float(rest.strip().removeprefix("q=")) if rest else 1.0
        except ValueError:
            continue
        language = tag.split("-")[0].lower()
        if language in LANGUAGES and best_weight < weight <= 1.0:
            best, best_weight = language, weight
    return best


def problem(
    status: int,
    reason: Reason,
    headers: Mapping[str, str],
    *,
    extra: Mapping[str, str] | None = None,
    mistakes: Sequence[MistakeView] = (),
) -> Response:
    """The answer for ``reason``, worded for the caller's ``headers``."""
    language = language_of(headers)
    text = word(reason, language) if reason.key in load(language) else reason.key
    error = ErrorView(key=reason.key, params=reason.params, text=text, mistakes=tuple(mistakes))
    answer = Response(Problem(error=error).model_dump_json(), status, media_type="application/json")
    answer.headers.update({"Content-Language": language, "Cache-Control": "no-store", **(extra or {})})
    return answer


def install(app: FastAPI) -> None:
    """Answer every error of ``app`` in the one shape."""
    handlers: tuple[tuple[type[Exception] | int, Any], ...] = (
        (Refused, _refused),
        (CommandRefused, _command_refused),
        (StoreError, _store_error),
        (RequestValidationError, _not_understood),
        (WebSocketRequestValidationError, _not_understood),
        (HTTPException, _http),
        *((status, _http) for status in _STATUS_REASONS),
        (Exception, _unforeseen),
    )
    for kind, handler in handlers:
        app.add_exception_handler(kind, handler)


async def _give(connection: Request | WebSocket, answer: Response) -> Response | None:
    if isinstance(connection, WebSocket):
        await connection.send_denial_response(answer)
        return None
    return answer


async def _refused(connection: Any, error: Any) -> Response | None:
    answer = problem(error.status, error.reason, connection.headers, extra=error.headers, mistakes=error.mistakes)
    return await _give(connection, answer)


async def _command_refused(connection: Any, error: Any) -> Response | None:
    status, extra = 409, {}
    if isinstance(error, TooManyAttempts):
        status, extra = 429, {"Retry-After": str(int(error.wait_s) + 1)}
    elif isinstance(error, SignInRefused):
        status = 401
    elif error.reason.key == "account.busy":
        status, extra = 503, {"Retry-After": "2"}
    return await _give(connection, problem(status, error.reason, connection.headers, extra=extra))


async def _store_error(connection: Any, error: Any) -> Response | None:
    return await _give(connection, problem(503, error.reason, connection.headers, extra={"Retry-After": "10"}))


async def _not_understood(connection: Any, error: Any) -> Response | None:
    items = error.errors()[:20]
    if any(isinstance(item["input"], bytes) for item in items):
        return await _give(connection, problem(415, Reason("web.media_type"), connection.headers))
    mistakes = tuple(worded(item) for item in items)
    reason = Reason("web.not_understood", {"where": mistakes[0].where if mistakes else "body"})
    return await _give(connection, problem(422, reason, connection.headers, mistakes=mistakes))


async def _http(connection: Any, error: Any) -> Response | None:
    key = _STATUS_REASONS.get(error.status_code, "web.refused")
    params: dict[str, str | int | float] = {"path": connection.url.path[:200], "status": error.status_code}
    if isinstance(connection, Request):
        params["method"] = connection.method
    return await _give(
        connection, problem(error.status_code, Reason(key, params), connection.headers, extra=error.headers)
    )


async def _unforeseen(connection: Any, error: Exception) -> Response | None:
    """The server logs the error itself, after this answer."""
    return await _give(connection, problem(500, Reason("web.unforeseen"), connection.headers))
