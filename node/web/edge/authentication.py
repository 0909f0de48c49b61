"""Who calls the owner's API: the owner over the socket in the data folder, or a program with a token.

Rules here: which token a secret is, `node.services.people.tokens` knows; a scope that may do more includes
those that may do less.
"""

from enum import StrEnum
from typing import Final

from aiohttp import web

from node.core import codes
from node.services.access import persons
from node.services.access.persons import PersonRow
from node.services.people import tokens
from node.services.store import Session
from node.web.edge.callers import over_socket
from node.web.edge.problems import Refusal, token_required
from node.web.edge.runtime import Runtime
from protocol.values import dataclass

_LONGEST_SECRET: Final = 200  # characters; ours have under 60


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
    """Someone who may use the owner's API; `id` is a token's id, or `socket`.

    `person` is who of which actor's team it is, None for the owner of whichever actor is to act.
    """

    id: str
    scopes: frozenset[Scope]
    person: PersonRow | None = None

    def require(self, scope: Scope) -> None:
        """Refuse a caller without this scope.

        Raises:
            Refusal: 403.
        """
        if scope not in self.scopes:
            raise Refusal(403, codes.SCOPE, f"This needs the scope {scope}.")


OWNER: Final = Caller("socket", frozenset(Scope))


async def authenticate(runtime: Runtime, request: web.Request) -> Caller:
    """Return who calls.

    Raises:
        Refusal: 401, no valid token (RFC 6750 §3.1).
    """
    if over_socket(request):
        return OWNER
    token = await runtime.tokens.recognise(_secret(request), now=runtime.clock())
    if token is None:
        raise token_required()
    scopes = frozenset[Scope]().union(*(_INCLUDED[Scope(scope)] for scope in token.scopes))
    whose = token.person
    if whose is None:
        return Caller(token.id, scopes)
    person = await runtime.store.read(lambda session: persons.load(session, whose))
    if person is None:
        raise token_required()
    return Caller(token.id, scopes - {Scope.ADMIN}, person)


def _secret(request: web.Request) -> str:
    values = request.headers.getall("Authorization", [])
    scheme, _, secret = (values[0] if len(values) == 1 else "").partition(" ")
    if scheme.lower() != "bearer" or not 0 < len(secret) <= _LONGEST_SECRET or not secret.isascii():
        raise token_required()
    return secret


def check_held(session: Session, caller: Caller) -> None:
    """Check in a write that the token it was begun with still holds: it may have been revoked meanwhile.

    Raises:
        Refusal: 401.
    """
    if caller is not OWNER and not tokens.is_held(session, caller.id):
        raise token_required()


async def still_valid(runtime: Runtime, caller: Caller) -> bool:
    """Say whether the caller's token has not been revoked since, for connections that stay open."""
    return caller is OWNER or await runtime.tokens.is_valid(caller.id)
