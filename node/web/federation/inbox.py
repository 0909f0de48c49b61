"""The inbox: where what peers send becomes, step by step, something the node believes.

The order of the steps is the defence, cheapest and most general first: size, media type, encoding, strict
JSON, shape, digest and freshness, key, HTTP signature, the actor the key belongs to, proof, then JSON-LD and
the use case, which checks replay, block, rate, schema and state. Rules here: nothing is answered with success
before it is durable; the same bytes again get the same receipt; every 401 looks the same, and so does the
answer to a blocked peer; the document is parsed once, its proof checked on what was parsed, and only then
brought to our plain keys.

Sources: ActivityPub §7, FEP-fe34, FEP-8b32.
"""

import asyncio
from contextlib import suppress
from typing import Final

import orjson
import structlog
from aiohttp import web

from node.core import codes
from node.services import inbox
from node.services.acting import Acting
from node.services.ledger.received import Authentic, Receipt
from node.web.edge import problems
from node.web.edge.bodies import check_media_type, check_size, read_body
from node.web.edge.callers import address_of
from node.web.edge.runtime import RUNTIME, Runtime
from node.web.edge.tries import client_of
from node.web.federation.advice import ADVICE, advise
from node.web.federation.senders import (
    network_behind,
    read_sender,
    read_signature,
    turned_away,
)
from protocol import codes as wire
from protocol import incoming, jsonld, verification
from protocol.actors import Actor, ActorKey, KeyPurpose
from protocol.audience import addressees
from protocol.errors import ProtocolError, Remote, Unauthenticated, Unprocessable
from protocol.incoming import Arrival
from protocol.iris import check_iri, same_origin
from protocol.signatures import HttpSignature
from protocol.strictjson import Document

log = structlog.get_logger(__name__)

_OUTCOMES: Final = {
    200: "duplicate",
    202: "accepted",
    400: "malformed",
    401: "unauthenticated",
    403: "forbidden",
    404: "unknown",
    409: "conflict",
    410: "gone",
    413: "too-large",
    422: "unprocessable",
    429: "limited",
    503: "deferred",
}


async def personal_inbox(request: web.Request) -> web.Response:
    """Receive an activity for the actor in the path."""
    handle = request.match_info["handle"]
    if handle not in request.app[RUNTIME].residents.owners:
        raise problems.not_found()
    return await _measured(request, handle)


async def shared_inbox(request: web.Request) -> web.Response:
    """Receive an activity for whomever of this node it is addressed to."""
    return await _measured(request, None)


async def _measured(request: web.Request, handle: str | None) -> web.Response:
    """Receive, count the outcome, and log why something was refused: the sender may not learn all of it."""
    runtime = request.app[RUNTIME]
    loop = asyncio.get_running_loop()
    began = loop.time()
    outcome = "refused"
    try:
        response = await _receive(runtime, request, handle)
        outcome = _OUTCOMES.get(response.status, outcome)
        return response
    except ProtocolError as error:
        refusal = problems.from_protocol(error)
        outcome = _OUTCOMES.get(refusal.status, outcome)
        _log_refused(request, status=refusal.status, code=error.code)
        if refusal.code in ADVICE:
            raise advise(refusal) from error
        raise
    finally:
        runtime.metrics.inbox[outcome] += 1
        runtime.metrics.inbox_seconds.observe(loop.time() - began)


async def _receive(runtime: Runtime, request: web.Request, handle: str | None) -> web.Response:
    body = await _read(runtime, request)
    arrival = incoming.read(body, limit_bytes=runtime.settings.body_limit_bytes)
    document = arrival.document
    actor = _check_shape(document)
    try:
        authentic = await _verify(runtime, request, arrival, body, actor, handle=handle)
        return _receipt(await _keep_for_all(runtime, authentic, handle))
    except Unauthenticated as error:
        _log_refused(request, status=401, code=error.code, why=error.detail, actor=actor)
        if _is_farewell(document, actor, error):
            return _dropped()
        return problems.unauthenticated() if error.code == wire.SIGNATURE_MISSING else await turned_away()


def _log_refused(request: web.Request, **what: object) -> None:
    """Log a refusal with its address: of what is not authentic nothing else says for sure who sends it."""
    log.info("inbox refused", **what, address=client_of(request))


async def _read(runtime: Runtime, request: web.Request) -> bytes:
    settings = runtime.settings
    check_size(request, settings.body_limit_bytes)
    check_media_type(request)
    return await read_body(
        request,
        limit_bytes=settings.body_limit_bytes,
        seconds=settings.body_seconds,
        budget=runtime.budget,
        address=address_of(request, settings.trusted_proxies),
    )


def _check_shape(document: Document) -> str:
    """Check what every activity has, under the names that all servers give it; return its actor's address.

    Of an actor that the activity holds whole only the address counts: who it is, its own document says.

    Raises:
        Unprocessable: `activity-shape`, or `foreign-id` if the id is not of the actor's origin (FEP-fe34).
    """
    try:
        id, kind, actor = (
            document.get("id"),
            jsonld.kind(document.get("type")),
            jsonld.ref(document.get("actor")),
        )
    except Unprocessable:
        raise Unprocessable(codes.ACTIVITY_SHAPE) from None
    if not (isinstance(id, str) and isinstance(kind, str) and actor is not None):
        raise Unprocessable(codes.ACTIVITY_SHAPE)
    if not same_origin(id, actor):
        raise Unprocessable(codes.FOREIGN_ID, _why_foreign(id))
    return actor


