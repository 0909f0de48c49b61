"""Problems: every refusal of this node is one RFC 9457 document, whichever layer refused.

Rules here: a problem is made of sentences of ours and never repeats what was sent; `code` is stable and for
programs, `detail` says what happened, `hint` what to do next; all 401 answers to peers are byte for byte the
same. Problem types are addresses under `https://w3id.org/freehold/problems#`, one per code.
"""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

import orjson
from aiohttp import web

from node.services.ledger.positions import HistoryChanged
from protocol.errors import ProtocolError, Remote
from protocol.signatures import accept_signature
from protocol.vocabulary import PROBLEM_JSON

PROBLEM_TYPES: Final = "https://w3id.org/freehold/problems#"
RETRY_SECONDS: Final = 5  # long enough for a drained node to restart or a full disk to be noticed by a client

# On every answer. Nothing of this node is ever a page to be framed, sniffed or run as a script.
SECURITY_HEADERS: Final = MappingProxyType(
    {
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        "Referrer-Policy": "no-referrer",
        "Server": "freehold",
        "X-Content-Type-Options": "nosniff",
    }
)

# What to do next, by code, where the sentence of the code alone does not say it.
HINTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ambiguous-id": "Give more characters of the id.",
        "body-too-large": "Send less: the limit is the setting body_limit_bytes.",
        "database-damaged": "Stop the node, keep its folder as it is, and restore a backup.",
        "digest-mismatch": "Read the offer again and name the digest it has now.",
        "history-changed": "Read again what there is, then go on from `go_on_from`.",
        "idempotency-conflict": "Use a fresh Idempotency-Key for a different request.",
        "illegal-transition": "Look at its state: something else happened first.",
        "invalid-shape": "The description of this API, openapi.json, shows what is taken.",
        "internal": "The log of the node has the reason.",
        "list-replaced": "See what there is; load this list once more if it is the one that counts.",
        "malformed-json": "Send one JSON object in UTF-8.",
        "method-not-allowed": "The Allow header lists the methods of this address.",
        "offer-changed": "Read the offer again and name the digest it has now.",
        "journal-broken": "Keep the data folder as it is and restore a backup.",
        "not-found": "Check the address and the id; lists show what exists.",
        "scope": "Make a token with the scope this needs, or use the socket in the data folder.",
        "storage-unavailable": "Nothing was changed. See that the disk has room, then try again.",
        "too-many-requests": "Wait as long as Retry-After says.",
        "unknown-cursor": "Begin again without a cursor.",
        "unknown-id": "A list shows the ids that exist.",
        "token": "Send Authorization: Bearer with a token made by `freehold token create`.",
        "unknown-actor": "Name the handle of an actor of this node, or leave the parameter out.",
        "wrong-host": "Use the public address of this node.",
    }
)

_TITLES: Final = {status.value: status.phrase for status in HTTPStatus}


class Refusal(Exception):  # noqa: N818  (named after the answer it becomes)
    """The web layer's own refusal: a status, a stable code, a sentence, and headers that go with it.

    `members` are further members of the document, for programs that know the code (RFC 9457 §3.2); `close`
    ends the connection after the answer, for when the rest of the request is not to be read.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        hint: str = "",
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, str] | None = None,
        close: bool = False,
    ) -> None:
        super().__init__(code, detail)
        self.status, self.code, self.detail = status, code, detail
        self.hint, self.close = hint, close
        self.headers = dict(headers or {})
        self.members = dict(members or {})


def unavailable(code: str, detail: str, *, retry_seconds: int = RETRY_SECONDS) -> Refusal:
    """Return a 503 that asks to come back later."""
    return Refusal(503, code, detail, headers={"Retry-After": str(retry_seconds)})


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    hint: str = "",
    headers: Mapping[str, str] | None = None,
    members: Mapping[str, str] | None = None,
) -> web.Response:
    """Return the problem document as an answer that is never stored."""
    document = {
        "type": PROBLEM_TYPES + code,
        "title": _TITLES[status],
        "status": status,
        "detail": detail,
        "code": code,
        **(members or {}),
    }
    hint = hint or HINTS.get(code, "")
    return web.Response(
        status=status,
        body=orjson.dumps({**document, "hint": hint} if hint else document),
        headers={
            **SECURITY_HEADERS,
            "Cache-Control": "no-store",
            "Content-Type": PROBLEM_JSON,
            **(headers or {}),
        },
    )


def unauthenticated() -> web.Response:
    """Return the one answer that everyone gets whose signature does not hold, whatever the reason is.

    It names what would be accepted (`Accept-Signature`, RFC 9421 §5; the challenge of draft-cavage §3.1.1).
    """
    return problem(
        401,
        "unauthenticated",
        "The request is not signed in a way this node can verify.",
        headers={
            "Accept-Signature": accept_signature(),
            "WWW-Authenticate": 'Signature headers="(request-target) host date digest"',
        },
    )


def token_required() -> Refusal:
    """Return the refusal of a caller of the owner's API without a valid token (RFC 6750 §3)."""
    return Refusal(
        401, "token", "This needs a valid token.", headers={"WWW-Authenticate": 'Bearer realm="freehold"'}
    )


def from_protocol(error: ProtocolError) -> Refusal:
    """Return the refusal that a protocol error stands for; one of our own making is an internal error."""
    if isinstance(error, HistoryChanged):
        members = {"go_on_from": str(error.go_on_from)}
        return Refusal(error.status_hint, error.code, error.detail, members=members)
    if isinstance(error, Remote):
        return Refusal(error.status_hint, error.code, error.detail)
    return internal()


def from_http(error: web.HTTPException) -> Refusal:
    """Return the refusal for what the router itself turned away: unknown paths and methods."""
    if isinstance(error, web.HTTPMethodNotAllowed):
        return Refusal(
            405,
            "method-not-allowed",
            "This address does not take this method.",
            headers={"Allow": error.headers["Allow"]},
        )
    if error.status == HTTPStatus.NOT_FOUND:
        return not_found()
    return Refusal(error.status, f"http-{error.status}", "The request was refused.")


def not_found() -> Refusal:
    """Return the one 404: for what does not exist and for what is none of the asker's business."""
    return Refusal(404, "not-found", "There is nothing here for you.")


def internal() -> Refusal:
    """Return the refusal for a defect of ours; the reason stands in the log alone."""
    return Refusal(500, "internal", "The node could not do this because of a defect of its own.")


def answer(refusal: Refusal) -> web.Response:
    """Return a refusal as a problem document."""
    response = problem(
        refusal.status,
        refusal.code,
        refusal.detail,
        hint=refusal.hint,
        headers=refusal.headers,
        members=refusal.members,
    )
    if refusal.close:
        response.force_close()
    return response
