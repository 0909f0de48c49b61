"""Problems: every refusal of this node is one RFC 9457 document, whichever layer refused.

Rules here: a problem is made of sentences of ours and never repeats what was sent; `code` is stable and for
programs, `detail` says what happened, `hint` what to do next; all 401 answers to peers are byte for byte the
same.
"""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

import orjson
from aiohttp import web

from node.core import codes
from node.core.codes import PROBLEM_TYPES
from node.core.faults import PriceListInvalid
from node.core.pauses import Paused
from node.core.terms_door import TermsRefused
from node.services.ledger.positions import HistoryChanged
from protocol import codes as wire
from protocol.codes import MEANINGS, Code
from protocol.errors import Deferred, Limited, ProtocolError, Remote
from protocol.signatures import accept_signature
from protocol.times import render_time
from protocol.vocabulary import PROBLEM_JSON

REQUEST: Final = "request"
"""The member of a problem that names the request as the log does."""
LATER_SECONDS: Final = 600  # an owner is asked; nobody decides within seconds
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
HINTS: Final[Mapping[Code, str]] = MappingProxyType(
    {
        wire.ACCT_INVALID: "Write ada@node.example in full; where it has a port, the actor's address.",
        codes.ADDRESS_REFUSED: "Where a private network is meant, allowed_networks names it.",
        codes.AMBIGUOUS_ID: "Give more characters of the id.",
        wire.BODY_TOO_LARGE: "Send less: the limit is the setting body_limit_bytes.",
        codes.CRM_ADAPTER: "`freehold crm kinds` lists what each kind asks for.",
        codes.CRM_ADDRESS: "`freehold crm kinds` lists what each kind asks for: by --key-file, by --option.",
        codes.CRM_MISSING: "Connect one: `freehold crm kinds` lists what each kind asks for.",
        codes.CRM_NO_CHOICE: "Retry, or discard, what was to be chosen.",
        codes.DATABASE_DAMAGED: "Stop the node, keep its folder as it is, and restore a backup.",
        wire.DIGEST_MISMATCH: "Read again what is answered, and name the digest it has now.",
        codes.HISTORY_CHANGED: "Read again what there is, then go on from `go_on_from`.",
        codes.IDEMPOTENCY_CONFLICT: "Use a fresh Idempotency-Key for a different request.",
        wire.ILLEGAL_TRANSITION: "Look at its state: something else happened first.",
        codes.INVALID_SHAPE: "The description of this API, openapi.json, shows what is taken.",
        codes.INTERNAL: "The log of the node has the reason.",
        codes.LIST_EMPTY: "To take everything off the list, send it once more with empty=true.",
        codes.LIST_REPLACED: "See what there is; load this list once more if it is the one that counts.",
        wire.MALFORMED_JSON: "Send one JSON object in UTF-8.",
        wire.MISSING_START: "Say when it begins: startTime on the wire, starts_at here, or --starts.",
        codes.METHOD_NOT_ALLOWED: "The Allow header lists the methods of this address.",
        wire.NO_LEAVING: "Terms name a notice period or an end; an agreement with neither can be amended.",
        codes.NO_WITHDRAWAL: "Give notice as the terms allow. If a thing came later, write to them.",
        codes.NOTICE_TOO_SHORT: "Name a later day: endTime on the wire; here leave out at, or --at.",
        codes.NOTICE_SETTINGS: "Write times such as 22:00, and a place such as Europe/Berlin.",
        codes.OFFER_CHANGED: "Read the offer again and name the digest it has now.",
        codes.JOURNAL_BROKEN: "Keep the data folder as it is and restore a backup.",
        codes.NOT_FOUND: "Check the address and the id; lists show what exists.",
        codes.PRICE_LIST_INVALID: "Nothing was changed. Correct the list and load it again.",
        codes.SCOPE: "Make a token with the scope this needs, or use the socket in the data folder.",
        codes.STORAGE_UNAVAILABLE: "Nothing was changed. See that the disk has room, then try again.",
        codes.TLS_REFUSED: "Where the authority is one of your own, ca_file names it.",
        codes.TOO_MANY_STREAMS: "End one that listens; one that has gone is noticed soon.",
        codes.TOO_MANY_REQUESTS: "Wait as long as Retry-After says.",
        codes.TOO_MANY_TRIES: "Wait as long as Retry-After says; `freehold session link` lets in at once.",
        codes.UNKNOWN_CURSOR: "Begin again without a cursor.",
        codes.UNKNOWN_ID: "A list shows the ids that exist.",
        codes.TOKEN: "Send Authorization: Bearer with what `freehold --data DIR token create` says there.",
        codes.UNKNOWN_ACTOR: "Name the handle of an actor of this node, or leave the parameter out.",
        codes.WRONG_HOST: "Use the public address of this node.",
    }
)


