"""Signing in and out (G-008): ``/api/v1/login``, ``/api/v1/logout``, ``/api/v1/sessions``."""

from datetime import UTC
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from ohmstead.core.model.reasons import Reason
from ohmstead.services.accounts.accounts import LONGEST, Accounts, SignIn, may
from ohmstead.web.access import COOKIE, Caller, TheCaller, doorway, needs, operation_id, token_of
from ohmstead.web.problems import Refused, told
from ohmstead.web.views.accounts import LoginBody, LoginDone, LoginSessions, LoginSessionView

router = APIRouter(generate_unique_id_function=operation_id, tags=["accounts"])


@router.post(
    "/api/v1/login", dependencies=[needs("public")], responses=told(400, 401, 409, 411, 413, 415, 422, 429, 503)
)
async def login(request: Request, response: Response, body: LoginBody) -> LoginDone:
    """Sign in. After a few failures each further one doubles the pause. 409 where nobody needs to sign in."""
    accounts = _accounts(request)
    address = request.client.host if request.client else ""
    token, sign_in = await accounts.sign_in(body.name, body.password, address, request.headers.get("user-agent", ""))
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(LONGEST.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return LoginDone(token=token, session=_view(sign_in, Caller(sign_in.name, sign_in.role, sign_in.id)))


@router.post("/api/v1/logout", dependencies=[needs("public")], status_code=204, responses=told(422, 503))
async def logout(request: Request) -> Response:
    """End the sign-in that asks; nothing happens when there is none."""
    here = doorway(request)
    token = token_of(request)
    if token and here.accounts and (sign_in := await here.accounts.who(token)):
        await here.accounts.revoke(sign_in.id, author=sign_in.name)
    answer = Response(status_code=204)
    answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return answer


@router.get("/api/v1/sessions", dependencies=[needs("viewer")], responses=told(401, 403, 409, 422, 503))
async def get_sessions(request: Request, caller: TheCaller) -> LoginSessions:
    """One's own sign-ins; for the owner those of everybody."""
    found = await _accounts(request).sign_ins(None if may(caller.role, "owner") else caller.name)
    return LoginSessions(sessions=tuple(_view(sign_in, caller) for sign_in in found))


@router.delete(
    "/api/v1/sessions/{session}",
    dependencies=[needs("viewer")],
    status_code=204,
    responses=told(401, 403, 404, 409, 422, 503),
)
async def revoke_session(
    request: Request,
    caller: TheCaller,
    session: Annotated[str, Path(max_length=40, description="Its id", examples=["4f1d2a90b1c37e55"])],
) -> Response:
    """End a sign-in at once: one's own, or for the owner anybody's."""
    accounts = _accounts(request)
    visible = await accounts.sign_ins(None if may(caller.role, "owner") else caller.name)
    if session not in {sign_in.id for sign_in in visible}:
        raise Refused(404, Reason("web.no_such_session"))
    await accounts.revoke(session, author=caller.name)
    return Response(status_code=204)


def _accounts(request: Request) -> Accounts:
    here = doorway(request)
    if here.local_only or here.accounts is None:
        raise Refused(409, Reason("web.no_sign_in_here"))
    return here.accounts


def _view(sign_in: SignIn, caller: Caller) -> LoginSessionView:
    return LoginSessionView(
        id=sign_in.id,
        name=sign_in.name,
        role=sign_in.role,
        created_at=sign_in.created_at.astimezone(UTC),
        last_seen_at=sign_in.last_seen_at.astimezone(UTC),
        expires_at=sign_in.expires_at.astimezone(UTC),
        address=sign_in.address,
        agent=sign_in.agent,
        current=sign_in.id == caller.sign_in,
    )
