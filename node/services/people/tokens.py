"""Tokens for the owner's programs: made, shown, revoked, and recognised when one is used.

Rules here: the secret leaves the node once, in the answer that made the token; the file holds its SHA-256. A
token that was used lately is recognised from memory, which is a second old at most and forgets at once what
is revoked in this process. What is no token is remembered nowhere: there are too many of those.
"""

import hmac
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from node.core import codes
from node.core.entries import render_instant
from node.services.acting import Acting
from node.services.notices.noting import alarm
from node.services.people.bell import Bell
from node.storage import tokens
from node.storage.ids import resolve_access
from node.storage.session import Session
from node.storage.store import Store
from node.storage.tokens import TokenRow
from protocol.errors import NotFound

T = TypeVar("T")

REMEMBERED_SECONDS: Final = 1.0  # how long another process's revocation may go unnoticed
REMEMBERED_TOKENS: Final = 1_000
USE_NOTED_EVERY: Final = timedelta(minutes=10)  # "last used" is for people; a write per request would not be


def is_held(session: Session, id: str) -> bool:
    """Tell whether a token (its id) still opens anything, for what was begun with it a while ago."""
    return tokens.is_token_used(session, id)


def list(session: Session) -> Sequence[dict[str, Any]]:
    """List all tokens, revoked ones too, oldest first."""
    return [view(row) for row in tokens.list_tokens(session)]


def create(
    session: Session, acting: Acting, *, name: str, scopes: Sequence[str], person: str | None = None
) -> dict[str, Any]:
    """Make a token for a person (an id), or the owner; `secret` is in the answer and nowhere else.

    It is 256 random bits: nothing to guess.
    """
    secret = f"fh_{acting.salt()}{acting.salt()}"
    row = TokenRow(
        id=acting.new_id("tok"),
        name=name,
        hash=tokens.hash_token(secret),
        scopes=tuple(dict.fromkeys(scopes)),
        created_at=acting.now,
        person=person,
    )
    tokens.add_token(session, row)
    alarm(session, acting, f"token:{row.id}")
    return {**view(row), "secret": secret}


def revoke(session: Session, acting: Acting, id: str, *, person: str | None = None) -> dict[str, Any]:
    """Make a token useless, one of a person's if `person` is given; to be written by `Recognition.revoking`.

    Raises:
        NotFound: there is none with this id.
    """
    found = resolve_access(session, "tokens", id)
    if person is not None and not any(
        row.id == found and row.person == person for row in tokens.list_tokens(session)
    ):
        raise NotFound(codes.UNKNOWN_ID)
    tokens.revoke_token(session, found, at=acting.now)
    return next(view(row) for row in tokens.list_tokens(session) if row.id == found)


def view(row: TokenRow) -> dict[str, Any]:
    """Show a token without its hash."""
    return {
        "id": row.id,
        "name": row.name,
        "scopes": [*row.scopes],
        "person": row.person,
        "created_at": render_instant(row.created_at),
        "last_used_at": None if row.last_used_at is None else render_instant(row.last_used_at),
        "revoked_at": None if row.revoked_at is None else render_instant(row.revoked_at),
    }


class Recognition:
    """Whose token a secret is, asked once for each request of a program; used from one event loop."""

    def __init__(self, store: Store, *, seconds: Callable[[], float] = time.monotonic) -> None:
        self._store, self._seconds = store, seconds
        self._known: dict[bytes, tuple[TokenRow, float]] = {}
        self._forgotten = 0
        self.bell = Bell()
        """Rung when a token was revoked."""

    async def recognise(self, secret: str, *, now: datetime) -> TokenRow | None:
        """Return the token with this secret unless it is revoked, and note now and then that it was used."""
        given = tokens.hash_token(secret)
        token, read_at = self._known.get(given, (None, float("-inf")))
        if self._seconds() - read_at >= REMEMBERED_SECONDS:
            token = await self._look_up(given, secret)
        if token is None or not hmac.compare_digest(token.hash, given):
            return None
        if token.last_used_at is None or now - token.last_used_at > USE_NOTED_EVERY:
            await self._store.write(lambda session: tokens.touch_token(session, token.id, at=now))
            self._known.pop(given, None)
        return token

    async def is_valid(self, id: str) -> bool:
        """Say whether the token with this id has not been revoked, for connections that stay open."""
        listed = await self._store.read(tokens.list_tokens)
        return any(token.id == id and token.revoked_at is None for token in listed)

    async def revoking(self, write: Awaitable[T]) -> T:
        """Wait until a write that revokes tokens is durable, forget them, and return its answer."""
        done = await write
        self.forget()
        return done

    def forget(self) -> None:
        """Ask the file again for every token, because one was revoked; ring the bell."""
        self._forgotten += 1
        self._known.clear()
        self.bell.ring()

    async def _look_up(self, given: bytes, secret: str) -> TokenRow | None:
        read_at, before = self._seconds(), self._forgotten
        token = await self._store.read(lambda session: tokens.load_token(session, secret))
        if token is None or before != self._forgotten:  # what was read may be from before a revocation
            self._known.pop(given, None)
            return token if before == self._forgotten else await self._look_up(given, secret)
        if len(self._known) >= REMEMBERED_TOKENS:
            self._known.clear()
        self._known[given] = (token, read_at)
        return token
