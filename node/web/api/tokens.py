"""Tokens for the owner's programs: make one, see them, revoke one."""

from typing import Final

from node.services.access import persons
from node.services.people import tokens
from node.services.store import Session
from node.web.api.operations import ApiCall, Operation, RawResponse, paged
from node.web.api.parameters import PAGE
from node.web.edge.authentication import Scope
from protocol.strictjson import Document


async def list_(call: ApiCall) -> Document:
    """List all tokens, revoked ones too."""
    return paged(await call.read(tokens.list), **call.query)


async def create(call: ApiCall) -> Document | RawResponse:
    """Make a token; its secret is in the answer and nowhere else."""
    name, scopes = call.body["name"], call.body["scopes"]
    said, acting = str(call.body.get("person", "")), call.acting

    def make(session: Session) -> Document:
        person = persons.for_token(session, acting, said, scopes) if said else None
        return tokens.create(session, acting, name=name, scopes=scopes, person=person)

    return await call.write(make, withheld=("secret",))


async def revoke(call: ApiCall) -> Document | RawResponse:
    """Make a token useless at once; streams it holds open end within a heartbeat."""
    written = call.write(lambda session: tokens.revoke(session, call.acting, call.id))
    return await call.runtime.tokens.revoking(written)


OPERATIONS: Final = (
    Operation(
        name="tokens_list",
        method="GET",
        path="/tokens",
        handler=list_,
        scope=Scope.ADMIN,
        summary="List tokens, revoked ones too.",
        query=PAGE,
        answer="TokenPage",
    ),
    Operation(
        name="tokens_create",
        method="POST",
        path="/tokens",
        handler=create,
        scope=Scope.ADMIN,
        summary="Make a token for a program; the secret is shown this once.",
        body="NewToken",
        answer="Token",
        status=201,
        errors=(403, 404),
    ),
    Operation(
        name="tokens_revoke",
        method="DELETE",
        path="/tokens/{id}",
        handler=revoke,
        scope=Scope.ADMIN,
        summary="Revoke a token.",
        answer="Token",
        errors=(404,),
    ),
)