class Refusal(Exception):  # noqa: N818  (named after the answer it becomes)
    """The web layer's own refusal: a status, a stable code, a sentence, and headers that go with it.

    `members` are further members of the document, for programs that know the code (RFC 9457 §3.2); `close`
    ends the connection after the answer, for when the rest of the request is not to be read.
    """

    def __init__(
        self,
        status: int,
        code: Code,
        detail: str = "",
        *,
        hint: str = "",
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, Any] | None = None,
        close: bool = False,
    ) -> None:
        self.status, self.code, self.detail = status, code, detail or MEANINGS[code]
        super().__init__(code, self.detail)
        self.hint, self.close = hint, close
        self.headers = dict(headers or {})
        self.members = dict(members or {})


def unavailable(code: Code, *, retry_seconds: int = RETRY_SECONDS) -> Refusal:
    """Return a 503 that asks to come back later."""
    return Refusal(503, code, headers={"Retry-After": str(retry_seconds)})


def unauthenticated() -> web.Response:
    """Return the one answer that everyone gets whose signature does not hold, whatever the reason is.

    It names what would be accepted (`Accept-Signature`, RFC 9421 §5; the challenge of draft-cavage §3.1.1).
    """
    headers = {
        "Accept-Signature": accept_signature(),
        "WWW-Authenticate": 'Signature headers="(request-target) host date digest"',
    }
    return answer(Refusal(401, codes.UNAUTHENTICATED, headers=headers))


def token_required() -> Refusal:
    """Return the refusal of a caller of the owner's API without a valid token (RFC 6750 §3)."""
    return Refusal(401, codes.TOKEN, headers={"WWW-Authenticate": 'Bearer realm="freehold"'})


def from_protocol(error: ProtocolError) -> Refusal:
    """Return the refusal that a protocol error stands for; one of our own making is an internal error."""
    if isinstance(error, HistoryChanged):
        members = {"go_on_from": str(error.go_on_from)}
        return Refusal(error.status_hint, error.code, error.detail, members=members)
    if isinstance(error, PriceListInvalid):
        return Refusal(error.status_hint, error.code, error.detail, members={"errors": error.sentences})
    if isinstance(error, TermsRefused):
        flags = {"flags": [*error.flags]}
        return Refusal(error.status_hint, error.code, error.detail, members=flags)
    if isinstance(error, Paused):
        headers = {"Retry-After": str(error.retry_seconds)}
        members = {} if error.until is None else {"until": render_time(error.until)}
        return Refusal(error.status_hint, error.code, error.detail, headers=headers, members=members)
    if isinstance(error, Deferred):
        later = {"Retry-After": str(LATER_SECONDS)}
        return Refusal(error.status_hint, error.code, error.detail, headers=later)
    if isinstance(error, Limited):
        headers = {"Retry-After": str(error.retry_seconds)}
        return Refusal(error.status_hint, error.code, error.detail, headers=headers)
    if isinstance(error, Remote):
        return Refusal(error.status_hint, error.code, error.detail)
    return internal()


def from_http(error: web.HTTPException) -> Refusal:
    """Return the refusal for what the router itself turned away: unknown paths and methods."""
    if isinstance(error, web.HTTPMethodNotAllowed):
        return Refusal(
            405,
            codes.METHOD_NOT_ALLOWED,
            headers={"Allow": error.headers["Allow"]},
        )
    if error.status == HTTPStatus.NOT_FOUND:
        return not_found()
    return Refusal(error.status, Code(f"http-{error.status}"), "The request was refused.")


def not_found() -> Refusal:
    """Return the one 404: for what does not exist and for what is none of the asker's business."""
    return Refusal(404, codes.NOT_FOUND)


def internal() -> Refusal:
    """Return the refusal for a defect of ours; the reason stands in the log alone."""
    return Refusal(500, codes.INTERNAL)


def numbered(refusal: Refusal, number: str) -> Refusal:
    """Return the same refusal with the number under which the log has the request."""
    refusal.members[REQUEST] = number
    return refusal


def answer(refusal: Refusal) -> web.Response:
    """Return a refusal as a problem document that is never stored."""
    hint = refusal.hint or HINTS.get(refusal.code, "")
    document = {
        "type": PROBLEM_TYPES + refusal.code,
        "title": HTTPStatus(refusal.status).phrase,
        "status": refusal.status,
        "detail": refusal.detail,
        "code": refusal.code,
        **refusal.members,
        **({"hint": hint} if hint else {}),
    }
    response = web.Response(
        status=refusal.status,
        body=orjson.dumps(document),
        headers={
            **SECURITY_HEADERS,
            "Cache-Control": "no-store",
            "Content-Type": PROBLEM_JSON,
            **refusal.headers,
        },
    )
    if refusal.close:
        response.force_close()
    return response
