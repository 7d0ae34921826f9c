"""Signing in and out, and the list of who is signed in."""

from datetime import datetime

from pydantic import Field
from pydantic.config import JsonDict

from ohmstead.core.model.events import AccessRole
from ohmstead.web.views.base import View, shaped

LOGIN_EXAMPLE: JsonDict = {
    "id": "s-4f1d2a",
    "name": "owner",
    "role": "owner",
    "created_at": "2026-06-21T10:15:03Z",
    "last_seen_at": "2026-06-21T10:15:03Z",
    "expires_at": "2026-09-19T10:15:03Z",
    "address": "192.168.1.44",
    "agent": "Firefox on a phone",
    "current": True,
}


class LoginBody(View):
    """A name and its password."""

    model_config = shaped({"name": "owner", "password": "correct horse battery staple"})

    name: str = Field(min_length=1, max_length=80)
    password: str = Field(min_length=1, max_length=1024)


class LoginSessionView(View):
    """One sign-in, on one browser or program."""

    model_config = shaped(LOGIN_EXAMPLE)

    id: str
    name: str
    role: AccessRole
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    address: str = Field(description="Where it was opened from")
    agent: str = Field(description="What it called itself")
    current: bool = Field(description="Whether it is the one asking")


class LoginDone(View):
    """Signed in. Browsers hold the token as a cookie; programs send it as `Authorization: Bearer`."""

    model_config = shaped({"token": "3vQ0c…", "session": LOGIN_EXAMPLE})

    token: str = Field(description="Shown once; only its hash is kept")
    session: LoginSessionView


class LoginSessions(View):
    """Who is signed in: one's own sign-ins, and for the owner all."""

    model_config = shaped({"sessions": [LOGIN_EXAMPLE]})

    sessions: tuple[LoginSessionView, ...]
