"""Who may use a route: each declares its role with ``needs``, which is also what enforces it (G-008).

On the machine itself (``local_only``) every caller is the owner; :mod:`ohmstead.web.gate` keeps other pages of a
browser out. Beyond it a sign-in is needed: the cookie, or ``Authorization: Bearer TOKEN`` for programs.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import Depends
from fastapi.requests import HTTPConnection
from fastapi.routing import APIRoute

from ohmstead.core.model.events import AccessRole
from ohmstead.core.model.reasons import Reason
from ohmstead.services.accounts.accounts import Accounts, may
from ohmstead.transport.web_forward import FarServer
from ohmstead.web.house import House
from ohmstead.web.mistakes import unknown_keys
from ohmstead.web.problems import Refused, bad_request
from ohmstead.web.series import Answers
from ohmstead.web.summing import Summing

COOKIE = "ohmstead"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking. ``sign_in`` is ``None`` on the machine itself."""

    name: str
    role: AccessRole
    sign_in: str | None = None


LOCAL = Caller("local", "owner")


@dataclass(frozen=True, slots=True)
class Doorway:
    """What the app's routes reach: set once as ``app.state.doorway``. ``accounts`` may be missing only locally."""

    house: House
    accounts: Accounts | None
    local_only: bool
    sums: Summing
    answers: Answers
    bench: FarServer | None = None
    """The test bench of a simulated building."""


@dataclass(frozen=True)
class Guard:
    """The dependency that lets a caller of ``role`` or above pass, with a query that the route understands."""

    role: AccessRole | Literal["public"]

    async def __call__(self, connection: HTTPConnection) -> None:
        """Raises Refused with 401, 403, or 422 for a key of the query that the route would not look at."""
        if self.role != "public":
            caller = await _caller(connection)
            if not may(caller.role, self.role):
                raise Refused(403, Reason("web.role_needed", {"needed": self.role, "role": caller.role}))
            connection.state.caller = caller
        _check_query(connection)


def role_of(route: APIRoute) -> AccessRole | Literal["public"]:
    """Who may use ``route``, as its Guard says."""
    [role] = [each.call.role for each in route.dependant.dependencies if isinstance(each.call, Guard)]
    return role


def operation_id(route: APIRoute) -> str:
    """The name of the function that answers, so that generated clients read well and stay stable."""
    return route.name


def needs(role: AccessRole | Literal["public"]) -> Any:
    """The one way for a route to say who may use it: ``dependencies=[needs("viewer")]``."""
    return Depends(Guard(role))


def token_of(connection: HTTPConnection) -> str | None:
    """The token a caller shows, from the header or the cookie."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return token.strip()
    return connection.cookies.get(COOKIE)


def doorway(connection: HTTPConnection) -> Doorway:
    """The house and accounts of this app."""
    found: Doorway = connection.app.state.doorway
    return found


async def welcome(connection: HTTPConnection) -> bool:
    """Whether the caller's sign-in still holds; for connections that last."""
    try:
        await _caller(connection)
    except Refused:
        return False
    return True


def _check_query(connection: HTTPConnection) -> None:
    route = connection.scope["route"]
    if getattr(route, "include_in_schema", True):
        known = [field.alias for field in route.dependant.query_params]
        if mistakes := unknown_keys(connection.query_params, known):
            raise bad_request(*mistakes)


async def _caller(connection: HTTPConnection) -> Caller:
    here = doorway(connection)
    if here.local_only:
        return LOCAL
    token = token_of(connection)
    sign_in = await here.accounts.who(token) if token and here.accounts else None
    if sign_in is None:
        raise Refused(401, Reason("web.sign_in_needed"), {"WWW-Authenticate": 'Bearer realm="ohmstead"'})
    return Caller(sign_in.name, sign_in.role, sign_in.id)


def _house(connection: HTTPConnection) -> House:
    return doorway(connection).house


def _sums(connection: HTTPConnection) -> Summing:
    return doorway(connection).sums


def _answers(connection: HTTPConnection) -> Answers:
    return doorway(connection).answers


def _bench(connection: HTTPConnection) -> FarServer | None:
    return doorway(connection).bench


def _passed(connection: HTTPConnection) -> Caller:
    caller: Caller = connection.state.caller
    return caller


TheSums = Annotated[Summing, Depends(_sums)]
TheAnswers = Annotated[Answers, Depends(_answers)]
TheBench = Annotated[FarServer | None, Depends(_bench)]
TheHouse = Annotated[House, Depends(_house)]
TheCaller = Annotated[Caller, Depends(_passed)]