def _why_foreign(id: str) -> str:
    """Say closer why an id is of no origin at all: of what is written beyond ASCII one would not think it."""
    try:
        check_iri(id, allow_http=True, allow_fragment=True)
    except Unprocessable as error:
        return f"The activity's id is not under the origin of its actor. {error.detail}"
    return ""


async def _verify(
    runtime: Runtime, request: web.Request, arrival: Arrival, body: bytes, actor: str, *, handle: str | None
) -> Authentic:
    """Find out who sent the activity and who signed it, then read it in our plain keys."""
    now, by = runtime.clock(), network_behind(runtime, request)
    signature = read_signature(runtime, request, body, now, arrival.sha256)
    sender = await read_sender(runtime, request, signature, actor)
    # Who signed is told by the document that the signature was checked by, whatever the next one says.
    http_key = sender.key(signature.key_id, KeyPurpose.HTTP)
    if _says_it_changed(arrival.document, actor):
        with suppress(ProtocolError):  # as it was known, then; the next document fetched says it
            sender = await runtime.directory.changed(sender.iri, since=now, by=by)
    try:
        return await _read_activity(runtime, arrival, body, sender, signature, http_key, by=by)
    except Unauthenticated:
        raise
    except Remote as error:
        # From here on it is authentic, and the owner is to see what came.
        unread = Authentic(
            activity=arrival.document,
            raw=body,
            sha256=arrival.sha256,
            digest="",
            sender=sender,
            signature=signature,
        )
        await _refuse(runtime, runtime.residents.at(handle or runtime.first_handle), unread, error)
        raise


async def _read_activity(
    runtime: Runtime,
    arrival: Arrival,
    body: bytes,
    sender: Actor,
    signature: HttpSignature,
    http_key: ActorKey | None,
    *,
    by: str,
) -> Authentic:
    proof_key, document = None, arrival.document
    if "proof" in document:
        author = verification.author(
            document,
            actor=sender,
            now=runtime.clock(),
            write=arrival.canonicalise,
            unsecured=arrival.unsecured,
        )
        proof_key = await runtime.directory.run(author, by=by)
        if proof_key not in sender.keys:  # its server was asked anew, and describes it by that key
            sender = runtime.directory.hint(sender.iri) or sender
    return Authentic(
        activity=arrival.reading,
        raw=body,
        sha256=arrival.sha256,
        digest=arrival.digest,
        sender=sender,
        proof_key=proof_key,
        http_key=http_key,
        signature=signature,
    )


def _recipients(runtime: Runtime, authentic: Authentic, handle: str | None) -> list[str]:
    """Return the handles of the actors an activity is for: the inbox's own, or those it names."""
    if handle is not None:
        return [handle]
    named = addressees(authentic.activity)
    handles = [name for name, owner in runtime.residents.owners.items() if owner.iri in named]
    # What names none of us by address may still be for us: the use case asks whom each follows.
    return handles or list(runtime.residents.owners)


async def _keep_for_all(runtime: Runtime, authentic: Authentic, handle: str | None) -> Receipt:
    """Hand the activity to every recipient.

    Raises:
        Remote: what the first recipient said, if none took it.
    """
    receipts: list[Receipt] = []
    failures: list[Remote] = []
    for name in _recipients(runtime, authentic, handle):
        try:
            receipts.append(await _keep(runtime, authentic, runtime.residents.at(name)))
        except Remote as error:
            failures.append(error)
    if not receipts:
        raise failures[0]
    # Whoever had not seen it yet makes the answer a first receipt.
    return max(receipts, key=lambda receipt: receipt.status)


async def _keep(runtime: Runtime, authentic: Authentic, acting: Acting) -> Receipt:
    """Hand the activity to the use case in one transaction; remember a refusal in another."""
    brief = runtime.ledger.is_brief(authentic.activity)
    try:
        return await runtime.store.write(
            lambda session: inbox.receive(session, acting, authentic, runtime.ledger), brief=brief
        )
    except Remote as error:
        if error.code != codes.REPLAY:
            await _refuse(runtime, acting, authentic, error)
        raise


async def _refuse(runtime: Runtime, acting: Acting, authentic: Authentic, error: Remote) -> None:
    """Show the owner what was refused, and from whom: it was authentic."""
    await runtime.store.write(lambda session: inbox.refuse(session, acting, authentic, error))


def _says_it_changed(document: Document, actor: str) -> bool:
    """Say whether an actor tells that its own document changed."""
    try:
        return jsonld.kind(document["type"]) == "Update" and jsonld.ref(document.get("object")) == actor
    except Unprocessable:
        return False


def _is_farewell(document: Document, actor: str, error: ProtocolError) -> bool:
    """Say whether this is the Delete of an actor whose key is gone with it, so that nobody can verify it."""
    if error.code != wire.KEY_GONE or jsonld.kind(document["type"]) != "Delete":
        return False
    try:
        return jsonld.ref(document.get("object")) == actor
    except Unprocessable:
        return False


def _dropped() -> web.Response:
    """Answer a farewell: taken notice of, and nothing done. Whether we knew the actor is not told."""
    return web.Response(status=202, headers={"Cache-Control": "no-store"})


def _receipt(receipt: Receipt) -> web.Response:
    """Answer with what was received: the same bytes for the first time and for every repetition."""
    return web.Response(
        status=receipt.status,
        body=orjson.dumps({"type": "Receipt", "activity": receipt.activity}),
        headers={"Cache-Control": "no-store", "Content-Type": "application/json"},
    )


ROUTES: Final = (
    web.post("/actors/{handle}/inbox", personal_inbox),
    web.post("/actor/inbox", shared_inbox),
    web.post("/inbox", shared_inbox),
)
