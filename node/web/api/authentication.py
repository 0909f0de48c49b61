"""Who calls the owner's API: the owner over the socket in the data folder, or a program with a token.

Rules here: a token is looked up by the SHA-256 of its secret and compared in constant time; the node keeps
no secret; a scope that may do more includes those that may do less.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from aiohttp import web

from node.storage import tokens
from node.web.edge.problems import Refusal, token_required
from node.web.runtime import Runtime

_LONGEST_SECRET: Final = 200  # characters; ours have under 60
_USE_NOTED_EVERY: Final = timedelta(minutes=10)  # "last used" is for people; a write per request would not be


class Scope(StrEnum):
    """What a caller may do; each includes the ones before it."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


_INCLUDED: Final = {
    Scope.READ: frozenset({Scope.READ}),
    Scope.WRITE: frozenset({Scope.READ, Scope.WRITE}),
    Scope.ADMIN: frozenset(Scope),
}


@dataclass(frozen=True, slots=True)
class Caller:
    """Someone who may use the owner's API; `id` is a token's id, or `socket`."""

    id: str
    scopes: frozenset[Scope]

    def require(self, scope: Scope) -> None:
        """Refuse a caller without this scope.

        Raises:
            Refusal: 403.
        """
        if scope not in self.scopes:
            raise Refusal(403, "scope", f"This needs the scope {scope}.")


OWNER: Final = Caller("socket", frozenset(Scope))


def over_socket(request: web.BaseRequest) -> bool:
    """Say whether the request came over the UNIX socket, which lets in our own user only."""
    return isinstance(request.protocol.sockname, str | bytes)


async def authenticate(runtime: Runtime, request: web.Request) -> Caller:
    """Return who calls.

    Raises:
        Refusal: 401, no valid token (RFC 6750 §3.1).
    """
    if over_socket(request):
        return OWNER
    secret = _secret(request)
    token = runtime.store.read_now(lambda session: tokens.load_token(session, secret))
    if token is None or not hmac.compare_digest(token.hash, tokens.hash_token(secret)):
        raise token_required()
    await _note_use(runtime, token, runtime.clock())
    return Caller(token.id, frozenset().union(*(_INCLUDED[Scope(scope)] for scope in token.scopes)))


def _secret(request: web.Request) -> str:
    values = request.headers.getall("Authorization", [])
    scheme, _, secret = (values[0] if len(values) == 1 else "").partition(" ")
    if scheme.lower() != "bearer" or not 0 < len(secret) <= _LONGEST_SECRET or not secret.isascii():
        raise token_required()
    return secret


async def _note_use(runtime: Runtime, token: tokens.TokenRow, now: datetime) -> None:
    if token.last_used_at is None or now - token.last_used_at > _USE_NOTED_EVERY:
        await runtime.store.write(lambda session: tokens.touch_token(session, token.id, at=now))


async def still_valid(runtime: Runtime, caller: Caller) -> bool:
    """Say whether the caller's token has not been revoked since, for connections that stay open."""
    if caller is OWNER:
        return True
    listed = await runtime.store.read(tokens.list_tokens)
    return any(token.id == caller.id and token.revoked_at is None for token in listed)
