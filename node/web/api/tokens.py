"""Tokens for the owner's programs: make one, see them, revoke one.

The secret leaves the node once, in the answer that made the token; the file holds its SHA-256.
"""

import secrets
from typing import Any, Final

from node.core.entries import render_instant
from node.storage import tokens
from node.storage.ids import resolve_token
from node.storage.session import Session
from node.storage.tokens import TokenRow
from node.web.api.authentication import Scope
from node.web.api.operations import PAGE, Answer, Call, Operation, paged
from protocol.strictjson import Document

SECRET_BYTES: Final = 32  # 256 random bits: nothing to guess, so no attempts to count


async def list_(call: Call) -> Document:
    """List all tokens, revoked ones too."""
    found = await call.read(tokens.list_tokens)
    return paged([view(row) for row in found], **call.query)


async def create(call: Call) -> Document | Answer:
    """Make a token; its secret is in the answer and nowhere else."""
    secret = f"fh_{secrets.token_urlsafe(SECRET_BYTES)}"
    row = TokenRow(
        id=call.acting.new_id("tok"),
        name=call.body["name"],
        hash=tokens.hash_token(secret),
        scopes=tuple(dict.fromkeys(call.body["scopes"])),
        created_at=call.acting.now,
    )

    def add(session: Session) -> Document:
        tokens.add_token(session, row)
        return {**view(row), "secret": secret}

    return await call.write(add, withheld=("secret",))


async def revoke(call: Call) -> Document | Answer:
    """Make a token useless; streams it holds open end within a heartbeat."""
    return await call.write(lambda session: _revoke(session, call))


def _revoke(session: Session, call: Call) -> Document:
    id = resolve_token(session, call.id)
    tokens.revoke_token(session, id, at=call.acting.now)
    return next(view(row) for row in tokens.list_tokens(session) if row.id == id)


def view(row: TokenRow) -> dict[str, Any]:
    """Show a token without its hash."""
    return {
        "id": row.id,
        "name": row.name,
        "scopes": list(row.scopes),
        "created_at": render_instant(row.created_at),
        "last_used_at": None if row.last_used_at is None else render_instant(row.last_used_at),
        "revoked_at": None if row.revoked_at is None else render_instant(row.revoked_at),
    }


OPERATIONS: Final = (
    Operation(
        method="GET",
        path="/tokens",
        handler=list_,
        scope=Scope.ADMIN,
        summary="List tokens, revoked ones too.",
        query=PAGE,
        answer="TokenPage",
    ),
    Operation(
        method="POST",
        path="/tokens",
        handler=create,
        scope=Scope.ADMIN,
        summary="Make a token for a program; the secret is shown this once.",
        body="NewToken",
        answer="Token",
        status=201,
    ),
    Operation(
        method="DELETE",
        path="/tokens/{id}",
        handler=revoke,
        scope=Scope.ADMIN,
        summary="Revoke a token.",
        answer="Token",
        errors=(404,),
    ),
)
