"""Captured requests and signed documents, and what their signatures are worth.

Rules here: a capture is judged by the protocol's own code, with its age set aside, because whether a
signature held when it was taken is what one wants to know; a verdict is a document, never an exception.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Final

from node.terminal.failures import usage
from protocol import arrivals, jsonld, proofs, signatures, strictjson, verification
from protocol.actors import Actor
from protocol.documents import Document
from protocol.errors import ProtocolError
from protocol.flow import FetchActor, run
from protocol.httpmessages import Request
from protocol.keys import PublicKey

# How the actor at an address is found; a known key makes it unnecessary.
Fetch = Callable[[FetchActor], Actor]

_ANY_AGE: Final = timedelta(days=36_500)
_REQUEST_LINE_WORDS: Final = 3


def read_request(content: bytes, *, scheme: str) -> Request:
    """Return the request that an HTTP/1.1 message is; lines may end in CRLF or LF.

    Raises:
        Failure: it is no HTTP request.
    """
    head, gap, body = content.partition(b"\r\n\r\n")
    if not gap:
        head, _, body = content.partition(b"\n\n")
    first, *rest = head.decode("latin-1").splitlines() or [""]
    words = first.split(" ")
    headers = [
        (name.strip().lower(), value.strip()) for name, _, value in (line.partition(":") for line in rest)
    ]
    host = dict(headers).get("host", "")
    if len(words) != _REQUEST_LINE_WORDS or not words[2].startswith("HTTP/") or not host:
        raise usage("This is no HTTP request.", "It begins with a line such as: POST /inbox HTTP/1.1")
    target = words[1] if "://" in words[1] else f"{scheme}://{host}{words[1]}"
    return Request(words[0], target, headers, body)


def judge_request(request: Request, *, now: datetime, fetch: Fetch, key: PublicKey | None = None) -> Document:
    """Say whether the request's signature holds, and the proof of the activity in it if it has one.

    `key` is taken for the signer's where it is given; else the actor named by the activity is fetched.
    """
    activity = _parsed(request.body)
    verdict: Document = {"method": request.method, "target": request.target_uri, "activity": activity}
    verdict["signature"] = _judge_signature(request, activity, now=now, fetch=fetch, key=key)
    if activity and "proof" in activity:
        verdict["proof"] = judge_document(activity, now=now, fetch=fetch, key=None)
    return verdict


def _judge_signature(
    request: Request, activity: Document | None, *, now: datetime, fetch: Fetch, key: PublicKey | None
) -> Document:
    try:
        signature = signatures.read(request, now=now, max_age=_ANY_AGE)
    except ProtocolError as error:
        return {"verified": False, **_reason(error)}
    described = {
        "scheme": signature.scheme.value,
        "key_id": signature.key_id,
        "created": signature.created.isoformat(),
    }
    try:
        if key is not None:
            signatures.check(signature, key)
            return {"verified": True, **described}
        actor = _actor_of(activity) if activity else None
        sender = run(verification.sender(signature, actor=actor), fetch)
    except ProtocolError as error:
        return {"verified": False, **described, **_reason(error)}
    return {"verified": True, **described, "actor": sender.iri}


def judge_document(document: Document, *, now: datetime, fetch: Fetch, key: PublicKey | None) -> Document:
    """Say whether the proof in a document holds.

    `key` is taken for the author's where it is given; else the actor the document names is fetched.
    """
    document = arrivals.bare(document)
    try:
        proof = proofs.read(document)
    except ProtocolError as error:
        return {"verified": False, **_reason(error)}
    described = {"verification_method": proof.verification_method, "created": proof.created.isoformat()}
    try:
        if key is not None:
            proofs.check(document, key)
        else:
            author = fetch(FetchActor(_actor_of(document) or proof.verification_method.partition("#")[0]))
            run(verification.author(document, actor=author, now=now), fetch)
    except ProtocolError as error:
        return {"verified": False, **described, **_reason(error)}
    return {"verified": True, **described}


def _actor_of(document: Document) -> str | None:
    named = document.get("actor") or document.get("attributedTo")
    return jsonld.ref(named) if named else None


def _parsed(body: bytes) -> Document | None:
    try:
        return strictjson.parse(body) if body else None
    except ProtocolError:
        return None


def _reason(error: ProtocolError) -> Document:
    return {"code": error.code, "detail": error.detail}


def verdict_lines(verdict: Document) -> Iterator[str]:
    """Yield one line per signature of a request: whether it holds, whose it is, and why not."""
    for name in ("signature", "proof"):
        part = verdict.get(name)
        if part:
            mark = "✓" if part["verified"] else "✗"
            whose = part.get("key_id") or part.get("verification_method") or ""
            yield "  " + "  ".join(filter(None, [f"{name:<9} {mark}", whose, part.get("detail") or ""]))
