"""Accounts and sign-ins (G-008). In: names, passwords, tokens. Out: who it is and what they may.

A token is ``ID.SECRET``; the store keeps the SHA-256 of the secret (it is random, so it needs no slow hash). A
sign-in ends when it is revoked, when its password changes, 30 days after it was last used and 90 days after it
began. There is no default account and no default password.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import get_args

from ohmstead.core.model.errors import CommandRefused, ConfigurationError, Mistake, StoreError
from ohmstead.core.model.events import AccessRole, Event
from ohmstead.core.model.reasons import Reason
from ohmstead.drivers.clock import Clock
from ohmstead.services.accounts.passwords import Passwords
from ohmstead.services.accounts.ports import Documents
from ohmstead.services.accounts.throttle import Throttle
from ohmstead.store.values import Document, Json

Body = dict[str, Json]

ROLES: tuple[AccessRole, ...] = get_args(AccessRole)
ACCOUNT = "account"
SIGN_IN = "sign-in"

IDLE = timedelta(days=30)
LONGEST = timedelta(days=90)
SEEN_STEP = timedelta(hours=6)
"""How exactly the last use is kept; each time it is kept it stays in the record of changes."""
TRUST_S = 10.0
"""How long a sign-in is believed without asking the store again; another process may have revoked it."""
MOST_PER_ACCOUNT = 50
NAME_LENGTH = 80
RESERVED = frozenset({"site", "local", "console"})
"""Authors that are no account; events would not tell them apart."""
PASSWORD_LENGTHS = (10, 1024)


class SignInRefused(CommandRefused):
    """Name and password do not fit together."""


class TooManyAttempts(SignInRefused):
    """Not looked at: wait ``wait_s`` seconds."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(Reason("account.too_many_attempts", {"wait_s": wait_s}))
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True)
class SignIn:
    """One sign-in. Times are UTC."""

    id: str
    name: str
    role: AccessRole
    secret_hash: str
    created_at: datetime
    last_seen_at: datetime
    address: str
    agent: str

    @property
    def expires_at(self) -> datetime:
        """When it ends by itself if it is not used again."""
        return min(self.last_seen_at + IDLE, self.created_at + LONGEST)


@dataclass(frozen=True, slots=True)
class _Account:
    role: AccessRole
    password: str
    """Its hash."""

    @classmethod
    def of(cls, body: Json) -> "_Account":
        return cls(_role(body), _text(body, "password"))


def may(role: AccessRole, needed: AccessRole) -> bool:
    """Whether ``role`` is at least ``needed``."""
    return ROLES.index(role) >= ROLES.index(needed)


class Accounts:
    """The accounts of one house."""

    def __init__(self, documents: Documents, clock: Clock) -> None:
        self._documents = documents
        self._clock = clock
        self._passwords = Passwords(clock)
        self._throttle = Throttle()
        self._believed: dict[str, tuple[SignIn, float]] = {}

    async def any_account(self) -> bool:
        """Whether anybody could sign in."""
        return bool(await self._documents.list(ACCOUNT))

    async def set_password(self, name: str, role: AccessRole, password: str, *, author: str = "console") -> None:
        """Make the account or change its password and role; all its sign-ins end. Raises ConfigurationError."""
        if mistakes := _mistakes(name, role, password):
            raise ConfigurationError(mistakes)
        now = self._clock.now().utc
        body: Body = {"role": role, "password": await self._passwords.hash(password)}
        event = Event(now, "account.changed", author, name, reason=Reason("account.changed", {"name": name}))
        await self._documents.put(Document(ACCOUNT, name, body, author), at=now, events=(event,))
        for sign_in in await self.sign_ins(name):
            await self._end(sign_in.id, author)

    async def sign_in(self, name: str, password: str, address: str, agent: str) -> tuple[str, SignIn]:
        """A fresh token and its sign-in. Raises SignInRefused, TooManyAttempts, or CommandRefused when busy."""
        began = self._clock.now()
        name = name[:NAME_LENGTH]
        if wait_s := self._throttle.wait_s(address, name, began.monotonic_s):
            raise TooManyAttempts(wait_s)
        self._throttle.attempt(address, name, began.monotonic_s)
        account = await self._documents.get(ACCOUNT, name)
        kept = None if account is None else _Account.of(account.body)
        if not await self._passwords.check(kept.password if kept else None, password) or kept is None:
            raise SignInRefused(Reason("account.wrong_password"))
        self._throttle.succeeded(address, name)
        if self._passwords.outdated(kept.password):
            fresh: Body = {"role": kept.role, "password": await self._passwords.hash(password)}
            await self._documents.put(Document(ACCOUNT, name, fresh, name), at=began.utc)
        secret = secrets.token_urlsafe(32)
        sign_in = SignIn(
            id=secrets.token_hex(8),
            name=name,
            role=kept.role,
            secret_hash=_hash(secret),
            created_at=began.utc,
            last_seen_at=began.utc,
            address=address[:80],
            agent=agent[:200],
        )
        told = Reason("account.signed_in", {"name": name, "address": sign_in.address})
        await self._keep(sign_in, Event(began.utc, "account.signed_in", name, name, reason=told))
        await self._tidy(name)
        return f"{sign_in.id}.{secret}", sign_in

    async def who(self, token: str) -> SignIn | None:
        """The sign-in that ``token`` belongs to; ``None`` when it is not, or no longer, valid."""
        id, _, secret = token.partition(".")
        if len(id) != 16 or not secret or len(secret) > 128:
            return None
        now = self._clock.now()
        sign_in, since_s = self._believed.get(id, (None, 0.0))
        if sign_in is None or not 0 <= now.monotonic_s - since_s < TRUST_S:
            document = await self._documents.get(SIGN_IN, id)
            sign_in = None if document is None else _from_body(id, document.body)
            self._believed.pop(id, None)
        if sign_in is None or not hmac.compare_digest(sign_in.secret_hash, _hash(secret)):
            return None
        if now.utc >= sign_in.expires_at:
            await self._end(id, "site")
            return None
        if now.utc - sign_in.last_seen_at >= SEEN_STEP:
            sign_in = replace(sign_in, last_seen_at=now.utc)
            await self._keep(sign_in)
        elif id not in self._believed:
            self._believed[id] = (sign_in, now.monotonic_s)
        return sign_in

    async def sign_ins(self, name: str | None = None) -> tuple[SignIn, ...]:
        """All that still hold, of one account or of everybody, the latest used first."""
        now = self._clock.now().utc
        kept = [_from_body(d.id, d.body) for d in await self._documents.list(SIGN_IN)]
        valid = [s for s in kept if s.expires_at > now and name in (None, s.name)]
        return tuple(sorted(valid, key=lambda s: s.last_seen_at, reverse=True))

    async def revoke(self, id: str, *, author: str) -> bool:
        """End a sign-in; ``False`` when there was none."""
        self._believed.pop(id, None)
        found = await self._documents.get(SIGN_IN, id)
        if found is None:
            return False
        now, name = self._clock.now().utc, _from_body(id, found.body).name
        event = Event(now, "account.signed_out", author, name, reason=Reason("account.signed_out", {"name": name}))
        return await self._documents.delete(SIGN_IN, id, author=author, at=now, events=(event,))

    async def _keep(self, sign_in: SignIn, *events: Event) -> None:
        now = self._clock.now()
        document = Document(SIGN_IN, sign_in.id, _to_body(sign_in), sign_in.name)
        await self._documents.put(document, at=now.utc, events=events)
        self._believed[sign_in.id] = (sign_in, now.monotonic_s)

    async def _end(self, id: str, author: str) -> None:
        self._believed.pop(id, None)
        await self._documents.delete(SIGN_IN, id, author=author, at=self._clock.now().utc)

    async def _tidy(self, name: str) -> None:
        """Remove what has run out, and the least used of an account that has very many."""
        held = {sign_in.id for sign_in in (await self.sign_ins(name))[:MOST_PER_ACCOUNT]}
        for document in await self._documents.list(SIGN_IN):
            if document.id not in held and _from_body(document.id, document.body).name == name:
                await self._end(document.id, "site")


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _to_body(sign_in: SignIn) -> Body:
    return {
        "name": sign_in.name,
        "role": sign_in.role,
        "secret_hash": sign_in.secret_hash,
        "created_at": sign_in.created_at.isoformat(),
        "last_seen_at": sign_in.last_seen_at.isoformat(),
        "address": sign_in.address,
        "agent": sign_in.agent,
    }


def _from_body(id: str, body: Json) -> SignIn:
    return SignIn(
        id=id,
        name=_text(body, "name"),
        role=_role(body),
        secret_hash=_text(body, "secret_hash"),
        created_at=datetime.fromisoformat(_text(body, "created_at")),
        last_seen_at=datetime.fromisoformat(_text(body, "last_seen_at")),
        address=_text(body, "address"),
        agent=_text(body, "agent"),
    )


def _text(body: Json, key: str) -> str:
    value = body.get(key) if isinstance(body, dict) else None
    if not isinstance(value, str):
        raise StoreError(Reason("account.damaged", {"key": key}))
    return value


def _role(body: Json) -> AccessRole:
    text = _text(body, "role")
    for role in ROLES:
        if role == text:
            return role
    raise StoreError(Reason("account.damaged", {"key": "role"}))


def _mistakes(name: str, role: str, password: str) -> tuple[Mistake, ...]:
    shortest, longest = PASSWORD_LENGTHS
    found: list[Mistake] = []
    if not name.strip() or len(name) > NAME_LENGTH or not name.isprintable():
        found.append(Mistake("name", repr(name[:NAME_LENGTH]), f"1 to {NAME_LENGTH} printable characters"))
    elif name in RESERVED:
        found.append(Mistake("name", repr(name), f"any name but {', '.join(sorted(RESERVED))}"))
    if role not in ROLES:
        found.append(Mistake("role", repr(role), ", ".join(ROLES)))
    if not shortest <= len(password) <= longest:
        found.append(Mistake("password", f"{len(password)} characters", f"{shortest} to {longest} characters"))
    elif password.strip().lower() == name.strip().lower():
        found.append(Mistake("password", "the name of the account", "anything else that is hard to guess"))
    return tuple(found)
